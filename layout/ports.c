/* SPDX-License-Identifier: MIT */
/* Ports of hubs: how many there are, their attributes, and what their links lead to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/text.h"
#include "layout/tree.h"

enum { PORTS_MAX = 255 }; /* bNbrPorts has eight bits */

unsigned
device_ports(const struct layout_device *d)
{
	const char *text = snapshot_attr(d->snapshot, "maxchild");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n > PORTS_MAX ? PORTS_MAX : (unsigned)n;
}

const char *
port_attr(const struct place *p, const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "port%u/%s", p->port, name);
	return snapshot_attr(p->device->snapshot, full);
}

static const struct layout_device *
plugged_in(const struct place *p)
{
	const char *hub = p->device->snapshot->name;
	char name[80];

	if (!hub)
		return NULL;
	if (strncmp(hub, "usb", 3) == 0)
		snprintf(name, sizeof(name), "%.40s-%u", hub + 3, p->port);
	else
		snprintf(name, sizeof(name), "%.40s.%u", hub, p->port);
	return tree_device_named(p->layout, name);
}

/* The kernel calls it "usb2-port3", or "1-4-port3". */
static const struct layout_device *
peer(const struct place *p, unsigned *ret_port)
{
	const char *text = port_attr(p, "peer"), *dash = text ? strstr(text, "-port") : NULL;
	char name[64];

	if (!dash || (size_t)(dash - text) >= sizeof(name))
		return NULL;
	memcpy(name, text, (size_t)(dash - text));
	name[dash - text] = '\0';
	*ret_port = (unsigned)strtoul(dash + 5, NULL, 10);
	return tree_device_named(p->layout, name);
}

bool
port_link_exists(const struct place *p)
{
	unsigned port;

	if (p->id.kind == KIND_LINK_PORT)
		return plugged_in(p);
	return peer(p, &port);
}

bool
port_link(const struct place *p, size_t i, struct id *ret)
{
	static const unsigned kinds[] = {KIND_LINK_PORT, KIND_LINK_PEER};
	struct place link = *p;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		link.id.kind = kinds[k];
		if (!port_link_exists(&link) || i-- > 0)
			continue;
		*ret = link.id;
		return true;
	}
	return false;
}

size_t
port_link_target(const struct place *p, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	unsigned port = 0;
	const struct layout_device *d =
		p->id.kind == KIND_LINK_PORT ? plugged_in(p) : peer(p, &port);

	if (d)
		text_printf(&t, "../../%s", d->name);
	if (d && port)
		text_printf(&t, "/port%u", port);
	return t.len;
}
