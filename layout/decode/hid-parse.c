/* SPDX-License-Identifier: MIT */
/*
 * What the items of a report descriptor do, one after the other: global and local state, and
 * collections (HID 1.11 sections 5.4 and 6.2.2). The fields that come of it are hid-field.c's.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/macro.h"
#include "layout/decode/hid-field.h"
#include "layout/decode/hid-usage.h"

static void problem(struct hid_parse *p, const char *format, ...) PRINTF_LIKE(2, 3);

static void
problem(struct hid_parse *p, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(p->problem, sizeof(p->problem), format, ap);
	va_end(ap);
}

static bool
is_negative(const struct hid_limit *min)
{
	return min->s < 0;
}

static struct hid_limit
limit(struct hid_parse *p, const struct hid_limit *min)
{
	struct hid_limit l = {.s = hid_signed(&p->item), .u = hid_unsigned(&p->item)};

	p->value = !min || is_negative(min) ? l.s : (int64_t)l.u;
	return l;
}

/* Section 6.2.2.7 has a number with a sign; table 3 there, and many devices, a nibble with one. */
static int
exponent(struct hid_parse *p)
{
	uint32_t value = hid_unsigned(&p->item);

	p->value = value > 0xf ? hid_signed(&p->item) : value > 7 ? (int)value - 16 : (int)value;
	return (int)p->value;
}

static void
set_report_id(struct hid_parse *p)
{
	uint32_t id = hid_unsigned(&p->item);

	if (id == 0 || id > 255)
		problem(p, "a Report ID is a number from 1 to 255");
	else if (p->now.id == 0 && p->n_reports > 0)
		problem(p, "there have been fields before the first Report ID");
	if (id <= 255)
		p->now.id = (uint8_t)id;
}

static void
push(struct hid_parse *p)
{
	if (p->n_stack == HID_STACK_MAX)
		problem(p, "more than %d pushed", HID_STACK_MAX);
	else
		p->stack[p->n_stack++] = p->now;
}

static void
pop(struct hid_parse *p)
{
	if (p->n_stack == 0)
		problem(p, "nothing has been pushed");
	else
		p->now = p->stack[--p->n_stack];
}

static void
step_global(struct hid_parse *p)
{
	struct hid_globals *g = &p->now;

	p->value = hid_unsigned(&p->item);
	switch (p->item.tag) {
	case HID_USAGE_PAGE:
		g->page = (uint16_t)p->value;
		hid_page_name(g->page, p->words);
		if (p->value > 0xffff)
			problem(p, "a Usage Page has 16 bits");
		break;
	case HID_LOGICAL_MIN:
		g->logical_min = limit(p, NULL);
		break;
	case HID_LOGICAL_MAX:
		g->logical_max = limit(p, &g->logical_min);
		break;
	case HID_PHYSICAL_MIN:
		g->physical_min = limit(p, NULL);
		break;
	case HID_PHYSICAL_MAX:
		g->physical_max = limit(p, &g->physical_min);
		break;
	case HID_UNIT_EXPONENT:
		g->exponent = exponent(p);
		break;
	case HID_UNIT:
		g->unit = (uint32_t)p->value;
		hid_unit_words(g->unit, p->words, sizeof(p->words));
		if (g->unit == 0)
			snprintf(p->words, sizeof(p->words), "None");
		break;
	case HID_REPORT_SIZE:
		g->size = (uint32_t)p->value;
		break;
	case HID_REPORT_ID:
		set_report_id(p);
		break;
	case HID_REPORT_COUNT:
		g->count = (uint32_t)p->value;
		break;
	case HID_PUSH:
		push(p);
		break;
	case HID_POP:
		pop(p);
		break;
	default:
		break;
	}
}

static void
add_local(struct hid_parse *p, uint32_t first, uint32_t last, bool complete)
{
	/* Of a set, the first one is what a host that wants to know no better takes. */
	if (p->in_set && p->set_taken)
		return;
	p->set_taken = true;
	if (p->n_locals == p->locals_room) {
		size_t room = p->locals_room ? p->locals_room * 2 : 16;
		struct hid_local *grown = realloc(p->locals, room * sizeof(*grown));

		if (!grown) {
			p->no_memory = true;
			return;
		}
		p->locals = grown;
		p->locals_room = room;
	}
	p->locals[p->n_locals++] =
		(struct hid_local){.range = {.first = first, .last = last}, .complete = complete};
}

static void
end_range(struct hid_parse *p, uint32_t last, bool complete)
{
	/* A range is of one page, that of its end. */
	uint32_t first = (last & 0xffff0000) | (p->usage_min & 0xffff);

	if (complete && p->usage_min_complete && first != p->usage_min)
		problem(p, "Usage Minimum is of another page");
	else if (last < first)
		problem(p, "Usage Maximum is less than Usage Minimum");
	else
		add_local(p, first, last, complete);
	p->usage_min = 0;
	p->usage_min_complete = false;
}

static void
delimit(struct hid_parse *p)
{
	bool open = hid_unsigned(&p->item) == 1;

	snprintf(p->words, sizeof(p->words), open ? "Open" : "Close");
	if (open == p->in_set)
		problem(p, open ? "the last set has not been closed" : "no set has been opened");
	p->in_set = open;
	p->set_taken = false;
}

static void
step_local(struct hid_parse *p)
{
	/* What does not say its page is of the page that is in force now, or, as hid-field.c has
	 * it, at the main item. */
	bool complete = p->item.data.len > 2;
	uint32_t value = hid_unsigned(&p->item);
	uint32_t usage = complete ? value : (uint32_t)p->now.page << 16 | value;

	p->value = value;
	switch (p->item.tag) {
	case HID_USAGE:
		hid_usage_name(usage, p->words);
		add_local(p, usage, usage, complete);
		break;
	case HID_USAGE_MIN:
		hid_usage_name(usage, p->words);
		p->usage_min = usage;
		p->usage_min_complete = complete;
		break;
	case HID_USAGE_MAX:
		hid_usage_name(usage, p->words);
		end_range(p, usage, complete);
		break;
	case HID_DELIMITER:
		delimit(p);
		break;
	default:
		break;
	}
}

static void
begin_collection(struct hid_parse *p)
{
	static const char *const kinds[] = {"Physical", "Application", "Logical", "Report",
		"Named Array", "Usage Switch", "Usage Modifier"};

	if (p->value < (int64_t)ARRAY_SIZE(kinds))
		snprintf(p->words, sizeof(p->words), "%s", kinds[p->value]);
	else
		snprintf(p->words, sizeof(p->words), p->value >= 0x80 ? "Vendor 0x%x" : "0x%x",
			(unsigned)p->value);
	if (p->collections++ == 0) {
		hid_complete_usages(p);
		p->application = p->n_locals > 0 ? p->locals[0].range.first : 0;
	}
}

static void
end_collection(struct hid_parse *p)
{
	if (p->collections == 0) {
		problem(p, "there is no collection to be ended");
		return;
	}
	p->depth--;
	if (--p->collections == 0)
		p->application = 0;
}

static const char *
add_fields(struct hid_parse *p, enum hid_kind kind)
{
	hid_flag_words((uint32_t)p->value, p->item.tag, false, p->words, sizeof(p->words));
	return hid_add_fields(p, kind, (uint32_t)p->value);
}

static void
step_main(struct hid_parse *p)
{
	const char *wrong = NULL;

	p->value = hid_unsigned(&p->item);
	switch (p->item.tag) {
	case HID_INPUT_ITEM:
		wrong = add_fields(p, HID_INPUT);
		break;
	case HID_OUTPUT_ITEM:
		wrong = add_fields(p, HID_OUTPUT);
		break;
	case HID_FEATURE_ITEM:
		wrong = add_fields(p, HID_FEATURE);
		break;
	case HID_COLLECTION:
		begin_collection(p);
		break;
	case HID_END_COLLECTION:
		end_collection(p);
		break;
	default:
		break;
	}
	if (wrong)
		problem(p, "%s", wrong);
	else if (p->in_set)
		problem(p, "a set of delimiters has not been closed");
	p->n_locals = 0;
	p->usage_min = 0;
	p->usage_min_complete = p->in_set = p->set_taken = false;
}

void
hid_start(struct hid_parse *p, struct desc_span raw)
{
	*p = (struct hid_parse){.rest = raw};
}

bool
hid_step(struct hid_parse *p)
{
	p->words[0] = p->problem[0] = '\0';
	p->value = 0;
	p->depth = p->collections;
	if (!hid_next(&p->rest, p->at, &p->item)) {
		if (p->collections > 0)
			problem(p, "%u collection%s not ended", p->collections,
				p->collections == 1 ? " is" : "s are");
		else if (p->truncated)
			problem(p, "there are more than %d fields", HID_FIELDS_MAX);
		return false;
	}
	p->at += p->item.raw.len;
	if (!p->item.complete) {
		problem(p, "ends before the item is complete");
		return true;
	}
	switch (p->item.type) {
	case HID_MAIN:
		step_main(p);
		break;
	case HID_GLOBAL:
		step_global(p);
		break;
	case HID_LOCAL:
		step_local(p);
		break;
	case HID_RESERVED:
	case HID_LONG:
		break;
	}
	if (!hid_item_name(&p->item))
		problem(p, "there is no such item");
	return true;
}

void
hid_finish(struct hid_parse *p)
{
	free(p->reports);
	free(p->fields);
	free(p->usages);
	free(p->locals);
}
