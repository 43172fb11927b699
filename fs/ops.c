/* SPDX-License-Identifier: MIT */
/*
 * libfuse's operations that concern names and attributes: translated into calls of layout, and
 * answered at once. What concerns open files is in ops_file.c.
 */
#include "fs/ops.h"

#include <errno.h>
#include <string.h>

#include "fs/acl.h"
#include "fs/cache.h"
#include "fs/control.h"

/* OUT files pretend to be this large: a write beyond the size makes the kernel lock the inode
 * exclusively, and a second writer would wait for that lock unkillably (Linux fs/fuse/file.c). */
#define OUT_FILE_SIZE (1ull << 40)

struct fs *
ops_fs(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

int
ops_entry(struct fs *fs, fuse_ino_t ino, struct fuse_entry_param *ret)
{
	struct layout_stat s;
	int r = layout_stat(fs->layout, ino, &s);
	struct stat *st = &ret->attr;

	if (r < 0)
		return r;
	*ret = (struct fuse_entry_param){.ino = ino};
	st->st_ino = s.ino;
	st->st_mode = s.mode;
	st->st_nlink = s.nlink;
	st->st_uid = s.uid;
	st->st_gid = s.gid;
	st->st_size = (off_t)s.size;
	if ((s.type == LAYOUT_DATA || s.type == LAYOUT_SETUP) && !(s.mode & 0444))
		st->st_size = (off_t)OUT_FILE_SIZE;
	else if (s.type == LAYOUT_CONTROL_TEXT)
		st->st_size = CONTROL_TEXT_SIZE;
	else if (s.type == LAYOUT_CONTROL_DATA)
		st->st_size = CONTROL_DATA_SIZE;
	else if (s.type == LAYOUT_LIVE || s.type == LAYOUT_SETTING || s.type == LAYOUT_DRIVER)
		st->st_size = (off_t)ops_text_size(fs, ino);
	if (s.type == LAYOUT_DATA)
		st->st_mode |= ops_pair_mode(fs, ino, s.mode);
	st->st_blksize = 4096;
	/* cp would look for holes, which needs positions. */
	if (s.type == LAYOUT_CONTROL_TEXT || s.type == LAYOUT_CONTROL_DATA)
		st->st_blocks = st->st_size / 512;
	st->st_mtim.tv_sec = s.stamp / 1000000000;
	st->st_mtim.tv_nsec = s.stamp % 1000000000;
	st->st_atim = st->st_ctim = st->st_mtim;
	cache_times(fs, &s, &ret->entry_timeout, &ret->attr_timeout);
	return 0;
}

static void
op_init(void *user, struct fuse_conn_info *conn)
{
	struct fs *fs = user;

	fs->max_write = conn->max_write;
	/* Requests are taken from the kernel by plain reads: our buffers outlive the request. */
	conn->want &= ~((unsigned)FUSE_CAP_SPLICE_READ | (unsigned)FUSE_CAP_READDIRPLUS);
	acl_init(fs, conn);
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param e;
	uint64_t ino;
	int r = layout_lookup(fs->layout, parent, name, &ino);

	if (r == 0)
		r = ops_entry(fs, ino, &e);
	if (r < 0) {
		fuse_reply_err(req, r == -ESTALE ? ENOENT : -r);
		return;
	}
	layout_remember(fs->layout, ino);
	/* It was interrupted: the kernel has not heard of it. */
	if (fuse_reply_entry(req, &e) == -ENOENT)
		layout_forget(fs->layout, ino, 1);
}

static void
op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	layout_forget(ops_fs(req)->layout, ino, nlookup);
	fuse_reply_none(req);
}

static void
op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		layout_forget(ops_fs(req)->layout, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fuse_entry_param e;
	int r = ops_entry(ops_fs(req), ino, &e);

	(void)fi;
	if (r == 0)
		fuse_reply_attr(req, &e.attr, e.attr_timeout);
	else
		fuse_reply_err(req, -r);
}

static void
op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
	(void)attr;
	/* A shell's > truncates; times come along with it. Nothing else can be set. */
	if (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	op_getattr(req, ino, fi);
}

static void
op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct layout_stat s;
	int r = layout_stat(ops_fs(req)->layout, ino, &s);

	if (r == 0 && s.type != LAYOUT_DIR)
		r = -ENOTDIR;
	if (r == 0)
		fuse_reply_open(req, fi);
	else
		fuse_reply_err(req, r == -ESTALE ? ENOENT : -r);
}

static void
op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct layout *layout = ops_fs(req)->layout;
	char buf[4096];
	size_t used = 0;
	uint64_t cursor = (uint64_t)off;
	int r;

	(void)fi;
	if (size > sizeof(buf))
		size = sizeof(buf);
	for (;;) {
		struct stat st = {.st_mode = 0};
		const char *name;
		uint64_t child, next;
		size_t n;

		r = layout_readdir(layout, ino, cursor, &name, &child, &st.st_mode, &next);
		if (r <= 0)
			break;
		st.st_ino = child;
		n = fuse_add_direntry(req, buf + used, size - used, name, &st, (off_t)next);
		if (n > size - used)
			break;
		used += n;
		cursor = next;
	}
	/* The directory of a device that has gone reads as empty. */
	if (r < 0 && r != -ESTALE && used == 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, buf, used);
}

static void
op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs s = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_files = layout_count(ops_fs(req)->layout),
		.f_namemax = 255,
	};

	(void)ino;
	fuse_reply_statfs(req, &s);
}

/* The tree is what is plugged in: nobody makes or removes anything in it, but for aliases. */

static void
op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)parent, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, EPERM);
}

static void
op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

static void
op_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void
op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void
op_create(
	fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	(void)parent, (void)name, (void)mode, (void)fi;
	fuse_reply_err(req, EPERM);
}

const struct fuse_lowlevel_ops fs_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.statfs = op_statfs,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = ops_unlink,
	.rmdir = op_remove,
	.rename = ops_rename,
	.readlink = ops_readlink,
	.symlink = ops_symlink,
	.link = op_link,
	.create = op_create,
	.setxattr = ops_setxattr,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
	.removexattr = ops_removexattr,
	.open = ops_open,
	.read = ops_read,
	.write = ops_write,
	.flush = ops_flush,
	.fsync = ops_fsync,
	.release = ops_release,
	.poll = ops_poll,
};
