/* SPDX-License-Identifier: MIT */
/* Waiting for the tree; see settle.h. */
#include "fs/settle.h"

#include <errno.h>
#include <stdlib.h>

#include "backend/util/log.h"
#include "fs/device.h"
#include "fs/fs.h"
#include "fs/request.h"

enum {
	/* How long an answer waits for the tree, in ms: a hub that is busy can hold up whoever looks
	 * at sysfs. */
	FOLLOW_MS = 5000,
};

/* One that waits. */
struct settling {
	struct message message; /* to the main thread, and perhaps back */
	struct list node;       /* device.settling */
	struct timer late;
	struct device *device;
	struct settle_goal goal;
	struct request *request;                    /* a reference; NULL: the worker waits */
	void (*resume)(struct request *r, int err); /* it goes on; NULL: it is answered */
	int err;
	void (*seen)(struct device *d, unsigned value);
	unsigned value;
};

/* ---- the main thread ---- */

/* On the worker, unless there is none: then nobody else looks at what is the worker's. */
static void
run_seen(struct message *m)
{
	struct settling *s = container_of(m, struct settling, message);

	if (s->resume) {
		s->resume(s->request, s->err);
		request_unref(s->request);
	} else {
		s->seen(s->device, s->value);
	}
	free(s);
}

static void
answer(struct settling *s, int err)
{
	struct request *r = s->request;

	list_del(&s->node);
	timer_clear(&s->late);
	if (!r || s->resume) {
		s->err = err;
		s->message.run = run_seen;
		if (s->device->state != DEVICE_IDLE && device_post(s->device, &s->message) == 0)
			return;
		if (!r) {
			run_seen(&s->message);
			return;
		}
		err = err < 0 ? err : -ENODEV; /* nobody is there to go on with it */
	}
	if (request_finish(r)) {
		if (err < 0)
			request_reply_error(r, err);
		else
			request_reply_done(r);
	}
	request_unref(r);
	free(s);
}

static void
too_late(struct timer *timer)
{
	struct settling *s = container_of(timer, struct settling, late);
	const char *name = s->device->snapshot->name;

	if (s->request && s->goal.interface < 0)
		log_warn(
			"%s: configuration %u cannot be seen yet, proceeding", name, s->goal.value);
	else if (s->request)
		log_warn("%s: setting %u of interface %d cannot be seen yet, proceeding", name,
			s->goal.value, s->goal.interface);
	answer(s, 0);
}

static bool
visible(const struct settling *s)
{
	const struct snapshot *snapshot = s->device->snapshot;
	const struct settle_goal *g = &s->goal;
	const struct snapshot_interface *i;

	if (g->interface >= 0) {
		i = snapshot_interface(snapshot, (uint8_t)g->interface);
		return !i || i->alternate == g->value;
	}
	if (snapshot->active_config != (int)g->value)
		return false;
	if (g->value > 0 ? snapshot->n_interfaces < g->others : snapshot->n_interfaces > 0)
		return false;
	for (size_t n = 0; g->first && n < snapshot->n_interfaces; n++)
		if (snapshot->interfaces[n].alternate != 0)
			return false;
	return true;
}

void
settle_check(struct device *d)
{
	list_for_each_safe (at, tmp, &d->settling) {
		struct settling *s = list_entry(at, struct settling, node);

		if (d->gone)
			answer(s, -ENODEV);
		else if (visible(s))
			answer(s, 0);
	}
}

/* On the main thread, so that whoever has the answer finds the tree as it should be: any later
 * request comes to this thread. */
static void
settle(struct message *m)
{
	struct settling *s = container_of(m, struct settling, message);
	struct device *d = s->device;

	/* Those that were before will perhaps never see what they wait for. What comes of one change
	 * together has one goal. */
	list_for_each_safe (at, tmp, &d->settling) {
		struct settling *other = list_entry(at, struct settling, node);

		if (s->goal.interface == other->goal.interface &&
			s->goal.value == other->goal.value && !other->request)
			continue;
		if (s->goal.interface < 0 || other->goal.interface == s->goal.interface)
			answer(other, 0);
	}
	list_append(&d->settling, &s->node);
	s->late.fire = too_late;
	timer_set(&d->fs->loop.timers, &s->late, FOLLOW_MS);
	settle_check(d);
}

void
settle_give_up_all(struct fs *fs)
{
	list_for_each (at, &fs->devices) {
		struct device *d = list_entry(at, struct device, node);

		while (!list_empty(&d->settling)) {
			struct settling *s = list_first(&d->settling, struct settling, node);

			if (s->request) {
				/* What would have come next is not carried out any more. */
				int err = s->resume ? -ENODEV : 0;

				s->resume = NULL;
				answer(s, err);
				continue;
			}
			/* Its worker has ended, or never will. */
			list_del(&s->node);
			timer_clear(&s->late);
			free(s);
		}
	}
}

/* ---- the worker ---- */

static struct settling *
make(struct device *d)
{
	struct settling *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	list_init(&s->message.node);
	list_init(&s->node);
	list_init(&s->late.node);
	s->message.run = settle;
	s->device = d;
	return s;
}

void
settle_answer(struct device *d, const struct settle_goal *goal, struct request *r)
{
	struct settling *s = make(d);

	if (!s) {
		/* Without memory, at once. */
		if (request_finish(r))
			request_reply_done(r);
		return;
	}
	s->goal = *goal;
	s->request = request_ref(r);
	mailbox_send(&d->fs->inbox, &s->message);
}

struct settling *
settle_prepare(struct device *d, void (*seen)(struct device *d, unsigned value), unsigned value)
{
	struct settling *s = make(d);

	if (s) {
		s->seen = seen;
		s->value = value;
	}
	return s;
}

struct settling *
settle_prepare_resume(
	struct device *d, void (*resume)(struct request *r, int err), struct request *r)
{
	struct settling *s = make(d);

	if (s) {
		s->resume = resume;
		s->request = request_ref(r);
	}
	return s;
}

void
settle_notify(struct settling *s, const struct settle_goal *goal)
{
	s->goal = *goal;
	mailbox_send(&s->device->fs->inbox, &s->message);
}

void
settle_drop(struct settling *s)
{
	if (s && s->request)
		request_unref(s->request);
	free(s);
}
