/* SPDX-License-Identifier: MIT */
/*
 * Descriptors as tables: a descriptor is a run of steps, each of which takes the next field off its
 * front. Two registers serve what is of variable size: COUNT, how often something repeats, and
 * SIZE, how long it is; a field can set them for those that follow.
 */
#ifndef USBFUSE_DECODE_STEP_H
#define USBFUSE_DECODE_STEP_H

#include "layout/decode/sink.h"

/* A value and what it is called; tables end with text NULL. */
struct name {
	uint32_t value;
	const char *text;
};

/* Bits of a field; tables end with width 0. Without names, what is one bit wide is named when it is
 * set, and a wider one has its number. */
struct bits {
	uint8_t shift, width;
	const char *name;
	const struct name *names;
};

struct decode;

enum step_set {
	SET_NOTHING,
	SET_COUNT, /* the value is COUNT */
	SET_SIZE,  /* the value is SIZE */
	SET_SSAC,  /* bits 4:0 and one more are COUNT: USB 3.2 section 9.6.2.5 */
};

enum step_repeat {
	REPEAT_ONCE,
	REPEAT_COUNT, /* COUNT times */
	REPEAT_REST,  /* until RESERVE bytes are left */
};

enum step_if {
	IF_ALWAYS,
	IF_COUNT,    /* COUNT is not 0 */
	IF_NO_COUNT, /* it is 0 */
};

enum step_kind {
	STEP_NUMBER,
	STEP_BYTES, /* with size 0: all but RESERVE bytes */
	STEP_GUID,
};

struct step {
	const char *name; /* NULL ends the table */
	uint8_t kind;     /* enum step_kind */
	uint8_t size;     /* bytes; SIZE_REGISTER: what that says */
	uint8_t style;    /* enum style */
	uint8_t set;      /* enum step_set */
	uint8_t repeat;   /* enum step_repeat */
	uint8_t group;    /* this many steps, this one the first, repeat together; 0 is 1 */
	uint8_t reserve;
	uint8_t when;  /* enum step_if */
	bool string;   /* the number of a string */
	bool optional; /* missing at the end is no problem */
	const struct name *names;
	const struct bits *bits;
	/* For what tables cannot say. */
	void (*explain)(struct decode *d, uint64_t value);
};

#define SIZE_REGISTER 255

/* clang-format off */
#define DEC(n)           {.name = n, .size = 1}
#define DEC2(n)          {.name = n, .size = 2}
#define DEC4(n)          {.name = n, .size = 4}
#define HEX(n)           {.name = n, .size = 1, .style = STYLE_HEX}
#define HEX2(n)          {.name = n, .size = 2, .style = STYLE_HEX}
#define HEX4(n)          {.name = n, .size = 4, .style = STYLE_HEX}
#define BCD(n)           {.name = n, .size = 2, .style = STYLE_BCD}
#define STRING(n)        {.name = n, .size = 1, .string = true}
#define ENUM(n, t)       {.name = n, .size = 1, .names = t}
#define ENUM2(n, t)      {.name = n, .size = 2, .style = STYLE_HEX, .names = t}
#define BITS(n, t)       {.name = n, .size = 1, .style = STYLE_HEX, .bits = t}
#define BITS2(n, t)      {.name = n, .size = 2, .style = STYLE_HEX, .bits = t}
#define BITS4(n, t)      {.name = n, .size = 4, .style = STYLE_HEX, .bits = t}
#define EXPLAIN(n, s, y, f) {.name = n, .size = s, .style = y, .explain = f}
#define COUNT(n)         {.name = n, .size = 1, .set = SET_COUNT}
#define SIZE(n)          {.name = n, .size = 1, .set = SET_SIZE}
#define EACH(n)          {.name = n, .size = 1, .repeat = REPEAT_COUNT}
#define GUID(n)          {.name = n, .kind = STEP_GUID, .size = 16}
#define BYTES(n)         {.name = n, .kind = STEP_BYTES}
#define END              {.name = NULL}
#define LAST             {0, 0, NULL, NULL} /* of struct bits */
/* clang-format on */

/* One kind of descriptor. Tables end with title NULL; the first one that fits counts. */
struct shape {
	int subtype;       /* bDescriptorSubtype or bDevCapabilityType; -1: any */
	uint8_t at, width; /* the little-endian number there has to be IS; width 0: no condition */
	uint16_t is;
	const char *title;
	const char *subtype_name;
	const struct step *steps;
};

/* The state of decoding one device. */
struct decode {
	struct sink *sink;
	const struct snapshot *snapshot;
	const struct desc_index *index;
	const uint8_t *start; /* of the file that offsets count from */

	/* The interface that class-specific descriptors belong to. */
	uint8_t class_, subclass, protocol;
	bool in_endpoint;
	uint8_t interface;
	/* That interface, if its setting is in force; else NULL. Borrowed from the snapshot. */
	const struct snapshot_interface *in_force;

	int config;   /* its bConfigurationValue */
	size_t total; /* of the configuration: the bytes that there are */

	/* The strings that are known, by number; borrowed from the snapshot. */
	const char *strings[256];

	/* Of the descriptor at hand. */
	struct desc_span one, rest;
	uint64_t count, size;
};

/* Begins the descriptor ONE: its bLength and bDescriptorType. It is to be ended. */
void decode_begin(struct decode *d, const char *title, struct desc_span one);

/* Takes the fields off what is left of it, and shows what remains. */
void decode_steps(struct decode *d, const struct step *steps);

/* Shows all that is left as bytes called NAME. */
void decode_rest(struct decode *d, const char *name);

/* Begins ONE, which has a subtype, by the table, and takes its fields. false: it is not there, and
 * nothing was done. */
bool decode_shape(struct decode *d, const struct shape *shapes, struct desc_span one);

/* A descriptor without a table of its own. */
void decode_unknown(struct decode *d, const char *title, struct desc_span one);

void decode_number(
	struct decode *d, const char *name, uint64_t value, unsigned size, enum style style);
void decode_meaning(struct decode *d, const char *format, ...) PRINTF_LIKE(2, 3);
void decode_part(struct decode *d, const char *part, const char *format, ...) PRINTF_LIKE(3, 4);
void decode_problem(struct decode *d, const char *format, ...) PRINTF_LIKE(2, 3);
void decode_string(struct decode *d, unsigned number);

/* NULL: not in the table. */
const char *name_of(const struct name *names, uint64_t value);

/* The usual notation of 16 bytes. */
void guid_text(struct desc_span bytes, char ret[39]);

#endif
