/* SPDX-License-Identifier: MIT */
/*
 * The main thread's event loop; see loop.h. One event is taken from the kernel at a time: a
 * callback may then remove and free any source, itself included, and no stale event can follow.
 */
#include "fs/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

uint64_t
loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int
loop_init(struct loop *l)
{
	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (l->epoll < 0)
		return -errno;
	list_init(&l->timers);
	return 0;
}

void
loop_deinit(struct loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	l->epoll = -1;
}

int
loop_add(struct loop *l, struct loop_source *source, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = source};

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, source->fd, &ev) < 0 ? -errno : 0;
}

void
loop_remove(struct loop *l, struct loop_source *source)
{
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

void
loop_timer_set(struct loop *l, struct loop_timer *timer, unsigned ms)
{
	struct list *at;

	list_del(&timer->node);
	timer->due = loop_now() + (uint64_t)ms * 1000000u;
	/* Kept in order; new timers are mostly the latest ones. */
	for (at = l->timers.prev; at != &l->timers; at = at->prev)
		if (list_entry(at, struct loop_timer, node)->due <= timer->due)
			break;
	list_prepend(at, &timer->node);
}

void
loop_timer_clear(struct loop_timer *timer)
{
	list_del(&timer->node);
}

static int
wait_time(struct loop *l, int ms)
{
	struct loop_timer *first = list_first(&l->timers, struct loop_timer, node);
	uint64_t now, left;

	if (!first)
		return ms;
	now = loop_now();
	if (first->due <= now)
		return 0;
	left = (first->due - now + 999999) / 1000000;
	if (left > 60000)
		left = 60000;
	return ms >= 0 && (uint64_t)ms < left ? ms : (int)left;
}

static void
fire_timers(struct loop *l)
{
	struct loop_timer *first;

	while ((first = list_first(&l->timers, struct loop_timer, node)) &&
		first->due <= loop_now()) {
		list_del(&first->node);
		first->fire(first);
	}
}

int
loop_step(struct loop *l, int ms)
{
	struct epoll_event ev;
	int n;

	n = epoll_wait(l->epoll, &ev, 1, wait_time(l, ms));
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0) {
		struct loop_source *source = ev.data.ptr;

		source->ready(source, ev.events);
	}
	if (!list_empty(&l->timers))
		fire_timers(l);
	return 0;
}

int
loop_run(struct loop *l)
{
	while (!l->quit) {
		int r = loop_step(l, -1);

		if (r < 0)
			return r;
	}
	return 0;
}

void
loop_quit(struct loop *l)
{
	l->quit = true;
}
