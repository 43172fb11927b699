/* SPDX-License-Identifier: MIT */
/*
 * Bytes of a file that have been written and wait for something before they are sent: the worker's.
 * They are sent when that has come, when the file is flushed, or when something else is written
 * that they cannot be part of.
 */
#ifndef USBFUSE_TAIL_H
#define USBFUSE_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/util/list.h"
#include "fs/timer.h"
#include "layout/knob.h"

struct chunk;
struct endpoint;
struct file;

enum tail_kind {
	TAIL_NONE,
	TAIL_SPLIT, /* the end of one piece of a write(2) that the kernel has split; for a moment */
	TAIL_COALESCE, /* everything up to the flush */
	TAIL_TEXT,     /* a line of hex text, or a message behind its length: not complete yet */
	TAIL_ISO,      /* less than a packet or a record */
};

struct tail {
	enum tail_kind kind; /* NONE: there is none, and the rest means nothing */
	unsigned char *mem;
	size_t len, capacity;
	size_t sent;          /* TEXT: bytes at the front that are on their way */
	enum framing framing; /* TEXT, ISO */
	uint64_t end;         /* SPLIT: the offset at which the rest of the write(2) would go on */
	bool zlp;             /* SPLIT, COALESCE: should nothing follow, a ZLP is due */
	bool busy;            /* TEXT: a request is at work on it */
	bool release;         /* it is to be sent as soon as that is possible */
	struct list node;     /* endpoint.tails, which holds a reference to the file */
	struct timer due;     /* SPLIT */
};

void tail_init(struct tail *t);
/* Not on a list any more. */
void tail_deinit(struct tail *t);

/* Adds N bytes, and makes F one with a tail of that kind. -ENOMEM: nothing has changed. */
int tail_append(
	struct endpoint *e, struct file *f, enum tail_kind kind, const void *data, size_t n);

/* Takes N bytes off the front; with nothing left, and no ZLP due, there is no tail any more. */
void tail_consume(struct endpoint *e, struct file *f, size_t n);
/* Takes all. */
void tail_clear(struct endpoint *e, struct file *f);

/* Makes the rest of what the kernel has split wait no longer than a moment. */
void tail_set_due(struct endpoint *e, struct file *f);

/* Asks for it to be sent: endpoint_out_pump() does. */
void tail_release(struct file *f);

/* The first file of E whose tail is to be sent, or NULL. */
struct file *tail_released(struct endpoint *e);

/* Will the tail of some file be sent without anything else having to happen? */
bool tail_any_due(struct endpoint *e);

/* A chunk for the bytes of the tail, which is then gone; late, for F. NULL: no memory, or nothing
 * that could be sent; *RET_ERR says which (0: nothing). */
struct chunk *tail_chunk(struct endpoint *e, struct file *f, int *ret_err);

#endif
