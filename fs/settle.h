/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the tree: a write that has changed a device is answered when the tree shows the change,
 * so that whoever has the answer finds what he expects. The worker says what is to be seen, the main
 * thread, whose the tree is, watches for it.
 */
#ifndef USBFUSE_SETTLE_H
#define USBFUSE_SETTLE_H

#include <stdbool.h>

struct device;
struct fs;
struct request;

/* What is to be seen. */
struct settle_goal {
	int interface;   /* this one has the setting VALUE; -1: the configuration is VALUE */
	unsigned value;  /* 0 for a configuration: there is none */
	unsigned others; /* configuration: with so many interfaces at least */
	bool first;      /* configuration: whose settings are all back at 0 */
};

/* ---- on the worker ---- */

/* Answers R, which is BUSY, as done, as soon as the tree shows GOAL, or when it takes too long; with an
 * error when the device goes. Takes a reference of its own. */
void settle_answer(struct device *d, const struct settle_goal *goal, struct request *r);

/* The same for the worker itself: afterwards SEEN runs there with VALUE, or when no worker is
 * running. Made before the change, so that there can be no lack of memory after it. */
struct settling;
struct settling *settle_prepare(
	struct device *d, void (*seen)(struct device *d, unsigned value), unsigned value);
void settle_notify(struct settling *s, const struct settle_goal *goal);
/* Or it was not needed. Accepts NULL. */
void settle_drop(struct settling *s);

/* Likewise for R, which is BUSY and goes on then: RESUME(R, 0 or -errno) instead of SEEN. Takes a
 * reference until then. */
struct settling *settle_prepare_resume(
	struct device *d, void (*resume)(struct request *r, int err), struct request *r);

/* ---- on the main thread ---- */

/* The snapshot has changed, or the device has gone: answers those who have waited for that. */
void settle_check(struct device *d);

/* At the end: answers everyone. */
void settle_give_up_all(struct fs *fs);

#endif
