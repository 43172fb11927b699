/* SPDX-License-Identifier: MIT */
/*
 * Control requests as lines of text: the fields in hex, or the standard requests by their names; see
 * setup.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/util/macro.h"
#include "layout/setup.h"
#include "layout/word.h"

const char setup_help[] =
	"Control requests as text: write one, and read its reply on the same descriptor.\n"
	"\n"
	"    exec 3<> request\n"
	"    echo get_descriptor device >&3; cat <&3         # 12 01 00 02 ...\n"
	"    echo 80 06 0100 0000 0012 >&3; cat <&3          # the same\n"
	"    { echo get_status device >&0; cat; } <> request # in one line\n"
	"    echo 40 01 0000 0000 0002 be ef > request       # nothing is to be read\n"
	"\n"
	"Requests, a line each:\n"
	"\n"
	"    bmRequestType bRequest wValue wIndex wLength [data...]   in hex; data for OUT\n"
	"    get_descriptor device | config N | string N [LANGID] | bos | report INTERFACE\n"
	"                   | device_qualifier | other_speed N\n"
	"    get_status device | interface N | endpoint EP\n"
	"    clear_feature, set_feature endpoint_halt EP | device_remote_wakeup\n"
	"                   | u1_enable | u2_enable | ltm_enable\n"
	"    get_configuration, set_configuration N\n"
	"    get_interface N, set_interface N SETTING\n"
	"    synch_frame EP\n"
	"\n"
	"EP is as in the names of endpoints (81), LANGID is hex (0409), other numbers are\n"
	"decimal. A reply is a line of hex, or ok when no data was asked for, or error and\n"
	"why. What a new descriptor reads is this text. See also setup, data and status\n"
	"beside this file, and usbfuse-tree(5).\n";

/* A line that is being read. */
struct line {
	const struct setup_reader *reader;
	const char *text;
	size_t len;
	bool dashes; /* stand for blanks */
	char *why;
};

static int PRINTF_LIKE(2, 3) wrong(const struct line *l, const char *format, ...)
{
	int n = snprintf(l->why, SETUP_WHY_MAX, "line %u: ", l->reader->line);
	va_list ap;

	va_start(ap, format);
	vsnprintf(l->why + n, SETUP_WHY_MAX - (size_t)n, format, ap);
	va_end(ap);
	return -EINVAL;
}

static bool
is_blank(const struct line *l, char c)
{
	return isspace((unsigned char)c) || (l->dashes && c == '-');
}

/* The next word; len 0: there is none. */
static struct word
next_word(struct line *l)
{
	struct word w;

	while (l->len > 0 && is_blank(l, *l->text)) {
		l->text++;
		l->len--;
	}
	w = (struct word){l->text, 0};
	while (w.len < l->len && !is_blank(l, l->text[w.len]))
		w.len++;
	l->text += w.len;
	l->len -= w.len;
	return w;
}

static bool
number(struct word w, unsigned base, size_t digits, unsigned max, unsigned *ret)
{
	unsigned value = 0;

	if (w.len == 0 || w.len > digits)
		return false;
	for (size_t i = 0; i < w.len; i++) {
		char c = w.text[i];
		unsigned digit = isdigit((unsigned char)c)    ? (unsigned)(c - '0')
				 : isxdigit((unsigned char)c) ? (unsigned)((c | 0x20) - 'a' + 10)
							      : base;

		if (digit >= base)
			return false;
		value = value * base + digit;
	}
	*ret = value;
	return value <= max;
}

/* ---- in hex ---- */

static int
take_data(struct line *l, const struct setup *s, unsigned char data[SETUP_DATA_MAX])
{
	size_t n = 0;
	struct word w;
	char shown[WORD_SHOWN_MAX];

	while ((w = next_word(l)).len > 0) {
		for (size_t i = 0; i < w.len; i += 2) {
			struct word pair = {w.text + i, w.len - i < 2 ? 1 : 2};
			unsigned byte;

			if (pair.len < 2 || !number(pair, 16, 2, 0xff, &byte))
				return wrong(l, "\"%s\"; data is pairs of hex digits",
					word_quote(w, shown));
			if (n < SETUP_DATA_MAX)
				data[n] = (unsigned char)byte;
			n++;
		}
	}
	if (s->type & SETUP_IN && n > 0)
		return wrong(l, "data behind an IN request; the fields are bmRequestType bRequest "
				"wValue wIndex wLength");
	if (!(s->type & SETUP_IN) && n != s->length)
		return wrong(l, "wLength is %u (0x%04x), and there are %zu bytes of data",
			s->length, s->length, n);
	return 0;
}

static int
parse_hex(struct line *l, struct setup *ret, unsigned char data[SETUP_DATA_MAX])
{
	static const struct {
		const char *name;
		size_t digits;
	} fields[] = {
		{"bmRequestType", 2},
		{"bRequest", 2},
		{"wValue", 4},
		{"wIndex", 4},
		{"wLength", 4},
	};
	unsigned values[ARRAY_SIZE(fields)] = {0};
	char shown[WORD_SHOWN_MAX];
	size_t n;

	l->dashes = true;
	for (n = 0; n < ARRAY_SIZE(fields); n++) {
		struct word w = next_word(l);

		if (w.len == 0 && n == 4)
			break;
		if (!number(w, 16, fields[n].digits, 0xffff, &values[n]))
			return wrong(l,
				"%s \"%s\"; it is up to %zu hex digits, as in 80 06 0100 "
				"0000 0012",
				fields[n].name, word_quote(w, shown), fields[n].digits);
	}
	*ret = (struct setup){(uint8_t)values[0], (uint8_t)values[1], (uint16_t)values[2],
		(uint16_t)values[3], (uint16_t)values[4], false};
	if (n == 4 && ret->type & SETUP_IN)
		ret->length = SETUP_DATA_MAX;
	return ret->length > SETUP_DATA_MAX ? 0 : take_data(l, ret, data);
}

/* ---- by name ---- */

static bool
take_number(struct line *l, unsigned *ret)
{
	return number(next_word(l), 10, 3, UINT8_MAX, ret);
}

static bool
take_endpoint(struct line *l, uint16_t *ret)
{
	unsigned value;

	if (!number(next_word(l), 16, 2, UINT8_MAX, &value) || (value & 0x70))
		return false;
	*ret = (uint16_t)value;
	return true;
}

static bool
get_descriptor(struct line *l, struct setup *s)
{
	struct word what = next_word(l), language;
	const struct desc_index *x = l->reader->index;
	unsigned n = 0, langid = 0x0409;

	if (word_is(what, "device")) {
		s->value = DESC_DEVICE << 8;
		s->length = 18;
	} else if (word_is(what, "device_qualifier")) {
		s->value = 6 << 8;
		s->length = 10;
	} else if (word_is(what, "bos")) {
		s->value = DESC_BOS << 8;
		s->length = l->reader->bos.len > 0 && l->reader->bos.len <= SETUP_DATA_MAX
				    ? (uint16_t)l->reader->bos.len
				    : SETUP_DATA_MAX;
	} else if (word_is(what, "config") && take_number(l, &n)) {
		s->value = (uint16_t)(DESC_CONFIG << 8 | n);
		s->length = x ? setup_config_length(x, n) : 0;
	} else if (word_is(what, "other_speed") && take_number(l, &n)) {
		s->value = (uint16_t)(7 << 8 | n);
	} else if (word_is(what, "report") && take_number(l, &n)) {
		s->type |= SETUP_INTERFACE;
		s->value = 0x2200;
		s->index = (uint16_t)n;
	} else if (word_is(what, "string") && take_number(l, &n)) {
		language = next_word(l);
		if (language.len > 0 && !number(language, 16, 4, UINT16_MAX, &langid))
			return false;
		s->value = (uint16_t)(DESC_STRING << 8 | n);
		s->index = n == 0 ? 0 : (uint16_t)langid;
		s->length = UINT8_MAX;
	} else {
		return false;
	}
	if (s->length == 0)
		s->length = SETUP_DATA_MAX;
	return true;
}

static bool
get_status(struct line *l, struct setup *s)
{
	struct word what = next_word(l);
	unsigned n = 0;

	s->length = 2;
	if (word_is(what, "device"))
		return true;
	if (word_is(what, "interface") && take_number(l, &n)) {
		s->type |= SETUP_INTERFACE;
		s->index = (uint16_t)n;
		return true;
	}
	s->type |= SETUP_ENDPOINT;
	return word_is(what, "endpoint") && take_endpoint(l, &s->index);
}

/* USB 3.2 table 9-7 */
static bool
feature(struct line *l, struct setup *s)
{
	static const struct {
		const char *word;
		uint8_t value;
	} of_device[] = {
		{"device_remote_wakeup", 1},
		{"u1_enable", 48},
		{"u2_enable", 49},
		{"ltm_enable", 50},
	};
	struct word what = next_word(l);

	for (size_t i = 0; i < ARRAY_SIZE(of_device); i++)
		if (word_is(what, of_device[i].word)) {
			s->value = of_device[i].value;
			return true;
		}
	s->type |= SETUP_ENDPOINT;
	return word_is(what, "endpoint_halt") && take_endpoint(l, &s->index);
}

static bool
no_more(struct line *l, struct setup *s)
{
	(void)l;
	if (s->type & SETUP_IN)
		s->length = 1;
	return true;
}

static bool
set_configuration(struct line *l, struct setup *s)
{
	unsigned n;

	if (!take_number(l, &n))
		return false;
	s->value = (uint16_t)n;
	return true;
}

static bool
get_interface(struct line *l, struct setup *s)
{
	unsigned n;

	if (!take_number(l, &n))
		return false;
	s->index = (uint16_t)n;
	s->length = 1;
	return true;
}

static bool
set_interface(struct line *l, struct setup *s)
{
	unsigned n, setting;

	if (!take_number(l, &n) || !take_number(l, &setting))
		return false;
	s->index = (uint16_t)n;
	s->value = (uint16_t)setting;
	return true;
}

static bool
synch_frame(struct line *l, struct setup *s)
{
	s->length = 2;
	return take_endpoint(l, &s->index);
}

static const struct {
	const char *word;
	uint8_t type, request;
	bool (*parse)(struct line *l, struct setup *s);
	const char *usage;
} requests[] = {
	{"get_descriptor", SETUP_IN, SETUP_GET_DESCRIPTOR, get_descriptor,
		"device, config N, string N [LANGID], bos, report INTERFACE, device_qualifier, "
		"other_speed N"},
	{"get_status", SETUP_IN, SETUP_GET_STATUS, get_status, "device, interface N, endpoint 81"},
	{"clear_feature", 0, SETUP_CLEAR_FEATURE, feature,
		"endpoint_halt 81, device_remote_wakeup, u1_enable, u2_enable, ltm_enable"},
	{"set_feature", 0, SETUP_SET_FEATURE, feature,
		"endpoint_halt 81, device_remote_wakeup, u1_enable, u2_enable, ltm_enable"},
	{"get_configuration", SETUP_IN, SETUP_GET_CONFIGURATION, no_more, "nothing"},
	{"set_configuration", 0, SETUP_SET_CONFIGURATION, set_configuration, "N"},
	{"get_interface", SETUP_IN | SETUP_INTERFACE, SETUP_GET_INTERFACE, get_interface, "N"},
	{"set_interface", SETUP_INTERFACE, SETUP_SET_INTERFACE, set_interface, "N SETTING"},
	{"synch_frame", SETUP_IN | SETUP_ENDPOINT, SETUP_SYNCH_FRAME, synch_frame, "81"},
};

static int
parse_words(struct line *l, struct setup *ret)
{
	struct word name = next_word(l), rest = {l->text, l->len};
	char shown[WORD_SHOWN_MAX], all[200];
	size_t len = 0;

	while (rest.len > 0 && is_blank(l, *rest.text)) {
		rest.text++;
		rest.len--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct setup s = {.type = requests[i].type, .request = requests[i].request};

		if (!word_is(name, requests[i].word))
			continue;
		if (!requests[i].parse(l, &s) || next_word(l).len > 0)
			return wrong(l, "%s \"%s\"; what may follow %s is: %s", requests[i].word,
				word_quote(rest, shown), requests[i].word, requests[i].usage);
		*ret = s;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		len += (size_t)snprintf(
			all + len, sizeof(all) - len, "%s%s", i ? ", " : "", requests[i].word);
	return wrong(l, "\"%s\" is not known; there is: %s; or hex, as 80 06 0100 0000 0012",
		word_quote(name, shown), all);
}

/* ---- lines ---- */

/* Fields in hex begin with one of up to two digits. */
static bool
is_hex(struct line l)
{
	struct word w;
	unsigned value;

	l.dashes = true;
	w = next_word(&l);
	return number(w, 16, 2, UINT8_MAX, &value);
}

int
setup_next(struct setup_reader *r, struct setup *ret, unsigned char data[SETUP_DATA_MAX],
	char why[SETUP_WHY_MAX])
{
	struct line l = {.reader = r, .why = why};
	char said[SETUP_WHY_MAX];
	struct word line;
	struct setup s;
	int err;

	if (!word_line(&r->text, &r->len, &r->line, &line))
		return 0;
	l.text = line.text;
	l.len = line.len;
	err = is_hex(l) ? parse_hex(&l, &s, data) : parse_words(&l, &s);
	if (err < 0)
		return err;
	err = setup_check(&s, said);
	if (err < 0) {
		wrong(&l, "%s", said);
		return err;
	}
	*ret = s;
	return 1;
}
