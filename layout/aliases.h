/* SPDX-License-Identifier: MIT */
/* The table of aliases behind alias.h, for links.c. Private to layout/. */
#ifndef USBFUSE_ALIASES_H
#define USBFUSE_ALIASES_H

#include "layout/tree.h"

struct alias {
	unsigned number; /* never used again */
	bool serial;     /* KEY is of by-serial; else a device's name */
	char *name;
	char *key;
};

/* The device that A, which may be NULL, stands for; NULL: none, or it is away. */
const struct layout_device *alias_device(const struct layout *l, const struct alias *a);

const struct alias *alias_named(const struct layout *l, const char *name);
const struct alias *alias_by_id(const struct layout *l, struct id id);

/* The inode number of its link; false: A is NULL, or its device is away. */
bool alias_id(const struct layout *l, const struct alias *a, struct id *ret);

/* The first that is in the tree and has a number above AFTER. */
bool alias_next(const struct layout *l, uint64_t after, struct id *ret, uint64_t *ret_after);

/* Frees the table. */
void alias_free_all(struct layout *l);

#endif
