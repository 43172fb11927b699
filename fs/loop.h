/* SPDX-License-Identifier: MIT */
/*
 * The main thread's event loop: descriptors and timers. Everything here is called on that thread
 * alone. No thread of its own, no locks.
 */
#ifndef USBFUSE_LOOP_H
#define USBFUSE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/util/list.h"

/* Embedded in its owner, which must outlive the registration. */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source, uint32_t events);
};

/* Embedded in its owner; list_init(&timer->node) before first use. Fires once for each setting. */
struct loop_timer {
	struct list node;
	uint64_t due; /* ns, CLOCK_MONOTONIC */
	void (*fire)(struct loop_timer *timer);
};

struct loop {
	int epoll;
	struct list timers;
	bool quit;
};

int loop_init(struct loop *l);
void loop_deinit(struct loop *l);

/* EVENTS as in epoll, level-triggered. 0 or -errno. */
int loop_add(struct loop *l, struct loop_source *source, uint32_t events);
void loop_remove(struct loop *l, struct loop_source *source);

/* Sets or resets the timer to fire in MS milliseconds. */
void loop_timer_set(struct loop *l, struct loop_timer *timer, unsigned ms);
/* Harmless when the timer is not set. */
void loop_timer_clear(struct loop_timer *timer);

/* Runs until loop_quit(), then returns 0; or -errno when waiting itself fails. */
int loop_run(struct loop *l);
void loop_quit(struct loop *l);

/* Handles what is there or comes within MS milliseconds, once. */
int loop_step(struct loop *l, int ms);

uint64_t loop_now(void);

#endif
