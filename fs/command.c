/* SPDX-License-Identifier: MIT */
/* Verbs and knobs of ctl and driver files; see command.h. */
#include "fs/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/alternate.h"
#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/complaint.h"
#include "fs/configuration.h"
#include "fs/driver.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/outcome.h"
#include "fs/port.h"
#include "fs/quiesce.h"
#include "fs/settle.h"
#include "fs/tail.h"
#include "fs/verb.h"
#include "fs/worker.h"
#include "layout/ctl.h"

enum {
	COMMAND_MAX = 4096, /* bytes in a text */
	/* How long the writer of a verb waits for it, in ms. While it does so nobody else can open
	 * the file with >, not even to say clear_halt: the kernel's lock of the inode. Then it
	 * waits in close(), which takes no lock. */
	PATIENCE_MS = 1000,
	PARKED = COMMAND_PARKED,
};

static struct ctl_reader
reader_of(const struct file *f, const unsigned char *data, size_t len)
{
	return (struct ctl_reader){
		.type = f->type,
		.endpoint = f->endpoint ? &f->endpoint->facts : NULL,
		.attr = f->attr,
		.text = (const char *)data,
		.len = len,
	};
}

/* Asked here as well, for the sake of a sentence; the worker decides. */
static bool
setting_exists(const struct file *f, const struct ctl_command *c, char why[CTL_WHY_MAX])
{
	const struct snapshot *s = f->device->snapshot;

	if (c->verb == CTL_ALTERNATE &&
		alternate_exists(s, f->config, f->interface, c->value) == -EINVAL)
		snprintf(why, CTL_WHY_MAX, "interface %d has no setting %u; see its altsettings",
			f->interface, (unsigned)c->value);
	else if (c->verb == CTL_CONFIG && configuration_exists(s, c->value) == -EINVAL)
		snprintf(why, CTL_WHY_MAX, "there is no configuration %u; see config*",
			(unsigned)c->value);
	else
		return true;
	return false;
}

/* TEXT, malloc'ed, is what is wrong with the last text for F, or NULL. */
static void
note_complaint(struct file *f, char *text)
{
	if (!f->endpoint) {
		complaint_set(f->device, text);
		return;
	}
	free(f->endpoint->ctl_error);
	f->endpoint->ctl_error = text;
}

int
command_check(struct file *f, const void *data, size_t len)
{
	struct ctl_reader reader = reader_of(f, data, len);
	char why[CTL_WHY_MAX];
	struct ctl_command c;
	int r = -EINVAL;

	if (len > COMMAND_MAX)
		snprintf(why, sizeof(why), "%zu bytes; at most %d are taken in one write", len,
			(int)COMMAND_MAX);
	else
		while ((r = ctl_next(&reader, &c, why)) > 0 && setting_exists(f, &c, why))
			;
	r = r > 0 ? -EINVAL : r;
	note_complaint(f, r < 0 ? strdup(why) : NULL);
	return r;
}

int
command_clear_halt(struct device *d, struct endpoint *e)
{
	int r = endpoint_claim(e);

	if (r == 0)
		r = quiesce_endpoint(d, e); /* with transfers queued, toggles go wrong */
	if (r == 0)
		r = d->backend->ops->clear_halt(d->handle, e->address);
	if (r == 0) {
		backlog_forgive(e, -EPIPE);
		atomic_store(&e->stats.halted, false);
	}
	quiesce_resume(e);
	return r;
}

static int
flush(struct device *d, struct endpoint *e)
{
	int r = 0;

	endpoint_discard(e);
	if (!endpoint_is_in(e) && e->n_flying > 0)
		r = quiesce_endpoint(d, e);
	quiesce_resume(e);
	endpoint_advance(e); /* others may have waited for what has been discarded */
	return r;
}

static void
reset_stats(struct endpoint *e)
{
	struct endpoint_stats *s = &e->stats;
	atomic_ullong *const counters[] = {
		&s->bytes,
		&s->transfers,
		&s->zlps,
		&s->errors,
		&s->lost,
		&s->backoffs,
		&s->iso_packets,
		&s->iso_errors,
		&s->gaps,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		atomic_store(counters[i], 0);
	atomic_store(&s->last_error, 0);
	list_for_each (at, &e->readers)
		atomic_store(&list_entry(at, struct file, reader_node)->lost, 0);
}

/* The stream that all further transfers are of. Streams are allocated at once, so that whoever
 * asks for one hears if there is none. */
static int
set_stream(struct device *d, struct endpoint *e, uint32_t stream)
{
	uint32_t old = endpoint_knob(e, KNOB_STREAM);
	int r = worker_claim(d, e->interface);

	if (r == 0)
		r = quiesce_endpoint(d, e);
	if (r == 0 && e->streams && !stream) {
		r = d->backend->ops->free_streams(d->handle, e->address);
		if (r == 0)
			e->streams = false;
	}
	if (r == 0) {
		atomic_store(&e->knobs[KNOB_STREAM], stream);
		r = endpoint_claim(e);
		if (r < 0)
			atomic_store(&e->knobs[KNOB_STREAM], old);
	}
	quiesce_resume(e);
	return r;
}

static int
set(struct device *d, struct endpoint *e, enum knob k, uint32_t value)
{
	if (k == KNOB_STREAM)
		return value == endpoint_knob(e, k) ? 0 : set_stream(d, e, value);
	atomic_store(&e->knobs[k], value);
	switch (k) {
	case KNOB_DEPTH:
	case KNOB_SIZE:
		e->window = 1;
		e->streak = e->streak_out = e->cap = 0;
		break;
	case KNOB_RATE:
		e->rate_owed = 0;
		break;
	case KNOB_LATENCY:
		timer_clear(&e->latency);
		break;
	case KNOB_SHARE:
		backlog_share(e);
		break;
	case KNOB_COALESCE:
		list_for_each (at, &e->tails) {
			struct tail *t = list_entry(at, struct tail, node);

			if (t->kind == TAIL_COALESCE && !value)
				t->release = true;
		}
		break;
	default:
		break;
	}
	endpoint_advance(e);
	endpoint_publish(e, false);
	return 0;
}

/* Are there further lines? */
static bool
has_more(const struct request *r)
{
	struct ctl_reader reader = reader_of(r->file, r->data + r->position, r->size - r->position);
	char why[CTL_WHY_MAX];
	struct ctl_command c;

	return ctl_next(&reader, &c, why) > 0;
}

static void
patience_over(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, patience);

	if (request_finish(r))
		request_reply_written(r, r->size);
}

/* R goes on when it has had its turn in LIST. */
static int
park(struct endpoint *e, struct list *list, struct request *r)
{
	if (!r->parked) {
		r->parked = true;
		atomic_fetch_add(&r->file->commands, 1);
		r->patience.fire = patience_over;
		timer_set(&e->device->timers, &r->patience, PATIENCE_MS);
	}
	endpoint_enqueue(e, list, request_ref(r));
	endpoint_out_pump(e);
	return PARKED;
}

/* Setting 1, then 0, then 1 again: who waited for the last would be content with the sight of the
 * first, and could still see the 0 afterwards. So the tree shows each before the next. */
static int
put_in_force(struct device *d, struct request *r, const struct ctl_command *c)
{
	const struct file *f = r->file;
	struct settle_goal goal = {.interface = f->interface, .value = c->value};
	struct settling *settling = NULL;
	int err;

	if (has_more(r)) {
		settling = settle_prepare_resume(d, command_resume, r);
		if (!settling)
			return -ENOMEM;
	}
	if (c->verb == CTL_ALTERNATE) {
		err = alternate_set(d, f->config, f->interface, c->value);
	} else {
		err = configuration_set(d, c->value);
		goal = d->goal;
	}
	if (err < 0 || !settling) {
		settle_drop(settling);
		return err;
	}
	settle_notify(settling, &goal);
	return PARKED;
}

static int
carry_out(struct device *d, struct request *r, const struct ctl_command *c)
{
	struct file *f = r->file;
	struct endpoint *e = f->endpoint;

	switch (c->verb) {
	case CTL_SET:
		return set(d, e, c->knob, c->value);
	case CTL_CLEAR_HALT:
		return command_clear_halt(d, e);
	case CTL_FLUSH:
		return flush(d, e);
	case CTL_ZLP:
		return park(e, &e->waiting, r);
	case CTL_DRAIN:
		return park(e, &e->flushes, r);
	case CTL_RESET_STATS:
		reset_stats(e);
		return 0;
	case CTL_RESET:
	case CTL_REMOVE:
	case CTL_SETTING:
		return verb_run(r, c);
	case CTL_PORT_POWER:
	case CTL_PORT_DISABLE:
	case CTL_PORT_INDICATOR:
		return port_set(r, c);
	case CTL_DRIVER_NONE:
	case CTL_DRIVER_AUTO:
	case CTL_CLAIM:
	case CTL_RELEASE:
	case CTL_BIND:
		return driver_command(d, f, c);
	case CTL_ALTERNATE:
	case CTL_CONFIG:
		return put_in_force(d, r, c);
	case CTL_RESCAN:
		break; /* the root's: root.c */
	}
	return -EINVAL;
}

static void
finish(struct request *r, int err)
{
	bool mine;

	timer_clear(&r->patience);
	/* That its writer has given up is no error of the endpoint. */
	if (r->endpoint && err < 0 && err != -EINTR)
		endpoint_note_error(r->endpoint, err);
	if (err == 0 && r->file->type == LAYOUT_ALTERNATE) {
		alternate_answer(r->file->device, r, (uint8_t)r->file->interface);
		return;
	}
	if (err == 0 && r->file->type == LAYOUT_CONFIG) {
		configuration_answer(r->file->device, r);
		return;
	}
	if (outcome_tells(r->file)) {
		outcome_send(r, err);
		return;
	}
	mine = request_finish(r);
	/* Whoever wrote it hears of it by close(), or is not there any more. */
	if (!mine && err < 0)
		atomic_store(&r->file->late_error, err);
	/* In this order: a close() that finds no command any more looks for the error. */
	if (r->parked)
		atomic_fetch_sub(&r->file->commands, 1);
	if (!mine)
		return;
	if (err < 0)
		request_reply_error(r, err);
	else
		request_reply_written(r, r->size);
}

static void
go_on(struct request *r, int err)
{
	struct device *d = r->file->device;
	struct ctl_reader reader = reader_of(r->file, r->data + r->position, r->size - r->position);
	char why[CTL_WHY_MAX];
	struct ctl_command c;

	if (err == 0 && d->unplugged)
		err = -ENODEV;
	while (err == 0 && ctl_next(&reader, &c, why) > 0) {
		/* It is another device now, which those lines do not mean. */
		if (r->follow == FOLLOW_BACK || r->follow == FOLLOW_GONE) {
			r->follow = FOLLOW_NOTHING;
			err = -ENODEV;
			break;
		}
		if (r->follow != FOLLOW_NOTHING) {
			outcome_wait(r);
			return;
		}
		r->position = (size_t)((const unsigned char *)reader.text - r->data);
		err = carry_out(d, r, &c);
		if (err == PARKED)
			return;
	}
	finish(r, err);
}

static void
next_due(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, deadline);

	go_on(r, r->wish);
	request_unref(r);
}

/* This may be in the middle of dispatch(), which the next verb perhaps has to call. */
void
command_resume(struct request *r, int err)
{
	struct device *d = r->file->device;

	if (err < 0 || d->quitting || !has_more(r)) {
		go_on(r, err);
		return;
	}
	request_ref(r);
	r->deadline.fire = next_due;
	timer_set(&d->timers, &r->deadline, 0);
}

void
command_run(struct request *r)
{
	if (!request_begin(r))
		return;
	r->begun = true;
	go_on(r, 0);
}
