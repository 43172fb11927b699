/* SPDX-License-Identifier: MIT */
/* Permissions of the devices' nodes, and their changes; see node.h. */
#include "backend/usb/node.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "backend/usb/presence.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

#define NODES "/dev/bus/usb"

enum {
	ACL_MAX = 4096,      /* as much as the kernel takes of a file of ours */
	OVERFLOW_ID = 65534, /* /proc/sys/kernel/overflowuid, which nobody changes */
};

/* A directory with the nodes of a bus. */
struct watch {
	struct list node; /* usb_backend.watched */
	int wd;
	unsigned busnum;
};

/* ---- permissions ---- */

/* In a user namespace with numbers for some ids only, all others show as one, nobody's. Somebody
 * there may have that number, and is not who is meant. */
static bool knows_all_ids;

void
node_look_at_ids(void)
{
	_cleanup_close_ int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	unsigned long inside, outside, count;
	char text[128];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	/* Or a kernel without such namespaces. */
	knows_all_ids = (fd < 0 && errno == ENOENT) ||
			(sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
				count >= UINT32_MAX);
}

/* Who cannot be told from others gets nothing. */
static void
drop_unknown_ids(struct snapshot *s)
{
	if (s->uid == OVERFLOW_ID)
		s->mode &= ~(mode_t)0700;
	if (s->gid != OVERFLOW_ID)
		return;
	if (s->n_acl == 0)
		s->mode &= ~(mode_t)070;
	for (size_t i = 0; i < s->n_acl; i++)
		if (s->acl[i].kind == SNAPSHOT_ACL_OWNING_GROUP)
			s->acl[i].bits = 0;
}

/* One entry of the ACL: those that stand for bits of the mode go there. */
static int
take_entry(struct snapshot *s, const struct posix_acl_xattr_entry *e, mode_t *mode)
{
	mode_t bits = le16toh(e->e_perm) & 7;
	bool named = le16toh(e->e_tag) & (ACL_USER | ACL_GROUP);

	/* Without a number here: see knows_all_ids. */
	if (named && le32toh(e->e_id) == (uint32_t)ACL_UNDEFINED_ID)
		return 0;
	switch (le16toh(e->e_tag)) {
	case ACL_USER_OBJ:
		*mode |= bits << 6;
		return 0;
	case ACL_USER:
		return snapshot_add_acl(s, SNAPSHOT_ACL_USER, bits, le32toh(e->e_id));
	case ACL_GROUP_OBJ:
		return snapshot_add_acl(s, SNAPSHOT_ACL_OWNING_GROUP, bits, 0);
	case ACL_GROUP:
		return snapshot_add_acl(s, SNAPSHOT_ACL_GROUP, bits, le32toh(e->e_id));
	case ACL_MASK:
		*mode |= bits << 3;
		return 0;
	case ACL_OTHER:
		*mode |= bits;
		return 0;
	default:
		return -EINVAL;
	}
}

static int
take_acl(struct snapshot *s, const char *acl, size_t len)
{
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry e;
	mode_t mode = 0;
	int r = 0;

	if (len < sizeof(header))
		return -EINVAL;
	memcpy(&header, acl, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EINVAL;
	for (size_t at = sizeof(header); r == 0 && at + sizeof(e) <= len; at += sizeof(e)) {
		memcpy(&e, acl + at, sizeof(e));
		r = take_entry(s, &e, &mode);
	}
	if (r == 0)
		s->mode = mode;
	return r;
}

static int
read_acl(struct snapshot *s)
{
	char acl[ACL_MAX];
	ssize_t n = getxattr(s->node, "system.posix_acl_access", acl, sizeof(acl));
	int r;

	/* The last one: the node has just gone. */
	if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP || errno == ENOENT))
		return 0;
	r = n < 0 ? -errno : take_acl(s, acl, (size_t)n);
	if (r == 0 || r == -ENOMEM)
		return r;
	/* The mode alone would let in who is shut out by the ACL. */
	log_warn("%s: cannot read its ACL: %s, proceeding with its owner alone", s->node,
		strerror(-r));
	s->mode &= 0700;
	s->n_acl = 0;
	return 0;
}

int
node_read(struct snapshot *s)
{
	struct stat st;
	int r;

	if (asprintf(&s->node, NODES "/%03u/%03u", s->busnum, s->devnum) < 0) {
		s->node = NULL;
		return -ENOMEM;
	}
	/* Without a node, nobody may. */
	if (stat(s->node, &st) < 0)
		return 0;
	s->uid = st.st_uid;
	s->gid = st.st_gid;
	s->mode = st.st_mode & 0777;
	r = read_acl(s);
	if (r == 0 && !knows_all_ids)
		drop_unknown_ids(s);
	return r;
}

/* ---- changes ---- */

void
node_watch_start(struct usb_backend *b)
{
	b->nodes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (b->nodes < 0)
		log_warn("usb: cannot watch " NODES ": %s, proceeding without", strerror(errno));
}

static void
forget(struct watch *w)
{
	list_del(&w->node);
	free(w);
}

void
node_watch_stop(struct usb_backend *b)
{
	list_for_each_safe (pos, next, &b->watched)
		forget(list_entry(pos, struct watch, node));
	closep(&b->nodes);
	b->nodes = -1;
}

static struct watch *
find(struct usb_backend *b, int wd)
{
	list_for_each (pos, &b->watched)
		if (list_entry(pos, struct watch, node)->wd == wd)
			return list_entry(pos, struct watch, node);
	return NULL;
}

void
node_watch(struct usb_backend *b, const struct sysfs_device *d)
{
	char text[32], path[64];
	ssize_t n = sysfs_read(d->fd, ".", "busnum", text, sizeof(text) - 1);
	struct watch *w;
	unsigned busnum;
	int wd;

	if (b->nodes < 0 || n <= 0)
		return;
	text[n] = '\0';
	busnum = (unsigned)strtoul(text, NULL, 10);
	snprintf(path, sizeof(path), NODES "/%03u", busnum);
	/* The same number as before for a directory that is watched already. */
	wd = inotify_add_watch(b->nodes, path, IN_ATTRIB | IN_CREATE | IN_ONLYDIR);
	if (wd < 0) {
		/* Where there are no nodes there is nothing to be watched. */
		if (errno != ENOENT)
			log_warn("usb: cannot watch %s: %s, proceeding without", path,
				strerror(errno));
		return;
	}
	if (find(b, wd))
		return;
	w = calloc(1, sizeof(*w));
	if (!w) {
		log_err("no memory to watch %s", path);
		inotify_rm_watch(b->nodes, wd);
		return;
	}
	w->wd = wd;
	w->busnum = busnum;
	list_append(&b->watched, &w->node);
}

static void
take_event(struct usb_backend *b, const struct inotify_event *e)
{
	struct watch *w = find(b, e->wd);
	char *end;
	unsigned long devnum;

	if (e->mask & IN_Q_OVERFLOW) {
		log_warn("too many changes of nodes, proceeding with a look at every device");
		presence_rescan(b);
	} else if (w && e->mask & IN_IGNORED) {
		/* The bus has gone; should it come back, so does the first look at a device. */
		forget(w);
	} else if (w && e->len > 0) {
		devnum = strtoul(e->name, &end, 10);
		if (*end == '\0')
			presence_touch_number(b, w->busnum, (unsigned)devnum);
	}
}

void
node_drain(struct usb_backend *b)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(b->nodes, buf, sizeof(buf))) > 0) {
		const struct inotify_event *e;

		for (char *at = buf; at < buf + n; at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(const void *)at;
			take_event(b, e);
		}
	}
}
