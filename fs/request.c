/* SPDX-License-Identifier: MIT */
/*
 * Requests with exactly one answer; see request.h.
 *
 * libfuse calls the interruption callback with the request's lock held, so it may do no more than
 * put the request on a list. Before an answer, the callback is unregistered under that same lock:
 * afterwards it cannot be running, and the request may go away.
 */
#include "fs/request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fs/control.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/receive.h"
#include "fs/worker.h"

static void
interrupted_early(struct message *m)
{
	struct request *r = container_of(m, struct request, told);

	if (fuse_session_exited(r->fs->session))
		request_unref(r);
	else
		worker_interrupt(r);
}

static void
interrupted(fuse_req_t fuse, void *data)
{
	struct request *r = data;

	(void)fuse;
	/* The main thread serves all interruptions; but one that came before its request is found
	 * when that is received, by a worker perhaps. */
	if (receive_is_worker()) {
		r->told.run = interrupted_early;
		mailbox_send(&r->fs->inbox, &request_ref(r)->told);
		return;
	}
	if (!list_empty(&r->interrupted))
		return;
	request_ref(r);
	list_append(&r->fs->interrupted, &r->interrupted);
}

struct request *
request_new(struct fs *fs, fuse_req_t fuse, enum request_kind kind, struct file *f)
{
	struct request *r = calloc(1, sizeof(*r));

	if (!r) {
		fuse_reply_err(fuse, ENOMEM);
		return NULL;
	}
	list_init(&r->message.node);
	list_init(&r->drop.node);
	list_init(&r->told.node);
	list_init(&r->node);
	list_init(&r->interrupted);
	list_init(&r->jobs);
	r->settle = -1;
	timer_init(&r->give_up, NULL);
	timer_init(&r->lateness, NULL);
	timer_init(&r->deadline, NULL);
	timer_init(&r->patience, NULL);
	atomic_init(&r->state, REQUEST_WAITING);
	atomic_init(&r->refs, 1);
	atomic_init(&r->dropping, false);
	r->fs = fs;
	r->kind = kind;
	r->fuse = fuse;
	r->file = file_ref(f);
	fuse_req_interrupt_func(fuse, interrupted, r);
	return r;
}

struct request *
request_ref(struct request *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
request_unref(struct request *r)
{
	if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	assert(atomic_load(&r->state) == REQUEST_TAKEN);
	assert(list_empty(&r->node) && !timer_is_set(&r->give_up));
	assert(!timer_is_set(&r->lateness));
	assert(!timer_is_set(&r->deadline) && !timer_is_set(&r->patience));
	control_free_jobs(&r->jobs);
	if (r->buffer.mem)
		receive_return_buffer(r->fs, r->buffer.mem);
	file_unref(r->file);
	free(r->why);
	free(r);
}

static bool
change(struct request *r, int from, int to)
{
	return atomic_compare_exchange_strong(&r->state, &from, to);
}

bool
request_take(struct request *r)
{
	return change(r, REQUEST_WAITING, REQUEST_TAKEN);
}

bool
request_begin(struct request *r)
{
	return change(r, REQUEST_WAITING, REQUEST_IS_BUSY);
}

bool
request_finish(struct request *r)
{
	return change(r, REQUEST_IS_BUSY, REQUEST_TAKEN);
}

static fuse_req_t
answer(struct request *r)
{
	fuse_req_t fuse = r->fuse;

	assert(fuse && atomic_load(&r->state) == REQUEST_TAKEN);
	r->fuse = NULL;
	fuse_req_interrupt_func(fuse, NULL, NULL);
	return fuse;
}

void
request_reply_error(struct request *r, int err)
{
	fuse_reply_err(answer(r), -err);
}

void
request_reply_data(struct request *r, const void *data, size_t len)
{
	fuse_reply_buf(answer(r), data, len);
}

void
request_reply_written(struct request *r, size_t len)
{
	fuse_reply_write(answer(r), len);
}

void
request_reply_done(struct request *r)
{
	if (r->kind == REQUEST_READ)
		request_reply_data(r, NULL, 0);
	else
		request_reply_written(r, r->size);
}

void
request_fail(struct request *r, int err)
{
	if (request_take(r))
		request_reply_error(r, err);
}
