/* SPDX-License-Identifier: MIT */
/*
 * Isochronous IN: a device sends in every service interval whether anybody is ready or not, so
 * transfers of some milliseconds each are kept in flight for as long as a file is open for reading.
 * What nobody reads is buffered, up to a bound; beyond it the bus is not listened to, which is
 * counted as a gap.
 */
#include <errno.h>
#include <string.h>

#include "fs/chunk.h"
#include "fs/device.h"
#include "fs/endpoint.h"

enum {
	TRANSFER_NS = 8 * 1000 * 1000, /* that one transfer is to last, about */
	DEPTH = 4,
	RING = 64,
};

/* Closes the gaps that packets shorter than their room have left. */
static void
compact(struct transfer *t)
{
	unsigned char *to = t->buffer;
	const unsigned char *from = t->buffer;

	for (unsigned i = 0; i < t->n_packets; i++) {
		const struct transfer_packet *p = &t->packets[i];

		if (to != from)
			memmove(to, from, p->actual);
		to += p->actual;
		from += p->length;
	}
	t->actual = (size_t)(to - t->buffer);
}

static void
iso_in_done(struct chunk *c)
{
	struct endpoint *e = c->endpoint;
	struct transfer *t = &c->transfer;

	compact(t);
	atomic_fetch_add(&e->stats.iso_packets, t->n_packets);
	for (unsigned i = 0; i < t->n_packets; i++)
		if (t->packets[i].status < 0)
			atomic_fetch_add(&e->stats.iso_errors, 1);
	endpoint_in_done(c);
}

int
iso_in_submit(struct endpoint *e)
{
	uint64_t n = e->interval_ns ? TRANSFER_NS / e->interval_ns : 0;
	struct chunk *c;
	int r;

	if (e->interval_ns == 0)
		return -EINVAL;
	n = n < 1 ? 1 : n > TRANSFER_MAX_PACKETS ? TRANSFER_MAX_PACKETS : n;
	c = chunk_new_iso(e, n * e->packet);
	if (!c)
		return -ENOMEM;
	c->transfer.length = n * e->packet;
	c->transfer.n_packets = (unsigned)n;
	for (unsigned i = 0; i < n; i++)
		c->packets[i] = (struct transfer_packet){.length = e->packet};
	r = chunk_submit(c, iso_in_done);
	if (r < 0)
		chunk_unref(c);
	else if (e->n_flying == 1 && e->running)
		atomic_fetch_add(&e->stats.gaps, 1);
	if (r == 0)
		e->running = true;
	return r;
}

unsigned
iso_in_depth(const struct endpoint *e)
{
	uint32_t depth = endpoint_knob(e, KNOB_DEPTH);

	return depth == KNOB_AUTO ? DEPTH : depth;
}

unsigned
iso_in_ring(const struct endpoint *e)
{
	return iso_in_depth(e) + RING;
}
