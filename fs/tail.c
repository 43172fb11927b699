/* SPDX-License-Identifier: MIT */
/* Bytes that wait to be sent; see tail.h. */
#include "fs/tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/chunk.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/framing.h"
#include "fs/out.h"

enum {
	/* How long the rest of a split write(2) may take to come, in ms. The kernel sends it as
	 * soon as the writing thread runs again, which on a busy machine is not at once. */
	SPLIT_MS = 100,
};

static void
due(struct timer *timer)
{
	struct tail *t = container_of(timer, struct tail, due);
	struct file *f = container_of(t, struct file, tail);

	tail_release(f);
	endpoint_out_pump(f->endpoint);
}

void
tail_init(struct tail *t)
{
	list_init(&t->node);
	timer_init(&t->due, due);
}

void
tail_deinit(struct tail *t)
{
	free(t->mem);
}

int
tail_append(struct endpoint *e, struct file *f, enum tail_kind kind, const void *data, size_t n)
{
	struct tail *t = &f->tail;
	size_t old = t->kind == TAIL_NONE ? 0 : t->len;

	if (t->capacity < old + n) {
		size_t capacity = t->capacity * 2 > old + n ? t->capacity * 2 : old + n;
		unsigned char *mem = realloc(t->mem, capacity);

		if (!mem)
			return -ENOMEM;
		t->mem = mem;
		t->capacity = capacity;
	}
	if (n > 0)
		memcpy(t->mem + old, data, n);
	t->len = old + n;
	if (t->kind == TAIL_NONE) {
		t->sent = 0;
		t->zlp = t->release = t->busy = false;
		file_ref(f);
		list_append(&e->tails, &t->node);
	}
	t->kind = kind;
	return 0;
}

void
tail_clear(struct endpoint *e, struct file *f)
{
	struct tail *t = &f->tail;

	(void)e;
	if (t->kind == TAIL_NONE)
		return;
	timer_clear(&t->due);
	list_del(&t->node);
	t->kind = TAIL_NONE;
	t->len = t->sent = 0;
	t->zlp = t->release = t->busy = false;
	file_unref(f);
}

void
tail_consume(struct endpoint *e, struct file *f, size_t n)
{
	struct tail *t = &f->tail;

	t->len -= n;
	t->sent = t->sent > n ? t->sent - n : 0;
	if (t->len == 0 && !t->zlp)
		tail_clear(e, f);
	else if (n > 0)
		memmove(t->mem, t->mem + n, t->len);
}

void
tail_set_due(struct endpoint *e, struct file *f)
{
	timer_set(&e->device->timers, &f->tail.due, SPLIT_MS);
}

void
tail_release(struct file *f)
{
	if (f->tail.kind != TAIL_NONE)
		f->tail.release = true;
}

struct file *
tail_released(struct endpoint *e)
{
	list_for_each (at, &e->tails) {
		struct tail *t = list_entry(at, struct tail, node);

		if (t->release && !t->busy)
			return container_of(t, struct file, tail);
	}
	return NULL;
}

bool
tail_any_due(struct endpoint *e)
{
	list_for_each (at, &e->tails) {
		struct tail *t = list_entry(at, struct tail, node);

		if (t->release || t->kind == TAIL_SPLIT)
			return true;
	}
	return false;
}

/* The line or message that the end of the file has ended. */
static int
decode_rest(struct tail *t, struct chunk *c)
{
	size_t used, n = 0;
	int r = framing_decode(t->framing, t->mem, t->len, true, c->mem, &used, &n);

	c->transfer.length = n;
	return r < 0 ? r : 0;
}

struct chunk *
tail_chunk(struct endpoint *e, struct file *f, int *ret_err)
{
	struct tail *t = &f->tail;
	struct chunk *c;

	*ret_err = 0;
	if (t->kind == TAIL_ISO)
		c = out_iso_rest(e, t->mem, t->len);
	else
		c = chunk_new(e, t->len ? t->len : 1);
	if (!c) {
		*ret_err = -ENOMEM;
		tail_clear(e, f);
		return NULL;
	}
	if (t->kind == TAIL_TEXT) {
		*ret_err = decode_rest(t, c);
	} else if (t->kind == TAIL_ISO && t->framing == FRAMING_ISO) {
		*ret_err = -EINVAL; /* a record that was cut off */
	} else if (t->kind != TAIL_ISO) {
		if (t->len > 0)
			memcpy(c->mem, t->mem, t->len);
		c->transfer.length = t->len;
		if (endpoint_knob(e, KNOB_END) && t->len > 0)
			c->transfer.flags |= TRANSFER_ADD_ZLP;
	}
	c->file = file_ref(f);
	c->late = true;
	if (*ret_err < 0) {
		chunk_free(c);
		c = NULL;
	}
	tail_clear(e, f);
	return c;
}
