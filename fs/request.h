/* SPDX-License-Identifier: MIT */
/*
 * A FUSE request that is answered later, from another thread perhaps, and exactly once.
 *
 * Who may answer is decided by an atomic state:
 *
 *     WAITING ──request_take()──────────────────────────────► TAKEN (the taker answers)
 *        └────request_begin()──► BUSY ──request_finish()────► TAKEN (the finisher answers)
 *
 * The main thread takes a WAITING request away when the kernel interrupts it; the worker begins a
 * request when bytes start to move on its behalf, after which an interruption is a wish that the
 * worker carries out, so that the answer can say how many bytes have moved. Should the worker not
 * come back in time (a wedged device), the main thread finishes the request in its stead: a client
 * must always be killable.
 *
 * A reference is held by whoever has the request on a list or in a mailbox.
 */
#ifndef USBFUSE_REQUEST_H
#define USBFUSE_REQUEST_H

#include "fs/fuse.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "backend/util/list.h"
#include "backend/util/mailbox.h"
#include "fs/loop.h"

struct endpoint;
struct file;
struct fs;

enum request_kind {
	REQUEST_READ,
	REQUEST_WRITE,
	REQUEST_FLUSH,
	REQUEST_COMMAND, /* text written to a ctl file or its like */
	REQUEST_QUERY,   /* a read of what a hub has to be asked for */
};

/* How the tree shows that a verb has been carried out: outcome.h. */
enum follow {
	FOLLOW_NOTHING,
	FOLLOW_GONE,         /* the device is there no more */
	FOLLOW_BACK,         /* it has come back, as another one, to the same place */
	FOLLOW_CONFIGURED,   /* it has a configuration */
	FOLLOW_UNCONFIGURED, /* it has none */
	FOLLOW_EMPTY,        /* nothing is plugged into the port */
};

enum request_state { REQUEST_WAITING, REQUEST_IS_BUSY, REQUEST_TAKEN };

struct request {
	struct message message;  /* to the worker */
	struct message drop;     /* to the worker: it has been interrupted */
	struct message told;     /* to the main thread, by a worker: likewise */
	struct list node;        /* the worker's: queue of the endpoint */
	struct list interrupted; /* the main thread's */
	struct timer give_up;    /* the main thread's */
	struct timer lateness;   /* likewise: patience.c */
	bool late;               /* likewise: COMMAND: it was answered before its end */
	struct timer patience;   /* the worker's: command.c */
	struct timer deadline;   /* the worker's: the knob `timeout`, the next verb of a text */
	atomic_int state;
	atomic_uint refs;
	atomic_bool dropping; /* drop is or was under way */

	/* constant once sent */
	struct fs *fs;
	enum request_kind kind;
	fuse_req_t fuse;
	struct file *file;
	struct endpoint *endpoint; /* NULL: COMMAND to a device or an interface */
	uint64_t offset;
	size_t size;
	bool nonblock;

	/* the worker's, for what takes several steps */
	bool begun;           /* by request_begin(): it is BUSY, or over */
	bool stepped;         /* WRITE: it stays in the queue until all of it is sent */
	bool all_sent;        /* stepped: nothing is left to submit */
	bool failed;          /* stepped: a transfer has failed, so those behind it do not count */
	int wish;             /* negative errno: it is to end with that, when it can */
	size_t position;      /* bytes that have been dealt with */
	size_t before;        /* stepped: bytes that had been waiting for these */
	unsigned outstanding; /* stepped: transfers in flight */
	bool parked;          /* COMMAND: it waits, or has waited, for its turn; control: it has
			       * been answered before it is over */
	struct list jobs;     /* control: what is to be sent; until it is queued */
	int settle;           /* control: an interface that has another setting now,
			       * CONTROL_CONFIGURATION, or -1 */
	enum follow follow;   /* COMMAND to a device: what has to be seen before the answer */
	char *why;            /* likewise: what was in the way, or NULL */

	/* WRITE and COMMAND: the bytes, inside a receive buffer that this request owns. */
	struct fuse_buf buffer;
	const unsigned char *data;
};

/* In a FUSE operation, on the thread that received it. One reference; NULL: out of memory, and FUSE has been answered
 * so. The kernel's interruptions are handled from here on. */
struct request *request_new(struct fs *fs, fuse_req_t fuse, enum request_kind kind, struct file *f);

struct request *request_ref(struct request *r);
void request_unref(struct request *r);

/* true: the caller has the right, and the duty, to answer. */
bool request_take(struct request *r);
/* WAITING → BUSY; false: it has been taken away. */
bool request_begin(struct request *r);
/* BUSY → TAKEN; likewise. */
bool request_finish(struct request *r);

/* The answers, after one of the above. ERR is a negative errno. They do not drop a reference. */
void request_reply_error(struct request *r, int err);
void request_reply_data(struct request *r, const void *data, size_t len);
void request_reply_written(struct request *r, size_t len);
/* That it is done, all of it: what was to be written has been, what was to be read is empty (a control
 * request without data is one that is read). */
void request_reply_done(struct request *r);

/* take + answer, for the many places where nothing else has to happen. */
void request_fail(struct request *r, int err);

#endif
