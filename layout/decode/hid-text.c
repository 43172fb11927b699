/* SPDX-License-Identifier: MIT */
/*
 * Report descriptors for people: each item with its bytes, and then what is needed to read a
 * report: which field is at which bits of it.
 */
#include <stdio.h>
#include <string.h>

#include "layout/decode/hid-out.h"
#include "layout/decode/hid-usage.h"
#include "layout/decode/hid.h"

enum {
	BYTES_WIDTH = 16, /* of five bytes: the longest short item */
	WRAP = 16,
	DEPTH_MAX = 16, /* deeper ones are not indented any more */
	TEXT_MAX = 1024 * 1024,
	USAGES_SHOWN = 6, /* of an array */
};

/* Several lines of bytes, the first of which has begun. */
static void
write_hex(struct out *o, struct desc_span bytes, unsigned indent)
{
	for (size_t at = 0; at < bytes.len; at += WRAP) {
		size_t len = bytes.len - at < WRAP ? bytes.len - at : WRAP;

		if (at > 0)
			out_spaces(o, indent);
		out_hex(o, (struct desc_span){.data = bytes.data + at, .len = len}, " ");
		out_text(o, "\n");
	}
}

static void
write_problem(struct out *o, const struct hid_parse *p, unsigned indent)
{
	if (!p->problem[0])
		return;
	out_spaces(o, indent);
	out_format(o, "! %s\n", p->problem);
}

static bool
has_value(const struct hid_item *i)
{
	return i->type != HID_LONG && i->complete &&
	       !(i->type == HID_MAIN && i->tag == HID_END_COLLECTION) &&
	       !(i->type == HID_GLOBAL && (i->tag == HID_PUSH || i->tag == HID_POP));
}

static void
write_item(struct out *o, const struct hid_parse *p, unsigned indent)
{
	const struct hid_item *i = &p->item;
	const char *name = hid_item_name(i);
	unsigned depth = p->depth < DEPTH_MAX ? p->depth : DEPTH_MAX;
	size_t start = o->len;

	if (i->raw.len > 5) {
		out_spaces(o, indent);
		out_format(o, "%s 0x%02x, %zu bytes:\n", name, i->tag, i->data.len);
		out_spaces(o, indent + 2);
		write_hex(o, i->raw, indent + 2);
		write_problem(o, p, indent);
		return;
	}
	out_spaces(o, indent);
	out_hex(o, i->raw, " ");
	if (o->len - start < indent + BYTES_WIDTH)
		out_spaces(o, indent + BYTES_WIDTH - (o->len - start));
	out_spaces(o, (size_t)depth * 2);
	if (name)
		out_text(o, name);
	else
		out_format(o, "Item 0x%02x", desc_u8(i->raw, 0));
	if (p->words[0])
		out_format(o, " (%s)", p->words);
	else if (has_value(i))
		out_format(o, " (%lld)", (long long)p->value);
	out_text(o, "\n");
	write_problem(o, p, indent);
}

static void
write_usages(struct out *o, const struct hid_usages *u)
{
	char name[HID_NAME];

	hid_usage_name(u->first, name);
	out_text(o, name);
	if (u->last == u->first)
		return;
	hid_usage_name(u->last, name);
	out_format(o, " to %s", name);
}

/* "-127 to 127" */
static void
write_range(struct out *o, int64_t min, int64_t max)
{
	out_format(o, "%lld to %lld", (long long)min, (long long)max);
}

static void
write_physical(struct out *o, const struct hid_field *f)
{
	char unit[HID_WORDS];

	hid_unit_words(f->unit, unit, sizeof(unit));
	if (f->physical_min == f->logical_min && f->physical_max == f->logical_max &&
		f->exponent == 0 && !unit[0])
		return;
	out_text(o, "; physical ");
	write_range(o, f->physical_min, f->physical_max);
	if (f->exponent != 0)
		out_format(o, " x 10^%d", f->exponent);
	if (unit[0])
		out_format(o, " %s", unit);
}

static void
write_field(struct out *o, const struct hid_parse *p, const struct hid_field *f, unsigned indent)
{
	char size[48], words[HID_WORDS];

	if (f->count == 1)
		snprintf(size, sizeof(size), "%u bit", f->size);
	else
		snprintf(size, sizeof(size), "%u x %u bit", f->count, f->size);
	out_spaces(o, indent);
	out_format(o, "%6u.%u  %11s  ", f->at / 8, f->at % 8, size);
	if (f->n_usages > 0 && !(f->flags & HID_VARIABLE))
		out_text(o, "any of ");
	for (size_t i = 0; i < f->n_usages && i < USAGES_SHOWN; i++) {
		out_text(o, i > 0 ? ", " : "");
		write_usages(o, &p->usages[f->usages + i]);
	}
	if (f->n_usages > USAGES_SHOWN)
		out_format(o, " and %u more", f->n_usages - USAGES_SHOWN);
	if (f->n_usages == 0)
		out_text(o, f->flags & HID_CONSTANT ? "padding" : "without a usage");
	hid_flag_words(f->flags, 0, true, words, sizeof(words));
	if (f->n_usages == 0 && f->flags & HID_CONSTANT) {
		out_text(o, "\n");
		return;
	}
	out_text(o, "; ");
	write_range(o, f->logical_min, f->logical_max);
	write_physical(o, f);
	if (words[0])
		out_format(o, "; %s", words);
	out_text(o, "\n");
}

static void
write_report(struct out *o, const struct hid_parse *p, const struct hid_report *r, unsigned indent)
{
	char name[HID_NAME];
	unsigned bytes = (r->bits + 7) / 8;

	out_spaces(o, indent);
	out_format(o, "%s report", hid_kind_name(r->kind));
	if (r->id)
		out_format(o, " %u", r->id);
	if (r->application) {
		hid_usage_name(r->application, name);
		out_format(o, ", %s", name);
	}
	out_format(o, ": %u bits in %u byte%s", r->bits, bytes, bytes == 1 ? "" : "s");
	out_format(o, r->id ? ", of which the first is 0x%02x\n" : "\n", r->id);
	for (size_t i = r->first; i > 0; i = p->fields[i - 1].next)
		write_field(o, p, &p->fields[i - 1], indent);
}

static void
write_reports(struct out *o, const struct hid_parse *p, unsigned indent)
{
	if (p->n_reports == 0)
		return;
	out_spaces(o, indent);
	out_text(o, "byte.bit        size  what\n");
	for (size_t i = 0; i < p->n_reports; i++)
		write_report(o, p, &p->reports[i], indent);
}

void
hid_text(struct out *o, struct desc_span raw, unsigned indent)
{
	size_t start = o->len;
	struct hid_parse p;

	hid_start(&p, raw);
	while (o->len - start < TEXT_MAX || p.rest.len == 0) {
		if (!hid_step(&p)) {
			write_problem(o, &p, indent);
			break;
		}
		write_item(o, &p, indent);
	}
	if (p.rest.len > 0) {
		out_spaces(o, indent);
		out_text(o, "! there are too many items to decode all of them\n");
		out_spaces(o, indent);
		write_hex(o, p.rest, indent);
	}
	write_reports(o, &p, indent);
	o->failed |= p.no_memory;
	hid_finish(&p);
}
