/* SPDX-License-Identifier: MIT */
/*
 * libfuse's operations: ops.c (names and attributes), ops_link.c (symbolic links), ops_xattr.c
 * (extended attributes) and ops_file.c (open files). They run on the main thread, translate, and
 * either answer at once or send a request to a worker; read, write and poll of an endpoint's data
 * run on that worker, too (receive.h).
 */
#ifndef USBFUSE_OPS_H
#define USBFUSE_OPS_H

#include "fs/fs.h"

struct fs *ops_fs(fuse_req_t req);

/* What the kernel is told of a node. 0 or -errno. */
int ops_entry(struct fs *fs, fuse_ino_t ino, struct fuse_entry_param *ret);

/* What a reader of a LIVE or DRIVER file would get now, in bytes; 0: cannot be known. */
size_t ops_text_size(struct fs *fs, fuse_ino_t ino);

/* The bits that a pair adds to the mode of an OUT endpoint's data file. */
mode_t ops_pair_mode(struct fs *fs, fuse_ino_t ino, mode_t mode);

void ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
	struct fuse_file_info *fi);
void ops_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_poll(
	fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *ph);

void ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void ops_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
	int flags);
void ops_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);
void ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);

void ops_readlink(fuse_req_t req, fuse_ino_t ino);
void ops_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void ops_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void ops_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to,
	const char *to_name, unsigned flags);

#endif
