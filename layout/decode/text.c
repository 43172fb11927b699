/* SPDX-License-Identifier: MIT */
/*
 * Descriptors for people: an indented tree, one field a line, the value as the specification writes
 * it first and what it means behind it or, where that has several parts, on the lines below.
 */
#include <stdio.h>
#include <string.h>

#include "layout/decode/hid-out.h"
#include "layout/decode/sink.h"
#include "layout/text.h"

enum { NAME_WIDTH = 28, WRAP = 16 };

struct text_sink {
	struct sink base;
	bool fresh; /* the last line is a value without its newline */
};

static struct text_sink *
text_sink(struct sink *k)
{
	return container_of(k, struct text_sink, base);
}

static void
finish_line(struct sink *k)
{
	if (text_sink(k)->fresh)
		out_text(&k->out, "\n");
	text_sink(k)->fresh = false;
}

/* Begins a line at LEVEL with a NAME in its column. */
static void
begin_line(struct sink *k, unsigned level, const char *name, int index)
{
	size_t start;

	finish_line(k);
	out_spaces(&k->out, (size_t)level * 2);
	start = k->out.len;
	out_text(&k->out, name);
	if (index >= 0)
		out_format(&k->out, "(%d)", index);
	out_text(&k->out, " ");
	if (k->out.len - start < NAME_WIDTH)
		out_spaces(&k->out, NAME_WIDTH - (k->out.len - start));
	text_sink(k)->fresh = true;
}

static void
about(struct sink *k, const char *name, const char *text)
{
	size_t len = text ? text_attr_len(text) : 0;

	if (len == 0)
		return;
	begin_line(k, 0, name, -1);
	out_quoted(&k->out, text, len);
}

static void
start(struct sink *k, const struct snapshot *s, struct desc_span device)
{
	struct out *o = &k->out;

	out_text(o, "Device ");
	out_quoted(o, s->name ? s->name : "?", s->name ? strlen(s->name) : 1);
	out_format(o, ": bus %03u device %03u", s->busnum, s->devnum);
	if (device.len > 0)
		out_format(o, ": ID %04x:%04x", desc_u16(device, 8), desc_u16(device, 10));
	out_text(o, "\n");
	about(k, "manufacturer", snapshot_attr(s, "manufacturer"));
	about(k, "product", snapshot_attr(s, "product"));
	about(k, "serial", snapshot_attr(s, "serial"));
	begin_line(k, 0, "speed", -1);
	if (s->speed_kbit == 0)
		out_text(o, "unknown");
	else if (s->speed_kbit % 1000)
		out_format(o, "%u.%u Mbit/s", s->speed_kbit / 1000, s->speed_kbit % 1000 / 100);
	else
		out_format(o, "%u Mbit/s", s->speed_kbit / 1000);
	begin_line(k, 0, "configuration in force", -1);
	out_format(o, "%d", s->active_config);
	finish_line(k);
}

static void
start_bos(struct sink *k)
{
	(void)k;
}

static void
finish(struct sink *k)
{
	finish_line(k);
}

static void
begin(struct sink *k, const char *type, size_t offset, struct desc_span raw)
{
	finish_line(k);
	out_spaces(&k->out, (size_t)k->depth * 2);
	out_format(&k->out, "%s: (%zu bytes at %zu)\n", type, raw.len, offset);
	k->depth++;
}

static void
number(struct sink *k, const char *name, int index, uint64_t value, unsigned size, enum style style)
{
	begin_line(k, k->depth, name, index);
	switch (style) {
	case STYLE_DEC:
		out_format(&k->out, "%llu", (unsigned long long)value);
		break;
	case STYLE_HEX:
		out_format(&k->out, "0x%0*llx", (int)size * 2, (unsigned long long)value);
		break;
	case STYLE_BCD:
		out_format(&k->out, "%x.%02x", (unsigned)value >> 8, (unsigned)value & 0xff);
		break;
	}
}

static void
bytes(struct sink *k, const char *name, int index, struct desc_span span, const char *guid)
{
	struct desc_span line = span;

	begin_line(k, k->depth, name, index);
	if (guid) {
		out_text(&k->out, guid);
		return;
	}
	for (size_t at = 0; at < span.len; at += WRAP) {
		if (at > 0) {
			out_text(&k->out, "\n");
			out_spaces(&k->out, (size_t)k->depth * 2 + NAME_WIDTH);
		}
		line.data = span.data + at;
		line.len = span.len - at < WRAP ? span.len - at : WRAP;
		out_hex(&k->out, line, " ");
	}
}

static void
meaning(struct sink *k, const char *part, const char *text, bool untrusted)
{
	if (part && !*text) {
		finish_line(k);
		out_spaces(&k->out, ((size_t)k->depth + 1) * 2);
		out_text(&k->out, part);
	} else if (part) {
		begin_line(k, k->depth + 1, part, -1);
	} else {
		/* The first one stands behind the value. */
		if (!text_sink(k)->fresh)
			out_spaces(&k->out, ((size_t)k->depth + 1) * 2);
		else
			out_text(&k->out, "  ");
	}
	if (untrusted)
		out_quoted(&k->out, text, text_attr_len(text));
	else
		out_text(&k->out, text);
	out_text(&k->out, "\n");
	text_sink(k)->fresh = false;
}

static void
report(struct sink *k, struct desc_span raw, const char *hint)
{
	if (raw.len == 0 && !hint)
		return;
	finish_line(k);
	out_spaces(&k->out, (size_t)k->depth * 2);
	if (raw.len == 0) {
		out_format(&k->out, "Report Descriptor: not known to the system; %s\n", hint);
		return;
	}
	out_format(&k->out, "Report Descriptor: (%zu bytes)\n", raw.len);
	hid_text(&k->out, raw, (k->depth + 1) * 2);
}

static void
problem(struct sink *k, const char *text)
{
	finish_line(k);
	out_spaces(&k->out, (size_t)k->depth * 2);
	out_format(&k->out, "! %s\n", text);
}

static void
end(struct sink *k)
{
	finish_line(k);
	k->depth--;
}

static char *
take(struct sink *k, size_t *ret_len)
{
	char *text = k->out.failed ? NULL : TAKE_PTR(k->out.buf);

	*ret_len = k->out.len;
	out_free(&k->out);
	free(text_sink(k));
	return text;
}

static const struct sink_ops ops = {
	.start = start,
	.start_bos = start_bos,
	.finish = finish,
	.begin = begin,
	.number = number,
	.bytes = bytes,
	.meaning = meaning,
	.report = report,
	.problem = problem,
	.end = end,
	.take = take,
};

struct sink *
text_sink_new(void)
{
	struct text_sink *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base.ops = &ops;
	return &t->base;
}
