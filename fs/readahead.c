/* SPDX-License-Identifier: MIT */
/*
 * Which IN transfers are asked for, of what size, and how many at a time.
 *
 * On demand at first: a read that finds nothing puts one transfer in flight, of the size that it
 * asked for. When successive reads are each filled by a whole transfer there is a stream, and more
 * transfers are kept in flight, twice as many with every read up to a bound; the first that comes
 * back short ends that. Where requests are written on the same interface a long reply looks like a
 * stream, and a device may stall when it is asked for more than the reply: there it takes many more
 * filled reads. What is in flight and what waits to be read together never exceed the number wanted:
 * with nobody reading, the device is soon asked for nothing and NAKed.
 */
#include <errno.h>

#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/request.h"
#include "fs/worker.h"

enum {
	AHEAD_BYTES = 1 << 20,        /* in flight, about */
	AHEAD_MAX = 16,               /* transfers in flight */
	AHEAD_STREAK = 2,             /* filled reads that make a stream */
	AHEAD_STREAK_CONVERSING = 32, /* likewise, after a request */
	CAP_PERIOD = 256,             /* reads after which more memory is tried for */
	MESSAGE_SIZE = 16 << 10,      /* of a transfer, where a reader's size says nothing of it */
	LATENCY_MS = 50,
};

static size_t
whole_packets(const struct endpoint *e, size_t size)
{
	size_t n = (size + e->packet - 1) / e->packet * e->packet;

	return n ? n : e->packet;
}

size_t
readahead_size(const struct endpoint *e, size_t wanted)
{
	uint32_t size = endpoint_knob(e, KNOB_SIZE);

	if (size != KNOB_AUTO)
		return whole_packets(e, size);
	/* A device that has something to say on an interrupt endpoint says it in one service
	 * interval; to ask for more would wait for further reports, and join them. */
	if (e->type == DESC_INTERRUPT)
		return e->packet;
	if (!framing_is_raw((enum framing)endpoint_knob(e, KNOB_FRAMING)))
		return whole_packets(e, MESSAGE_SIZE);
	return whole_packets(e, wanted);
}

static unsigned
window_max(size_t size)
{
	size_t n = AHEAD_BYTES / (size ? size : 1);

	return n < 2 ? 2 : n > AHEAD_MAX ? AHEAD_MAX : (unsigned)n;
}

/* How many transfers may be in flight or wait to be read. */
static unsigned
wanted_depth(const struct endpoint *e)
{
	uint32_t depth = endpoint_knob(e, KNOB_DEPTH);

	if (depth == KNOB_AUTO)
		depth = e->window;
	return e->cap && e->cap < depth ? e->cap : depth;
}

static int
submit_bytes(struct endpoint *e, size_t size, uint64_t asker)
{
	struct chunk *c = chunk_new(e, size);
	int r;

	if (!c)
		return -ENOMEM;
	c->transfer.length = size;
	c->asker = asker;
	r = chunk_submit(c, endpoint_in_done);
	if (r < 0)
		chunk_unref(c);
	return r;
}

/* ASKER: whose wish it is; 0: nobody's, it is only expected. */
static int
submit(struct endpoint *e, size_t wanted, uint64_t asker)
{
	size_t size = readahead_size(e, wanted);
	int r;

	if (e->packet == 0)
		return -EINVAL;
	r = endpoint_claim(e);
	if (r < 0)
		return r;
	if (e->type == DESC_ISO)
		return iso_in_submit(e);
	r = submit_bytes(e, size, asker);
	/* usbfs allows all its users 16 MiB together. A stream does as well with less, a message
	 * may not be cut. */
	while (r == -ENOMEM && e->n_flying == 0 && size > e->packet &&
		endpoint_knob(e, KNOB_FRAMING) == FRAMING_STREAM) {
		atomic_fetch_add(&e->stats.backoffs, 1);
		size = whole_packets(e, size / 2);
		r = submit_bytes(e, size, asker);
	}
	return r;
}

static bool
may_submit(const struct endpoint *e)
{
	return !e->paused && !e->failing && list_empty(&e->landed);
}

/* A transfer in flight may be longer than what is wanted now, and partly filled: one that was read
 * ahead, or that someone has left behind who asked for more. Whoever waits now gets those bytes in
 * a while. */
static void
latency_over(struct timer *timer)
{
	struct endpoint *e = container_of(timer, struct endpoint, latency);

	if (!list_empty(&e->waiting) || !list_empty(&e->pollers) || e->hungry)
		chunk_cancel_all(e);
}

static void
watch_latency(struct endpoint *e, size_t wanted)
{
	const struct chunk *oldest = list_first(&e->flying, struct chunk, node);
	uint32_t ms = endpoint_knob(e, KNOB_LATENCY);

	if (!oldest || ms == KNOB_NONE || e->type == DESC_ISO || timer_is_set(&e->latency))
		return;
	if (ms == KNOB_AUTO) {
		/* Who asked for it can wait for it: a device may be slow, and there are some that
		 * give up what they are doing when a transfer is taken back. */
		if (oldest->asker == e->asker ||
			oldest->transfer.length <= readahead_size(e, wanted))
			return;
		ms = LATENCY_MS;
	}
	e->latency.fire = latency_over;
	timer_set(&e->device->timers, &e->latency, ms);
}

void
readahead_demand(struct endpoint *e, size_t wanted)
{
	int r;

	if (!may_submit(e))
		return;
	if (e->n_flying == 0) {
		r = submit(e, wanted, e->asker);
		if (r < 0) {
			endpoint_note_error(e, r);
			e->error = r;
			return;
		}
	}
	watch_latency(e, wanted);
}

void
readahead_learn(struct endpoint *e, const struct chunk *c, size_t wanted, size_t left)
{
	const struct transfer *t = &c->transfer;
	unsigned max;

	timer_clear(&e->latency);
	e->hungry = false;
	if (e->packet == 0 || endpoint_knob(e, KNOB_DEPTH) != KNOB_AUTO || e->type == DESC_ISO)
		return;
	/* The kernel splits a large read(2), so that a few bytes may be left for its second half. */
	if (t->actual < t->length || left >= e->packet || t->length != readahead_size(e, wanted)) {
		if (left > 0 && left < e->packet)
			return;
		e->streak = 0;
		e->window = 1;
		e->cap = 0;
		return;
	}
	if (++e->streak % CAP_PERIOD == 0)
		e->cap = 0;
	max = window_max(t->length);
	if (e->streak >= (bit_get(e->device->conversing, (uint8_t)e->interface)
					 ? AHEAD_STREAK_CONVERSING
					 : AHEAD_STREAK))
		e->window = e->window * 2 < max ? e->window * 2 : max;
}

void
readahead_converse(struct endpoint *e)
{
	e->streak = 0;
	e->window = 1;
}

void
readahead_keep(struct endpoint *e)
{
	bool iso = e->type == DESC_ISO;
	unsigned depth = iso ? iso_in_depth(e) : wanted_depth(e);
	unsigned ring = iso ? iso_in_ring(e) : depth;

	/* Without a window there is nothing but demand. */
	if (!e->active || (depth <= 1 && !iso) || e->packet == 0)
		return;
	if (iso && list_empty(&e->readers))
		return;
	/* A halted endpoint would fail again and again. */
	if (!iso && backlog_has_error(e))
		return;
	while (may_submit(e) && !e->error && !endpoint_dead(e) && e->n_flying < depth &&
		e->n_flying + backlog_ahead(e) < ring) {
		int r = submit(e, e->last_size, 0);

		if (r == 0)
			continue;
		/* As many as there are have to do; with none, the next read hears why. */
		if (r == -ENOMEM && e->n_flying > 0) {
			atomic_fetch_add(&e->stats.backoffs, 1);
			e->cap = e->n_flying;
		}
		return;
	}
}
