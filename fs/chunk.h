/* SPDX-License-Identifier: MIT */
/*
 * A transfer with its memory, of one endpoint. The worker's. What an IN chunk has brought is shown
 * to readers by pieces (backlog.h), which hold references; an OUT chunk lives until its transfer is
 * over.
 *
 * A transfer that fails for no clear reason is often the first that is heard of an unplugging. It
 * is not believed for a moment, so that whoever waits hears ENODEV and not EIO; what completes on
 * the same endpoint meanwhile waits behind it, so that nothing gets out of order.
 */
#ifndef USBFUSE_CHUNK_H
#define USBFUSE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"
#include "backend/util/list.h"
#include "fs/backlog.h"

struct device;
struct endpoint;
struct file;
struct request;

struct chunk {
	struct transfer transfer;
	struct list node;   /* endpoint.flying or .spare */
	struct list landed; /* endpoint.landed: completed, done() has not run */
	struct endpoint *endpoint;
	void (*done)(struct chunk *c); /* of the direction; C is off the list of those in flight */
	unsigned refs;                 /* IN */
	uint64_t asker;                /* IN: struct file.serial of who wanted it, or 0 */
	struct piece piece;            /* IN: of its only reader */
	unsigned char *mem;            /* owned; NULL when the bytes are in the request's buffer */
	size_t capacity;
	struct transfer_packet *packets; /* isochronous: TRANSFER_MAX_PACKETS of them, owned */

	/* OUT only: */
	struct request *request; /* whose bytes they are, a reference; or NULL */
	struct file *file;       /* who hears of a late error, a reference; or NULL */
	bool late;               /* errors come late: nobody waits for this transfer itself */
	bool split;              /* more of the same write(2) may follow */
	bool zlp_later;          /* split: should nothing follow, a ZLP is due */
	int why;                 /* negative errno: it is being cancelled, and that is the reason */
	size_t held;             /* leading bytes that an earlier request brought */
	size_t tail;             /* bytes of the request that are not in this transfer */
	size_t credit;           /* bytes of the request that count as written when it is taken */
};

/* A chunk with at least CAPACITY bytes of memory of its own (0: none), not on a list, with one
 * reference. NULL: no memory. */
struct chunk *chunk_new(struct endpoint *e, size_t capacity);

/* The same with packets, for an isochronous transfer. */
struct chunk *chunk_new_iso(struct endpoint *e, size_t capacity);

/* IN: keeps its bytes for one more; drops one, and with the last the chunk is kept for another
 * transfer or freed. */
struct chunk *chunk_ref(struct chunk *c);
void chunk_unref(struct chunk *c);

/* OUT: drops what it holds and frees it. */
void chunk_free(struct chunk *c);

/* Frees the chunks that are kept for other transfers. */
void chunk_free_spare(struct endpoint *e);

/* Puts a chunk in flight, with the rest of transfer filled in; -errno and the chunk is still the
 * caller's. */
int chunk_submit(struct chunk *c, void (*done)(struct chunk *c));

/* Cancels everything of E that is in flight; done() follows. */
void chunk_cancel_all(struct endpoint *e);
/* Or one. */
void chunk_cancel(struct chunk *c);

/* Runs done() of what has landed on E, or on every endpoint of D, now; what failed without a clear
 * reason has failed with ERR (0: as it did). */
void chunk_end_doubt(struct endpoint *e, int err);
void chunk_end_doubts(struct device *d, int err);

#endif
