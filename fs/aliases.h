/* SPDX-License-Identifier: MIT */
/*
 * Aliases of devices as the user makes them, with ln, mv and rm in by-name, and the file in which
 * they survive (mount option aliases=FILE). What they mean is layout/alias.h's.
 */
#ifndef USBFUSE_FS_ALIASES_H
#define USBFUSE_FS_ALIASES_H

#include "fs/fs.h"

/* Reads the file, which need not be there yet, and writes to it from now on. -errno with one line in
 * *ret_why to be freed. */
int aliases_use_file(struct fs *fs, const char *file, char **ret_why);

/* 0 or -errno; all that fails has changed nothing. TARGET is what the user wants the link to be: a
 * path to a device in the tree, from by-name or from the root; or an absolute one, whose last word
 * counts when it leads elsewhere (/sys/bus/usb/devices/1-2), or which is the device's node. */
int aliases_add(struct fs *fs, const char *target, const char *name, uint64_t *ret_ino);
int aliases_remove(struct fs *fs, const char *name);
int aliases_rename(struct fs *fs, const char *from, const char *to, bool keep);

#endif
