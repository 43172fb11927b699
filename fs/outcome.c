/* SPDX-License-Identifier: MIT */
/* What has become of verbs; see outcome.h. */
#include "fs/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/command.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/patience.h"
#include "fs/port.h"

enum {
	/* How long an answer waits for the tree, in ms. */
	FOLLOW_MS = 5000,
	/* ... and for a device to be there again: it starts anew, perhaps with other firmware. */
	BACK_MS = 10000,
};

/* Outlives the device, so that it can see another one come in its place. */
struct outcome {
	struct message message; /* to the main thread */
	struct list node;       /* fs.outcomes */
	struct timer late;
	struct request *request; /* a reference */
	struct fs *fs;
	int err;
	bool resume; /* R goes on, instead of being answered */
	uint64_t seq;
	char *name; /* what is to be seen at which place: of the device, or of the port's */
};

bool
outcome_tells(const struct file *f)
{
	return f->type == LAYOUT_DEV_CTL || f->type == LAYOUT_SETTING || port_is_asked(f);
}

static void
note(struct fs *fs, uint64_t seq, int err, const char *why)
{
	struct device *d = device_find(fs, seq);

	if (!d)
		return;
	free(d->verb_error);
	d->verb_error = err < 0 ? strdup(why ? why : strerror(-err)) : NULL;
	d->verb_errno = err;
	d->verb_error_at = timer_now();
}

void
outcome_note(const struct request *r, int err, const char *why)
{
	note(r->fs, r->file->device->seq, err, why);
}

static void
go_on(struct message *m)
{
	struct request *r = container_of(m, struct request, message);

	command_resume(r, r->wish);
	request_unref(r);
}

/* false: nobody wants it any more. */
static bool
resume(struct outcome *o)
{
	struct device *d = device_find(o->fs, o->seq);
	struct request *r = o->request;

	if (!d || !patience_is_wanted(r))
		return false;
	r->follow = FOLLOW_NOTHING;
	r->message.run = go_on;
	request_ref(r);
	if (device_post(d, &r->message) == 0)
		return true;
	request_unref(r);
	return false;
}

static void
answer(struct outcome *o, int err, const char *why)
{
	struct request *r = o->request;

	list_del(&o->node);
	timer_clear(&o->late);
	if (o->resume && err == 0) {
		if (resume(o))
			goto out;
		err = device_find(o->fs, o->seq) ? -EINTR : -ENODEV;
	}
	/* That its writer has given up is no failure. */
	if (err != -EINTR)
		note(o->fs, o->seq, err, why);
	patience_end(r, err);
out:
	request_unref(r);
	free(o->name);
	free(o);
}

static const struct snapshot *
present(const struct outcome *o)
{
	const struct device *d = device_find(o->fs, o->seq);

	return d && !d->gone ? d->snapshot : NULL;
}

/* Is there any device at that place, other than the one that the verb was about? */
static bool
place_taken(const struct outcome *o)
{
	list_for_each (at, &o->fs->devices) {
		const struct device *d = list_entry(at, struct device, node);

		if (!d->gone && d->seq != o->seq && strcmp(d->snapshot->name, o->name) == 0)
			return true;
	}
	return false;
}

/* Is there any behind the hub that is, or was, at that place? */
static bool
any_below(const struct outcome *o)
{
	size_t len = strlen(o->name);

	list_for_each (at, &o->fs->devices) {
		const struct device *d = list_entry(at, struct device, node);

		if (!d->gone && strncmp(d->snapshot->name, o->name, len) == 0 &&
			d->snapshot->name[len] == '.')
			return true;
	}
	return false;
}

static bool
visible(const struct outcome *o)
{
	const struct snapshot *s = present(o);

	switch (o->request->follow) {
	case FOLLOW_NOTHING:
		return true;
	case FOLLOW_GONE:
		return !s && !any_below(o);
	case FOLLOW_BACK:
		return !s && place_taken(o);
	case FOLLOW_CONFIGURED:
		return !s || s->active_config > 0;
	case FOLLOW_UNCONFIGURED:
		return !s || s->active_config == 0;
	case FOLLOW_EMPTY:
		return (!s || !place_taken(o)) && !any_below(o);
	}
	return true;
}

static void
too_late(struct timer *timer)
{
	struct outcome *o = container_of(timer, struct outcome, late);

	switch (o->request->follow) {
	case FOLLOW_BACK:
		/* It was reset, and only our use of it has ended. */
		if (present(o))
			answer(o, 0, NULL);
		else
			answer(o, -ENODEV, "the device has not come back to its place");
		break;
	case FOLLOW_CONFIGURED:
		/* The kernel puts none in force that needs more power than there is. */
		answer(o, 0, NULL);
		break;
	case FOLLOW_EMPTY:
		answer(o, -ETIMEDOUT,
			"the power is off, but the hub does not tell the kernel that "
			"the device has gone");
		break;
	default:
		answer(o, -ETIMEDOUT, "it is done, but the tree does not show it yet");
	}
}

void
outcome_check(struct fs *fs)
{
	list_for_each_safe (at, tmp, &fs->outcomes) {
		struct outcome *o = list_entry(at, struct outcome, node);

		if (visible(o))
			answer(o, 0, NULL);
	}
}

bool
outcome_interrupt(struct request *r)
{
	list_for_each (at, &r->fs->outcomes) {
		struct outcome *o = list_entry(at, struct outcome, node);

		if (o->request != r)
			continue;
		answer(o, -EINTR, NULL);
		return true;
	}
	return false;
}

static void
arrived(struct message *m)
{
	struct outcome *o = container_of(m, struct outcome, message);
	struct fs *fs = o->fs;

	list_append(&fs->outcomes, &o->node);
	if (!o->resume)
		patience_stop(o->request);
	if (o->err < 0) {
		answer(o, o->err, o->request->why);
		return;
	}
	o->late.fire = too_late;
	timer_set(&fs->loop.timers, &o->late,
		o->request->follow == FOLLOW_BACK ? BACK_MS : FOLLOW_MS);
	outcome_check(fs);
}

/* The place that is looked at: that of the device, or of its port. */
static char *
place_of(const struct request *r)
{
	const char *name = r->file->device->opening ? r->file->device->opening->name : "";
	char *place;
	bool root = strncmp(name, "usb", 3) == 0;

	if (r->file->port < 0)
		return strdup(name);
	if (asprintf(&place, "%s%c%d", root ? name + 3 : name, root ? '-' : '.', r->file->port) < 0)
		return NULL;
	return place;
}

static void
post(struct request *r, int err, bool resume)
{
	struct outcome *o = calloc(1, sizeof(*o));

	if (o)
		o->name = place_of(r);
	if (!o || !o->name) {
		free(o);
		if (request_finish(r)) {
			if (err < 0)
				request_reply_error(r, err);
			else
				request_reply_written(r, r->size);
		}
		return;
	}
	list_init(&o->message.node);
	list_init(&o->node);
	list_init(&o->late.node);
	o->message.run = arrived;
	o->fs = r->fs;
	o->seq = r->file->device->seq;
	o->err = err;
	o->resume = resume;
	o->request = request_ref(r);
	mailbox_send(&r->fs->inbox, &o->message);
}

void
outcome_send(struct request *r, int err)
{
	post(r, err, false);
}

void
outcome_wait(struct request *r)
{
	post(r, 0, true);
}

void
outcome_give_up_all(struct fs *fs)
{
	while (!list_empty(&fs->outcomes))
		answer(list_first(&fs->outcomes, struct outcome, node), -ENODEV, NULL);
}
