/* SPDX-License-Identifier: MIT */
/* Which tree find looks into. */
#ifndef USBFUSE_FIND_MOUNTS_H
#define USBFUSE_FIND_MOUNTS_H

struct mount {
	char *path; /* absolute */
	int dir;    /* the root of the tree */
	int events; /* its file events, open and non-blocking */
};

/* The tree at GIVEN, or NULL: the only one that is mounted and that we may look into. 0, or -errno
 * with a sentence in *ret_why (NULL: no memory for it). */
int mount_open(const char *given, struct mount *ret, char **ret_why);

void mount_close(struct mount *m);

#endif
