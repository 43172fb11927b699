/* SPDX-License-Identifier: MIT */
/*
 * A process that waits to unmount. The daemon cannot do that itself at its end: a user needs
 * fusermount3, whose set-user-ID bit no_new_privs takes away, root needs CAP_SYS_ADMIN, and
 * Landlock forbids it to everyone.
 */
#ifndef USBFUSE_UNMOUNTER_H
#define USBFUSE_UNMOUNTER_H

#include <stdbool.h>
#include <sys/types.h>

struct unmounter {
	pid_t pid;
	int fd; /* -1: there is none */
};

/* What ps(1) shows, to be overwritten: as main() has them. */
struct unmounter_title {
	int argc;
	char **argv;
};

/* Starts it; before there is any thread, and with no descriptors open that must not be held.
 * CONFINED: it gives up what it does not need. 0 or -errno. */
int unmounter_start(
	struct unmounter *u, const char *mountpoint, struct unmounter_title title, bool confined);

/* Unmounts, also what is in use. The connection to the kernel has to be closed before, or the
 * kernel may ask us meanwhile. 0 or -errno. */
int unmounter_unmount(struct unmounter *u);

/* Ends it. */
void unmounter_stop(struct unmounter *u);

#endif
