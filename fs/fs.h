/* SPDX-License-Identifier: MIT */
/*
 * The mounted file system: what the main thread owns. One of these in a process.
 * Other threads see it only to send to inbox, to read max_write, and to receive: receive.h.
 */
#ifndef USBFUSE_FS_H
#define USBFUSE_FS_H

#include "fs/fuse.h"

#include <stdatomic.h>

#include "backend/backend.h"
#include "backend/util/list.h"
#include "backend/util/mailbox.h"
#include "fs/loop.h"
#include "fs/unmounter.h"
#include "layout/layout.h"

enum {
	FS_MAX_BUSES = 16,
	FS_SPARE_BUFFERS = 8,
	FS_DEVICE_BUCKETS = 1024,
	/* How long a device stays open after its last file has been closed, in ms: long enough for
	 * `echo x > data; cat < data` to be one session, short enough for autosuspend. */
	FS_LINGER_MS = 500,
	/* How long an interrupted request may wait for its device before it is answered without
	 * it, in ms. */
	FS_GIVE_UP_MS = 1000,
	/* How long the kernel's requests may wait for a worker that receives them, in ms. */
	FS_GUARD_MS = 20,
};

struct cache;
struct device;
struct filter;

struct fs {
	struct loop loop;
	struct mailbox inbox; /* to the main thread */
	struct loop_source inbox_source;

	struct layout *layout;
	struct list devices; /* struct device.node */
	struct device *by_seq[FS_DEVICE_BUCKETS];
	struct list interrupted; /* struct request.interrupted */
	struct list files;       /* struct file.node: the kernel has them open */

	struct backend *backends[FS_MAX_BUSES];
	unsigned n_backends;

	struct fuse_session *session;
	struct loop_source fuse_source;
	/* receive.h */
	struct fuse_buf receive; /* the buffer of the request that is being processed */
	_Atomic(void *) spare[FS_SPARE_BUFFERS];
	/* lending.h */
	struct device *lent;            /* whose worker receives, or NULL */
	atomic_bool stepped_in;         /* but the main thread does in its stead */
	bool taken;                     /* it is known to receive */
	unsigned last_turn;             /* lent->turn, when it was last looked at */
	struct loop_source guard;       /* a timer, set by that worker */
	atomic_bool guarded;            /* it is set */
	atomic_bool forwarding;         /* the worker may be about to forward something */
	struct message returned;        /* the worker has given it back */
	const struct device *streak_of; /* the one that the last request was for */
	unsigned streak;                /* how many before it were, too */
	struct unmounter unmounter;
	size_t max_write; /* as negotiated with the kernel; constant after INIT */
	bool stopping;

	struct cache *cache;    /* NULL: the kernel is given nothing to keep */
	struct list changes;    /* of what is plugged in, to come: presence.c */
	struct list streams;    /* struct event_stream.node: events.h */
	struct list rescans;    /* struct rescan.node: root.h */
	struct list outcomes;   /* struct outcome.node: outcome.h */
	struct list closes;     /* struct request.node: patience.h */
	uint64_t last_token;    /* of a rescan */
	char *ctl_error;        /* what was wrong with the last text for the root's ctl, or NULL */
	char *aliases_file;     /* or NULL: aliases.h */
	const char *mountpoint; /* absolute */
	char *confinement;      /* what has been given up, in words, or NULL */
	const char *version;

	struct journal *journal;     /* or NULL: journal.h */
	unsigned recovering;         /* devices whose drivers are being given back: driver.h */
	const struct filter *filter; /* which devices are there at all; layout/filter.h */
};

/* ops.c */
extern const struct fuse_lowlevel_ops fs_ops;

#endif
