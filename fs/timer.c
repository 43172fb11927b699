/* SPDX-License-Identifier: MIT */
/* Timers of one thread; see timer.h. */
#include "fs/timer.h"

#include <time.h>

uint64_t
timer_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void
timer_set(struct list *timers, struct timer *t, unsigned ms)
{
	struct list *at;

	list_del(&t->node);
	t->due = timer_now() + (uint64_t)ms * 1000000u;
	/* Kept in order; new timers are mostly the latest ones. */
	for (at = timers->prev; at != timers; at = at->prev)
		if (list_entry(at, struct timer, node)->due <= t->due)
			break;
	list_prepend(at, &t->node);
}

int
timer_wait(const struct list *timers, int ms)
{
	const struct timer *first = list_first(timers, struct timer, node);
	uint64_t now, left;

	if (!first)
		return ms;
	now = timer_now();
	if (first->due <= now)
		return 0;
	left = (first->due - now + 999999) / 1000000;
	if (left > 60000)
		left = 60000;
	return ms >= 0 && (uint64_t)ms < left ? ms : (int)left;
}

void
timer_fire_due(struct list *timers)
{
	struct timer *first;

	while ((first = list_first(timers, struct timer, node)) && first->due <= timer_now()) {
		list_del(&first->node);
		first->fire(first);
	}
}
