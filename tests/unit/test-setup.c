/* SPDX-License-Identifier: MIT */
/* Control requests: their names, their text, their numbers, and what a device can be asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/setup.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* ---- names ---- */

TEST(names)
{
	struct setup s;
	char name[SETUP_NAME_MAX];

	CHECK(setup_parse_name("80-06-0102-3456-0012", &s));
	CHECK_EQ(s.type, 0x80);
	CHECK_EQ(s.request, 6);
	CHECK_EQ(s.value, 0x0102);
	CHECK_EQ(s.index, 0x3456);
	CHECK_EQ(s.length, 0x12);
	CHECK(!s.any_length);
	CHECK_STR(setup_print_name(&s, name), "80-06-0102-3456-0012");
	CHECK(setup_parse_name("C0-aB-FFFF-fffe", &s));
	CHECK(s.any_length);
	CHECK_STR(setup_print_name(&s, name), "c0-ab-ffff-fffe");
}

TEST(what_is_no_name)
{
	static const char *const names[] = {"", "80", "80-06", "80-06-0100", "80-06-0100-0000-",
		"80-06-0100-0000-12", "80-06-0100-0000-00012", "8-06-0100-0000-0012",
		"80-06-0100-0000-0012 ", " 80-06-0100-0000-0012", "80-06-0100-0000-0012-00",
		"80_06-0100-0000-0012", "g0-06-0100-0000-0012", "80-06-0100--000-0012",
		"0x80-06-0100-0000", "80-06-100-0000-0012", "+0-06-0100-0000"};
	struct setup s;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (setup_parse_name(names[i], &s))
			test_fail(__FILE__, __LINE__, "\"%s\" is a name", names[i]);
}

static struct setup
named(const char *name)
{
	struct setup s;

	CHECK(setup_parse_name(name, &s));
	return s;
}

TEST(who_is_read_and_who_is_written)
{
	struct setup s;

	s = named("80-06-0100-0000");
	CHECK(!setup_is_written(&s));
	s = named("40-01-0000-0000");
	CHECK(setup_is_written(&s));
	s = named("40-01-0000-0000-0001");
	CHECK(setup_is_written(&s));
	s = named("40-01-0000-0000-0000");
	CHECK(!setup_is_written(&s));
}

TEST(bytes)
{
	static const unsigned char wire[] = {0x81, 0x06, 0x34, 0x12, 0x78, 0x56, 0xbc, 0x9a};
	unsigned char bytes[SETUP_BYTES];
	struct setup s;

	setup_decode(wire, &s);
	CHECK_EQ(s.value, 0x1234);
	CHECK_EQ(s.index, 0x5678);
	CHECK_EQ(s.length, 0x9abc);
	setup_encode(&s, bytes);
	CHECK(memcmp(wire, bytes, sizeof(wire)) == 0);
}

static int
checked(const char *name)
{
	struct setup s = named(name);
	char why[SETUP_WHY_MAX] = "";
	int r = setup_check(&s, why);

	CHECK((r < 0) == (why[0] != '\0'));
	return r;
}

TEST(what_is_not_passed_on)
{
	CHECK_EQ(checked("00-05-0001-0000-0000"), -EPERM);
	CHECK_EQ(checked("80-05-0001-0000-0001"), -EPERM);
	CHECK_EQ(checked("01-05-0001-0000-0000"), -EPERM);
	CHECK_EQ(checked("40-05-0001-0000-0000"), 0);
	CHECK_EQ(checked("c0-01-0000-0000-1000"), 0);
	CHECK_EQ(checked("c0-01-0000-0000-1001"), -E2BIG);
	CHECK_EQ(checked("00-09-0001-0000-0000"), 0);
	CHECK_EQ(checked("00-09-0001-0000-0001"), -EINVAL);
	CHECK_EQ(checked("80-09-0001-0000-0001"), -EINVAL);
	CHECK_EQ(checked("00-09-0100-0000-0000"), -EINVAL);
	CHECK_EQ(checked("01-0b-0001-0000-0000"), 0);
	CHECK_EQ(checked("00-0b-0001-0000-0000"), -EINVAL);
	CHECK_EQ(checked("21-09-0200-0000-0001"), 0);
}

static enum setup_meaning
meaning(const char *name)
{
	struct setup s = named(name);

	return setup_meaning(&s);
}

TEST(what_is_done_otherwise)
{
	CHECK_EQ(meaning("00-09-0001-0000-0000"), SETUP_CHANGES_CONFIGURATION);
	CHECK_EQ(meaning("01-0b-0001-0000-0000"), SETUP_CHANGES_ALTERNATE);
	CHECK_EQ(meaning("02-01-0000-0081-0000"), SETUP_CLEARS_HALT);
	CHECK_EQ(meaning("02-01-0000-0000-0000"), SETUP_PLAIN);
	CHECK_EQ(meaning("02-01-0001-0081-0000"), SETUP_PLAIN);
	CHECK_EQ(meaning("00-01-0001-0000-0000"), SETUP_PLAIN);
	CHECK_EQ(meaning("02-03-0000-0081-0000"), SETUP_PLAIN);
	CHECK_EQ(meaning("40-09-0001-0000-0000"), SETUP_PLAIN);
	CHECK_EQ(meaning("22-01-0000-0081-0000"), SETUP_PLAIN);
}

/* ---- text ---- */

static unsigned char data[SETUP_DATA_MAX];
static char why[SETUP_WHY_MAX];

/* The requests in TEXT by their names, blanks between them, and the errno that ends it. */
static const char *
parsed(const char *text)
{
	static char out[400];
	struct setup_reader r = {.text = text, .len = strlen(text)};
	struct setup s;
	char name[SETUP_NAME_MAX];
	size_t len = 0;
	int n;

	out[0] = '\0';
	why[0] = '\0';
	while ((n = setup_next(&r, &s, data, why)) > 0)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s", len ? " " : "",
			setup_print_name(&s, name));
	if (n < 0)
		snprintf(out + len, sizeof(out) - len, "%s%s", len ? " " : "", strerrorname_np(-n));
	CHECK((n < 0) == (why[0] != '\0'));
	return out;
}

TEST(text_in_hex)
{
	CHECK_STR(parsed("80 06 0100 0000 12"), "80-06-0100-0000-0012");
	CHECK_STR(parsed("80-06-0100-0000-0012\n"), "80-06-0100-0000-0012");
	CHECK_STR(parsed("  80\t6 100 0 12 \r\n"), "80-06-0100-0000-0012");
	CHECK_STR(parsed("80 06 0100 0000"), "80-06-0100-0000-1000");
	CHECK_STR(parsed("40 01 0000 0000"), "40-01-0000-0000-0000");
	CHECK_STR(parsed("40 01 0000 0000 4 DE ad beef"), "40-01-0000-0000-0004");
	CHECK(memcmp(data, "\xde\xad\xbe\xef", 4) == 0);
	CHECK_STR(parsed("c0 1 0 0 1\n# 1 2\n\n  \nC0 2 0 0 1"),
		"c0-01-0000-0000-0001 c0-02-0000-0000-0001");
	CHECK_STR(parsed(""), "");
	CHECK_STR(parsed("\n#\n"), "");
}

TEST(text_that_is_wrong)
{
	CHECK_STR(parsed("80 06 0100"), "EINVAL");
	CHECK_STR(parsed("80 06 0100 0000 12 34"), "EINVAL");
	CHECK_STR(parsed("80 06 01000 0000 12"), "EINVAL");
	CHECK_STR(parsed("40 01 0000 0000 4 de ad be"), "EINVAL");
	CHECK(strstr(why, "wLength is 4") && strstr(why, "3 bytes"));
	CHECK_STR(parsed("40 01 0000 0000 4 de ad be e"), "EINVAL");
	CHECK_STR(parsed("40 01 0000 0000 4 de ad be ex"), "EINVAL");
	CHECK_STR(parsed("c0 01 0000 0000 1001"), "E2BIG");
	CHECK_STR(parsed("40 01 0000 0000 ffff 01"), "E2BIG");
	CHECK_STR(parsed("00 05 0001 0000 0000"), "EPERM");
	CHECK_STR(parsed("get_status device\n00 05 1 0 0"), "80-00-0000-0000-0002 EPERM");
	CHECK(strncmp(why, "line 2: ", 8) == 0);
	CHECK_STR(parsed("get_foo \x1b[2J"), "EINVAL");
	CHECK(strstr(why, "get_descriptor, get_status"));
	CHECK_STR(parsed("get_descriptor \x1b[2J"), "EINVAL");
	CHECK(!strchr(why, '\x1b') && strstr(why, "config N"));
	CHECK_STR(parsed("get_descriptor"), "EINVAL");
	CHECK_STR(parsed("get_descriptor config"), "EINVAL");
	CHECK_STR(parsed("get_descriptor config 256"), "EINVAL");
	CHECK_STR(parsed("get_descriptor device 1"), "EINVAL");
	CHECK_STR(parsed("get_status endpoint 91"), "EINVAL");
	CHECK_STR(parsed("set_interface 1"), "EINVAL");
	CHECK_STR(parsed("set_configuration"), "EINVAL");
}

TEST(names_of_requests)
{
	CHECK_STR(parsed("get_descriptor device"), "80-06-0100-0000-0012");
	CHECK_STR(parsed("get_descriptor config 1"), "80-06-0201-0000-1000");
	CHECK_STR(parsed("get_descriptor string 2"), "80-06-0302-0409-00ff");
	CHECK_STR(parsed("get_descriptor string 0"), "80-06-0300-0000-00ff");
	CHECK_STR(parsed("get_descriptor string 2 0407"), "80-06-0302-0407-00ff");
	CHECK_STR(parsed("get_descriptor bos"), "80-06-0f00-0000-1000");
	CHECK_STR(parsed("get_descriptor report 3"), "81-06-2200-0003-1000");
	CHECK_STR(parsed("get_descriptor device_qualifier"), "80-06-0600-0000-000a");
	CHECK_STR(parsed("get_descriptor other_speed 0"), "80-06-0700-0000-1000");
	CHECK_STR(parsed("get_status device"), "80-00-0000-0000-0002");
	CHECK_STR(parsed("get_status interface 12"), "81-00-0000-000c-0002");
	CHECK_STR(parsed("get_status endpoint 81"), "82-00-0000-0081-0002");
	CHECK_STR(parsed("clear_feature endpoint_halt 81"), "02-01-0000-0081-0000");
	CHECK_STR(parsed("set_feature endpoint_halt 02"), "02-03-0000-0002-0000");
	CHECK_STR(parsed("set_feature device_remote_wakeup"), "00-03-0001-0000-0000");
	CHECK_STR(parsed("set_feature u1_enable"), "00-03-0030-0000-0000");
	CHECK_STR(parsed("get_configuration"), "80-08-0000-0000-0001");
	CHECK_STR(parsed("set_configuration 2"), "00-09-0002-0000-0000");
	CHECK_STR(parsed("get_interface 1"), "81-0a-0000-0001-0001");
	CHECK_STR(parsed("set_interface 1 2"), "01-0b-0002-0001-0000");
	CHECK_STR(parsed("synch_frame 84"), "82-0c-0000-0084-0002");
}

TEST(the_longest_request_has_room)
{
	static char text[SETUP_TEXT_MAX + 1];
	size_t len = (size_t)snprintf(text, sizeof(text), "40 01 0000 0000 1000");

	for (unsigned i = 0; i < SETUP_DATA_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %02x", i & 0xff);
	CHECK(len < sizeof(text));
	CHECK_STR(parsed(text), "40-01-0000-0000-1000");
	CHECK_EQ(data[SETUP_DATA_MAX - 1], 0xff);
	snprintf(text + len, sizeof(text) - len, " 00");
	CHECK_STR(parsed(text), "EINVAL");
}

/* ---- numbers ---- */

TEST(numbers)
{
	struct setup_table *t = setup_table_new();
	struct setup a = named("80-06-0100-0000-0012"), b = named("80-06-0100-0000");
	uint32_t first, second;

	first = setup_table_number(t, &a, false);
	CHECK(first > 0);
	CHECK_EQ(setup_table_number(t, &a, false), first);
	CHECK(setup_equal(setup_table_find(t, first), &a));
	CHECK(!setup_table_find(t, first + 1));
	/* Nobody has remembered it. */
	second = setup_table_number(t, &b, false);
	CHECK(second > first);
	CHECK(!setup_table_find(t, first));
	setup_table_remember(t, second);
	setup_table_remember(t, second);
	CHECK(setup_table_number(t, &a, false) > second);
	CHECK_EQ(setup_table_number(t, &b, false), second);
	setup_table_forget(t, second, 1);
	CHECK_EQ(setup_table_number(t, &b, false), second);
	setup_table_forget(t, second, 1);
	CHECK(!setup_table_find(t, second));
	CHECK(setup_table_number(t, &b, false) > second);
	setup_table_free(t);
}

TEST(what_is_listed_stays)
{
	struct setup_table *t = setup_table_new();
	struct setup a = named("80-06-0100-0000-0012"), b = named("80-06-0100-0000");
	uint32_t n = setup_table_number(t, &a, true);

	setup_table_number(t, &b, false);
	setup_table_remember(t, n);
	setup_table_forget(t, n, 1);
	setup_table_forget(t, n, 1000);
	setup_table_forget(t, 12345, 1);
	CHECK_EQ(setup_table_number(t, &a, false), n);
	CHECK_EQ(setup_table_count(t), 2);
	setup_table_free(t);
}

TEST(a_hundred_thousand)
{
	struct setup_table *t = setup_table_new();
	uint32_t last = 0;

	for (unsigned round = 0; round < 3; round++) {
		uint32_t base = last;

		for (unsigned i = 0; i < 100000; i++) {
			struct setup s = {0xc0, (uint8_t)(i >> 16), (uint16_t)i, 7, 1, false};
			uint32_t n = setup_table_number(t, &s, false);

			CHECK_EQ(n, last + 1);
			setup_table_remember(t, n);
			last = n;
		}
		CHECK_EQ(setup_table_count(t), 100000);
		for (uint32_t n = base + 1; n <= last; n++) {
			CHECK_EQ(setup_table_find(t, n)->index, 7);
			setup_table_forget(t, n, 1);
		}
		CHECK_EQ(setup_table_count(t), 0);
	}
	/* Never remembered. */
	for (unsigned i = 0; i < 100000; i++) {
		struct setup s = {0xc0, (uint8_t)(i >> 16), (uint16_t)i, 7, 1, false};

		CHECK(setup_table_number(t, &s, false) > last);
	}
	CHECK_EQ(setup_table_count(t), 1);
	setup_table_free(t);
}

/* ---- in the tree ---- */

TEST(in_the_tree)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_keyboard, 1));
	const char *name = "1-1/ep00/setup/c0-12-3456-789a-bcde";
	struct layout_target t = tree_target(l, name);
	struct layout_stat s;
	uint64_t ino = (uint64_t)tree_find(l, name);
	char *path;

	CHECK_EQ(t.type, LAYOUT_SETUP);
	CHECK_EQ(t.setup.value, 0x3456);
	CHECK_EQ(tree_mode(l, name) & 0777, 0440);
	CHECK_EQ(tree_mode(l, "1-1/ep00/setup/40-12-3456-789a") & 0777, 0220);
	/* Upper case is the same file. */
	ino = (uint64_t)tree_find(l, name);
	layout_remember(l, ino);
	CHECK_EQ(tree_find(l, "1-1/ep00/setup/C0-12-3456-789A-BCDE"), (int64_t)ino);
	path = layout_path(l, ino);
	CHECK_STR(path, name);
	free(path);
	CHECK_EQ(tree_find(l, "1-1/ep00/setup/c0-12-3456"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/ep00/setup/c0-12-3456-789a-bcde/x"), -ENOTDIR);
	layout_forget(l, ino, 1);
	CHECK_EQ(layout_stat(l, ino, &s), -ESTALE);
	layout_free(l);
}

/* The directory's entries have numbers that stay, whatever else is looked up. */
TEST(listed_numbers)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_keyboard, 1));
	int64_t ino;

	CHECK(strstr(tree_list(l, "1-1/ep00/setup"), "80-06-0100-0000-0012 "));
	ino = tree_find(l, "1-1/ep00/setup/80-06-0100-0000-0012");
	for (unsigned i = 0; i < 100; i++) {
		char name[64];

		snprintf(name, sizeof(name), "1-1/ep00/setup/c0-00-%04x-0000", i);
		CHECK(tree_find(l, name) > 0);
	}
	CHECK_EQ(tree_find(l, "1-1/ep00/setup/80-06-0100-0000-0012"), ino);
	layout_free(l);
}

TEST(report_descriptors_are_not_listed_against_a_driver)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l = tree_with(s);

	CHECK(strstr(tree_list(l, "1-1/ep00/setup"), "81-06-2200-0000-"));
	s->interfaces[0].driver = strdup("usbhid");
	CHECK(!strstr(tree_list(l, "1-1/ep00/setup"), "81-06-2200-0000-"));
	layout_free(l);
}
