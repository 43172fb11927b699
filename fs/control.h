/* SPDX-License-Identifier: MIT */
/*
 * The control endpoint of a device: requests from all of its files go through one queue, one at a
 * time, as asynchronous transfers of the device's worker. What a request brought belongs to the open
 * file that sent it, and to nobody else.
 *
 *     control_open.c     the main thread: open, read, write; parses and checks, makes jobs
 *     control.c          the worker: the queue, transfers, their end
 *     control_file.c     the worker: replies of an open file, and who waits for them
 *     control_reply.c    the worker: what these replies are
 *     control_special.c  the worker: what is done otherwise than by a transfer
 *     control_status.c   any thread: words
 */
#ifndef USBFUSE_CONTROL_H
#define USBFUSE_CONTROL_H

#include "fs/fuse.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "backend/backend.h"
#include "backend/util/list.h"
#include "backend/util/macro.h"
#include "fs/timer.h"
#include "layout/knob.h"
#include "layout/layout.h"
#include "layout/setup.h"

struct device;
struct file;
struct fs;
struct request;

enum {
	/* How large the files for reading and writing say they are: a write beyond the size has the
	 * kernel lock the inode exclusively, and a second writer would wait unkillably. */
	CONTROL_TEXT_SIZE = SETUP_TEXT_MAX,
	CONTROL_DATA_SIZE = 2 * SETUP_DATA_MAX,
};

/* request.settle, when it is not an interface: the device has another configuration now. */
enum { CONTROL_CONFIGURATION = 256 };

/* Of a device; made when a file of its control endpoint is opened for the first time. */
struct control {
	struct device *device;

	/* published: set by the main thread */
	_Atomic(uint32_t) timeout; /* ms, or KNOB_NONE */

	/* published: by the worker */
	atomic_ullong transfers, bytes, errors; /* bytes: of data stages */
	atomic_uint waiting;                    /* requests that are not over */
	atomic_bool pending;                    /* a transfer is in flight */
	atomic_int last_error;                  /* negative errno; 0: none so far */
	atomic_ullong last_error_at;            /* ns, CLOCK_MONOTONIC */
	atomic_ullong last_setup;               /* the request that failed, as on the wire */

	/* the main thread's */
	char *ctl_error;     /* what was wrong with the last ctl text, or NULL */
	char *refusal;       /* what was wrong with the last request that was not sent, or NULL */
	int refused;         /* its negative errno */
	uint64_t refused_at; /* ns, CLOCK_MONOTONIC */

	/* the worker's */
	struct list queue;           /* jobs in order */
	struct control_job *current; /* its turn has come; off the queue */
	bool paused;                 /* a verb is at work: nothing may be started */
	bool unseen;                 /* the tree does not show the last SET_INTERFACE yet */
	struct timer next;           /* starts the next one, outside of dispatch() */
	struct timer doubt;          /* current has failed for no clear reason: chunk.h */
};

/* A request to the device. */
struct control_job {
	struct transfer transfer;
	struct list node;        /* request.jobs, then control.queue */
	struct file *file;       /* whose it is, a reference; once it is queued */
	struct request *request; /* who waits for it, a reference; or NULL */
	struct setup setup;
	unsigned char *buffer; /* setup and data stage */
	int verdict;           /* not 0: it is not sent, because that is wrong with it */
	char *words;           /* likewise, in words */
	bool flying;
	int why; /* negative errno: it is being cancelled, and that is the reason */
};

/* What an open file has of it. */
struct control_file {
	/* constant */
	struct control *control;
	struct setup setup; /* SETUP */

	/* the main thread's */
	bool asked;                            /* DATA, TEXT: something was written */
	size_t help;                           /* TEXT: how much of the help has been read */
	unsigned char partial[SETUP_DATA_MAX]; /* SETUP with a length: of a request, so far */
	size_t n_partial;

	/* published: jobs that are not over; by the worker, and by the main thread for those that
	 * are on their way there */
	atomic_uint busy;

	/* the worker's */
	unsigned n_jobs;
	bool has_reply;       /* SETUP, DATA: there is something to read, perhaps nothing */
	unsigned char *reply; /* its bytes; TEXT: of all replies that nobody has read */
	size_t reply_len, reply_at, reply_room;
	struct list readers; /* requests that wait for it */
	struct list flushes; /* requests that wait for those that were answered early */
};

/* ---- the main thread (control_open.c) ---- */

static inline bool
control_is_file(enum layout_type type)
{
	return type == LAYOUT_SETUP || type == LAYOUT_CONTROL_TEXT || type == LAYOUT_CONTROL_DATA;
}

static inline bool
control_is_type(enum layout_type type)
{
	return control_is_file(type) || type == LAYOUT_CONTROL_CTL || type == LAYOUT_CONTROL_STATUS;
}

/* Prepares F, which is of such a type and has its device: -errno. */
int control_open(struct file *f, const struct layout_target *t);
/* May it be opened that way, an O_ACCMODE? 0 or -EACCES. */
int control_check_mode(const struct file *f, int mode);

void control_read(
	struct fs *fs, fuse_req_t req, struct file *f, size_t size, off_t off, bool nonblock);
void control_write(struct fs *fs, fuse_req_t req, struct file *f, const char *data, size_t size,
	bool nonblock);
/* F is flushed: -EINVAL if there is the beginning of a request, which is forgotten. */
int control_incomplete(struct file *f);
void control_poll(fuse_req_t req, struct file *f, struct fuse_pollhandle *ph);

/* No worker is running, no file is open; accept NULL. */
void control_free(struct control *c);
void control_file_free(struct control_file *cf);

/* Of a request that has not come to the worker. */
void control_free_jobs(struct list *jobs);

/* ---- the worker ---- */

/* control_file.c: R is of such a file: answers it, now or later, and drops the reference. */
void control_run(struct request *r);
/* R has been interrupted. The caller keeps its reference. */
void control_drop(struct request *r);
/* F is closed. */
void control_close(struct file *f);
/* Somebody would like to be woken when F is not busy; takes PH over. */
void control_wait(struct file *f, struct fuse_pollhandle *ph);
/* JOB, whose turn it was, is over: 0 or an error. Tells whoever waits, and frees it. */
void control_over(struct control_job *job, int err);

/* control_reply.c: of JOB, which has ended with ERR. A line of text: the data in hex, ok, or what was
 * wrong; or the bytes, for whoever reads on. */
int control_reply_line(struct control_job *job, int err);
void control_reply_keep(struct control_job *job, int err);
/* Answers R, which has been taken, with as much of the reply from AT on as it wants. */
void control_reply_deliver(struct request *r, size_t at);

/* control.c */

/* Has the queue looked at soon. */
void control_schedule(struct control *c);
/* Ends JOB, which has begun, as soon as that can be, with ERR. */
void control_cancel(struct control *c, struct control_job *job, int err);
void control_free_job(struct control_job *job);

/* What is in doubt has failed with ERR (0: as it did). D may have no control. */
void control_end_doubt(struct device *d, int err);
/* Everything that waits or is in flight ends; what is in flight comes back by itself. */
void control_end(struct device *d);
/* What is in flight will never come back. */
void control_abandon(struct device *d);
/* Nothing is in flight afterwards, nor is anything started before control_resume(). -ETIMEDOUT. */
int control_quiesce(struct device *d);
void control_resume(struct device *d);

/* control_special.c: carries JOB out, if it is such a one: true, and *ret is 0 or -errno. */
bool control_special(struct device *d, struct control_job *job, int *ret);
/* Can JOB not be carried out before the tree shows what the last one has changed? */
bool control_special_waits(const struct control *c, const struct control_job *job);

/* ---- any thread (control_status.c) ---- */

/* What ERR means for a request of that setup, in words; S is the device's snapshot. */
void control_explain(
	FILE *out, struct device *d, const struct snapshot *s, const struct setup *setup, int err);

/* The main thread: what the files status and ctl say, and a text for ctl: 0 or -EINVAL. */
void control_print_status(FILE *out, const struct control *c);
void control_print_ctl(FILE *out, const struct control *c);
int control_set(struct control *c, const char *text, size_t len);

#endif
