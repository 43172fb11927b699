/* SPDX-License-Identifier: MIT */
/*
 * A process that waits to unmount, so that the daemon needs no privilege for that, and starts no
 * program: a user needs fusermount3, and root needs CAP_SYS_ADMIN.
 */
#ifndef USBFUSE_UNMOUNTER_H
#define USBFUSE_UNMOUNTER_H

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
 * 0 or -errno. */
int unmounter_start(struct unmounter *u, const char *mountpoint, struct unmounter_title title);

/* Unmounts, also what is in use. The connection to the kernel has to be closed before, or the
 * kernel may ask us meanwhile. 0 or -errno. */
int unmounter_unmount(struct unmounter *u);

/* Ends it. */
void unmounter_stop(struct unmounter *u);

#endif
