/* SPDX-License-Identifier: MIT */
/* The tree over time: devices that come and go, change, share a name, or come in thousands. */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "layout/layout.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

TEST(replug_gives_other_inode_numbers)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_keyboard, 1);
	uint64_t seq = s->seq, old, device;
	struct layout *l = tree_with(s);
	struct layout_stat st;
	struct layout_target t;
	uint64_t cursor, ino;
	const char *name;
	mode_t mode;
	char *text;
	size_t len;

	device = (uint64_t)tree_find(l, "1-2");
	old = (uint64_t)tree_find(l, "1-2/config1/interface0/ep81/data");
	CHECK_EQ(layout_seq(old), seq);
	layout_remove(l, seq);
	layout_remove(l, seq);
	CHECK_EQ(tree_find(l, "1-2"), -ENOENT);
	tree_put(l, TREE_DEVICE("1-2", blob_keyboard, 1));
	CHECK(tree_find(l, "1-2/config1/interface0/ep81/data") > 0);
	CHECK(tree_find(l, "1-2/config1/interface0/ep81/data") != (int64_t)old);
	CHECK(!layout_snapshot(l, seq));
	CHECK(layout_snapshot(l, layout_seq((uint64_t)tree_find(l, "1-2"))));
	CHECK_EQ(layout_stat(l, old, &st), -ESTALE);
	CHECK_EQ(layout_target(l, old, &t), -ESTALE);
	CHECK_EQ(layout_text(l, old, &text, &len), -ESTALE);
	CHECK(!layout_path(l, old));
	CHECK_EQ(layout_lookup(l, device, "idVendor", &ino), -ESTALE);
	CHECK_EQ(layout_lookup(l, device, "..", &ino), -ESTALE);
	CHECK_EQ(layout_readdir(l, device, 0, &name, &ino, &mode, &cursor), -ESTALE);
	layout_free(l);
}

/* Another snapshot of the same device. */
static struct snapshot *
again(const struct snapshot *s, int active)
{
	struct snapshot *next = tree_snapshot(s->name, s->descriptors, s->descriptors_len, active);

	next->seq = s->seq;
	return next;
}

TEST(a_change_keeps_inode_numbers)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1), *next;
	struct layout *l = tree_with(s);
	int64_t device = tree_find(l, "1-2"), ep = tree_find(l, "1-2/config1/interface0/ep82/data");
	int64_t attr = tree_find(l, "1-2/config1/interface2/bAlternateSetting");

	CHECK_EQ(layout_snapshot(l, s->seq) == s, true);
	CHECK_STR(tree_text(l, "1-2/config1/interface2/bAlternateSetting"), " 0\n");
	next = again(s, 1);
	tree_alternate(next, 2, 1);
	CHECK_EQ(layout_put(l, next, 99), 0);
	CHECK(layout_snapshot(l, next->seq) == next);
	snapshot_unref(next);
	CHECK_EQ(tree_find(l, "1-2"), device);
	CHECK_EQ(tree_find(l, "1-2/config1/interface0/ep82/data"), ep);
	CHECK_EQ(tree_find(l, "1-2/config1/interface2/bAlternateSetting"), attr);
	CHECK_STR(tree_text(l, "1-2/config1/interface2/bAlternateSetting"), " 1\n");
	CHECK_STR(tree_text(l, "1-2/config1/interface2/bNumEndpoints"), "01\n");
	CHECK_EQ(tree_stat(l, "1-2/idVendor").stamp, 99);
	layout_free(l);
}

TEST(an_endpoint_of_another_setting_is_another_file)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1), *next;
	struct layout *l;
	uint64_t old, told;
	struct layout_stat st;

	tree_alternate(s, 2, 1);
	l = tree_with(s);
	old = (uint64_t)tree_find(l, "1-2/config1/interface2/ep83/data");
	told = (uint64_t)tree_find(l, "1-2/config1/interface2/altsettings/1/ep83/type");
	next = again(s, 1);
	tree_alternate(next, 2, 2);
	tree_put(l, next);
	CHECK(tree_find(l, "1-2/config1/interface2/ep83/data") > 0);
	CHECK(tree_find(l, "1-2/config1/interface2/ep83/data") != (int64_t)old);
	CHECK(tree_find(l, "1-2/config1/interface2/ep04/data") > 0);
	CHECK_EQ(layout_stat(l, old, &st), -ESTALE);
	CHECK_EQ(layout_stat(l, told, &st), 0);
	/* Back again. */
	next = again(next, 1);
	tree_alternate(next, 2, 1);
	tree_put(l, next);
	CHECK_EQ(tree_find(l, "1-2/config1/interface2/ep83/data"), (int64_t)old);
	/* One that the descriptors do not have: the first is shown. */
	next = again(next, 1);
	tree_alternate(next, 2, 77);
	tree_put(l, next);
	CHECK_STR(tree_text(l, "1-2/config1/interface2/bAlternateSetting"), " 0\n");
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(another_configuration)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_two_configs, 3);
	struct layout *l = tree_with(s);
	uint64_t old = (uint64_t)tree_find(l, "1-2/config3/interface0/ep81/data");
	uint64_t dir = (uint64_t)tree_find(l, "1-2/config3/interface0");
	struct layout_stat st;

	CHECK_EQ(tree_check(l, ""), layout_count(l));
	tree_put(l, again(s, 2));
	CHECK_EQ(layout_stat(l, old, &st), -ESTALE);
	CHECK_EQ(tree_find(l, "1-2/config3/interface0"), dir);
	CHECK_EQ(tree_find(l, "1-2/config3/interface0/ep81"), -ENOENT);
	CHECK(tree_find(l, "1-2/config2/interface5/ep8f/data") > 0);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(fewer_descriptors_after_a_change)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1), *next;
	struct layout *l = tree_with(s);
	uint64_t old = (uint64_t)tree_find(l, "1-2/config1/interface2/altsettings/2/ep04/type");
	struct layout_stat st;

	next = tree_snapshot("1-2", blob_composite, 50, 1);
	next->seq = s->seq;
	tree_put(l, next);
	CHECK_EQ(layout_stat(l, old, &st), -ESTALE);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(devices_with_one_name)
{
	struct snapshot *a = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct snapshot *b = TREE_DEVICE("1-1", blob_keyboard, 1), *next;
	struct layout *l = tree_with(a);
	int64_t first = tree_find(l, "1-1"), second;

	tree_put(l, b);
	tree_put(l, TREE_DEVICE("1-1", blob_keyboard, 1));
	CHECK_STR(tree_list(l, ""), TREE_ROOT "1-1 1-1~2 1-1~3 ");
	CHECK_EQ(tree_find(l, "1-1"), first);
	second = tree_find(l, "1-1~2");
	CHECK_EQ(layout_seq((uint64_t)second), b->seq);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	/* A name does not move to another device while that is there, nor with a change. */
	next = again(b, 0);
	layout_remove(l, a->seq);
	tree_put(l, next);
	CHECK_EQ(tree_find(l, "1-1"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1~2"), second);
	tree_put(l, TREE_DEVICE("1-1", blob_keyboard, 1));
	CHECK_STR(tree_list(l, ""), TREE_ROOT "1-1~2 1-1~3 1-1 ");
	layout_free(l);
}

TEST(names_that_cannot_be_names)
{
	static const char *const names[][2] = {
		{"", "unnamed"},
		{".", "_"},
		{"..", "_~2"},
		{"README", "README~2"},
		{"../../etc/passwd", ".._.._etc_passwd"},
		{"a\nb\x1b[31m\x7f", "a_b_[31m_"},
	};
	struct layout *l = tree_new();
	struct snapshot *s;
	char longer[300] = "";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		tree_put(l, TREE_DEVICE(names[i][0], blob_keyboard, 1));
		CHECK(tree_find(l, names[i][1]) > 0);
	}
	memset(longer, 'n', sizeof(longer) - 1);
	tree_put(l, TREE_DEVICE(longer, blob_keyboard, 1));
	tree_put(l, TREE_DEVICE(longer, blob_keyboard, 1));
	s = TREE_DEVICE("", blob_keyboard, 1);
	free(s->name);
	s->name = NULL;
	tree_put(l, s);
	CHECK(tree_find(l, "unnamed~2") > 0);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(seq_that_does_not_fit)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l = tree_new();

	s->seq = (uint64_t)1 << 30;
	CHECK_EQ(layout_put(l, s, 0), -EOVERFLOW);
	CHECK_EQ(s->refs, 1);
	CHECK_EQ(layout_count(l), TREE_ROOT_NODES);
	s->seq--;
	CHECK_EQ(layout_put(l, s, 0), 0);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
	snapshot_unref(s);
}

/* The next name in the root behind *CURSOR, or NULL. */
static const char *
next_name(struct layout *l, uint64_t *cursor)
{
	const char *name;
	uint64_t ino;
	mode_t mode;

	return layout_readdir(l, LAYOUT_ROOT, *cursor, &name, &ino, &mode, cursor) > 0 ? name
										       : NULL;
}

TEST(reading_the_root_while_it_changes)
{
	struct snapshot *s[4];
	struct layout *l = tree_new();
	uint64_t cursor = 0;
	const char *name = "";

	s[0] = TREE_DEVICE("1-1", blob_keyboard, 1);
	s[1] = TREE_DEVICE("1-2", blob_keyboard, 1);
	s[2] = TREE_DEVICE("1-3", blob_keyboard, 1);
	s[3] = TREE_DEVICE("1-4", blob_keyboard, 1);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(layout_put(l, s[i], 0), 0);
	CHECK_STR(next_name(l, &cursor), ".");
	CHECK_STR(next_name(l, &cursor), "..");
	while (strcmp(name, "1-1") != 0)
		name = next_name(l, &cursor);
	CHECK_STR(next_name(l, &cursor), "1-2");
	layout_remove(l, s[0]->seq);
	layout_remove(l, s[1]->seq);
	CHECK_EQ(layout_put(l, s[3], 0), 0);
	CHECK_STR(next_name(l, &cursor), "1-3");
	CHECK_STR(next_name(l, &cursor), "1-4");
	CHECK_STR(next_name(l, &cursor), NULL);
	CHECK_STR(next_name(l, &cursor), NULL);
	layout_free(l);
	for (size_t i = 0; i < 4; i++)
		snapshot_unref(s[i]);
}

TEST(thousands)
{
	enum { N = 5000 };
	struct layout *l = tree_new();
	struct snapshot **s = calloc(N, sizeof(struct snapshot *));
	uint64_t cursor = 0;
	char name[32];
	unsigned n = 0;

	for (unsigned i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "1-%u", i);
		s[i] = TREE_DEVICE(name, blob_composite, 1);
	}
	/* From the last to the first, so that each goes in at the front. */
	for (unsigned i = N; i-- > 0;)
		CHECK_EQ(layout_put(l, s[i], 0), 0);
	while (next_name(l, &cursor))
		n++;
	CHECK_EQ(n, N + TREE_ROOT_NODES + 1); /* less the root, and two dots */
	for (unsigned i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "1-%u/config1/interface1", i);
		CHECK(tree_find(l, name) > 0);
	}
	CHECK(layout_count(l) > N * 100);
	for (unsigned i = 0; i < N; i++)
		layout_remove(l, s[i]->seq);
	CHECK_EQ(layout_count(l), TREE_ROOT_NODES);
	layout_free(l);
	for (unsigned i = 0; i < N; i++)
		snapshot_unref(s[i]);
	free(s);
}

TEST(memory)
{
	enum { N = 100 };
	struct layout *l = tree_new();
	size_t before, after;
	struct snapshot *s[N];

	for (unsigned i = 0; i < N; i++)
		s[i] = TREE_DEVICE("1-1", blob_two_configs, 3);
	before = mallinfo2().uordblks;
	for (unsigned i = 0; i < N; i++)
		CHECK_EQ(layout_put(l, s[i], 0), 0);
	after = mallinfo2().uordblks;
	/* A sanitizer's allocator counts nothing. */
	if (after > before && (after - before) / N > 2048)
		test_fail(__FILE__, __LINE__, "%zu bytes for a device", (after - before) / N);
	layout_free(l);
	for (unsigned i = 0; i < N; i++)
		snapshot_unref(s[i]);
}

/* Asks everything that can be asked of a number; true: there is such a node. */
static bool
ask(struct layout *l, uint64_t ino)
{
	struct layout_stat st;
	struct layout_target t;
	uint64_t cursor, child;
	const char *name;
	char *text;
	size_t len;
	mode_t mode;
	int r = layout_stat(l, ino, &st);

	CHECK(r == 0 || r == -ESTALE);
	CHECK_EQ(layout_target(l, ino, &t), r);
	text = layout_path(l, ino);
	if ((text != NULL) != (r == 0))
		test_fail(__FILE__, __LINE__, "%jx: %s, %d", (uintmax_t)ino, text, r);
	free(text);
	if (layout_text(l, ino, &text, &len) == 0)
		free(text);
	CHECK(layout_readdir(l, ino, 5, &name, &child, &mode, &cursor) <= 1);
	layout_lookup(l, ino, "ep81", &child);
	return r == 0;
}

TEST(any_inode_number_may_come)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_composite, 1));
	uint64_t device = (uint64_t)tree_find(l, "1-1") & ~(uint64_t)0xff, n = 0;

	/* Control requests that are listed have small numbers. */
	CHECK(strncmp(tree_list(l, "1-1/ep00/setup"), "80-06-0100-0000-0012 ", 21) == 0);
	/* Every kind of node at every place in the device, and a bit beyond. */
	for (uint64_t config = 0; config < 3; config++)
		for (uint64_t interface = 0; interface < 5; interface++)
			for (uint64_t alt = 0; alt < 5; alt++)
				for (uint64_t endpoint = 0; endpoint < 16; endpoint++)
					for (uint64_t kind = 0; kind < 256; kind++)
						n += ask(l, device | config << 29 |
								    interface << 21 | alt << 13 |
								    endpoint << 8 | kind);
	/* All of the device is among them, and nothing else. */
	CHECK_STR(tree_list(l, "by-class"), "02-02-01 0a-00-00 0e-02-00 ");
	CHECK_EQ(n, layout_count(l) - TREE_ROOT_NODES - 3);
	for (unsigned bit = 0; bit < 64; bit++) {
		ask(l, (uint64_t)1 << bit);
		ask(l, ~((uint64_t)1 << bit));
		ask(l, device ^ (uint64_t)1 << bit);
	}
	CHECK(!ask(l, 0));
	CHECK(ask(l, LAYOUT_ROOT));
	layout_free(l);
}

TEST(snapshots_are_given_back)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l = tree_new();

	CHECK_EQ(layout_put(l, s, 0), 0);
	CHECK_EQ(s->refs, 2);
	CHECK_EQ(layout_put(l, s, 0), 0);
	CHECK_EQ(s->refs, 2);
	layout_remove(l, s->seq);
	CHECK_EQ(s->refs, 1);
	CHECK_EQ(layout_put(l, s, 0), 0);
	layout_free(l);
	CHECK_EQ(s->refs, 1);
	snapshot_unref(s);
}
