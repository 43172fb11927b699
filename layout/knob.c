/* SPDX-License-Identifier: MIT */
/* The table of knobs; see knob.h. */
#include "layout/knob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/util/macro.h"

/* Which endpoints have a knob. */
enum {
	IN = 1 << 0,
	OUT = 1 << 1,
	MESSAGES = 1 << 2, /* bulk and interrupt */
	ISO = 1 << 3,
	STREAMS = 1 << 4, /* those that have bulk streams */
	PAIRS = 1 << 5,   /* those with an IN endpoint beside them */
	CONTROL = 1 << 6,
};

struct choice {
	const char *word;
	uint32_t value;
};

struct row {
	enum knob knob;
	const char *name;
	unsigned where; /* all that is named must be; of IN and OUT, and MESSAGES and ISO, one */
	uint32_t fallback;
	const struct choice *choices; /* words; ends with a NULL */
	uint32_t min, max;            /* numbers; max 0: none are allowed */
	bool bytes;                   /* k and M may follow a number */
	bool address;                 /* the number is an endpoint, two hex digits */
};

static const struct choice nothing_else[] = {{NULL, 0}};
static const struct choice with_auto[] = {{"auto", KNOB_AUTO}, {NULL, 0}};
static const struct choice with_none[] = {{"none", KNOB_NONE}, {NULL, 0}};
static const struct choice with_both[] = {{"auto", KNOB_AUTO}, {"none", KNOB_NONE}, {NULL, 0}};
static const struct choice on_off[] = {{"on", 1}, {"off", 0}, {NULL, 0}};
static const struct choice ends[] = {{"none", 0}, {"zlp", 1}, {NULL, 0}};
static const struct choice shares[] = {{"queue", 0}, {"broadcast", 1}, {NULL, 0}};
static const struct choice framings[] = {
	{"stream", FRAMING_STREAM},
	{"packet", FRAMING_PACKET},
	{"hex", FRAMING_HEX},
	{"length", FRAMING_LENGTH},
	{NULL, 0},
};
static const struct choice iso_framings[] = {
	{"stream", FRAMING_STREAM},
	{"iso", FRAMING_ISO},
	{NULL, 0},
};

enum { HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000, SIZE_MAX_BYTES = 16 << 20 };

static const struct row rows[] = {
	{KNOB_DEPTH, "depth", IN | OUT | MESSAGES | ISO, KNOB_AUTO, with_auto, 1, 64, 0, 0},
	{KNOB_SIZE, "size", IN | MESSAGES, KNOB_AUTO, with_auto, 1, SIZE_MAX_BYTES, true, 0},
	{KNOB_SIZE, "size", OUT | ISO, KNOB_AUTO, with_auto, 1, UINT16_MAX, true, 0},
	{KNOB_RATE, "rate", OUT | ISO, KNOB_AUTO, with_auto, 1, 1u << 31, true, 0},
	{KNOB_UNIT, "unit", OUT | ISO, 1, nothing_else, 1, 1024, 0, 0},
	{KNOB_TIMEOUT, "timeout", IN | OUT | MESSAGES | ISO, KNOB_NONE, with_none, 1, HOUR_MS, 0,
		0},
	{KNOB_TIMEOUT, "timeout", OUT | CONTROL, 5000, with_none, 1, HOUR_MS, 0, 0},
	{KNOB_FRAMING, "framing", IN | OUT | MESSAGES, FRAMING_STREAM, framings, 0, 0, 0, 0},
	{KNOB_FRAMING, "framing", IN | OUT | ISO, FRAMING_STREAM, iso_framings, 0, 0, 0, 0},
	{KNOB_END, "end", OUT | MESSAGES, 0, ends, 0, 0, 0, 0},
	{KNOB_COALESCE, "coalesce", OUT | MESSAGES, 0, on_off, 0, 0, 0, 0},
	{KNOB_SHARE, "share", IN | MESSAGES | ISO, 0, shares, 0, 0, 0, 0},
	{KNOB_AUTO_CLEAR_HALT, "auto_clear_halt", IN | OUT | MESSAGES, 0, on_off, 0, 0, 0, 0},
	{KNOB_LATENCY, "latency", IN | MESSAGES, KNOB_AUTO, with_both, 1, MINUTE_MS, 0, 0},
	{KNOB_PAIR, "pair", OUT | PAIRS | MESSAGES | ISO, KNOB_NONE, with_none, 0x81, 0x8f, 0,
		true},
	{KNOB_STREAM, "stream", IN | OUT | STREAMS | MESSAGES, KNOB_NONE, with_none, 1, 65533, 0,
		0},
};

static bool
applies(const struct row *row, const struct knob_endpoint *e)
{
	unsigned direction = e->in ? IN : OUT;
	unsigned kind = e->type == DESC_ISO ? ISO : e->type == DESC_CONTROL ? CONTROL : MESSAGES;

	if (!(row->where & direction) || !(row->where & kind))
		return false;
	if (row->where & STREAMS && e->max_streams == 0)
		return false;
	return !(row->where & PAIRS && e->siblings_in == 0);
}

static const struct row *
row_of(const struct knob_endpoint *e, enum knob k)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].knob == k && applies(&rows[i], e))
			return &rows[i];
	return NULL;
}

static bool
is_word(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && memcmp(word, text, len) == 0;
}

int
knob_find(const struct knob_endpoint *e, const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_word(rows[i].name, word, len) && applies(&rows[i], e))
			return (int)rows[i].knob;
	return -ENOENT;
}

static uint32_t
max_of(const struct row *row, const struct knob_endpoint *e)
{
	return row->knob == KNOB_STREAM && e->max_streams < row->max ? e->max_streams : row->max;
}

/* A whole number in BASE with nothing but digits, perhaps k or M behind it. */
static bool
parse_number(const char *text, size_t len, const struct row *row, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	unsigned base = row->address ? 16 : 10, shift = 0;
	uint64_t value = 0;

	if (row->bytes && len > 1 && (text[len - 1] == 'k' || text[len - 1] == 'M'))
		shift = text[--len] == 'k' ? 10 : 20;
	if (len == 0 || len > 10 || (row->address && len != 2))
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		const char *at = memchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c, base);

		if (!at)
			return false;
		value = value * base + (uint64_t)(at - digits);
	}
	*ret = value << shift;
	return true;
}

int
knob_parse(const struct knob_endpoint *e, enum knob k, const char *text, size_t len, uint32_t *ret)
{
	const struct row *row = row_of(e, k);
	uint64_t value;

	if (!row)
		return -EINVAL;
	for (const struct choice *c = row->choices; c->word; c++)
		if (is_word(c->word, text, len)) {
			*ret = c->value;
			return 0;
		}
	if (row->max == 0 || !parse_number(text, len, row, &value))
		return -EINVAL;
	if (value < row->min || value > max_of(row, e))
		return -EINVAL;
	if (row->address && !(e->siblings_in & 1u << (value & 0x0f)))
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

const char *
knob_name(const struct knob_endpoint *e, enum knob k)
{
	const struct row *row = row_of(e, k);

	return row ? row->name : NULL;
}

void
knob_print(const struct knob_endpoint *e, enum knob k, uint32_t value, char *buf, size_t size)
{
	const struct row *row = row_of(e, k);

	for (const struct choice *c = row->choices; c->word; c++)
		if (c->value == value) {
			snprintf(buf, size, "%s", c->word);
			return;
		}
	snprintf(buf, size, row->address ? "%02x" : "%u", (unsigned)value);
}

static void
add(char *buf, size_t size, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? ", " : "", text);
}

void
knob_explain(const struct knob_endpoint *e, enum knob k, char *buf, size_t size)
{
	const struct row *row = row_of(e, k);
	char text[64];

	buf[0] = '\0';
	for (const struct choice *c = row->choices; c->word; c++)
		add(buf, size, c->word);
	if (row->address) {
		for (unsigned i = 1; i < 16; i++) {
			if (!(e->siblings_in & 1u << i))
				continue;
			snprintf(text, sizeof(text), "%02x", 0x80 | i);
			add(buf, size, text);
		}
	} else if (row->max) {
		snprintf(text, sizeof(text), "%sa number from %u to %u", buf[0] ? "or " : "",
			(unsigned)row->min, (unsigned)max_of(row, e));
		add(buf, size, text);
	}
}

uint32_t
knob_default(const struct knob_endpoint *e, enum knob k)
{
	const struct row *row = row_of(e, k);

	return row ? row->fallback : KNOB_NONE;
}
