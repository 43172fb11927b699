/* SPDX-License-Identifier: MIT */
/*
 * Control requests as names and as text: what the files in ep00/setup are called, what may be
 * written to ep00/request, which requests a device can be asked for examples, and which ones nobody
 * may send. It parses and prints; nothing is sent here.
 */
#ifndef USBFUSE_SETUP_H
#define USBFUSE_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/desc.h"
#include "backend/snapshot.h"

enum {
	SETUP_BYTES = 8,
	SETUP_DATA_MAX = 4096,  /* bytes in a data stage: what usbfs takes */
	SETUP_NAME_MAX = 24,    /* "80-06-0100-0000-0012" and its NUL fit */
	SETUP_TEXT_MAX = 16384, /* bytes of text in one write: the longest request has room */
	SETUP_WHY_MAX = 300,
};

/* bmRequestType, USB 2.0 table 9-2 */
enum {
	SETUP_IN = 0x80,
	SETUP_TYPE = 0x60,
	SETUP_STANDARD = 0x00,
	SETUP_CLASS = 0x20,
	SETUP_VENDOR = 0x40,
	SETUP_RECIPIENT = 0x1f,
	SETUP_DEVICE = 0,
	SETUP_INTERFACE = 1,
	SETUP_ENDPOINT = 2,
};

/* Standard requests, USB 2.0 table 9-4 */
enum {
	SETUP_GET_STATUS = 0,
	SETUP_CLEAR_FEATURE = 1,
	SETUP_SET_FEATURE = 3,
	SETUP_SET_ADDRESS = 5,
	SETUP_GET_DESCRIPTOR = 6,
	SETUP_GET_CONFIGURATION = 8,
	SETUP_SET_CONFIGURATION = 9,
	SETUP_GET_INTERFACE = 10,
	SETUP_SET_INTERFACE = 11,
	SETUP_SYNCH_FRAME = 12,
};

struct setup {
	uint8_t type, request; /* bmRequestType, bRequest */
	uint16_t value, index; /* wValue, wIndex */
	uint16_t length;       /* wLength; 0 while any_length */
	/* No length was given. OUT: as many bytes as are written; IN: as many as there are. */
	bool any_length;
};

/* RT-RQ-VVVV-IIII[-LLLL], all digits of it, in either case. false: NAME is none. */
bool setup_parse_name(const char *name, struct setup *ret);

/* The same in lower case; returns BUF. */
const char *setup_print_name(const struct setup *s, char buf[SETUP_NAME_MAX]);

bool setup_equal(const struct setup *a, const struct setup *b);

/* Is it sent by writing its data? Otherwise by reading, perhaps nothing. */
bool setup_is_written(const struct setup *s);

/* The eight bytes as they go over the wire, and back. */
void setup_encode(const struct setup *s, unsigned char bytes[SETUP_BYTES]);
void setup_decode(const unsigned char bytes[SETUP_BYTES], struct setup *ret);

/* May it be sent? 0; -EPERM: SET_ADDRESS, which would take the device from the kernel; -E2BIG: the
 * data stage is too long; -EINVAL: it looks like a request that the kernel has to know of, and is
 * malformed. WHY says it in words. */
int setup_check(const struct setup *s, char why[SETUP_WHY_MAX]);

/* What is done otherwise than by a transfer, because the kernel has to know of it. */
enum setup_meaning {
	SETUP_PLAIN,
	SETUP_CHANGES_CONFIGURATION, /* value */
	SETUP_CHANGES_ALTERNATE,     /* value; interface: index */
	SETUP_CLEARS_HALT,           /* endpoint: index, not 0 */
};

/* S has passed setup_check(). */
enum setup_meaning setup_meaning(const struct setup *s);

/* ---- setup_text.c ---- */

/* A text that is being read. Fill in the first block. */
struct setup_reader {
	const struct desc_index *index; /* for the lengths of descriptors; may be NULL */
	struct desc_span bos;           /* likewise; may be empty */
	const char *text;
	size_t len;

	unsigned line; /* of the last request, from 1; begin with 0 */
};

/* Takes the next request off the front: a line of hex or of words. Empty lines, and those that begin
 * with #, are skipped. 1: *ret is a request that may be sent, its length is settled, and if it is OUT
 * its data is in DATA; 0: there is no further one; negative: as setup_check(), and WHY says in a line
 * what is wrong and what would be right. */
int setup_next(struct setup_reader *r, struct setup *ret, unsigned char data[SETUP_DATA_MAX],
	char why[SETUP_WHY_MAX]);

/* How to use the file that takes such text, for people. */
extern const char setup_help[];

/* ---- setup_examples.c ---- */

/* The I-th request that makes sense for the device S, from 0: one that reads, changes nothing and
 * that nobody's driver stands against. X is the index of its descriptors. false: no more. */
bool setup_example(
	const struct snapshot *s, const struct desc_index *x, size_t i, struct setup *ret);

/* The length of configuration descriptor I with all that belongs to it; 0: not known. */
uint16_t setup_config_length(const struct desc_index *x, size_t i);

/* ---- setup_table.c ---- */

/* The requests that have been looked up on a device, and the numbers that they go by. */
struct setup_table;

/* NULL: no memory. */
struct setup_table *setup_table_new(void);
/* Accepts NULL; returns NULL. */
struct setup_table *setup_table_free(struct setup_table *t);

/* The number of S, which is made if it has none: from 1 to 2^26 - 1, and never used again for
 * another. It is valid until it is forgotten, or, while nobody has remembered it, until the next one
 * is made; LISTED: for ever. 0: no memory, or no numbers are left. */
uint32_t setup_table_number(struct setup_table *t, const struct setup *s, bool listed);

/* What goes by that number, or NULL. */
const struct setup *setup_table_find(const struct setup_table *t, uint32_t number);

/* One more knows it; N fewer do, and it is freed if it was the last one. */
void setup_table_remember(struct setup_table *t, uint32_t number);
void setup_table_forget(struct setup_table *t, uint32_t number, uint64_t n);

/* How many there are. */
size_t setup_table_count(const struct setup_table *t);

#endif
