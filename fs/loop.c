/* SPDX-License-Identifier: MIT */
/*
 * The main thread's event loop; see loop.h. One event is taken from the kernel at a time: a
 * callback may then remove and free any source, itself included, and no stale event can follow.
 */
#include "fs/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

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

int
loop_step(struct loop *l, int ms)
{
	struct epoll_event ev;
	int n;

	n = epoll_wait(l->epoll, &ev, 1, timer_wait(&l->timers, ms));
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0) {
		struct loop_source *source = ev.data.ptr;

		source->ready(source, ev.events);
	}
	if (!list_empty(&l->timers))
		timer_fire_due(&l->timers);
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
