/* SPDX-License-Identifier: MIT */
/*
 * Isochronous OUT: what is written is cut into packets, one for each service interval, and queued
 * some milliseconds ahead of the bus, which sets the pace. A write is answered when its last bytes
 * are queued; what fills no packet waits for more.
 */
#include <errno.h>
#include <string.h>

#include "fs/chunk.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/framing.h"
#include "fs/out.h"
#include "fs/request.h"
#include "fs/tail.h"

enum {
	TRANSFER_NS = 8 * 1000 * 1000, /* that one transfer is to last, about */
	DEPTH = 4,
};

#define SECOND_NS UINT64_C(1000000000)

/* What is left to be sent: first the tail, then the request's bytes. */
struct source {
	struct tail *tail;
	struct request *request;
};

static size_t
available(const struct source *s)
{
	size_t tail = s->tail->kind == TAIL_NONE ? 0 : s->tail->len - s->tail->sent;

	return tail + s->request->size - s->request->position;
}

/* N bytes into TO, or just a look at them. */
static void
take(struct source *s, unsigned char *to, size_t n, bool look)
{
	struct tail *t = s->tail;
	size_t from_tail = t->kind == TAIL_NONE ? 0 : t->len - t->sent;

	if (from_tail > n)
		from_tail = n;
	if (from_tail > 0)
		memcpy(to, t->mem + t->sent, from_tail);
	if (n > from_tail)
		memcpy(to + from_tail, s->request->data + s->request->position, n - from_tail);
	if (look)
		return;
	if (t->kind != TAIL_NONE)
		t->sent += from_tail;
	s->request->position += n - from_tail;
}

/* The size of the next packet of a stream: whole units, so many that the rate is kept in the long
 * run. */
static size_t
next_size(struct endpoint *e)
{
	uint32_t rate = endpoint_knob(e, KNOB_RATE), size = endpoint_knob(e, KNOB_SIZE);
	size_t most = size != KNOB_AUTO && size < e->packet ? size : e->packet, n = most;
	size_t unit = endpoint_knob(e, KNOB_UNIT);

	if (rate != KNOB_AUTO)
		n = (size_t)((e->rate_owed + rate * e->interval_ns) / SECOND_NS);
	if (n > most)
		n = most;
	return unit <= most ? n - n % unit : n;
}

static void
sent(struct endpoint *e, size_t n)
{
	uint32_t rate = endpoint_knob(e, KNOB_RATE);

	if (rate == KNOB_AUTO)
		return;
	e->rate_owed += rate * e->interval_ns;
	e->rate_owed -= n * SECOND_NS < e->rate_owed ? n * SECOND_NS : e->rate_owed;
	/* A rate that the endpoint cannot have does not pile up. */
	if (e->rate_owed > e->packet * SECOND_NS)
		e->rate_owed = e->packet * SECOND_NS;
}

/* The length of the next packet: 1; 0: it is not all there; -EINVAL: there can be no such packet. */
static int
next_packet(struct endpoint *e, enum framing framing, struct source *s, size_t *ret)
{
	unsigned char header[FRAMING_ISO_HEADER];

	if (framing != FRAMING_ISO) {
		*ret = next_size(e);
		return available(s) > 0 && available(s) >= *ret;
	}
	if (available(s) < sizeof(header))
		return 0;
	take(s, header, sizeof(header), true);
	*ret = framing_get_u32(header + 4);
	if (*ret > e->packet)
		return -EINVAL;
	if (available(s) < sizeof(header) + *ret)
		return 0;
	take(s, header, sizeof(header), false);
	return 1;
}

static unsigned
packets_in_transfer(const struct endpoint *e)
{
	uint64_t n = e->interval_ns ? TRANSFER_NS / e->interval_ns : 1;

	return n < 1 ? 1 : n > TRANSFER_MAX_PACKETS ? TRANSFER_MAX_PACKETS : (unsigned)n;
}

/* Fills C with as many packets as there are: their number, or -EINVAL. */
static int
fill(struct endpoint *e, enum framing framing, struct chunk *c, struct source *s)
{
	struct transfer *t = &c->transfer;
	unsigned max = packets_in_transfer(e);
	size_t n;
	int r = 0;

	t->length = 0;
	t->n_packets = 0;
	while (t->n_packets < max && (r = next_packet(e, framing, s, &n)) > 0) {
		take(s, c->mem + t->length, n, false);
		sent(e, n);
		c->packets[t->n_packets++] = (struct transfer_packet){.length = (unsigned)n};
		t->length += n;
	}
	return r < 0 && t->n_packets == 0 ? r : (int)t->n_packets;
}

/* Keeps what fills no packet. */
static int
keep_rest(struct endpoint *e, enum framing framing, struct source *s)
{
	struct request *r = s->request;
	size_t n = r->size - r->position;
	int err = 0;

	if (s->tail->kind != TAIL_NONE)
		tail_consume(e, r->file, s->tail->sent);
	if (n > 0)
		err = tail_append(e, r->file, TAIL_ISO, r->data + r->position, n);
	if (err < 0)
		return err;
	if (s->tail->kind != TAIL_NONE)
		s->tail->framing = framing;
	r->position = r->size;
	return 0;
}

void
out_iso_step(struct endpoint *e, struct request *r)
{
	enum framing framing = (enum framing)endpoint_knob(e, KNOB_FRAMING);
	struct source s = {&r->file->tail, r};
	struct chunk *c;
	int err = r->wish ? r->wish : endpoint_dead(e);

	r->stepped = true;
	if (e->interval_ns == 0 && err == 0)
		err = -EINVAL;
	if (err < 0) {
		out_finish(e, r, err);
		return;
	}
	c = chunk_new_iso(e, (size_t)packets_in_transfer(e) * e->packet);
	if (!c) {
		out_finish(e, r, -ENOMEM);
		return;
	}
	err = fill(e, framing, c, &s);
	if (err > 0) {
		c->file = file_ref(r->file);
		c->late = true;
		if (e->n_flying == 0 && e->running)
			atomic_fetch_add(&e->stats.gaps, 1);
		err = out_submit(c);
		e->running = err == 0;
		if (err < 0) {
			out_late_error(e, r->file, err, c->transfer.length);
			chunk_free(c);
			out_finish(e, r, err);
		}
		return; /* the pump comes back for more */
	}
	chunk_free(c);
	if (err == 0)
		err = keep_rest(e, framing, &s);
	if (err < 0) {
		endpoint_note_error(e, err);
		tail_clear(e, r->file);
	}
	out_finish(e, r, err);
}

unsigned
out_iso_depth(const struct endpoint *e)
{
	uint32_t depth = endpoint_knob(e, KNOB_DEPTH);

	return depth == KNOB_AUTO ? DEPTH : depth;
}

struct chunk *
out_iso_rest(struct endpoint *e, const unsigned char *data, size_t len)
{
	struct chunk *c = chunk_new_iso(e, len ? len : 1);

	if (!c)
		return NULL;
	memcpy(c->mem, data, len);
	c->packets[0] = (struct transfer_packet){.length = (unsigned)len};
	c->transfer.length = len;
	c->transfer.n_packets = 1;
	/* What comes after this is another stream. */
	e->running = false;
	return c;
}
