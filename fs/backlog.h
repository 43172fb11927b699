/* SPDX-License-Identifier: MIT */
/*
 * What an IN endpoint has brought and nobody has read yet: a queue of the endpoint, from which
 * readers are served in turn, or with `share broadcast` one for each of them. The worker's.
 *
 * A piece is one transfer as one reader sees it: its bytes, in the framing that was set when the
 * first of them was delivered, and then, if it failed, its error, once.
 */
#ifndef USBFUSE_BACKLOG_H
#define USBFUSE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/util/list.h"
#include "fs/framing.h"

struct chunk;
struct endpoint;
struct file;

struct piece {
	struct list node;    /* endpoint.backlog or file.backlog */
	struct chunk *chunk; /* a reference */
	size_t offset;       /* of the next byte, in the framing */
	enum framing framing;
	int err;                 /* to be told behind the bytes; 0: none */
	const struct file *last; /* who got the bytes before; to compare, it may be gone */
	bool begun;              /* the framing is settled */
	bool copy; /* one of several, allocated; else it is the only one, and the chunk's own */
};

/* C has come back with something to tell; its reference goes along. */
void backlog_add(struct endpoint *e, struct chunk *c);

/* The piece that F reads next, or NULL. */
struct piece *backlog_front(struct endpoint *e, struct file *f);

/* Its bytes that are still to be delivered; 0: only its error is, or it is a ZLP that reads as 0. */
size_t backlog_left(const struct piece *p);
struct framing_message backlog_message(const struct piece *p);

/* N bytes of the front piece have been delivered; it is gone once nothing is left to tell. */
void backlog_consume(struct endpoint *e, struct file *f, struct piece *p, size_t n);
void backlog_drop(struct endpoint *e, struct file *f, struct piece *p);

/* How many transfers the reader who is ahead of the others has still before it. */
unsigned backlog_ahead(const struct endpoint *e);

/* Is there an error that somebody has not heard of yet? */
bool backlog_has_error(const struct endpoint *e);

/* F reads from E from now on, or does no longer. */
void backlog_join(struct endpoint *e, struct file *f);
void backlog_leave(struct endpoint *e, struct file *f);

/* `share` has been set. */
void backlog_share(struct endpoint *e);

/* Errors ERR that nobody has heard of are of no interest any more. */
void backlog_forgive(struct endpoint *e, int err);

/* Discards everything, of every reader; returns how many bytes. */
size_t backlog_discard(struct endpoint *e);

#endif
