/* SPDX-License-Identifier: MIT */
/*
 * The device thread: its loop, opening and claiming, and its orderly end. See worker.h; what it is
 * told by the main thread is in worker_messages.c, what a read or a write means in endpoint_in.c
 * and endpoint_out.c.
 */
#include "fs/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "backend/util/log.h"
#include "fs/chunk.h"
#include "fs/control.h"
#include "fs/driver.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/lending.h"
#include "fs/port.h"

enum {
	/* At the end of the worker: how long cancelled transfers may take to come back, in ms. */
	DRAIN_MS = 2000,
};

/* ---- opening and closing ---- */

static const struct backend_ops *
ops(const struct device *d)
{
	return d->backend->ops;
}

const struct snapshot *
worker_snapshot(struct device *d)
{
	struct snapshot *newest = atomic_exchange(&d->open_snapshot, NULL);

	if (newest) {
		snapshot_unref(d->opening);
		d->opening = newest;
	}
	return d->opening;
}

int
worker_open(struct device *d)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = d};
	int r;

	worker_snapshot(d);
	if (d->handle)
		return 0;
	if (d->unplugged)
		return -ENODEV;
	r = ops(d)->open(d->backend, d->opening, &d->handle);
	if (r < 0) {
		d->handle = NULL;
		return r;
	}
	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, ops(d)->fd(d->handle), &ev) < 0) {
		r = -errno;
		ops(d)->close(d->handle);
		d->handle = NULL;
		return r;
	}
	atomic_store(&d->is_open, true);
	return 0;
}

int
worker_claim(struct device *d, int interface)
{
	int r = worker_open(d);

	if (r < 0 || bit_get(d->claimed, (uint8_t)interface))
		return r;
	r = ops(d)->claim(d->handle, (uint8_t)interface);
	if (r == 0)
		bit_put(d->claimed, (uint8_t)interface, true);
	return r;
}

void
worker_close(struct device *d)
{
	if (!d->handle)
		return;
	epoll_ctl(d->epoll, EPOLL_CTL_DEL, ops(d)->fd(d->handle), NULL);
	ops(d)->close(d->handle);
	d->handle = NULL;
	driver_let_go_all(d);
	list_for_each (at, &d->live)
		list_entry(at, struct endpoint, live)->streams = false;
	atomic_store(&d->is_open, false);
}

static void
dispatch(struct device *d)
{
	if (!d->handle || ops(d)->dispatch(d->handle) != -ENODEV)
		return;
	/* The handle of a device that has gone or was re-enumerated is of no more use; the next
	 * one who wants something opens anew, or hears that there is nothing to open. */
	chunk_end_doubts(d, -ENODEV);
	if (d->in_flight == 0)
		worker_close(d);
}

bool
worker_drain(struct device *d, struct endpoint *e, unsigned ms)
{
	uint64_t end = timer_now() + (uint64_t)ms * 1000000u;
	_cleanup_close_ int epoll = -1;
	struct epoll_event ev = {.events = EPOLLIN};

	chunk_end_doubts(d, 0);
	while (d->handle && (e ? e->n_flying : d->in_flight) > 0) {
		uint64_t now;

		ops(d)->dispatch(d->handle);
		chunk_end_doubts(d, 0);
		if ((e ? e->n_flying : d->in_flight) == 0)
			break;
		now = timer_now();
		if (now >= end)
			return false;
		/* Its own epoll: the mailbox waits until this is over. */
		if (epoll < 0) {
			epoll = epoll_create1(EPOLL_CLOEXEC);
			if (epoll < 0)
				return false;
			epoll_ctl(epoll, EPOLL_CTL_ADD, ops(d)->fd(d->handle), &ev);
		}
		epoll_wait(epoll, &ev, 1, (int)((end - now) / 1000000u) + 1);
	}
	return true;
}

/* ---- messages of the device ---- */

void
worker_gone(struct message *m)
{
	struct device *d = container_of(m, struct device, gone_message);

	d->unplugged = true;
	chunk_end_doubts(d, -ENODEV);
	control_end(d);
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		chunk_cancel_all(e);
		endpoint_advance(e);
		endpoint_publish(e, true);
	}
	driver_forget_all(d);
}

void
worker_quit(struct message *m)
{
	container_of(m, struct device, quit)->quitting = true;
}

/* ---- the thread ---- */

static void
wait_and_run(struct device *d)
{
	struct epoll_event ev[3];
	int n;

	lending_before_wait(d);
	n = epoll_wait(d->epoll, ev, 3, timer_wait(&d->timers, -1));
	lending_after_wait(d);
	for (int i = 0; i < n; i++) {
		if (ev[i].data.ptr == NULL)
			mailbox_run(&d->inbox);
		else if (ev[i].data.ptr == &d->receive)
			lending_ready(d);
		else
			dispatch(d);
	}
	if (!list_empty(&d->timers))
		timer_fire_due(&d->timers);
}

/* Transfers that do not come back belong to a wedged device: they, and the handle, are leaked. */
static void
abandon(struct device *d)
{
	log_err("%s does not give back %u transfers; abandoning them", d->opening->name,
		d->in_flight);
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		list_for_each_safe (c_at, tmp, &e->flying) {
			struct chunk *c = list_entry(c_at, struct chunk, node);

			list_del(&c->node);
			if (c->file && c->late)
				c->file->n_late--;
			if (!c->request)
				continue;
			timer_clear(&c->request->deadline);
			timer_clear(&c->request->patience);
			if (request_finish(c->request))
				request_reply_error(c->request, -EIO);
		}
		e->n_flying = e->n_late = 0;
	}
	control_abandon(d);
	port_abandon(d);
	epoll_ctl(d->epoll, EPOLL_CTL_DEL, ops(d)->fd(d->handle), NULL);
	d->in_flight = 0;
	d->handle = NULL;
	driver_let_go_all(d);
}

/* What is buffered stays; everything else ends. */
static void
finish(struct device *d)
{
	lending_end(d);
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		chunk_cancel_all(e);
	}
	control_end(d);
	port_cancel_all(d);
	if (!worker_drain(d, NULL, DRAIN_MS))
		abandon(d);
	if (atomic_load(&d->restore))
		driver_restore_all(d);
	/* The end of this worker is not the device's: what is published now is what poll(2) says until
	 * there is another one. */
	d->quitting = false;
	list_for_each_safe (at, tmp, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		endpoint_retire(e);
	}
	memset(d->conversing, 0, sizeof(d->conversing));
	worker_close(d);
}

void *
worker_main(void *arg)
{
	struct device *d = arg;
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
	char name[16];

	snprintf(name, sizeof(name), "usb-%llu", (unsigned long long)d->seq);
	pthread_setname_np(pthread_self(), name);
	d->quitting = false;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0 || epoll_ctl(d->epoll, EPOLL_CTL_ADD, d->inbox.fd, &ev) < 0) {
		/* Nothing can be waited for: every request is told so when it is looked at. */
		log_err("no descriptors left for a device; its requests fail");
		d->quitting = true;
		mailbox_run(&d->inbox);
	}
	while (!d->quitting)
		wait_and_run(d);
	finish(d);
	if (d->epoll >= 0)
		close(d->epoll);
	d->epoll = -1;
	mailbox_send(&d->fs->inbox, &d->exited);
	return NULL;
}
