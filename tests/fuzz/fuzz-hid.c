/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the decoder of report descriptors: any bytes give items that are these bytes, fields that
 * lie in their reports one after the other, a clean text and valid JSON, neither of which is much
 * longer than the bytes.
 */
#include "layout/decode/hid-out.h"
#include "layout/decode/hid.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json.h"

static void
check_fields(const struct hid_parse *p, const struct hid_report *r, size_t *n)
{
	uint64_t end = r->id ? 8 : 0;
	size_t last = 0;

	for (size_t i = r->first; i > 0; i = p->fields[i - 1].next) {
		const struct hid_field *f = &p->fields[i - 1];

		REQUIRE(i > last && i <= p->n_fields);
		REQUIRE(f->size > 0 && f->count > 0 && f->at >= end);
		end = f->at + (uint64_t)f->size * f->count;
		for (size_t u = 0; u < f->n_usages; u++) {
			REQUIRE(f->usages + u < p->n_usages);
			REQUIRE(p->usages[f->usages + u].first <= p->usages[f->usages + u].last);
		}
		last = i;
		(*n)++;
	}
	REQUIRE(last == r->last && end <= r->bits && r->bits <= 65535 * 8);
}

static void
check_parse(struct desc_span raw)
{
	struct hid_parse p;
	size_t at = 0, fields = 0, steps = 0;

	hid_start(&p, raw);
	while (hid_step(&p)) {
		REQUIRE(p.item.at == at && p.item.raw.data == raw.data + at && p.item.raw.len > 0);
		at += p.item.raw.len;
		REQUIRE(at <= raw.len && p.item.data.len <= p.item.raw.len);
		REQUIRE(p.item.complete || at == raw.len);
		steps++;
	}
	REQUIRE(at == raw.len && !p.no_memory);
	REQUIRE(p.n_reports <= 3 * 256 && p.n_fields <= steps && p.n_usages <= steps);
	for (size_t i = 0; i < p.n_reports; i++)
		check_fields(&p, &p.reports[i], &fields);
	REQUIRE(fields == p.n_fields);
	hid_finish(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct desc_span raw = {.data = data, .len = size};
	struct out text = {.buf = NULL}, json = {.buf = NULL};

	check_parse(raw);
	hid_text(&text, raw, 2);
	hid_json(&json, raw);
	REQUIRE(!text.failed && text.len <= 1000 + size * 700);
	REQUIRE(!json.failed && json.len <= 1000 + size * 1500);
	REQUIRE(text.len == 0 || text_clean(text.buf, text.len));
	REQUIRE(json_valid(json.buf, json.len));
	out_free(&text);
	out_free(&json);
	return 0;
}
