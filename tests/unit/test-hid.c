/* SPDX-License-Identifier: MIT */
/* The decoder of report descriptors: what fields come of items, and that nothing is too much for
 * it. What it writes of usual devices is in tests/golden/decode-hid.descriptors.txt. */
#include <string.h>

#include "layout/decode/hid-out.h"
#include "layout/decode/hid-usage.h"
#include "layout/decode/hid.h"
#include "tests/unit/test.h"

static char problems[2000];

/* Takes all steps; what is wrong is in problems, a line each. To be finished. */
static void
parse(struct hid_parse *p, const uint8_t *bytes, size_t len)
{
	bool more;

	problems[0] = '\0';
	hid_start(p, (struct desc_span){.data = bytes, .len = len});
	do {
		more = hid_step(p);
		if (p->problem[0] && strlen(problems) + strlen(p->problem) + 2 < sizeof(problems))
			strcat(strcat(problems, p->problem), "\n");
	} while (more);
	CHECK(!p->no_memory);
}

#define PARSE(p, ...) parse(p, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static void
check_usage(const struct hid_parse *p, size_t field, uint32_t first, uint32_t last)
{
	CHECK(field < p->n_fields && p->fields[field].n_usages == 1);
	CHECK_EQ(p->usages[p->fields[field].usages].first, first);
	CHECK_EQ(p->usages[p->fields[field].usages].last, last);
}

TEST(signs)
{
	struct hid_parse p;

	/* 8 bits without a sign, with one, and a minimum that makes the maximum one of 16 bits. */
	PARSE(&p, 0x75, 8, 0x95, 1, 0x15, 0, 0x25, 0xff, 0x81, 2, 0x15, 0x81, 0x25, 0x7f, 0x81, 2,
		0x16, 0x00, 0x80, 0x26, 0xff, 0xff, 0x35, 0xff, 0x45, 0xff, 0x55, 0x0e, 0x81, 2);
	CHECK_EQ(p.n_fields, 3);
	CHECK_EQ(p.fields[0].logical_min, 0);
	CHECK_EQ(p.fields[0].logical_max, 255);
	CHECK_EQ(p.fields[1].logical_min, -127);
	CHECK_EQ(p.fields[1].logical_max, 127);
	CHECK_EQ(p.fields[1].physical_min, -127);
	CHECK_EQ(p.fields[1].physical_max, 127);
	CHECK_EQ(p.fields[2].logical_min, -32768);
	CHECK_EQ(p.fields[2].logical_max, -1);
	CHECK_EQ(p.fields[2].physical_min, -1);
	CHECK_EQ(p.fields[2].physical_max, -1);
	CHECK_EQ(p.fields[2].exponent, -2);
	CHECK_EQ(p.reports[0].bits, 24);
	CHECK_STR(problems, "");
	hid_finish(&p);

	/* 32 bits, and an exponent that is more than a nibble. */
	PARSE(&p, 0x75, 32, 0x95, 1, 0x15, 0, 0x27, 0xff, 0xff, 0xff, 0xff, 0x56, 0xfe, 0xff, 0x81,
		2);
	CHECK_EQ(p.fields[0].logical_max, 0xffffffff);
	CHECK_EQ(p.fields[0].exponent, -2);
	hid_finish(&p);
}

TEST(usages_of_variables)
{
	struct hid_parse p;

	/* More elements than usages: the last one is that of the rest. Fewer: the rest are none's. */
	PARSE(&p, 0x05, 1, 0x75, 8, 0x95, 4, 0x09, 0x30, 0x19, 0x31, 0x29, 0x32, 0x81, 2, 0x19, 1,
		0x29, 9, 0x95, 2, 0x81, 2, 0x09, 0x38, 0x81, 2);
	CHECK_EQ(p.n_fields, 4);
	check_usage(&p, 0, 0x10030, 0x10030);
	CHECK_EQ(p.fields[0].count, 1);
	check_usage(&p, 1, 0x10031, 0x10032);
	CHECK_EQ(p.fields[1].count, 3);
	CHECK_EQ(p.fields[1].at, 8);
	check_usage(&p, 2, 0x10001, 0x10002);
	CHECK_EQ(p.fields[2].count, 2);
	CHECK_EQ(p.fields[2].at, 32);
	check_usage(&p, 3, 0x10038, 0x10038);
	CHECK_EQ(p.fields[3].count, 2);
	hid_finish(&p);
}

TEST(pages_of_usages)
{
	struct hid_parse p;

	/* A page behind its usage; one that names its page; and usages that have theirs already. */
	PARSE(&p, 0x75, 8, 0x95, 1, 0x09, 0x30, 0x05, 1, 0x81, 2, 0x0b, 1, 0, 2, 0, 0x81, 2, 0x95,
		2, 0x09, 0x31, 0x05, 9, 0x09, 5, 0x81, 2);
	CHECK_EQ(p.n_fields, 4);
	check_usage(&p, 0, 0x10030, 0x10030);
	check_usage(&p, 1, 0x20001, 0x20001);
	check_usage(&p, 2, 0x10031, 0x10031);
	check_usage(&p, 3, 0x90005, 0x90005);
	hid_finish(&p);

	/* The greatest range that there is. */
	PARSE(&p, 0x06, 0xff, 0xff, 0x1b, 0, 0, 0xff, 0xff, 0x2b, 0xff, 0xff, 0xff, 0xff, 0x75, 1,
		0x96, 0, 0x80, 0x81, 2);
	check_usage(&p, 0, 0xffff0000, 0xffff7fff);
	CHECK_EQ(p.fields[0].count, 0x8000);
	hid_finish(&p);
}

TEST(delimiters)
{
	struct hid_parse p;

	/* The first of a set is what the element is. */
	PARSE(&p, 0x05, 1, 0x75, 8, 0x95, 2, 0xa9, 1, 0x09, 0x30, 0x09, 0x31, 0xa9, 0, 0x09, 0x32,
		0x81, 2);
	CHECK_EQ(p.n_fields, 2);
	check_usage(&p, 0, 0x10030, 0x10030);
	check_usage(&p, 1, 0x10032, 0x10032);
	CHECK_STR(problems, "");
	hid_finish(&p);

	PARSE(&p, 0xa9, 1, 0xa9, 1, 0x75, 1, 0x95, 1, 0x81, 2);
	CHECK_STR(problems, "the last set has not been closed\n"
			    "a set of delimiters has not been closed\n");
	hid_finish(&p);
}

TEST(reports)
{
	struct hid_parse p;

	/* Two numbers, each with input and feature, taken up again later. */
	PARSE(&p, 0x05, 1, 0x09, 2, 0xa1, 1, 0x75, 8, 0x95, 1, 0x85, 1, 0x81, 2, 0x85, 2, 0x95, 3,
		0x81, 2, 0xb1, 2, 0x85, 1, 0x75, 4, 0x81, 1, 0xc0);
	CHECK_EQ(p.n_reports, 3);
	CHECK_EQ(p.reports[0].id, 1);
	CHECK_EQ(p.reports[0].bits, 8 + 8 + 12);
	CHECK_EQ(p.reports[0].application, 0x10002);
	CHECK_EQ(p.fields[p.reports[0].first - 1].at, 8);
	CHECK_EQ(p.fields[p.reports[0].first - 1].next, p.reports[0].last);
	CHECK_EQ(p.fields[p.reports[0].last - 1].at, 16);
	CHECK_EQ(p.fields[p.reports[0].last - 1].next, 0);
	CHECK_EQ(p.reports[1].bits, 8 + 24);
	CHECK_EQ(p.reports[2].kind, HID_FEATURE);
	CHECK_STR(problems, "");
	hid_finish(&p);
}

TEST(state_of_globals)
{
	struct hid_parse p;

	/* What was pushed comes back; what is local does not outlive a main item. */
	PARSE(&p, 0x05, 1, 0x75, 8, 0x95, 1, 0xa4, 0x75, 16, 0x05, 2, 0x85, 9, 0x09, 1, 0x81, 2,
		0xb4, 0x81, 2);
	CHECK_EQ(p.n_fields, 2);
	CHECK_EQ(p.fields[0].size, 16);
	CHECK_EQ(p.fields[1].size, 8);
	CHECK_EQ(p.fields[1].n_usages, 0);
	CHECK_EQ(p.reports[1].id, 0);
	hid_finish(&p);
}

TEST(lengths_that_are_none)
{
	struct hid_parse p;

	PARSE(&p, 0x77, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0xff, 0xff, 0x81, 2, 0x75, 8,
		0x95, 1, 0x81, 2, 0x91, 2);
	/* Behind what is left out, nothing has a place any more. */
	CHECK_EQ(p.n_fields, 1);
	CHECK_EQ(p.n_reports, 2);
	CHECK_EQ(p.reports[0].bits, 0);
	CHECK(p.reports[0].too_long);
	CHECK_EQ(p.reports[1].bits, 8);
	hid_finish(&p);

	/* As long as a transfer can be, and a bit more. */
	PARSE(&p, 0x75, 8, 0x96, 0xff, 0xff, 0x81, 2, 0x75, 1, 0x95, 1, 0x81, 2);
	CHECK_EQ(p.n_fields, 1);
	CHECK_EQ(p.reports[0].bits, 65535 * 8);
	hid_finish(&p);
}

TEST(cut_off)
{
	static const uint8_t bytes[] = {0x05, 1, 0x09, 6, 0xa1, 1, 0x85, 1, 0x27, 1, 2, 3, 4, 0x75,
		8, 0x95, 1, 0x81, 2, 0xfe, 3, 0x10, 1, 2, 3, 0xc0};

	/* Of its own size each, so that a sanitizer sees what reads beyond. */
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		uint8_t *copy = malloc(len ? len : 1);
		struct hid_parse p;

		memcpy(copy, bytes, len);
		parse(&p, copy, len);
		CHECK((problems[0] == '\0') == (len == 0 || len == 2 || len == 4 || len == 26));
		hid_finish(&p);
		free(copy);
	}
}

/* The text of LEN times the bytes of PATTERN, and that of JSON; both have to be of bounded size. */
static void
check_bounded(const uint8_t *pattern, size_t pattern_len, size_t len, const char *expected)
{
	uint8_t *bytes = malloc(len);
	struct desc_span raw = {.data = bytes, .len = len};
	struct out text = {.buf = NULL}, json = {.buf = NULL};

	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern[i % pattern_len];
	hid_text(&text, raw, 4);
	hid_json(&json, raw);
	out_bytes(&text, "", 1);
	out_bytes(&json, "", 1);
	CHECK(!text.failed && !json.failed);
	CHECK(text.len < 4 << 20 && json.len < 16 << 20);
	CHECK(strstr(text.buf, expected) && strstr(json.buf, expected));
	out_free(&text);
	out_free(&json);
	free(bytes);
}

#define CHECK_BOUNDED(expected, ...)                                                               \
	check_bounded(                                                                             \
		(const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), 65535, expected)

TEST(much_of_everything)
{
	CHECK_BOUNDED("too many items", 0xa1, 1);
	CHECK_BOUNDED("too many items", 0xa0);
	CHECK_BOUNDED("more than 16 pushed", 0xa4);
	CHECK_BOUNDED("nothing has been pushed", 0xb4);
	CHECK_BOUNDED("no collection to be ended", 0xc0);
	CHECK_BOUNDED("Report Count is 0", 0x80);
	CHECK_BOUNDED("Keyboard A", 0x05, 7, 0x75, 1, 0x95, 1, 0x09, 4, 0x80);
	CHECK_BOUNDED("Keyboard A", 0x05, 7, 0x09, 4, 0x09, 5);
	CHECK_BOUNDED("longer than any transfer", 0x95, 0xff, 0x75, 0xff, 0x82, 2, 0);
	CHECK_BOUNDED("there is no such item", 0xfc);
	CHECK_BOUNDED("Long Item", 0xfe, 0xff, 0xff);
	CHECK_BOUNDED("Delimiter", 0xa9, 1);
}

static const char *
usage(uint32_t number)
{
	static char name[HID_NAME];

	hid_usage_name(number, name);
	return name;
}

TEST(names_of_usages)
{
	CHECK_STR(usage(0x00010030), "X");
	CHECK_STR(usage(0x0001003e), "Select");
	CHECK_STR(usage(0x0001003f), "Generic Desktop: 0x3f");
	CHECK_STR(usage(0x00010003), "Generic Desktop: 0x03");
	CHECK_STR(usage(0x00070004), "Keyboard A");
	CHECK_STR(usage(0x0007005d), "Keypad 5");
	CHECK_STR(usage(0x00070001), "ErrorRollOver");
	CHECK_STR(usage(0x000700e7), "Keyboard Right GUI");
	CHECK_STR(usage(0x00070000), "No Key");
	CHECK_STR(usage(0x00090000), "No Button");
	CHECK_STR(usage(0x00091234), "Button 4660");
	CHECK_STR(usage(0x000a0002), "Instance 2");
	CHECK_STR(usage(0x000c00e9), "Volume Increment");
	CHECK_STR(usage(0x00100041), "U+0041");
	CHECK_STR(usage(0xf1d00001), "U2F Authenticator Device");
	CHECK_STR(usage(0xff000020), "Vendor 0xff00: 0x20");
	CHECK_STR(usage(0x77770001), "Page 0x7777: 0x01");
	CHECK_STR(usage(0xffffffff), "Vendor 0xffff: 0xffff");
	/* None is cut off. */
	for (uint32_t page = 0; page < 0x100; page++)
		for (uint32_t id = 0; id < 0x1100; id++)
			CHECK(strlen(usage(page << 16 | id)) < HID_NAME - 1);
}

static const char *
unit(uint32_t number)
{
	static char words[HID_WORDS];

	hid_unit_words(number, words, sizeof(words));
	return words;
}

TEST(units)
{
	CHECK_STR(unit(0), "");
	CHECK_STR(unit(0x11), "cm");
	CHECK_STR(unit(0x12), "rad");
	CHECK_STR(unit(0x13), "in");
	CHECK_STR(unit(0x14), "deg");
	CHECK_STR(unit(0xe011), "cm s^-2");
	CHECK_STR(unit(0xe121), "cm^2 g s^-2");
	CHECK_STR(unit(0x00d0d121), "cm^2 g s^-3 A^-3");
	CHECK_STR(unit(0x1001), "s");
	CHECK_STR(unit(0x01000001), "cd");
	CHECK_STR(unit(0x10001), "K");
	CHECK_STR(unit(0x10003), "F");
	CHECK_STR(unit(1), "unit 0x1");
	CHECK_STR(unit(0x15), "unit 0x15");
	CHECK_STR(unit(0x1f), "vendor's unit 0x1f");
	CHECK_STR(unit(0x10000011), "unit 0x10000011");
	/* The longest. */
	CHECK_STR(unit(0x0fffffff), "vendor's unit 0xfffffff");
	CHECK_STR(unit(0x0ffffff3), "in^-1 slug^-1 s^-1 F^-1 A^-1 cd^-1");
}
