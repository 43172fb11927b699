/* SPDX-License-Identifier: MIT */
/*
 * What becomes of an OUT transfer: who is told of it, what waits for it, and what is counted. For the
 * transfers themselves see endpoint_out.c, out_text.c and out_iso.c.
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

void
out_late_error(struct endpoint *e, struct file *f, int err, size_t lost)
{
	int none = 0;

	atomic_fetch_add(&e->stats.lost, lost);
	/* The first one is why the others failed. */
	atomic_compare_exchange_strong(&f->late_error, &none, err);
}

void
out_answer(struct chunk *c, int err, size_t actual)
{
	struct endpoint *e = c->endpoint;
	struct request *r = c->request;
	size_t mine = actual > c->held ? actual - c->held : 0;

	if (actual < c->held)
		out_late_error(e, c->file, err, c->held - actual);
	if (c->late) {
		if (err)
			out_late_error(e, c->file, err, c->transfer.length - c->held - mine);
		return;
	}
	if (!r)
		return;
	timer_clear(&r->deadline);
	if (!request_finish(r))
		return;
	if (err && mine == 0)
		request_reply_error(r, err);
	else
		request_reply_written(r, mine + (err ? 0 : c->tail));
}

void
out_hold(struct endpoint *e, struct request *r, size_t tail, bool zlp)
{
	struct file *f = r->file;
	int err = tail_append(e, f, TAIL_SPLIT, r->data + r->size - tail, tail);

	if (err < 0) {
		out_late_error(e, f, err, tail);
		return;
	}
	f->tail.zlp = zlp;
	f->tail.end = r->offset + r->size;
	tail_set_due(e, f);
}

/* What has become of a transfer, for those who wrote it. */
static int
error_of(const struct chunk *c)
{
	const struct endpoint *e = c->endpoint;
	int err = c->transfer.status, dead = endpoint_dead(e);

	if (err != -ECANCELED)
		return err;
	if (dead)
		return dead;
	if (c->why)
		return c->why;
	if (e->failing)
		return e->failure;
	return c->late ? -ECANCELED : -EINTR;
}

/* What would have followed the bytes of a transfer that failed. */
static void
drop_tail(struct endpoint *e, struct file *f, int err)
{
	if (f->tail.kind != TAIL_SPLIT && f->tail.kind != TAIL_COALESCE)
		return;
	out_late_error(e, f, err, f->tail.len);
	tail_clear(e, f);
}

static void
learn(struct endpoint *e, const struct chunk *c, int err)
{
	if (err)
		e->streak_out = 0;
	else if (c->transfer.length >= OUT_LARGE)
		e->streak_out++;
	else if (c->request && c->request->offset == 0)
		e->streak_out = 0; /* not for the end of a large one */
}

/* A packet that fails is lost, and nobody stops for it. */
static void
count_packets(struct endpoint *e, const struct chunk *c)
{
	const struct transfer *t = &c->transfer;

	atomic_fetch_add(&e->stats.iso_packets, t->n_packets);
	for (unsigned i = 0; i < t->n_packets; i++) {
		if (t->packets[i].status == 0)
			continue;
		atomic_fetch_add(&e->stats.iso_errors, 1);
		if (t->status == 0)
			atomic_fetch_add(&e->stats.lost, t->packets[i].length);
	}
}

static bool
ends_with_zlp(const struct chunk *c)
{
	const struct transfer *t = &c->transfer;

	if (c->endpoint->type == DESC_ISO)
		return false;
	return t->length == 0 ||
	       (t->flags & TRANSFER_ADD_ZLP && t->length % c->endpoint->packet == 0);
}

static void
out_done(struct chunk *c)
{
	struct endpoint *e = c->endpoint;
	struct request *r = c->request;
	int err = error_of(c);

	learn(e, c, err);
	if (e->type == DESC_ISO)
		count_packets(e, c);
	/* What is behind it must not reach the device: there would be a hole. */
	if (err && err != -EINTR && err != -ECANCELED && !e->failing)
		endpoint_fail(e, err);
	if (c->late) {
		e->n_late--;
		if (c->file)
			c->file->n_late--;
	}
	if (!err && ends_with_zlp(c))
		atomic_fetch_add(&e->stats.zlps, 1);
	if (!err && r && !c->late && c->split)
		out_hold(e, r, c->tail, c->zlp_later);
	if (err && c->file)
		drop_tail(e, c->file, err);
	endpoint_settle(e);
	endpoint_publish(e, false); /* before the answer: the writer may poll at once */
	if (r && r->kind == REQUEST_COMMAND)
		command_resume(r, err);
	else if (r && r->stepped)
		out_text_done(c, err);
	else
		out_answer(c, err, c->transfer.actual);
	chunk_free(c);
	endpoint_out_pump(e);
}

int
out_submit(struct chunk *c)
{
	struct endpoint *e = c->endpoint;
	int r = chunk_submit(c, out_done);

	if (r == 0 && c->late) {
		e->n_late++;
		if (c->file)
			c->file->n_late++;
	}
	return r;
}
