/* SPDX-License-Identifier: MIT */
/*
 * The ACLs of files, as the kernel asks for them to check permissions: it does so itself, for every
 * caller, with all groups and capabilities that there are, and lends nobody the rights of another.
 *
 * It keeps what it was told until it is made to forget the attributes of the file (cache.h;
 * fuse_reverse_inval_inode() in Linux fs/fuse/inode.c), so what changes counts at once.
 */
#ifndef USBFUSE_ACL_H
#define USBFUSE_ACL_H

#include "fs/fs.h"

enum { ACL_SIZE_MAX = 4096 }; /* what Linux takes from us: a page */

/* Has the kernel look at ACLs, if it can. */
void acl_init(struct fs *fs, struct fuse_conn_info *conn);

/* The extended attribute NAME of INO, if that is its ACL: the length, and the bytes in BUF, or
 * -ENODATA: it has none, or the name is another. */
int acl_get(struct fs *fs, fuse_ino_t ino, const char *name, void *buf, size_t size);

#endif
