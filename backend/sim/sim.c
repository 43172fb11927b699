/* SPDX-License-Identifier: MIT */
/*
 * The backend "sim": starting and stopping a virtual bus, its thread, and the table of operations.
 * URI: sim:[FILE[,FILE…]][,control=PATH]; without a FILE the devices of the demonstration.
 */
#include "backend/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "backend/sim/attrs.h"
#include "backend/sim/demo.h"
#include "backend/sim/handle.h"
#include "backend/sim/server.h"

struct sim *
sim_ref(struct sim *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

struct sim *
sim_unref(struct sim *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	closep(&s->wake);
	closep(&s->timer);
	closep(&s->epoll);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

void
sim_wake(struct sim *s)
{
	/* A counter that is full wakes as well as any. */
	(void)eventfd_write(s->wake, 1);
}

/* Runs what is due and sets the timer for what is not. */
static void
run_timers(struct sim *s)
{
	struct itimerspec at = {0};
	uint64_t due = 0;

	list_for_each (pos, &s->slots) {
		struct sim_device *d = list_entry(pos, struct sim_slot, node)->device;

		if (!d)
			continue;
		pthread_mutex_lock(&d->lock);
		sim_device_run(d);
		if (d->due && !d->gone && (due == 0 || d->due < due))
			due = d->due;
		pthread_mutex_unlock(&d->lock);
	}
	at.it_value.tv_sec = (time_t)(due / 1000000000);
	at.it_value.tv_nsec = (long)(due % 1000000000);
	timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void
drain(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

static void *
run(void *arg)
{
	struct sim *s = arg;

	/* Here and not by who starts it: to name another thread takes a file of /proc. */
	pthread_setname_np(pthread_self(), "sim-bus");
	while (!atomic_load(&s->quit)) {
		struct epoll_event events[16];
		int n = epoll_wait(s->epoll, events, ARRAY_SIZE(events), -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == &s->wake || events[i].data.ptr == &s->timer)
				drain(*(int *)events[i].data.ptr);
			else
				sim_server_ready(s->server, &events[i]);
		}
		run_timers(s);
		sim_report(s);
		if (s->server)
			sim_server_check(s->server);
	}
	return NULL;
}

static int
watch(struct sim *s, int *fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = fd};

	if (*fd < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &e) < 0)
		return -errno;
	return 0;
}

static int
sim_new(const struct backend_config *config, struct sim **ret)
{
	struct sim *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	atomic_init(&s->refs, 1);
	s->base.ops = &backend_sim;
	s->bus_base = config->bus_base;
	s->events = config->events;
	s->user = config->user;
	pthread_mutex_init(&s->lock, NULL);
	list_init(&s->slots);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = s->epoll < 0 ? -errno : watch(s, &s->wake);
	if (r == 0)
		r = watch(s, &s->timer);
	if (r < 0) {
		sim_unref(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* Takes the URI apart and does what it says. */
static int
load_arg(struct sim *s, const char *arg, char **ret_why)
{
	_cleanup_free_ char *copy = strdup(arg ? arg : "");
	char *rest = copy, *word;
	bool any = false;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && (word = strsep(&rest, ","))) {
		if (strncmp(word, "control=", 8) == 0) {
			/* Two sockets have no use; the last one given counts, as with options. */
			s->server = sim_server_free(s->server);
			r = sim_server_new(s, word + 8, &s->server, ret_why);
		} else if (*word) {
			any = true;
			r = sim_load_file(s, word, ret_why);
		}
	}
	if (r == 0 && !any)
		r = sim_load(s, "demo.dev", sim_demo, sim_demo_len, ret_why);
	return r;
}

static void
sim_destroy(struct sim *s)
{
	s->server = sim_server_free(s->server);
	sim_slots_free(s);
	sim_unref(s);
}

static int
sim_start(const struct backend_config *config, struct backend **ret, char **ret_why)
{
	struct sim *s;
	int r;

	*ret_why = NULL;
	r = sim_new(config, &s);
	if (r < 0)
		return r;
	r = load_arg(s, config->arg, ret_why);
	if (r < 0) {
		sim_destroy(s);
		return r;
	}
	*ret = &s->base;
	return 0;
}

static int
sim_run(struct backend *b)
{
	struct sim *s = container_of(b, struct sim, base);
	int r = -pthread_create(&s->thread, NULL, run, s);

	if (r < 0)
		return r;
	s->running = true;
	/* Scripts may have done something while the devices were added. */
	sim_wake(s);
	return 0;
}

static void
sim_stop(struct backend *b)
{
	struct sim *s = container_of(b, struct sim, base);

	/* The thread never waits for a wedged call: those give the lock of the device away. */
	atomic_store(&s->quit, true);
	sim_wake(s);
	if (s->running)
		pthread_join(s->thread, NULL);
	sim_destroy(s);
}

const struct backend_ops backend_sim = {
	.scheme = "sim",
	.start = sim_start,
	.run = sim_run,
	.stop = sim_stop,
	.read_attr = sim_read_attr,
	.set_attr = sim_set_attr,
	.open = sim_open,
	.close = sim_close,
	.fd = sim_fd,
	.dispatch = sim_dispatch,
	.claim = sim_claim,
	.release = sim_release,
	.detach_driver = sim_detach_driver,
	.attach_driver = sim_attach_driver,
	.bind_driver = sim_bind_driver,
	.set_alternate = sim_set_alternate,
	.set_configuration = sim_set_configuration,
	.clear_halt = sim_clear_halt,
	.alloc_streams = sim_alloc_streams,
	.free_streams = sim_free_streams,
	.reset = sim_reset,
	.submit = sim_submit,
	.cancel = sim_cancel,
};
