/* SPDX-License-Identifier: MIT */
/* Writers that wait long; see patience.h. */
#include "fs/patience.h"

#include <errno.h>

#include "fs/file.h"
#include "fs/fs.h"
#include "fs/outcome.h"

enum {
	/* Longer than what devices usually take: a shell's echo does not see the error of close(). */
	PATIENCE_MS = 3000,
	/* Who closes by ending cannot even be killed meanwhile. */
	CLOSE_MS = 15000,
};

static void
over(struct timer *timer)
{
	struct request *r = container_of(timer, struct request, lateness);

	if (request_take(r)) {
		/* It has not begun, and never will: the worker finds it taken. */
		outcome_note(r, -EBUSY, "the device is busy with what was asked of it before");
		request_reply_error(r, -EBUSY);
	} else if (request_finish(r)) {
		r->late = true;
		atomic_fetch_add(&r->file->commands, 1);
		request_reply_written(r, r->size);
	}
	request_unref(r);
}

void
patience_begin(struct request *r)
{
	r->lateness.fire = over;
	request_ref(r);
	timer_set(&r->fs->loop.timers, &r->lateness, PATIENCE_MS);
}

bool
patience_is_wanted(const struct request *r)
{
	return r->late || atomic_load(&r->state) == REQUEST_IS_BUSY;
}

static void
answer_close(struct request *r, int err)
{
	list_del(&r->node);
	timer_clear(&r->lateness);
	if (request_take(r))
		request_reply_error(r, err);
	request_unref(r);
}

static void
close_over(struct timer *timer)
{
	answer_close(container_of(timer, struct request, lateness), -ETIMEDOUT);
}

static void
answer_closes(struct file *f, struct fs *fs)
{
	list_for_each_safe (at, tmp, &fs->closes) {
		struct request *r = list_entry(at, struct request, node);

		if (r->file == f)
			answer_close(r, atomic_exchange(&f->late_error, 0));
	}
}

void
patience_stop(struct request *r)
{
	if (timer_is_set(&r->lateness)) {
		timer_clear(&r->lateness);
		request_unref(r); /* the caller has another */
	}
}

void
patience_end(struct request *r, int err)
{
	patience_stop(r);
	if (request_finish(r)) {
		if (err < 0)
			request_reply_error(r, err);
		else
			request_reply_written(r, r->size);
	}
	if (!r->late)
		return;
	r->late = false;
	if (err < 0)
		atomic_store(&r->file->late_error, err);
	if (atomic_fetch_sub(&r->file->commands, 1) == 1)
		answer_closes(r->file, r->fs);
}

void
patience_flush(fuse_req_t req, struct file *f)
{
	struct fs *fs = fuse_req_userdata(req);
	struct request *r = request_new(fs, req, REQUEST_FLUSH, f);

	if (!r)
		return;
	list_append(&fs->closes, &r->node);
	r->lateness.fire = close_over;
	timer_set(&fs->loop.timers, &r->lateness, CLOSE_MS);
}

bool
patience_interrupt(struct request *r)
{
	if (r->kind != REQUEST_FLUSH || !outcome_tells(r->file) || list_empty(&r->node))
		return false;
	answer_close(r, -EINTR);
	return true;
}

void
patience_give_up_all(struct fs *fs)
{
	while (!list_empty(&fs->closes))
		answer_close(list_first(&fs->closes, struct request, node), -ENODEV);
	list_for_each_safe (at, tmp, &fs->loop.timers) {
		struct timer *timer = list_entry(at, struct timer, node);

		if (timer->fire != over)
			continue;
		timer_clear(timer);
		request_unref(container_of(timer, struct request, lateness));
	}
}
