/* SPDX-License-Identifier: MIT */
/*
 * What the main thread tells a device's worker, both ends of each message side by side: the function
 * that sends it (main thread) and the one that carries it out (worker).
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/command.h"
#include "fs/control.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/lending.h"
#include "fs/outcome.h"
#include "fs/patience.h"
#include "fs/port.h"
#include "fs/receive.h"
#include "fs/tail.h"
#include "fs/worker.h"

/* ---- carried out on the worker ---- */

static void
note_live(struct endpoint *e)
{
	if (list_empty(&e->live))
		list_append(&e->device->live, &e->live);
}

static void
on_request(struct message *m)
{
	struct request *r = container_of(m, struct request, message);
	struct endpoint *e = r->endpoint;

	if (r->file->control) {
		control_run(r);
		return;
	}
	if (e)
		note_live(e);
	switch (r->kind) {
	case REQUEST_READ:
		endpoint_in_read(e, r);
		break;
	case REQUEST_WRITE:
		endpoint_out_write(e, r);
		break;
	case REQUEST_FLUSH:
		endpoint_out_flush(e, r);
		break;
	case REQUEST_QUERY:
		port_query(r);
		request_unref(r);
		break;
	case REQUEST_COMMAND:
		command_run(r);
		request_unref(r);
		break;
	}
}

static void
on_drop(struct message *m)
{
	struct request *r = container_of(m, struct request, drop);
	struct endpoint *e = r->endpoint;

	if (r->file->control) {
		control_drop(r);
	} else if (r->begun) {
		/* Who is in the middle of something is stopped there, and told how far it went, unless
		 * the main thread has given up waiting for that. */
		r->wish = -EINTR;
		if (e)
			endpoint_out_stop(e, r);
		else
			port_stop(r);
	} else if (!list_empty(&r->node)) {
		endpoint_dequeue(r);
		request_unref(r);
	}
	request_unref(r);
}

struct poll_message {
	struct message message;
	struct file *file;
	struct fuse_pollhandle *ph;
	bool want_in;
	unsigned answered;
};

static void
on_poll(struct message *m)
{
	struct poll_message *p = container_of(m, struct poll_message, message);

	if (p->file->control) {
		control_wait(p->file, p->ph);
		file_unref(p->file);
		free(p);
		return;
	}
	if (p->file->reader)
		note_live(p->file->reader);
	note_live(p->file->endpoint);
	endpoint_poll(p->file, p->ph, p->want_in, p->answered);
	file_unref(p->file);
	free(p);
}

static void
on_close(struct message *m)
{
	struct file *f = container_of(m, struct file, close);

	if (f->control)
		control_close(f);
	endpoint_forget_poll(f);
	if (f->reader) {
		backlog_leave(f->reader, f);
		if (list_empty(&f->reader->readers))
			f->reader->running = false;
		/* What it has left may be what another one waits for. */
		if (!list_empty(&f->reader->waiting))
			endpoint_in_serve(f->reader);
		endpoint_publish(f->reader, false);
	}
	/* Those of a device go on: patience.c. */
	if (f->endpoint && atomic_load(&f->commands) > 0)
		endpoint_out_stop_commands(f->endpoint, f);
	if (f->writes) {
		tail_release(f);
		endpoint_out_pump(f->endpoint);
	}
	file_unref(f);
}

static void
on_join(struct message *m)
{
	struct file *f = container_of(m, struct file, join);

	note_live(f->reader);
	backlog_join(f->reader, f);
	endpoint_publish(f->reader, false);
	file_unref(f);
}

static void
on_stale(struct message *m)
{
	struct endpoint *e = container_of(m, struct endpoint, stale_message);

	e->stale = true;
	note_live(e);
	chunk_cancel_all(e);
	endpoint_advance(e);
	endpoint_publish(e, true);
}

/* ---- sent by the main thread ---- */

void
worker_send_request(struct request *r)
{
	r->message.run = on_request;
	atomic_store(&r->file->known_to_worker, true);
	if (receive_is_worker_of(r->file->device)) {
		lending_deliver(r->file->device, &r->message);
		return;
	}
	if (device_post(r->file->device, &r->message) < 0) {
		request_fail(r, -EAGAIN);
		request_unref(r);
	}
}

static void
give_up(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, give_up);

	if (request_finish(r))
		request_reply_error(r, -EINTR);
	request_unref(r);
}

void
worker_give_up_all(struct fs *fs)
{
	list_for_each_safe (at, tmp, &fs->loop.timers) {
		struct timer *timer = list_entry(at, struct timer, node);

		if (timer->fire == give_up) {
			timer_clear(timer);
			give_up(timer);
		}
	}
}

void
worker_interrupt(struct request *r)
{
	if (patience_interrupt(r) || outcome_interrupt(r)) {
		request_unref(r);
		return;
	}
	if (request_take(r)) {
		request_reply_error(r, -EINTR);
	} else if (atomic_load(&r->state) == REQUEST_IS_BUSY) {
		r->give_up.fire = give_up;
		request_ref(r);
		timer_set(&r->fs->loop.timers, &r->give_up, FS_GIVE_UP_MS);
	} else {
		request_unref(r);
		return;
	}
	if (atomic_exchange(&r->dropping, true)) {
		request_unref(r);
		return;
	}
	r->drop.run = on_drop;
	if (device_post(r->file->device, &r->drop) < 0)
		request_unref(r);
}

void
worker_join(struct file *f)
{
	f->join.run = on_join;
	atomic_store(&f->known_to_worker, true);
	file_ref(f);
	if (device_post(f->device, &f->join) < 0)
		file_unref(f);
}

void
worker_close_file(struct file *f)
{
	f->close.run = on_close;
	if (!atomic_load(&f->known_to_worker) || device_post(f->device, &f->close) < 0)
		file_unref(f);
}

void
worker_send_poll(struct file *f, struct fuse_pollhandle *ph, bool want_in, unsigned answered)
{
	struct poll_message *p = calloc(1, sizeof(*p));

	if (!p)
		goto fail;
	p->message.run = on_poll;
	p->file = file_ref(f);
	p->ph = ph;
	p->want_in = want_in;
	p->answered = answered;
	if (receive_is_worker_of(f->device)) {
		lending_deliver(f->device, &p->message);
		return;
	}
	if (device_post(f->device, &p->message) == 0)
		return;
	file_unref(f);
	free(p);
fail:
	/* Woken at once, the caller asks again. */
	if (ph) {
		fuse_lowlevel_notify_poll(ph);
		fuse_pollhandle_destroy(ph);
	}
}

void
worker_send_stale(struct endpoint *e)
{
	if (e->device->state == DEVICE_IDLE) {
		e->stale = true; /* no worker: nobody else looks at it */
		return;
	}
	e->stale_message.run = on_stale;
	device_post(e->device, &e->stale_message);
}
