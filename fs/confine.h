/* SPDX-License-Identifier: MIT */
/*
 * Least privilege: once everything is mounted and opened, the process gives up what it does not
 * need, for good. What it needs of the file system is said before, by allow_path()
 * (backend/util/allow.h).
 *
 * Each part holds for the thread that asks for it and for those that this one starts afterwards,
 * so it is called on the main thread before any other is started.
 */
#ifndef USBFUSE_CONFINE_H
#define USBFUSE_CONFINE_H

#include <stdbool.h>

enum confine_part {
	CONFINE_CAPS = 1 << 0,         /* capabilities */
	CONFINE_NO_NEW_PRIVS = 1 << 1, /* programs with the set-user-ID bit; the next two need it */
	CONFINE_LANDLOCK = 1 << 2,     /* files */
	CONFINE_SECCOMP = 1 << 3,      /* system calls */
	CONFINE_ALL = (1 << 4) - 1,
};

/* The value of -o confine=: "all", "none", or parts with colons between them. -EINVAL with one line
 * in *ret_why (malloc'ed). */
int confine_parse(const char *words, unsigned *ret_parts, char **ret_why);

/* Confines the process. What this kernel does not have is left out, and *ret_status, a line for
 * people without its newline (malloc'ed), says so. What it has and refuses is an error, with one
 * line in *ret_why. REPORT: a system call that is refused from now on is told on standard error.
 * Forgets what was allowed. */
int confine(unsigned parts, bool report, char **ret_status, char **ret_why);

/* ---- the parts; 0 or -errno ---- */

/* Drops every capability of the process but those in KEEP (1 << CAP_…) that it has. *ret_kept:
 * those. */
int confine_caps(unsigned long long keep, unsigned long long *ret_kept);

int confine_no_new_privs(void);

/* Only what is in allow_list() can be opened from now on. *ret_abi: the version of the interface.
 * -EOPNOTSUPP: this kernel has no Landlock, or it is turned off. */
int confine_landlock(int *ret_abi);

/* Only the system calls of this program can be made from now on; others fail with EPERM.
 * -EOPNOTSUPP: neither this kernel, nor this program on this machine, has it. */
int confine_seccomp(bool report);

/* Likewise, for the process that waits to unmount: unmounter.h. */
int confine_seccomp_unmounter(void);

/* Does this program contain a sanitizer's runtime? That one starts programs, traces its own process
 * and opens files: so there is no seccomp, and Landlock lets everything be read and executed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0
#endif

#endif
