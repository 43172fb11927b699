/* SPDX-License-Identifier: MIT */
/*
 * Reading: requests wait in order, a transfer is put in flight when nothing is buffered, and what
 * a transfer brought goes to the first that waits. What does not fit a request stays for the next.
 */
#include <assert.h>
#include <errno.h>

#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/worker.h"

static void
leave_queue(struct request *r)
{
	struct endpoint *e = r->endpoint;

	if (!list_empty(&r->node)) {
		list_del(&r->node);
		atomic_fetch_sub(&e->stats.waiting, 1);
	}
	request_unref(r);
}

/* Gives R what the oldest chunk has. The request must have been taken. */
static void
deliver(struct endpoint *e, struct request *r)
{
	struct chunk *c = list_first(&e->full, struct chunk, node);
	size_t n = c->len < r->size ? c->len : r->size;
	const unsigned char *bytes = c->mem + c->offset;

	c->offset += n;
	c->len -= n;
	atomic_fetch_sub(&e->stats.buffered, n);
	if (c->len == 0)
		list_del(&c->node);
	/* Before the answer: who has the last bytes and polls must not be told of them again. */
	endpoint_publish(e, false);
	request_reply_data(r, bytes, n);
	if (c->len == 0)
		chunk_recycle(c);
}

static void
in_done(struct transfer *t)
{
	struct chunk *c = t->user;
	struct endpoint *e = c->endpoint;

	list_del(&c->node);
	e->n_flying--;
	e->device->in_flight--;
	atomic_store(&e->stats.pending, e->n_flying);
	atomic_fetch_add(&e->stats.transfers, 1);
	atomic_fetch_add(&e->stats.bytes, t->actual);
	if (t->status < 0 && t->status != -ECANCELED) {
		endpoint_note_error(e, t->status);
		e->error = t->status;
		e->error_is_setup = false;
	}
	/* Bytes count whatever became of the transfer. A ZLP is not the end of a file: nobody is
	 * told of it here. */
	if (t->actual > 0) {
		c->offset = 0;
		c->len = t->actual;
		list_append(&e->full, &c->node);
		atomic_fetch_add(&e->stats.buffered, t->actual);
	} else {
		if (t->status == 0)
			atomic_fetch_add(&e->stats.zlps, 1);
		chunk_recycle(c);
	}
	endpoint_in_serve(e);
	endpoint_publish(e, true);
}

static size_t
transfer_size(const struct endpoint *e, size_t wanted)
{
	/* A device that has something to say on an interrupt endpoint says it in one service
	 * interval; to ask for more would wait for further reports, and join them. */
	if (e->type == DESC_INTERRUPT || wanted == 0)
		return e->packet;
	return (wanted + e->packet - 1) / e->packet * e->packet;
}

void
endpoint_in_arm(struct endpoint *e, size_t size)
{
	struct chunk *c = NULL;
	int r;

	if (e->n_flying > 0 || e->paused)
		return;
	if (e->packet == 0) {
		r = -EINVAL;
		goto fail;
	}
	r = worker_claim(e->device, e->interface);
	if (r < 0)
		goto fail;
	size = transfer_size(e, size);
	c = chunk_new(e, size);
	if (!c) {
		r = -ENOMEM;
		goto fail;
	}
	c->transfer.buffer = c->mem;
	c->transfer.length = size;
	r = chunk_submit(c, in_done);
	if (r == 0)
		return;
	chunk_recycle(c);
fail:
	endpoint_note_error(e, r);
	e->error = r;
	e->error_is_setup = true;
}

/* The answer that needs no bytes: an error that is due. 0: there is none. */
static int
due_error(struct endpoint *e)
{
	int err = e->error;

	if (err) {
		e->error = 0; /* once */
		return err;
	}
	return e->n_flying == 0 ? endpoint_dead(e) : 0;
}

void
endpoint_in_serve(struct endpoint *e)
{
	struct request *r;

	while ((r = list_first(&e->waiting, struct request, node))) {
		int err;

		if (!list_empty(&e->full)) {
			if (request_take(r))
				deliver(e, r);
			leave_queue(r);
			continue;
		}
		if (!e->error && !endpoint_dead(e))
			endpoint_in_arm(e, r->size);
		err = due_error(e);
		if (err == 0 && r->nonblock)
			err = -EAGAIN;
		if (err == 0)
			break;
		endpoint_publish(e, false); /* before the answer, as in deliver() */
		request_fail(r, err);
		leave_queue(r);
	}
}

void
endpoint_in_read(struct endpoint *e, struct request *r)
{
	if (r->offset > 0) {
		/* The kernel asks for the rest of a read(2) that it had to split. It gets the rest
		 * of the same transfer; to wait for another one, or to go on into it, would join
		 * two messages. */
		struct chunk *c = list_first(&e->full, struct chunk, node);

		if (request_take(r)) {
			if (c && c->offset > 0)
				deliver(e, r);
			else
				request_reply_data(r, NULL, 0);
		}
		request_unref(r);
		endpoint_publish(e, false);
		return;
	}
	e->last_size = r->size;
	/* Whoever comes after an error of opening or claiming tries again: it may have been put
	 * right by now. */
	if (e->error && e->error_is_setup && list_empty(&e->full))
		e->error = 0;
	list_append(&e->waiting, &r->node);
	atomic_fetch_add(&e->stats.waiting, 1);
	endpoint_in_serve(e);
	endpoint_publish(e, false);
}
