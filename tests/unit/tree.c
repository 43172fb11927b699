/* SPDX-License-Identifier: MIT */
/* Helpers for the tests of layout/; see tree.h. */
#include "tests/unit/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

struct snapshot *
tree_snapshot(const char *name, const uint8_t *blob, size_t len, int active)
{
	struct snapshot *s = snapshot_new(0);
	struct desc_index *x = desc_index_new(blob, len);
	const struct desc_config *c = desc_config(x, active);

	s->name = strdup(name);
	s->busnum = 1;
	s->devnum = 4;
	s->speed_kbit = 480000;
	s->uid = 1000;
	s->gid = 46;
	s->mode = 0664;
	s->descriptors = malloc(len ? len : 1);
	memcpy(s->descriptors, blob, len);
	s->descriptors_len = len;
	s->active_config = active;
	for (size_t i = 0; c && i < c->n_interfaces; i++)
		CHECK(snapshot_add_interface(s, c->interfaces[i].number));
	desc_index_free(x);
	return s;
}

void
tree_attr(struct snapshot *s, const char *name, const char *text)
{
	CHECK_EQ(snapshot_add_attr(s, name, text, strlen(text)), 0);
}

static struct snapshot_interface *
interface_of(struct snapshot *s, uint8_t number)
{
	for (size_t i = 0; i < s->n_interfaces; i++)
		if (s->interfaces[i].number == number)
			return &s->interfaces[i];
	test_fail(__FILE__, __LINE__, "no interface %d", number);
}

void
tree_interface_attr(struct snapshot *s, uint8_t interface, const char *name, const char *text)
{
	struct snapshot_interface *i = interface_of(s, interface);

	CHECK_EQ(snapshot_interface_add_attr(i, name, text, strlen(text)), 0);
}

void
tree_alternate(struct snapshot *s, uint8_t interface, uint8_t alternate)
{
	interface_of(s, interface)->alternate = alternate;
}

struct layout *
tree_new(void)
{
	struct layout *l = layout_new(TREE_UID, TREE_GID, TREE_STAMP);

	CHECK(l);
	return l;
}

void
tree_put(struct layout *l, struct snapshot *s)
{
	CHECK_EQ(layout_put(l, s, TREE_STAMP + 1), 0);
	snapshot_unref(s);
}

struct layout *
tree_with(struct snapshot *s)
{
	struct layout *l = tree_new();

	tree_put(l, s);
	return l;
}

int64_t
tree_find(const struct layout *l, const char *path)
{
	uint64_t ino = LAYOUT_ROOT;

	while (*path) {
		char name[256];
		size_t len = strcspn(path, "/");
		int r;

		CHECK(len < sizeof(name));
		memcpy(name, path, len);
		name[len] = '\0';
		path += path[len] ? len + 1 : len;
		r = layout_lookup(l, ino, name, &ino);
		if (r < 0)
			return r;
	}
	CHECK(ino <= INT64_MAX);
	return (int64_t)ino;
}

static uint64_t
must_find(const struct layout *l, const char *path)
{
	int64_t ino = tree_find(l, path);

	if (ino < 0)
		test_fail(__FILE__, __LINE__, "no %s: %s", path, strerror((int)-ino));
	return (uint64_t)ino;
}

struct layout_stat
tree_stat(const struct layout *l, const char *path)
{
	struct layout_stat s;

	CHECK_EQ(layout_stat(l, must_find(l, path), &s), 0);
	return s;
}

struct layout_target
tree_target(const struct layout *l, const char *path)
{
	struct layout_target t;

	CHECK_EQ(layout_target(l, must_find(l, path), &t), 0);
	return t;
}

mode_t
tree_mode(const struct layout *l, const char *path)
{
	return tree_stat(l, path).mode;
}

/* What is returned lives in one of these. */
static char *
slot(char *text)
{
	static char *slots[8];
	static unsigned next;

	free(slots[next]);
	slots[next] = text;
	next = (next + 1) % 8;
	return text;
}

const char *
tree_text(const struct layout *l, const char *path)
{
	int64_t ino = tree_find(l, path);
	char *text;
	size_t len;

	if (ino < 0)
		return NULL;
	CHECK_EQ(layout_text(l, (uint64_t)ino, &text, &len), 0);
	text = realloc(text, len + 1);
	text[len] = '\0';
	return slot(text);
}

size_t
tree_len(const struct layout *l, const char *path)
{
	char *text;
	size_t len;

	CHECK_EQ(layout_text(l, must_find(l, path), &text, &len), 0);
	free(text);
	return len;
}

const char *
tree_list(struct layout *l, const char *path)
{
	uint64_t dir = must_find(l, path), cursor = 0, ino;
	char *list = strdup("");
	const char *name;
	mode_t mode;
	int r;

	while ((r = layout_readdir(l, dir, cursor, &name, &ino, &mode, &cursor)) > 0) {
		char *longer;

		if (name[0] == '.')
			continue;
		CHECK(asprintf(&longer, "%s%s ", list, name) > 0);
		free(list);
		list = longer;
	}
	CHECK_EQ(r, 0);
	return slot(list);
}

/* The numbers that have come up so far, in the order in which they did. */
struct seen {
	uint64_t *inos;
	size_t n, room;
};

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
check_unique(struct seen *seen)
{
	qsort(seen->inos, seen->n, sizeof(*seen->inos), compare);
	for (size_t i = 1; i < seen->n; i++)
		CHECK(seen->inos[i - 1] != seen->inos[i]);
}

static void
check_node(struct layout *l, uint64_t dir, const char *name, uint64_t ino, mode_t mode,
	const char *path)
{
	struct layout_stat s;
	struct layout_target t;
	uint64_t found, up;
	char *text;
	size_t len;

	CHECK_EQ(layout_lookup(l, dir, name, &found), 0);
	CHECK_EQ(found, ino);
	CHECK_EQ(layout_stat(l, ino, &s), 0);
	CHECK_EQ(s.ino, ino);
	CHECK_EQ(s.mode & S_IFMT, mode & S_IFMT);
	CHECK_EQ(layout_target(l, ino, &t), 0);
	CHECK_EQ(t.type, s.type);
	CHECK_EQ(t.snapshot ? t.snapshot->seq : 0, layout_seq(ino));
	text = layout_path(l, ino);
	CHECK_STR(text, path);
	free(text);
	if (s.type == LAYOUT_DIR) {
		CHECK_EQ(layout_lookup(l, ino, "..", &up), 0);
		CHECK_EQ(up, dir);
		CHECK_EQ(layout_text(l, ino, &text, &len), -EISDIR);
	} else {
		CHECK_EQ(layout_lookup(l, ino, "x", &up), -ENOTDIR);
	}
	if (s.type != LAYOUT_TEXT)
		return;
	CHECK_EQ(layout_text(l, ino, &text, &len), 0);
	CHECK_EQ(len, s.size);
	free(text);
}

static uint64_t
check_below(struct layout *l, uint64_t dir, const char *path, struct seen *seen)
{
	uint64_t cursor = 0, ino, n = 1, before;
	const char *borrowed;
	mode_t mode;
	int r;

	for (;;) {
		_cleanup_free_ char *name = NULL, *below = NULL;

		before = cursor;
		r = layout_readdir(l, dir, cursor, &borrowed, &ino, &mode, &cursor);
		if (r == 0)
			return n;
		CHECK_EQ(r, 1);
		CHECK(cursor > before);
		/* The name is gone with the next call. */
		name = strdup(borrowed);
		CHECK(*name && !strchr(name, '/'));
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (seen->n == seen->room) {
			seen->room = seen->room ? seen->room * 2 : 64;
			seen->inos = realloc(seen->inos, seen->room * sizeof(*seen->inos));
		}
		seen->inos[seen->n++] = ino;
		CHECK(asprintf(&below, "%s%s%s", path, *path ? "/" : "", name) > 0);
		check_node(l, dir, name, ino, mode, below);
		n += S_ISDIR(mode) ? check_below(l, ino, below, seen) : 1;
	}
}

uint64_t
tree_check(struct layout *l, const char *path)
{
	struct seen seen = {.n = 0};
	uint64_t n = check_below(l, must_find(l, path), path, &seen);

	check_unique(&seen);
	free(seen.inos);
	return n;
}
