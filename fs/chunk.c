/* SPDX-License-Identifier: MIT */
/* Transfers with their memory; see chunk.h. */
#include "fs/chunk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fs/control.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/request.h"

enum {
	DOUBT_MS = 250, /* a hub is polled for changes every 256 ms at the slowest */
	PAGE = 4096,
};

static void
destroy(struct chunk *c)
{
	free(c->packets);
	free(c->mem);
	free(c);
}

/* One that was kept, if it is large enough; one that is not makes room for one that is. */
static struct chunk *
take_spare(struct endpoint *e, size_t capacity)
{
	struct chunk *c = list_first(&e->spare, struct chunk, node);

	if (!c)
		return NULL;
	list_del(&c->node);
	e->n_spare--;
	if (c->capacity >= capacity)
		return c;
	destroy(c);
	return NULL;
}

static struct chunk *
allocate(struct endpoint *e, size_t capacity)
{
	/* Whole pages: fewer of them for the kernel to pin. */
	size_t bytes = (capacity + PAGE - 1) & ~(size_t)(PAGE - 1);
	struct chunk *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	list_init(&c->node);
	list_init(&c->landed);
	list_init(&c->transfer.node);
	c->endpoint = e;
	if (capacity == 0)
		return c;
	c->mem = aligned_alloc(PAGE, bytes);
	if (!c->mem) {
		free(c);
		return NULL;
	}
	c->capacity = bytes;
	return c;
}

struct chunk *
chunk_new(struct endpoint *e, size_t capacity)
{
	struct chunk *c = take_spare(e, capacity);

	if (!c)
		c = allocate(e, capacity);
	if (!c)
		return NULL;
	c->refs = 1;
	c->held = c->tail = c->credit = 0;
	c->late = c->split = c->zlp_later = false;
	c->why = 0;
	c->transfer.flags = 0;
	c->transfer.n_packets = 0;
	c->transfer.packets = NULL;
	c->transfer.buffer = c->mem;
	return c;
}

struct chunk *
chunk_new_iso(struct endpoint *e, size_t capacity)
{
	struct chunk *c = chunk_new(e, capacity);

	if (c && !c->packets)
		c->packets = calloc(TRANSFER_MAX_PACKETS, sizeof(*c->packets));
	if (c && !c->packets) {
		destroy(c);
		return NULL;
	}
	if (c)
		c->transfer.packets = c->packets;
	return c;
}

struct chunk *
chunk_ref(struct chunk *c)
{
	c->refs++;
	return c;
}

void
chunk_unref(struct chunk *c)
{
	struct endpoint *e = c->endpoint;

	if (--c->refs > 0)
		return;
	/* As many as are in flight at a time: a stream then allocates nothing. */
	if (e->n_spare <= e->n_flying) {
		list_prepend(&e->spare, &c->node);
		e->n_spare++;
	} else {
		destroy(c);
	}
}

void
chunk_free(struct chunk *c)
{
	if (c->request)
		request_unref(c->request);
	if (c->file)
		file_unref(c->file);
	destroy(c);
}

void
chunk_free_spare(struct endpoint *e)
{
	struct chunk *c;

	while ((c = list_first(&e->spare, struct chunk, node))) {
		list_del(&c->node);
		destroy(c);
	}
	e->n_spare = 0;
}

/* The chunk is over. */
static void
finish(struct chunk *c)
{
	struct endpoint *e = c->endpoint;

	list_del(&c->node);
	e->n_flying--;
	e->device->in_flight--;
	atomic_store(&e->stats.pending, e->n_flying);
	atomic_fetch_add(&e->stats.transfers, 1);
	atomic_fetch_add(&e->stats.bytes, c->transfer.actual);
	c->done(c);
}

static void
doubt_over(struct timer *timer)
{
	chunk_end_doubt(container_of(timer, struct endpoint, doubt), 0);
}

static void
transfer_done(struct transfer *t)
{
	struct chunk *c = t->user;
	struct endpoint *e = c->endpoint;
	struct device *d = e->device;
	bool doubtful = t->status == -EIO && !d->quitting && !d->unplugged && !e->paused;

	if (!doubtful && list_empty(&e->landed)) {
		finish(c);
		return;
	}
	if (list_empty(&e->landed)) {
		e->doubt.fire = doubt_over;
		timer_set(&d->timers, &e->doubt, DOUBT_MS);
	}
	list_append(&e->landed, &c->landed);
}

void
chunk_end_doubt(struct endpoint *e, int err)
{
	struct chunk *c;

	timer_clear(&e->doubt);
	while ((c = list_first(&e->landed, struct chunk, landed))) {
		list_del(&c->landed);
		if (err && c->transfer.status == -EIO)
			c->transfer.status = err;
		finish(c);
	}
}

void
chunk_end_doubts(struct device *d, int err)
{
	list_for_each (at, &d->live)
		chunk_end_doubt(list_entry(at, struct endpoint, live), err);
	control_end_doubt(d, err);
}

int
chunk_submit(struct chunk *c, void (*done)(struct chunk *c))
{
	struct endpoint *e = c->endpoint;
	struct device *d = e->device;
	struct transfer *t = &c->transfer;
	int r;

	t->endpoint = e->address;
	t->type = e->type;
	t->interface = (uint8_t)e->interface;
	t->stream = endpoint_knob(e, KNOB_STREAM);
	t->status = 0;
	t->actual = 0;
	t->done = transfer_done;
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

void
chunk_cancel(struct chunk *c)
{
	struct device *d = c->endpoint->device;

	if (d->handle && list_empty(&c->landed))
		d->backend->ops->cancel(d->handle, &c->transfer);
}

void
chunk_cancel_all(struct endpoint *e)
{
	/* Newest first: an older one that completes while a newer one is being cancelled must not
	 * leave a hole. */
	for (struct list *at = e->flying.prev, *prev = at->prev; at != &e->flying;
		at = prev, prev = at->prev)
		chunk_cancel(list_entry(at, struct chunk, node));
}
