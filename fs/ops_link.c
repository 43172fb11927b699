/* SPDX-License-Identifier: MIT */
/*
 * libfuse's operations on symbolic links. Those in by-name are aliases, which users make, rename and
 * remove; everything else in the tree is what is plugged in, and nobody can.
 */
#include "fs/ops.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "fs/aliases.h"

void
ops_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char target[PATH_MAX];
	int r = layout_link(ops_fs(req)->layout, ino, target, sizeof(target));

	if (r == 0)
		fuse_reply_readlink(req, target);
	else
		fuse_reply_err(req, r == -ESTALE ? ENOENT : -r);
}

void
ops_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	struct fs *fs = ops_fs(req);
	uint64_t ino;
	int r = parent == layout_aliases() ? aliases_add(fs, target, name, &ino) : -EPERM;

	if (r == 0)
		r = ops_entry(fs, ino, &e);
	if (r == 0)
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, -r);
}

void
ops_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(
		req, parent == layout_aliases() ? -aliases_remove(ops_fs(req), name) : EPERM);
}

void
ops_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to, const char *to_name,
	unsigned flags)
{
	int r = -EPERM;

	if (flags & ~(unsigned)RENAME_NOREPLACE)
		r = -EINVAL;
	else if (parent == layout_aliases() && to == parent)
		r = aliases_rename(ops_fs(req), name, to_name, flags & RENAME_NOREPLACE);
	fuse_reply_err(req, -r);
}
