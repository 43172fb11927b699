/* SPDX-License-Identifier: MIT */
/*
 * The queue of control requests on the worker; see control.h. One at a time: some of them are
 * blocking calls, which would otherwise wait for those before them in the kernel, and hold up the
 * other endpoints meanwhile.
 */
#include "fs/control.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/control_rules.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/worker.h"

enum {
	DOUBT_MS = 250,    /* as chunk.c */
	QUIESCE_MS = 2000, /* as quiesce.c */
	IN_FLIGHT = 1,
};

void
control_free_job(struct control_job *job)
{
	if (job->request)
		request_unref(job->request);
	if (job->file)
		file_unref(job->file);
	free(job->buffer);
	free(job->words);
	free(job);
}

/* The current job is over, its transfer, if it had one, back. */
static void
end(struct control *c, int err)
{
	struct control_job *job = c->current;
	struct device *d = c->device;

	timer_clear(&c->doubt);
	if (job->flying) {
		job->flying = false;
		d->in_flight--;
		atomic_store(&c->pending, false);
		atomic_fetch_add(&c->transfers, 1);
		atomic_fetch_add(&c->bytes, job->transfer.actual);
	}
	/* Cancelled by nobody here: someone else has reset the device. */
	if (err == -ECANCELED)
		err = d->unplugged ? -ENODEV : job->why ? job->why : -EIO;
	c->current = NULL;
	control_over(job, err);
	control_schedule(c);
}

static void
doubt_over(struct timer *timer)
{
	struct control *c = container_of(timer, struct control, doubt);

	end(c, c->current->transfer.status);
}

static void
transfer_done(struct transfer *t)
{
	struct control_job *job = t->user;
	struct control *c = job->file->control->control;
	struct device *d = c->device;

	if (t->status == -EIO && !job->why && !d->quitting && !d->unplugged && !c->paused) {
		c->doubt.fire = doubt_over;
		timer_set(&d->timers, &c->doubt, DOUBT_MS);
		return;
	}
	end(c, t->status);
}

static int
submit(struct control *c, struct control_job *job)
{
	struct device *d = c->device;
	struct transfer *t = &job->transfer;
	int r;

	setup_encode(&job->setup, job->buffer);
	t->endpoint = 0;
	t->type = DESC_CONTROL;
	t->buffer = job->buffer;
	t->length = SETUP_BYTES + (size_t)job->setup.length;
	t->timeout_ms = atomic_load(&c->timeout);
	t->done = transfer_done;
	t->user = job;
	r = d->backend->ops->submit(d->handle, t);
	if (r < 0)
		return r;
	job->flying = true;
	d->in_flight++;
	atomic_store(&c->pending, true);
	return IN_FLIGHT;
}

static int
launch(struct control *c, struct control_job *job)
{
	struct device *d = c->device;
	int interface = CONTROL_NO_CLAIM, r;

	if (job->verdict)
		return job->verdict;
	if (d->unplugged || d->quitting)
		return -ENODEV;
	if (control_special(d, job, &r))
		return r;
	r = worker_open(d);
	if (r == 0)
		r = control_rules_claim(worker_snapshot(d), &job->setup, &interface);
	if (r == 0 && interface != CONTROL_NO_CLAIM)
		r = worker_claim(d, interface);
	return r < 0 ? r : submit(c, job);
}

static void
next_due(struct timer *timer)
{
	struct control *c = container_of(timer, struct control, next);

	while (!c->current && !c->paused && !list_empty(&c->queue)) {
		struct control_job *job = list_first(&c->queue, struct control_job, node);
		int r;

		if (control_special_waits(c, job))
			return;
		list_del(&job->node);
		c->current = job;
		r = launch(c, job);
		if (r != IN_FLIGHT)
			end(c, r);
	}
}

void
control_schedule(struct control *c)
{
	if (c->current || c->paused || list_empty(&c->queue) || timer_is_set(&c->next))
		return;
	c->next.fire = next_due;
	timer_set(&c->device->timers, &c->next, 0);
}

void
control_cancel(struct control *c, struct control_job *job, int err)
{
	struct device *d = c->device;

	job->why = err;
	if (timer_is_set(&c->doubt))
		end(c, err);
	else if (job->flying && d->handle)
		d->backend->ops->cancel(d->handle, &job->transfer);
}

void
control_end_doubt(struct device *d, int err)
{
	struct control *c = d->control;

	if (c && timer_is_set(&c->doubt))
		end(c, err ? err : c->current->transfer.status);
}

void
control_end(struct device *d)
{
	struct control *c = d->control;

	if (!c)
		return;
	if (c->current)
		control_cancel(c, c->current, -ENODEV);
	while (!list_empty(&c->queue)) {
		struct control_job *job = list_first(&c->queue, struct control_job, node);

		list_del(&job->node);
		control_over(job, -ENODEV);
	}
	timer_clear(&c->next);
}

/* The kernel may still write into its buffer: that, and the job, are leaked. */
void
control_abandon(struct device *d)
{
	struct control *c = d->control;
	struct control_job *copy;

	if (!c || !c->current || !c->current->flying)
		return;
	copy = calloc(1, sizeof(*copy));
	if (copy) {
		copy->file = c->current->file;
		copy->request = c->current->request;
		copy->setup = c->current->setup;
		copy->why = c->current->why;
		list_init(&copy->node);
	}
	c->current = NULL;
	atomic_store(&c->pending, false);
	if (copy)
		control_over(copy, -EIO);
}

int
control_quiesce(struct device *d)
{
	struct control *c = d->control;

	if (!c)
		return 0;
	c->paused = true;
	if (c->current && c->current->flying)
		control_cancel(c, c->current, -EIO);
	return c->current && c->current->flying && !worker_drain(d, NULL, QUIESCE_MS) ? -ETIMEDOUT
										      : 0;
}

void
control_resume(struct device *d)
{
	struct control *c = d->control;

	if (!c || !c->paused)
		return;
	c->paused = false;
	control_schedule(c);
}
