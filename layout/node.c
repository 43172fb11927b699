/* SPDX-License-Identifier: MIT */
/* Inode numbers to places and back; see node.h. */
#include "layout/node.h"

#include <errno.h>
#include <string.h>

#include "layout/links.h"
#include "layout/tree.h"

enum {
	KIND_BITS = 8,
	ENDPOINT_BITS = 5,
	ALT_BITS = 8,
	INTERFACE_BITS = 8,
	CONFIG_BITS = 5,
};

_Static_assert(DESC_MAX_ENDPOINTS < 1 << ENDPOINT_BITS, "an ordinal and none");
_Static_assert(DESC_MAX_ALTS < 1 << ALT_BITS, "an ordinal and none");
_Static_assert(DESC_MAX_INTERFACES < 1 << INTERFACE_BITS, "an ordinal and none");
_Static_assert(DESC_MAX_CONFIGS < 1 << CONFIG_BITS, "an ordinal and none");

_Static_assert(ENDPOINT_BITS + ALT_BITS + INTERFACE_BITS + CONFIG_BITS + KIND_BITS + SEQ_BITS == 64,
	"an inode number");

static unsigned
take(uint64_t *from, unsigned bits)
{
	unsigned value = (unsigned)(*from & ((1u << bits) - 1));

	*from >>= bits;
	return value;
}

struct id
id_of(uint64_t ino)
{
	struct id id;

	id.kind = take(&ino, KIND_BITS);
	id.endpoint = take(&ino, ENDPOINT_BITS);
	id.alt = take(&ino, ALT_BITS);
	id.interface = take(&ino, INTERFACE_BITS);
	id.config = take(&ino, CONFIG_BITS);
	id.seq = ino;
	return id;
}

uint64_t
id_ino(struct id id)
{
	uint64_t ino = id.seq;

	ino = ino << CONFIG_BITS | id.config;
	ino = ino << INTERFACE_BITS | id.interface;
	ino = ino << ALT_BITS | id.alt;
	ino = ino << ENDPOINT_BITS | id.endpoint;
	return ino << KIND_BITS | id.kind;
}

uint64_t
layout_seq(uint64_t ino)
{
	return id_of(ino).seq;
}

const struct desc_alt *
alt_in_force(const struct snapshot *s, const struct desc_interface *i)
{
	const struct snapshot_interface *si = snapshot_interface(s, i->number);
	const struct desc_alt *a = si ? desc_alt(i, si->alternate) : NULL;

	return a ? a : &i->alts[0];
}

/* The kind of directory that a place is in, or is. */
static unsigned
directory(struct id id)
{
	const struct entry *e = entry_of(id);

	return e ? e->dir : id.kind;
}

/* How many of configuration, interface, setting and endpoint a number names. */
static unsigned
depth(unsigned kind)
{
	switch (kind) {
	case KIND_CONFIG:
		return 1;
	case KIND_INTERFACE:
	case KIND_ALTSETTINGS:
	case KIND_LINK_CLASS:
		return 2;
	case KIND_ALT:
		return 3;
	case KIND_ENDPOINT:
	case KIND_ALT_ENDPOINT:
		return 4;
	default:
		return 0;
	}
}

static bool
in_no_device(unsigned kind)
{
	return kind == KIND_ROOT || (links_has(kind) && !links_is_link(kind));
}

static bool
is_port(unsigned kind)
{
	return kind == KIND_PORT || kind == KIND_LINK_PORT || kind == KIND_LINK_PEER;
}

/* Is that a number that we could have given away? */
static bool
well_formed(struct id id)
{
	unsigned kind = directory(id), deep = depth(kind);

	if (kind == KIND_NONE || kind >= KIND_FILE || (id.seq == 0) != in_no_device(kind))
		return false;
	/* Their other fields are no ordinals. */
	if (kind == KIND_CLASS || kind == KIND_LINK_NAME || kind == KIND_SETUP_REQUEST)
		return true;
	if (is_port(kind))
		return id.alt > 0 && id.config == 0 && id.interface == 0 && id.endpoint == 0;
	return (id.config > 0) == (deep >= 1) && (id.interface > 0) == (deep >= 2) &&
	       (id.alt > 0) == (deep >= 3) && (id.endpoint > 0) == (deep >= 4);
}

/* Each of these is one step down, and false where there is nothing. */
static bool
enter_config(struct place *p)
{
	const struct desc_index *index = p->device->index;

	if (p->id.config > index->n_configs)
		return false;
	p->config = &index->configs[p->id.config - 1];
	/* The first configuration of a value is the one that can be in force. */
	p->active = p->config->value != 0 &&
		    p->config->value == p->device->snapshot->active_config &&
		    p->config == desc_config(index, p->config->value);
	return true;
}

static bool
enter_interface(struct place *p)
{
	if (p->id.interface > p->config->n_interfaces)
		return false;
	p->interface = &p->config->interfaces[p->id.interface - 1];
	/* What its own directory shows. */
	p->alt = p->active ? alt_in_force(p->device->snapshot, p->interface)
			   : &p->interface->alts[0];
	return true;
}

static bool
enter_alt(struct place *p)
{
	const struct desc_alt *a;

	if (p->id.alt > p->interface->n_alts)
		return false;
	a = &p->interface->alts[p->id.alt - 1];
	/* An endpoint's own directory is there while its setting is in force only. */
	if (directory(p->id) == KIND_ENDPOINT && (!p->active || p->alt != a))
		return false;
	p->alt = a;
	return true;
}

static bool
enter_endpoint(struct place *p)
{
	if (p->id.endpoint > p->alt->n_endpoints)
		return false;
	p->endpoint = &p->alt->endpoints[p->id.endpoint - 1];
	return true;
}

bool
device_has_power(const struct layout_device *d)
{
	for (size_t i = 0; i < d->snapshot->n_attrs; i++)
		if (strncmp(d->snapshot->attrs[i].name, "power/", 6) == 0)
			return true;
	return false;
}

int
place_find(const struct layout *l, uint64_t ino, struct place *ret)
{
	struct place p = {.layout = l, .id = id_of(ino)};

	if (!well_formed(p.id))
		return -ESTALE;
	if (p.id.seq > 0) {
		p.device = tree_device(l, p.id.seq);
		if (!p.device)
			return -ESTALE;
	}
	if (p.id.kind == KIND_SETUP_REQUEST) {
		p.setup = setup_dir_find(p.device, p.id);
		if (!p.setup)
			return -ESTALE;
		*ret = p;
		return 0;
	}
	if (p.id.kind == KIND_CLASS || p.id.kind == KIND_LINK_NAME) {
		if (!links_exists(&p))
			return -ESTALE;
		*ret = p;
		return 0;
	}
	if (p.id.kind == KIND_POWER && !device_has_power(p.device))
		return -ESTALE;
	if (directory(p.id) == KIND_EP00)
		p.endpoint = &p.device->ep00;
	if (is_port(directory(p.id))) {
		p.port = p.id.alt;
		if (p.port > device_ports(p.device))
			return -ESTALE;
	} else if ((p.id.config > 0 && !enter_config(&p)) ||
		   (p.id.interface > 0 && !enter_interface(&p)) ||
		   (p.id.alt > 0 && !enter_alt(&p)) || (p.id.endpoint > 0 && !enter_endpoint(&p))) {
		return -ESTALE;
	}
	if ((entry_of(p.id) && !entry_exists(&p, entry_of(p.id))) ||
		(links_has(p.id.kind) && !links_exists(&p)))
		return -ESTALE;
	*ret = p;
	return 0;
}
