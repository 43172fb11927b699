/* SPDX-License-Identifier: MIT */
/* Plugging in and out; see presence.h. */
#include "fs/presence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/util/log.h"
#include "fs/cache.h"
#include "fs/device.h"
#include "fs/events.h"
#include "fs/outcome.h"
#include "fs/root.h"
#include "layout/filter.h"

enum {
	BUS_STEP = 100, /* between the made-up bus numbers of two backends */
};

enum event_kind { EVENT_ADDED, EVENT_CHANGED, EVENT_REMOVED, EVENT_RESCANNED };

struct event {
	struct message message;   /* to the main thread; then its place in fs.changes */
	struct message forgotten; /* the kernel does not remember how it was before */
	bool asked;               /* ... and has been asked not to */
	struct fs *fs;
	struct backend *backend;
	enum event_kind kind;
	uint64_t seq;              /* RESCANNED: the token */
	struct snapshot *snapshot; /* a reference; NULL: removed */
};

static int64_t
wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
take_in(struct event *e)
{
	struct fs *fs = e->fs;
	struct device *d = device_find(fs, e->seq);

	switch (e->kind) {
	case EVENT_ADDED:
		if (d)
			break;
		/* Decided once, at its arrival: of what is not in, no later event is taken in. */
		if (!filter_admits(fs->filter, e->snapshot)) {
			log_info("%s is left out", e->snapshot->name);
			break;
		}
		d = device_new(fs, e->backend, e->snapshot);
		if (!d || layout_put(fs->layout, e->snapshot, wall_clock()) < 0) {
			log_err("no memory for %s; ignoring it", e->snapshot->name);
			break;
		}
		log_info("%s has come", e->snapshot->name);
		events_added(fs, e->seq);
		break;
	case EVENT_CHANGED:
		if (!d || d->gone)
			break;
		if (layout_put(fs->layout, e->snapshot, wall_clock()) < 0)
			log_err("no memory for a change of %s", e->snapshot->name);
		log_info("%s has changed", e->snapshot->name);
		events_changed(fs, d->snapshot, e->snapshot);
		device_changed(d, e->snapshot);
		break;
	case EVENT_REMOVED:
		if (!d)
			break;
		log_info("%s has gone", d->snapshot->name);
		events_remove(fs, e->seq);
		device_removed(d);
		break;
	case EVENT_RESCANNED:
		root_rescanned(fs, e->seq);
		break;
	}
}

static void
finish(struct event *e)
{
	if (!e->fs->stopping) {
		take_in(e);
		outcome_check(e->fs);
	}
	list_del(&e->message.node);
	snapshot_unref(e->snapshot);
	free(e);
}

/* One after the other, as they came: the tree changes when the kernel has forgotten what it was, and
 * not before. */
static void
go_on(struct fs *fs)
{
	struct event *e;

	while ((e = list_first(&fs->changes, struct event, message.node)) && !e->asked) {
		e->asked = e->kind != EVENT_RESCANNED && !fs->stopping &&
			   cache_forget(fs, e->seq, e->snapshot, &e->forgotten);
		if (!e->asked)
			finish(e);
	}
}

static void
forgotten(struct message *m)
{
	struct event *e = container_of(m, struct event, forgotten);
	struct fs *fs = e->fs;

	finish(e);
	go_on(fs);
}

static void
on_event(struct message *m)
{
	struct event *e = container_of(m, struct event, message);

	list_append(&e->fs->changes, &e->message.node);
	go_on(e->fs);
}

static void
send_event(struct fs *fs, struct backend *b, enum event_kind kind, uint64_t seq, struct snapshot *s)
{
	struct event *e = calloc(1, sizeof(*e));

	if (!e) {
		log_err("no memory for an event of %s; ignoring it", s ? s->name : "a device");
		return;
	}
	e->message.run = on_event;
	e->forgotten.run = forgotten;
	e->fs = fs;
	e->backend = b;
	e->kind = kind;
	e->seq = seq;
	e->snapshot = s ? snapshot_ref(s) : NULL;
	mailbox_send(&fs->inbox, &e->message);
}

static void
added(struct backend *b, struct snapshot *s, void *user)
{
	send_event(user, b, EVENT_ADDED, s->seq, s);
}

static void
changed(struct backend *b, struct snapshot *s, void *user)
{
	send_event(user, b, EVENT_CHANGED, s->seq, s);
}

static void
removed(struct backend *b, uint64_t seq, void *user)
{
	send_event(user, b, EVENT_REMOVED, seq, NULL);
}

static void
rescanned(struct backend *b, uint64_t token, void *user)
{
	send_event(user, b, EVENT_RESCANNED, token, NULL);
}

static const struct backend_events events = {
	.added = added,
	.changed = changed,
	.removed = removed,
	.rescanned = rescanned,
};

int
presence_start(struct fs *fs, const char *uri, char **ret_why)
{
	struct backend_config config = {
		.bus_base = fs->n_backends * BUS_STEP,
		.events = &events,
		.user = fs,
	};
	const struct backend_ops *ops = backend_find(uri, &config.arg);
	int r;

	*ret_why = NULL;
	if (!ops) {
		if (asprintf(ret_why, "unknown bus '%s': usb, or sim:FILE", uri) < 0)
			*ret_why = NULL;
		return -EINVAL;
	}
	if (fs->n_backends == FS_MAX_BUSES) {
		*ret_why = strdup("too many buses");
		return -E2BIG;
	}
	r = ops->start(&config, &fs->backends[fs->n_backends], ret_why);
	if (r < 0) {
		if (!*ret_why && asprintf(ret_why, "bus '%s': %s", uri, strerror(-r)) < 0)
			*ret_why = NULL;
		return r;
	}
	fs->n_backends++;
	mailbox_run(&fs->inbox);
	return 0;
}

int
presence_run(struct fs *fs, char **ret_why)
{
	for (unsigned i = 0; i < fs->n_backends; i++) {
		int r = fs->backends[i]->ops->run(fs->backends[i]);

		if (r < 0) {
			if (asprintf(ret_why, "cannot start a thread: %s", strerror(-r)) < 0)
				*ret_why = NULL;
			return r;
		}
	}
	return 0;
}

void
presence_stop(struct fs *fs)
{
	while (fs->n_backends > 0) {
		struct backend *b = fs->backends[--fs->n_backends];

		b->ops->stop(b);
	}
	fs->stopping = true;
	mailbox_run(&fs->inbox);
	while (!list_empty(&fs->changes))
		finish(list_first(&fs->changes, struct event, message.node));
}
