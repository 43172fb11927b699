/* SPDX-License-Identifier: MIT */
/*
 * Inode numbers: how a place in the tree is packed into 64 bits and what is found there. Private to
 * layout/.
 *
 * Bits, from the lowest: kind 8, endpoint 5, alternate setting 8, interface 8, configuration 5, seq
 * of the device 30. Places inside a device are ordinals in descriptor order plus one, 0 meaning
 * "none": numbers as the device gives them may repeat, ordinals do not. The root is 1, as FUSE has
 * it: kind KIND_ROOT and nothing else.
 */
#ifndef USBFUSE_NODE_H
#define USBFUSE_NODE_H

#include <stdint.h>

#include "backend/desc.h"
#include "backend/snapshot.h"
#include "layout/layout.h"

enum { SEQ_BITS = 30 };

#define SEQ_MAX (((uint64_t)1 << SEQ_BITS) - 1)

/* Directories; files have KIND_FILE plus their index in the table of entries. */
enum kind {
	KIND_NONE,
	KIND_ROOT,
	KIND_DEVICE,
	KIND_POWER,
	KIND_EP00,
	KIND_SETUP,         /* in ep00: control requests */
	KIND_SETUP_REQUEST, /* in that: likewise a number, of setup.h's table, as of KIND_LINK_NAME */
	KIND_CONFIG,
	KIND_INTERFACE,
	KIND_ALTSETTINGS,
	KIND_ALT,
	KIND_ENDPOINT,     /* of the alternate setting in force */
	KIND_ALT_ENDPOINT, /* of any: describes only */
	KIND_PORT,         /* of a hub; alt: its number */
	/* links.h: the directories beside the devices, and what is in them. */
	KIND_BY_ID,
	KIND_BY_SERIAL,
	KIND_BY_CLASS,
	KIND_BY_NAME,
	KIND_CLASS, /* config 3 bits and endpoint: class; interface: subclass; alt: protocol */
	KIND_LINK_ID,
	KIND_LINK_SERIAL,
	KIND_LINK_CLASS,
	KIND_LINK_PORT, /* in a port: what is plugged in there; ports.c */
	KIND_LINK_PEER, /* likewise: the other half of a USB 3 socket */
	KIND_LINK_NAME, /* likewise config, endpoint, interface, alt: number of the alias */
	KIND_FILE,
};

struct id {
	uint64_t seq;
	unsigned config, interface, alt, endpoint; /* ordinal + 1 */
	unsigned kind;
};

struct id id_of(uint64_t ino);
uint64_t id_ino(struct id id);

/* Texts that are made from all descriptors of a device. Making one takes a while, and stat needs
 * its length: it is made when it is first asked for and kept as long as the snapshot. */
enum { DECODED_TEXT, DECODED_JSON, N_DECODED };

struct decoded {
	char *text[N_DECODED]; /* NULL: not made yet */
	size_t len[N_DECODED];
	/* Of the report descriptor that was asked for last, which is at REPORT_OF. */
	const uint8_t *report_of;
	char *report;
	size_t report_len;
};

/* A device in the tree. */
struct layout_device {
	struct snapshot *snapshot;
	struct desc_index *index;
	char *name;              /* in the root */
	char *by_id, *by_serial; /* in these directories, or NULL */
	int64_t stamp;
	int last_config; /* bConfigurationValue that is or was in force; 0: none ever was */
	struct decoded *decoded;
	uint64_t count;                     /* of nodes; 0: not counted yet */
	struct layout_device *next_of_name; /* in the hash by name */
	struct setup_table *setups;

	/* The control endpoint has no descriptor of its own; this is what it would be. */
	uint8_t ep00_bytes[7];
	struct desc_endpoint ep00;
};

/* Does it have attributes of power management at all? */
bool device_has_power(const struct layout_device *d);

/* An inode number, resolved. What does not apply is NULL. */
struct place {
	const struct layout *layout;
	struct id id;
	const struct layout_device *device;
	const struct desc_config *config;
	const struct desc_interface *interface;
	const struct desc_alt *alt; /* of an interface: the setting in force, or the first */
	const struct desc_endpoint *endpoint;
	bool active;               /* the configuration is in force */
	unsigned port;             /* of a hub; 0: none */
	const struct setup *setup; /* KIND_SETUP_REQUEST; borrowed until the next one is made */
};

/* The setting of an interface of the configuration in force that is in force itself, or the first. */
const struct desc_alt *alt_in_force(const struct snapshot *s, const struct desc_interface *i);

/* -ESTALE: it has gone, or never was. */
int place_find(const struct layout *l, uint64_t ino, struct place *ret);

/* children.c */

/* The name of directory or file ID; P is its own place or one below, or that of its directory. The
 * root has none. */
void place_name(const struct place *p, struct id id, char *name, size_t size);

/* The I-th directory in directory P, from 0; false: there are no more. The root's are elsewhere. */
bool place_child(const struct place *p, size_t i, struct id *ret);

/* The directory that ID is in; the root is in itself. */
struct id id_parent(struct id id);

/* A file that a kind of directory has. */
struct entry {
	uint8_t dir;  /* enum kind */
	uint8_t type; /* enum layout_type */
	const char *name;
	/* Where the text comes from: exactly one of these. */
	size_t (*print)(const struct place *p, const struct entry *e, char *buf, size_t size);
	struct desc_span (*raw)(const struct place *p);
	const char *attr; /* TEXT, LIVE: an attribute of the snapshot */
	bool decoded;     /* the one of struct decoded that offset says */
	/* For print: a field of a descriptor. */
	uint8_t offset, width;
	const char *format;
};

extern const struct entry entries[];
extern const size_t n_entries;

/* What print() returns when the file does not exist at that place. */
#define NO_SUCH_FILE ((size_t)-1)

/* The entry of a file, or NULL for a directory. */
const struct entry *entry_of(struct id id);

/* What a node does. */
enum layout_type place_type(const struct place *p);

/* What it does at that place. */
enum layout_type entry_type(const struct place *p, const struct entry *e);

/* Is that file there? */
bool entry_exists(const struct place *p, const struct entry *e);

/* Its bytes: the length, and as much as fits in BUF. NO_SUCH_FILE. */
size_t entry_text(const struct place *p, const struct entry *e, char *buf, size_t size);

/* attr.c: for the table. */
size_t print_device_field(const struct place *, const struct entry *, char *, size_t);
size_t print_config_field(const struct place *, const struct entry *, char *, size_t);
size_t print_alt_field(const struct place *, const struct entry *, char *, size_t);
size_t print_iad_field(const struct place *, const struct entry *, char *, size_t);
size_t print_endpoint_field(const struct place *, const struct entry *, char *, size_t);
size_t print_max_packet(const struct place *, const struct entry *, char *, size_t);
size_t print_max_power(const struct place *, const struct entry *, char *, size_t);
size_t print_busnum(const struct place *, const struct entry *, char *, size_t);
size_t print_devnum(const struct place *, const struct entry *, char *, size_t);
size_t print_speed(const struct place *, const struct entry *, char *, size_t);
size_t print_active_config(const struct place *, const struct entry *, char *, size_t);
size_t print_configuration(const struct place *, const struct entry *, char *, size_t);
size_t print_interface_attr(const struct place *, const struct entry *, char *, size_t);
size_t print_type(const struct place *, const struct entry *, char *, size_t);
size_t print_direction(const struct place *, const struct entry *, char *, size_t);
size_t print_interval(const struct place *, const struct entry *, char *, size_t);
size_t print_interval_bytes(const struct place *, const struct entry *, char *, size_t);
size_t print_companion_field(const struct place *, const struct entry *, char *, size_t);
size_t print_streams(const struct place *, const struct entry *, char *, size_t);
size_t print_mult(const struct place *, const struct entry *, char *, size_t);
size_t print_ssp_bytes(const struct place *, const struct entry *, char *, size_t);
struct desc_span raw_descriptors(const struct place *);
struct desc_span raw_bos(const struct place *);
struct desc_span raw_config(const struct place *);
struct desc_span raw_alt(const struct place *);
struct desc_span raw_endpoint(const struct place *);
struct desc_span raw_companion(const struct place *);
struct desc_span raw_ssp_companion(const struct place *);
struct desc_span raw_report(const struct place *);

/* setup_dir.c: the directory of control requests, P */

/* Its I-th entry from 0, and the one called NAME. false: there is none. */
bool setup_dir_entry(const struct place *p, size_t i, struct id *ret);
bool setup_dir_lookup(const struct place *p, const char *name, struct id *ret);

/* The request ID of D, or NULL. */
const struct setup *setup_dir_find(const struct layout_device *d, struct id id);

/* decoded.c */

/* The text that E is, borrowed from D; len 0: no memory for it. */
struct desc_span decoded_text(const struct layout_device *d, const struct entry *e);

/* The report descriptor of an interface, decoded. */
size_t print_report(const struct place *, const struct entry *, char *, size_t);

/* Forgets them all. */
void decoded_drop(struct decoded *x);

/* ports.c */

/* How many ports it has: 0 unless it is a hub that the kernel's driver runs. */
unsigned device_ports(const struct layout_device *d);

/* The attribute NAME of P's port, or NULL. */
const char *port_attr(const struct place *p, const char *name);

/* The I-th link in port P. */
bool port_link(const struct place *p, size_t i, struct id *ret);

/* Is there anything that link P leads to, and where: cut off at SIZE, the length is returned. */
bool port_link_exists(const struct place *p);
size_t port_link_target(const struct place *p, char *buf, size_t size);

/* devices.c, json.c */
size_t print_devices(const struct place *, const struct entry *, char *, size_t);
size_t print_devices_json(const struct place *, const struct entry *, char *, size_t);

/* readme.c */
extern const char readme_text[];
size_t print_readme(const struct place *, const struct entry *, char *, size_t);

#endif
