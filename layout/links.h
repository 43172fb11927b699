/* SPDX-License-Identifier: MIT */
/*
 * The directories in the root that lead to devices by what they are instead of by where they are,
 * and the links in them. Private to layout/.
 *
 *     by-id/VVVV:PPPP            by-serial/VVVV:PPPP:SERIAL
 *     by-class/CC-SS-PP/1-2:1.0  by-name/ALIAS
 *
 * by-id and by-serial: of several devices that would have one name the first to come has it, and
 * the others have their place behind it: 1d6b:0104~1-2.4. A name stays while its device does.
 */
#ifndef USBFUSE_LINKS_H
#define USBFUSE_LINKS_H

#include "layout/tree.h"

enum {
	LINK_NAME_MAX = 255,
	BASE_NAME_MAX = 180, /* leaves room for what tells twins apart */
};

/* Gives D, which is not in the tree yet or has changed, its names. 0 or -ENOMEM. */
int links_name_device(const struct layout *l, struct layout_device *d);
void links_forget_device(struct layout_device *d);

/* The kinds that are in the root, or below these. */
bool links_has(unsigned kind);
bool links_is_link(unsigned kind);

/* The place of an inode number of such a kind, as place_find() has found it so far: is it there? */
bool links_exists(const struct place *p);

/* The directory in the root called NAME. */
bool links_root_lookup(const char *name, unsigned *ret_kind);

/* The I-th of them; false: there are no more. */
bool links_root_dir(size_t i, unsigned *ret_kind);

/* In a directory of such a kind. */
bool links_lookup(const struct place *p, const char *name, struct id *ret);
bool links_next(const struct place *p, uint64_t cursor, struct id *ret, uint64_t *ret_cursor);

void links_name(const struct place *p, struct id id, char *name, size_t size);

/* The directory that P is in: one of KIND_CLASS is not to be had from the number alone. */
struct id links_parent(const struct place *p);

/* Where the link P leads to; cut off at SIZE, the length is returned. */
size_t links_target(const struct place *p, char *buf, size_t size);

/* How many nodes there are in these directories, with the directories. */
uint64_t links_count(const struct layout *l);

/* Does the device have that serial: is KEY what comes before a ~ in its name in by-serial? */
bool links_has_serial(const struct layout_device *d, const char *key);

#endif
