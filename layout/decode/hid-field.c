/* SPDX-License-Identifier: MIT */
/*
 * Fields and reports (HID 1.11 sections 5.6, 5.8 and 8): where in a report an element is, and which
 * usage it has. There are never more fields than items.
 */
#include "layout/decode/hid-field.h"

#include <stdlib.h>

#include "backend/util/macro.h"

enum { BITS_MAX = 65535 * 8 }; /* no control transfer is longer */

/* Room for one more of an array, with what was there before at its place; NULL: no memory. */
static void *
one_more(struct hid_parse *p, void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 8;
	void *grown;

	if (n < *room)
		return array;
	grown = realloc(array, more * size);
	if (!grown)
		p->no_memory = true;
	else
		*room = more;
	return grown;
}

/* HID 1.11 section 6.2.2.8 has the page of the main item for all of them. Devices are more careless
 * than that: as Linux does, only those at the end that are not of that page already get it. */
void
hid_complete_usages(struct hid_parse *p)
{
	for (size_t i = p->n_locals; i > 0; i--) {
		struct hid_local *l = &p->locals[i - 1];

		if (l->complete)
			continue;
		if (l->range.last >> 16 == p->now.page)
			break;
		l->range.first = (uint32_t)p->now.page << 16 | (l->range.first & 0xffff);
		l->range.last = (uint32_t)p->now.page << 16 | (l->range.last & 0xffff);
	}
}

/* The report that fields are added to now. */
static struct hid_report *
current_report(struct hid_parse *p, enum hid_kind kind)
{
	uint16_t *known = &p->by_id[kind][p->now.id];
	struct hid_report *grown;

	if (*known)
		return &p->reports[*known - 1];
	grown = one_more(p, p->reports, p->n_reports, &p->reports_room, sizeof(*p->reports));
	if (!grown)
		return NULL;
	p->reports = grown;
	p->reports[p->n_reports] = (struct hid_report){
		.kind = kind,
		.id = p->now.id,
		.bits = p->now.id ? 8 : 0,
		.application = p->application,
	};
	*known = (uint16_t)++p->n_reports;
	return &p->reports[p->n_reports - 1];
}

/* Appends to the usages of the field that is being made. */
static void
add_usages(struct hid_parse *p, struct hid_field *f, uint32_t first, uint32_t last)
{
	struct hid_usages *grown;

	grown = one_more(p, p->usages, p->n_usages, &p->usages_room, sizeof(*p->usages));
	if (!grown)
		return;
	p->usages = grown;
	if (f->n_usages++ == 0)
		f->usages = (uint32_t)p->n_usages;
	p->usages[p->n_usages++] = (struct hid_usages){.first = first, .last = last};
}

/* Puts F, with COUNT elements, at the end of R. */
static void
add_field(struct hid_parse *p, struct hid_report *r, struct hid_field *f, uint32_t count)
{
	struct hid_field *grown;

	/* What comes behind one that is left out is nowhere either. */
	if (r->too_long || (uint64_t)f->size * count > BITS_MAX - r->bits) {
		r->too_long = true;
		return;
	}
	f->at = r->bits;
	f->count = count;
	r->bits += f->size * count;
	if (p->n_fields == HID_FIELDS_MAX) {
		p->truncated = true;
		return;
	}
	grown = one_more(p, p->fields, p->n_fields, &p->fields_room, sizeof(*p->fields));
	if (!grown)
		return;
	p->fields = grown;
	p->fields[p->n_fields++] = *f;
	if (r->last)
		p->fields[r->last - 1].next = p->n_fields;
	else
		r->first = p->n_fields;
	r->last = p->n_fields;
}

/* A field for each run of usages. */
static void
add_variables(struct hid_parse *p, struct hid_report *r, const struct hid_field *like)
{
	uint32_t left = p->now.count;

	for (size_t i = 0; i < p->n_locals && left > 0; i++) {
		struct hid_usages u = p->locals[i].range;
		struct hid_field f = *like;
		uint32_t n = left;

		if (u.last - u.first < n - 1)
			n = u.last - u.first + 1;
		add_usages(p, &f, u.first, u.first + (n - 1));
		/* The last usage is that of all that follow. */
		if (i == p->n_locals - 1)
			n = left;
		add_field(p, r, &f, n);
		left -= n;
	}
}

static void
add_array(struct hid_parse *p, struct hid_report *r, const struct hid_field *like)
{
	struct hid_field f = *like;

	for (size_t i = 0; i < p->n_locals; i++)
		add_usages(p, &f, p->locals[i].range.first, p->locals[i].range.last);
	add_field(p, r, &f, p->now.count);
}

static int64_t
maximum(const struct hid_limit *min, const struct hid_limit *max)
{
	return min->s < 0 ? max->s : (int64_t)max->u;
}

const char *
hid_add_fields(struct hid_parse *p, enum hid_kind kind, uint32_t flags)
{
	const struct hid_globals *g = &p->now;
	struct hid_report *r = current_report(p, kind);
	struct hid_field f = {
		.size = g->size,
		.flags = flags,
		.logical_min = g->logical_min.s,
		.logical_max = maximum(&g->logical_min, &g->logical_max),
		.physical_min = g->physical_min.s,
		.physical_max = maximum(&g->physical_min, &g->physical_max),
		.unit = g->unit,
		.exponent = g->exponent,
	};

	if (!r)
		return NULL;
	if (g->size == 0 || g->count == 0)
		return "Report Size or Report Count is 0: there is no field";
	/* Then they are those of the logical one. */
	if (f.physical_min == 0 && f.physical_max == 0) {
		f.physical_min = f.logical_min;
		f.physical_max = f.logical_max;
	}
	hid_complete_usages(p);
	if (flags & HID_VARIABLE && p->n_locals > 0)
		add_variables(p, r, &f);
	else
		add_array(p, r, &f);
	if (r->too_long)
		return "the report is longer than any transfer, and this is left out";
	if (!(flags & HID_CONSTANT) && f.logical_max < f.logical_min)
		return "Logical Maximum is less than Logical Minimum";
	return NULL;
}
