/* SPDX-License-Identifier: MIT */
/* Which devices the rules of --allow and --deny let in. */
#include <errno.h>
#include <stdio.h>

#include "layout/filter.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* What is let in of a keyboard in 1-2.4, a device with two configurations in 1-2, and one without a
 * sensible descriptor, the root hub usb1: a bit each. RULES: "+allow", "-deny", in any number. */
enum { KEYBOARD = 1, CONFIGS = 2, HUB = 4, ALL = 7 };

static unsigned
let_in(const char *const rules[])
{
	struct snapshot *devices[] = {
		TREE_DEVICE("1-2.4", blob_keyboard, 1),
		TREE_DEVICE("1-2", blob_two_configs, 3),
		tree_snapshot("usb1", (const uint8_t *)"", 0, 0),
	};
	struct filter f = {.rules = NULL};
	unsigned in = 0;

	for (size_t i = 0; rules[i]; i++)
		CHECK_EQ(filter_add(&f, rules[i][0] == '+', rules[i] + 1), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(devices); i++) {
		in |= filter_admits(&f, devices[i]) ? 1u << i : 0;
		snapshot_unref(devices[i]);
	}
	filter_free(&f);
	return in;
}

#define LET_IN(...) let_in((const char *const[]){__VA_ARGS__, NULL})

TEST(no_rules)
{
	CHECK_EQ(let_in((const char *const[]){NULL}), ALL);
}

TEST(by_port)
{
	CHECK_EQ(LET_IN("+1-2"), CONFIGS);
	CHECK_EQ(LET_IN("+1-2.4"), KEYBOARD);
	CHECK_EQ(LET_IN("+1-2.*"), KEYBOARD);
	CHECK_EQ(LET_IN("+1-*"), KEYBOARD | CONFIGS);
	CHECK_EQ(LET_IN("+1-2*"), KEYBOARD | CONFIGS);
	CHECK_EQ(LET_IN("+*.4"), KEYBOARD);
	CHECK_EQ(LET_IN("+2-*"), 0);
	CHECK_EQ(LET_IN("+usb1"), HUB);
	CHECK_EQ(LET_IN("-usb*"), KEYBOARD | CONFIGS);
	CHECK_EQ(LET_IN("-*"), 0);
	CHECK_EQ(LET_IN("-1-2.40"), ALL);
	CHECK_EQ(LET_IN("-11-2"), ALL);
}

TEST(allow_and_deny)
{
	/* Whatever their order. */
	CHECK_EQ(LET_IN("+1-*", "-1-2"), KEYBOARD);
	CHECK_EQ(LET_IN("-1-2", "+1-*"), KEYBOARD);
	CHECK_EQ(LET_IN("+1-2", "+usb1"), CONFIGS | HUB);
	CHECK_EQ(LET_IN("-1-2", "-usb1"), KEYBOARD);
	CHECK_EQ(LET_IN("+1-2", "-1-2"), 0);
}

/* That of a device, by its own descriptor. */
TEST(by_id)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_keyboard, 1);
	char id[16];
	static const char *const others[] = {"0000:0000", "*:0000", "0000:*", "ffff:ffff"};
	unsigned vendor = s->descriptors[8] | s->descriptors[9] << 8;
	unsigned product = s->descriptors[10] | s->descriptors[11] << 8;

	for (unsigned i = 0; i < 2; i++) {
		struct filter f = {.rules = NULL};

		snprintf(id, sizeof(id), i ? "%04X:%04X" : "%04x:%04x", vendor, product);
		CHECK_EQ(filter_add(&f, true, id), 0);
		CHECK(filter_admits(&f, s));
		filter_free(&f);
	}
	snprintf(id, sizeof(id), "+%04x:*", vendor);
	CHECK_EQ(LET_IN(id) & (KEYBOARD | HUB), KEYBOARD);
	snprintf(id, sizeof(id), "+*:%04x", product);
	CHECK_EQ(LET_IN(id) & (KEYBOARD | HUB), KEYBOARD);
	CHECK_EQ(LET_IN("+*:*"), ALL);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct filter f = {.rules = NULL};

		CHECK_EQ(filter_add(&f, true, others[i]), 0);
		CHECK(!filter_admits(&f, s));
		filter_free(&f);
	}
	snapshot_unref(s);
}

/* Of any interface, in any configuration; or of the device. */
TEST(by_class)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_two_configs, 3);
	struct desc_index *x = desc_index_new(s->descriptors, s->descriptors_len);
	char spec[24];

	CHECK_EQ(LET_IN("+class=03"), KEYBOARD);
	CHECK_EQ(LET_IN("+class=03/01"), KEYBOARD);
	CHECK_EQ(LET_IN("+class=03/01/01"), KEYBOARD);
	CHECK_EQ(LET_IN("+class=03/01/02"), 0);
	CHECK_EQ(LET_IN("+class=03/05"), 0);
	CHECK_EQ(LET_IN("-class=03"), CONFIGS | HUB);
	CHECK_EQ(x->n_configs, 2);
	for (size_t c = 0; c < x->n_configs; c++) {
		snprintf(spec, sizeof(spec), "+class=%02x",
			desc_u8(x->configs[c].interfaces[0].alts[0].self, 5));
		CHECK(LET_IN(spec) & CONFIGS);
	}
	desc_index_free(x);
	snapshot_unref(s);
}

TEST(nonsense)
{
	static const char *const bad[] = {"", "046d", "46d:c52b", "046d:c52b:1", "046d:", ":",
		"g46d:*", "046d:c5*", "class=", "class=3", "class=003", "class=03/",
		"class=03/01/01/", "class=03/01/01/01", "class=hid", "class=*", "storage", "1",
		"12", "usb", "usbx", "1-2,1-3", "1-[23]", "1-?", "1-2 ", " 1-2", "/1-2", "1-2\n",
		"path=1-2", "0x046d:*", "+1-2"};
	struct filter f = {.rules = NULL};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (filter_add(&f, true, bad[i]) != -EINVAL)
			test_fail(__FILE__, __LINE__, "taken: \"%s\"", bad[i]);
	CHECK_EQ(f.n_rules, 0);
	filter_free(&f);
}
