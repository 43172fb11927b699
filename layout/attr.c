/* SPDX-License-Identifier: MIT */
/*
 * The text of every attribute, in the formats of the kernel's sysfs, to which people and scripts are
 * used (Linux drivers/usb/core/{sysfs,endpoint}.c).
 */
#include <stdio.h>
#include <string.h>

#include "layout/node.h"

static size_t
put(char *buf, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (size > 0)
		memcpy(buf, text, len < size ? len : size);
	return len;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static size_t
number(char *buf, size_t size, const char *format, unsigned value)
{
	char text[32];

	snprintf(text, sizeof(text), format, value);
	return put(buf, size, text);
}

static size_t
field(struct desc_span d, const struct entry *e, char *buf, size_t size)
{
	if ((size_t)e->offset + e->width > d.len)
		return NO_SUCH_FILE;
	return number(buf, size, e->format,
		e->width == 2 ? desc_u16(d, e->offset) : desc_u8(d, e->offset));
}

size_t
print_device_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return field(p->device->index->device, e, buf, size);
}

/* In the device's own directory these are of the configuration in force, and empty without one. */
static const struct desc_config *
config_of(const struct place *p)
{
	return p->config ? p->config
			 : desc_config(p->device->index, p->device->snapshot->active_config);
}

size_t
print_config_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	const struct desc_config *c = config_of(p);

	return c ? field(c->self, e, buf, size) : 0;
}

size_t
print_max_power(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	const struct desc_config *c = config_of(p);
	/* USB 2.0 table 9-10: units of 2 mA; USB 3.2 table 9-22: of 8 mA. */
	unsigned unit = p->device->snapshot->speed_kbit >= 5000000 ? 8 : 2;

	return c ? number(buf, size, e->format, desc_u8(c->self, e->offset) * unit) : 0;
}

size_t
print_alt_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return p->alt ? field(p->alt->self, e, buf, size) : NO_SUCH_FILE;
}

size_t
print_iad_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return field(p->interface->iad, e, buf, size);
}

size_t
print_endpoint_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return field(p->endpoint->self, e, buf, size);
}

size_t
print_max_packet(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return number(buf, size, e->format, desc_packet_size(p->endpoint));
}

size_t
print_busnum(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	(void)e;
	return number(buf, size, "%u\n", p->device->snapshot->busnum);
}

size_t
print_devnum(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	(void)e;
	return number(buf, size, "%u\n", p->device->snapshot->devnum);
}

size_t
print_speed(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	unsigned kbit = p->device->snapshot->speed_kbit;
	const char *text = snapshot_attr(p->device->snapshot, "speed");

	(void)e;
	if (text)
		return put(buf, size, text);
	if (kbit == 0)
		return put(buf, size, "unknown\n");
	return kbit == 1500 ? put(buf, size, "1.5\n") : number(buf, size, "%u\n", kbit / 1000);
}

/* What the device says is in force, even where its descriptors have no such configuration. */
size_t
print_active_config(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	int value = p->device->snapshot->active_config;

	(void)e;
	return value > 0 ? number(buf, size, "%u\n", (unsigned)value) : 0;
}

size_t
print_configuration(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	const char *text = snapshot_attr(p->device->snapshot, e->name);

	/* sysfs knows the string of the configuration in force only, and has an empty file where
	 * there is none. */
	if (!text || (p->config && (!p->active || !*text)))
		return NO_SUCH_FILE;
	return put(buf, size, text);
}

size_t
print_interface_attr(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	const struct snapshot_interface *i;
	const char *text;

	if (!p->active)
		return NO_SUCH_FILE;
	i = snapshot_interface(p->device->snapshot, p->interface->number);
	text = i ? snapshot_interface_attr(i, e->name) : NULL;
	return text ? put(buf, size, text) : NO_SUCH_FILE;
}

size_t
print_type(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	static const char *const names[] = {"Control\n", "Isoc\n", "Bulk\n", "Interrupt\n"};

	(void)e;
	return put(buf, size, names[p->endpoint->attributes & 3]);
}

size_t
print_direction(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	(void)e;
	if ((p->endpoint->attributes & 3) == DESC_CONTROL)
		return put(buf, size, "both\n");
	return put(buf, size, p->endpoint->address & 0x80 ? "in\n" : "out\n");
}

/* Of periodic endpoints the service interval. At high speed alone, control and bulk OUT endpoints say
 * with bInterval how often they NAK, in microframes of 125 us (USB 2.0 section 9.6.6). */
size_t
print_interval(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	unsigned speed = p->device->snapshot->speed_kbit;
	unsigned type = p->endpoint->attributes & 3;
	unsigned us = (unsigned)(desc_interval_ns(p->endpoint, speed) / 1000);

	(void)e;
	if (speed == 480000 &&
		(type == DESC_CONTROL || (type == DESC_BULK && !(p->endpoint->address & 0x80))))
		us = p->endpoint->interval * 125u;
	if (us % 1000)
		return number(buf, size, "%uus\n", us);
	return number(buf, size, "%ums\n", us / 1000);
}

size_t
print_interval_bytes(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	unsigned type = p->endpoint->attributes & 3;

	(void)e;
	if (type != DESC_ISO && type != DESC_INTERRUPT)
		return NO_SUCH_FILE;
	return number(buf, size, "%u\n",
		desc_interval_bytes(p->endpoint, p->device->snapshot->speed_kbit));
}

size_t
print_companion_field(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	return field(desc_companion(p->endpoint), e, buf, size);
}

size_t
print_streams(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	unsigned streams = desc_max_streams(p->endpoint);

	(void)e;
	return streams ? number(buf, size, "%u\n", streams) : NO_SUCH_FILE;
}

/* Bits 1:0 of an isochronous endpoint's companion, one less than the bursts in an interval, unless
 * bit 7 says that a SuperSpeedPlus companion has the say (USB 3.2 table 9-26). */
size_t
print_mult(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	struct desc_span companion = desc_companion(p->endpoint);
	unsigned attributes = desc_u8(companion, 3);

	(void)e;
	if ((p->endpoint->attributes & 3) != DESC_ISO || companion.len == 0 || attributes & 0x80)
		return NO_SUCH_FILE;
	return number(buf, size, "%u\n", attributes & 3);
}

size_t
print_ssp_bytes(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	struct desc_span ssp = desc_ssp_companion(p->endpoint);

	(void)e;
	if (ssp.len == 0)
		return NO_SUCH_FILE;
	return number(buf, size, "%u\n", desc_u16(ssp, 4) | (unsigned)desc_u16(ssp, 6) << 16);
}

struct desc_span
raw_report(const struct place *p)
{
	const struct snapshot_interface *i = NULL;

	if (p->active)
		i = snapshot_interface(p->device->snapshot, p->interface->number);
	if (!i)
		return (struct desc_span){.data = NULL};
	return (struct desc_span){.data = i->report_descriptor, .len = i->report_descriptor_len};
}

struct desc_span
raw_descriptors(const struct place *p)
{
	const struct snapshot *s = p->device->snapshot;

	return (struct desc_span){.data = s->descriptors, .len = s->descriptors_len};
}

struct desc_span
raw_bos(const struct place *p)
{
	const struct snapshot *s = p->device->snapshot;

	return (struct desc_span){.data = s->bos, .len = s->bos_len};
}

struct desc_span
raw_config(const struct place *p)
{
	return p->config->whole;
}

struct desc_span
raw_alt(const struct place *p)
{
	return p->alt ? p->alt->whole : (struct desc_span){.data = NULL};
}

struct desc_span
raw_endpoint(const struct place *p)
{
	struct desc_span s = p->endpoint->self;

	s.len += p->endpoint->extra.len;
	return s;
}

struct desc_span
raw_companion(const struct place *p)
{
	return desc_companion(p->endpoint);
}

struct desc_span
raw_ssp_companion(const struct place *p)
{
	return desc_ssp_companion(p->endpoint);
}
