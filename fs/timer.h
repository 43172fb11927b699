/* SPDX-License-Identifier: MIT */
/*
 * Timers of one thread, in order of time: the main loop has a list of them, and so has each worker.
 * Nothing here waits; who waits asks how long it may. No locks.
 */
#ifndef USBFUSE_TIMER_H
#define USBFUSE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/util/list.h"

/* Embedded in its owner; timer_init() before first use. Fires once for each setting. */
struct timer {
	struct list node;
	uint64_t due; /* ns, CLOCK_MONOTONIC */
	void (*fire)(struct timer *timer);
};

static inline void
timer_init(struct timer *t, void (*fire)(struct timer *timer))
{
	list_init(&t->node);
	t->fire = fire;
}

static inline bool
timer_is_set(const struct timer *t)
{
	return !list_empty(&t->node);
}

/* Harmless when the timer is not set. */
static inline void
timer_clear(struct timer *t)
{
	list_del(&t->node);
}

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t timer_now(void);

/* Sets or resets the timer to fire in MS milliseconds; TIMERS is a list_init()ed list of them. */
void timer_set(struct list *timers, struct timer *t, unsigned ms);

/* How long to wait for the first one, as for epoll_wait(): milliseconds, at most MS (-1: no limit). */
int timer_wait(const struct list *timers, int ms);

/* Fires what is due. A timer may set or clear any other, and itself. */
void timer_fire_due(struct list *timers);

#endif
