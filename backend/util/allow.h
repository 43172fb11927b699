/* SPDX-License-Identifier: MIT */
/*
 * What the process will need of the file system once it has confined itself (fs/confine.h). Whoever
 * needs it says so here, before that happens: afterwards nothing else can be opened. Descriptors
 * that are open already are not concerned. Main thread.
 */
#ifndef USBFUSE_UTIL_ALLOW_H
#define USBFUSE_UTIL_ALLOW_H

#include <stdbool.h>
#include <stddef.h>

enum allow_rights {
	ALLOW_READ = 1 << 0,  /* to read files and directories */
	ALLOW_WRITE = 1 << 1, /* to write files that are there; ioctls of devices */
	ALLOW_MAKE = 1 << 2,  /* to make, write, rename and remove files and sockets */
};

struct allowed {
	int fd; /* O_PATH: it is meant as it is now, whatever becomes of its name */
	unsigned rights;
	bool directory;
};

/* PATH, and everything below it. While it is not there the nearest directory above that is there
 * stands for it. 0 or -errno. */
int allow_path(const char *path, unsigned rights);

/* The directory of PATH, and everything below that. */
int allow_beside(const char *path, unsigned rights);

/* All that has been said. */
const struct allowed *allow_list(size_t *ret_n);

/* Forgets it; when it has been put into force, or will not be. */
void allow_clear(void);

#endif
