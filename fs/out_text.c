/* SPDX-License-Identifier: MIT */
/*
 * Writing with `framing hex` and `framing length`: what is written says where transfers begin and
 * end. A write is checked first, and nothing of it is sent when it makes no sense; then its
 * messages go one after the other. What is no whole message yet waits for the next write.
 */
#include <errno.h>

#include "fs/chunk.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/framing.h"
#include "fs/out.h"
#include "fs/request.h"
#include "fs/tail.h"

enum {
	/* An unfinished message may be so long. */
	UNFINISHED_MAX = 48 << 20,
};

/* Do the bytes from OFFSET on make sense? */
static int
check(const struct tail *t)
{
	size_t at = 0, used, n;
	int r;

	while ((r = framing_decode(t->framing, t->mem + at, t->len - at, false, NULL, &used, &n)) >
		0)
		at += used;
	if (r == 0 && t->len - at > UNFINISHED_MAX)
		r = -EINVAL;
	return r;
}

static int
take_in(struct endpoint *e, struct request *r)
{
	struct tail *t = &r->file->tail;
	size_t old = t->kind == TAIL_NONE ? 0 : t->len;
	int err = tail_append(e, r->file, TAIL_TEXT, r->data, r->size);

	if (err < 0)
		return err;
	t->framing = (enum framing)endpoint_knob(e, KNOB_FRAMING);
	err = check(t);
	if (err < 0) {
		t->len = old;
		if (old == 0)
			tail_clear(e, r->file);
		return err;
	}
	t->busy = true;
	r->before = old;
	r->stepped = true;
	return 0;
}

/* All messages of the request are over, or the first that failed is and nothing is in flight. */
static void
finish(struct endpoint *e, struct request *r, int err)
{
	struct file *f = r->file;
	struct tail *t = &f->tail;

	t->busy = false;
	if (err) {
		/* Who wrote hears how far it went; what had been accepted before is lost. */
		if (r->position < r->before)
			out_late_error(e, f, 0, r->before - r->position);
		tail_clear(e, f);
	} else {
		tail_consume(e, f, t->sent);
		r->position = r->before + r->size;
	}
	r->position = r->position > r->before ? r->position - r->before : 0;
	out_finish(e, r, err);
}

void
out_text_step(struct endpoint *e, struct request *r)
{
	struct tail *t = &r->file->tail;
	size_t used = 0, n = 0;
	struct chunk *c;
	int err;

	if (!r->stepped) {
		err = take_in(e, r);
		if (err < 0) {
			endpoint_note_error(e, err);
			out_finish(e, r, err);
			return;
		}
	}
	if (r->wish) {
		r->all_sent = true;
	} else if (framing_decode(t->framing, t->mem + t->sent, t->len - t->sent, false, NULL,
			   &used, &n) <= 0) {
		r->all_sent = true;
	}
	if (r->all_sent) {
		if (r->outstanding == 0)
			finish(e, r, r->wish);
		return;
	}
	c = chunk_new(e, used);
	err = c ? 0 : -ENOMEM;
	if (c) {
		framing_decode(
			t->framing, t->mem + t->sent, t->len - t->sent, false, c->mem, &used, &n);
		c->transfer.length = n;
		c->credit = used;
		c->request = request_ref(r);
		if (endpoint_knob(e, KNOB_END) && n > 0)
			c->transfer.flags |= TRANSFER_ADD_ZLP;
		err = out_submit(c);
		if (err)
			chunk_free(c);
	}
	if (err) {
		endpoint_note_error(e, err);
		r->wish = err;
		return; /* the next step ends it */
	}
	t->sent += used;
	r->outstanding++;
}

void
out_text_done(struct chunk *c, int err)
{
	struct request *r = c->request;

	r->outstanding--;
	if (err) {
		r->failed = true;
		if (!r->wish)
			r->wish = err;
	}
	/* Also when it is to be stopped: what the device has must not be sent again. */
	if (!r->failed)
		r->position += c->credit;
	if (r->outstanding == 0 && (r->all_sent || r->wish))
		finish(c->endpoint, r, r->wish);
}

void
out_text_stop(struct endpoint *e, struct request *r)
{
	finish(e, r, r->wish);
}
