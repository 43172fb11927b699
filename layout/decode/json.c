/* SPDX-License-Identifier: MIT */
/*
 * Descriptors for programs: descriptors.schema.json says what is where.
 *
 * Fields of one name become one array, so they are collected until the descriptor's own fields are
 * complete: when the first one that belongs to it begins, or when it ends.
 */
#include <stdio.h>
#include <string.h>

#include "layout/decode/hid-out.h"
#include "layout/decode/sink.h"
#include "layout/text.h"

enum { DEPTH_MAX = 8 };

struct member {
	const char *name;
	unsigned twin; /* how many of that name, and not of its array, were before */
	bool array;
	unsigned n; /* values in it */
	struct out values;
};

struct json_sink {
	struct sink base;
	bool children[DEPTH_MAX + 1]; /* at that depth, a descriptor has been written */
	bool bos;

	/* Of the descriptor that is being written; nothing is open when COLLECTING is false. */
	bool collecting;
	struct member *members;
	size_t n_members, room;
	size_t last; /* the member that meanings are about */
	struct out meanings, problems;
	struct out report; /* of an HID descriptor, or empty */
	size_t meaning_of; /* the member of the last meaning */
	int meaning_index, last_index;
	bool any_meaning;
};

static struct json_sink *
json_sink(struct sink *k)
{
	return container_of(k, struct json_sink, base);
}

/* The key of a member: its name, with "~2" and so on where that is taken. */
static void
key(struct out *o, const struct member *m)
{
	if (m->twin == 0)
		out_format(o, "\"%s\":", m->name);
	else
		out_format(o, "\"%s~%u\":", m->name, m->twin + 1);
}

/* The object of the descriptor gets all that has been collected. */
static void
flush(struct json_sink *j)
{
	struct out *o = &j->base.out;

	if (!j->collecting)
		return;
	out_text(o, "\"fields\":{");
	for (size_t i = 0; i < j->n_members; i++) {
		struct member *m = &j->members[i];

		if (i > 0)
			out_text(o, ",");
		key(o, m);
		out_text(o, m->array ? "[" : "");
		out_bytes(o, m->values.buf, m->values.len);
		out_text(o, m->array ? "]" : "");
		o->failed |= m->values.failed;
	}
	out_text(o, "},\"meaning\":{");
	out_bytes(o, j->meanings.buf, j->meanings.len);
	out_text(o, j->any_meaning ? "]},\"problems\":[" : "},\"problems\":[");
	out_bytes(o, j->problems.buf, j->problems.len);
	if (j->report.len > 0) {
		out_text(o, "],\"report_descriptor\":");
		out_bytes(o, j->report.buf, j->report.len);
		out_text(o, ",\"children\":[");
	} else {
		out_text(o, "],\"children\":[");
	}
	o->failed |= j->meanings.failed | j->problems.failed | j->report.failed;
	j->collecting = false;
}

static void
about(struct out *o, const char *name, const char *text)
{
	if (!text)
		return;
	out_format(o, ",\"%s\":", name);
	out_json(o, text, text_attr_len(text));
}

static void
start(struct sink *k, const struct snapshot *s, struct desc_span device)
{
	struct out *o = &k->out;

	out_text(o, "{\"version\":1,\"device\":{\"name\":");
	out_json(o, s->name ? s->name : "", s->name ? strlen(s->name) : 0);
	out_format(o, ",\"busnum\":%u,\"devnum\":%u,\"speed_kbit\":%u,\"active_configuration\":%d",
		s->busnum, s->devnum, s->speed_kbit, s->active_config);
	if (device.len > 0)
		out_format(o, ",\"idVendor\":%u,\"idProduct\":%u", desc_u16(device, 8),
			desc_u16(device, 10));
	about(o, "manufacturer", snapshot_attr(s, "manufacturer"));
	about(o, "product", snapshot_attr(s, "product"));
	about(o, "serial", snapshot_attr(s, "serial"));
	out_text(o, "},\n\"descriptors\":[");
}

static void
start_bos(struct sink *k)
{
	out_text(&k->out, "],\n\"bos\":[");
	json_sink(k)->bos = true;
	json_sink(k)->children[0] = false;
}

static void
finish(struct sink *k)
{
	if (!json_sink(k)->bos)
		start_bos(k);
	out_text(&k->out, "]}\n");
}

static void
begin(struct sink *k, const char *type, size_t offset, struct desc_span raw)
{
	struct json_sink *j = json_sink(k);
	unsigned at = k->depth < DEPTH_MAX ? k->depth : DEPTH_MAX;

	flush(j);
	out_text(&k->out, j->children[at] ? ",\n" : "\n");
	j->children[at] = true;
	k->depth++;
	j->children[at < DEPTH_MAX ? at + 1 : DEPTH_MAX] = false;
	out_format(&k->out, "{\"type\":\"%s\",\"offset\":%zu,\"raw\":\"", type, offset);
	out_hex(&k->out, raw, "");
	out_text(&k->out, "\",");
	j->collecting = true;
	j->n_members = 0;
	j->meanings.len = j->problems.len = j->report.len = 0;
	j->any_meaning = false;
}

/* Where a value of that name goes; NULL: no memory. */
static struct member *
member(struct json_sink *j, const char *name, int index)
{
	struct member *m = NULL;
	unsigned twin = 0;

	for (size_t i = 0; i < j->n_members; i++) {
		if (strcmp(j->members[i].name, name) != 0)
			continue;
		twin++;
		m = j->members[i].array && index > 0 ? &j->members[i] : m;
	}
	if (m) {
		j->last = (size_t)(m - j->members);
		return m;
	}
	if (j->n_members == j->room) {
		size_t room = j->room ? j->room * 2 : 32;
		struct member *grown = realloc(j->members, room * sizeof(*grown));

		if (!grown) {
			j->base.out.failed = true;
			return NULL;
		}
		for (size_t i = j->room; i < room; i++)
			grown[i] = (struct member){.name = NULL};
		j->members = grown;
		j->room = room;
	}
	j->last = j->n_members;
	m = &j->members[j->n_members++];
	m->name = name;
	m->twin = twin;
	m->array = index >= 0;
	m->n = 0;
	m->values.len = 0;
	return m;
}

/* Room for one more value, separated from what is there. */
static struct out *
value(struct sink *k, const char *name, int index)
{
	struct json_sink *j = json_sink(k);
	struct member *m = member(j, name, index);

	j->last_index = index;
	if (!m)
		return NULL;
	if (m->n++ > 0)
		out_text(&m->values, ",");
	return &m->values;
}

static void
number(struct sink *k, const char *name, int index, uint64_t n, unsigned size, enum style style)
{
	struct out *o = value(k, name, index);

	(void)size;
	(void)style;
	if (o)
		out_format(o, "%llu", (unsigned long long)n);
}

static void
bytes(struct sink *k, const char *name, int index, struct desc_span span, const char *guid)
{
	struct out *o = value(k, name, index);

	if (!o)
		return;
	out_text(o, "\"");
	out_hex(o, span, "");
	out_text(o, "\"");
	if (guid)
		k->ops->meaning(k, NULL, guid, false);
}

static void
meaning(struct sink *k, const char *part, const char *text, bool untrusted)
{
	struct json_sink *j = json_sink(k);
	struct out *o = &j->meanings;

	if (j->last >= j->n_members)
		return;
	if (j->any_meaning && j->meaning_of == j->last && j->meaning_index == j->last_index) {
		out_text(o, ",");
	} else {
		struct member *m = &j->members[j->last];

		out_text(o, j->any_meaning ? "],\"" : "\"");
		out_text(o, m->name);
		if (m->twin > 0)
			out_format(o, "~%u", m->twin + 1);
		if (m->array)
			out_format(o, "[%u]", m->n - 1);
		out_text(o, "\":[");
	}
	j->any_meaning = true;
	j->meaning_of = j->last;
	j->meaning_index = j->last_index;
	if (part) {
		struct out both = {.buf = NULL};

		out_text(&both, part);
		out_text(&both, *text ? ": " : "");
		out_text(&both, text);
		out_json(o, both.buf, both.len);
		o->failed |= both.failed;
		out_free(&both);
	} else {
		out_json(o, text, untrusted ? text_attr_len(text) : strlen(text));
	}
}

static void
report(struct sink *k, struct desc_span raw, const char *hint)
{
	struct json_sink *j = json_sink(k);

	(void)hint;
	if (j->collecting && raw.len > 0 && j->report.len == 0)
		hid_json(&j->report, raw);
}

static void
problem(struct sink *k, const char *text)
{
	struct json_sink *j = json_sink(k);

	if (!j->collecting)
		return;
	if (j->problems.len > 0)
		out_text(&j->problems, ",");
	out_json(&j->problems, text, strlen(text));
}

static void
end(struct sink *k)
{
	flush(json_sink(k));
	out_text(&k->out, "]}");
	k->depth--;
}

static char *
take(struct sink *k, size_t *ret_len)
{
	struct json_sink *j = json_sink(k);
	char *text = k->out.failed ? NULL : TAKE_PTR(k->out.buf);

	*ret_len = k->out.len;
	out_free(&k->out);
	out_free(&j->meanings);
	out_free(&j->problems);
	out_free(&j->report);
	for (size_t i = 0; i < j->room; i++)
		out_free(&j->members[i].values);
	free(j->members);
	free(j);
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
json_sink_new(void)
{
	struct json_sink *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->base.ops = &ops;
	return &j->base;
}
