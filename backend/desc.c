/* SPDX-License-Identifier: MIT */
/*
 * The descriptor walker; see desc.h. Descriptors are taken one by one with desc_next(), the only
 * place that believes a bLength, and that only as far as there are bytes. Arrays grow as things are
 * found, within the limits of the header.
 */
#include "backend/desc.h"

#include <stdlib.h>

enum {
	DEVICE_LEN = 18,
	CONFIG_LEN = 9,
	INTERFACE_LEN = 9,
	ENDPOINT_LEN = 7,
	IAD_LEN = 8,
};

uint8_t
desc_u8(struct desc_span span, size_t offset)
{
	return offset < span.len ? span.data[offset] : 0;
}

uint16_t
desc_u16(struct desc_span span, size_t offset)
{
	if (span.len < 2 || offset > span.len - 2)
		return 0;
	return (uint16_t)(span.data[offset] | span.data[offset + 1] << 8);
}

bool
desc_next(struct desc_span *rest, struct desc_span *ret_one)
{
	uint8_t len = desc_u8(*rest, 0);

	if (rest->len < 2 || len < 2 || len > rest->len)
		return false;
	*ret_one = (struct desc_span){.data = rest->data, .len = len};
	rest->data += len;
	rest->len -= len;
	return true;
}

unsigned
desc_packet_size(const struct desc_endpoint *e)
{
	return e->max_packet & 0x7ff;
}

static struct desc_span
find_extra(const struct desc_endpoint *e, uint8_t type, size_t at_least)
{
	struct desc_span rest = e->extra, one;

	while (desc_next(&rest, &one))
		if (one.data[1] == type && one.len >= at_least)
			return one;
	return (struct desc_span){0};
}

struct desc_span
desc_companion(const struct desc_endpoint *e)
{
	return find_extra(e, DESC_SS_ENDPOINT_COMPANION, 6);
}

struct desc_span
desc_ssp_companion(const struct desc_endpoint *e)
{
	return find_extra(e, DESC_SSP_ISO_COMPANION, 8);
}

unsigned
desc_burst(const struct desc_endpoint *e)
{
	unsigned burst = desc_u8(desc_companion(e), 2);

	return burst < 16 ? burst + 1 : 1;
}

unsigned
desc_max_streams(const struct desc_endpoint *e)
{
	unsigned exponent = desc_u8(desc_companion(e), 3) & 0x1f;

	return (e->attributes & 3) == DESC_BULK && exponent && exponent <= 16 ? 1u << exponent : 0;
}

unsigned
desc_interval_bytes(const struct desc_endpoint *e, unsigned speed_kbit)
{
	struct desc_span ssp = desc_ssp_companion(e);
	struct desc_span companion = desc_companion(e);
	unsigned more;

	if (speed_kbit >= 5000000 && companion.len > 0) {
		/* bmAttributes bit 7: a SuperSpeedPlus companion has the number instead. */
		if ((e->attributes & 3) == DESC_ISO && desc_u8(companion, 3) & 0x80 && ssp.len > 0)
			return desc_u16(ssp, 4) | (unsigned)desc_u16(ssp, 6) << 16;
		return desc_u16(companion, 4);
	}
	more = speed_kbit >= 480000 ? (e->max_packet >> 11) & 3 : 0;
	return desc_packet_size(e) * (more < 3 ? 1 + more : 1);
}

uint64_t
desc_interval_ns(const struct desc_endpoint *e, unsigned speed_kbit)
{
	unsigned type = e->attributes & 3;
	uint64_t frame = speed_kbit >= 480000 ? 125000 : 1000000;

	if (type != DESC_ISO && type != DESC_INTERRUPT)
		return 0;
	if (type == DESC_INTERRUPT && speed_kbit < 480000)
		return e->interval * frame;
	return e->interval >= 1 && e->interval <= 16 ? frame << (e->interval - 1) : 0;
}

/* Appends a zeroed element to *ARRAY of *N elements of SIZE bytes; NULL: no memory. */
static void *
grow(void *array, size_t *n, size_t size)
{
	char **a = array;
	char *grown = realloc(*a, (*n + 1) * size);

	if (!grown)
		return NULL;
	*a = grown;
	grown += *n * size;
	for (size_t i = 0; i < size; i++)
		grown[i] = 0;
	(*n)++;
	return grown;
}

/* Where the walk through a configuration is. */
struct walk {
	struct desc_config *config;
	struct desc_alt *alt;    /* what endpoints belong to; NULL: nothing is there for them */
	struct desc_span *extra; /* what other descriptors belong to; NULL likewise */
	struct desc_span iads[DESC_MAX_INTERFACES];
	size_t n_iads;
};

/* The interface of that number, which is added if need be. false: no memory; NULL in *ret: one too
 * many. */
static bool
interface_numbered(struct desc_config *c, uint8_t number, struct desc_interface **ret)
{
	*ret = NULL;
	for (size_t k = 0; k < c->n_interfaces; k++) {
		if (c->interfaces[k].number == number) {
			*ret = &c->interfaces[k];
			return true;
		}
	}
	if (c->n_interfaces == DESC_MAX_INTERFACES)
		return true;
	*ret = grow(&c->interfaces, &c->n_interfaces, sizeof(**ret));
	if (*ret)
		(*ret)->number = number;
	return *ret != NULL;
}

static bool
take_interface(struct walk *w, struct desc_span one)
{
	struct desc_interface *interface;
	struct desc_alt *a;

	/* Without a descriptor that can be believed, its endpoints are nobody's. */
	w->alt = NULL;
	w->extra = NULL;
	if (one.len < INTERFACE_LEN)
		return true;
	if (!interface_numbered(w->config, desc_u8(one, 2), &interface))
		return false;
	if (!interface || interface->n_alts == DESC_MAX_ALTS)
		return true;
	a = grow(&interface->alts, &interface->n_alts, sizeof(*a));
	if (!a)
		return false;
	a->self = a->whole = one;
	a->extra = (struct desc_span){.data = one.data + one.len};
	a->number = desc_u8(one, 3);
	w->alt = a;
	w->extra = &a->extra;
	return true;
}

/* The setting reaches to the end of that descriptor, whatever stood between. */
static void
stretch(struct desc_alt *a, struct desc_span one)
{
	a->whole.len = (size_t)(one.data + one.len - a->whole.data);
}

static bool
take_endpoint(struct walk *w, struct desc_span one)
{
	struct desc_alt *a = w->alt;
	struct desc_endpoint *e;

	w->extra = NULL;
	if (!a)
		return true;
	stretch(a, one);
	if (one.len < ENDPOINT_LEN || a->n_endpoints == DESC_MAX_ENDPOINTS)
		return true;
	e = grow(&a->endpoints, &a->n_endpoints, sizeof(*e));
	if (!e)
		return false;
	e->self = one;
	e->extra = (struct desc_span){.data = one.data + one.len};
	e->address = desc_u8(one, 2);
	e->attributes = desc_u8(one, 3);
	e->max_packet = desc_u16(one, 4);
	e->interval = desc_u8(one, 6);
	e->ordinal = (unsigned)(a->n_endpoints - 1);
	for (size_t k = 0; k + 1 < a->n_endpoints; k++)
		e->duplicate |= a->endpoints[k].address == e->address;
	w->extra = &e->extra;
	return true;
}

/* It stands before its first interface, and so ends the one before; but there are devices that have
 * it between an interface and its endpoints. */
static void
take_iad(struct walk *w, struct desc_span one)
{
	if (w->n_iads < DESC_MAX_INTERFACES)
		w->iads[w->n_iads++] = one;
	w->extra = NULL;
}

static bool
take(struct walk *w, struct desc_span one)
{
	switch (desc_u8(one, 1)) {
	case DESC_INTERFACE:
		return take_interface(w, one);
	case DESC_ENDPOINT:
		return take_endpoint(w, one);
	case DESC_IAD:
		if (one.len < IAD_LEN)
			break;
		take_iad(w, one);
		return true;
	}
	/* Of a class, or one that we do not know: it belongs to what it follows. */
	if (w->extra) {
		w->extra->len += one.len;
		stretch(w->alt, one);
	}
	return true;
}

static void
assign_iads(struct walk *w)
{
	struct desc_config *c = w->config;

	for (size_t i = 0; i < c->n_interfaces; i++) {
		for (size_t k = 0; k < w->n_iads && c->interfaces[i].iad.len == 0; k++) {
			unsigned first = desc_u8(w->iads[k], 2);
			unsigned count = desc_u8(w->iads[k], 3);

			if (c->interfaces[i].number >= first &&
				c->interfaces[i].number < first + count)
				c->interfaces[i].iad = w->iads[k];
		}
	}
}

static bool
is_config(struct desc_span one)
{
	return desc_u8(one, 1) == DESC_CONFIG && one.len >= CONFIG_LEN;
}

/* Indexes the configuration that C->whole begins with. With MORE to come, the next one's descriptor
 * ends it: what the kernel shows of a device that sent less than its wTotalLength is followed by
 * that. */
static bool
walk_config(struct desc_config *c, bool more)
{
	struct walk w = {.config = c};
	struct desc_span rest = c->whole, one;

	desc_next(&rest, &c->self);
	while (desc_next(&rest, &one)) {
		if (more && is_config(one)) {
			c->whole.len = (size_t)(one.data - c->whole.data);
			break;
		}
		if (!take(&w, one))
			return false;
	}
	c->value = desc_u8(c->self, 5);
	assign_iads(&w);
	return true;
}

struct desc_index *
desc_index_new(const uint8_t *data, size_t len)
{
	struct desc_index *index = calloc(1, sizeof(*index));
	struct desc_span rest = {.data = data, .len = len}, at, one;
	unsigned promised;

	if (!index || len < DEVICE_LEN)
		return index;
	/* Always that long, whatever its bLength says: it was read as that. */
	index->device = (struct desc_span){.data = data, .len = DEVICE_LEN};
	promised = desc_u8(index->device, 17);
	rest.data += DEVICE_LEN;
	rest.len -= DEVICE_LEN;
	while (index->n_configs < DESC_MAX_CONFIGS) {
		struct desc_config *c;
		size_t total;

		/* What stands between two configurations is skipped. */
		at = rest;
		if (!desc_next(&rest, &one))
			break;
		if (!is_config(one))
			continue;
		c = grow(&index->configs, &index->n_configs, sizeof(*c));
		if (!c)
			return desc_index_free(index);
		total = desc_u16(one, 2);
		if (total < one.len)
			total = one.len;
		if (total > at.len)
			total = at.len;
		c->whole = (struct desc_span){.data = at.data, .len = total};
		if (!walk_config(c, index->n_configs < promised))
			return desc_index_free(index);
		rest.data = at.data + c->whole.len;
		rest.len = at.len - c->whole.len;
	}
	return index;
}

struct desc_index *
desc_index_free(struct desc_index *index)
{
	if (!index)
		return NULL;
	for (size_t c = 0; c < index->n_configs; c++) {
		struct desc_config *config = &index->configs[c];

		for (size_t i = 0; i < config->n_interfaces; i++) {
			struct desc_interface *interface = &config->interfaces[i];

			for (size_t a = 0; a < interface->n_alts; a++)
				free(interface->alts[a].endpoints);
			free(interface->alts);
		}
		free(config->interfaces);
	}
	free(index->configs);
	free(index);
	return NULL;
}

const struct desc_config *
desc_config(const struct desc_index *index, int value)
{
	for (size_t i = 0; i < index->n_configs; i++)
		if (index->configs[i].value == value)
			return &index->configs[i];
	return NULL;
}

const struct desc_interface *
desc_interface(const struct desc_config *config, int number)
{
	for (size_t i = 0; i < config->n_interfaces; i++)
		if (config->interfaces[i].number == number)
			return &config->interfaces[i];
	return NULL;
}

const struct desc_alt *
desc_alt(const struct desc_interface *interface, int number)
{
	for (size_t i = 0; i < interface->n_alts; i++)
		if (interface->alts[i].number == number)
			return &interface->alts[i];
	return NULL;
}

const struct desc_endpoint *
desc_endpoint(const struct desc_alt *alt, uint8_t address)
{
	for (size_t i = 0; i < alt->n_endpoints; i++)
		if (alt->endpoints[i].address == address)
			return &alt->endpoints[i];
	return NULL;
}
