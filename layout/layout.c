/* SPDX-License-Identifier: MIT */
/*
 * Walking the tree: children of a directory, by name and in order, and what a node is. All of it
 * goes by two sources: the table of entries (files), and place_child() (directories that depend on the
 * descriptors).
 */
#include "layout/layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/macro.h"
#include "layout/access.h"
#include "layout/links.h"
#include "layout/tree.h"

enum {
	CURSOR_DOTS = 2,       /* 1 ".", 2 ".." */
	CURSOR_DIRS = 1 << 16, /* directories come after the files, which are below this */
	CURSOR_LINKS = CURSOR_DIRS - 16, /* in the root, those of links.h */
};

uint64_t
layout_device(uint64_t seq)
{
	return id_ino((struct id){.seq = seq, .kind = KIND_DEVICE});
}

/* Is there nothing in it? */
static bool
is_file(struct id id)
{
	return entry_of(id) || links_is_link(id.kind) || id.kind == KIND_SETUP_REQUEST;
}

static uint64_t
device_ino(const struct layout_device *d)
{
	return layout_device(d->snapshot->seq);
}

/* ID is P's own place or one above. */
static struct id
parent_of(const struct place *p, struct id id)
{
	struct place above = *p;

	above.id = id;
	return links_has(id.kind) ? links_parent(&above) : id_parent(id);
}

int
layout_lookup(const struct layout *l, uint64_t parent, const char *name, uint64_t *ret_ino)
{
	struct place p;
	struct id id;
	char at[64];
	unsigned kind;
	int r = place_find(l, parent, &p);

	if (r < 0)
		return r;
	if (is_file(p.id))
		return -ENOTDIR;
	if (strcmp(name, ".") == 0) {
		*ret_ino = parent;
		return 0;
	}
	if (strcmp(name, "..") == 0) {
		*ret_ino = id_ino(parent_of(&p, p.id));
		return 0;
	}
	for (size_t i = 0; i < n_entries; i++) {
		if (entries[i].dir != p.id.kind || strcmp(entries[i].name, name) != 0)
			continue;
		if (!entry_exists(&p, &entries[i]))
			return -ENOENT;
		p.id.kind = KIND_FILE + (unsigned)i;
		*ret_ino = id_ino(p.id);
		return 0;
	}
	if (p.id.kind == KIND_SETUP || links_has(p.id.kind)) {
		if (p.id.kind == KIND_SETUP ? !setup_dir_lookup(&p, name, &id)
					    : !links_lookup(&p, name, &id))
			return -ENOENT;
		*ret_ino = id_ino(id);
		return 0;
	}
	if (p.id.kind == KIND_ROOT) {
		const struct layout_device *d = tree_device_named(l, name);

		if (links_root_lookup(name, &kind)) {
			*ret_ino = id_ino((struct id){.kind = kind});
			return 0;
		}
		if (!d)
			return -ENOENT;
		*ret_ino = device_ino(d);
		return 0;
	}
	for (size_t i = 0; place_child(&p, i, &id); i++) {
		place_name(&p, id, at, sizeof(at));
		if (strcmp(at, name) == 0) {
			*ret_ino = id_ino(id);
			return 0;
		}
	}
	return -ENOENT;
}

static void
stat_place(const struct layout *l, const struct place *p, struct layout_stat *ret)
{
	const struct entry *e = entry_of(p->id);

	*ret = (struct layout_stat){
		.ino = id_ino(p->id),
		.type = place_type(p),
		.uid = p->device ? p->device->snapshot->uid : l->uid,
		.gid = p->device ? p->device->snapshot->gid : l->gid,
		/* 1 for directories, too: with it find does not count subdirectories. */
		.nlink = 1,
		.stamp = p->device ? p->device->stamp : l->stamp,
	};
	if (ret->type == LAYOUT_LINK) {
		ret->mode = S_IFLNK | 0777;
		ret->size = links_target(p, NULL, 0);
		return;
	}
	ret->mode = (ret->type == LAYOUT_DIR ? S_IFDIR : S_IFREG) | access_mode(l, p);
	/* As long as its reply can be, and never empty, or sendfile(2) would not even ask. */
	if (ret->type == LAYOUT_SETUP && !setup_is_written(p->setup))
		ret->size = p->setup->any_length ? SETUP_DATA_MAX
			    : p->setup->length   ? p->setup->length
						 : 1;
	if (e && (e->type == LAYOUT_TEXT || e->type == LAYOUT_ALTERNATE ||
			 e->type == LAYOUT_CONFIG)) {
		size_t len = entry_text(p, e, NULL, 0);

		ret->size = len == NO_SUCH_FILE ? 0 : len;
	}
}

int
layout_stat(const struct layout *l, uint64_t ino, struct layout_stat *ret)
{
	struct place p;
	int r = place_find(l, ino, &p);

	if (r == 0)
		stat_place(l, &p, ret);
	return r;
}

static int
read_root(struct layout *l, uint64_t cursor, const char **ret_name, uint64_t *ret_ino,
	mode_t *ret_mode, uint64_t *ret_cursor)
{
	const struct layout_device *d;
	size_t i = cursor < CURSOR_LINKS ? 0 : (size_t)cursor - CURSOR_LINKS;
	struct place root = {.layout = l};
	unsigned kind;

	if (cursor < CURSOR_DIRS && links_root_dir(i, &kind)) {
		links_name(&root, (struct id){.kind = kind}, l->name, sizeof(l->name));
		*ret_name = l->name;
		*ret_ino = id_ino((struct id){.kind = kind});
		*ret_mode = S_IFDIR;
		*ret_cursor = CURSOR_LINKS + i + 1;
		return 1;
	}
	d = tree_device_after(l, cursor <= CURSOR_DIRS ? 0 : cursor - CURSOR_DIRS);

	if (!d)
		return 0;
	snprintf(l->name, sizeof(l->name), "%s", d->name);
	*ret_name = l->name;
	*ret_ino = device_ino(d);
	*ret_mode = S_IFDIR;
	*ret_cursor = CURSOR_DIRS + d->snapshot->seq;
	return 1;
}

int
layout_readdir(struct layout *l, uint64_t ino, uint64_t cursor, const char **ret_name,
	uint64_t *ret_ino, mode_t *ret_mode, uint64_t *ret_cursor)
{
	struct place p;
	struct id id;
	size_t i;
	int r = place_find(l, ino, &p);

	if (r < 0)
		return r;
	if (is_file(p.id))
		return -ENOTDIR;
	if (cursor < CURSOR_DOTS) {
		*ret_name = cursor == 0 ? "." : "..";
		*ret_ino = cursor == 0 ? ino : id_ino(parent_of(&p, p.id));
		*ret_mode = S_IFDIR;
		*ret_cursor = cursor + 1;
		return 1;
	}
	for (i = (size_t)cursor - CURSOR_DOTS; i < n_entries; i++) {
		if (entries[i].dir != p.id.kind || !entry_exists(&p, &entries[i]))
			continue;
		*ret_name = entries[i].name;
		p.id.kind = KIND_FILE + (unsigned)i;
		*ret_ino = id_ino(p.id);
		*ret_mode = S_IFREG;
		*ret_cursor = i + 1 + CURSOR_DOTS;
		return 1;
	}
	if (p.id.kind == KIND_ROOT)
		return read_root(l, cursor, ret_name, ret_ino, ret_mode, ret_cursor);
	if (links_has(p.id.kind)) {
		if (!links_next(&p, cursor, &id, ret_cursor))
			return 0;
		place_name(&p, id, l->name, sizeof(l->name));
		*ret_name = l->name;
		*ret_ino = id_ino(id);
		*ret_mode = links_is_link(id.kind) ? S_IFLNK : S_IFDIR;
		return 1;
	}
	i = cursor < CURSOR_DIRS ? 0 : (size_t)cursor - CURSOR_DIRS;
	if (!place_child(&p, i, &id))
		return 0;
	place_name(&p, id, l->name, sizeof(l->name));
	*ret_name = l->name;
	*ret_ino = id_ino(id);
	if (links_is_link(id.kind))
		*ret_mode = S_IFLNK;
	else
		*ret_mode = is_file(id) ? S_IFREG : S_IFDIR;
	*ret_cursor = CURSOR_DIRS + i + 1;
	return 1;
}

int
layout_text(const struct layout *l, uint64_t ino, char **ret, size_t *ret_len)
{
	struct place p;
	const struct entry *e;
	char *text;
	size_t len;
	int r = place_find(l, ino, &p);

	if (r < 0)
		return r;
	e = entry_of(p.id);
	if (!e)
		return is_file(p.id) ? -EINVAL : -EISDIR;
	if (e->type != LAYOUT_TEXT && e->type != LAYOUT_LIVE && e->type != LAYOUT_ALTERNATE &&
		e->type != LAYOUT_CONFIG)
		return -EINVAL;
	len = entry_text(&p, e, NULL, 0);
	if (len == NO_SUCH_FILE)
		return -ENOMEM;
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	entry_text(&p, e, text, len);
	*ret = text;
	*ret_len = len;
	return 0;
}

int
layout_link(const struct layout *l, uint64_t ino, char *buf, size_t size)
{
	struct place p;
	size_t len;
	int r = place_find(l, ino, &p);

	if (r < 0)
		return r;
	if (!links_is_link(p.id.kind))
		return -EINVAL;
	len = links_target(&p, buf, size);
	if (len >= size)
		return -ENAMETOOLONG;
	buf[len] = '\0';
	return 0;
}

uint64_t
layout_aliases(void)
{
	return id_ino((struct id){.kind = KIND_BY_NAME});
}

int
layout_target(const struct layout *l, uint64_t ino, struct layout_target *ret)
{
	struct place p;
	const struct entry *e;
	int r = place_find(l, ino, &p);

	if (r < 0)
		return r;
	e = entry_of(p.id);
	*ret = (struct layout_target){
		.type = place_type(&p),
		.snapshot = p.device ? p.device->snapshot : NULL,
		.config = p.config ? p.config->value : -1,
		.interface = p.interface ? p.interface->number : -1,
		.alternate = p.alt ? p.alt->number : -1,
		.endpoint = p.endpoint ? p.endpoint->address : -1,
		.desc = p.endpoint,
		.alt = p.alt,
		.attr = e ? e->attr : NULL,
		.port = p.port > 0 ? (int)p.port : -1,
	};
	if (p.setup)
		ret->setup = *p.setup;
	return 0;
}

int
layout_sibling(const struct layout *l, uint64_t ino, uint8_t address, uint64_t *ret_ino)
{
	struct place p;
	int r = place_find(l, ino, &p);

	if (r < 0)
		return r;
	for (size_t i = 0; p.alt && i < p.alt->n_endpoints; i++) {
		if (p.alt->endpoints[i].address == address) {
			p.id.endpoint = (unsigned)i + 1;
			*ret_ino = id_ino(p.id);
			return 0;
		}
	}
	return -ENOENT;
}

char *
layout_path(const struct layout *l, uint64_t ino)
{
	struct place p;
	struct id above[8]; /* the node and its directories, from the bottom */
	size_t n = 0, len = 0, size = 1;
	char name[300], *path;

	if (place_find(l, ino, &p) < 0)
		return NULL;
	for (struct id id = p.id; id.kind != KIND_ROOT; id = parent_of(&p, id)) {
		above[n++] = id;
		place_name(&p, id, name, sizeof(name));
		size += strlen(name) + 1;
	}
	path = calloc(1, size);
	while (path && n-- > 0) {
		place_name(&p, above[n], name, sizeof(name));
		len += (size_t)snprintf(path + len, size - len, "%s%s", len ? "/" : "", name);
	}
	return path;
}

static uint64_t
count_below(const struct place *p, const struct layout *l)
{
	uint64_t n = 1;
	struct id id;

	for (size_t i = 0; i < n_entries; i++)
		n += entries[i].dir == p->id.kind && entry_exists(p, &entries[i]);
	for (size_t i = 0; place_child(p, i, &id); i++) {
		struct place below;

		if (place_find(l, id_ino(id), &below) == 0)
			n += count_below(&below, l);
	}
	return n;
}

uint64_t
layout_count(const struct layout *l)
{
	uint64_t n = 1 + links_count(l);

	for (size_t i = 0; i < n_entries; i++)
		n += entries[i].dir == KIND_ROOT;
	for (size_t i = 0; i < l->n_devices; i++) {
		struct layout_device *d = l->devices[i];
		struct place p;

		/* What is plugged into a hub changes without a word of the hub itself. */
		if ((d->count == 0 || device_ports(d) > 0) && place_find(l, device_ino(d), &p) == 0)
			d->count = count_below(&p, l);
		n += d->count;
	}
	return n;
}
