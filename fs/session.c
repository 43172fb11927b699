/* SPDX-License-Identifier: MIT */
/* The mount: its beginning, its run, its orderly end; see session.h. */
#include "fs/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/util/log.h"
#include "fs/cache.h"
#include "fs/device.h"
#include "fs/events.h"
#include "fs/file.h"
#include "fs/fuse_log.h"
#include "fs/lending.h"
#include "fs/outcome.h"
#include "fs/patience.h"
#include "fs/receive.h"
#include "fs/root.h"
#include "fs/settle.h"
#include "fs/worker.h"

enum {
	STOP_MS = 5000, /* for all workers together to end, at unmount */
};

/* ---- the loop's sources ---- */

static void
inbox_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	mailbox_run(&container_of(source, struct fs, inbox_source)->inbox);
}

struct signals {
	struct loop_source source;
	struct fs *fs;
};

static void
signal_ready(struct loop_source *source, uint32_t events)
{
	struct signals *s = container_of(source, struct signals, source);
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		log_info("signal %u: unmounting", info.ssi_signo);
	loop_quit(&s->fs->loop);
}

/* ---- life ---- */

static int
fail(char **ret_why, const char *mountpoint, int err)
{
	_cleanup_free_ char *cause = fuse_log_take();

	*ret_why = NULL;
	if (asprintf(ret_why, "cannot mount on %s: %s", mountpoint, cause ? cause : strerror(err)) <
		0)
		*ret_why = NULL;
	return -err;
}

int
session_start(struct fs *fs, struct fuse_args *args, const char *mountpoint, char **ret_why)
{
	int err;

	fs->session = fuse_session_new(args, &fs_ops, sizeof(fs_ops), fs);
	if (!fs->session)
		return fail(ret_why, mountpoint, EINVAL);
	errno = 0;
	if (fuse_session_mount(fs->session, mountpoint) != 0) {
		err = errno ? errno : EIO;
		fuse_session_destroy(fs->session);
		fs->session = NULL;
		return fail(ret_why, mountpoint, err);
	}
	fuse_log_forward();
	fs->inbox_source = (struct loop_source){.fd = fs->inbox.fd, .ready = inbox_ready};
	err = lending_start(fs);
	if (err == 0)
		err = receive_start(fs);
	if (err == 0)
		err = loop_add(&fs->loop, &fs->inbox_source, EPOLLIN);
	return err == 0 ? 0 : fail(ret_why, mountpoint, -err);
}

int
session_run(struct fs *fs)
{
	struct signals s = {.fs = fs};
	sigset_t set;
	int r;

	/* Blocked since before the first thread: main.c. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	s.source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	s.source.ready = signal_ready;
	if (s.source.fd < 0)
		return -errno;
	r = loop_add(&fs->loop, &s.source, EPOLLIN);
	if (r == 0) {
		r = loop_run(&fs->loop);
		loop_remove(&fs->loop, &s.source);
	}
	close(s.source.fd);
	return r;
}

/*
 * libfuse would unmount itself, which we may not: confine.h. It leaves that when the descriptor says
 * that somebody else has done so, by POLLERR. So does a pipe without a reader; put in the place of
 * the descriptor it closes that as well, which ends the connection to the kernel.
 */
static void
unmount(struct fs *fs)
{
	struct pollfd device = {.fd = fuse_session_fd(fs->session)};
	bool mounted = poll(&device, 1, 0) != 1 || !(device.revents & POLLERR);
	int p[2], r = 0;

	if (pipe2(p, O_CLOEXEC) == 0) {
		close(p[0]);
		dup2(p[1], device.fd);
		close(p[1]);
		if (mounted)
			r = unmounter_unmount(&fs->unmounter);
	} else {
		r = -errno;
	}
	if (r < 0)
		log_err("cannot unmount %s: %s", fs->mountpoint, strerror(-r));
	fuse_session_unmount(fs->session);
}

bool
session_stop(struct fs *fs)
{
	bool forgotten = cache_stop(fs, STOP_MS);
	unsigned wedged;

	/* Nobody is let in any more; then the workers end, and with them all that writes to the
	 * kernel and the poll handles that point into the session; then the mount goes. The other
	 * way round a worker could write to a descriptor that is closed, or is another one by now. */
	receive_stop(fs);
	events_stop(fs);
	root_stop(fs);
	wedged = device_stop_all(fs, STOP_MS);
	settle_give_up_all(fs);
	outcome_give_up_all(fs);
	patience_give_up_all(fs);
	unmount(fs);
	if (wedged > 0)
		log_err("%u devices do not answer; leaving without them", wedged);
	if (wedged > 0 || !forgotten)
		return false;
	worker_give_up_all(fs);
	/* Files that were open when the mount went are never released. */
	while (!list_empty(&fs->files)) {
		struct file *f = list_first(&fs->files, struct file, node);

		list_del(&f->node);
		file_unref(f);
	}
	fuse_session_destroy(fs->session);
	fs->session = NULL;
	lending_stop(fs);
	receive_free(fs);
	return true;
}
