/* SPDX-License-Identifier: MIT */
/*
 * All devices as one array of JSON: one object for each, and in it, nested, configurations,
 * interfaces, alternate settings and endpoints. Keys are the names of the files of the tree, and
 * values what these say: identifiers, classes, addresses and bit sets are strings of hexadecimal
 * digits, counts are numbers, what there is not is null. "path" is that of the directory, below the
 * mount point.
 */
#include <stdlib.h>
#include <string.h>

#include "layout/text.h"
#include "layout/tree.h"

struct writer {
	struct text t;
	bool more;      /* what comes needs a comma before it */
	char path[400]; /* of what is being written */
	size_t path_len;
};

static void
comma(struct writer *w)
{
	if (w->more)
		text_put(&w->t, ",");
	w->more = true;
}

static void
key(struct writer *w, const char *name)
{
	comma(w);
	text_printf(&w->t, "\"%s\":", name);
}

static void
begin(struct writer *w, const char *name, char bracket)
{
	if (name)
		key(w, name);
	else
		comma(w);
	text_bytes(&w->t, &bracket, 1);
	w->more = false;
}

static void
end(struct writer *w, char bracket)
{
	text_bytes(&w->t, &bracket, 1);
	w->more = true;
}

static void
number(struct writer *w, const char *name, unsigned value)
{
	key(w, name);
	text_printf(&w->t, "%u", value);
}

static void
hex(struct writer *w, const char *name, int digits, unsigned value)
{
	key(w, name);
	text_printf(&w->t, "\"%0*x\"", digits, value);
}

static void
boolean(struct writer *w, const char *name, bool value)
{
	key(w, name);
	text_put(&w->t, value ? "true" : "false");
}

/* NULL is null. */
static void
string(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	if (value)
		text_json(&w->t, value, text_attr_len(value));
	else
		text_put(&w->t, "null");
}

/* Goes down to the directory ID, and returns what to go back to. */
static size_t
enter(struct writer *w, const struct place *p, struct id id)
{
	struct text path = {.buf = w->path, .size = sizeof(w->path) - 1, .len = w->path_len};
	char name[300];
	size_t before = w->path_len;

	place_name(p, id, name, sizeof(name));
	if (path.len > 0)
		text_put(&path, "/");
	text_put(&path, name);
	w->path_len = path.len < path.size ? path.len : path.size;
	w->path[w->path_len] = '\0';
	return before;
}

static void
leave(struct writer *w, size_t before)
{
	w->path_len = before;
	w->path[before] = '\0';
}

/* In its interface's directory an endpoint is while its setting is in force only. */
static void
endpoint(struct writer *w, const struct place *p, struct id id, bool active)
{
	struct place at = *p;
	size_t before;

	id.kind = active ? KIND_ENDPOINT : KIND_ALT_ENDPOINT;
	at.endpoint = &p->alt->endpoints[id.endpoint - 1];
	before = enter(w, p, id);
	begin(w, NULL, '{');
	string(w, "path", w->path);
	hex(w, "bEndpointAddress", 2, at.endpoint->address);
	hex(w, "bmAttributes", 2, at.endpoint->attributes);
	number(w, "wMaxPacketSize", desc_packet_size(at.endpoint));
	number(w, "bInterval", at.endpoint->interval);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = {"type", "direction", "interval"};
		char text[32];
		size_t len = i == 0   ? print_type(&at, NULL, text, sizeof(text) - 1)
			     : i == 1 ? print_direction(&at, NULL, text, sizeof(text) - 1)
				      : print_interval(&at, NULL, text, sizeof(text) - 1);

		text[len < sizeof(text) ? len : sizeof(text) - 1] = '\0';
		string(w, names[i], text);
	}
	end(w, '}');
	leave(w, before);
}

static void
setting(struct writer *w, const struct place *p, struct id id)
{
	bool active = p->active && p->alt == alt_in_force(p->device->snapshot, p->interface);
	struct id dir = id;
	size_t up = w->path_len, before = up;

	if (!active) {
		dir.kind = KIND_ALTSETTINGS;
		enter(w, p, dir);
		dir.kind = KIND_ALT;
		enter(w, p, dir);
	}
	begin(w, NULL, '{');
	string(w, "path", w->path);
	number(w, "bAlternateSetting", p->alt->number);
	boolean(w, "active", active);
	hex(w, "bInterfaceClass", 2, desc_u8(p->alt->self, 5));
	hex(w, "bInterfaceSubClass", 2, desc_u8(p->alt->self, 6));
	hex(w, "bInterfaceProtocol", 2, desc_u8(p->alt->self, 7));
	begin(w, "endpoints", '[');
	for (size_t i = 0; i < p->alt->n_endpoints; i++) {
		id.endpoint = (unsigned)i + 1;
		endpoint(w, p, id, active);
	}
	end(w, ']');
	end(w, '}');
	leave(w, before);
}

static void
interface(struct writer *w, const struct place *p, struct id id)
{
	const struct snapshot_interface *i =
		p->active ? snapshot_interface(p->device->snapshot, p->interface->number) : NULL;
	struct place at = *p;
	size_t before;

	id.kind = KIND_INTERFACE;
	before = enter(w, p, id);
	begin(w, NULL, '{');
	string(w, "path", w->path);
	number(w, "bInterfaceNumber", p->interface->number);
	string(w, "interface", i ? snapshot_interface_attr(i, "interface") : NULL);
	string(w, "driver", i ? i->driver : NULL);
	begin(w, "altsettings", '[');
	for (size_t k = 0; k < p->interface->n_alts; k++) {
		id.alt = (unsigned)k + 1;
		at.alt = &p->interface->alts[k];
		setting(w, &at, id);
	}
	end(w, ']');
	end(w, '}');
	leave(w, before);
}

static void
config(struct writer *w, const struct place *p, struct id id)
{
	struct place at = *p;
	size_t before;

	id.kind = KIND_CONFIG;
	before = enter(w, p, id);
	begin(w, NULL, '{');
	string(w, "path", w->path);
	number(w, "bConfigurationValue", p->config->value);
	boolean(w, "active", p->active);
	hex(w, "bmAttributes", 2, desc_u8(p->config->self, 7));
	/* In mA. */
	number(w, "bMaxPower",
		desc_u8(p->config->self, 8) *
			(p->device->snapshot->speed_kbit >= 5000000 ? 8u : 2u));
	begin(w, "interfaces", '[');
	for (size_t i = 0; i < p->config->n_interfaces; i++) {
		id.interface = (unsigned)i + 1;
		at.interface = &p->config->interfaces[i];
		interface(w, &at, id);
	}
	end(w, ']');
	end(w, '}');
	leave(w, before);
}

static void
speed(struct writer *w, unsigned kbit)
{
	key(w, "speed");
	if (kbit == 0)
		text_put(&w->t, "null");
	else
		text_printf(&w->t, kbit % 1000 ? "%u.%u" : "%u", kbit / 1000, kbit % 1000 / 100);
}

static void
descriptor(struct writer *w, struct desc_span s)
{
	if (s.len == 0)
		return;
	hex(w, "bcdUSB", 4, desc_u16(s, 2));
	hex(w, "idVendor", 4, desc_u16(s, 8));
	hex(w, "idProduct", 4, desc_u16(s, 10));
	hex(w, "bcdDevice", 4, desc_u16(s, 12));
	hex(w, "bDeviceClass", 2, desc_u8(s, 4));
	hex(w, "bDeviceSubClass", 2, desc_u8(s, 5));
	hex(w, "bDeviceProtocol", 2, desc_u8(s, 6));
	number(w, "bMaxPacketSize0", desc_u8(s, 7));
}

static void
device(struct writer *w, const struct layout *l, const struct layout_device *d)
{
	const struct snapshot *s = d->snapshot;
	struct id id = {.seq = s->seq, .kind = KIND_DEVICE};
	struct place p = {.layout = l, .device = d, .id = id};
	const struct desc_config *in_force = desc_config(d->index, s->active_config);
	size_t before = enter(w, &p, id);

	text_put(&w->t, w->more ? ",\n" : "\n");
	w->more = false;
	begin(w, NULL, '{');
	string(w, "path", w->path);
	number(w, "busnum", s->busnum);
	number(w, "devnum", s->devnum);
	string(w, "node", s->node);
	speed(w, s->speed_kbit);
	descriptor(w, d->index->device);
	string(w, "manufacturer", snapshot_attr(s, "manufacturer"));
	string(w, "product", snapshot_attr(s, "product"));
	string(w, "serial", snapshot_attr(s, "serial"));
	key(w, "bConfigurationValue");
	if (s->active_config > 0)
		text_printf(&w->t, "%d", s->active_config);
	else
		text_put(&w->t, "null");
	begin(w, "configurations", '[');
	for (size_t i = 0; i < d->index->n_configs; i++) {
		p.config = &d->index->configs[i];
		p.active = p.config->value != 0 && p.config->value == s->active_config &&
			   p.config == in_force;
		id.config = (unsigned)i + 1;
		config(w, &p, id);
	}
	end(w, ']');
	end(w, '}');
	leave(w, before);
}

size_t
print_devices_json(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	struct writer w = {.t = {.buf = buf, .size = size}};
	_cleanup_free_ const struct layout_device **all = tree_sorted(p->layout);

	(void)e;
	text_put(&w.t, "[");
	for (size_t i = 0; all && i < p->layout->n_devices; i++)
		device(&w, p->layout, all[i]);
	text_put(&w.t, "\n]\n");
	return w.t.len;
}
