/* SPDX-License-Identifier: MIT */
/* ACLs as extended attributes; see acl.h. */
#include "fs/acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

#include "backend/util/log.h"
#include "fs/ops.h"

/* Those of the mode come first and last: the owner; the mask, and the others. */
enum {
	ENTRIES_MAX = (ACL_SIZE_MAX - sizeof(struct posix_acl_xattr_header)) /
		      sizeof(struct posix_acl_xattr_entry),
	ENTRIES_OF_MODE = 3
};

void
acl_init(struct fs *fs, struct fuse_conn_info *conn)
{
	if (conn->capable & FUSE_CAP_POSIX_ACL) {
		conn->want |= FUSE_CAP_POSIX_ACL;
	} else {
		log_warn("this kernel looks at no ACLs; who has a device by one cannot use it");
		layout_without_acls(fs->layout);
	}
}

static void
put(struct posix_acl_xattr_entry *to, unsigned tag, unsigned bits, uint32_t id)
{
	to->e_tag = htole16((uint16_t)tag);
	to->e_perm = htole16(bits & 7);
	to->e_id = htole32(id);
}

static unsigned
tag_of(enum snapshot_acl_kind kind)
{
	switch (kind) {
	case SNAPSHOT_ACL_USER:
		return ACL_USER;
	case SNAPSHOT_ACL_GROUP:
		return ACL_GROUP;
	default:
		return ACL_GROUP_OBJ;
	}
}

int
acl_get(struct fs *fs, fuse_ino_t ino, const char *name, void *buf, size_t size)
{
	struct snapshot_acl entries[ENTRIES_MAX - ENTRIES_OF_MODE];
	struct posix_acl_xattr_header header = {.a_version = htole32(POSIX_ACL_XATTR_VERSION)};
	struct posix_acl_xattr_entry out[ENTRIES_MAX];
	size_t n, len, used = 0;
	struct layout_stat s;
	unsigned pair;

	if (strcmp(name, "system.posix_acl_access") != 0)
		return -ENODATA;
	n = layout_acl(fs->layout, ino, entries, sizeof(entries) / sizeof(entries[0]));
	if (n == 0 || layout_stat(fs->layout, ino, &s) < 0)
		return -ENODATA;
	pair = ops_pair_mode(fs, ino, 0222) & 7;
	if (s.type == LAYOUT_DATA)
		s.mode |= ops_pair_mode(fs, ino, s.mode);
	put(&out[used++], ACL_USER_OBJ, s.mode >> 6, (uint32_t)ACL_UNDEFINED_ID);
	for (size_t i = 0; i < n; i++) {
		unsigned bits = entries[i].bits;

		/* Who may write to it may read from its pair. */
		if (bits & 2)
			bits |= pair;
		put(&out[used++], tag_of(entries[i].kind), bits,
			entries[i].kind == SNAPSHOT_ACL_OWNING_GROUP ? (uint32_t)ACL_UNDEFINED_ID
								     : entries[i].id);
	}
	put(&out[used++], ACL_MASK, s.mode >> 3, (uint32_t)ACL_UNDEFINED_ID);
	put(&out[used++], ACL_OTHER, s.mode, (uint32_t)ACL_UNDEFINED_ID);
	len = sizeof(header) + used * sizeof(out[0]);
	if (len > size)
		return -ERANGE;
	memcpy(buf, &header, sizeof(header));
	memcpy((char *)buf + sizeof(header), out, used * sizeof(out[0]));
	return (int)len;
}
