/* SPDX-License-Identifier: MIT */
/* by-id, by-serial, by-class and by-name; see links.h. */
#include "layout/links.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/aliases.h"
#include "layout/classes.h"
#include "layout/text.h"

enum { CURSOR_FIRST = 1 << 16 };

static const struct {
	unsigned kind;
	const char *name;
} roots[] = {
	{KIND_BY_ID, "by-id"},
	{KIND_BY_SERIAL, "by-serial"},
	{KIND_BY_CLASS, "by-class"},
	{KIND_BY_NAME, "by-name"},
};

/* ---- names ---- */

/* VVVV:PPPP, and the serial behind it; false: there is none. */
static bool
base_name(const struct layout_device *d, bool with_serial, char base[BASE_NAME_MAX + 1])
{
	const char *serial = snapshot_attr(d->snapshot, "serial");
	struct text t = {.buf = base, .size = BASE_NAME_MAX};

	text_printf(&t, "%04x:%04x", desc_u16(d->index->device, 8), desc_u16(d->index->device, 10));
	if (with_serial) {
		if (!serial || text_attr_len(serial) == 0)
			return false;
		text_put(&t, ":");
		text_word(&t, serial, text_attr_len(serial));
	} else if (d->index->device.len == 0) {
		return false;
	}
	text_end_word(&t);
	return true;
}

static char **
slot(const struct layout_device *d, bool serial)
{
	return (char **)(serial ? &d->by_serial : &d->by_id);
}

static const struct layout_device *
find_by(const struct layout *l, bool serial, const char *name)
{
	for (size_t i = 0; i < l->n_devices; i++) {
		const char *has = *slot(l->devices[i], serial);

		if (has && strcmp(has, name) == 0)
			return l->devices[i];
	}
	return NULL;
}

/* Is NAME that base, or that with something behind it? A base has no ~ in it. */
static bool
is_of(const char *name, const char *base)
{
	size_t len = strlen(base);

	return name && strncmp(name, base, len) == 0 && (!name[len] || name[len] == '~');
}

static int
choose(const struct layout *l, struct layout_device *d, bool serial)
{
	char **name = slot(d, serial), *wish = NULL;
	char base[BASE_NAME_MAX + 1];

	if (!base_name(d, serial, base)) {
		free(*name);
		*name = NULL;
		return 0;
	}
	if (is_of(*name, base))
		return 0;
	for (unsigned n = 0;; n++) {
		int r = n == 0   ? asprintf(&wish, "%s", base)
			: n == 1 ? asprintf(&wish, "%s~%.60s", base, d->name)
				 : asprintf(&wish, "%s~%.60s~%u", base, d->name, n);

		if (r < 0)
			return -ENOMEM;
		if (!find_by(l, serial, wish))
			break;
		free(wish);
	}
	free(*name);
	*name = wish;
	return 0;
}

int
links_name_device(const struct layout *l, struct layout_device *d)
{
	int r = choose(l, d, false);

	return r < 0 ? r : choose(l, d, true);
}

void
links_forget_device(struct layout_device *d)
{
	free(d->by_id);
	free(d->by_serial);
}

bool
links_has_serial(const struct layout_device *d, const char *key)
{
	return is_of(d->by_serial, key);
}

/* ---- the tree ---- */

bool
links_is_link(unsigned kind)
{
	return kind == KIND_LINK_ID || kind == KIND_LINK_SERIAL || kind == KIND_LINK_CLASS ||
	       kind == KIND_LINK_PORT || kind == KIND_LINK_PEER || kind == KIND_LINK_NAME;
}

bool
links_has(unsigned kind)
{
	return kind >= KIND_BY_ID && kind <= KIND_LINK_NAME;
}

bool
links_exists(const struct place *p)
{
	switch (p->id.kind) {
	case KIND_LINK_ID:
		return p->device->by_id;
	case KIND_LINK_SERIAL:
		return p->device->by_serial;
	case KIND_LINK_CLASS:
		return p->active;
	case KIND_LINK_PORT:
	case KIND_LINK_PEER:
		return port_link_exists(p);
	case KIND_LINK_NAME:
		return alias_device(p->layout, alias_by_id(p->layout, p->id)) == p->device;
	case KIND_CLASS:
		return class_exists(p->layout, class_of_id(p->id));
	default:
		return true;
	}
}

bool
links_root_dir(size_t i, unsigned *ret_kind)
{
	if (i >= ARRAY_SIZE(roots))
		return false;
	*ret_kind = roots[i].kind;
	return true;
}

bool
links_root_lookup(const char *name, unsigned *ret_kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		if (strcmp(roots[i].name, name) == 0) {
			*ret_kind = roots[i].kind;
			return true;
		}
	}
	return false;
}

static bool
lookup_device(const struct place *p, bool serial, const char *name, struct id *ret)
{
	const struct layout_device *d = find_by(p->layout, serial, name);

	if (!d)
		return false;
	*ret = (struct id){
		.seq = d->snapshot->seq, .kind = serial ? KIND_LINK_SERIAL : KIND_LINK_ID};
	return true;
}

static bool
lookup_class(const struct place *p, const char *name, struct id *ret)
{
	unsigned a, b, c;
	char again[16];

	if (sscanf(name, "%2x-%2x-%2x", &a, &b, &c) != 3)
		return false;
	*ret = class_id(a << 16 | b << 8 | c);
	links_name(p, *ret, again, sizeof(again));
	return strcmp(name, again) == 0 && class_exists(p->layout, class_of_id(*ret));
}

bool
links_lookup(const struct place *p, const char *name, struct id *ret)
{
	switch (p->id.kind) {
	case KIND_BY_ID:
		return lookup_device(p, false, name, ret);
	case KIND_BY_SERIAL:
		return lookup_device(p, true, name, ret);
	case KIND_BY_CLASS:
		return lookup_class(p, name, ret);
	case KIND_CLASS:
		return class_lookup(p, name, ret);
	default:
		return alias_id(p->layout, alias_named(p->layout, name), ret);
	}
}

static bool
next_device(const struct place *p, bool serial, uint64_t after, struct id *ret, uint64_t *ret_after)
{
	const struct layout_device *d = tree_device_after(p->layout, after);

	while (d && !*slot(d, serial))
		d = tree_device_after(p->layout, d->snapshot->seq);
	if (!d)
		return false;
	*ret = (struct id){
		.seq = d->snapshot->seq, .kind = serial ? KIND_LINK_SERIAL : KIND_LINK_ID};
	*ret_after = d->snapshot->seq;
	return true;
}

bool
links_next(const struct place *p, uint64_t cursor, struct id *ret, uint64_t *ret_cursor)
{
	uint64_t after = cursor < CURSOR_FIRST ? 0 : cursor - CURSOR_FIRST, next = 0;
	uint32_t class;
	bool found;

	switch (p->id.kind) {
	case KIND_BY_ID:
	case KIND_BY_SERIAL:
		found = next_device(p, p->id.kind == KIND_BY_SERIAL, after, ret, &next);
		break;
	case KIND_BY_CLASS:
		found = class_next(p->layout, (uint32_t)after, &class);
		if (found) {
			*ret = class_id(class);
			next = class + 1;
		}
		break;
	case KIND_CLASS:
		found = class_next_interface(p, after, ret, &next);
		break;
	default:
		found = alias_next(p->layout, after, ret, &next);
	}
	*ret_cursor = CURSOR_FIRST + next;
	return found;
}

void
links_name(const struct place *p, struct id id, char *name, size_t size)
{
	const struct layout_device *d = id.seq ? tree_device(p->layout, id.seq) : NULL;
	const struct alias *a;

	*name = '\0';
	switch (id.kind) {
	case KIND_LINK_ID:
	case KIND_LINK_SERIAL:
		if (d)
			snprintf(name, size, "%s", *slot(d, id.kind == KIND_LINK_SERIAL));
		break;
	case KIND_LINK_CLASS:
		if (d)
			class_link_name(d, id, name, size);
		break;
	case KIND_LINK_PORT:
		snprintf(name, size, "device");
		break;
	case KIND_LINK_PEER:
		snprintf(name, size, "peer");
		break;
	case KIND_LINK_NAME:
		a = alias_by_id(p->layout, id);
		if (a)
			snprintf(name, size, "%s", a->name);
		break;
	case KIND_CLASS:
		snprintf(name, size, "%02x-%02x-%02x", class_of_id(id) >> 16,
			class_of_id(id) >> 8 & 0xff, class_of_id(id) & 0xff);
		break;
	default:
		for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
			if (roots[i].kind == id.kind)
				snprintf(name, size, "%s", roots[i].name);
	}
}

struct id
links_parent(const struct place *p)
{
	struct id id = p->id;

	switch (id.kind) {
	case KIND_LINK_PORT:
	case KIND_LINK_PEER:
		id.kind = KIND_PORT;
		return id;
	case KIND_LINK_ID:
		return (struct id){.kind = KIND_BY_ID};
	case KIND_LINK_SERIAL:
		return (struct id){.kind = KIND_BY_SERIAL};
	case KIND_LINK_NAME:
		return (struct id){.kind = KIND_BY_NAME};
	case KIND_CLASS:
		return (struct id){.kind = KIND_BY_CLASS};
	case KIND_LINK_CLASS:
		return class_id(class_of(p->device, p->interface));
	default:
		return (struct id){.kind = KIND_ROOT};
	}
}

size_t
links_target(const struct place *p, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	char name[64];

	if (p->id.kind == KIND_LINK_PORT || p->id.kind == KIND_LINK_PEER)
		return port_link_target(p, buf, size);
	text_put(&t, p->id.kind == KIND_LINK_CLASS ? "../../" : "../");
	text_put(&t, p->device->name);
	if (p->id.kind == KIND_LINK_CLASS) {
		struct id id = p->id;

		id.kind = KIND_INTERFACE;
		place_name(p, id_parent(id), name, sizeof(name));
		text_put(&t, "/");
		text_put(&t, name);
		place_name(p, id, name, sizeof(name));
		text_put(&t, "/");
		text_put(&t, name);
	}
	return t.len;
}

uint64_t
links_count(const struct layout *l)
{
	uint64_t n = ARRAY_SIZE(roots), cursor = 0;
	struct id id;

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct desc_config *c = class_config(l->devices[i]);

		n += (l->devices[i]->by_id != NULL) + (l->devices[i]->by_serial != NULL) +
		     (c ? c->n_interfaces : 0);
	}
	for (uint32_t class = 0; class_next(l, class, &class); class ++)
		n++;
	while (alias_next(l, cursor, &id, &cursor))
		n++;
	return n;
}
