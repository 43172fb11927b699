/* SPDX-License-Identifier: MIT */
/*
 * The directories that depend on the descriptors: which there are inside which, and their names.
 */
#include <stdio.h>

#include "layout/links.h"
#include "layout/node.h"

/* PREFIX and a number, as "config1"; with "~2" and so on behind it when TWINS before it have the
 * same. */
static void
numbered(char *name, size_t size, const char *prefix, unsigned number, unsigned twins)
{
	if (twins == 0)
		snprintf(name, size, "%s%u", prefix, number);
	else
		snprintf(name, size, "%s%u~%u", prefix, number, twins + 1);
}

static void
endpoint_name(const struct desc_alt *a, size_t i, char *name, size_t size)
{
	unsigned twins = 0;

	for (size_t k = 0; k < i; k++)
		twins += a->endpoints[k].address == a->endpoints[i].address;
	if (twins == 0)
		snprintf(name, size, "ep%02x", a->endpoints[i].address);
	else
		snprintf(name, size, "ep%02x~%u", a->endpoints[i].address, twins + 1);
}

static void
config_name(const struct desc_index *x, size_t i, char *name, size_t size)
{
	unsigned twins = 0;

	for (size_t k = 0; k < i; k++)
		twins += x->configs[k].value == x->configs[i].value;
	numbered(name, size, "config", x->configs[i].value, twins);
}

static void
alt_name(const struct desc_interface *interface, size_t i, char *name, size_t size)
{
	unsigned twins = 0;

	for (size_t k = 0; k < i; k++)
		twins += interface->alts[k].number == interface->alts[i].number;
	numbered(name, size, "", interface->alts[i].number, twins);
}

static void
setup_name(const struct place *p, struct id id, char *name, size_t size)
{
	const struct setup *s = setup_dir_find(p->device, id);
	char buf[SETUP_NAME_MAX] = "";

	snprintf(name, size, "%s", s ? setup_print_name(s, buf) : buf);
}

void
place_name(const struct place *p, struct id id, char *name, size_t size)
{
	const struct entry *e = entry_of(id);

	if (e) {
		snprintf(name, size, "%s", e->name);
		return;
	}
	if (links_has(id.kind)) {
		links_name(p, id, name, size);
		return;
	}
	switch (id.kind) {
	case KIND_DEVICE:
		snprintf(name, size, "%s", p->device->name);
		break;
	case KIND_POWER:
		snprintf(name, size, "power");
		break;
	case KIND_EP00:
		snprintf(name, size, "ep00");
		break;
	case KIND_SETUP:
		snprintf(name, size, "setup");
		break;
	case KIND_SETUP_REQUEST:
		setup_name(p, id, name, size);
		break;
	case KIND_PORT:
		numbered(name, size, "port", id.alt, 0);
		break;
	case KIND_CONFIG:
		config_name(p->device->index, id.config - 1, name, size);
		break;
	case KIND_INTERFACE:
		numbered(
			name, size, "interface", p->config->interfaces[id.interface - 1].number, 0);
		break;
	case KIND_ALTSETTINGS:
		snprintf(name, size, "altsettings");
		break;
	case KIND_ALT:
		alt_name(p->interface, id.alt - 1, name, size);
		break;
	case KIND_ENDPOINT:
	case KIND_ALT_ENDPOINT:
		endpoint_name(&p->interface->alts[id.alt - 1], id.endpoint - 1, name, size);
		break;
	default:
		*name = '\0';
	}
}

/* The I-th directory in a device. */
static bool
child_of_device(const struct place *p, size_t i, struct id *id)
{
	bool power = device_has_power(p->device);

	if (i == 0) {
		id->kind = KIND_EP00;
		return true;
	}
	if (i == 1 && power) {
		id->kind = KIND_POWER;
		return true;
	}
	i -= 1 + power;
	if (i < p->device->index->n_configs) {
		id->kind = KIND_CONFIG;
		id->config = (unsigned)i + 1;
		return true;
	}
	i -= p->device->index->n_configs;
	id->kind = KIND_PORT;
	id->alt = (unsigned)i + 1;
	return i < device_ports(p->device);
}

/* The I-th directory in an interface. */
static bool
child_of_interface(const struct place *p, size_t i, struct id *id)
{
	if (i == 0) {
		id->kind = KIND_ALTSETTINGS;
		return true;
	}
	i--;
	id->kind = KIND_ENDPOINT;
	/* The number says which setting it belongs to: an endpoint of the same address in another
	 * setting is another pipe. */
	id->alt = (unsigned)(p->alt - p->interface->alts) + 1;
	id->endpoint = (unsigned)i + 1;
	return p->active && i < p->alt->n_endpoints;
}

bool
place_child(const struct place *p, size_t i, struct id *ret)
{
	*ret = p->id;
	switch (p->id.kind) {
	case KIND_DEVICE:
		return child_of_device(p, i, ret);
	case KIND_EP00:
		ret->kind = KIND_SETUP;
		return i == 0;
	case KIND_SETUP:
		return setup_dir_entry(p, i, ret);
	case KIND_CONFIG:
		ret->kind = KIND_INTERFACE;
		ret->interface = (unsigned)i + 1;
		return i < p->config->n_interfaces;
	case KIND_INTERFACE:
		return child_of_interface(p, i, ret);
	case KIND_ALTSETTINGS:
		ret->kind = KIND_ALT;
		ret->alt = (unsigned)i + 1;
		return i < p->interface->n_alts;
	case KIND_ALT:
		ret->kind = KIND_ALT_ENDPOINT;
		ret->endpoint = (unsigned)i + 1;
		return i < p->alt->n_endpoints;
	case KIND_PORT:
		return port_link(p, i, ret);
	default:
		return false;
	}
}

struct id
id_parent(struct id id)
{
	const struct entry *e = entry_of(id);

	if (e) {
		id.kind = e->dir;
		return id;
	}
	switch (id.kind) {
	case KIND_POWER:
	case KIND_EP00:
		id.kind = KIND_DEVICE;
		break;
	case KIND_SETUP:
		id.kind = KIND_EP00;
		break;
	case KIND_SETUP_REQUEST:
		id = (struct id){.seq = id.seq, .kind = KIND_SETUP};
		break;
	case KIND_PORT:
		id.kind = KIND_DEVICE;
		id.alt = 0;
		break;
	case KIND_CONFIG:
		id.kind = KIND_DEVICE;
		id.config = 0;
		break;
	case KIND_INTERFACE:
		id.kind = KIND_CONFIG;
		id.interface = 0;
		break;
	case KIND_ALTSETTINGS:
		id.kind = KIND_INTERFACE;
		break;
	case KIND_ALT:
		id.kind = KIND_ALTSETTINGS;
		id.alt = 0;
		break;
	case KIND_ENDPOINT:
		id.kind = KIND_INTERFACE;
		id.alt = id.endpoint = 0;
		break;
	case KIND_ALT_ENDPOINT:
		id.kind = KIND_ALT;
		id.endpoint = 0;
		break;
	default:
		id = (struct id){.kind = KIND_ROOT};
	}
	return id;
}
