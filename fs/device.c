/* SPDX-License-Identifier: MIT */
/* Devices on the main thread: presence, worker's life, linger; see device.h. */
#include "fs/device.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/util/log.h"
#include "fs/complaint.h"
#include "fs/control.h"
#include "fs/driver.h"
#include "fs/endpoint.h"
#include "fs/fs.h"
#include "fs/settle.h"
#include "fs/worker.h"

static void linger_over(struct timer *timer);
static void worker_exited(struct message *m);

/* Numbers are given out in turn, so they are as good as a hash. */
static size_t
bucket(uint64_t seq)
{
	return seq % FS_DEVICE_BUCKETS;
}

struct device *
device_new(struct fs *fs, struct backend *b, struct snapshot *s)
{
	struct device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fs = fs;
	d->backend = b;
	d->seq = s->seq;
	d->snapshot = snapshot_ref(s);
	atomic_init(&d->open_snapshot, snapshot_ref(s));
	d->epoll = -1;
	xattrs_init(&d->xattrs);
	list_init(&d->pending);
	list_init(&d->endpoints);
	list_init(&d->settling);
	list_init(&d->live);
	list_init(&d->timers);
	list_init(&d->port_calls);
	list_init(&d->linger.node);
	list_init(&d->quit.node);
	list_init(&d->gone_message.node);
	list_init(&d->lend.node);
	list_init(&d->exited.node);
	list_init(&d->unkept.node);
	d->linger.fire = linger_over;
	d->exited.run = worker_exited;
	list_append(&fs->devices, &d->node);
	d->next_of_bucket = fs->by_seq[bucket(s->seq)];
	fs->by_seq[bucket(s->seq)] = d;
	return d;
}

struct device *
device_find(struct fs *fs, uint64_t seq)
{
	struct device *d = fs->by_seq[bucket(seq)];

	while (d && d->seq != seq)
		d = d->next_of_bucket;
	return d;
}

static void
free_device(struct device *d)
{
	struct device **link = &d->fs->by_seq[bucket(d->seq)];

	assert(d->state == DEVICE_IDLE && list_empty(&d->pending) && list_empty(&d->timers));
	assert(list_empty(&d->settling));
	timer_clear(&d->linger);
	list_for_each_safe (at, tmp, &d->endpoints)
		endpoint_free(list_entry(at, struct endpoint, node));
	list_del(&d->node);
	while (*link != d)
		link = &(*link)->next_of_bucket;
	*link = d->next_of_bucket;
	control_free(d->control);
	snapshot_unref(atomic_exchange(&d->open_snapshot, NULL));
	snapshot_unref(d->opening);
	snapshot_unref(d->snapshot);
	complaint_set(d, NULL);
	xattrs_clear(&d->xattrs);
	free(d->verb_error);
	free(d->hub);
	free(d->notes);
	free(d);
}

static void
free_if_unused(struct device *d)
{
	if (d->gone && d->openers == 0 && d->state == DEVICE_IDLE)
		free_device(d);
}

bool
device_has_notes(struct device *d)
{
	if (!d->notes)
		d->notes = calloc(1, sizeof(*d->notes));
	return d->notes;
}

static int
start_worker(struct device *d)
{
	int r;

	if (!device_has_notes(d))
		return -ENOMEM;
	r = mailbox_init(&d->inbox);
	if (r < 0)
		return r;
	list_splice(&d->inbox.messages, &d->pending);
	if (!list_empty(&d->inbox.messages)) {
		/* Makes the descriptor readable for what was there before. */
		struct message *last = list_entry(d->inbox.messages.prev, struct message, node);

		list_del(&last->node);
		mailbox_send(&d->inbox, last);
	}
	atomic_store(&d->ending, false);
	r = pthread_create(&d->thread, NULL, worker_main, d);
	if (r != 0) {
		list_splice(&d->pending, &d->inbox.messages);
		mailbox_deinit(&d->inbox);
		return -r;
	}
	d->state = DEVICE_RUNNING;
	return 0;
}

int
device_post(struct device *d, struct message *m)
{
	switch (d->state) {
	case DEVICE_IDLE:
		list_append(&d->pending, &m->node);
		if (start_worker(d) < 0) {
			list_del(&m->node);
			return -EAGAIN;
		}
		if (d->openers == 0)
			timer_set(&d->fs->loop.timers, &d->linger, FS_LINGER_MS);
		return 0;
	case DEVICE_RUNNING:
		mailbox_send(&d->inbox, m);
		return 0;
	case DEVICE_STOPPING:
		list_append(&d->pending, &m->node);
		return 0;
	}
	return -EINVAL;
}

static void
stop_worker(struct device *d)
{
	if (d->state != DEVICE_RUNNING)
		return;
	d->state = DEVICE_STOPPING;
	d->quit.run = worker_quit;
	atomic_store(&d->ending, true);
	mailbox_send(&d->inbox, &d->quit);
}

static void
linger_over(struct timer *timer)
{
	struct device *d = container_of(timer, struct device, linger);

	if (d->gone || !atomic_load(&d->kept))
		stop_worker(d);
}

/* The worker's last message: its thread ends right after it. */
static void
worker_exited(struct message *m)
{
	struct device *d = container_of(m, struct device, exited);

	pthread_join(d->thread, NULL);
	mailbox_deinit(&d->inbox);
	d->state = DEVICE_IDLE;
	if (!list_empty(&d->pending) && start_worker(d) < 0)
		log_err("cannot start a thread for %s", d->snapshot->name);
	/* At shutdown that one ends, too, when it has looked at what came in the meantime. */
	if (atomic_load(&d->restore))
		stop_worker(d);
	if (d->state == DEVICE_RUNNING && d->openers == 0)
		timer_set(&d->fs->loop.timers, &d->linger, FS_LINGER_MS);
	if (d->state == DEVICE_IDLE && d->openers == 0 && list_empty(&d->pending))
		endpoint_free_left(d);
	free_if_unused(d);
}

void
device_opened(struct device *d)
{
	d->openers++;
	timer_clear(&d->linger);
}

void
device_closed(struct device *d)
{
	assert(d->openers > 0);
	if (--d->openers > 0)
		return;
	if (d->state == DEVICE_RUNNING)
		timer_set(&d->fs->loop.timers, &d->linger, d->gone ? 0 : FS_LINGER_MS);
	free_if_unused(d);
}

void
device_changed(struct device *d, struct snapshot *s)
{
	snapshot_unref(d->snapshot);
	d->snapshot = snapshot_ref(s);
	snapshot_unref(atomic_exchange(&d->open_snapshot, snapshot_ref(s)));
	list_for_each (at, &d->endpoints)
		endpoint_check_in_force(list_entry(at, struct endpoint, node));
	settle_check(d);
}

void
device_removed(struct device *d)
{
	d->gone = true;
	xattrs_clear(&d->xattrs);
	settle_check(d);
	list_for_each (at, &d->endpoints)
		endpoint_publish_gone(list_entry(at, struct endpoint, node));
	if (d->state != DEVICE_IDLE) {
		d->gone_message.run = worker_gone;
		device_post(d, &d->gone_message);
	} else {
		d->unplugged = true; /* no worker: nobody else looks at it */
		driver_forget_all(d);
	}
	if (d->openers == 0 && d->state == DEVICE_RUNNING)
		timer_set(&d->fs->loop.timers, &d->linger, 0);
	free_if_unused(d);
}

static unsigned
count_running(struct fs *fs)
{
	unsigned n = 0;

	list_for_each (at, &fs->devices)
		n += list_entry(at, struct device, node)->state != DEVICE_IDLE;
	return n;
}

static void
nothing(struct message *m)
{
	(void)m;
}

unsigned
device_stop_all(struct fs *fs, unsigned ms)
{
	uint64_t end = timer_now() + (uint64_t)ms * 1000000u;
	unsigned left;

	list_for_each (at, &fs->devices) {
		struct device *d = list_entry(at, struct device, node);

		atomic_store(&d->restore, true);
		/* A driver that is owed brings a worker up once more, only to give it back. */
		if (d->state == DEVICE_IDLE && !d->gone && atomic_load(&d->owed) > 0) {
			d->gone_message.run = nothing;
			device_post(d, &d->gone_message);
		}
		stop_worker(d);
	}
	while ((left = count_running(fs)) > 0) {
		uint64_t now = timer_now();

		if (now >= end || loop_step(&fs->loop, (int)((end - now) / 1000000u) + 1) < 0)
			break;
	}
	return left;
}

void
device_free_all(struct fs *fs)
{
	list_for_each_safe (at, tmp, &fs->devices) {
		struct device *d = list_entry(at, struct device, node);

		if (d->state == DEVICE_IDLE)
			free_device(d);
	}
}
