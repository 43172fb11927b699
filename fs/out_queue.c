/* SPDX-License-Identifier: MIT */
/*
 * The queue of an OUT endpoint: whose turn it is, how many transfers may be in flight, who waits
 * for them to end. What is sent, and how, is endpoint_out.c's.
 */
#include <errno.h>

#include "fs/chunk.h"
#include "fs/command.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/out.h"
#include "fs/request.h"
#include "fs/tail.h"

enum {
	FLIGHT_BYTES = 1 << 20, /* in flight, about */
	FLIGHT_MAX = 16,        /* transfers */
};

size_t
out_size(const struct request *r)
{
	return r->offset + r->size;
}

unsigned
out_depth(const struct endpoint *e, size_t size)
{
	uint32_t depth = endpoint_knob(e, KNOB_DEPTH);
	size_t n;

	if (e->type == DESC_ISO)
		return out_iso_depth(e);
	if (depth != KNOB_AUTO)
		return depth;
	if (size < OUT_LARGE || e->streak_out == 0)
		return 1;
	n = FLIGHT_BYTES / size;
	return n < 2 ? 2 : n > FLIGHT_MAX ? FLIGHT_MAX : (unsigned)n;
}

bool
endpoint_out_has_room(const struct endpoint *e)
{
	return e->n_flying < out_depth(e, e->last_out) && list_empty(&e->waiting) && !e->failing;
}

static bool
continues(const struct file *f, const struct request *r)
{
	const struct tail *t = &f->tail;

	switch (t->kind) {
	case TAIL_SPLIT:
		return r->offset > 0 && r->offset == t->end;
	case TAIL_COALESCE:
		return endpoint_knob(f->endpoint, KNOB_COALESCE);
	case TAIL_TEXT:
	case TAIL_ISO:
		return endpoint_knob(f->endpoint, KNOB_FRAMING) == t->framing;
	default:
		return true;
	}
}

static void
send_tail(struct endpoint *e, struct file *f)
{
	size_t len = f->tail.len;
	int err = endpoint_dead(e);
	struct chunk *c;

	if (f->tail.kind == TAIL_SPLIT && len == 0 && !f->tail.zlp) {
		tail_clear(e, f);
		return;
	}
	if (err == 0)
		err = endpoint_claim(e);
	file_ref(f); /* the tail's reference goes with it */
	if (err == 0) {
		c = tail_chunk(e, f, &err);
		if (c) {
			err = out_submit(c);
			if (err)
				chunk_free(c);
		}
	} else {
		tail_clear(e, f);
	}
	if (err) {
		out_late_error(e, f, err, len);
		endpoint_note_error(e, err);
	}
	file_unref(f);
}

static bool
has_nothing_left(const struct file *f)
{
	return f->n_late == 0 && f->tail.kind == TAIL_NONE && atomic_load(&f->commands) == 0;
}

static bool
is_over(struct endpoint *e, const struct request *r)
{
	if (r->kind == REQUEST_COMMAND) /* drain: of everybody */
		return e->n_late == 0 && list_empty(&e->waiting) && !tail_any_due(e);
	return has_nothing_left(r->file);
}

/* One that waits for no longer, or NULL. */
static struct request *
answerable_flush(struct endpoint *e)
{
	list_for_each (at, &e->flushes) {
		struct request *r = list_entry(at, struct request, node);

		if (is_over(e, r))
			return r;
	}
	return NULL;
}

static void
answer_flushes(struct endpoint *e)
{
	struct request *r;

	/* A command goes on when it has been answered, and may bring us here again. */
	while ((r = answerable_flush(e))) {
		endpoint_dequeue(r);
		if (r->kind == REQUEST_COMMAND)
			command_resume(r, 0);
		else if (request_take(r))
			request_reply_error(r, atomic_exchange(&r->file->late_error, 0));
		request_unref(r);
	}
}

/* The file whose write(2) may go on, or NULL. */
static struct file *
split_file(struct endpoint *e)
{
	list_for_each (at, &e->tails) {
		struct tail *t = list_entry(at, struct tail, node);

		if (t->kind == TAIL_SPLIT && !t->release)
			return container_of(t, struct file, tail);
	}
	return NULL;
}

/* Puts the request first whose turn it is. The pieces of a write(2) stay together: NULL, while the
 * next piece may be on its way. */
static struct request *
next_request(struct endpoint *e)
{
	struct request *first = list_first(&e->waiting, struct request, node);
	struct file *f = split_file(e);

	if (!first || !f || (first->kind == REQUEST_WRITE && first->begun))
		return first;
	list_for_each (at, &e->waiting) {
		struct request *r = list_entry(at, struct request, node);

		if (r->kind != REQUEST_WRITE || r->file != f)
			continue;
		if (continues(f, r)) {
			list_del(&r->node);
			list_prepend(&e->waiting, &r->node);
			return r;
		}
		tail_release(f); /* that is the next write(2) already */
		return first;
	}
	return NULL;
}

void
endpoint_out_pump(struct endpoint *e)
{
	/* Answers may make a client come back at once; the order of the bytes is the order of the
	 * writes all the same, because only the front of the queue moves. */
	while (!e->paused && !e->failing && list_empty(&e->landed)) {
		struct request *r = next_request(e);
		struct file *f = tail_released(e);
		unsigned depth = out_depth(e, r ? out_size(r) : e->last_out);

		if (e->cap && e->cap < depth)
			depth = e->cap;
		if (e->n_flying >= depth)
			break;
		e->cap = 0;
		if (f && !(r && r->file == f && f->tail.kind == TAIL_SPLIT && continues(f, r))) {
			send_tail(e, f);
			continue;
		}
		if (!r)
			break;
		if (r->stepped && r->all_sent)
			break;
		if (r->kind == REQUEST_WRITE && !r->begun && !continues(r->file, r)) {
			tail_release(r->file);
			continue;
		}
		out_start(e, r);
	}
	answer_flushes(e);
	endpoint_publish(e, false);
}

void
endpoint_out_write(struct endpoint *e, struct request *r)
{
	if (r->nonblock && !endpoint_dead(e) &&
		(e->n_flying >= out_depth(e, out_size(r)) || !list_empty(&e->waiting) ||
			e->failing)) {
		request_fail(r, -EAGAIN);
		request_unref(r);
		return;
	}
	endpoint_enqueue(e, &e->waiting, r);
	endpoint_out_pump(e);
}

void
endpoint_out_flush(struct endpoint *e, struct request *r)
{
	tail_release(r->file);
	endpoint_enqueue(e, &e->flushes, r);
	endpoint_out_pump(e);
}

void
endpoint_out_stop(struct endpoint *e, struct request *r)
{
	bool flying = false;

	if (endpoint_is_in(e))
		return;
	/* Newest first, see chunk_cancel_all(). */
	for (struct list *at = e->flying.prev, *prev = at->prev; at != &e->flying;
		at = prev, prev = at->prev) {
		struct chunk *c = list_entry(at, struct chunk, node);

		if (c->request != r || c->late)
			continue;
		c->why = r->wish;
		flying = true;
		chunk_cancel(c);
	}
	if (flying || list_empty(&r->node))
		return;
	/* It waits for its turn, or is between two steps. */
	if (r->kind == REQUEST_WRITE && r->stepped && e->type != DESC_ISO) {
		out_text_stop(e, r);
	} else if (r->kind == REQUEST_WRITE) {
		out_finish(e, r, r->wish);
	} else {
		endpoint_dequeue(r);
		command_resume(r, r->wish);
		request_unref(r);
	}
	endpoint_out_pump(e);
}

void
endpoint_out_stop_commands(struct endpoint *e, const struct file *f)
{
	struct list *const queues[] = {&e->waiting, &e->flushes};
	struct request *r;

	for (size_t i = 0; i < ARRAY_SIZE(queues); i++) {
		list_for_each (at, queues[i]) {
			r = list_entry(at, struct request, node);
			if (r->kind != REQUEST_COMMAND || r->file != f)
				continue;
			r->wish = -EINTR;
			endpoint_out_stop(e, r);
			/* There is no other of a file that is closed: each waits for the one before. */
			return;
		}
	}
	list_for_each (at, &e->flying) {
		r = list_entry(at, struct chunk, node)->request;
		if (r && r->kind == REQUEST_COMMAND && r->file == f) {
			r->wish = -EINTR;
			endpoint_out_stop(e, r);
			return;
		}
	}
}

void
endpoint_out_discard(struct endpoint *e)
{
	struct request *r = list_first(&e->waiting, struct request, node);
	int dead = endpoint_dead(e);

	list_for_each_safe (at, tmp, &e->tails) {
		struct tail *t = list_entry(at, struct tail, node);
		struct file *f = container_of(t, struct file, tail);

		if (t->busy)
			continue; /* its request deals with it */
		/* Not to be told to who has asked for it, by the verb. */
		out_late_error(e, f, dead, t->len);
		tail_clear(e, f);
	}
	if (r && r->stepped && !r->wish)
		r->wish = dead ? dead : -ECANCELED;
	/* Who waits for one of these must not take it for a signal, and try again. */
	list_for_each (at, &e->flying)
		list_entry(at, struct chunk, node)->why = -ECANCELED;
	chunk_cancel_all(e);
}
