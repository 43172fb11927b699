/* SPDX-License-Identifier: MIT */
/*
 * What is known of a USB device at one moment, without opening it: an immutable, reference-counted
 * description that backends make and everyone else reads. Pure data: no I/O, no libusb, no FUSE.
 *
 * Life: a backend fills a fresh snapshot, publishes it, and never changes it again. When something
 * about the device changes (configuration, alternate setting, driver), the backend publishes
 * another snapshot with the same seq. References may be taken and dropped on any thread.
 *
 * Strings that come from the device (manufacturer, product, serial, interface) are exact bytes,
 * NUL-terminated, untrusted, and not necessarily valid UTF-8.
 */
#ifndef USBFUSE_SNAPSHOT_H
#define USBFUSE_SNAPSHOT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One attribute as sysfs has it: its name ("urbnum", "power/control") and its exact text, usually
 * ending in a newline. */
struct snapshot_attr {
	char *name;
	char *text;
};

/* Beside the mode's, one of the entries of a POSIX ACL: a user by id, a group by id, or the group
 * that owns the node. The mode's group bits are the mask of them all, as stat(2) has it. */
enum snapshot_acl_kind { SNAPSHOT_ACL_USER, SNAPSHOT_ACL_OWNING_GROUP, SNAPSHOT_ACL_GROUP };

struct snapshot_acl {
	enum snapshot_acl_kind kind;
	uint8_t bits; /* 4 read, 2 write, 1 execute; before the mask */
	uint32_t id;  /* of the user, or of the group that is not the owning one */
};

/* An interface of the configuration in force. */
struct snapshot_interface {
	uint8_t number;              /* bInterfaceNumber */
	uint8_t alternate;           /* bAlternateSetting in force */
	char *driver;                /* the kernel driver that is bound, or NULL */
	struct snapshot_attr *attrs; /* "interface", "modalias", "supports_autosuspend", … */
	size_t n_attrs;
	uint8_t *report_descriptor; /* HID, where the system knows it; else NULL */
	size_t report_descriptor_len;
};

struct snapshot {
	atomic_uint refs;

	uint64_t seq;        /* identity: never used again for another plug-in, starts at 1 */
	char *name;          /* bus-port path as sysfs spells it: "1-2.4"; root hubs: "usb1" */
	char *node;          /* "/dev/bus/usb/001/004", or NULL where there is none (sim) */
	unsigned busnum;     /* 1.. */
	unsigned devnum;     /* USB address, 1..127 */
	unsigned speed_kbit; /* 1500, 12000, 480000, 5000000, 10000000, 20000000; 0: unknown */
	uid_t uid;           /* owner, group and permission bits of the node decide on I/O */
	gid_t gid;
	mode_t mode; /* permission bits only, as 0664 */
	/* Its ACL: users, the owning group (always there), groups. n_acl 0: it has none. */
	struct snapshot_acl *acl;
	size_t n_acl;

	/* The device descriptor, then every configuration with all that belongs to it, as the
	 * device sent them (sysfs: descriptors). May be truncated or malformed. */
	uint8_t *descriptors;
	size_t descriptors_len;
	uint8_t *bos; /* the BOS descriptor with its capabilities, or NULL */
	size_t bos_len;

	int active_config; /* bConfigurationValue in force; 0: unconfigured */

	/* Attributes of the device that are not derived from the descriptors: manufacturer,
	 * product, serial, speed, version, devpath, maxchild, … */
	struct snapshot_attr *attrs;
	size_t n_attrs;

	struct snapshot_interface *interfaces;
	size_t n_interfaces;
};

/* A fresh snapshot with one reference and all fields zero, but for seq: SEQ, or when SEQ is 0 the
 * next number that no snapshot of this process has had. NULL: out of memory. */
struct snapshot *snapshot_new(uint64_t seq);

struct snapshot *snapshot_ref(struct snapshot *s);

/* Drops a reference; the last one frees. Accepts NULL. Returns NULL. */
struct snapshot *snapshot_unref(struct snapshot *s);

/* While building only: adds an attribute (TEXT of LEN bytes is copied and NUL-terminated).
 * 0 or -ENOMEM. */
int snapshot_add_attr(struct snapshot *s, const char *name, const char *text, size_t len);
int snapshot_interface_add_attr(
	struct snapshot_interface *i, const char *name, const char *text, size_t len);

/* While building only: adds an entry to the ACL. 0 or -ENOMEM. */
int snapshot_add_acl(struct snapshot *s, enum snapshot_acl_kind kind, unsigned bits, uint32_t id);

/* While building only: adds an interface and returns it, zeroed but for NUMBER; NULL: no memory.
 * The pointer is valid until the next addition. */
struct snapshot_interface *snapshot_add_interface(struct snapshot *s, uint8_t number);

/* While building only: copies the LEN bytes of a report descriptor, and forgets an earlier one. 0 or
 * -ENOMEM. */
int snapshot_interface_set_report(struct snapshot_interface *i, const uint8_t *data, size_t len);

/* The text of an attribute, or NULL. */
const char *snapshot_attr(const struct snapshot *s, const char *name);
const char *snapshot_interface_attr(const struct snapshot_interface *i, const char *name);

/* The interface NUMBER of the configuration in force, or NULL. */
const struct snapshot_interface *snapshot_interface(const struct snapshot *s, uint8_t number);

static inline void
snapshot_unrefp(struct snapshot **s)
{
	snapshot_unref(*s);
}

#endif
