/* SPDX-License-Identifier: MIT */
/* Requests from the kernel; see receive.h. */
#include "fs/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "backend/util/log.h"
#include "fs/device.h"
#include "fs/events.h"
#include "fs/file.h"
#include "fs/lending.h"
#include "fs/request.h"
#include "fs/root.h"
#include "fs/worker.h"

/* Of the operation that this thread is in. */
static _Thread_local struct fuse_buf *receiving;
static _Thread_local const struct device *worker;

/* ---- buffers ---- */

int
receive_request(struct fs *fs, struct fuse_buf *buf)
{
	for (unsigned i = 0; i < FS_SPARE_BUFFERS && !buf->mem; i++)
		buf->mem = atomic_exchange(&fs->spare[i], NULL);
	return fuse_session_receive_buf(fs->session, buf);
}

struct fuse_buf
receive_take_buffer(void)
{
	struct fuse_buf taken = *receiving;

	receiving->mem = NULL;
	return taken;
}

void
receive_return_buffer(struct fs *fs, void *mem)
{
	for (unsigned i = 0; i < FS_SPARE_BUFFERS; i++) {
		void *none = NULL;

		if (atomic_compare_exchange_strong(&fs->spare[i], &none, mem))
			return;
	}
	free(mem);
}

void
receive_free(struct fs *fs)
{
	free(fs->receive.mem);
	fs->receive.mem = NULL;
	for (unsigned i = 0; i < FS_SPARE_BUFFERS; i++)
		free(atomic_exchange(&fs->spare[i], NULL));
}

/* ---- operations ---- */

bool
receive_is_worker_of(const struct device *d)
{
	return worker == d;
}

bool
receive_is_worker(void)
{
	return worker != NULL;
}

void
receive_process(struct fs *fs, struct fuse_buf *buf, const struct device *on)
{
	/* One may have been received while another is processed: receive_on_main(). */
	struct fuse_buf *outer = receiving;

	receiving = buf;
	worker = on;
	fuse_session_process_buf(fs->session, buf);
	worker = NULL;
	receiving = outer;
}

struct device *
receive_device_of(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;
	const struct file *f;
	uint64_t fh;

	if (in->opcode != FUSE_READ && in->opcode != FUSE_WRITE && in->opcode != FUSE_POLL)
		return NULL;
	/* In all three it is what begins the body (linux/fuse.h). */
	memcpy(&fh, in + 1, sizeof(fh));
	f = (const struct file *)(uintptr_t)fh;
	return f->type == LAYOUT_DATA ? f->device : NULL;
}

bool
receive_is_aftermath(const struct fuse_buf *buf)
{
	uint32_t opcode = ((const struct fuse_in_header *)buf->mem)->opcode;

	return opcode == FUSE_INTERRUPT || opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET;
}

/* ---- the main thread ---- */

void
receive_serve(struct fs *fs, struct fuse_buf *buf)
{
	receive_process(fs, buf, NULL);
	while (!list_empty(&fs->interrupted)) {
		struct request *rq = list_first(&fs->interrupted, struct request, interrupted);

		list_del(&rq->interrupted);
		if (rq->file->type == LAYOUT_EVENTS)
			events_interrupt(rq);
		else if (rq->file->type == LAYOUT_ROOT_CTL)
			root_interrupt(rq);
		else
			worker_interrupt(rq);
	}
}

int
receive_begin(struct fs *fs)
{
	int r = loop_add(&fs->loop, &fs->fuse_source, EPOLLIN);

	if (r < 0) {
		log_err("cannot wait for the kernel any more: %s", strerror(-r));
		loop_quit(&fs->loop);
	}
	return r;
}

void
receive_pause(struct fs *fs)
{
	loop_remove(&fs->loop, &fs->fuse_source);
}

static void
receive_on_main(struct loop_source *source, uint32_t events)
{
	struct fs *fs = container_of(source, struct fs, fuse_source);
	struct device *next;
	int r;

	(void)events;
	lending_before(fs);
	r = receive_request(fs, &fs->receive);
	if (r == -EINTR || r == -EAGAIN)
		return;
	if (r <= 0) { /* unmounted */
		if (r < 0)
			log_err("reading from the kernel failed: %s", strerror(-r));
		loop_quit(&fs->loop);
		return;
	}
	next = lending_count(fs, &fs->receive);
	receive_serve(fs, &fs->receive);
	if (fuse_session_exited(fs->session))
		loop_quit(&fs->loop);
	else
		lending_after(fs, next);
}

int
receive_start(struct fs *fs)
{
	int fd = fuse_session_fd(fs->session);

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fs->fuse_source = (struct loop_source){.fd = fd, .ready = receive_on_main};
	return receive_begin(fs);
}

void
receive_stop(struct fs *fs)
{
	receive_pause(fs);
	fuse_session_exit(fs->session);
}
