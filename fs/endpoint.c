/* SPDX-License-Identifier: MIT */
/*
 * What the two directions of an endpoint have in common: its life, readiness and poll handles,
 * chunks, counters. See endpoint.h; endpoint_in.c and endpoint_out.c hold the rest.
 */
#include "fs/endpoint.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "fs/device.h"
#include "fs/file.h"
#include "fs/loop.h"
#include "fs/request.h"
#include "fs/worker.h"

enum {
	DOUBT_NS = 250 * 1000 * 1000, /* a hub is polled for changes every 256 ms at the slowest */
	SPARE_CHUNKS = 2,             /* kept for the next transfers while the device is open */
	POLL_GONE = POLLHUP | POLLERR,
};

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

static struct endpoint *
find(const struct device *d, const struct layout_target *t)
{
	list_for_each (at, &d->endpoints) {
		struct endpoint *e = list_entry(at, struct endpoint, node);

		if (!e->left && e->address == t->endpoint && e->interface == t->interface &&
			e->alternate == t->alternate && e->config == t->config)
			return e;
	}
	return NULL;
}

bool
endpoint_is_paired(const struct device *d, const struct layout_target *t)
{
	const struct endpoint *e = find(d, t);

	return e && atomic_load(&e->pair);
}

struct endpoint *
endpoint_get(struct device *d, const struct layout_target *t)
{
	struct endpoint *e = find(d, t);

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
	e->packet = desc_packet_size(t->desc);
	/* High-bandwidth interrupt endpoints send up to three packets in a microframe, and a
	 * transfer has to have room for all (USB 2.0 section 5.9.2). */
	if (e->type == DESC_INTERRUPT)
		e->packet *= 1 + ((t->desc->max_packet >> 11) & 3);
	e->last_size = e->packet;
	for (size_t i = 0; i < t->alt->n_endpoints; i++)
		if (t->alt->endpoints[i].address & 0x80)
			e->siblings_in |= (uint16_t)(1u << (t->alt->endpoints[i].address & 0x0f));
	list_init(&e->live);
	list_init(&e->waiting);
	list_init(&e->flushes);
	list_init(&e->full);
	list_init(&e->flying);
	list_init(&e->spare);
	list_init(&e->pollers);
	list_init(&e->stale_message.node);
	atomic_init(&e->ready, endpoint_is_in(e) ? 0u : (unsigned)POLLOUT);
	list_append(&d->endpoints, &e->node);
	return e;
}

static void
free_chunks(struct list *chunks)
{
	list_for_each_safe (at, tmp, chunks) {
		struct chunk *c = list_entry(at, struct chunk, node);

		list_del(&c->node);
		chunk_free(c);
	}
}

void
endpoint_free(struct endpoint *e)
{
	assert(list_empty(&e->waiting) && list_empty(&e->flushes) && list_empty(&e->pollers));
	assert(list_empty(&e->flying));
	free_chunks(&e->full);
	free_chunks(&e->spare);
	list_del(&e->live);
	list_del(&e->node);
	free(e);
}

void
endpoint_check_in_force(struct endpoint *e)
{
	if (e->left || in_force(e, e->device->snapshot))
		return;
	e->left = true;
	atomic_store(&e->ready, POLL_GONE);
	worker_send_stale(e);
}

void
endpoint_publish_gone(struct endpoint *e)
{
	if (atomic_load(&e->stats.buffered) == 0)
		atomic_store(&e->ready, POLL_GONE);
}

/* ---- the worker ---- */

int
endpoint_dead(const struct endpoint *e)
{
	if (e->device->unplugged || e->device->quitting)
		return -ENODEV;
	if (e->stale)
		return -ESHUTDOWN;
	return 0;
}

static unsigned
readiness(const struct endpoint *e)
{
	/* A transfer tells of an unplugging before the hot-plug event does. */
	unsigned ready = endpoint_dead(e) || e->error == -ENODEV ? POLL_GONE : 0;

	if (endpoint_is_in(e)) {
		if (!list_empty(&e->full))
			ready |= POLLIN | POLLRDNORM;
		else if (e->error && !ready)
			ready |= POLLIN | POLLRDNORM | POLLERR;
	} else if (!ready && e->n_flying == 0 && list_empty(&e->waiting)) {
		ready |= POLLOUT | POLLWRNORM;
	}
	return ready;
}

static void
drop_poll(struct file *f, bool notify)
{
	if (!f->poll)
		return;
	if (notify)
		fuse_lowlevel_notify_poll(f->poll);
	fuse_pollhandle_destroy(f->poll);
	f->poll = NULL;
	list_del(&f->pollers[0].node);
	list_del(&f->pollers[1].node);
}

void
endpoint_publish(struct endpoint *e, bool news)
{
	unsigned ready = readiness(e);
	unsigned before = atomic_exchange(&e->ready, ready);

	atomic_store(&e->unfinished, e->n_late > 0 || e->n_held > 0);
	if (!(ready & ~before) && !(news && ready))
		return;
	while (!list_empty(&e->pollers))
		drop_poll(list_first(&e->pollers, struct poller, node)->file, true);
}

unsigned
endpoint_readiness_of(const struct file *f)
{
	unsigned ready = 0;

	if (f->reader)
		ready |= atomic_load(&f->reader->ready);
	if (f->writes)
		ready |= atomic_load(&f->endpoint->ready);
	return ready;
}

void
endpoint_poll(struct file *f, struct fuse_pollhandle *ph, bool want_in, unsigned answered)
{
	struct endpoint *in = f->reader;

	if (ph) {
		drop_poll(f, false);
		f->poll = ph;
		if (in)
			list_append(&in->pollers, &f->pollers[0].node);
		if (f->writes)
			list_append(&f->endpoint->pollers, &f->pollers[1].node);
	}
	if (want_in && in && list_empty(&in->full) && !in->error && !endpoint_dead(in))
		endpoint_in_arm(in, in->last_size);
	if (in)
		endpoint_publish(in, false);
	if (f->writes)
		endpoint_publish(f->endpoint, false);
	/* What has changed since the main thread's answer must still wake this handle, and only
	 * that: a wake-up without news would make an edge-triggered waiter spin. */
	if (ph && f->poll == ph && (endpoint_readiness_of(f) & ~answered))
		drop_poll(f, true);
}

void
endpoint_forget_poll(struct file *f)
{
	drop_poll(f, false);
}

void
endpoint_cancel_all(struct endpoint *e)
{
	struct device *d = e->device;

	if (!d->handle)
		return;
	/* Newest first: an older one that completes while a newer one is being cancelled must not
	 * leave a hole. */
	for (struct list *at = e->flying.prev, *prev = at->prev; at != &e->flying;
		at = prev, prev = at->prev)
		d->backend->ops->cancel(d->handle, &list_entry(at, struct chunk, node)->transfer);
}

void
endpoint_note_error(struct endpoint *e, int err)
{
	atomic_store(&e->stats.last_error, err);
	atomic_store(&e->stats.last_error_at, timer_now());
	atomic_fetch_add(&e->stats.errors, 1);
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
	size_t n = atomic_exchange(&e->stats.buffered, 0);

	free_chunks(&e->full);
	e->error = 0;
	endpoint_publish(e, false);
	return n;
}

struct chunk *
chunk_new(struct endpoint *e, size_t capacity)
{
	struct chunk *c = list_first(&e->spare, struct chunk, node);

	if (c) {
		list_del(&c->node);
		if (c->capacity < capacity) {
			chunk_free(c);
			c = NULL;
		}
	}
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		list_init(&c->node);
		list_init(&c->transfer.node);
		list_init(&c->doubtful);
		c->endpoint = e;
		if (capacity > 0) {
			/* Whole pages: fewer of them for the kernel to pin. */
			size_t bytes = (capacity + 4095) & ~(size_t)4095;

			c->mem = aligned_alloc(4096, bytes);
			if (!c->mem) {
				free(c);
				return NULL;
			}
			c->capacity = bytes;
		}
	}
	c->offset = c->len = c->held = c->tail = 0;
	c->late = false;
	return c;
}

void
chunk_free(struct chunk *c)
{
	assert(!c->request && !c->file);
	free(c->mem);
	free(c);
}

void
chunk_recycle(struct chunk *c)
{
	unsigned n = 0;

	list_for_each (at, &c->endpoint->spare)
		n++;
	if (n < SPARE_CHUNKS)
		list_prepend(&c->endpoint->spare, &c->node);
	else
		chunk_free(c);
}

static void
chunk_done(struct transfer *t)
{
	struct chunk *c = t->user;
	struct endpoint *e = c->endpoint;
	struct device *d = e->device;

	if (t->status != -EIO || d->quitting || d->unplugged || e->paused) {
		c->done(t);
		return;
	}
	c->doubt_ends = timer_now() + DOUBT_NS;
	list_append(&d->doubtful, &c->doubtful);
}

int
chunk_end_doubts(struct device *d, bool all, int err)
{
	struct chunk *c;

	while ((c = list_first(&d->doubtful, struct chunk, doubtful))) {
		uint64_t now = timer_now();

		if (!all && c->doubt_ends > now)
			return (int)((c->doubt_ends - now) / 1000000u) + 1;
		list_del(&c->doubtful);
		if (err)
			c->transfer.status = err;
		c->done(&c->transfer);
	}
	return -1;
}

int
chunk_submit(struct chunk *c, void (*done)(struct transfer *t))
{
	struct endpoint *e = c->endpoint;
	struct device *d = e->device;
	struct transfer *t = &c->transfer;
	int r;

	t->endpoint = e->address;
	t->type = e->type;
	t->interface = (uint8_t)e->interface;
	t->flags = 0;
	t->status = 0;
	t->actual = 0;
	t->done = chunk_done;
	t->user = c;
	c->done = done;
	r = d->backend->ops->submit(d->handle, t);
	if (r < 0)
		return r;
	list_append(&e->flying, &c->node);
	e->n_flying++;
	d->in_flight++;
	atomic_store(&e->stats.pending, e->n_flying);
	return 0;
}
