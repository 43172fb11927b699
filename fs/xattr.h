/* SPDX-License-Identifier: MIT */
/*
 * Attributes that users have given to a device, user.*: what scripts want to remember of it. They
 * are the main thread's, in memory only, and end with the unplugging.
 */
#ifndef USBFUSE_XATTR_H
#define USBFUSE_XATTR_H

#include <stddef.h>

#include "backend/util/list.h"

enum {
	/* Of a device, with what we need ourselves for each: somebody else's memory. */
	XATTR_TOTAL_MAX = 256 << 10,
	/* All its names with their NULs: the kernel hands out no longer list (XATTR_LIST_MAX). */
	XATTR_NAMES_MAX = 64 << 10,
};

struct xattrs {
	struct list all; /* in the order in which they were first set */
	size_t total;    /* of what counts against XATTR_TOTAL_MAX */
	size_t names;    /* likewise XATTR_NAMES_MAX; also how long their list is */
};

void xattrs_init(struct xattrs *x);
void xattrs_clear(struct xattrs *x);

/* The value of NAME, borrowed until the next change. 0 or -ENODATA. */
int xattrs_get(const struct xattrs *x, const char *name, const void **ret, size_t *ret_len);

/* FLAGS as for setxattr(2). 0, -EEXIST, -ENODATA, -ENOSPC, -ENOMEM; on failure nothing changes. */
int xattrs_set(struct xattrs *x, const char *name, const void *value, size_t len, int flags);

/* 0 or -ENODATA. */
int xattrs_remove(struct xattrs *x, const char *name);

/* Writes all names, each with its NUL: x->names bytes. */
void xattrs_list(const struct xattrs *x, char *buf);

#endif
