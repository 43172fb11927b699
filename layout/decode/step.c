/* SPDX-License-Identifier: MIT */
/* Runs tables over the bytes of a descriptor; see step.h. Nothing is read beyond d->rest. */
#include "layout/decode/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "layout/decode/names.h"

enum { REPEAT_MAX = 255 }; /* a descriptor has no more bytes */

const char *
name_of(const struct name *names, uint64_t value)
{
	for (; names && names->text; names++)
		if (names->value == value)
			return names->text;
	return NULL;
}

void
decode_number(struct decode *d, const char *name, uint64_t value, unsigned size, enum style style)
{
	d->sink->ops->number(d->sink, name, -1, value, size, style);
}

enum { SENTENCE = 160 };

static void PRINTF_LIKE(2, 0) sentence(char text[SENTENCE], const char *format, va_list ap)
{
	vsnprintf(text, SENTENCE, format, ap);
}

void
decode_meaning(struct decode *d, const char *format, ...)
{
	char text[SENTENCE];
	va_list ap;

	va_start(ap, format);
	sentence(text, format, ap);
	va_end(ap);
	d->sink->ops->meaning(d->sink, NULL, text, false);
}

void
decode_part(struct decode *d, const char *part, const char *format, ...)
{
	char text[SENTENCE];
	va_list ap;

	va_start(ap, format);
	sentence(text, format, ap);
	va_end(ap);
	d->sink->ops->meaning(d->sink, part, text, false);
}

void
decode_problem(struct decode *d, const char *format, ...)
{
	char text[SENTENCE];
	va_list ap;

	va_start(ap, format);
	sentence(text, format, ap);
	va_end(ap);
	d->sink->ops->problem(d->sink, text);
}

void
decode_string(struct decode *d, unsigned number)
{
	if (number > 0 && number < 256 && d->strings[number])
		d->sink->ops->meaning(d->sink, NULL, d->strings[number], true);
}

void
guid_text(struct desc_span bytes, char ret[39])
{
	/* The order in which the bytes of the first three groups are written; RFC 4122. */
	static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	char *to = ret;

	*to++ = '{';
	for (size_t i = 0; i < sizeof(order); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		to += snprintf(to, 3, "%02x", desc_u8(bytes, order[i]));
	}
	*to++ = '}';
	*to = '\0';
}

static void
explain_bits(struct decode *d, const struct bits *bits, uint64_t value)
{
	for (; bits->width; bits++) {
		uint64_t part = value >> bits->shift & (((uint64_t)1 << bits->width) - 1);
		const char *text = name_of(bits->names, part);

		if (bits->names && text)
			decode_part(d, bits->name, "%s", text);
		else if (bits->names || bits->width > 1)
			decode_part(d, bits->name, "%llu", (unsigned long long)part);
		else if (part)
			decode_part(d, bits->name, "%s", "");
	}
}

static void
explain(struct decode *d, const struct step *s, uint64_t value)
{
	const char *text = name_of(s->names, value);

	if (text)
		decode_meaning(d, "%s", text);
	if (s->bits)
		explain_bits(d, s->bits, value);
	if (s->string)
		decode_string(d, (unsigned)value);
	if (s->explain)
		s->explain(d, value);
}

static struct desc_span
take(struct decode *d, size_t len)
{
	struct desc_span taken = {.data = d->rest.data, .len = len};

	d->rest.data += len;
	d->rest.len -= len;
	return taken;
}

static void
set(struct decode *d, const struct step *s, uint64_t value)
{
	if (s->set == SET_COUNT)
		d->count = value;
	if (s->set == SET_SSAC)
		d->count = (value & 0x1f) + 1;
	if (s->set == SET_SIZE)
		d->size = value;
}

/* One field; false: there are not enough bytes for it. */
static bool
run_one(struct decode *d, const struct step *s, int index)
{
	size_t len = s->size == SIZE_REGISTER ? (size_t)d->size : s->size;
	struct desc_span span;
	uint64_t value = 0;
	char guid[39];

	if (s->kind == STEP_BYTES && s->size == 0)
		len = d->rest.len > s->reserve ? d->rest.len - s->reserve : 0;
	if (len > d->rest.len)
		return false;
	if (len == 0)
		return true;
	span = take(d, len);
	if (s->kind == STEP_GUID) {
		guid_text(span, guid);
		d->sink->ops->bytes(d->sink, s->name, index, span, guid);
		if (s->explain)
			s->explain(d, 0);
		return true;
	}
	if (s->kind == STEP_BYTES || len > sizeof(value)) {
		d->sink->ops->bytes(d->sink, s->name, index, span, NULL);
		return true;
	}
	for (size_t i = len; i-- > 0;)
		value = value << 8 | span.data[i];
	d->sink->ops->number(d->sink, s->name, index, value, (unsigned)len, (enum style)s->style);
	explain(d, s, value);
	set(d, s, value);
	return true;
}

/* A group of steps, as often as it says; false: the bytes have ended. */
static bool
run_group(struct decode *d, const struct step *s, const struct step **ret_short)
{
	unsigned group = s->group ? s->group : 1;
	uint64_t times = s->repeat == REPEAT_ONCE    ? 1
			 : s->repeat == REPEAT_COUNT ? d->count
						     : REPEAT_MAX;

	for (uint64_t i = 0; i < times && i < REPEAT_MAX; i++) {
		size_t before = d->rest.len;

		if (s->repeat == REPEAT_REST && d->rest.len <= s->reserve)
			break;
		for (unsigned k = 0; k < group; k++) {
			*ret_short = &s[k];
			if (s->repeat == REPEAT_REST && s[k].size != SIZE_REGISTER &&
				d->rest.len < (size_t)s[k].size + s->reserve)
				return true;
			if (s->repeat == REPEAT_REST && s[k].size == SIZE_REGISTER &&
				d->rest.len < d->size + s->reserve)
				return true;
			if (!run_one(d, &s[k], s->repeat == REPEAT_ONCE ? -1 : (int)i))
				return false;
		}
		/* Of size 0: it would go on for ever. */
		if (d->rest.len == before)
			break;
	}
	return true;
}

void
decode_rest(struct decode *d, const char *name)
{
	if (d->rest.len > 0)
		d->sink->ops->bytes(d->sink, name, -1, take(d, d->rest.len), NULL);
}

void
decode_steps(struct decode *d, const struct step *steps)
{
	const struct step *missing = NULL;

	for (const struct step *s = steps; s->name; s += s->group ? s->group : 1) {
		if ((s->when == IF_COUNT && d->count == 0) ||
			(s->when == IF_NO_COUNT && d->count != 0))
			continue;
		if (s->optional && d->rest.len == 0)
			break;
		if (!run_group(d, s, &missing)) {
			decode_problem(d, "ends before %s is complete", missing->name);
			break;
		}
	}
	decode_rest(d, "rest");
}

void
decode_begin(struct decode *d, const char *title, struct desc_span one)
{
	const char *type = NULL;

	if (one.len > 1)
		type = name_descriptor_type(d->class_, one.data[1]);
	d->one = d->rest = one;
	d->count = d->size = 0;
	d->sink->ops->begin(d->sink, title, (size_t)(one.data - d->start), one);
	if (one.len < 2) {
		decode_rest(d, "data");
		return;
	}
	take(d, 2);
	decode_number(d, "bLength", one.data[0], 1, STYLE_DEC);
	decode_number(d, "bDescriptorType", one.data[1], 1, STYLE_DEC);
	if (type)
		decode_meaning(d, "%s", type);
}

static bool
fits(const struct shape *s, struct desc_span one)
{
	uint16_t value = s->width == 2 ? desc_u16(one, s->at) : desc_u8(one, s->at);

	if (one.len < 3 || (s->subtype >= 0 && s->subtype != one.data[2]))
		return false;
	return s->width == 0 || ((size_t)s->at + s->width <= one.len && value == s->is);
}

bool
decode_shape(struct decode *d, const struct shape *shapes, struct desc_span one)
{
	for (const struct shape *s = shapes; s->title; s++) {
		if (!fits(s, one))
			continue;
		decode_begin(d, s->title, one);
		take(d, 1);
		decode_number(d,
			desc_u8(one, 1) == 0x10 ? "bDevCapabilityType" : "bDescriptorSubtype",
			one.data[2], 1, STYLE_DEC);
		if (s->subtype_name)
			decode_meaning(d, "%s", s->subtype_name);
		decode_steps(d, s->steps);
		return true;
	}
	return false;
}

void
decode_unknown(struct decode *d, const char *title, struct desc_span one)
{
	decode_begin(d, title, one);
	decode_rest(d, "data");
}
