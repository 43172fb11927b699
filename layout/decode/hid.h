/* SPDX-License-Identifier: MIT */
/*
 * HID report descriptors (HID 1.11 sections 5 and 6.2.2): a walk through the items, in which each
 * is named and understood, and the reports that come out of it: which fields are at which bits. The
 * bytes are untrusted. Time and memory grow with their number alone, whatever they say.
 */
#ifndef USBFUSE_DECODE_HID_H
#define USBFUSE_DECODE_HID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/desc.h"

enum hid_type { HID_MAIN, HID_GLOBAL, HID_LOCAL, HID_RESERVED, HID_LONG };

enum hid_tag {
	/* main */
	HID_INPUT_ITEM = 8,
	HID_OUTPUT_ITEM = 9,
	HID_COLLECTION = 10,
	HID_FEATURE_ITEM = 11,
	HID_END_COLLECTION = 12,
	/* global */
	HID_USAGE_PAGE = 0,
	HID_LOGICAL_MIN,
	HID_LOGICAL_MAX,
	HID_PHYSICAL_MIN,
	HID_PHYSICAL_MAX,
	HID_UNIT_EXPONENT,
	HID_UNIT,
	HID_REPORT_SIZE,
	HID_REPORT_ID,
	HID_REPORT_COUNT,
	HID_PUSH,
	HID_POP,
	/* local */
	HID_USAGE = 0,
	HID_USAGE_MIN,
	HID_USAGE_MAX,
	HID_DELIMITER = 10,
};

struct hid_item {
	size_t at;
	struct desc_span raw;
	enum hid_type type;
	uint8_t tag;
	struct desc_span data; /* of one that is cut off: what there is */
	bool complete;
};

/* Takes the next item off the front of REST, whose first byte is number AT; false: it was empty. */
bool hid_next(struct desc_span *rest, size_t at, struct hid_item *ret);

/* The data of a short item. */
uint32_t hid_unsigned(const struct hid_item *i);
int32_t hid_signed(const struct hid_item *i);

/* "Usage Page"; NULL: there is no such item. */
const char *hid_item_name(const struct hid_item *i);

/* Bits of main items. Those that are clear have the opposite meaning. */
enum hid_flags {
	HID_CONSTANT = 1 << 0,
	HID_VARIABLE = 1 << 1,
	HID_RELATIVE = 1 << 2,
	HID_WRAP = 1 << 3,
	HID_NON_LINEAR = 1 << 4,
	HID_NO_PREFERRED = 1 << 5,
	HID_NULL_STATE = 1 << 6,
	HID_VOLATILE = 1 << 7, /* not of Input */
	HID_BUFFERED = 1 << 8,
};

/* The words for FLAGS of a main item with that tag, with commas between; SHORT: but those that go
 * without saying. */
void hid_flag_words(uint32_t flags, uint8_t tag, bool only_unusual, char *buf, size_t size);

/* "cm^2 g s^-2"; the empty string when there is no unit. */
void hid_unit_words(uint32_t unit, char *buf, size_t size);

enum hid_kind { HID_INPUT, HID_OUTPUT, HID_FEATURE, HID_KINDS };

/* "Input" */
const char *hid_kind_name(enum hid_kind kind);

/* From one usage to another, each with its page in the upper half. */
struct hid_usages {
	uint32_t first, last;
};

/* A run of elements of the same size in a report. Of a variable field each element has a usage of
 * its own: the I-th the I-th of the range, the last one's for those that are left. Of an array, an
 * element's value says which of all those usages is on. */
struct hid_field {
	uint32_t at;          /* bits before it in the transfer: the report's number counts */
	uint32_t size, count; /* bits of an element, and how many of them */
	uint32_t flags;
	uint32_t usages, n_usages; /* of hid_parse.usages; none for what is only padding */
	int64_t logical_min, logical_max;
	int64_t physical_min, physical_max;
	uint32_t unit;
	int exponent; /* of 10, for physical_min and physical_max */
	size_t next;  /* in the same report, plus one; 0: it is the last */
};

/* A report, as it is transferred. */
struct hid_report {
	enum hid_kind kind;
	uint8_t id;           /* the number in its first byte; 0: it has none */
	uint32_t bits;        /* that of the number included */
	bool too_long;        /* fields that no transfer has room for have been left out */
	uint32_t application; /* usage of the outermost collection; 0: none */
	size_t first, last;   /* of its fields, plus one; 0: there are none */
};

enum {
	HID_STACK_MAX = 16,
	HID_FIELDS_MAX = 8192,
	HID_WORDS = 320,
};

/* A number whose sign is known later: minimum and maximum are signed if the minimum is negative. */
struct hid_limit {
	int32_t s;
	uint32_t u;
};

struct hid_globals {
	uint16_t page;
	uint8_t id;
	struct hid_limit logical_min, logical_max, physical_min, physical_max;
	uint32_t unit, size, count;
	int exponent;
};

/* A usage since the last main item; complete when the item named its page itself. */
struct hid_local {
	struct hid_usages range;
	bool complete;
};

struct hid_parse {
	/* The item that hid_step() has just taken. */
	struct hid_item item;
	unsigned depth;        /* collections that it is in */
	int64_t value;         /* of a short item with data */
	char words[HID_WORDS]; /* what the value means, or empty */
	char problem[128];     /* what is wrong with it, or empty */

	/* Complete after the last step. */
	struct hid_report *reports;
	size_t n_reports;
	struct hid_field *fields;
	size_t n_fields;
	struct hid_usages *usages;
	size_t n_usages;

	bool no_memory;

	/* the rest is its own */
	struct desc_span rest;
	size_t at;
	struct hid_globals now, stack[HID_STACK_MAX];
	unsigned n_stack;
	struct hid_local *locals;
	size_t n_locals, locals_room;
	uint32_t usage_min;
	bool usage_min_complete;
	bool in_set, set_taken; /* of delimiters; its first usage has been seen */
	uint32_t application;
	unsigned collections;
	bool truncated; /* fields have been left out */
	size_t reports_room, fields_room, usages_room;
	uint16_t by_id[HID_KINDS][256]; /* of reports, plus one */
};

void hid_start(struct hid_parse *p, struct desc_span raw);

/* The next item; false: there are no more. problem is then about the whole, or empty. */
bool hid_step(struct hid_parse *p);

/* Frees what it has. */
void hid_finish(struct hid_parse *p);

#endif
