/* SPDX-License-Identifier: MIT */
/*
 * How bytes move between a transfer and a virtual endpoint, packet by packet: short packets, ZLPs,
 * NAK, STALL and babble (USB 2.0 sections 5.8.3 and 8.5). Runs of full packets are moved at once.
 * A transfer's actual counts what has moved so far, so that whatever ends it leaves it right.
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <string.h>

#include "backend/sim/pattern.h"

enum step {
	STEP_NAK,   /* nothing can move now */
	STEP_MOVED, /* something has */
	STEP_OVER,  /* something has, and it ended the transfer */
};

/* Bytes that the rate of the device allows now; when none, it is called again in time. */
static size_t
budget(struct sim_device *d)
{
	enum { BURST_NS = 5 * 1000 * 1000, MODERATION_NS = 250 * 1000 };
	uint64_t now, bytes, late;

	if (d->model->rate == 0)
		return SIZE_MAX;
	now = sim_now();
	/* A bus that was idle has not saved up more than a burst. */
	if (d->bus_free + BURST_NS < now)
		d->bus_free = now - BURST_NS;
	if (d->bus_free > now) {
		/* A host controller does not interrupt for every transfer either. */
		late = d->bus_free % MODERATION_NS;
		sim_device_due(d, late ? d->bus_free + MODERATION_NS - late : d->bus_free);
		return 0;
	}
	bytes = d->model->rate / 100;
	return bytes ? bytes : 1;
}

static void
spend(struct sim_device *d, size_t bytes)
{
	if (d->model->rate)
		d->bus_free += (uint64_t)((double)bytes * 1e9 / (double)d->model->rate);
}

/* LEN in full packets of E, at least one: a packet that has begun is finished. */
static size_t
full_packets(const struct sim_endpoint *e, size_t len)
{
	return len < e->packet ? e->packet : len - len % e->packet;
}

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Sends packets of the first item. */
static enum step
send_packets(struct sim_endpoint *e, struct transfer *t, const struct sim_item *item,
	const uint8_t *data, size_t allowed)
{
	size_t rest = item->len - item->sent;
	size_t unit = item->kind == SIM_ITEM_STREAM ? e->packet : min(item->unit, e->packet);
	size_t n;

	if (unit == e->packet)
		n = min(rest, min(t->length - t->actual, full_packets(e, allowed)));
	else
		n = min(rest, unit);
	if (n)
		memcpy(t->buffer + t->actual, data, n);
	t->actual += n;
	sim_queue_sent(&e->queue, n);
	/* A stream ends with a short packet, so an empty one is still to come after a full one. */
	if (n == rest && (item->kind != SIM_ITEM_STREAM || n % e->packet || n == 0))
		sim_queue_pop(&e->queue);
	return n % e->packet || n == 0 ? STEP_OVER : STEP_MOVED;
}

/* The endpoint halts, with all of its streams. */
static void
halt(struct sim_device *d, struct sim_endpoint *e)
{
	sim_endpoint_owner(e)->halted = true;
	sim_device_touch(d, e);
}

static enum step
send_item(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, size_t allowed,
	int *ret_status)
{
	struct sim_item item;
	const uint8_t *data;

	if (!sim_queue_front(&e->queue, &item, &data))
		return STEP_NAK;
	switch (item.kind) {
	case SIM_ITEM_STALL:
		sim_queue_pop(&e->queue);
		halt(d, e);
		return STEP_MOVED;
	case SIM_ITEM_BABBLE:
		sim_queue_pop(&e->queue);
		if (item.unit > e->packet || item.unit > t->length - t->actual) {
			*ret_status = -EOVERFLOW;
			return STEP_OVER;
		}
		memset(t->buffer + t->actual, 0, item.unit);
		t->actual += item.unit;
		return item.unit % e->packet || item.unit == 0 ? STEP_OVER : STEP_MOVED;
	default:
		return send_packets(e, t, &item, data, allowed);
	}
}

void
sim_source_send(struct sim_endpoint *e, uint8_t *to, size_t n)
{
	enum sim_pattern pattern = e->behaviour->pattern;

	if (to && pattern == SIM_PATTERN_COUNTER)
		sim_pattern_fill(to, n, e->position);
	else if (to && pattern == SIM_PATTERN_ZERO)
		memset(to, 0, n);
	else if (to)
		sim_pattern_clear(to, n);
	e->position += n;
}

static enum step
send_pattern(struct sim_endpoint *e, struct transfer *t, size_t allowed)
{
	const struct sim_behaviour *b = e->behaviour;
	uint64_t left = UINT64_MAX;
	size_t n;

	if (e->zlp_due) {
		e->zlp_due = false;
		return STEP_OVER;
	}
	if (b->message)
		left = b->message - e->position % b->message;
	if (b->total && b->total - e->position < left)
		left = b->total - e->position;
	if (left == 0)
		return STEP_NAK;
	n = min(t->length - t->actual, full_packets(e, allowed));
	if (n > left)
		n = left;
	sim_source_send(e, t->buffer + t->actual, n);
	t->actual += n;
	e->zlp_due = b->message && n == left && n % e->packet == 0;
	return n % e->packet ? STEP_OVER : STEP_MOVED;
}

static enum step
step_in(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int *ret_status)
{
	size_t allowed = budget(d), before = t->actual;
	enum step step;

	if (allowed == 0)
		return STEP_NAK;
	if (e->kind == SIM_KEYBOARD)
		sim_keyboard_run(d, e);
	step = send_item(d, e, t, allowed, ret_status);
	if (step == STEP_NAK && e->kind == SIM_SOURCE)
		step = send_pattern(e, t, allowed);
	spend(d, t->actual - before);
	if (step == STEP_NAK)
		return STEP_NAK;
	/* There is room again for whoever fills the queue. */
	if (e->peer)
		sim_device_touch(d, e->peer);
	sim_device_touch(d, &d->endpoints[0]);
	return t->actual == t->length ? STEP_OVER : step;
}

void
sim_endpoint_record(struct sim_endpoint *e, const uint8_t *data, size_t len, bool keep)
{
	size_t full = len / e->packet, rest = len % e->packet;

	e->taken_total += len;
	/* No memory is a reason to remember less, not to fail. */
	if (keep && e->taken.len < SIM_TAKEN_MAX)
		(void)sim_bytes_add(&e->taken, data, min(len, SIM_TAKEN_MAX - e->taken.len));
	for (int shorter = full ? 0 : 1; shorter < 2; shorter++) {
		uint32_t size = (uint32_t)(shorter ? rest : e->packet);
		struct sim_packets *p = e->n_packets ? &e->packets[e->n_packets - 1] : NULL;

		if (shorter && rest == 0 && len)
			break;
		if ((!p || p->size != size || p->count > UINT32_MAX - full - 1) &&
			e->n_packets < SIM_PACKETS_MAX) {
			p = sim_grow(&e->packets, &e->n_packets, sizeof(*p));
			if (p)
				p->size = size;
		}
		if (p && p->size == size)
			p->count += shorter ? 1 : (uint32_t)full;
	}
}

/* An empty queue has room for one packet, however small the bound. */
static size_t
queue_room(const struct sim_queue *q, size_t bound, size_t packet)
{
	size_t used = sim_queue_size(q);

	if (used == 0)
		return bound < packet ? packet : bound;
	used += sizeof(struct sim_item);
	return used < bound ? bound - used : 0;
}

/* How much of LEN bytes the endpoint takes now: *RET_N, whole packets. -EPIPE: it stalls. */
static enum step
take_bytes(struct sim_device *d, struct sim_endpoint *e, const uint8_t *data, size_t len,
	size_t allowed, size_t *ret_n, int *ret_status)
{
	size_t n = min(len, full_packets(e, allowed)), room, good;
	int r;

	switch (e->kind) {
	case SIM_LOOPBACK:
	case SIM_ECHO:
		room = queue_room(&e->peer->queue, e->behaviour->buffer, e->packet);
		if (room < e->packet)
			return STEP_NAK;
		n = min(n, full_packets(e, room));
		if (e->kind == SIM_ECHO && n == 0)
			break;
		r = sim_queue_push(&e->peer->queue,
			e->kind == SIM_ECHO ? SIM_ITEM_STREAM : SIM_ITEM_PACKETS, e->packet, data,
			n);
		if (r < 0)
			return STEP_NAK;
		sim_device_touch(d, e->peer);
		break;
	case SIM_SINK:
		if (!e->behaviour->check)
			break;
		good = sim_pattern_check(data, n, e->position);
		if (good < n) {
			/* The packet with the wrong byte is refused whole. */
			n = good - good % e->packet;
			halt(d, e);
			*ret_status = -EPIPE;
		}
		break;
	case SIM_NAK:
		return STEP_NAK;
	default:
		if (!e->scripted)
			break;
		n = min(n, e->packet);
		r = sim_script_take(d, e, data, n);
		if (r == 0)
			return STEP_NAK;
		if (r < 0) {
			halt(d, e);
			*ret_status = r;
			n = 0;
		}
		break;
	}
	*ret_n = n;
	return STEP_MOVED;
}

static enum step
step_out(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int *ret_status)
{
	size_t allowed = budget(d), left = t->length - t->actual, n = 0;
	enum step step;

	if (allowed == 0)
		return STEP_NAK;
	step = take_bytes(d, e, t->buffer + t->actual, left, allowed, &n, ret_status);
	if (step == STEP_NAK)
		return STEP_NAK;
	if (n || *ret_status == 0)
		sim_endpoint_record(e, t->buffer + t->actual, n, e->kind != SIM_SINK);
	t->actual += n;
	e->position += n;
	spend(d, n);
	if (*ret_status < 0)
		return STEP_OVER;
	if (n < left)
		return STEP_MOVED;
	/* The last packet: full, and a ZLP is wanted after it, unless it was one already. */
	if ((t->flags & TRANSFER_ADD_ZLP) && n && n % e->packet == 0)
		return STEP_MOVED;
	return STEP_OVER;
}

/* Moves what can be moved on an endpoint or a stream. */
static void
run_pending(struct sim_device *d, struct sim_endpoint *e)
{
	const struct sim_endpoint *owner = sim_endpoint_owner(e);
	struct transfer *t;

	while ((t = list_first(&e->pending, struct transfer, node))) {
		int status = 0;
		enum step step;

		if (owner->halted) {
			sim_device_complete(d, e, t, -EPIPE);
			continue;
		}
		if (owner->paused || e->paused || e->kind == SIM_NAK)
			return;
		step = e->address & 0x80 ? step_in(d, e, t, &status) : step_out(d, e, t, &status);
		if (step == STEP_NAK)
			return;
		if (step == STEP_OVER)
			sim_device_complete(d, e, t, status);
		/* A script may have unplugged the device. */
		if (d->gone)
			return;
	}
}

void
sim_endpoint_run(struct sim_device *d, struct sim_endpoint *e)
{
	if (e->type == DESC_ISO) {
		sim_iso_run(d, e);
		return;
	}
	run_pending(d, e);
	for (unsigned n = 0; n < e->n_streams && !d->gone; n++)
		run_pending(d, &e->streams[n]);
}
