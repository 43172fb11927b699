/* SPDX-License-Identifier: MIT */
/*
 * What an open file of the control endpoint has asked, what has come of it, and who waits for that;
 * on the worker. See control.h.
 */
#include <errno.h>

#include "fs/alternate.h"
#include "fs/configuration.h"
#include "fs/control.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/timer.h"
#include "fs/worker.h"

enum {
	/* How long a writer waits in write(2), in ms. Meanwhile nobody else can open the file with >:
	 * the kernel's lock of the inode. Then it waits in close(), which takes no lock; but a
	 * process that ends cannot be interrupted there, so not if that could be for ever. */
	PATIENCE_MS = 1000,
	CLOSE_MS = 5000, /* likewise, the most that close() waits when the knob sets no limit */
	UNREAD_MAX = 1 << 20, /* bytes of replies in text */
};

/* ---- requests ---- */

static void
fail(struct request *r, int err)
{
	request_fail(r, err);
	request_unref(r);
}

/* Its writer need not wait any longer. */
static void
let_go(struct request *r)
{
	struct file *f = r->file;

	/* Before the answer: a close() that finds none does not wait. */
	atomic_fetch_add(&f->commands, 1);
	if (r->begun ? request_finish(r) : request_take(r)) {
		r->parked = true;
		request_reply_written(r, r->size);
	} else {
		atomic_fetch_sub(&f->commands, 1);
	}
}

static void
patience_over(struct timer *timer)
{
	let_go(container_of(timer, struct request, patience));
}

static void
set_busy(struct file *f, unsigned n_jobs)
{
	f->control->n_jobs = n_jobs;
	atomic_store(&f->control->busy, n_jobs);
}

/* Queues what R asks for; it is answered when that is over. */
static void
start(struct request *r)
{
	struct file *f = r->file;
	struct control_file *cf = f->control;
	struct control *c = cf->control;

	while (!list_empty(&r->jobs)) {
		struct control_job *job = list_first(&r->jobs, struct control_job, node);

		list_del(&job->node);
		job->file = file_ref(f);
		job->request = request_ref(r);
		list_append(&c->queue, &job->node);
		set_busy(f, cf->n_jobs + 1);
		atomic_fetch_add(&c->waiting, 1);
		r->outstanding++;
	}
	if (r->kind == REQUEST_WRITE && !r->nonblock && atomic_load(&c->timeout) != KNOB_NONE) {
		r->patience.fire = patience_over;
		timer_set(&c->device->timers, &r->patience, PATIENCE_MS);
	}
	control_schedule(c);
}

static bool
is_over(const struct device *d)
{
	return d->unplugged || d->quitting;
}

/* With the offset of a file of its own: 0 asks anew, and so does whoever has not asked yet. */
static void
read_setup(struct request *r)
{
	struct control_file *cf = r->file->control;

	if (cf->has_reply && r->offset > 0) {
		if (request_take(r))
			control_reply_deliver(r, r->offset);
	} else if (is_over(cf->control->device)) {
		request_fail(r, -ENODEV);
	} else {
		start(r);
	}
	request_unref(r);
}

/* Without one: the replies to what was written. */
static void
read_replies(struct request *r)
{
	struct control_file *cf = r->file->control;
	bool text = r->file->type == LAYOUT_CONTROL_TEXT;
	size_t left = cf->reply_len - cf->reply_at, at = cf->reply_at;

	if (!text && !cf->has_reply) {
		int late = atomic_exchange(&r->file->late_error, 0);

		fail(r, late ? late : -ENODATA);
		return;
	}
	if (left == 0 && is_over(cf->control->device)) {
		fail(r, -ENODEV);
		return;
	}
	if (request_take(r)) {
		/* Who has read of an error need not hear of it from close(). */
		if (left > 0 && left <= r->size)
			atomic_store(&r->file->late_error, 0);
		cf->reply_at += left < r->size ? left : r->size;
		control_reply_deliver(r, at);
	}
	request_unref(r);
}

static void
read_file(struct request *r)
{
	struct control_file *cf = r->file->control;

	if (r->file->type == LAYOUT_SETUP)
		read_setup(r);
	else if (cf->n_jobs == 0)
		read_replies(r);
	else if (r->nonblock)
		fail(r, -EAGAIN);
	else
		list_append(&cf->readers, &r->node);
}

static void
write_file(struct request *r)
{
	struct control_file *cf = r->file->control;

	if (is_over(cf->control->device)) {
		fail(r, -ENODEV);
	} else if (r->nonblock && cf->n_jobs > 0) {
		fail(r, -EAGAIN);
	} else if (r->file->type == LAYOUT_CONTROL_TEXT &&
		   cf->reply_len - cf->reply_at > UNREAD_MAX) {
		fail(r, -ENOBUFS);
	} else {
		start(r);
		if (r->nonblock)
			let_go(r);
		request_unref(r);
	}
}

/* What it waits for ends when the file is released. */
static void
flush_late(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, deadline);

	list_del(&r->node);
	fail(r, -ETIMEDOUT);
}

static void
flush_file(struct request *r)
{
	struct control *c = r->file->control->control;

	if (atomic_load(&r->file->commands) > 0) {
		list_append(&r->file->control->flushes, &r->node);
		if (atomic_load(&c->timeout) == KNOB_NONE && !timer_is_set(&r->deadline)) {
			r->deadline.fire = flush_late;
			timer_set(&c->device->timers, &r->deadline, CLOSE_MS);
		}
		return;
	}
	timer_clear(&r->deadline);
	if (request_take(r))
		request_reply_error(r, atomic_exchange(&r->file->late_error, 0));
	request_unref(r);
}

void
control_run(struct request *r)
{
	/* It has been interrupted on its way. */
	if (atomic_load(&r->state) == REQUEST_TAKEN)
		request_unref(r);
	else if (r->kind == REQUEST_READ)
		read_file(r);
	else if (r->kind == REQUEST_WRITE)
		write_file(r);
	else
		flush_file(r);
}

/* Has each of those in LIST looked at again. */
static void
again(struct list *list, void (*run)(struct request *r))
{
	struct list waiting;

	list_init(&waiting);
	list_splice(&waiting, list);
	while (!list_empty(&waiting)) {
		struct request *r = list_first(&waiting, struct request, node);

		list_del(&r->node);
		run(r);
	}
}

/* ---- the end of a job ---- */

static void
answer(struct request *r, int err)
{
	struct file *f = r->file;

	timer_clear(&r->patience);
	if (r->parked) {
		if (err < 0)
			atomic_store(&f->late_error, err);
		/* In this order: a close() that finds none any more looks for the error. */
		atomic_fetch_sub(&f->commands, 1);
		again(&f->control->flushes, flush_file);
		return;
	}
	if (err == 0 && r->settle == CONTROL_CONFIGURATION) {
		configuration_answer(f->device, r);
		return;
	}
	if (err == 0 && r->settle >= 0) {
		alternate_answer(f->device, r, (uint8_t)r->settle);
		return;
	}
	if (!(r->begun ? request_finish(r) : request_take(r)))
		return;
	if (err < 0)
		request_reply_error(r, err);
	else if (r->kind == REQUEST_READ)
		control_reply_deliver(r, r->offset);
	else
		request_reply_written(r, r->size);
}

static void
note_error(struct control *c, const struct control_job *job, int err)
{
	unsigned char bytes[SETUP_BYTES];
	uint64_t word = 0;

	setup_encode(&job->setup, bytes);
	for (unsigned i = 0; i < SETUP_BYTES; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	atomic_store(&c->last_setup, word);
	atomic_store(&c->last_error, err);
	atomic_store(&c->last_error_at, timer_now());
	atomic_fetch_add(&c->errors, 1);
}

/* Takes those of R out of the queue. */
static void
drop_queued(struct control *c, struct request *r)
{
	list_for_each_safe (at, tmp, &c->queue) {
		struct control_job *job = list_entry(at, struct control_job, node);

		if (job->request != r)
			continue;
		list_del(&job->node);
		set_busy(job->file, job->file->control->n_jobs - 1);
		atomic_fetch_sub(&c->waiting, 1);
		r->outstanding--;
		control_free_job(job);
	}
}

static void
look_again(struct file *f)
{
	if (f->control->n_jobs > 0)
		return;
	again(&f->control->readers, read_file);
	if (!f->poll)
		return;
	fuse_lowlevel_notify_poll(f->poll);
	fuse_pollhandle_destroy(f->poll);
	f->poll = NULL;
}

void
control_over(struct control_job *job, int err)
{
	struct file *f = file_ref(job->file);
	struct control *c = f->control->control;
	struct request *r = job->request ? request_ref(job->request) : NULL;

	/* What is wrong with a text is told elsewhere, and that its writer has left is no error. */
	if (err < 0 && err != -EINTR && !job->verdict)
		note_error(c, job, err);
	if (job->why == -EINTR || (f->type == LAYOUT_SETUP && setup_is_written(&job->setup)))
		;
	else if (f->type == LAYOUT_CONTROL_TEXT)
		control_reply_line(job, err);
	else
		control_reply_keep(job, err);
	atomic_fetch_sub(&c->waiting, 1);
	set_busy(f, f->control->n_jobs - 1);
	if (r) {
		r->outstanding--;
		if (err < 0)
			drop_queued(c, r);
		if (r->outstanding == 0)
			answer(r, err);
		request_unref(r);
	}
	control_free_job(job);
	look_again(f);
	file_unref(f);
}

void
control_drop(struct request *r)
{
	struct control *c = r->file->control->control;
	struct control_job *job = c->current;

	if (!list_empty(&r->node)) {
		list_del(&r->node);
		timer_clear(&r->deadline);
		request_unref(r);
		return;
	}
	if (r->parked)
		return;
	timer_clear(&r->patience);
	drop_queued(c, r);
	if (job && job->request == r) {
		job->request = NULL;
		r->outstanding--;
		request_unref(r);
		control_cancel(c, job, -EINTR);
	}
	if (r->begun && request_finish(r))
		request_reply_error(r, -EINTR);
	look_again(r->file);
}

void
control_close(struct file *f)
{
	struct control *c = f->control->control;

	list_for_each_safe (at, tmp, &c->queue) {
		struct control_job *job = list_entry(at, struct control_job, node);

		if (job->file != f)
			continue;
		list_del(&job->node);
		job->why = -EINTR;
		control_over(job, -EINTR);
		tmp = c->queue.next; /* more of them may have gone */
	}
	if (c->current && c->current->file == f)
		control_cancel(c, c->current, -EINTR);
}

void
control_wait(struct file *f, struct fuse_pollhandle *ph)
{
	struct fuse_pollhandle *old = f->poll;

	f->poll = ph;
	if (old)
		fuse_pollhandle_destroy(old);
	look_again(f);
}
