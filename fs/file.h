/* SPDX-License-Identifier: MIT */
/*
 * An open file: one for each FUSE_OPEN, kept in fuse_file_info.fh.
 *
 * Reference-counted, because a request that was interrupted can still be on its way to a worker
 * when the file is closed.
 */
#ifndef USBFUSE_FILE_H
#define USBFUSE_FILE_H

#include "fs/fuse.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/util/list.h"
#include "backend/util/mailbox.h"
#include "fs/tail.h"
#include "layout/layout.h"

struct control_file;
struct device;
struct endpoint;
struct event_stream;

/* A file on an endpoint's list of those to be woken. */
struct poller {
	struct list node; /* endpoint.pollers */
	struct file *file;
};

struct file {
	atomic_uint refs;

	/* constant after open */
	enum layout_type type;
	uint64_t ino;
	uint64_t serial;           /* no other file has had the same */
	struct device *device;     /* NULL: text of no device */
	struct endpoint *endpoint; /* DATA, CTL, STATUS: whose directory it is in */
	struct endpoint *reader;   /* DATA: where reads go; NULL: it was not opened for that */
	bool writes;               /* DATA: it was opened for writing, to endpoint */
	int interface;             /* DRIVER, ALTERNATE; else -1 */
	int config;                /* likewise: the one it is of */
	int port;                  /* of a hub; else -1 */
	const char *attr;          /* SETTING: which */
	pid_t pid;                 /* who opened it */
	char *text;                /* what a read of a descriptive file shows, as of open() */
	size_t text_len;

	struct control_file *control; /* SETUP, CONTROL_TEXT, CONTROL_DATA; else NULL */

	atomic_bool known_to_worker; /* something of it has been, or will be, sent there */

	/* the main thread's */
	struct list node;            /* fs.files */
	struct event_stream *events; /* EVENTS only; NULL: it has been ended */

	/* the worker's: DATA only */
	struct message join;
	struct message close;
	struct poller pollers[2];     /* reader's and endpoint's; listed while poll is not NULL */
	struct fuse_pollhandle *poll; /* the newest one */
	bool wants_in;                /* it is asked for by someone who would read */
	struct list reader_node;      /* endpoint.readers */
	struct list backlog;          /* pieces for this reader alone: backlog.h */
	unsigned n_backlog;
	struct tail tail; /* written, not sent yet */
	unsigned n_late;  /* transfers in flight whose errors this file hears of */

	/* published by the worker */
	atomic_uint ready; /* poll(2) bits for what is in backlog; those of reader count as well */
	atomic_ullong behind; /* bytes in backlog */
	atomic_ullong lost;   /* bytes that this reader was too slow for */

	/* the worker's: PORT only */
	char *answer; /* what the hub has said last, in words; NULL: nothing yet */
	size_t answer_len;

	/* CTL: commands that were answered, or will be, and have not come to their end. Counted by
	 * the worker. */
	atomic_uint commands;

	/* A write that had been answered already failed: the next one, or close, says so. Set by
	 * the worker, taken by whoever reports it. */
	atomic_int late_error;
};

/* NULL: out of memory. One reference, for the open descriptor. */
struct file *file_new(enum layout_type type, uint64_t ino);
struct file *file_ref(struct file *f);
void file_unref(struct file *f);

#endif
