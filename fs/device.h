/* SPDX-License-Identifier: MIT */
/*
 * A device as the main thread sees it, for as long as it is plugged in, has open files, or has a
 * worker: it starts the worker when there is something to do, hands messages to it, and ends it
 * some time after the last file has been closed.
 *
 *     IDLE ──device_post()──► RUNNING ──linger is over──► STOPPING ──worker has ended──► IDLE
 *
 * What is posted while STOPPING waits for the next worker. With an alternate setting other than 0 in
 * force through us, or an interface claimed by name, the device stays RUNNING: closing it would put
 * setting 0 back, and give up the claim.
 */
#ifndef USBFUSE_DEVICE_H
#define USBFUSE_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/util/list.h"
#include "backend/util/mailbox.h"
#include "fs/fuse.h"
#include "fs/loop.h"
#include "fs/settle.h"
#include "fs/xattr.h"

struct control;
struct endpoint;
struct envelope;
struct fs;

enum device_state { DEVICE_IDLE, DEVICE_RUNNING, DEVICE_STOPPING };

/* What most devices never need. */
struct interface_notes {
	uint8_t groups[256];     /* drivers that went together have the same number: driver.h */
	uint8_t alternates[256]; /* the settings that we have given */
};

struct device {
	/* constant */
	struct fs *fs;
	struct backend *backend;
	uint64_t seq;

	/* the main thread's */
	struct list node;
	struct device *next_of_bucket; /* fs.by_seq */
	struct snapshot *snapshot;     /* the newest */
	enum device_state state;
	struct list pending;  /* messages for the next worker */
	unsigned openers;     /* open files that can do I/O */
	struct list settling; /* writes that wait for the tree: settle.c */
	bool gone;            /* unplugged */
	bool remembered;      /* the kernel knows something of it: cache.h */
	bool forgetting;      /* and is being told to forget that */
	struct timer linger;
	struct list endpoints; /* struct endpoint.node: all that were ever opened */
	pthread_t thread;
	char *ctl_error;  /* complaint.h */
	char *verb_error; /* why the last verb failed, or NULL: outcome.h */
	int verb_errno;
	uint64_t verb_error_at;
	struct xattrs xattrs;              /* that users have given it */
	_Atomic(struct control *) control; /* of ep00; NULL until one of its files is opened */

	/* of the two threads' conversation */
	struct mailbox inbox; /* to the worker; valid unless IDLE */
	struct message quit;
	atomic_bool ending; /* quit has been sent */
	struct message gone_message;
	struct message lend;
	struct message exited; /* to the main thread */
	struct message unkept; /* likewise: kept is false now */
	atomic_bool unkept_sent;
	_Atomic(char *) complaint;                /* complaint.h: the worker's, until it is taken */
	_Atomic(struct snapshot *) open_snapshot; /* the newest, a reference, until it is taken */
	atomic_bool restore;                      /* shutting down: give detached drivers back */

	/* the worker's; survives from one worker to the next */
	struct snapshot *opening;      /* what to open by: the last one taken from open_snapshot */
	struct backend_device *handle; /* NULL: not open */
	int epoll;
	bool quitting, unplugged;
	unsigned deauthorized;         /* how often by us */
	unsigned unauthorized;         /* not 0: likewise, and the main thread does not know yet */
	uint8_t claimed[32];           /* bit set of interface numbers */
	uint8_t held[32];              /* likewise: claimed by name, to be kept without use */
	uint8_t detached[32];          /* likewise: drivers that we took away and owe */
	struct interface_notes *notes; /* NULL before the first worker; of bits that are set */
	uint8_t switched[32];    /* likewise: claimed ones that we have given a setting: notes */
	uint8_t conversing[32];  /* likewise: requests have been written on them */
	unsigned in_flight;      /* transfers */
	struct list live;        /* struct endpoint.live: those that the worker has seen */
	struct list timers;      /* struct timer */
	struct list port_calls;  /* struct port_call.node: requests to a hub; port.c */
	struct hub *hub;         /* what is known of it as a hub, or NULL; likewise */
	unsigned configuring;    /* not 0: the main thread does not know yet that ... */
	int configured;          /* ... this configuration is in force */
	struct settle_goal goal; /* what that looks like */

	/* the worker's, while it receives from the kernel: lending.h */
	bool receives;
	bool at_once; /* what it has received is called, not sent */
	struct fuse_buf receive;
	struct envelope *envelope; /* for what has to be forwarded */
	unsigned foreign;          /* how much of that there was lately */
	atomic_uint turn;          /* even: it waits; odd: it is at work */

	/* published by the worker */
	atomic_bool is_open;
	_Atomic(const char *) busy; /* the verb that is at work, as "resetting", or NULL */
	_Atomic(uint64_t) busy_since;
	atomic_uint owed;  /* how many drivers are detached */
	atomic_uint holds; /* how many interfaces are claimed by name */
	atomic_bool kept;  /* closing would end a setting other than 0, or a claim to be kept */
};

/* NULL: out of memory. Takes a reference of the snapshot. */
struct device *device_new(struct fs *fs, struct backend *b, struct snapshot *s);

/* The device of that seq, or NULL. */
struct device *device_find(struct fs *fs, uint64_t seq);

void device_changed(struct device *d, struct snapshot *s);
void device_removed(struct device *d);

/* A file that can do I/O was opened, or closed for the last time. The latter may free D. */
void device_opened(struct device *d);
void device_closed(struct device *d);

/* Hands a message to the device's worker, starting it when there is none. -errno: it could not be
 * started, and the message is still the caller's. */
int device_post(struct device *d, struct message *m);

/* Makes D->notes, unless that was done; every worker has them. false: out of memory. */
bool device_has_notes(struct device *d);

/* Shutdown: asks every worker to end, giving drivers back, and waits for them, MS milliseconds
 * altogether. Returns how many did not come back: their devices are wedged. */
unsigned device_stop_all(struct fs *fs, unsigned ms);

/* Frees what device_stop_all() has stopped. */
void device_free_all(struct fs *fs);

static inline bool
bit_get(const uint8_t *set, uint8_t bit)
{
	return set[bit / 8] & (1u << (bit % 8));
}

static inline void
bit_put(uint8_t *set, uint8_t bit, bool value)
{
	if (value)
		set[bit / 8] |= (uint8_t)(1u << (bit % 8));
	else
		set[bit / 8] &= (uint8_t) ~(1u << (bit % 8));
}

#endif
