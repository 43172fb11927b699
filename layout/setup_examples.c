/* SPDX-License-Identifier: MIT */
/*
 * The requests that a directory lists, see setup.h. Whoever reads a whole tree sends them all, so
 * they only read, change nothing, are those that this device should know, and none is here whose
 * interface a driver of the kernel owns.
 */
#include <string.h>

#include "layout/setup.h"

enum {
	ENGLISH = 0x0409,   /* the language that devices have if they have any */
	STRING_BYTES = 255, /* bLength has no room for more */
	CLASS_HID = 3,
	CLASS_PRINTER = 7,
	CLASS_HUB = 9,
	HID_DESCRIPTOR = 0x21,
	HID_REPORT = 0x22,
};

/* Counts down to the one that is wanted. */
struct search {
	size_t left;
	struct setup *ret;
};

static bool
offer(struct search *search, uint8_t type, uint8_t request, unsigned value, unsigned index,
	unsigned length)
{
	if (search->left-- > 0)
		return false;
	*search->ret = (struct setup){
		type, request, (uint16_t)value, (uint16_t)index, (uint16_t)length, false};
	return true;
}

uint16_t
setup_config_length(const struct desc_index *x, size_t i)
{
	unsigned length = i < x->n_configs ? desc_u16(x->configs[i].self, 2) : 0;
	size_t least = i < x->n_configs ? x->configs[i].self.len : 0;

	if (length < least)
		length = (unsigned)least;
	return length > SETUP_DATA_MAX ? SETUP_DATA_MAX : (uint16_t)length;
}

/* Each of them once, and string 0, the languages. */
static bool
strings(struct search *search, const struct desc_index *x)
{
	bool has[256] = {false};

	for (size_t offset = 14; offset <= 16; offset++)
		has[desc_u8(x->device, offset)] = true;
	for (size_t c = 0; c < x->n_configs; c++) {
		const struct desc_config *config = &x->configs[c];

		has[desc_u8(config->self, 6)] = true;
		for (size_t i = 0; i < config->n_interfaces; i++)
			for (size_t a = 0; a < config->interfaces[i].n_alts; a++)
				has[desc_u8(config->interfaces[i].alts[a].self, 8)] = true;
	}
	has[0] = false;
	if (memchr(has, true, sizeof(has)) &&
		offer(search, SETUP_IN, SETUP_GET_DESCRIPTOR, DESC_STRING << 8, 0, STRING_BYTES))
		return true;
	for (unsigned i = 1; i < 256; i++)
		if (has[i] && offer(search, SETUP_IN, SETUP_GET_DESCRIPTOR, DESC_STRING << 8 | i,
				      ENGLISH, STRING_BYTES))
			return true;
	return false;
}

/* The report descriptors that the HID descriptor behind an interface promises (HID 1.11 section
 * 6.2.1). */
static bool
hid_reports(struct search *search, const struct desc_alt *a, unsigned interface)
{
	struct desc_span rest = a->extra, one;

	while (desc_next(&rest, &one)) {
		if (desc_u8(one, 1) != HID_DESCRIPTOR)
			continue;
		for (size_t at = 6; at + 3 <= one.len; at += 3)
			if (desc_u8(one, at) == HID_REPORT && desc_u16(one, at + 1) > 0 &&
				desc_u16(one, at + 1) <= SETUP_DATA_MAX)
				return offer(search, SETUP_IN | SETUP_INTERFACE,
					SETUP_GET_DESCRIPTOR, HID_REPORT << 8, interface,
					desc_u16(one, at + 1));
	}
	return false;
}

static bool
interfaces(struct search *search, const struct snapshot *s, const struct desc_index *x)
{
	const struct desc_config *config = desc_config(x, s->active_config);

	for (size_t i = 0; config && i < config->n_interfaces; i++) {
		const struct desc_interface *interface = &config->interfaces[i];
		const struct snapshot_interface *now = snapshot_interface(s, interface->number);
		const struct desc_alt *a = now ? desc_alt(interface, now->alternate) : NULL;
		bool owned = now && now->driver && strcmp(now->driver, "usbfs") != 0;

		if (!a)
			a = &interface->alts[0];
		/* GET_DEVICE_ID, which the kernel lets pass whoever owns the printer. */
		if (desc_u8(a->self, 5) == CLASS_PRINTER &&
			offer(search, SETUP_IN | SETUP_CLASS | SETUP_INTERFACE, 0, 0,
				(unsigned)(interface->number << 8 | a->number), 0x3ff))
			return true;
		if (desc_u8(a->self, 5) == CLASS_HID && !owned &&
			hid_reports(search, a, interface->number))
			return true;
	}
	return false;
}

bool
setup_example(const struct snapshot *s, const struct desc_index *x, size_t i, struct setup *ret)
{
	struct search search = {i, ret};
	bool super = s->speed_kbit >= 5000000;

	if (x->device.len > 0 && offer(&search, SETUP_IN, SETUP_GET_DESCRIPTOR, DESC_DEVICE << 8, 0,
					 desc_u8(x->device, 0)))
		return true;
	for (unsigned c = 0; c < x->n_configs; c++)
		if (offer(&search, SETUP_IN, SETUP_GET_DESCRIPTOR, DESC_CONFIG << 8 | c, 0,
			    setup_config_length(x, c)))
			return true;
	if (s->bos_len > 0 && s->bos_len <= SETUP_DATA_MAX &&
		offer(&search, SETUP_IN, SETUP_GET_DESCRIPTOR, DESC_BOS << 8, 0,
			(unsigned)s->bos_len))
		return true;
	if (strings(&search, x))
		return true;
	if (offer(&search, SETUP_IN, SETUP_GET_STATUS, 0, 0, 2) ||
		offer(&search, SETUP_IN, SETUP_GET_CONFIGURATION, 0, 0, 1))
		return true;
	/* Of hubs, USB 2.0 section 11.24.2.5 and USB 3.2 section 10.16.2.4 */
	if (desc_u8(x->device, 4) == CLASS_HUB &&
		offer(&search, SETUP_IN | SETUP_CLASS, SETUP_GET_DESCRIPTOR,
			super ? 0x2a00 : 0x2900, 0, super ? 12 : 71))
		return true;
	return interfaces(&search, s, x);
}
