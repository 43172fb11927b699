/* SPDX-License-Identifier: MIT */
/*
 * The state of one endpoint: transfers under way, bytes that wait for a reader, requests that wait
 * for bytes. It belongs to the device's worker; the main thread creates it at the first open, and
 * any thread may read what is published (ready, stats, knobs).
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
#include "fs/timer.h"
#include "layout/knob.h"
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
	atomic_ullong backoffs; /* times that usbfs had no memory for a further transfer */
	atomic_ullong iso_packets; /* isochronous: packets, those with an error, */
	atomic_ullong iso_errors;
	atomic_ullong gaps;          /* and times that the queue ran dry while a file was in use */
	atomic_size_t buffered;      /* bytes that wait for a reader */
	atomic_uint waiting;         /* requests that wait */
	atomic_uint pending;         /* transfers in flight */
	atomic_bool halted;          /* a stall has not been cleared since */
	atomic_int last_error;       /* negative errno; 0: none so far */
	atomic_ullong last_error_at; /* ns, CLOCK_MONOTONIC */
};

struct endpoint {
	/* constant */
	struct device *device;
	int config, interface, alternate;
	uint8_t address;
	uint8_t type;       /* enum desc_transfer_type */
	uint8_t attributes; /* bmAttributes */
	unsigned packet;    /* bytes in a packet; isochronous and interrupt: in a service interval;
			       * 0: the descriptor is nonsense */
	uint64_t interval_ns; /* isochronous: the service interval */
	struct knob_endpoint facts;

	/* the main thread's */
	struct list node; /* device.endpoints */
	bool left;        /* not in force any more; the worker has been told */
	struct message stale_message;
	char *ctl_error; /* what was wrong with the last ctl text, or NULL */

	/* published */
	atomic_uint ready;      /* poll(2) bits */
	atomic_bool ended;      /* by our own change of the configuration; stale for ever */
	atomic_bool unfinished; /* OUT: a close may have something to wait for */
	struct endpoint_stats stats;
	/* Set by the worker. KNOB_PAIR is looked at when a file is opened. */
	_Atomic(uint32_t) knobs[KNOB_COUNT];

	/* the worker's */
	struct list live;    /* device.live */
	bool stale;          /* another configuration or alternate setting is in force */
	bool paused;         /* a verb is at work: nothing new may be started */
	bool failing;        /* after an error: what is behind it is on its way back */
	bool streams;        /* bulk streams are allocated */
	struct list waiting; /* requests, in order */
	struct list flying;  /* chunks in flight, oldest first */
	struct list landed;  /* chunks that have come back, and are in doubt: chunk.h */
	struct timer doubt;
	struct list spare; /* chunks to use again */
	unsigned n_flying, n_spare;
	struct list pollers; /* files with a poll handle */

	/* the worker's, IN */
	int error;           /* of opening or claiming: to be reported once, after the backlog */
	struct list backlog; /* pieces: backlog.h */
	unsigned n_backlog;
	struct list readers; /* files: struct file.reader_node */
	unsigned n_private;  /* pieces in the files' own backlogs */
	uint64_t asker;      /* struct file.serial of who has read or polled last */
	size_t last_size;    /* of the last read, for what poll() arms */
	unsigned window;     /* transfers that read-ahead keeps in flight; 1: none ahead */
	unsigned streak;     /* successive reads that a whole transfer has filled */
	unsigned cap;        /* as many had memory; 0: no limit has been met */
	bool rearm;          /* a transfer has come back with nothing for those who poll */
	bool hungry;         /* who would not wait has found nothing */
	bool active;         /* somebody has read since the device was opened, or failed */
	bool running;        /* isochronous: packets have been moving */
	struct timer latency;

	/* the worker's, OUT */
	struct list flushes; /* requests that wait until nothing is queued */
	struct list tails;   /* files with a tail: tail.h */
	unsigned n_late;     /* chunks in flight that nobody waits for */
	unsigned streak_out; /* successive large writes that went well */
	size_t last_out;     /* size of the last write */
	uint64_t rate_owed;  /* isochronous: ns times bytes a second, not sent yet */
	int failure;         /* while failing: of the transfer that failed */
};

static inline bool
endpoint_is_in(const struct endpoint *e)
{
	return e->address & 0x80;
}

static inline uint32_t
endpoint_knob(const struct endpoint *e, enum knob k)
{
	return atomic_load_explicit(&e->knobs[k], memory_order_relaxed);
}

/* ---- the main thread ---- */

/* The endpoint of TARGET, made when it is opened for the first time. NULL: out of memory. */
struct endpoint *endpoint_get(struct device *d, const struct layout_target *target);

/* Has the endpoint of TARGET got a pair? */
bool endpoint_is_paired(const struct device *d, const struct layout_target *target);

/* No worker is running. */
void endpoint_free(struct endpoint *e);

/* No worker is running, no file of D is open: frees what earlier settings have left behind. */
void endpoint_free_left(struct device *d);

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

/* The error that every request gets from now on: -ENODEV, -ESHUTDOWN, or 0. */
int endpoint_dead(const struct endpoint *e);

/* Opens the device, claims the interface, and brings about what the knobs want of it. */
int endpoint_claim(struct endpoint *e);

/* Notes an error for the status file. */
void endpoint_note_error(struct endpoint *e, int err);

/* After a transfer has failed with ERR: nothing is started before what is behind it has come back.
 * The last one to come back calls endpoint_settle(). */
void endpoint_fail(struct endpoint *e, int err);
void endpoint_settle(struct endpoint *e);

/* Discards what is buffered; returns how many bytes. */
size_t endpoint_discard(struct endpoint *e);

/* The end of the worker: nobody waits any more, nothing is in flight. */
void endpoint_retire(struct endpoint *e);

/* R waits in LIST, one of e->waiting and e->flushes, with its reference, as long as the knob
 * `timeout` allows; and does no longer, which leaves the reference to the caller. */
void endpoint_enqueue(struct endpoint *e, struct list *list, struct request *r);
void endpoint_dequeue(struct request *r);

/* ---- the worker: IN (endpoint_in.c) ---- */

void endpoint_in_read(struct endpoint *e, struct request *r);
void endpoint_in_serve(struct endpoint *e);

/* A transfer of E with bytes or an error of its own has come back. */
struct chunk;
void endpoint_in_done(struct chunk *c);

/* ---- the worker: what is asked of the device, and when (readahead.c, iso_in.c) ---- */

/* How large a transfer is that serves a read of WANTED bytes. */
size_t readahead_size(const struct endpoint *e, size_t wanted);
/* Somebody waits for WANTED bytes, nothing is buffered. Errors are left in e->error. */
void readahead_demand(struct endpoint *e, size_t wanted);
/* A read of WANTED bytes has taken LEFT bytes less than the transfer C had. */
void readahead_learn(struct endpoint *e, const struct chunk *c, size_t wanted, size_t left);
/* Something has been written on E's interface, as a request is. */
void readahead_converse(struct endpoint *e);
/* Keeps as many transfers in flight as are wanted. */
void readahead_keep(struct endpoint *e);

/* Puts one isochronous transfer in flight: -errno. */
int iso_in_submit(struct endpoint *e);
/* How many of them are kept in flight, and buffered. */
unsigned iso_in_depth(const struct endpoint *e);
unsigned iso_in_ring(const struct endpoint *e);

/* ---- the worker: OUT (out_queue.c) ---- */

void endpoint_out_write(struct endpoint *e, struct request *r);
void endpoint_out_flush(struct endpoint *e, struct request *r);
void endpoint_out_pump(struct endpoint *e);
/* Would a write be taken at once? */
bool endpoint_out_has_room(const struct endpoint *e);
/* Ends a write that is under way, with r->wish as its error. */
void endpoint_out_stop(struct endpoint *e, struct request *r);
/* Ends the command of a ctl file that is closed. */
void endpoint_out_stop_commands(struct endpoint *e, const struct file *f);
/* Discards what has been accepted and not been taken. */
void endpoint_out_discard(struct endpoint *e);

#endif
