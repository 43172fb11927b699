/* SPDX-License-Identifier: MIT */
/* The classes of interfaces, and the interfaces of a class: what is in by-class; see classes.h. */
#include "layout/classes.h"

#include <stdio.h>
#include <string.h>

#include "layout/links.h"

const struct desc_config *
class_config(const struct layout_device *d)
{
	return d->snapshot->active_config > 0 ? desc_config(d->index, d->snapshot->active_config)
					      : NULL;
}

uint32_t
class_of(const struct layout_device *d, const struct desc_interface *i)
{
	struct desc_span self = alt_in_force(d->snapshot, i)->self;

	return (uint32_t)desc_u8(self, 5) << 16 | (uint32_t)desc_u8(self, 6) << 8 |
	       desc_u8(self, 7);
}

struct id
class_id(uint32_t class)
{
	return (struct id){
		.kind = KIND_CLASS,
		.config = class >> 21,
		.endpoint = class >> 16 & 0x1f,
		.interface = class >> 8 & 0xff,
		.alt = class & 0xff,
	};
}

uint32_t
class_of_id(struct id id)
{
	return id.config << 21 | id.endpoint << 16 | id.interface << 8 | id.alt;
}

bool
class_next(const struct layout *l, uint32_t from, uint32_t *ret)
{
	bool found = false;

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct desc_config *c = class_config(l->devices[i]);

		for (size_t k = 0; c && k < c->n_interfaces; k++) {
			uint32_t class = class_of(l->devices[i], &c->interfaces[k]);

			if (class >= from && (!found || class < *ret)) {
				*ret = class;
				found = true;
			}
		}
	}
	return found;
}

bool
class_exists(const struct layout *l, uint32_t class)
{
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct desc_config *c = class_config(l->devices[i]);

		for (size_t k = 0; c && k < c->n_interfaces; k++)
			if (class_of(l->devices[i], &c->interfaces[k]) == class)
				return true;
	}
	return false;
}

static struct id
interface_id(const struct layout_device *d, const struct desc_config *c, size_t interface)
{
	return (struct id){
		.kind = KIND_LINK_CLASS,
		.seq = d->snapshot->seq,
		.config = (unsigned)(c - d->index->configs) + 1,
		.interface = (unsigned)interface + 1,
	};
}

void
class_link_name(const struct layout_device *d, struct id id, char *name, size_t size)
{
	const struct desc_config *c = &d->index->configs[id.config - 1];

	snprintf(name, size, "%s:%u.%u", d->name, c->value, c->interfaces[id.interface - 1].number);
}

bool
class_lookup(const struct place *p, const char *name, struct id *ret)
{
	const char *colon = strrchr(name, ':');
	const struct layout_device *d;
	const struct desc_config *c;
	char at[LINK_NAME_MAX + 1];

	if (!colon || (size_t)(colon - name) >= sizeof(at))
		return false;
	memcpy(at, name, (size_t)(colon - name));
	at[colon - name] = '\0';
	d = tree_device_named(p->layout, at);
	c = d ? class_config(d) : NULL;
	for (size_t k = 0; c && k < c->n_interfaces; k++) {
		*ret = interface_id(d, c, k);
		class_link_name(d, *ret, at, sizeof(at));
		if (strcmp(at, name) == 0 && class_of(d, &c->interfaces[k]) == class_of_id(p->id))
			return true;
	}
	return false;
}

/* In order of device, then interface: the cursor has seq above eight bits of the ordinal. */
bool
class_next_interface(const struct place *p, uint64_t after, struct id *ret, uint64_t *ret_after)
{
	uint64_t seq = after >> 8;
	const struct layout_device *d = tree_device(p->layout, seq);
	size_t k = after & 0xff;

	if (!d) {
		d = tree_device_after(p->layout, seq);
		k = 0;
	}
	for (; d; d = tree_device_after(p->layout, d->snapshot->seq), k = 0) {
		const struct desc_config *c = class_config(d);

		for (; c && k < c->n_interfaces; k++) {
			if (class_of(d, &c->interfaces[k]) != class_of_id(p->id))
				continue;
			*ret = interface_id(d, c, k);
			*ret_after = d->snapshot->seq << 8 | (k + 1);
			return true;
		}
	}
	return false;
}
