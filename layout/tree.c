/* SPDX-License-Identifier: MIT */
/* Which devices are in the tree, and how they are called there; see tree.h. */
#include "layout/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/aliases.h"
#include "layout/links.h"

struct layout *
layout_new(uid_t uid, gid_t gid, int64_t stamp)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->uid = uid;
	l->gid = gid;
	l->stamp = stamp;
	return l;
}

/* Where SEQ is, or would be. */
static size_t
position(const struct layout *l, uint64_t seq)
{
	size_t low = 0, high = l->n_devices;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->devices[mid]->snapshot->seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct layout_device *
tree_device(const struct layout *l, uint64_t seq)
{
	size_t i = position(l, seq);

	return i < l->n_devices && l->devices[i]->snapshot->seq == seq ? l->devices[i] : NULL;
}

struct layout_device *
tree_device_after(const struct layout *l, uint64_t seq)
{
	size_t i = position(l, seq + 1);

	return i < l->n_devices ? l->devices[i] : NULL;
}

static size_t
bucket(const char *name)
{
	size_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash % NAME_BUCKETS;
}

struct layout_device *
tree_device_named(const struct layout *l, const char *name)
{
	struct layout_device *d = l->by_name[bucket(name)];

	while (d && strcmp(d->name, name) != 0)
		d = d->next_of_name;
	return d;
}

static bool
name_taken(const struct layout *l, const char *name)
{
	unsigned kind;

	for (size_t i = 0; i < n_entries; i++)
		if (entries[i].dir == KIND_ROOT && strcmp(entries[i].name, name) == 0)
			return true;
	return links_root_lookup(name, &kind) || tree_device_named(l, name) != NULL;
}

/* The name in the root: the snapshot's, or, when something else has that already, with "~2" and so
 * on behind it. A backend's name comes from a kernel or a file: what cannot be a name in a
 * directory, or would upset a terminal, must not get through. */
static char *
choose_name(const struct layout *l, const struct snapshot *s)
{
	const char *wish = s->name && *s->name ? s->name : "unnamed";
	char *name = NULL;

	if (strcmp(wish, ".") == 0 || strcmp(wish, "..") == 0)
		wish = "_";
	for (unsigned n = 1;; n++) {
		if ((n == 1 ? asprintf(&name, "%.200s", wish)
			    : asprintf(&name, "%.200s~%u", wish, n)) < 0)
			return NULL;
		for (char *c = name; *c; c++)
			if (*c == '/' || (unsigned char)*c < ' ' || *c == 0x7f)
				*c = '_';
		if (!name_taken(l, name))
			return name;
		free(name);
	}
}

static void
free_device(struct layout_device *d)
{
	if (!d)
		return;
	desc_index_free(d->index);
	snapshot_unref(d->snapshot);
	if (d->decoded)
		decoded_drop(d->decoded);
	free(d->decoded);
	setup_table_free(d->setups);
	links_forget_device(d);
	free(d->name);
	free(d);
}

/* What the kernel pretends the control endpoint's descriptor to be. */
static void
make_ep00(struct layout_device *d)
{
	uint8_t exponent = desc_u8(d->index->device, 7);
	/* USB 3.2 section 9.6.1: bMaxPacketSize0 is an exponent from SuperSpeed on. */
	unsigned max = d->snapshot->speed_kbit >= 5000000 ? 1u << (exponent < 15 ? exponent : 9)
							  : exponent;

	d->ep00_bytes[0] = 7;
	d->ep00_bytes[1] = DESC_ENDPOINT;
	d->ep00_bytes[4] = (uint8_t)max;
	d->ep00_bytes[5] = (uint8_t)(max >> 8);
	d->ep00.self = (struct desc_span){.data = d->ep00_bytes, .len = sizeof(d->ep00_bytes)};
	d->ep00.extra = (struct desc_span){.data = d->ep00_bytes};
	d->ep00.max_packet = (uint16_t)max;
}

/* Sets what depends on the snapshot; nothing changes on failure. */
static int
fill(struct layout_device *d, struct snapshot *s, int64_t stamp)
{
	struct desc_index *index = desc_index_new(s->descriptors, s->descriptors_len);

	if (!index)
		return -ENOMEM;
	desc_index_free(d->index);
	snapshot_ref(s);
	snapshot_unref(d->snapshot);
	decoded_drop(d->decoded);
	d->snapshot = s;
	d->index = index;
	d->stamp = stamp;
	d->count = 0;
	if (s->active_config > 0)
		d->last_config = s->active_config;
	make_ep00(d);
	return 0;
}

static int
add(struct layout *l, struct snapshot *s, int64_t stamp)
{
	struct layout_device *d;
	size_t at;

	if (l->n_devices == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		struct layout_device **grown = realloc(l->devices, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		l->devices = grown;
		l->room = room;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->name = choose_name(l, s);
	d->decoded = calloc(1, sizeof(*d->decoded));
	d->setups = setup_table_new();
	if (!d->name || !d->decoded || !d->setups || fill(d, s, stamp) < 0 ||
		links_name_device(l, d) < 0) {
		free_device(d);
		return -ENOMEM;
	}
	at = position(l, s->seq);
	memmove(&l->devices[at + 1], &l->devices[at], (l->n_devices - at) * sizeof(*l->devices));
	l->devices[at] = d;
	l->n_devices++;
	at = bucket(d->name);
	d->next_of_name = l->by_name[at];
	l->by_name[at] = d;
	return 0;
}

int
layout_put(struct layout *l, struct snapshot *s, int64_t stamp)
{
	struct layout_device *d = tree_device(l, s->seq);

	if (s->seq == 0 || s->seq > SEQ_MAX)
		return -EOVERFLOW;
	if (!d)
		return add(l, s, stamp);
	/* Its strings may have come late, and with them other names. */
	return fill(d, s, stamp) < 0 || links_name_device(l, d) < 0 ? -ENOMEM : 0;
}

void
layout_remove(struct layout *l, uint64_t seq)
{
	size_t i = position(l, seq);
	struct layout_device *d, **link;

	if (i == l->n_devices || l->devices[i]->snapshot->seq != seq)
		return;
	d = l->devices[i];
	l->n_devices--;
	memmove(&l->devices[i], &l->devices[i + 1], (l->n_devices - i) * sizeof(*l->devices));
	for (link = &l->by_name[bucket(d->name)]; *link != d; link = &(*link)->next_of_name)
		;
	*link = d->next_of_name;
	free_device(d);
}

struct layout *
layout_free(struct layout *l)
{
	if (!l)
		return NULL;
	for (size_t i = 0; i < l->n_devices; i++)
		free_device(l->devices[i]);
	free(l->devices);
	alias_free_all(l);
	free(l);
	return NULL;
}

struct snapshot *
layout_snapshot(const struct layout *l, uint64_t seq)
{
	struct layout_device *d = tree_device(l, seq);

	return d ? d->snapshot : NULL;
}
