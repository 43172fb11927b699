/* SPDX-License-Identifier: MIT */
/* Verbs of ctl and driver files, carried out on the worker; see command.h. */
#include "fs/command.h"

#include <errno.h>

#include "backend/util/log.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/worker.h"
#include "layout/ctl.h"

enum {
	/* How long cancelled transfers may take to come back before a verb gives up, in ms. */
	QUIESCE_MS = 2000,
};

/* Takes back what is in flight on E, and keeps anything new from being started until resume(). */
static int
pause_endpoint(struct device *d, struct endpoint *e)
{
	e->paused = true;
	endpoint_cancel_all(e);
	return worker_drain(d, e, QUIESCE_MS) ? 0 : -ETIMEDOUT;
}

static void
resume(struct endpoint *e)
{
	if (!e->paused)
		return;
	e->paused = false;
	endpoint_advance(e);
	endpoint_publish(e, false);
}

/* The same for all endpoints of INTERFACE, -1: of the device. */
static int
pause_interface(struct device *d, int interface)
{
	int r = 0;

	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		if (r == 0 && (interface < 0 || e->interface == interface))
			r = pause_endpoint(d, e);
	}
	return r;
}

static void
resume_all(struct device *d)
{
	list_for_each (at, &d->live)
		resume(list_entry(at, struct endpoint, live));
}

static int
clear_halt(struct device *d, struct endpoint *e)
{
	int r = worker_claim(d, e->interface);

	if (r == 0)
		r = pause_endpoint(d, e); /* with transfers queued, toggles go wrong */
	if (r == 0)
		r = d->backend->ops->clear_halt(d->handle, e->address);
	if (r == 0 && e->error == -EPIPE)
		e->error = 0;
	resume(e);
	return r;
}

/* Takes effect for whoever opens the data file from now on. */
static int
pair(struct endpoint *e, uint8_t in)
{
	if (endpoint_is_in(e) || (in && !(e->siblings_in & (1u << (in & 0x0f)))))
		return -EINVAL;
	atomic_store(&e->pair, in);
	return 0;
}

static int
reset(struct device *d)
{
	int r = worker_open(d);

	if (r == 0)
		r = pause_interface(d, -1);
	if (r == 0)
		r = d->backend->ops->reset(d->handle);
	resume_all(d);
	return r;
}

static int
detach(struct device *d, uint8_t interface)
{
	int r = worker_open(d);

	if (r < 0)
		return r;
	r = d->backend->ops->detach_driver(d->handle, interface);
	if (r == -ENOENT)
		return 0; /* there is none, as asked for */
	if (r < 0)
		return r;
	bit_put(d->detached, interface, true);
	atomic_fetch_add(&d->owed, 1);
	return 0;
}

static int
attach(struct device *d, uint8_t interface)
{
	int r = worker_open(d);

	if (r < 0)
		return r;
	/* The kernel binds nothing to an interface that we hold. */
	if (bit_get(d->claimed, interface)) {
		r = pause_interface(d, interface);
		if (r == 0)
			r = d->backend->ops->release(d->handle, interface);
		if (r == 0)
			bit_put(d->claimed, interface, false);
	}
	if (r == 0)
		r = d->backend->ops->attach_driver(d->handle, interface);
	/* Who was waiting hears that a driver owns the interface now. */
	resume_all(d);
	if (r < 0 && r != -ENOENT && r != -EBUSY)
		return r;
	if (bit_get(d->detached, interface)) {
		bit_put(d->detached, interface, false);
		atomic_fetch_sub(&d->owed, 1);
	}
	return 0;
}

void
command_restore_drivers(struct device *d)
{
	for (unsigned i = 0; i < 256 && !d->unplugged; i++) {
		int r;

		if (!bit_get(d->detached, (uint8_t)i))
			continue;
		r = attach(d, (uint8_t)i);
		if (r < 0 && r != -ENODEV)
			log_err("cannot give interface %u of %s back to its driver: errno %d", i,
				d->opening ? d->opening->name : "a device", -r);
	}
}

static int
carry_out(struct device *d, struct file *f, const struct ctl_command *c)
{
	switch (c->verb) {
	case CTL_CLEAR_HALT:
		return clear_halt(d, f->endpoint);
	case CTL_FLUSH:
		endpoint_discard(f->endpoint);
		return 0;
	case CTL_PAIR:
		return pair(f->endpoint, (uint8_t)c->value);
	case CTL_RESET:
		return reset(d);
	case CTL_DRIVER_NONE:
		return detach(d, (uint8_t)f->interface);
	case CTL_DRIVER_AUTO:
		return attach(d, (uint8_t)f->interface);
	}
	return -EINVAL;
}

/* Runs every command of the text, or, when one of them is none, nothing at all. */
static int
run_text(struct device *d, struct file *f, const char *text, size_t len)
{
	const char *at = text;
	size_t left = len;
	struct ctl_command c;
	int r;

	while ((r = ctl_next(f->type, &at, &left, &c)) > 0)
		;
	if (r == 0 && d->unplugged)
		r = -ENODEV;
	while (r == 0 && ctl_next(f->type, &text, &len, &c) > 0)
		r = carry_out(d, f, &c);
	return r;
}

void
command_run(struct device *d, struct request *r)
{
	struct file *f = r->file;
	int err;

	if (!request_begin(r))
		return;
	err = run_text(d, f, (const char *)r->data, r->size);
	if (f->endpoint && err < 0 && err != -EINVAL)
		endpoint_note_error(f->endpoint, err);
	if (!request_finish(r))
		return; /* the main thread gave up on us */
	if (err < 0)
		request_reply_error(r, err);
	else
		request_reply_written(r, r->size);
}
