/* SPDX-License-Identifier: MIT */
/*
 * Requests of which the kernel has to know: carried out by what the backend has for that, with all
 * that follows from it. See control.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/alternate.h"
#include "fs/command.h"
#include "fs/configuration.h"
#include "fs/control.h"
#include "fs/control_rules.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/quiesce.h"
#include "fs/request.h"
#include "fs/settle.h"
#include "fs/worker.h"

/* The tree shows it. */
static void
shown(struct device *d, unsigned value)
{
	(void)value;
	d->control->unseen = false;
	control_schedule(d->control);
}

/* Setting 1, then 0, then 1 again: whoever waits for the last one would be content with the sight of
 * the first, and could still see 0 afterwards. So the tree shows each before the next. */
static int
set_interface(struct device *d, const struct setup *s)
{
	const struct settle_goal goal = {.interface = s->index, .value = s->value};
	struct settling *settling = settle_prepare(d, shown, 0);
	int r;

	if (!settling)
		return -ENOMEM;
	r = alternate_set(d, worker_snapshot(d)->active_config, s->index, s->value);
	if (r < 0) {
		settle_drop(settling);
		return r;
	}
	d->control->unseen = true;
	settle_notify(settling, &goal);
	return 0;
}

bool
control_special_waits(const struct control *c, const struct control_job *job)
{
	return c->unseen && !job->verdict && setup_meaning(&job->setup) == SETUP_CHANGES_ALTERNATE;
}

/* The worker has not seen the endpoint, but its status may still speak of a stall. */
struct cleared {
	struct message message; /* to the main thread */
	struct device *device;
	uint8_t address;
};

static void
cleared(struct message *m)
{
	struct cleared *x = container_of(m, struct cleared, message);

	list_for_each (at, &x->device->endpoints) {
		struct endpoint *e = list_entry(at, struct endpoint, node);

		if (e->address == x->address && !e->left)
			atomic_store(&e->stats.halted, false);
	}
	free(x);
}

static void
tell_cleared(struct device *d, uint8_t address)
{
	struct cleared *x = calloc(1, sizeof(*x));

	if (!x)
		return;
	list_init(&x->message.node);
	x->message.run = cleared;
	x->device = d;
	x->address = address;
	mailbox_send(&d->fs->inbox, &x->message);
}

static int
clear_halt(struct device *d, uint8_t address)
{
	int interface, r;

	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		if (e->address == address && !endpoint_dead(e))
			return command_clear_halt(d, e);
	}
	r = worker_open(d);
	if (r == 0)
		r = control_rules_endpoint(worker_snapshot(d), address, &interface);
	if (r == 0)
		r = worker_claim(d, interface);
	if (r == 0)
		r = d->backend->ops->clear_halt(d->handle, address);
	if (r == 0)
		tell_cleared(d, address);
	return r;
}

bool
control_special(struct device *d, struct control_job *job, int *ret)
{
	struct request *r = job->request;
	enum setup_meaning meaning = setup_meaning(&job->setup);

	if (meaning == SETUP_PLAIN)
		return false;
	/* It can no longer be undone: who is interrupted waits a moment for what becomes of it. */
	if (r && !r->parked && !r->begun) {
		if (!request_begin(r)) {
			job->why = *ret = -EINTR;
			return true;
		}
		r->begun = true;
	}
	switch (meaning) {
	case SETUP_CHANGES_CONFIGURATION:
		*ret = configuration_set(d, job->setup.value);
		if (*ret == 0 && r)
			r->settle = CONTROL_CONFIGURATION;
		break;
	case SETUP_CHANGES_ALTERNATE:
		*ret = set_interface(d, &job->setup);
		if (*ret == 0 && r)
			r->settle = job->setup.index;
		break;
	default:
		*ret = clear_halt(d, (uint8_t)job->setup.index);
	}
	return true;
}
