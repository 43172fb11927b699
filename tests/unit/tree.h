/* SPDX-License-Identifier: MIT */
/* Snapshots to put into a layout, and paths in it: what the tests of layout/ share. */
#ifndef USBFUSE_TESTS_TREE_H
#define USBFUSE_TESTS_TREE_H

#include "layout/layout.h"

/* What the root lists beside the devices, and how many nodes that is with the root itself. */
#define TREE_ROOT "README devices devices.json events ctl status by-id by-serial by-class by-name "

enum {
	TREE_ROOT_NODES = 11,
	TREE_UID = 11,
	TREE_GID = 12,
	TREE_STAMP = 13,
};

#define TREE_DEVICE(name, blob, active) tree_snapshot(name, blob, sizeof(blob), active)

/* A high-speed device of that name, with mode 0664, without attributes; its interfaces are those of
 * the configuration with the value ACTIVE. */
struct snapshot *tree_snapshot(const char *name, const uint8_t *blob, size_t len, int active);

void tree_attr(struct snapshot *s, const char *name, const char *text);
void tree_interface_attr(struct snapshot *s, uint8_t interface, const char *name, const char *text);
void tree_alternate(struct snapshot *s, uint8_t interface, uint8_t alternate);

struct layout *tree_new(void);

/* Puts S, and drops the caller's reference to it. */
void tree_put(struct layout *l, struct snapshot *s);

/* A layout with that one device. */
struct layout *tree_with(struct snapshot *s);

/* The inode number of a path; a negative errno where there is none. */
int64_t tree_find(const struct layout *l, const char *path);

struct layout_stat tree_stat(const struct layout *l, const char *path);
struct layout_target tree_target(const struct layout *l, const char *path);
mode_t tree_mode(const struct layout *l, const char *path);

/* The bytes of a file, NUL-terminated, valid until the next but seven; NULL: there is none. */
const char *tree_text(const struct layout *l, const char *path);
size_t tree_len(const struct layout *l, const char *path);

/* The names in a directory without the dots, each with a blank behind it; valid as above. */
const char *tree_list(struct layout *l, const char *path);

/* Everything below PATH: every name is found again, every inode number is new and goes back to its
 * path, sizes are right. Returns the number of nodes with PATH itself. */
uint64_t tree_check(struct layout *l, const char *path);

#endif
