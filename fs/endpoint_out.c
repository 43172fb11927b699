/* SPDX-License-Identifier: MIT */
/*
 * Writing: one write(2) is one OUT transfer, answered when the device has taken it.
 *
 * The kernel splits a large write(2) into several requests, each sent when the one before has been
 * answered. On the wire only a short packet ends a transfer, so the pieces may go as transfers of
 * their own as long as every piece but the last is a multiple of the packet size. A piece that may
 * not be the last and is no multiple has its tail held back, to go in front of the next one; if
 * that does not come, the tail goes by itself after a short time, or at the next flush.
 *
 * A non-blocking write is answered when its transfer is in flight; what becomes of it is told by
 * the next write, fsync or close of that file.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/request.h"
#include "fs/worker.h"

enum {
	PAGE = 4096,
	/* How long the rest of a split write(2) may take to come, in ns. The kernel sends it as
	 * soon as the writing thread runs again. */
	HOLD_NS = 20 * 1000 * 1000,
};

static void
leave_queue(struct request *r)
{
	list_del(&r->node);
	atomic_fetch_sub(&r->endpoint->stats.waiting, 1);
}

static void
late_error(struct endpoint *e, struct file *f, int err, size_t lost)
{
	atomic_fetch_add(&e->stats.lost, lost);
	atomic_store(&f->late_error, err);
}

/* What a request is told of its transfer: the bytes that the device took, or why it took none. */
static void
answer(struct chunk *c, int err, size_t actual)
{
	struct request *r = c->request;
	size_t mine = actual > c->held ? actual - c->held : 0;

	if (actual < c->held)
		late_error(c->endpoint, c->file, err, c->held - actual);
	if (c->late) {
		if (err)
			late_error(c->endpoint, c->file, err, c->transfer.length - c->held - mine);
		return;
	}
	if (!r || !request_finish(r))
		return;
	if (err && mine == 0)
		request_reply_error(r, err);
	else
		request_reply_written(r, mine + (err ? 0 : c->tail));
}

static void
release_chunk(struct chunk *c)
{
	if (c->request)
		request_unref(c->request);
	c->request = NULL;
	if (c->file)
		file_unref(c->file);
	c->file = NULL;
	chunk_free(c);
}

/* Keeps the last bytes of R for the request that brings the rest of the same write(2). */
static void
hold(struct endpoint *e, struct request *r, size_t tail)
{
	struct file *f = r->file;

	if (!f->held)
		f->held = malloc(e->packet);
	if (!f->held) {
		late_error(e, f, -ENOMEM, tail);
		return;
	}
	memcpy(f->held, r->data + r->size - tail, tail);
	f->held_len = tail;
	f->held_end = r->offset + r->size;
	f->held_due = timer_now() + HOLD_NS;
	file_ref(f);
	list_append(&e->device->holding, &f->held_node);
	e->n_held++;
}

static void
unhold(struct endpoint *e, struct file *f)
{
	f->held_len = 0;
	list_del(&f->held_node);
	e->n_held--;
	file_unref(f);
}

static void
out_done(struct transfer *t)
{
	struct chunk *c = t->user;
	struct endpoint *e = c->endpoint;
	int err = t->status;

	list_del(&c->node);
	e->n_flying--;
	e->device->in_flight--;
	atomic_store(&e->stats.pending, e->n_flying);
	atomic_fetch_add(&e->stats.transfers, 1);
	atomic_fetch_add(&e->stats.bytes, t->actual);
	if (err == -ECANCELED) {
		int dead = endpoint_dead(e);

		err = dead ? dead : -EINTR;
	}
	if (err && err != -EINTR)
		endpoint_note_error(e, err);
	if (c->late)
		e->n_late--;
	if (!err && c->tail > 0)
		hold(e, c->request, c->tail);
	endpoint_publish(e, false); /* before the answer: the writer may poll at once */
	answer(c, err, t->actual);
	release_chunk(c);
	endpoint_out_pump(e);
}

/* How many bytes at the end of R have to wait for what may follow in the same write(2). The kernel
 * cuts at whole pages of the caller's buffer, so a request that is more than a page short of the
 * maximum is the last one. */
static size_t
tail_of(const struct endpoint *e, const struct request *r)
{
	if (r->size + PAGE <= r->fs->max_write)
		return 0;
	return r->size % e->packet;
}

/* Makes a chunk for R: the bytes stay in the receive buffer unless held ones go in front. */
static struct chunk *
chunk_for(struct endpoint *e, struct request *r)
{
	struct file *f = r->file;
	bool joins = f->held_len > 0;
	size_t tail = tail_of(e, r);
	struct chunk *c = chunk_new(e, joins ? f->held_len + r->size : 0);

	if (!c)
		return NULL;
	c->tail = tail;
	c->transfer.length = r->size - tail;
	if (joins) {
		tail = (f->held_len + r->size) % e->packet;
		c->tail = tail_of(e, r) ? tail : 0;
		c->held = f->held_len;
		memcpy(c->mem, f->held, f->held_len);
		memcpy(c->mem + f->held_len, r->data, r->size);
		c->transfer.buffer = c->mem;
		c->transfer.length = f->held_len + r->size - c->tail;
		unhold(e, f);
	} else {
		c->transfer.buffer = (unsigned char *)r->data;
	}
	c->request = request_ref(r);
	c->file = file_ref(f);
	return c;
}

/* Sends R's bytes, or answers why not. */
static void
start(struct endpoint *e, struct request *r)
{
	struct chunk *c;
	int err;

	err = atomic_exchange(&r->file->late_error, 0);
	if (err == 0)
		err = endpoint_dead(e);
	if (err == 0 && e->packet == 0)
		err = -EINVAL;
	if (err == 0)
		err = worker_claim(e->device, e->interface);
	if (err) {
		endpoint_note_error(e, err);
		request_fail(r, err);
		return;
	}
	if (!request_begin(r))
		return;
	c = chunk_for(e, r);
	err = c ? chunk_submit(c, out_done) : -ENOMEM;
	if (err) {
		endpoint_note_error(e, err);
		if (c) {
			answer(c, err, 0);
			release_chunk(c);
		} else if (request_finish(r)) {
			request_reply_error(r, err);
		}
		return;
	}
	if (r->nonblock) {
		c->late = true;
		e->n_late++;
		/* Before the answer: who hears that it was taken may poll or close at once. */
		endpoint_publish(e, false);
		if (request_finish(r))
			request_reply_written(r, r->size);
	}
}

static void
answer_flushes(struct endpoint *e)
{
	if (e->n_late > 0 || e->n_held > 0)
		return;
	while (!list_empty(&e->flushes)) {
		struct request *r = list_first(&e->flushes, struct request, node);

		leave_queue(r);
		if (request_take(r))
			request_reply_error(r, atomic_exchange(&r->file->late_error, 0));
		request_unref(r);
	}
}

void
endpoint_out_pump(struct endpoint *e)
{
	struct request *r;

	/* One transfer at a time: the order of the bytes is the order of the writes. */
	while (e->n_flying == 0 && !e->paused &&
		(r = list_first(&e->waiting, struct request, node))) {
		struct file *f = r->file;

		if (f->held_len > 0 && (r->offset == 0 || r->offset != f->held_end)) {
			endpoint_out_release_held(f);
			continue;
		}
		leave_queue(r);
		start(e, r);
		request_unref(r);
	}
	answer_flushes(e);
	endpoint_publish(e, false);
}

void
endpoint_out_release_held(struct file *f)
{
	struct endpoint *e = f->endpoint;
	struct chunk *c;
	int err;

	if (f->held_len == 0 || e->n_flying > 0 || e->paused)
		return; /* out_done() comes back to it by the pump, or the timer does */
	c = chunk_new(e, f->held_len);
	if (!c) {
		late_error(e, f, -ENOMEM, f->held_len);
		unhold(e, f);
		return;
	}
	memcpy(c->mem, f->held, f->held_len);
	c->transfer.buffer = c->mem;
	c->transfer.length = f->held_len;
	c->file = file_ref(f);
	c->late = true;
	unhold(e, f);
	err = endpoint_dead(e);
	if (err == 0)
		err = worker_claim(e->device, e->interface);
	if (err == 0)
		err = chunk_submit(c, out_done);
	if (err) {
		late_error(e, f, err, c->transfer.length);
		endpoint_note_error(e, err);
		release_chunk(c);
		return;
	}
	e->n_late++;
}

void
endpoint_out_write(struct endpoint *e, struct request *r)
{
	if (r->nonblock && (e->n_flying > 0 || !list_empty(&e->waiting)) && !endpoint_dead(e)) {
		request_fail(r, -EAGAIN);
		request_unref(r);
		return;
	}
	list_append(&e->waiting, &r->node);
	atomic_fetch_add(&e->stats.waiting, 1);
	endpoint_out_pump(e);
}

void
endpoint_out_flush(struct endpoint *e, struct request *r)
{
	endpoint_out_release_held(r->file);
	list_append(&e->flushes, &r->node);
	atomic_fetch_add(&e->stats.waiting, 1);
	endpoint_out_pump(e);
}
