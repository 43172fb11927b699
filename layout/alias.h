/* SPDX-License-Identifier: MIT */
/*
 * Aliases: names that the user has given to devices, in by-name. What is remembered of a device is
 * its serial number, or its place when it has none or shares it with another device that is present.
 * An alias whose device is away is not in the tree, and comes back with the device.
 *
 * As text, one a line; every word is escaped as in by-serial; empty lines and those that begin with
 * # are skipped:
 *
 *     NAME serial VVVV:PPPP:SERIAL
 *     NAME port 1-2
 */
#ifndef USBFUSE_ALIAS_H
#define USBFUSE_ALIAS_H

#include "layout/layout.h"

/* Names the device SEQ; an alias of that name whose device is away makes room. 0 with the inode
 * number of the link; -EEXIST, -ENODEV, -ENAMETOOLONG, -EINVAL for what is no name, -ENOMEM,
 * -ENOSPC after many millions. */
int layout_alias_add(struct layout *l, const char *name, uint64_t seq, uint64_t *ret_ino);

/* 0 or -ENOENT. */
int layout_alias_remove(struct layout *l, const char *name);

/* An alias that is called TO already goes, unless KEEP. 0, -ENOENT, -EEXIST, and those of a name. */
int layout_alias_rename(struct layout *l, const char *from, const char *to, bool keep);

/* All aliases as text, malloc'ed. 0 or -ENOMEM. */
int layout_alias_text(const struct layout *l, char **ret, size_t *ret_len);

/* Forgets the present aliases and takes those of a text. -EINVAL, with the number of the line, and
 * nothing has changed; or -ENOMEM. */
int layout_alias_load(struct layout *l, const char *text, size_t len, unsigned *ret_line);

/* The name of the I-th alias whose device is away, or NULL. */
const char *layout_alias_away(const struct layout *l, size_t i);

/* What a link in directory DIR to PATH would lead to, with links followed. Absolute paths begin at
 * the root. 0, -ENOENT, -ENOTDIR, -ELOOP, -ENOMEM. */
int layout_resolve(const struct layout *l, uint64_t dir, const char *path, uint64_t *ret_ino);

#endif
