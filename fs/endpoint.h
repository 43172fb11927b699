/* SPDX-License-Identifier: MIT */
/*
 * The state of one endpoint: transfers under way, bytes that wait for a reader, requests that wait
 * for bytes. It belongs to the device's worker; the main thread creates it at the first open, and
 * any thread may read what is published (ready, stats).
 *
 * Transfers belong to the endpoint and not to a reader: who goes away takes no byte along.
 */
#ifndef USBFUSE_ENDPOINT_H
#define USBFUSE_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/desc.h"
#include "backend/util/list.h"
#include "backend/util/mailbox.h"
#include "fs/fuse.h"
#include "layout/layout.h"

struct device;
struct file;
struct request;

/* Counted by the worker, read by anyone. */
struct endpoint_stats {
	atomic_ullong bytes;     /* that the device sent or took */
	atomic_ullong transfers; /* completed, in whatever way */
	atomic_ullong zlps;      /* zero-length packets received or sent */
	atomic_ullong errors;
	atomic_ullong lost;     /* bytes that had been accepted for writing, and were not taken */
	atomic_size_t buffered; /* bytes that wait for a reader */
	atomic_uint waiting;    /* requests that wait */
	atomic_uint pending;    /* transfers in flight */
	atomic_int last_error;  /* negative errno; 0: none so far */
	atomic_ullong last_error_at; /* ns, CLOCK_MONOTONIC */
};

/* A transfer with its memory. IN: becomes the store of the bytes it brought. */
struct chunk {
	struct transfer transfer;
	struct list node;
	struct endpoint *endpoint;
	void (*done)(struct transfer *t); /* of the direction */
	struct list doubtful;             /* device.doubtful */
	uint64_t doubt_ends;
	unsigned char *mem; /* owned; NULL when the bytes are in the request's or file's buffer */
	size_t capacity;
	size_t offset, len; /* IN: what has not been read yet */
	/* OUT only: */
	struct request *request; /* whose bytes they are, a reference; NULL: a held tail alone */
	struct file *file;       /* who hears of a late error, a reference */
	bool late;               /* the request has been answered already: errors come late */
	size_t held;             /* leading bytes that an earlier request of the write(2) brought */
	size_t tail;             /* bytes of the request that are not in this transfer */
};

struct endpoint {
	/* constant */
	struct device *device;
	int config, interface, alternate;
	uint8_t address;
	uint8_t type;         /* enum desc_transfer_type */
	uint8_t attributes;   /* bmAttributes */
	unsigned packet;      /* bytes in a packet; 0: the descriptor is nonsense */
	uint16_t siblings_in; /* bit N: its alternate setting has an IN endpoint N */

	/* the main thread's */
	struct list node; /* device.endpoints */
	bool left;        /* not in force any more; the worker has been told */
	struct message stale_message;

	/* published */
	atomic_uint ready;      /* poll(2) bits */
	atomic_bool unfinished; /* OUT: a close would have something to wait for */
	struct endpoint_stats stats;
	/* OUT: the IN endpoint that a file opened for reading as well reads from; 0: none. Set by
	 * the worker, looked at by the main thread at open. */
	atomic_uint pair;

	/* the worker's */
	struct list live;    /* device.live */
	bool stale;          /* another configuration or alternate setting is in force */
	bool paused;         /* a verb is at work: nothing new may be started */
	int error;           /* IN: to be reported once, after what is buffered */
	bool error_is_setup; /* it came from opening or claiming: worth another try */
	struct list waiting; /* requests, in order */
	struct list flushes; /* requests that wait until nothing is queued */
	struct list full;    /* IN: chunks with bytes, oldest first */
	struct list flying;  /* chunks in flight, oldest first */
	struct list spare;   /* chunks to use again */
	unsigned n_flying;
	size_t last_size;    /* IN: of the last read, for what poll() arms */
	unsigned n_late;     /* OUT: chunks in flight whose request has been answered */
	unsigned n_held;     /* OUT: files with a held tail */
	struct list pollers; /* files with a poll handle */
};

static inline bool
endpoint_is_in(const struct endpoint *e)
{
	return e->address & 0x80;
}

/* ---- the main thread ---- */

/* The endpoint of TARGET, made when it is opened for the first time. NULL: out of memory. */
struct endpoint *endpoint_get(struct device *d, const struct layout_target *target);

/* Has the endpoint of TARGET got a pair? */
bool endpoint_is_paired(const struct device *d, const struct layout_target *target);

/* No worker is running. */
void endpoint_free(struct endpoint *e);

/* The snapshot has changed: if the endpoint is not part of what is in force any more, tells the
 * worker so. */
void endpoint_check_in_force(struct endpoint *e);

/* The device has gone: poll() says so from now on, whatever the worker does. */
void endpoint_publish_gone(struct endpoint *e);

/* What poll(2) says of F, by what is published. Any thread. */
unsigned endpoint_readiness_of(const struct file *f);

/* ---- the worker: what the two directions share (endpoint.c) ---- */

/* Recomputes the readiness and wakes those who poll; NEWS: also when it is the same as before,
 * for edge-triggered waiting. */
void endpoint_publish(struct endpoint *e, bool news);

/* A poll handle for F has come (NULL: somebody asked without waiting); arms an IN endpoint.
 * ANSWERED is what the main thread has told the caller from memory. */
void endpoint_poll(struct file *f, struct fuse_pollhandle *ph, bool want_in, unsigned answered);
void endpoint_forget_poll(struct file *f);

/* Moves on after anything has changed: serves readers or writers, fails them if it is dead. */
void endpoint_advance(struct endpoint *e);

/* Cancels what is in flight; done() follows. */
void endpoint_cancel_all(struct endpoint *e);

/* The error that every request gets from now on: -ENODEV, -ESHUTDOWN, or 0. */
int endpoint_dead(const struct endpoint *e);

/* Notes an error for the status file. */
void endpoint_note_error(struct endpoint *e, int err);

/* Discards what is buffered; returns how many bytes. */
size_t endpoint_discard(struct endpoint *e);

/* A chunk with at least CAPACITY bytes of memory of its own (0: none), not on a list. NULL: no
 * memory. */
struct chunk *chunk_new(struct endpoint *e, size_t capacity);
/* Keeps it for the next time, or frees it. */
void chunk_recycle(struct chunk *c);
void chunk_free(struct chunk *c);

/* Puts a chunk in flight; -errno and the chunk is still the caller's. */
int chunk_submit(struct chunk *c, void (*done)(struct transfer *t));

/* A transfer that fails for no clear reason is often the first that is heard of an unplugging: it
 * is not believed for a moment, so that its reader hears ENODEV and not EIO. Ends the doubt about
 * those of D whose moment is over, or about ALL, as if they had failed with ERR (0: as they did).
 * Returns how long the next one lasts, in ms as for epoll_wait(). */
int chunk_end_doubts(struct device *d, bool all, int err);

/* ---- the worker: IN (endpoint_in.c) ---- */

void endpoint_in_read(struct endpoint *e, struct request *r);
void endpoint_in_serve(struct endpoint *e);
/* Keeps a transfer in flight, of SIZE bytes rounded up to packets. Errors are left in e->error. */
void endpoint_in_arm(struct endpoint *e, size_t size);

/* ---- the worker: OUT (endpoint_out.c) ---- */

void endpoint_out_write(struct endpoint *e, struct request *r);
void endpoint_out_flush(struct endpoint *e, struct request *r);
void endpoint_out_pump(struct endpoint *e);
/* Sends the held tail of a write(2) whose rest has not come. */
void endpoint_out_release_held(struct file *f);

#endif
