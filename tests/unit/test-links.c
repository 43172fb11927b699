/* SPDX-License-Identifier: MIT */
/* by-id, by-serial, by-class and by-name: names, where they lead, and that they are stable. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "layout/alias.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static const char *
link_of(const struct layout *l, const char *path)
{
	static char target[512];
	int64_t ino = tree_find(l, path);

	return ino > 0 && layout_link(l, (uint64_t)ino, target, sizeof(target)) == 0 ? target
										     : NULL;
}

static struct snapshot *
keyboard(const char *name, const char *serial)
{
	struct snapshot *s = TREE_DEVICE(name, blob_keyboard, 1);

	if (serial)
		tree_attr(s, "serial", serial);
	return s;
}

TEST(by_id)
{
	struct layout *l = tree_with(keyboard("1-2.4", NULL));
	struct layout_stat s = tree_stat(l, "by-id/046d:c31c");

	CHECK_STR(tree_list(l, "by-id"), "046d:c31c ");
	CHECK_STR(link_of(l, "by-id/046d:c31c"), "../1-2.4");
	CHECK_EQ(s.mode, S_IFLNK | 0777);
	CHECK_EQ(s.size, strlen("../1-2.4"));
	CHECK_EQ(s.type, LAYOUT_LINK);
	CHECK_EQ(tree_find(l, "by-id/046D:C31C"), -ENOENT);
	CHECK_EQ(tree_find(l, "by-id/046d:c31c/x"), -ENOTDIR);
	CHECK_EQ(tree_find(l, "by-id/.."), LAYOUT_ROOT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

/* Twins: nobody is renamed by the coming and going of the other. */
TEST(names_are_stable)
{
	struct snapshot *a = keyboard("1-1", "S"), *b = keyboard("1-2", "S"), *c;
	struct layout *l = tree_new();

	CHECK_EQ(layout_put(l, a, 0), 0);
	CHECK_EQ(layout_put(l, b, 0), 0);
	tree_put(l, keyboard("1-3", "S"));
	CHECK_STR(tree_list(l, "by-id"), "046d:c31c 046d:c31c~1-2 046d:c31c~1-3 ");
	CHECK_STR(tree_list(l, "by-serial"), "046d:c31c:S 046d:c31c:S~1-2 046d:c31c:S~1-3 ");
	layout_remove(l, a->seq);
	CHECK_STR(tree_list(l, "by-id"), "046d:c31c~1-2 046d:c31c~1-3 ");
	/* A change is no reason either. */
	c = snapshot_new(b->seq);
	c->name = strdup("1-2");
	c->descriptors = malloc(sizeof(blob_keyboard));
	memcpy(c->descriptors, blob_keyboard, sizeof(blob_keyboard));
	c->descriptors_len = sizeof(blob_keyboard);
	tree_put(l, c);
	CHECK_STR(tree_list(l, "by-id"), "046d:c31c~1-2 046d:c31c~1-3 ");
	CHECK_STR(tree_list(l, "by-serial"), "046d:c31c:S~1-3 ");
	tree_put(l, keyboard("1-1", "S"));
	CHECK_STR(tree_list(l, "by-id"), "046d:c31c~1-2 046d:c31c~1-3 046d:c31c ");
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
	snapshot_unref(a);
	snapshot_unref(b);
}

TEST(serials_are_escaped)
{
	struct layout *l = tree_new();
	char longest[600];

	tree_put(l, keyboard("1-1", "../a b~%\n\x1b[\xff\n"));
	tree_put(l, keyboard("1-2", "\n"));
	tree_put(l, keyboard("1-3", ""));
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	tree_put(l, keyboard("1-4", longest));
	tree_put(l, keyboard("1-5", longest));
	CHECK_STR(link_of(l, "by-serial/046d:c31c:..%2fa%20b%7e%25%0a%1b%5b%ff"), "../1-1");
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(by_class)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_composite, 1);
	struct layout *l = tree_with(s);

	CHECK_STR(tree_list(l, "by-class"), "02-02-01 0a-00-00 0e-02-00 ");
	CHECK_STR(tree_list(l, "by-class/0a-00-00"), "1-1:1.1 ");
	CHECK_STR(link_of(l, "by-class/0a-00-00/1-1:1.1"), "../../1-1/config1/interface1");
	tree_put(l, keyboard("1-2", NULL));
	tree_put(l, keyboard("1-3", NULL));
	CHECK_STR(tree_list(l, "by-class"), "02-02-01 03-00-00 03-01-01 0a-00-00 0e-02-00 ");
	CHECK_STR(tree_list(l, "by-class/03-01-01"), "1-2:1.0 1-3:1.0 ");
	CHECK_EQ(tree_find(l, "by-class/03-01-01/.."), tree_find(l, "by-class"));
	CHECK_EQ(tree_find(l, "by-class/03-01-02"), -ENOENT);
	CHECK_EQ(tree_find(l, "by-class/3-1-1"), -ENOENT);
	CHECK_EQ(tree_find(l, "by-class/03-01-01x"), -ENOENT);
	CHECK_EQ(tree_find(l, "by-class/03-01-01/1-2:1.1"), -ENOENT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(only_what_is_in_force_has_a_class)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_two_configs, 0));

	CHECK_STR(tree_list(l, "by-class"), "");
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

/* The text of all aliases. */
static const char *
aliases(const struct layout *l)
{
	static char buf[1000];
	char *text;
	size_t len;

	CHECK_EQ(layout_alias_text(l, &text, &len), 0);
	CHECK(len < sizeof(buf));
	memcpy(buf, text, len);
	buf[len] = '\0';
	free(text);
	return buf;
}

static uint64_t
device(const struct layout *l, const char *name)
{
	return layout_seq((uint64_t)tree_find(l, name));
}

TEST(aliases_follow_the_device)
{
	struct snapshot *a = keyboard("1-1", "A/1\n");
	struct layout *l = tree_new();
	uint64_t ino;

	CHECK_EQ(layout_put(l, a, 0), 0);
	tree_put(l, keyboard("1-2", NULL));
	CHECK_EQ(layout_alias_add(l, "my scope", device(l, "1-1"), &ino), 0);
	CHECK_EQ(ino, tree_find(l, "by-name/my scope"));
	CHECK_EQ(layout_alias_add(l, "keys", device(l, "1-2"), &ino), 0);
	CHECK_EQ(layout_alias_add(l, "keys", device(l, "1-1"), &ino), -EEXIST);
	CHECK_STR(link_of(l, "by-name/my scope"), "../1-1");
	CHECK_STR(aliases(l), "my%20scope serial 046d:c31c:A%2f1\nkeys port 1-2\n");
	CHECK(!layout_alias_away(l, 0));
	CHECK_EQ(tree_check(l, ""), layout_count(l));

	layout_remove(l, a->seq);
	CHECK_STR(tree_list(l, "by-name"), "keys ");
	CHECK_STR(layout_alias_away(l, 0), "my scope");
	CHECK(!layout_alias_away(l, 1));
	tree_put(l, keyboard("1-7", "A/1\n"));
	CHECK_STR(link_of(l, "by-name/my scope"), "../1-7");
	CHECK_EQ(tree_check(l, ""), layout_count(l));

	CHECK_EQ(layout_alias_rename(l, "my scope", "scope", true), 0);
	CHECK_EQ(layout_alias_rename(l, "scope", "keys", true), -EEXIST);
	CHECK_EQ(layout_alias_rename(l, "scope", "keys", false), 0);
	CHECK_EQ(layout_alias_rename(l, "scope", "x", false), -ENOENT);
	CHECK_EQ(layout_alias_rename(l, "keys", "a/b", false), -EINVAL);
	CHECK_STR(tree_list(l, "by-name"), "keys ");
	CHECK_STR(link_of(l, "by-name/keys"), "../1-7");
	CHECK_EQ(layout_alias_remove(l, "keys"), 0);
	CHECK_EQ(layout_alias_remove(l, "keys"), -ENOENT);
	CHECK_STR(aliases(l), "");
	layout_free(l);
	snapshot_unref(a);
}

TEST(a_shared_serial_identifies_nobody)
{
	struct layout *l = tree_with(keyboard("1-1", "0001"));
	uint64_t ino;

	tree_put(l, keyboard("1-2", "0001"));
	CHECK_EQ(layout_alias_add(l, "second", device(l, "1-2"), &ino), 0);
	CHECK_STR(aliases(l), "second port 1-2\n");
	CHECK_STR(link_of(l, "by-name/second"), "../1-2");
	layout_free(l);
}

TEST(an_alias_whose_device_is_away_makes_room)
{
	static const char text[] = "a port 1-9\nb port 1-1\n";
	struct layout *l = tree_with(keyboard("1-1", NULL));
	unsigned line;
	uint64_t ino;

	CHECK_EQ(layout_alias_load(l, text, sizeof(text) - 1, &line), 0);
	CHECK_STR(tree_list(l, "by-name"), "b ");
	CHECK_EQ(layout_alias_add(l, "a", device(l, "1-1"), &ino), 0);
	CHECK_STR(aliases(l), "b port 1-1\na port 1-1\n");
	CHECK_EQ(layout_alias_load(l, "c port 1-9\n", 11, &line), 0);
	CHECK_EQ(layout_alias_add(l, "d", device(l, "1-1"), &ino), 0);
	CHECK_EQ(layout_alias_rename(l, "d", "c", true), 0);
	CHECK_STR(aliases(l), "c port 1-1\n");
	layout_free(l);
}

static unsigned
wrong_line(const char *text)
{
	struct layout *l = tree_new();
	unsigned line = 0;
	int r;

	CHECK_EQ(layout_alias_load(l, "kept port 1-1", 13, &line), 0);
	r = layout_alias_load(l, text, strlen(text), &line);
	CHECK_EQ(r, line ? -EINVAL : 0);
	if (line)
		CHECK_STR(aliases(l), "kept port 1-1\n");
	layout_free(l);
	return line;
}

/* One that is cut off is never cut within an escape, or the file would not say the same. */
TEST(long_serials_survive_the_file)
{
	char serial[300];

	for (size_t n = 1; n < 200; n++) {
		struct layout *l;
		char first[1000];
		unsigned line;
		uint64_t ino;

		memset(serial, 'a', sizeof(serial));
		memset(serial + n, '/', sizeof(serial) - n);
		serial[sizeof(serial) - 1] = '\0';
		l = tree_with(keyboard("1-1", serial));
		CHECK_EQ(layout_alias_add(l, "a", device(l, "1-1"), &ino), 0);
		snprintf(first, sizeof(first), "%s", aliases(l));
		CHECK_EQ(layout_alias_load(l, first, strlen(first), &line), 0);
		CHECK_STR(aliases(l), first);
		CHECK_STR(tree_list(l, "by-name"), "a ");
		layout_free(l);
	}
}

TEST(texts_of_aliases)
{
	struct layout *l = tree_new();
	static const char text[] = "# mine\n\n  scope\tserial  046D:C31C:a%2Fb~\n%61 port 1-2.4";
	unsigned line;

	CHECK_EQ(layout_alias_load(l, text, sizeof(text) - 1, &line), 0);
	CHECK_STR(aliases(l), "scope serial 046d:c31c:a%2fb%7e\na port 1-2.4\n");
	layout_free(l);
	CHECK_EQ(wrong_line(""), 0);
	CHECK_EQ(wrong_line("\n\n# x"), 0);
	CHECK_EQ(wrong_line("a port 1-1\na port 1-2\n"), 2);
	CHECK_EQ(wrong_line("a port\n"), 1);
	CHECK_EQ(wrong_line("a\n"), 1);
	CHECK_EQ(wrong_line("a port 1-1 x\n"), 1);
	CHECK_EQ(wrong_line("a place 1-1\n"), 1);
	CHECK_EQ(wrong_line("a/b port 1-1\n"), 1);
	CHECK_EQ(wrong_line("a%2fb port 1-1\n"), 1);
	CHECK_EQ(wrong_line(".. port 1-1\n"), 1);
	CHECK_EQ(wrong_line("a serial 046d:c31c\n"), 1);
	CHECK_EQ(wrong_line("a serial 046d-c31c:x\n"), 1);
	CHECK_EQ(wrong_line("a serial 046g:c31c:x\n"), 1);
}

static int64_t
resolve(const struct layout *l, const char *from, const char *path)
{
	uint64_t ino;
	int r = layout_resolve(l, (uint64_t)tree_find(l, from), path, &ino);

	return r < 0 ? r : (int64_t)ino;
}

TEST(paths)
{
	struct layout *l = tree_with(keyboard("1-1", "S"));
	char longest[2000];
	uint64_t ino;

	CHECK_EQ(layout_alias_add(l, "a", device(l, "1-1"), &ino), 0);
	CHECK_EQ(resolve(l, "by-name", "../1-1"), tree_find(l, "1-1"));
	CHECK_EQ(resolve(l, "by-name", "a"), tree_find(l, "1-1"));
	CHECK_EQ(resolve(l, "", "by-name/a/config1"), tree_find(l, "1-1/config1"));
	CHECK_EQ(resolve(l, "by-id", "/by-serial/046d:c31c:S//."), tree_find(l, "1-1"));
	CHECK_EQ(resolve(l, "", "by-class/03-01-01/1-1:1.0/../.."), tree_find(l, "1-1"));
	CHECK_EQ(resolve(l, "", "/"), LAYOUT_ROOT);
	CHECK_EQ(resolve(l, "", ""), -ENOENT);
	CHECK_EQ(resolve(l, "", "nothing"), -ENOENT);
	CHECK_EQ(resolve(l, "", "README/x"), -ENOTDIR);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_EQ(resolve(l, "", longest), -ENOENT);
	layout_free(l);
}
