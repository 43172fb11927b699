/* SPDX-License-Identifier: MIT */
/* The devices of a layout: found by seq and by name. Private to layout/. */
#ifndef USBFUSE_TREE_H
#define USBFUSE_TREE_H

#include "layout/node.h"

enum { NAME_BUCKETS = 1024 };

struct alias;

struct layout {
	uid_t uid;
	gid_t gid;
	int64_t stamp;
	bool no_acls;
	struct layout_device **devices; /* in order of seq */
	size_t n_devices, room;
	struct layout_device *by_name[NAME_BUCKETS];
	struct alias *aliases; /* in order of number: aliases.h */
	size_t n_aliases;
	unsigned last_alias;
	char name[300]; /* of the entry that layout_readdir() returned last */
};

struct layout_device *tree_device(const struct layout *l, uint64_t seq);
struct layout_device *tree_device_named(const struct layout *l, const char *name);

/* The devices sorted by place: buses in order, hubs before what is plugged into them. An array to be
 * freed; NULL: no memory, or no devices. */
const struct layout_device **tree_sorted(const struct layout *l);

/* The device that D is plugged into, or NULL: it is a root hub, or there is none in the tree. */
const struct layout_device *tree_parent(const struct layout *l, const struct layout_device *d);

/* How many hubs it is away from its bus, the port of its parent, from 1, and whether it is a root
 * hub. */
unsigned tree_level(const struct layout_device *d, unsigned *ret_port, bool *ret_hub);

/* The first device with a seq above SEQ, or NULL. */
struct layout_device *tree_device_after(const struct layout *l, uint64_t seq);

#endif
