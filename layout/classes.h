/* SPDX-License-Identifier: MIT */
/*
 * The directories in by-class, one for each class of the interfaces in force, and the links in them.
 * A class is 24 bits: class, subclass and protocol. For links.c; private to layout/.
 */
#ifndef USBFUSE_CLASSES_H
#define USBFUSE_CLASSES_H

#include "layout/tree.h"

/* The configuration in force, or NULL. */
const struct desc_config *class_config(const struct layout_device *d);

/* That of an interface of it. */
uint32_t class_of(const struct layout_device *d, const struct desc_interface *i);

/* The inode number of a class's directory, and back. */
struct id class_id(uint32_t class);
uint32_t class_of_id(struct id id);

bool class_exists(const struct layout *l, uint32_t class);

/* The least class of an interface that is no less than FROM; false: there is none. */
bool class_next(const struct layout *l, uint32_t from, uint32_t *ret);

/* In directory P of a class. */
bool class_lookup(const struct place *p, const char *name, struct id *ret);
bool class_next_interface(
	const struct place *p, uint64_t after, struct id *ret, uint64_t *ret_after);

/* 1-2:1.0, as sysfs calls interfaces. */
void class_link_name(const struct layout_device *d, struct id id, char *name, size_t size);

#endif
