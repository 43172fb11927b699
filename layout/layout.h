/* SPDX-License-Identifier: MIT */
/*
 * The tree: which directories and files there are, how they are called, what their inode numbers,
 * modes and sizes are, and the text of every file that only describes. Everything is computed from
 * the snapshots given to it; no FUSE, no libusb, no threads, no clock, no I/O.
 *
 * A node is known by its inode number, which encodes where in the tree it is: the seq of the
 * device, then configuration, interface, alternate setting, endpoint and the kind of file. So there
 * is no table of inodes to keep or leak, the number of a path stays the same while the device is
 * plugged in, and a number is never used again for another device (seq is not). Control requests
 * are the exception, because they do not fit: for them there is a table, see layout_remember().
 *
 * A layout belongs to one thread. Errors are negative errnos: -ENOENT no such name, -ESTALE what
 * that inode number stood for has gone (the device, or a setting that is no longer in force),
 * -ENOTDIR, -ENOMEM.
 */
#ifndef USBFUSE_LAYOUT_H
#define USBFUSE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backend/desc.h"
#include "backend/snapshot.h"
#include "layout/setup.h"

struct layout;

#define LAYOUT_ROOT 1 /* inode number of the root, as FUSE wants it */

/* What a node does when it is used. */
enum layout_type {
	LAYOUT_DIR,
	LAYOUT_TEXT,        /* constant while the snapshot is: layout_text() has its bytes */
	LAYOUT_LIVE,        /* an attribute to be read afresh from the backend: layout_target() */
	LAYOUT_SETTING,     /* the same, and it can be written: setting.h */
	LAYOUT_DATA,        /* transfers of an endpoint */
	LAYOUT_CTL,         /* knobs and verbs of an endpoint */
	LAYOUT_STATUS,      /* state of an endpoint in words */
	LAYOUT_DRIVER,      /* owner of an interface */
	LAYOUT_ALTERNATE,   /* the setting in force: text as above, to be written as well */
	LAYOUT_CONFIG,      /* the configuration in force: likewise */
	LAYOUT_DEV_CTL,     /* verbs of a device */
	LAYOUT_DEV_STATUS,  /* state of a device in words */
	LAYOUT_LINK,        /* a symbolic link: layout_link() */
	LAYOUT_EVENTS,      /* hot-plug events: event.h */
	LAYOUT_ROOT_CTL,    /* verbs of the whole */
	LAYOUT_ROOT_STATUS, /* state of the whole in words */

	/* Of the control endpoint: */
	LAYOUT_SETUP,          /* a request that is its name */
	LAYOUT_CONTROL_TEXT,   /* requests and their replies as text */
	LAYOUT_CONTROL_DATA,   /* the same as bytes */
	LAYOUT_CONTROL_CTL,    /* knobs and verbs */
	LAYOUT_CONTROL_STATUS, /* state in words */

	/* Of a port of a hub; to answer them takes a request to the hub. */
	LAYOUT_PORT_POWER,
	LAYOUT_PORT_DISABLE,
	LAYOUT_PORT_INDICATOR,
	LAYOUT_PORT_STATUS,
};

struct layout_stat {
	uint64_t ino;
	enum layout_type type;
	mode_t mode; /* with S_IFMT */
	uid_t uid;
	gid_t gid;
	nlink_t nlink;
	uint64_t
		size; /* exact where there are bytes (layout_text(), layout_link()); 0 for the rest,
			* fs knows better */
	int64_t stamp; /* as given to layout_put(); for what belongs to no device, the root's */
};

/* What a node is about. Fields that do not apply are -1 or NULL. */
struct layout_target {
	enum layout_type type;
	struct snapshot
		*snapshot; /* borrowed: valid until the next layout_put/remove; NULL: root */
	int config;        /* bConfigurationValue */
	int interface;     /* bInterfaceNumber */
	int alternate;     /* bAlternateSetting */
	int endpoint;      /* bEndpointAddress */
	const struct desc_endpoint *desc; /* of the endpoint; borrowed likewise */
	const struct desc_alt *alt;       /* of the alternate setting; likewise */
	const char *attr;   /* LIVE, SETTING: name for backend_ops.read_attr, of a port below its
			     * directory: "port3/" comes before it */
	int port;           /* of a hub, from 1 */
	struct setup setup; /* LAYOUT_SETUP */
};

/* UID, GID and STAMP are those of the root and of other nodes that belong to no device. */
struct layout *layout_new(uid_t uid, gid_t gid, int64_t stamp);

/* Accepts NULL; returns NULL. */
struct layout *layout_free(struct layout *l);

/* Adds a device, or replaces the snapshot of the same seq; takes a reference. STAMP is for the
 * times in layout_stat, in ns since the epoch. 0 or -ENOMEM; -EOVERFLOW for a seq that does not fit
 * into an inode number, after a billion plug-ins. */
int layout_put(struct layout *l, struct snapshot *s, int64_t stamp);

/* Removes the device, if it is there. */
void layout_remove(struct layout *l, uint64_t seq);

/* The current snapshot of a device, borrowed, or NULL. */
struct snapshot *layout_snapshot(const struct layout *l, uint64_t seq);

/* The seq in an inode number; 0 for what belongs to no device. */
uint64_t layout_seq(uint64_t ino);

/* The inode number of the directory of the device with that seq. */
uint64_t layout_device(uint64_t seq);

/* Finds NAME in directory PARENT. Also answers "." and "..". */
int layout_lookup(const struct layout *l, uint64_t parent, const char *name, uint64_t *ret_ino);

/* The kernel has been told of INO once more; it has forgotten it N times. What is not remembered may
 * lose its number with the next layout_lookup(). Means nothing but for LAYOUT_SETUP. */
void layout_remember(struct layout *l, uint64_t ino);
void layout_forget(struct layout *l, uint64_t ino, uint64_t n);

int layout_stat(const struct layout *l, uint64_t ino, struct layout_stat *ret);

/* The ACL of a file, as of a snapshot: what the mode of layout_stat() says is not all then. At most N
 * entries; returns how many, 0: it has none. */
size_t layout_acl(const struct layout *l, uint64_t ino, struct snapshot_acl *ret, size_t n);

/* From now on no ACL can be told to those who check permissions: the modes have to do. */
void layout_without_acls(struct layout *l);

/* One entry of directory INO: the first whose cursor is above CURSOR (start with 0; "." and ".."
 * are included). Its name stays valid until the next call on this layout; *ret_cursor is where to
 * go on. 1: there is an entry; 0: no more. Devices that come or go between two calls neither hide
 * nor repeat the others. */
int layout_readdir(struct layout *l, uint64_t ino, uint64_t cursor, const char **ret_name,
	uint64_t *ret_ino, mode_t *ret_mode, uint64_t *ret_cursor);

/* Where a LAYOUT_LINK node leads to, NUL-terminated. -ENAMETOOLONG: it does not fit. */
int layout_link(const struct layout *l, uint64_t ino, char *buf, size_t size);

/* The inode number of by-name, the directory of aliases. */
uint64_t layout_aliases(void);

/* The bytes of a LAYOUT_TEXT, LAYOUT_ALTERNATE or LAYOUT_CONFIG node; malloc'ed, may contain any
 * byte (raw descriptors). */
int layout_text(const struct layout *l, uint64_t ino, char **ret, size_t *ret_len);

int layout_target(const struct layout *l, uint64_t ino, struct layout_target *ret);

/* The node that is to the endpoint ADDRESS what INO is to another one of the same alternate
 * setting: its data file, for a data file. */
int layout_sibling(const struct layout *l, uint64_t ino, uint8_t address, uint64_t *ret_ino);

/* Path of a node below the mount point, for messages ("1-2/config1/interface0/ep81"), without a
 * leading slash; malloc'ed. NULL: no such node, or no memory. */
char *layout_path(const struct layout *l, uint64_t ino);

/* How many nodes there are, for statfs. */
uint64_t layout_count(const struct layout *l);

#endif
