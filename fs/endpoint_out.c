/* SPDX-License-Identifier: MIT */
/*
 * Writing: one write(2) is one OUT transfer, answered when the device has taken it.
 *
 * Large writes in succession are pipelined: the first is waited for, those behind it are answered
 * as soon as they are in flight, and what becomes of them is told by the next write, fsync or close
 * of that file. So is that of non-blocking writes, and of all writes where `depth` says so.
 *
 * The kernel splits a large write(2) into several requests, each sent when the one before has been
 * answered. On the wire only a short packet ends a transfer, so the pieces may go as transfers of
 * their own as long as every piece but the last is a multiple of the packet size. A piece that may
 * not be the last and is no multiple has its tail held back, to go in front of the next one; if
 * that does not come, the tail goes by itself after a short time, or at the next flush. Until then
 * other writers wait, or their packets would end up in the middle of the transfer.
 */
#include <errno.h>
#include <string.h>

#include "fs/chunk.h"
#include "fs/command.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/out.h"
#include "fs/request.h"
#include "fs/tail.h"

enum {
	PAGE = 4096,
	COALESCE_MAX = 1 << 20, /* beyond which whole packets are sent ahead */
};

/* C could not be sent yet: what an earlier request of the write(2) brought waits for R again. */
static int
hold_again(struct endpoint *e, struct request *r, struct chunk *c)
{
	int err = tail_append(e, r->file, TAIL_SPLIT, c->mem, c->held);

	if (err == 0) {
		r->file->tail.end = r->offset;
		tail_set_due(e, r->file); /* R may be interrupted */
	}
	return err;
}

/* May more of the same write(2) follow R? The kernel cuts at whole pages of the caller's buffer, so
 * a request that is more than a page short of the maximum is the last one. */
static bool
may_go_on(const struct request *r)
{
	return r->size + PAGE > r->fs->max_write;
}

/* Makes a chunk for R: the bytes stay in the receive buffer unless held ones go in front. */
static struct chunk *
chunk_for(struct endpoint *e, struct request *r)
{
	struct file *f = r->file;
	size_t held = f->tail.kind == TAIL_SPLIT ? f->tail.len : 0;
	bool split = may_go_on(r);
	size_t tail = split ? (held + r->size) % e->packet : 0;
	struct chunk *c = chunk_new(e, held ? held + r->size : 0);

	if (!c)
		return NULL;
	c->held = held;
	c->tail = tail;
	c->split = split;
	c->transfer.length = held + r->size - tail;
	if (held > 0) {
		memcpy(c->mem, f->tail.mem, held);
		memcpy(c->mem + held, r->data, r->size);
	} else {
		c->transfer.buffer = (unsigned char *)r->data;
	}
	tail_clear(e, f);
	if (endpoint_knob(e, KNOB_END)) {
		if (split)
			c->zlp_later = true;
		else
			c->transfer.flags |= TRANSFER_ADD_ZLP;
	}
	c->request = request_ref(r);
	c->file = file_ref(f);
	return c;
}

/* ---- what is written, by the way in which it is to be sent ---- */

static void
fail_chunk(struct chunk *c, int err)
{
	endpoint_note_error(c->endpoint, err);
	out_answer(c, err, 0);
	chunk_free(c);
}

/* Sends R's bytes as one transfer. */
static void
write_plain(struct endpoint *e, struct request *r)
{
	bool late = r->nonblock || out_depth(e, out_size(r)) > 1;
	struct chunk *c = chunk_for(e, r);
	uint32_t ms = endpoint_knob(e, KNOB_TIMEOUT);
	int err;

	endpoint_dequeue(r);
	if (!c) {
		endpoint_note_error(e, -ENOMEM);
		if (request_finish(r))
			request_reply_error(r, -ENOMEM);
		return;
	}
	err = out_submit(c);
	if (err == -ENOMEM && e->n_flying > 0) {
		/* As many as are in flight have to do. */
		atomic_fetch_add(&e->stats.backoffs, 1);
		e->cap = e->n_flying;
		err = c->held ? hold_again(e, r, c) : 0;
		if (err == 0) {
			chunk_free(c);
			list_prepend(&e->waiting, &request_ref(r)->node);
			atomic_fetch_add(&e->stats.waiting, 1);
			return;
		}
	}
	if (err) {
		fail_chunk(c, err);
		return;
	}
	if (!late) {
		if (ms != KNOB_NONE)
			timer_set(&e->device->timers, &r->deadline, ms);
		return;
	}
	c->late = true;
	e->n_late++;
	c->file->n_late++;
	if (c->split)
		out_hold(e, r, c->tail, c->zlp_later);
	/* Before the answer: who hears that it was taken may poll or close at once. */
	endpoint_publish(e, false);
	if (request_finish(r))
		request_reply_written(r, r->size);
}

/* Keeps R's bytes for the transfer that the flush ends. */
static void
write_coalesced(struct endpoint *e, struct request *r)
{
	struct file *f = r->file;
	int err = tail_append(e, f, TAIL_COALESCE, r->data, r->size);
	struct tail *t = &f->tail;
	struct chunk *c;

	if (err == 0 && t->len >= COALESCE_MAX) {
		/* On the wire it is the same transfer still, as long as no packet is short. */
		size_t n = t->len - t->len % e->packet;

		c = chunk_new(e, n);
		if (c) {
			memcpy(c->mem, t->mem, n);
			c->transfer.length = n;
			c->file = file_ref(f);
			c->late = true;
			err = out_submit(c);
			t->zlp = endpoint_knob(e, KNOB_END); /* should nothing follow */
			if (err == 0)
				tail_consume(e, f, n);
			else
				chunk_free(c);
			err = 0; /* it is kept, to be sent later */
		}
	}
	r->position = err ? 0 : r->size;
	out_finish(e, r, err);
}

/* What stands in the way of sending anything. */
static int
obstacle(struct endpoint *e)
{
	int err = endpoint_dead(e);

	if (err == 0 && e->packet == 0)
		err = -EINVAL;
	return err ? err : endpoint_claim(e);
}

/* ZLPs are sent for a verb. */
static void
write_zlp(struct endpoint *e, struct request *r)
{
	int err = obstacle(e);
	struct chunk *c = err ? NULL : chunk_new(e, 1);

	endpoint_dequeue(r);
	if (c) {
		c->transfer.length = 0;
		c->request = request_ref(r);
		err = out_submit(c);
		if (err)
			chunk_free(c);
	} else if (!err) {
		err = -ENOMEM;
	}
	if (err)
		command_resume(r, err);
	request_unref(r);
}

/* What is small may be a request. */
static void
converse(struct endpoint *e)
{
	bit_put(e->device->conversing, (uint8_t)e->interface, true);
	list_for_each (at, &e->device->live) {
		struct endpoint *other = list_entry(at, struct endpoint, live);

		if (other->interface == e->interface && endpoint_is_in(other))
			readahead_converse(other);
	}
}

/* false: a write cannot be begun, and is off the queue. */
static bool
begin(struct endpoint *e, struct request *r)
{
	int late = atomic_exchange(&r->file->late_error, 0);
	int err = late ? late : obstacle(e);

	e->last_out = out_size(r);
	if (err == 0 && request_begin(r)) {
		r->begun = true;
		if (out_size(r) < OUT_LARGE && e->type != DESC_ISO)
			converse(e);
		return true;
	}
	endpoint_dequeue(r);
	if (err && !late)
		endpoint_note_error(e, err);
	if (err && request_take(r))
		request_reply_error(r, err);
	else if (late)
		out_late_error(e, r->file, late, 0); /* interrupted: the next one hears of it */
	request_unref(r);
	return false;
}

/* Takes a step with the request at the front. */
void
out_start(struct endpoint *e, struct request *r)
{
	enum framing framing = (enum framing)endpoint_knob(e, KNOB_FRAMING);

	if (r->kind == REQUEST_COMMAND) {
		write_zlp(e, r);
		return;
	}
	if (!r->begun && !begin(e, r))
		return;
	if (e->type == DESC_ISO) {
		out_iso_step(e, r);
	} else if (framing == FRAMING_HEX || framing == FRAMING_LENGTH || r->stepped) {
		out_text_step(e, r);
	} else if (endpoint_knob(e, KNOB_COALESCE)) {
		write_coalesced(e, r);
	} else {
		write_plain(e, r);
		request_unref(r);
	}
}

void
out_finish(struct endpoint *e, struct request *r, int err)
{
	if (!list_empty(&r->node))
		endpoint_dequeue(r);
	/* Before the answer: who hears it may close at once, and must be made to wait. */
	endpoint_publish(e, false);
	if (request_finish(r)) {
		if (err && r->position == 0)
			request_reply_error(r, err);
		else
			request_reply_written(r, r->position);
	}
	request_unref(r);
}
