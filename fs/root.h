/* SPDX-License-Identifier: MIT */
/*
 * The files ctl and status in the root, which are about usbfuse itself. The verb rescan is for where
 * nobody tells what is plugged in: its write returns when every bus has been looked at and the tree
 * has followed.
 */
#ifndef USBFUSE_ROOT_H
#define USBFUSE_ROOT_H

#include "fs/file.h"
#include "fs/fs.h"
#include "fs/request.h"

/* The text of such a file, malloc'ed. 0 or -ENOMEM. */
int root_text(const struct fs *fs, enum layout_type type, char **ret, size_t *ret_len);

/* LEN bytes were written to ctl, opened as F. Answers REQ now or later. */
void root_write(fuse_req_t req, struct file *f, const char *text, size_t len);

/* A backend has finished what TOKEN stands for. */
void root_rescanned(struct fs *fs, uint64_t token);

/* The kernel has interrupted R, which waits for buses; its reference goes along. */
void root_interrupt(struct request *r);

/* At the end: nobody waits any longer. */
void root_stop(struct fs *fs);

#endif
