/* SPDX-License-Identifier: MIT */
/*
 * What sysfs says of one device. Reads regular files below /sys only: no device is opened or woken.
 *
 * Everything is read relative to one descriptor of the device's directory. It stays with that one
 * plug-in: when the device goes, reads fail, also after another device took the same name.
 *
 * Some attributes make the kernel wait for the device's lock, which a driver's probe or a control
 * transfer may hold for many seconds. They are marked locked, and read by locked.h alone.
 */
#ifndef USBFUSE_USB_SYSFS_H
#define USBFUSE_USB_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backend/snapshot.h"

enum sysfs_flags {
	SYSFS_LOCKED = 1 << 0,   /* reading may wait for the device's lock */
	SYSFS_VOLATILE = 1 << 1, /* changes by itself; not a reason for changed() */
	SYSFS_LINK = 1 << 2,     /* a symbolic link: its last component */
};

struct sysfs_attr {
	const char *name;
	unsigned flags;
};

/* The attributes known of devices and of interfaces; each ends with a name of NULL. */
extern const struct sysfs_attr sysfs_device_attrs[];
extern const struct sysfs_attr sysfs_interface_attrs[];
extern const struct sysfs_attr sysfs_port_attrs[];

/* NULL: no such attribute. "portN/NAME" is one of a port. INTERFACE as in sysfs_read_attr(). */
const struct sysfs_attr *sysfs_find_attr(bool of_interface, const char *name);

/* One plug-in of a device. */
struct sysfs_device {
	int fd;    /* its directory */
	ino_t ino; /* of that directory: sysfs never uses one again */
	unsigned devnum;
};

/* The directory whose entries are the names of all devices and interfaces. */
const char *sysfs_root(void);

/* /sys itself, or what stands for it in a test. */
const char *sysfs_top(void);

/* Opens the directory of the device NAME, "1-2.4". -ENODEV: there is none, or it is just going. */
int sysfs_open(const char *name, struct sysfs_device *ret);

/* Everything but the locked attributes. SEQ as for snapshot_new(). -ENODEV: gone meanwhile. */
int sysfs_snapshot(
	const struct sysfs_device *d, const char *name, uint64_t seq, struct snapshot **ret);

/* The name of the directory of an interface, "1-2.4:1.0" or, of a root hub, "1-0:1.0". */
int sysfs_interface_name(const struct snapshot *s, unsigned interface, char *buf, size_t size);

/* Reads the attribute NAME below the directory DIR of FD; returns the length or -errno. */
ssize_t sysfs_read(int fd, const char *dir, const char *name, char *buf, size_t size);

/* The first LIMIT bytes of the binary file NAME below FD, malloc'ed. */
int sysfs_read_blob(int fd, const char *name, size_t limit, uint8_t **ret, size_t *ret_len);

/* The last component of what the link PATH below FD leads to, NUL-terminated; its length or -errno.
 */
ssize_t sysfs_read_link(int fd, const char *path, char *buf, size_t size);

/* The name of the driver of the interface in DIR, NUL-terminated; its length or -errno. */
ssize_t sysfs_read_driver(int fd, const char *dir, char *buf, size_t size);

/* Whether two snapshots of one device differ in anything that is not volatile. */
bool sysfs_differ(const struct snapshot *a, const struct snapshot *b);

#endif
