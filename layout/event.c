/* SPDX-License-Identifier: MIT */
/* Lines of the file events, and what they are about; see event.h. */
#include "layout/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/text.h"
#include "layout/tree.h"

static void
device_words(struct text *t, const struct layout_device *d, bool removed)
{
	/* What is unplugged loses its configuration first, which may be seen or not: whoever is told
	 * that it has gone wants to know what it was. */
	int value = removed ? d->last_config : d->snapshot->active_config;
	const struct desc_config *c = value > 0 ? desc_config(d->index, value) : NULL;
	struct desc_span s = d->index->device;

	text_put(t, " ");
	text_word(t, d->name, strlen(d->name));
	text_printf(t, " %04x:%04x %02x/%02x/%02x", desc_u16(s, 8), desc_u16(s, 10), desc_u8(s, 4),
		desc_u8(s, 5), desc_u8(s, 6));
	for (size_t i = 0; c && i < c->n_interfaces; i++) {
		struct desc_span a = alt_in_force(d->snapshot, &c->interfaces[i])->self;

		text_printf(t, "%s%02x/%02x/%02x", i == 0 ? " " : "+", desc_u8(a, 5), desc_u8(a, 6),
			desc_u8(a, 7));
	}
	if (!c || c->n_interfaces == 0)
		text_put(t, " -");
}

static void
write_line(struct text *t, const struct layout_device *d, const char *action,
	const struct snapshot_interface *i)
{
	text_put(t, action);
	device_words(t, d, strcmp(action, "remove") == 0);
	if (i) {
		text_printf(t, " %u ", i->number);
		text_word(t, i->driver, strlen(i->driver));
	}
	text_put(t, "\n");
}

int
event_line(const struct layout *l, uint64_t seq, const char *action,
	const struct snapshot_interface *i, char **ret)
{
	const struct layout_device *d = tree_device(l, seq);
	struct text t = {.buf = NULL};

	if (!d)
		return -ENOENT;
	write_line(&t, d, action, i);
	t = (struct text){.buf = malloc(t.len + 1), .size = t.len};
	if (!t.buf)
		return -ENOMEM;
	write_line(&t, d, action, i);
	t.buf[t.len] = '\0';
	*ret = t.buf;
	return 0;
}

uint64_t
layout_next_device(const struct layout *l, uint64_t seq)
{
	const struct layout_device *d = tree_device_after(l, seq);

	return d ? d->snapshot->seq : 0;
}

/* Is the driver of I, of one snapshot, not that of the same interface in the other one? */
static bool
driver_is_news(const struct snapshot_interface *i, const struct snapshot *other)
{
	const struct snapshot_interface *o = snapshot_interface(other, i->number);

	return i->driver && (!o || !o->driver || strcmp(o->driver, i->driver) != 0);
}

/* Those that are read afresh every time change without anyone's doing. */
static bool
is_live(const char *name)
{
	unsigned port;
	int prefix = 0;

	if (sscanf(name, "port%u/%n", &port, &prefix) == 1)
		name += prefix;
	for (size_t i = 0; i < n_entries; i++)
		if ((entries[i].type == LAYOUT_LIVE || entries[i].type == LAYOUT_SETTING) &&
			(entries[i].dir == KIND_PORT) == (prefix > 0) &&
			strcmp(entries[i].attr, name) == 0)
			return true;
	return false;
}

static bool
attrs_equal(const struct snapshot_attr *a, size_t n, const struct snapshot_attr *b, size_t m)
{
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].name, b[i].name) != 0 ||
			(strcmp(a[i].text, b[i].text) != 0 && !is_live(a[i].name)))
			return false;
	return true;
}

static bool
interfaces_equal(const struct snapshot *a, const struct snapshot *b)
{
	if (a->n_interfaces != b->n_interfaces)
		return false;
	for (size_t i = 0; i < a->n_interfaces; i++) {
		const struct snapshot_interface *x = &a->interfaces[i], *y = &b->interfaces[i];

		if (x->number != y->number || x->alternate != y->alternate ||
			!attrs_equal(x->attrs, x->n_attrs, y->attrs, y->n_attrs))
			return false;
	}
	return true;
}

/* Apart from the drivers. */
static bool
equal(const struct snapshot *a, const struct snapshot *b)
{
	return a->active_config == b->active_config && a->devnum == b->devnum && a->uid == b->uid &&
	       a->gid == b->gid && a->mode == b->mode && a->descriptors_len == b->descriptors_len &&
	       a->bos_len == b->bos_len &&
	       (a->descriptors_len == 0 ||
		       memcmp(a->descriptors, b->descriptors, a->descriptors_len) == 0) &&
	       (a->bos_len == 0 || memcmp(a->bos, b->bos, a->bos_len) == 0) &&
	       attrs_equal(a->attrs, a->n_attrs, b->attrs, b->n_attrs) && interfaces_equal(a, b);
}

const char *
event_next(const struct snapshot *old, const struct snapshot *new, unsigned *at,
	const struct snapshot_interface **ret)
{
	size_t first = old->n_interfaces, second = first + 1, i;

	*ret = NULL;
	/* Unbound, changed, bound: as it happens. */
	while ((i = (*at)++) < second + new->n_interfaces) {
		if (i < first && driver_is_news(&old->interfaces[i], new)) {
			*ret = &old->interfaces[i];
			return "unbind";
		}
		if (i == first) {
			bool drivers = false;

			for (size_t k = 0; k < old->n_interfaces; k++)
				drivers |= driver_is_news(&old->interfaces[k], new);
			for (size_t k = 0; k < new->n_interfaces; k++)
				drivers |= driver_is_news(&new->interfaces[k], old);
			if (!equal(old, new) || !drivers)
				return "change";
		}
		if (i >= second && driver_is_news(&new->interfaces[i - second], old)) {
			*ret = &new->interfaces[i - second];
			return "bind";
		}
	}
	return NULL;
}
