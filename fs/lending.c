/* SPDX-License-Identifier: MIT */
/* Receiving, lent to a worker; see lending.h. */
#include "fs/lending.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fs/device.h"
#include "fs/receive.h"

enum {
	LEND_AFTER = 16,  /* requests in a row for one device */
	FOREIGN_MAX = 16, /* others' requests, before the worker gives it back ... */
	FOREIGN_STEP = 2, /* ... where each of them counts this much, and each of its own -1 */
};

/* A request on its way from the worker to the main thread. */
struct envelope {
	struct message message;
	struct fs *fs;
	struct fuse_buf buf;
};

/* ---- either thread ---- */

static void
set_guard(struct fs *fs)
{
	struct itimerspec in = {.it_value.tv_nsec = FS_GUARD_MS * 1000000};

	atomic_store(&fs->guarded, true);
	timerfd_settime(fs->guard.fd, 0, &in, NULL);
}

/* ---- the worker ---- */

/* When the main thread has stepped in it takes every request before this thread sees one, where there
 * is only one processor: so that is not what tells it. */
static void
end_if_stepped_in(struct device *d)
{
	if (d->receives && atomic_load(&d->fs->stepped_in))
		lending_end(d);
}

void
lending_before_wait(struct device *d)
{
	end_if_stepped_in(d);
	if (d->receives)
		atomic_fetch_add(&d->turn, atomic_load(&d->turn) % 2);
}

void
lending_after_wait(struct device *d)
{
	end_if_stepped_in(d); /* after it was asked the last time */
	if (!d->receives)
		return;
	atomic_fetch_or(&d->turn, 1);
	if (!atomic_load(&d->fs->guarded))
		set_guard(d->fs);
}

/* Message device.lend. */
static void
take_on(struct message *m)
{
	struct device *d = container_of(m, struct device, lend);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &d->receive};

	if (d->epoll < 0 || epoll_ctl(d->epoll, EPOLL_CTL_ADD, d->fs->fuse_source.fd, &ev) < 0) {
		mailbox_send(&d->fs->inbox, &d->fs->returned);
		return;
	}
	d->foreign = 0;
	d->receives = true;
	lending_after_wait(d);
}

void
lending_end(struct device *d)
{
	struct fs *fs = d->fs;

	if (!d->receives)
		return;
	d->receives = false;
	epoll_ctl(d->epoll, EPOLL_CTL_DEL, fs->fuse_source.fd, NULL);
	if (d->receive.mem)
		receive_return_buffer(fs, d->receive.mem);
	d->receive.mem = NULL;
	free(d->envelope);
	d->envelope = NULL;
	mailbox_send(&fs->inbox, &fs->returned);
}

static void
serve_forwarded(struct message *m)
{
	struct envelope *f = container_of(m, struct envelope, message);

	if (!fuse_session_exited(f->fs->session))
		receive_serve(f->fs, &f->buf);
	if (f->buf.mem)
		receive_return_buffer(f->fs, f->buf.mem);
	free(f);
}

static void
forward(struct device *d)
{
	struct envelope *f = d->envelope;

	d->envelope = NULL;
	*f = (struct envelope){.message.run = serve_forwarded, .fs = d->fs, .buf = d->receive};
	d->receive.mem = NULL;
	mailbox_send(&d->fs->inbox, &f->message);
}

/* true: what has been received is D's own. */
static bool
receive_own(struct device *d)
{
	struct fs *fs = d->fs;
	int r;

	/* Without one, what is not for this thread could not be passed on. */
	if (!d->envelope)
		d->envelope = malloc(sizeof(*d->envelope));
	if (!d->envelope || atomic_load(&fs->stepped_in)) {
		lending_end(d);
		return false;
	}
	r = receive_request(fs, &d->receive);
	if (r == -EINTR || r == -EAGAIN)
		return false;
	if (r <= 0) { /* unmounted, perhaps; the main thread goes on */
		lending_end(d);
		return false;
	}
	/* What comes after this worker was told to end is for the next one. */
	if (receive_device_of(&d->receive) == d && !atomic_load(&d->ending)) {
		d->foreign -= d->foreign > 0;
		return true;
	}
	if (!receive_is_aftermath(&d->receive))
		d->foreign += FOREIGN_STEP;
	forward(d);
	if (d->foreign > FOREIGN_MAX)
		lending_end(d);
	return false;
}

void
lending_ready(struct device *d)
{
	struct fs *fs = d->fs;
	bool own;

	if (!d->receives)
		return;
	atomic_store(&fs->forwarding, true);
	own = receive_own(d);
	d->at_once = own && mailbox_is_empty(&d->inbox);
	if (own && !d->at_once)
		receive_process(fs, &d->receive, d);
	atomic_store(&fs->forwarding, false);
	/* From here on it may take as long as the device likes. */
	if (d->at_once)
		receive_process(fs, &d->receive, d);
}

void
lending_deliver(struct device *d, struct message *m)
{
	if (d->at_once)
		m->run(m);
	else
		mailbox_send(&d->inbox, m);
}

/* ---- the main thread ---- */

static void
lend(struct fs *fs, struct device *d)
{
	if (d->state != DEVICE_RUNNING)
		return;
	fs->lent = d;
	fs->taken = false;
	fs->last_turn = atomic_load(&d->turn);
	receive_pause(fs);
	d->lend.run = take_on;
	mailbox_send(&d->inbox, &d->lend);
	/* It may be stuck already. */
	set_guard(fs);
}

static void
returned(struct message *m)
{
	struct fs *fs = container_of(m, struct fs, returned);

	fs->lent = NULL;
	/* libfuse says so as soon as one thread has found the mount gone. */
	if (fuse_session_exited(fs->session))
		loop_quit(&fs->loop);
	else if (!atomic_load(&fs->stepped_in))
		receive_begin(fs);
	atomic_store(&fs->stepped_in, false);
}

/* Has the worker come back to wait since the last time, or is it waiting? */
static void
look_after(struct loop_source *source, uint32_t events)
{
	struct fs *fs = container_of(source, struct fs, guard);
	uint64_t times;
	unsigned turn;

	(void)events;
	(void)!read(source->fd, &times, sizeof(times));
	/* Before looking: a worker that begins its turn after that sets it anew. */
	atomic_store(&fs->guarded, false);
	if (!fs->lent || atomic_load(&fs->stepped_in) || fuse_session_exited(fs->session))
		return;
	turn = atomic_load(&fs->lent->turn);
	if (turn != fs->last_turn) {
		fs->taken = true;
	} else if (turn % 2 == 1 || !fs->taken) {
		atomic_store(&fs->stepped_in, true);
		receive_begin(fs);
		return;
	}
	fs->last_turn = turn;
	if (turn % 2 == 1)
		set_guard(fs);
}

void
lending_before(struct fs *fs)
{
	if (!atomic_load(&fs->stepped_in))
		return;
	/* From now on the worker receives nothing. What it has is in a mailbox, or at once. */
	while (atomic_load(&fs->forwarding))
		sched_yield();
	mailbox_run(&fs->inbox);
}

struct device *
lending_count(struct fs *fs, const struct fuse_buf *buf)
{
	struct device *d = receive_device_of(buf);

	if (receive_is_aftermath(buf))
		return NULL;
	fs->streak = d && d == fs->streak_of ? fs->streak + 1 : 0;
	fs->streak_of = d;
	return fs->streak >= LEND_AFTER && !fs->lent ? d : NULL;
}

void
lending_after(struct fs *fs, struct device *d)
{
	if (!d)
		return;
	fs->streak = 0;
	lend(fs, d);
}

int
lending_start(struct fs *fs)
{
	fs->returned.run = returned;
	fs->guard.ready = look_after;
	fs->guard.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fs->guard.fd < 0)
		return -errno;
	return loop_add(&fs->loop, &fs->guard, EPOLLIN);
}

void
lending_stop(struct fs *fs)
{
	close(fs->guard.fd);
}
