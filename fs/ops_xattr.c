/* SPDX-License-Identifier: MIT */
/*
 * libfuse's operations on extended attributes. Each begins with the namespace, which says who
 * answers: there is user.* of devices (xattr.h), and the ACL that the kernel goes by (acl.h). Of
 * anything else there is none, which is said as quietly as file systems do that could have some: ls,
 * cp -a and getfattr -R ask for them all.
 *
 * Who may do it has been checked by the kernel, by the mode of the directory.
 */
#include "fs/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/acl.h"
#include "fs/device.h"
#include "fs/xattr.h"

enum namespace { NAMESPACE_OTHER, NAMESPACE_USER, NAMESPACE_ACL };

static enum namespace namespace_of(const char *name)
{
	if (strncmp(name, "user.", 5) == 0)
		return NAMESPACE_USER;
	return strncmp(name, "system.posix_acl_", 17) == 0 ? NAMESPACE_ACL : NAMESPACE_OTHER;
}

/* The attributes of the device whose directory INO is; *RET is NULL for any other node. 0 or
 * -ESTALE. */
static int
find_xattrs(struct fs *fs, uint64_t ino, struct xattrs **ret)
{
	uint64_t seq = layout_seq(ino);
	struct device *d = NULL;
	struct layout_stat s;
	int r = layout_stat(fs->layout, ino, &s);

	if (r < 0)
		return r;
	if (seq > 0 && ino == layout_device(seq))
		d = device_find(fs, seq);
	*ret = d ? &d->xattrs : NULL;
	return 0;
}

/* SIZE 0 asks how long it is. */
static void
reply(fuse_req_t req, const void *value, size_t len, size_t size)
{
	if (size == 0)
		fuse_reply_xattr(req, len);
	else if (len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, value, len);
}

static void
get_user(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct xattrs *x;
	const void *value;
	size_t len;
	int r = find_xattrs(ops_fs(req), ino, &x);

	if (r == 0)
		r = x ? xattrs_get(x, name, &value, &len) : -ENODATA;
	if (r == 0)
		reply(req, value, len, size);
	else
		fuse_reply_err(req, -r);
}

static void
get_acl(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	char buf[ACL_SIZE_MAX];
	int r = acl_get(ops_fs(req), ino, name, buf, sizeof(buf));

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		reply(req, buf, (size_t)r, size);
}

void
ops_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	switch (namespace_of(name)) {
	case NAMESPACE_USER:
		get_user(req, ino, name, size);
		break;
	case NAMESPACE_ACL:
		get_acl(req, ino, name, size);
		break;
	case NAMESPACE_OTHER:
		fuse_reply_err(req, EOPNOTSUPP);
		break;
	}
}

static int
set_user(struct fs *fs, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
	struct xattrs *x;
	int r = find_xattrs(fs, ino, &x);

	if (r < 0)
		return r;
	if (!x)
		return -EOPNOTSUPP;
	return name[5] ? xattrs_set(x, name, value, size, flags) : -EINVAL;
}

void
ops_setxattr(
	fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
	int r = -EOPNOTSUPP;

	switch (namespace_of(name)) {
	case NAMESPACE_USER:
		r = set_user(ops_fs(req), ino, name, value, size, flags);
		break;
	case NAMESPACE_ACL:
	case NAMESPACE_OTHER:
		break;
	}
	fuse_reply_err(req, -r);
}

void
ops_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct xattrs *x;
	int r = -EOPNOTSUPP;

	switch (namespace_of(name)) {
	case NAMESPACE_USER:
		r = find_xattrs(ops_fs(req), ino, &x);
		if (r == 0)
			r = x ? xattrs_remove(x, name) : -ENODATA;
		break;
	case NAMESPACE_ACL:
	case NAMESPACE_OTHER:
		break;
	}
	fuse_reply_err(req, -r);
}

void
ops_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	_cleanup_free_ char *names = NULL;
	size_t len = 0;
	struct xattrs *x;
	int r = find_xattrs(ops_fs(req), ino, &x);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	if (x)
		len = x->names;
	if (len > 0 && size >= len) {
		names = malloc(len);
		if (!names) {
			fuse_reply_err(req, ENOMEM);
			return;
		}
		xattrs_list(x, names);
	}
	reply(req, names, len, size);
}
