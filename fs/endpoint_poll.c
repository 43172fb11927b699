/* SPDX-License-Identifier: MIT */
/*
 * What poll(2) is told of an endpoint, and who is woken when that changes. Most readers share what
 * is buffered, and so does what is said of it; those with a backlog of their own have a say of
 * their own.
 */
#include <errno.h>
#include <poll.h>

#include "fs/backlog.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/file.h"

enum { POLL_GONE = POLLHUP | POLLERR };

void
endpoint_publish_gone(struct endpoint *e)
{
	if (atomic_load(&e->stats.buffered) == 0)
		atomic_store(&e->ready, POLL_GONE);
}

/* Of what is buffered for F alone, or (NULL) for whoever reads first. */
static unsigned
readiness_in(struct endpoint *e, struct file *f)
{
	const struct piece *p = backlog_front(e, f);
	int err = p && backlog_left(p) == 0 ? p->err : 0;

	/* A transfer tells of an unplugging before the hot-plug event does. */
	if (endpoint_dead(e) || e->error == -ENODEV || err == -ENODEV)
		return POLL_GONE | (p && !err ? POLLIN | POLLRDNORM : 0u);
	if (p && !err)
		return POLLIN | POLLRDNORM;
	return p || e->error ? POLLIN | POLLRDNORM | POLLERR : 0u;
}

static unsigned
readiness(struct endpoint *e)
{
	if (endpoint_is_in(e))
		return readiness_in(e, NULL);
	if (endpoint_dead(e))
		return POLL_GONE;
	return endpoint_out_has_room(e) ? POLLOUT | POLLWRNORM : 0u;
}

static void
drop_poll(struct file *f, bool notify)
{
	if (!f->poll)
		return;
	if (notify)
		fuse_lowlevel_notify_poll(f->poll);
	fuse_pollhandle_destroy(f->poll);
	f->poll = NULL;
	f->wants_in = false;
	list_del(&f->pollers[0].node);
	list_del(&f->pollers[1].node);
}

/* Likewise for the readers that have something of their own. */
static void
publish_own(struct endpoint *e, bool news)
{
	list_for_each (at, &e->readers) {
		struct file *f = list_entry(at, struct file, reader_node);
		unsigned own = list_empty(&f->backlog) ? 0 : readiness_in(e, f);
		unsigned before = atomic_exchange(&f->ready, own);

		if ((own & ~before) || (news && own))
			drop_poll(f, true);
	}
}

void
endpoint_publish(struct endpoint *e, bool news)
{
	unsigned ready = readiness(e);
	unsigned before = atomic_exchange(&e->ready, ready);

	atomic_store(&e->unfinished, e->n_late > 0 || !list_empty(&e->tails));
	if (e->n_private > 0)
		publish_own(e, news);
	if (!(ready & ~before) && !(news && ready))
		return;
	while (!list_empty(&e->pollers))
		drop_poll(list_first(&e->pollers, struct poller, node)->file, true);
}

unsigned
endpoint_readiness_of(const struct file *f)
{
	unsigned ready = 0;

	if (f->reader)
		ready |= atomic_load(&f->reader->ready) | atomic_load(&f->ready);
	if (f->writes)
		ready |= atomic_load(&f->endpoint->ready);
	return ready;
}

void
endpoint_poll(struct file *f, struct fuse_pollhandle *ph, bool want_in, unsigned answered)
{
	struct endpoint *in = f->reader;

	if (ph) {
		drop_poll(f, false);
		f->poll = ph;
		f->wants_in = want_in;
		if (in)
			list_append(&in->pollers, &f->pollers[0].node);
		if (f->writes)
			list_append(&f->endpoint->pollers, &f->pollers[1].node);
	}
	if (want_in && in) {
		backlog_join(in, f);
		in->active = true;
		in->asker = f->serial;
		if (!backlog_front(in, f) && !in->error && !endpoint_dead(in))
			readahead_demand(in, in->last_size);
	}
	if (in)
		endpoint_publish(in, false);
	if (f->writes)
		endpoint_publish(f->endpoint, false);
	/* What has changed since the main thread's answer must still wake this handle, and only
	 * that: a wake-up without news would make an edge-triggered waiter spin. */
	if (ph && f->poll == ph && (endpoint_readiness_of(f) & ~answered))
		drop_poll(f, true);
}

void
endpoint_forget_poll(struct file *f)
{
	drop_poll(f, false);
}
