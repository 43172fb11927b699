/* SPDX-License-Identifier: MIT */
/* The devices of a layout: found by seq and by name. Private to layout/. */
#ifndef USBFUSE_TREE_H
#define USBFUSE_TREE_H

#include "layout/node.h"

enum { NAME_BUCKETS = 1024 };

struct layout {
	uid_t uid;
	gid_t gid;
	int64_t stamp;
	struct layout_device **devices; /* in order of seq */
	size_t n_devices, room;
	struct layout_device *by_name[NAME_BUCKETS];
	char name[300]; /* of the entry that layout_readdir() returned last */
};

struct layout_device *tree_device(const struct layout *l, uint64_t seq);
struct layout_device *tree_device_named(const struct layout *l, const char *name);

/* The first device with a seq above SEQ, or NULL. */
struct layout_device *tree_device_after(const struct layout *l, uint64_t seq);

#endif
