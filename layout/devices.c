/* SPDX-License-Identifier: MIT */
/*
 * All devices as text, in the format of the kernel's usb/devices in debugfs: programs that read that
 * exist (Linux Documentation/driver-api/usb/usb.rst, drivers/usb/core/devices.c).
 */
#include <stdlib.h>
#include <string.h>

#include "layout/text.h"
#include "layout/tree.h"

static const char *
class_name(unsigned class)
{
	static const struct {
		unsigned class;
		const char *name;
	} names[] = {
		{0x00, ">ifc"},
		{0x01, "audio"},
		{0x02, "comm."},
		{0x03, "HID"},
		{0x05, "PID"},
		{0x06, "still"},
		{0x07, "print"},
		{0x08, "stor."},
		{0x09, "hub"},
		{0x0a, "data"},
		{0x0b, "scard"},
		{0x0d, "c-sec"},
		{0x0e, "video"},
		{0xe0, "wlcon"},
		{0xef, "misc"},
		{0xfe, "app."},
		{0xff, "vend."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].class == class)
			return names[i].name;
	return "unk.";
}

/* What the kernel calls an unknown speed. */
static void
speed(struct text *t, const struct snapshot *s)
{
	if (s->speed_kbit == 0)
		text_put(t, "??  ");
	else if (s->speed_kbit == 1500)
		text_put(t, "1.5 ");
	else
		text_printf(t, "%-4u", s->speed_kbit / 1000);
}

enum { LEVELS = 17 };

/* Devices come in the order of their places: all below a hub before the next one beside it. */
struct walk {
	unsigned bus;
	unsigned count[LEVELS + 1]; /* at each level, of the present parent's children */
};

static unsigned
count_child(struct walk *w, unsigned bus, unsigned level)
{
	if (bus != w->bus)
		*w = (struct walk){.bus = bus};
	for (unsigned i = level + 1; i <= LEVELS; i++)
		w->count[i] = 0;
	return level > 0 ? ++w->count[level] : 0;
}

static void
topology(struct text *t, const struct layout *l, const struct layout_device *d, struct walk *w)
{
	const struct layout_device *parent = tree_parent(l, d);
	const char *children = snapshot_attr(d->snapshot, "maxchild");
	bool hub;
	unsigned port, level = tree_level(d, &port, &hub);
	unsigned count = count_child(w, d->snapshot->busnum, level);

	text_printf(t, "\nT:  Bus=%02u Lev=%02u Prnt=%02u Port=%02u Cnt=%02u Dev#=%3u Spd=",
		d->snapshot->busnum, level, parent ? parent->snapshot->devnum : 0,
		port > 0 ? port - 1 : 0, count, d->snapshot->devnum);
	speed(t, d->snapshot);
	text_printf(t, " MxCh=%2lu\n", children ? strtoul(children, NULL, 10) : 0);
	/* Nobody tells what is allocated. The kernel has no number for xHCI either, and says 0. */
	if (hub)
		text_printf(t, "B:  Alloc=  0/%u us ( 0%%), #Int=  0, #Iso=  0\n",
			d->snapshot->speed_kbit >= 480000 ? 800 : 900);
}

static void
string(struct text *t, const struct snapshot *s, const char *key, const char *name)
{
	const char *value = snapshot_attr(s, name);

	if (!value)
		return;
	text_printf(t, "S:  %s=", key);
	text_line(t, value, text_attr_len(value));
	text_put(t, "\n");
}

static void
device(struct text *t, const struct layout_device *d)
{
	struct desc_span s = d->index->device;
	unsigned version = desc_u16(s, 2), release = desc_u16(s, 12), class = desc_u8(s, 4);

	if (s.len > 0) {
		text_printf(t, "D:  Ver=%2x.%02x Cls=%02x(%-5s) Sub=%02x Prot=%02x ", version >> 8,
			version & 0xff, class, class_name(class), desc_u8(s, 5), desc_u8(s, 6));
		text_printf(t, "MxPS=%2u #Cfgs=%3u\n", desc_u8(s, 7), desc_u8(s, 17));
		text_printf(t, "P:  Vendor=%04x ProdID=%04x Rev=%2x.%02x\n", desc_u16(s, 8),
			desc_u16(s, 10), release >> 8, release & 0xff);
	}
	string(t, d->snapshot, "Manufacturer", "manufacturer");
	string(t, d->snapshot, "Product", "product");
	string(t, d->snapshot, "SerialNumber", "serial");
}

static void
endpoint(struct text *t, const struct layout_device *d, const struct desc_endpoint *e)
{
	static const char *const types[] = {"Ctrl", "Isoc", "Bulk", "Int."};
	unsigned type = e->attributes & 3;
	struct place p = {.device = d, .endpoint = e};
	char interval[24];
	size_t len;
	/* High-bandwidth endpoints have more packets in a microframe (USB 2.0 table 9-13). */
	unsigned packets =
		d->snapshot->speed_kbit == 480000 && (type == DESC_ISO || type == DESC_INTERRUPT)
			? 1 + (e->max_packet >> 11 & 3)
			: 1;

	text_printf(t, "E:  Ad=%02x(%c) Atr=%02x(%-4s) MxPS=%4u Ivl=", e->address,
		type == DESC_CONTROL ? 'B'
		: e->address & 0x80  ? 'I'
				     : 'O',
		e->attributes, types[type], desc_packet_size(e) * packets);
	len = print_interval(&p, NULL, interval, sizeof(interval));
	text_bytes(t, interval, len < sizeof(interval) ? len : sizeof(interval));
}

static void
setting(struct text *t, const struct layout_device *d, bool active,
	const struct desc_interface *interface, const struct desc_alt *a)
{
	const struct snapshot_interface *i =
		active ? snapshot_interface(d->snapshot, interface->number) : NULL;
	unsigned class = desc_u8(a->self, 5);

	text_printf(t, "I:%c If#=%2u Alt=%2u #EPs=%2u Cls=%02x(%-5s) Sub=%02x Prot=%02x Driver=",
		active && a == alt_in_force(d->snapshot, interface) ? '*' : ' ', interface->number,
		a->number, desc_u8(a->self, 4), class, class_name(class), desc_u8(a->self, 6),
		desc_u8(a->self, 7));
	if (i && i->driver)
		text_line(t, i->driver, strlen(i->driver));
	else if (active)
		text_put(t, "(none)");
	text_put(t, "\n");
	for (size_t k = 0; k < a->n_endpoints; k++)
		endpoint(t, d, &a->endpoints[k]);
}

static void
config(struct text *t, const struct layout_device *d, const struct desc_config *c)
{
	bool active = c->value > 0 && c->value == d->snapshot->active_config &&
		      c == desc_config(d->index, c->value);
	unsigned unit = d->snapshot->speed_kbit >= 5000000 ? 8 : 2;
	const uint8_t *last = NULL;

	text_printf(t, "C:%c #Ifs=%2u Cfg#=%2u Atr=%02x MxPwr=%3umA\n", active ? '*' : ' ',
		desc_u8(c->self, 4), c->value, desc_u8(c->self, 7), desc_u8(c->self, 8) * unit);
	for (size_t i = 0; i < c->n_interfaces; i++) {
		struct desc_span a = c->interfaces[i].iad;

		if (a.len == 0 || a.data == last)
			continue;
		last = a.data;
		text_printf(t, "A:  FirstIf#=%2u IfCount=%2u Cls=%02x(%-5s) Sub=%02x Prot=%02x\n",
			desc_u8(a, 2), desc_u8(a, 3), desc_u8(a, 4), class_name(desc_u8(a, 4)),
			desc_u8(a, 5), desc_u8(a, 6));
	}
	for (size_t i = 0; i < c->n_interfaces; i++)
		for (size_t k = 0; k < c->interfaces[i].n_alts; k++)
			setting(t, d, active, &c->interfaces[i], &c->interfaces[i].alts[k]);
}

size_t
print_devices(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	_cleanup_free_ const struct layout_device **all = tree_sorted(p->layout);
	struct walk walk = {.bus = 0};

	(void)e;
	for (size_t i = 0; all && i < p->layout->n_devices; i++) {
		topology(&t, p->layout, all[i], &walk);
		device(&t, all[i]);
		for (size_t k = 0; k < all[i]->index->n_configs; k++)
			config(&t, all[i], &all[i]->index->configs[k]);
	}
	return t.len;
}
