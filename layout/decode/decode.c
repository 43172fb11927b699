/* SPDX-License-Identifier: MIT */
/*
 * The walk through all descriptors of a device, in the order of the bytes: which stands below which,
 * and which class decodes it.
 *
 * The text is many times as long as the bytes, of which a hostile device can send half a megabyte:
 * when it has become too long, the rest of the bytes is shown as hex.
 */
#include "layout/decode/decode.h"

#include <stdio.h>
#include <string.h>

#include "layout/decode/classes.h"

enum { TEXT_MAX = 2 * 1024 * 1024 };

/* How deep in the tree they stand. */
enum level { LEVEL_DEVICE, LEVEL_CONFIG, LEVEL_INTERFACE, LEVEL_ENDPOINT, LEVEL_EXTRA };

bool
decode_goes_on(const struct decode *d)
{
	return d->sink->out.len < TEXT_MAX;
}

void
decode_undecodable(struct decode *d, struct desc_span bytes)
{
	d->sink->ops->begin(d->sink, "Undecoded Bytes", (size_t)(bytes.data - d->start), bytes);
	if (!decode_goes_on(d))
		decode_problem(d, "there are too many descriptors to decode all of them");
	else if (desc_u8(bytes, 0) < 2)
		decode_problem(d, "bLength is %u, at least 2 is possible", desc_u8(bytes, 0));
	else if (desc_u8(bytes, 0) > bytes.len)
		decode_problem(
			d, "bLength is %u, but there are %zu bytes", desc_u8(bytes, 0), bytes.len);
	d->sink->ops->bytes(d->sink, "data", -1, bytes, NULL);
	d->sink->ops->end(d->sink);
}

/* Ends what stands at LEVEL or below. */
static void
leave(struct decode *d, unsigned level)
{
	while (d->sink->depth > level)
		d->sink->ops->end(d->sink);
}

static bool
decode_class(struct decode *d, struct desc_span one)
{
	switch (d->class_) {
	case 0x01:
		if (d->subclass == 3)
			return decode_midi(d, one);
		if (d->protocol == 0x20)
			return decode_audio_2(d, one);
		if (d->protocol == 0x30)
			return decode_audio_3(d, one);
		/* There are devices with other numbers that mean 1.0 nevertheless. */
		return decode_audio_1(d, one);
	case 0x02:
	case 0x0a:
		return decode_cdc(d, one);
	case 0xe0:
	case 0xef:
		/* RNDIS has them as CDC does. */
		return ((d->class_ == 0xe0 && d->subclass == 1 && d->protocol == 3) ||
			       (d->class_ == 0xef && d->subclass == 4)) &&
		       decode_cdc(d, one);
	case 0x03:
		return decode_hid(d, one);
	case 0x07:
		return decode_printer(d, one);
	case 0x08:
		return decode_storage(d, one);
	case 0x0b:
		return decode_ccid(d, one);
	case 0x0e:
		return decode_video(d, one);
	case 0xfe:
		return d->subclass == 1 && decode_dfu(d, one);
	default:
		return false;
	}
}

static unsigned
level_of(const struct decode *d, uint8_t type)
{
	unsigned below = d->sink->depth;

	switch (type) {
	case DESC_DEVICE:
		return LEVEL_DEVICE;
	case DESC_CONFIG:
	case 0x07:
		return LEVEL_CONFIG;
	case DESC_INTERFACE:
	case DESC_IAD:
		return LEVEL_INTERFACE;
	case DESC_ENDPOINT:
		return LEVEL_ENDPOINT;
	}
	/* It belongs to what it follows: endpoint, interface or configuration. */
	return below < LEVEL_EXTRA ? below : LEVEL_EXTRA;
}

/* The interface of the descriptor ONE, if that is its setting in force. */
static const struct snapshot_interface *
in_force(const struct decode *d, struct desc_span one)
{
	const struct snapshot *s = d->snapshot;
	const struct snapshot_interface *i = snapshot_interface(s, desc_u8(one, 2));

	return i && d->config == s->active_config && i->alternate == desc_u8(one, 3) ? i : NULL;
}

static void
decode_one(struct decode *d, struct desc_span one)
{
	uint8_t type = one.data[1];
	unsigned level = level_of(d, type);

	leave(d, level);
	if (type == DESC_INTERFACE || type == DESC_IAD || type == DESC_CONFIG) {
		/* An association's are those of no interface. */
		bool interface = type == DESC_INTERFACE;

		d->class_ = interface ? desc_u8(one, 5) : 0;
		d->subclass = interface ? desc_u8(one, 6) : 0;
		d->protocol = interface ? desc_u8(one, 7) : 0;
		d->in_endpoint = false;
		if (type == DESC_CONFIG)
			d->config = desc_u8(one, 5);
		d->interface = interface ? desc_u8(one, 2) : 0;
		d->in_force = interface ? in_force(d, one) : NULL;
	}
	if (type == DESC_ENDPOINT)
		d->in_endpoint = true;
	if (!decode_class(d, one) && !decode_standard(d, one))
		decode_unknown(d, "Unknown Descriptor", one);
	/* Only these have others below them. */
	if (type != DESC_DEVICE && type != DESC_CONFIG && type != DESC_INTERFACE &&
		type != DESC_ENDPOINT)
		leave(d, level);
}

static void
decode_run(struct decode *d, struct desc_span run)
{
	struct desc_span one;

	while (decode_goes_on(d) && desc_next(&run, &one))
		decode_one(d, one);
	if (run.len > 0)
		decode_undecodable(d, run);
}

static void
decode_config(struct decode *d, const struct desc_config *c)
{
	struct desc_span rest = c->whole, one;

	if (!decode_goes_on(d) || !desc_next(&rest, &one)) {
		leave(d, LEVEL_CONFIG);
		decode_undecodable(d, c->whole);
		return;
	}
	d->total = c->whole.len;
	decode_one(d, one);
	decode_run(d, rest);
	leave(d, LEVEL_CONFIG);
}

static void
decode_all(struct decode *d, struct desc_span all)
{
	const struct desc_index *x = d->index;
	struct desc_span rest = all;

	if (x->device.len == 0) {
		if (all.len > 0)
			decode_undecodable(d, all);
		return;
	}
	decode_device(d, x->device);
	rest.data += x->device.len;
	rest.len -= x->device.len;
	for (size_t i = 0; i < x->n_configs; i++) {
		struct desc_span gap = rest, whole = x->configs[i].whole;

		gap.len = (size_t)(whole.data - rest.data);
		decode_run(d, gap);
		leave(d, LEVEL_CONFIG);
		decode_config(d, &x->configs[i]);
		rest.data = whole.data + whole.len;
		rest.len = all.len - (size_t)(rest.data - all.data);
	}
	decode_run(d, rest);
	leave(d, LEVEL_DEVICE);
}

static void
know(struct decode *d, unsigned number, const char *text)
{
	if (number > 0 && text && *text && *text != '\n')
		d->strings[number] = text;
}

/* The strings that can be known without asking the device. One number means one string wherever
 * it is found. */
static void
know_strings(struct decode *d)
{
	const struct snapshot *s = d->snapshot;
	const struct desc_config *c = desc_config(d->index, s->active_config);

	know(d, desc_u8(d->index->device, 14), snapshot_attr(s, "manufacturer"));
	know(d, desc_u8(d->index->device, 15), snapshot_attr(s, "product"));
	know(d, desc_u8(d->index->device, 16), snapshot_attr(s, "serial"));
	if (!c || s->active_config == 0)
		return;
	know(d, desc_u8(c->self, 6), snapshot_attr(s, "configuration"));
	for (size_t i = 0; i < s->n_interfaces; i++) {
		const struct snapshot_interface *si = &s->interfaces[i];
		const struct desc_interface *interface = desc_interface(c, si->number);
		const struct desc_alt *a = interface ? desc_alt(interface, si->alternate) : NULL;

		if (a)
			know(d, desc_u8(a->self, 8), snapshot_interface_attr(si, "interface"));
	}
}

static char *
decode(struct sink *k, const struct snapshot *s, const struct desc_index *index, size_t *ret_len)
{
	struct decode d = {.sink = k, .snapshot = s, .index = index, .start = s->descriptors};

	if (!k)
		return NULL;
	know_strings(&d);
	k->ops->start(k, s, index->device);
	decode_all(&d, (struct desc_span){.data = s->descriptors, .len = s->descriptors_len});
	if (s->bos_len > 0) {
		k->ops->start_bos(k);
		decode_bos(&d, (struct desc_span){.data = s->bos, .len = s->bos_len});
	}
	k->ops->finish(k);
	return k->ops->take(k, ret_len);
}

char *
decode_text(const struct snapshot *s, const struct desc_index *index, size_t *ret_len)
{
	return decode(text_sink_new(), s, index, ret_len);
}

char *
decode_json(const struct snapshot *s, const struct desc_index *index, size_t *ret_len)
{
	return decode(json_sink_new(), s, index, ret_len);
}
