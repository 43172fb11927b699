/* SPDX-License-Identifier: MIT */
/* Report descriptors for programs: see descriptors.schema.json. */
#include <stdio.h>
#include <string.h>

#include "layout/decode/hid-out.h"
#include "layout/decode/hid-usage.h"
#include "layout/decode/hid.h"

enum { TEXT_MAX = 1024 * 1024 };

static void
write_word(struct out *o, const char *name, const char *text)
{
	out_format(o, ",\"%s\":", name);
	out_json(o, text, strlen(text));
}

static void
write_number(struct out *o, const char *name, int64_t value)
{
	out_format(o, ",\"%s\":%lld", name, (long long)value);
}

static void
write_truth(struct out *o, const char *name, bool value)
{
	out_format(o, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
write_item(struct out *o, const struct hid_parse *p)
{
	static const char *const types[] = {"main", "global", "local", "reserved", "long"};
	const struct hid_item *i = &p->item;
	const char *name = hid_item_name(i);

	out_format(o, "{\"offset\":%zu,\"raw\":\"", i->at);
	out_hex(o, i->raw, "");
	out_format(o, "\",\"type\":\"%s\",\"tag\":%u", types[i->type], i->tag);
	if (name)
		write_word(o, "name", name);
	if (i->type != HID_LONG && i->complete)
		write_number(o, "value", p->value);
	if (p->words[0])
		write_word(o, "meaning", p->words);
	out_text(o, "}");
}

static void
write_usage(struct out *o, const char *name, uint32_t usage)
{
	char text[HID_NAME];

	hid_usage_name(usage, text);
	out_format(o, "\"%s\":{\"page\":%u,\"id\":%u", name, usage >> 16, usage & 0xffff);
	write_word(o, "name", text);
	out_text(o, "}");
}

static void
write_field(struct out *o, const struct hid_parse *p, const struct hid_field *f)
{
	char unit[HID_WORDS];

	out_format(
		o, "{\"bit\":%u,\"size\":%u,\"count\":%u,\"usages\":[", f->at, f->size, f->count);
	for (size_t i = 0; i < f->n_usages; i++) {
		out_text(o, i > 0 ? ",{" : "{");
		write_usage(o, "first", p->usages[f->usages + i].first);
		out_text(o, ",");
		write_usage(o, "last", p->usages[f->usages + i].last);
		out_text(o, "}");
	}
	out_text(o, "]");
	write_number(o, "flags", f->flags);
	write_truth(o, "constant", f->flags & HID_CONSTANT);
	write_truth(o, "array", !(f->flags & HID_VARIABLE));
	write_truth(o, "relative", f->flags & HID_RELATIVE);
	write_number(o, "logical_minimum", f->logical_min);
	write_number(o, "logical_maximum", f->logical_max);
	write_number(o, "physical_minimum", f->physical_min);
	write_number(o, "physical_maximum", f->physical_max);
	write_number(o, "unit", f->unit);
	write_number(o, "unit_exponent", f->exponent);
	hid_unit_words(f->unit, unit, sizeof(unit));
	if (unit[0])
		write_word(o, "unit_meaning", unit);
	out_text(o, "}");
}

static void
write_report(struct out *o, const struct hid_parse *p, const struct hid_report *r)
{
	static const char *const kinds[] = {"input", "output", "feature"};

	out_format(o, "{\"kind\":\"%s\",\"id\":%u,\"bits\":%u,\"bytes\":%u", kinds[r->kind], r->id,
		r->bits, (r->bits + 7) / 8);
	if (r->application) {
		out_text(o, ",");
		write_usage(o, "application", r->application);
	}
	out_text(o, ",\"fields\":[");
	for (size_t i = r->first; i > 0; i = p->fields[i - 1].next) {
		out_text(o, i == r->first ? "\n" : ",\n");
		write_field(o, p, &p->fields[i - 1]);
	}
	out_text(o, "]}");
}

static void
add_problem(struct out *problems, size_t at, const char *text)
{
	char buf[160];

	if (!*text)
		return;
	snprintf(buf, sizeof(buf), "at byte %zu: %s", at, text);
	out_text(problems, problems->len > 0 ? "," : "");
	out_json(problems, buf, strlen(buf));
}

void
hid_json(struct out *o, struct desc_span raw)
{
	size_t start = o->len;
	struct out problems = {.buf = NULL};
	struct hid_parse p;

	out_text(o, "{\"raw\":\"");
	out_hex(o, raw, "");
	out_text(o, "\",\"items\":[");
	hid_start(&p, raw);
	while (o->len - start < TEXT_MAX || p.rest.len == 0) {
		size_t at = p.at;
		bool more = hid_step(&p);

		add_problem(&problems, at, p.problem);
		if (!more)
			break;
		out_text(o, at == 0 ? "\n" : ",\n");
		write_item(o, &p);
	}
	if (p.rest.len > 0)
		add_problem(&problems, p.at, "there are too many items to decode all of them");
	out_text(o, "],\"reports\":[");
	for (size_t i = 0; i < p.n_reports; i++) {
		out_text(o, i > 0 ? ",\n" : "\n");
		write_report(o, &p, &p.reports[i]);
	}
	out_text(o, "],\"problems\":[");
	out_bytes(o, problems.buf, problems.len);
	out_text(o, "]}");
	o->failed |= p.no_memory | problems.failed;
	out_free(&problems);
	hid_finish(&p);
}
