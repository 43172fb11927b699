/* SPDX-License-Identifier: MIT */
/* The text of a journal of detached drivers. */
#include <string.h>

#include "fs/journal_entry.h"
#include "tests/unit/test.h"

static struct list entries = {&entries, &entries};

static int
count(void)
{
	int n = 0;

	list_for_each (at, &entries)
		n++;
	return n;
}

static void
forget(void)
{
	list_for_each_safe (at, tmp, &entries)
		journal_entry_free(list_entry(at, struct journal_entry, node));
}

/* How many entries there are after TEXT. */
static int
after(const char *text)
{
	forget();
	CHECK_EQ(journal_replay(&entries, text, strlen(text)), 0);
	return count();
}

static struct snapshot *
plugged(void)
{
	struct snapshot *s = snapshot_new(0);

	CHECK(s);
	s->name = strdup("1-2.4");
	s->busnum = 1;
	s->devnum = 17;
	s->active_config = 2;
	s->descriptors = calloc(1, 18);
	CHECK(s->name && s->descriptors);
	s->descriptors_len = 18;
	s->descriptors[8] = 0x6d;
	s->descriptors[9] = 0x04;
	s->descriptors[10] = 0x1c;
	s->descriptors[11] = 0xc3;
	return s;
}

TEST(a_key_is_of_one_plug_in)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = plugged();
	char key[JOURNAL_LINE_MAX];

	CHECK(journal_key(key, sizeof(key), "boot", "usb", s, 3) > 0);
	CHECK_STR(key, "boot usb 1-2.4 1 17 046d:c31c 2 3");
	/* One whose descriptors could not be read is no reason to crash. */
	s->descriptors_len = 9;
	CHECK(journal_key(key, sizeof(key), "boot", "usb", s, 3) > 0);
	CHECK_STR(key, "boot usb 1-2.4 1 17 0000:0000 2 3");
}

TEST(lines_that_are_written_are_read)
{
	struct journal_entry *e = journal_entry_new("b usb 1-1 1 2 0001:0002 1 0", "a driver");
	char lines[JOURNAL_LINE_MAX];
	const struct journal_entry *found;

	CHECK(e);
	CHECK(journal_line(lines, sizeof(lines), '+', e) > 0);
	journal_entry_free(e);
	CHECK_EQ(after(lines), 1);
	found = journal_entry_find(&entries, "b usb 1-1 1 2 0001:0002 1 0");
	CHECK(found);
	CHECK_STR(found->driver, "a driver");
	CHECK(!journal_entry_find(&entries, "b usb 1-1 1 2 0001:0002 1 1"));
	CHECK(journal_entry_is(found, "b", "usb"));
	CHECK(journal_entry_is(found, "b", NULL));
	CHECK(!journal_entry_is(found, "b", "sim"));
	CHECK(!journal_entry_is(found, "b", "us"));
	CHECK(!journal_entry_is(found, "", "usb"));
	CHECK(!journal_entry_is(found, "another", "usb"));
	forget();
}

#define ONE "b usb 1-1 1 2 0001:0002 1 0 usbhid"
#define TWO "b usb 1-1 1 2 0001:0002 1 1 usbhid"

TEST(what_is_left_counts)
{
	CHECK_EQ(after(""), 0);
	CHECK_EQ(after("+ " ONE "\n+ " TWO "\n"), 2);
	CHECK_EQ(after("+ " ONE "\n+ " TWO "\n- " ONE "\n"), 1);
	CHECK_EQ(after("+ " ONE "\n- " ONE "\n+ " ONE "\n"), 1);
	CHECK_EQ(after("+ " ONE "\n+ " ONE "\n"), 1);
	CHECK_EQ(after("- " ONE "\n"), 0);
	forget();
}

/* Whoever was to write the last line has died. */
TEST(a_torn_line_is_nothing)
{
	const char text[] = "+ " ONE "\n- " ONE "\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		forget();
		CHECK_EQ(journal_replay(&entries, text, len), 0);
		CHECK_EQ(count(), len > sizeof("+ " ONE) - 1 && len < sizeof(text) - 1);
	}
	forget();
}

TEST(nonsense)
{
	char line[2 * JOURNAL_LINE_MAX];

	CHECK_EQ(after("\n\n + \n+\n+ \n+ a b c\nx " ONE "\n+" ONE "\n"), 0);
	CHECK_EQ(after("+ b usb 1-1 1 2 0001:0002 1 0\n"), 0);
	CHECK_EQ(after("+ b usb 1-1 1 2 0001:0002 1 0 \n"), 0);
	memset(line, 'x', sizeof(line));
	line[0] = '+';
	line[1] = ' ';
	line[sizeof(line) - 1] = '\n';
	CHECK_EQ(journal_replay(&entries, line, sizeof(line)), 0);
	CHECK_EQ(count(), 0);
	CHECK_EQ(journal_replay(&entries, "+ b usb 1-1 1 2 0001:0002 1 0 u\0d\n", 35), 0);
	CHECK_EQ(count(), 0);
}
