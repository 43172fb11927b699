/* SPDX-License-Identifier: MIT */
/*
 * Isochronous endpoints (USB 2.0 section 5.6): a packet in every service interval, whether anyone
 * is ready for it or not. There is no NAK and no stall, and what is lost stays lost.
 *
 * A transfer covers as many intervals as it has packets, from the end of the one before it. It is
 * looked at when the last of them has passed, so the clock wakes us once for each transfer. If none
 * is left to follow then, there is a gap, and the next one begins when it is submitted.
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <string.h>

#include "backend/sim/pattern.h"

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The endpoint's time, which stands still while it is paused. */
static uint64_t
clock_of(const struct sim_endpoint *e)
{
	return e->paused ? e->paused_at : sim_now();
}

/* Sends what belongs in an interval of a source. */
static size_t
send_pattern(struct sim_endpoint *e, uint8_t *to, size_t room)
{
	const struct sim_behaviour *b = e->behaviour;
	uint64_t n = e->packet;

	if (b->packet && b->packet < n)
		n = b->packet;
	if (b->message && b->message - e->position % b->message < n)
		n = b->message - e->position % b->message;
	if (b->total && b->total - e->position < n)
		n = b->total - e->position;
	sim_source_send(e, n <= room ? to : NULL, (size_t)n);
	return (size_t)n;
}

static size_t
send_item(struct sim_endpoint *e, const struct sim_item *item, const uint8_t *data, uint8_t *to,
	size_t room)
{
	size_t rest = item->len - item->sent;
	size_t n =
		min(rest, item->kind == SIM_ITEM_STREAM ? e->packet : min(item->unit, e->packet));

	if (n && n <= room)
		memcpy(to, data, n);
	sim_queue_sent(&e->queue, n);
	if (n == rest)
		sim_queue_pop(&e->queue);
	return n;
}

/* What the device sends in an interval: its length, or an error. What does not fit is lost. */
static ssize_t
send_packet(struct sim_device *d, struct sim_endpoint *e, uint8_t *to, size_t room)
{
	struct sim_item item;
	const uint8_t *data;
	size_t n = 0;

	if (sim_queue_front(&e->queue, &item, &data)) {
		switch (item.kind) {
		case SIM_ITEM_STALL:
			/* No answer that an isochronous endpoint may give. */
			sim_queue_pop(&e->queue);
			return -EIO;
		case SIM_ITEM_BABBLE:
			sim_queue_pop(&e->queue);
			n = item.unit;
			if (n <= room)
				memset(to, 0, n);
			break;
		default:
			n = send_item(e, &item, data, to, room);
			break;
		}
		/* There is room again for whoever fills the queue. */
		if (e->peer)
			sim_device_touch(d, e->peer);
		sim_device_touch(d, &d->endpoints[0]);
	} else if (e->kind == SIM_SOURCE) {
		n = send_pattern(e, to, room);
	}
	return n <= room ? (ssize_t)n : -EOVERFLOW;
}

/* The device gets what was sent in an interval; false: it has lost it, or does not want it. */
static bool
take_packet(struct sim_device *d, struct sim_endpoint *e, const uint8_t *data, size_t len)
{
	int r;

	switch (e->kind) {
	case SIM_LOOPBACK:
	case SIM_ECHO:
		/* Nobody can be made to wait: when the buffer is full, so it is. */
		if (sim_queue_size(&e->peer->queue) + len > e->behaviour->buffer)
			return false;
		r = sim_queue_push(&e->peer->queue,
			e->kind == SIM_ECHO ? SIM_ITEM_STREAM : SIM_ITEM_PACKETS, e->packet, data,
			len);
		sim_device_touch(d, e->peer);
		return r == 0;
	case SIM_SINK:
		if (!e->behaviour->check || sim_pattern_check(data, len, e->position) == len)
			return true;
		e->wrong++;
		return false;
	case SIM_NAK:
		return false;
	default:
		r = e->scripted ? sim_script_take(d, e, data, len) : 1;
		if (r < 0)
			e->wrong++;
		return r > 0;
	}
}

/* The first N intervals of a transfer have passed. */
static void
move(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, unsigned n)
{
	uint8_t *at = t->buffer;

	for (unsigned i = 0; i < n; i++) {
		struct transfer_packet *p = &t->packets[i];
		bool in = e->address & 0x80, lost = e->errors && (in || p->length);
		ssize_t sent = in ? send_packet(d, e, at, p->length) : p->length;

		if (lost) {
			e->errors--;
			sent = e->error;
		}
		/* Where the device is in the stream of what it expects, it knows by the time. */
		if (!in && p->length) {
			if (!lost && take_packet(d, e, at, p->length))
				sim_endpoint_record(e, at, p->length, e->kind != SIM_SINK);
			e->position += p->length;
		}
		p->status = sent < 0 ? (int)sent : 0;
		p->actual = sent < 0 ? 0 : (unsigned)sent;
		t->actual += p->actual;
		at += p->length;
	}
}

void
sim_iso_submit(struct sim_device *d, struct sim_endpoint *e, struct transfer *t)
{
	/* What has passed meanwhile is not to be continued. */
	sim_iso_run(d, e);
	if (list_empty(&e->pending)) {
		if (e->running)
			e->missed++;
		e->schedule = clock_of(e);
	}
	e->running = true;
	e->schedule += t->n_packets * e->interval;
	t->due = e->schedule;
	list_append(&e->pending, &t->node);
}

void
sim_iso_run(struct sim_device *d, struct sim_endpoint *e)
{
	uint64_t now = clock_of(e);
	struct transfer *t;

	while (!e->paused && (t = list_first(&e->pending, struct transfer, node))) {
		if (t->due > now) {
			sim_device_due(d, t->due);
			return;
		}
		move(d, e, t, t->n_packets);
		sim_device_complete(d, e, t, 0);
	}
}

void
sim_iso_abort(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int status)
{
	uint64_t begin = t->due - t->n_packets * e->interval, now = clock_of(e), passed = 0;

	if (now > begin)
		passed = (now - begin) / e->interval;
	if (passed > t->n_packets)
		passed = t->n_packets;
	move(d, e, t, (unsigned)passed);
	for (unsigned i = (unsigned)passed; i < t->n_packets; i++)
		t->packets[i].status = status;
	/* The last one: nobody wants more, so what comes next is not late. */
	if (e->pending.prev == e->pending.next)
		e->running = false;
}

void
sim_iso_pause(struct sim_device *d, struct sim_endpoint *e, bool pause)
{
	uint64_t now = sim_now();

	if (pause == e->paused)
		return;
	if (pause) {
		sim_iso_run(d, e);
		e->paused_at = now;
	} else {
		list_for_each (pos, &e->pending)
			list_entry(pos, struct transfer, node)->due += now - e->paused_at;
		e->schedule += now - e->paused_at;
	}
	e->paused = pause;
	sim_device_touch(d, e);
}
