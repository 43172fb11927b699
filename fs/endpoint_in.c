/* SPDX-License-Identifier: MIT */
/*
 * Reading: requests wait in order, and what a transfer brought goes to the first that waits. What
 * does not fit a request stays for the next. Which transfers are asked for is readahead.c's.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/worker.h"

/* The answer, from the front piece of the reader, whose request has been taken. */
static void
deliver(struct endpoint *e, struct request *r, struct piece *p)
{
	struct chunk *c = chunk_ref(p->chunk);
	struct framing_message m = backlog_message(p);
	size_t offset = p->offset, left = backlog_left(p);
	size_t n = left < r->size ? left : r->size;
	enum framing framing = p->framing;
	unsigned char *text = NULL;

	if (!framing_is_raw(framing) && n > 0) {
		text = malloc(n);
		if (!text) {
			request_reply_error(r, -ENOMEM);
			chunk_unref(c);
			return;
		}
		framing_encode(framing, &m, offset, text, n);
	}
	p->begun = true;
	p->last = r->file;
	backlog_consume(e, r->file, p, n);
	if (r->offset == 0) /* else it is the end of a read that has been learnt from */
		readahead_learn(e, c, r->size, left - n);
	/* Before the answer: who has the last bytes and polls must not be told of them again. */
	endpoint_publish(e, false);
	request_reply_data(r, text ? text : m.data + offset, n);
	free(text);
	chunk_unref(c);
}

/* Serves R from what is buffered for it. false: nothing is. */
static bool
serve(struct endpoint *e, struct request *r)
{
	struct piece *p = backlog_front(e, r->file);
	int err;

	if (!p)
		return false;
	err = p->err;
	if (!request_take(r))
		return true;
	if (backlog_left(p) > 0 || err == 0) {
		deliver(e, r, p);
		return true;
	}
	backlog_drop(e, r->file, p);
	/* What comes next is for the reader to say: to read ahead would try a halted endpoint again. */
	if (e->type != DESC_ISO)
		e->active = false;
	endpoint_publish(e, false);
	request_reply_error(r, err);
	return true;
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

static void
leave_queue(struct request *r)
{
	endpoint_dequeue(r);
	request_unref(r);
}

/* Who has asked for the endpoint to be watched relies on a transfer, which may have come back with
 * nothing. Not for what has been read: a poll(2) that is over leaves its handle behind, and to ask
 * the device for more than anybody wants makes some of them stall. */
static void
arm_for_pollers(struct endpoint *e)
{
	if (!e->rearm || e->paused || e->n_flying > 0 || e->error || endpoint_dead(e))
		return;
	e->rearm = false;
	list_for_each (at, &e->pollers) {
		struct file *f = list_entry(at, struct poller, node)->file;

		if (f->wants_in && !backlog_front(e, f)) {
			readahead_demand(e, e->last_size);
			return;
		}
	}
}

void
endpoint_in_serve(struct endpoint *e)
{
	list_for_each_safe (at, tmp, &e->waiting) {
		struct request *r = list_entry(at, struct request, node);
		int err;

		if (serve(e, r)) {
			leave_queue(r);
			continue;
		}
		if (!e->error && !endpoint_dead(e))
			readahead_demand(e, r->size);
		err = due_error(e);
		if (err == 0 && r->nonblock)
			err = -EAGAIN;
		e->hungry |= err == -EAGAIN;
		if (err) {
			endpoint_publish(e, false); /* before the answer, as in deliver() */
			request_fail(r, err);
			leave_queue(r);
		} else if (e->n_private == 0) {
			break; /* there is nothing for those behind it either */
		}
	}
	arm_for_pollers(e);
	readahead_keep(e);
}

void
endpoint_in_done(struct chunk *c)
{
	struct endpoint *e = c->endpoint;
	struct transfer *t = &c->transfer;
	int err = t->status == -ECANCELED ? 0 : t->status;
	bool cancelled = t->status == -ECANCELED;

	/* What comes back behind a transfer that failed is not news of its own, but for its bytes. */
	if (err && e->failing)
		t->status = 0;
	else if (err)
		endpoint_fail(e, err);
	else
		t->status = 0;
	if (t->actual == 0 && t->status == 0 && !err && !cancelled && e->type != DESC_ISO)
		atomic_fetch_add(&e->stats.zlps, 1);
	/* Bytes count whatever became of the transfer. An empty one is a message in some framings;
	 * one that was cancelled, or is behind a failed one, is nothing. */
	if (t->actual > 0 || t->status < 0 ||
		(!err && !cancelled && endpoint_knob(e, KNOB_FRAMING) != FRAMING_STREAM)) {
		backlog_add(e, c);
	} else {
		e->rearm = true;
		chunk_unref(c);
	}
	endpoint_settle(e);
	endpoint_in_serve(e);
	endpoint_publish(e, true);
}

/* The kernel asks for the rest of a read(2) that it had to split. It gets the rest of the same
 * transfer, unless another reader has got some of that since; to wait for another one, or to go on
 * into it, would join two messages. */
static void
continue_read(struct endpoint *e, struct request *r)
{
	struct piece *p = backlog_front(e, r->file);

	if (request_take(r)) {
		if (p && p->begun && p->last == r->file && backlog_left(p) > 0)
			deliver(e, r, p);
		else
			request_reply_data(r, NULL, 0);
	}
	request_unref(r);
	endpoint_publish(e, false);
}

void
endpoint_in_read(struct endpoint *e, struct request *r)
{
	if (r->offset > 0) {
		continue_read(e, r);
		return;
	}
	backlog_join(e, r->file);
	e->last_size = r->size;
	e->asker = r->file->serial;
	e->active = true;
	/* Whoever comes after an error of opening or claiming tries again: it may have been put
	 * right by now. */
	e->error = 0;
	endpoint_enqueue(e, &e->waiting, r);
	endpoint_in_serve(e);
	endpoint_publish(e, false);
}
