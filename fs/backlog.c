/* SPDX-License-Identifier: MIT */
/* Transfers that wait for their readers; see backlog.h. */
#include "fs/backlog.h"

#include <stdlib.h>

#include "fs/chunk.h"
#include "fs/endpoint.h"
#include "fs/file.h"

enum {
	/* How far a broadcast reader may fall behind before it loses its oldest transfers: in bytes,
	 * and because a transfer takes memory however little it has brought, in transfers. */
	BEHIND_MAX = 4 << 20,
	BEHIND_TRANSFERS = 16384,
};

static struct list *
list_of(struct endpoint *e, struct file *f)
{
	return f && !list_empty(&f->backlog) ? &f->backlog : &e->backlog;
}

static size_t
unread(const struct piece *p)
{
	const struct chunk *c = p->chunk;
	size_t size, left;

	if (!p->begun || framing_is_raw(p->framing))
		return c->transfer.actual - p->offset;
	/* In bytes of the device, as far as that can be said of half a line. */
	size = backlog_left(p) + p->offset;
	left = backlog_left(p);
	return size ? c->transfer.actual * left / size : 0;
}

static void
count(struct endpoint *e, struct file *f, bool of_reader, long long bytes, int pieces)
{
	if (of_reader) {
		atomic_fetch_add(&f->behind, (unsigned long long)bytes);
		f->n_backlog += (unsigned)pieces;
		e->n_private += (unsigned)pieces;
		if (f->n_backlog == 0)
			atomic_store(&f->ready, 0);
	} else {
		atomic_fetch_add(&e->stats.buffered, (size_t)bytes);
		e->n_backlog += (unsigned)pieces;
	}
}

struct framing_message
backlog_message(const struct piece *p)
{
	const struct transfer *t = &p->chunk->transfer;

	return (struct framing_message){p->chunk->mem, t->actual, t->packets, t->n_packets};
}

/* A transfer that failed without a byte is no ZLP. */
static bool
has_message(const struct piece *p)
{
	return p->chunk->transfer.actual > 0 || p->chunk->transfer.status == 0;
}

size_t
backlog_left(const struct piece *p)
{
	struct framing_message m = backlog_message(p);

	return has_message(p) ? framing_size(p->framing, &m) - p->offset : 0;
}

static void
free_piece(struct piece *p)
{
	struct chunk *c = p->chunk;

	list_del(&p->node);
	p->chunk = NULL;
	if (p->copy)
		free(p);
	chunk_unref(c);
}

void
backlog_drop(struct endpoint *e, struct file *f, struct piece *p)
{
	bool of_reader = list_of(e, f) != &e->backlog;

	count(e, f, of_reader, -(long long)unread(p), -1);
	free_piece(p);
}

void
backlog_consume(struct endpoint *e, struct file *f, struct piece *p, size_t n)
{
	bool of_reader = list_of(e, f) != &e->backlog;
	size_t before = unread(p);

	p->offset += n;
	count(e, f, of_reader, -(long long)(before - unread(p)), 0);
	if (backlog_left(p) == 0 && p->err == 0)
		backlog_drop(e, f, p);
}

struct piece *
backlog_front(struct endpoint *e, struct file *f)
{
	struct list *from = list_of(e, f);
	struct piece *p;

	while ((p = list_first(from, struct piece, node))) {
		if (!p->begun) {
			p->framing = (enum framing)endpoint_knob(e, KNOB_FRAMING);
			p->offset = 0;
			p->last = NULL;
		}
		/* A stream knows no empty messages. */
		if (p->framing != FRAMING_STREAM || backlog_left(p) > 0 || p->err < 0)
			return p;
		backlog_drop(e, f, p);
		from = list_of(e, f);
	}
	return NULL;
}

static void
append(struct endpoint *e, struct file *f, struct piece *p)
{
	p->offset = 0;
	p->begun = false;
	p->err = p->chunk->transfer.status;
	list_append(f ? &f->backlog : &e->backlog, &p->node);
	count(e, f, f != NULL, (long long)p->chunk->transfer.actual, 1);
}

/* Lets the oldest transfers of a reader go that does not keep up, and tells it how much that was. */
static void
limit(struct endpoint *e, struct file *f)
{
	while (f->n_backlog > BEHIND_TRANSFERS ||
		(atomic_load(&f->behind) > BEHIND_MAX && f->n_backlog > 1)) {
		struct piece *p = list_first(&f->backlog, struct piece, node);

		atomic_fetch_add(&f->lost, unread(p));
		backlog_drop(e, f, p);
	}
}

static void
copy_to(struct endpoint *e, struct file *f, struct chunk *c)
{
	struct piece *p = calloc(1, sizeof(*p));

	if (!p) {
		atomic_fetch_add(&f->lost, c->transfer.actual);
		return;
	}
	list_init(&p->node);
	p->copy = true;
	p->chunk = chunk_ref(c);
	append(e, f, p);
	limit(e, f);
}

void
backlog_add(struct endpoint *e, struct chunk *c)
{
	struct file *only = NULL;

	c->piece.copy = false;
	c->piece.chunk = c;
	if (endpoint_knob(e, KNOB_SHARE) && !list_empty(&e->readers)) {
		if (e->readers.next != e->readers.prev) {
			list_for_each (at, &e->readers)
				copy_to(e, list_entry(at, struct file, reader_node), c);
			chunk_unref(c);
			return;
		}
		only = list_first(&e->readers, struct file, reader_node);
	}
	append(e, only, &c->piece);
	if (only)
		limit(e, only);
}

unsigned
backlog_ahead(const struct endpoint *e)
{
	unsigned least = UINT32_MAX;

	if (!endpoint_knob(e, KNOB_SHARE) || list_empty(&e->readers))
		return e->n_backlog;
	list_for_each (at, &e->readers) {
		const struct file *f = list_entry(at, struct file, reader_node);

		if (f->n_backlog < least)
			least = f->n_backlog;
	}
	return e->n_backlog + least;
}

static bool
has_error(const struct list *pieces)
{
	list_for_each (at, pieces)
		if (list_entry(at, struct piece, node)->err < 0)
			return true;
	return false;
}

bool
backlog_has_error(const struct endpoint *e)
{
	if (has_error(&e->backlog))
		return true;
	list_for_each (at, &e->readers)
		if (has_error(&list_entry(at, struct file, reader_node)->backlog))
			return true;
	return false;
}

/* What has come before anybody listened is the first reader's. */
static void
adopt(struct endpoint *e, struct file *f)
{
	unsigned n = e->n_backlog;
	size_t bytes = atomic_load(&e->stats.buffered);

	if (n == 0)
		return;
	count(e, NULL, false, -(long long)bytes, -(int)n);
	count(e, f, true, (long long)bytes, (int)n);
	list_splice(&f->backlog, &e->backlog);
}

void
backlog_join(struct endpoint *e, struct file *f)
{
	if (!list_empty(&f->reader_node))
		return;
	list_append(&e->readers, &f->reader_node);
	if (endpoint_knob(e, KNOB_SHARE))
		adopt(e, f);
}

/* What a reader leaves behind is of use to the next one if nobody else has it, or will have: with
 * `share queue` what is its alone, and the whole when it is the last to go. */
void
backlog_leave(struct endpoint *e, struct file *f)
{
	struct list back;
	bool last;

	list_init(&back);
	list_del(&f->reader_node);
	last = list_empty(&e->readers);
	list_for_each_safe (at, tmp, &f->backlog) {
		struct piece *p = list_entry(at, struct piece, node);

		if (!last && (p->copy || endpoint_knob(e, KNOB_SHARE))) {
			backlog_drop(e, f, p);
			continue;
		}
		count(e, f, true, -(long long)unread(p), -1);
		count(e, NULL, false, (long long)unread(p), 1);
		list_del(&p->node);
		list_append(&back, &p->node);
	}
	list_splice(&back, &e->backlog);
	list_splice(&e->backlog, &back);
}

void
backlog_share(struct endpoint *e)
{
	struct file *first = list_first(&e->readers, struct file, reader_node);

	if (endpoint_knob(e, KNOB_SHARE) && first)
		adopt(e, first);
}

static void
forgive(struct endpoint *e, struct file *f, struct list *pieces, int err)
{
	list_for_each_safe (at, tmp, pieces) {
		struct piece *p = list_entry(at, struct piece, node);

		if (p->err != err)
			continue;
		if (backlog_left(p) == 0)
			backlog_drop(e, f, p);
		else
			p->err = 0;
	}
}

void
backlog_forgive(struct endpoint *e, int err)
{
	forgive(e, NULL, &e->backlog, err);
	list_for_each (at, &e->readers) {
		struct file *f = list_entry(at, struct file, reader_node);

		forgive(e, f, &f->backlog, err);
	}
}

size_t
backlog_discard(struct endpoint *e)
{
	size_t bytes = atomic_load(&e->stats.buffered);

	while (!list_empty(&e->backlog))
		backlog_drop(e, NULL, list_first(&e->backlog, struct piece, node));
	list_for_each (at, &e->readers) {
		struct file *f = list_entry(at, struct file, reader_node);

		bytes += atomic_load(&f->behind);
		while (!list_empty(&f->backlog))
			backlog_drop(e, f, list_first(&f->backlog, struct piece, node));
	}
	return bytes;
}
