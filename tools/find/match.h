/* SPDX-License-Identifier: MIT */
/* What in a device matches, found out from its files. */
#ifndef USBFUSE_FIND_MATCH_H
#define USBFUSE_FIND_MATCH_H

#include <stddef.h>

#include "tools/find/criteria.h"

struct match {
	char *device; /* its directory in the root */
	char *path;   /* below the mount point */
};

struct matches {
	struct match *all;
	size_t n, room;
};

/* Appends what matches in the device whose directory in MOUNT is NAME. A device that goes while it
 * is looked at, or has gone, does not match. 0 or -errno. */
int match_device(const struct criteria *c, int mount, const char *name, struct matches *ret);

/* Takes out what is of that device; NULL: everything. */
void matches_forget(struct matches *m, const char *device);

/* By place: 1-2 comes before 1-10, and a hub before what is plugged into it. */
void matches_sort(struct matches *m);

#endif
