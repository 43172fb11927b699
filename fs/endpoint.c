/* SPDX-License-Identifier: MIT */
/*
 * What the two directions of an endpoint have in common: its life, errors, counters, queues. See
 * endpoint.h; the rest is in endpoint_in.c, endpoint_out.c and endpoint_poll.c.
 */
#include "fs/endpoint.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "fs/alternate.h"
#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/configuration.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/tail.h"
#include "fs/worker.h"

/* ---- the main thread ---- */

static bool
in_force(const struct endpoint *e, const struct snapshot *s)
{
	const struct snapshot_interface *i;

	if (s->active_config != e->config)
		return false;
	i = snapshot_interface(s, (uint8_t)e->interface);
	return i && i->alternate == e->alternate;
}

/* Not in force any more. The worker may know that first. */
static bool
has_left(const struct endpoint *e)
{
	return e->left || atomic_load(&e->ended);
}

/* The newest one of T's address in its setting; LEFT: that was in force before, and is not. */
static struct endpoint *
find(const struct device *d, const struct layout_target *t, bool left)
{
	struct endpoint *newest = NULL;

	list_for_each (at, &d->endpoints) {
		struct endpoint *e = list_entry(at, struct endpoint, node);

		if (has_left(e) == left && e->address == t->endpoint &&
			e->interface == t->interface && e->alternate == t->alternate &&
			e->config == t->config)
			newest = e;
	}
	return newest;
}

bool
endpoint_is_paired(const struct device *d, const struct layout_target *t)
{
	const struct endpoint *e = find(d, t, false);

	return e && endpoint_knob(e, KNOB_PAIR);
}

/* The unit of transfers: a packet, or all that comes in one service interval (USB 2.0 sections 5.6.4
 * and 5.7.4). */
static unsigned
room_for(const struct desc_endpoint *e, unsigned speed_kbit)
{
	unsigned packet = desc_packet_size(e), n = desc_interval_bytes(e, speed_kbit);

	switch (e->attributes & 3) {
	case DESC_ISO:
		return n ? n : packet;
	case DESC_INTERRUPT:
		/* Whole packets, whatever a companion says: a longer one would be babble. */
		return packet && n > packet ? (n + packet - 1) / packet * packet : packet;
	default:
		return packet;
	}
}

struct endpoint *
endpoint_get(struct device *d, const struct layout_target *t)
{
	struct endpoint *e = find(d, t, false), *old;

	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->device = d;
	e->config = t->config;
	e->interface = t->interface;
	e->alternate = t->alternate;
	e->address = (uint8_t)t->endpoint;
	e->attributes = t->desc->attributes;
	e->type = t->desc->attributes & 3;
	e->packet = room_for(t->desc, d->snapshot->speed_kbit);
	e->interval_ns = desc_interval_ns(t->desc, d->snapshot->speed_kbit);
	e->facts = (struct knob_endpoint){
		.in = endpoint_is_in(e),
		.type = e->type,
		.max_streams = d->snapshot->speed_kbit >= 5000000 ? desc_max_streams(t->desc) : 0,
	};
	for (size_t i = 0; i < t->alt->n_endpoints; i++)
		if (t->alt->endpoints[i].address & 0x80)
			e->facts.siblings_in |=
				(uint16_t)(1u << (t->alt->endpoints[i].address & 0x0f));
	for (unsigned k = 0; k < KNOB_COUNT; k++)
		atomic_init(&e->knobs[k], knob_default(&e->facts, k));
	/* Its setting was in force before: the knobs are as they were left. */
	old = find(d, t, true);
	for (unsigned k = 0; old && k < KNOB_COUNT; k++)
		atomic_store(&e->knobs[k], endpoint_knob(old, k));
	e->last_size = e->packet;
	e->window = 1;
	list_init(&e->live);
	list_init(&e->waiting);
	list_init(&e->flying);
	list_init(&e->landed);
	list_init(&e->spare);
	list_init(&e->pollers);
	list_init(&e->backlog);
	list_init(&e->readers);
	list_init(&e->flushes);
	list_init(&e->tails);
	list_init(&e->stale_message.node);
	timer_init(&e->doubt, NULL);
	timer_init(&e->latency, NULL);
	atomic_init(&e->ready, endpoint_is_in(e) ? 0u : (unsigned)POLLOUT);
	list_append(&d->endpoints, &e->node);
	return e;
}

void
endpoint_free(struct endpoint *e)
{
	assert(list_empty(&e->waiting) && list_empty(&e->flushes) && list_empty(&e->pollers));
	assert(list_empty(&e->flying) && list_empty(&e->readers) && list_empty(&e->tails));
	backlog_discard(e);
	chunk_free_spare(e);
	list_del(&e->live);
	list_del(&e->node);
	free(e->ctl_error);
	free(e);
}

void
endpoint_free_left(struct device *d)
{
	list_for_each_safe (at, tmp, &d->endpoints) {
		struct endpoint *e = list_entry(at, struct endpoint, node);

		/* The newest one keeps the knobs. */
		for (struct list *later = tmp; e->left && later != &d->endpoints;
			later = later->next) {
			const struct endpoint *other = list_entry(later, struct endpoint, node);

			if (other->address == e->address && other->interface == e->interface &&
				other->alternate == e->alternate && other->config == e->config) {
				endpoint_free(e);
				break;
			}
		}
	}
}

void
endpoint_check_in_force(struct endpoint *e)
{
	if (e->left || (!atomic_load(&e->ended) && in_force(e, e->device->snapshot)))
		return;
	e->left = true;
	atomic_store(&e->ready, POLLHUP | POLLERR);
	worker_send_stale(e);
}

/* ---- the worker ---- */

int
endpoint_dead(const struct endpoint *e)
{
	if (e->device->unplugged || e->device->quitting)
		return -ENODEV;
	if (e->stale || e->device->unauthorized || alternate_is_off(e) ||
		configuration_is_off(e->device, e->config))
		return -ESHUTDOWN;
	return 0;
}

int
endpoint_claim(struct endpoint *e)
{
	struct device *d = e->device;
	uint32_t stream = endpoint_knob(e, KNOB_STREAM);
	int r = worker_claim(d, e->interface);

	if (r < 0 || !stream || e->streams)
		return r;
	r = d->backend->ops->alloc_streams(d->handle, e->address, e->facts.max_streams);
	if (r < 0)
		return r;
	e->streams = true;
	return (uint32_t)r < stream ? -EINVAL : 0;
}

void
endpoint_note_error(struct endpoint *e, int err)
{
	atomic_store(&e->stats.last_error, err);
	atomic_store(&e->stats.last_error_at, timer_now());
	atomic_fetch_add(&e->stats.errors, 1);
	if (err == -EPIPE)
		atomic_store(&e->stats.halted, true);
}

void
endpoint_fail(struct endpoint *e, int err)
{
	endpoint_note_error(e, err);
	e->failing = true;
	e->failure = err;
	chunk_cancel_all(e);
}

void
endpoint_settle(struct endpoint *e)
{
	struct device *d = e->device;
	int r;

	if (!e->failing || e->n_flying > 0)
		return;
	e->failing = false;
	if (e->failure != -EPIPE || !endpoint_knob(e, KNOB_AUTO_CLEAR_HALT) || endpoint_dead(e))
		return;
	r = d->backend->ops->clear_halt(d->handle, e->address);
	if (r < 0)
		endpoint_note_error(e, r);
	else
		atomic_store(&e->stats.halted, false);
}

void
endpoint_advance(struct endpoint *e)
{
	if (endpoint_is_in(e))
		endpoint_in_serve(e);
	else
		endpoint_out_pump(e);
}

size_t
endpoint_discard(struct endpoint *e)
{
	size_t n = 0;

	if (endpoint_is_in(e))
		n = backlog_discard(e);
	else
		endpoint_out_discard(e);
	e->error = 0;
	endpoint_publish(e, false);
	return n;
}

static void
fail_list(struct list *requests)
{
	while (!list_empty(requests)) {
		struct request *r = list_first(requests, struct request, node);

		endpoint_dequeue(r);
		timer_clear(&r->patience);
		if (request_take(r) || request_finish(r))
			request_reply_error(r, -ENODEV);
		request_unref(r);
	}
}

void
endpoint_retire(struct endpoint *e)
{
	/* Only at unmount is anybody still waiting here, or reading, or has not finished a line. */
	fail_list(&e->waiting);
	fail_list(&e->flushes);
	while (!list_empty(&e->pollers))
		endpoint_forget_poll(list_first(&e->pollers, struct poller, node)->file);
	while (!list_empty(&e->readers))
		backlog_leave(e, list_first(&e->readers, struct file, reader_node));
	while (!list_empty(&e->tails))
		tail_clear(e,
			container_of(list_first(&e->tails, struct tail, node), struct file, tail));
	chunk_free_spare(e);
	timer_clear(&e->latency);
	e->active = e->running = e->failing = e->streams = false;
	e->window = 1;
	e->streak = e->streak_out = e->cap = 0;
	atomic_store(&e->stats.waiting, 0);
	atomic_store(&e->stats.pending, 0);
	endpoint_publish(e, false);
	list_del(&e->live);
}

static void
timed_out(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, deadline);
	struct endpoint *e = r->endpoint;

	/* Who is in the middle of something is stopped there, and told how far it went. */
	if (!request_take(r)) {
		if (!r->begun)
			return; /* it has been interrupted; what follows from that is on its way */
		r->wish = -ETIMEDOUT;
		endpoint_out_stop(e, r);
		return;
	}
	if (!list_empty(&r->node)) {
		endpoint_dequeue(r);
		endpoint_note_error(e, -ETIMEDOUT);
		request_reply_error(r, -ETIMEDOUT);
		request_unref(r);
	}
}

void
endpoint_enqueue(struct endpoint *e, struct list *list, struct request *r)
{
	uint32_t ms = endpoint_knob(e, KNOB_TIMEOUT);

	list_append(list, &r->node);
	atomic_fetch_add(&e->stats.waiting, 1);
	if (ms != KNOB_NONE && !timer_is_set(&r->deadline)) {
		r->deadline.fire = timed_out;
		timer_set(&e->device->timers, &r->deadline, ms);
	}
}

void
endpoint_dequeue(struct request *r)
{
	list_del(&r->node);
	timer_clear(&r->deadline);
	atomic_fetch_sub(&r->endpoint->stats.waiting, 1);
}
