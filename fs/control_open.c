/* SPDX-License-Identifier: MIT */
/*
 * The files of the control endpoint on the main thread: what is read or written becomes requests,
 * and what makes no sense, or must not be sent, is told at once. See control.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fs/control.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/request.h"
#include "fs/worker.h"

/* ---- life ---- */

static struct control *
get_control(struct device *d)
{
	struct control *c = atomic_load(&d->control);

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->device = d;
	atomic_init(&c->timeout,
		knob_default(&(struct knob_endpoint){.type = DESC_CONTROL}, KNOB_TIMEOUT));
	list_init(&c->queue);
	timer_init(&c->next, NULL);
	timer_init(&c->doubt, NULL);
	atomic_store(&d->control, c);
	return c;
}

void
control_free(struct control *c)
{
	if (!c)
		return;
	free(c->ctl_error);
	free(c->refusal);
	free(c);
}

void
control_file_free(struct control_file *cf)
{
	if (!cf)
		return;
	free(cf->reply);
	free(cf);
}

int
control_open(struct file *f, const struct layout_target *t)
{
	struct control *c = get_control(f->device);
	struct control_file *cf;

	if (!c)
		return -ENOMEM;
	if (!control_is_file(t->type))
		return 0;
	cf = calloc(1, sizeof(*cf));
	if (!cf)
		return -ENOMEM;
	cf->control = c;
	cf->setup = t->setup;
	list_init(&cf->readers);
	list_init(&cf->flushes);
	f->control = cf;
	return 0;
}

int
control_check_mode(const struct file *f, int mode)
{
	if (f->type != LAYOUT_SETUP)
		return 0;
	/* Also for root, whom no permission bits stop. */
	return mode == (setup_is_written(&f->control->setup) ? O_WRONLY : O_RDONLY) ? 0 : -EACCES;
}

/* ---- what is not sent ---- */

/* Keeps the sentence for the status file; returns ERR. */
static int PRINTF_LIKE(3, 4) refuse(struct control *c, int err, const char *format, ...)
{
	va_list ap;

	free(c->refusal);
	va_start(ap, format);
	if (vasprintf(&c->refusal, format, ap) < 0)
		c->refusal = NULL;
	va_end(ap);
	c->refused = err;
	c->refused_at = timer_now();
	atomic_fetch_add(&c->errors, 1);
	return err;
}

/* ---- jobs ---- */

void
control_free_jobs(struct list *jobs)
{
	while (!list_empty(jobs)) {
		struct control_job *job = list_first(jobs, struct control_job, node);

		list_del(&job->node);
		control_free_job(job);
	}
}

/* Adds one for S, whose length is settled, with DATA if it is OUT. */
static int
add_job(struct list *jobs, const struct setup *s, const void *data)
{
	struct control_job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	job->buffer = calloc(1, SETUP_BYTES + (size_t)s->length);
	if (!job->buffer) {
		free(job);
		return -ENOMEM;
	}
	list_init(&job->node);
	list_init(&job->transfer.node);
	job->setup = *s;
	if (data && s->length && !(s->type & SETUP_IN))
		memcpy(job->buffer + SETUP_BYTES, data, s->length);
	list_append(jobs, &job->node);
	return 0;
}

/* One that is wrong already, so that its reader hears of it. */
static int
add_verdict(struct list *jobs, int err, const char *words)
{
	struct control_job *job = calloc(1, sizeof(*job));

	if (!job)
		return -ENOMEM;
	list_init(&job->node);
	job->verdict = err;
	job->words = strdup(words);
	list_append(jobs, &job->node);
	return 0;
}

/* A request of F with those JOBS goes to the worker. */
static void
send(struct fs *fs, fuse_req_t req, struct file *f, enum request_kind kind, struct list *jobs,
	size_t size, off_t off, bool nonblock)
{
	struct request *r = request_new(fs, req, kind, f);

	if (!r) {
		control_free_jobs(jobs);
		return;
	}
	list_splice(&r->jobs, jobs);
	r->size = size;
	r->offset = (uint64_t)off;
	/* Programs that look at every file open regular files so, and do not expect EAGAIN. */
	r->nonblock = nonblock && f->type != LAYOUT_SETUP;
	worker_send_request(r);
}

static void
send_or_fail(struct fs *fs, fuse_req_t req, struct file *f, enum request_kind kind,
	struct list *jobs, size_t size, off_t off, bool nonblock, int err)
{
	if (err == 0) {
		send(fs, req, f, kind, jobs, size, off, nonblock);
		return;
	}
	control_free_jobs(jobs);
	fuse_reply_err(req, -err);
}

/* ---- reading ---- */

/* The text that explains the file, for whoever has asked nothing. */
static void
read_help(fuse_req_t req, struct control_file *cf, size_t size)
{
	size_t left = strlen(setup_help) - cf->help;
	size_t n = left < size ? left : size;

	fuse_reply_buf(req, setup_help + cf->help, n);
	cf->help += n;
}

void
control_read(struct fs *fs, fuse_req_t req, struct file *f, size_t size, off_t off, bool nonblock)
{
	struct control_file *cf = f->control;
	struct setup s = cf->setup;
	char why[SETUP_WHY_MAX];
	struct list jobs;
	int r = 0;

	list_init(&jobs);
	if (f->type == LAYOUT_SETUP) {
		if (s.any_length)
			s.length = SETUP_DATA_MAX;
		s.any_length = false;
		r = setup_check(&s, why);
		if (r < 0)
			refuse(cf->control, r, "%s", why);
		else
			r = add_job(&jobs, &s, NULL);
	} else if (f->device->gone && !cf->asked) {
		r = -ENODEV;
	} else if (!cf->asked && f->type == LAYOUT_CONTROL_TEXT) {
		read_help(req, cf, size);
		return;
	} else if (!cf->asked) {
		r = refuse(cf->control, -ENODATA,
			"data was read before a request was written to it; see request for "
			"requests as text");
	}
	send_or_fail(fs, req, f, REQUEST_READ, &jobs, size, off, nonblock, r);
}

/* ---- writing ---- */

/* The name has a length: whatever pieces a shell makes of its data, they are gathered. 1: there is
 * something to send. */
static int
gather(struct control_file *cf, const char *data, size_t size, struct list *jobs)
{
	const struct setup *s = &cf->setup;
	char name[SETUP_NAME_MAX];
	int r;

	if (cf->n_partial + size > s->length) {
		/* What was there before is not a beginning of anything either. */
		r = refuse(cf->control, -EINVAL, "%s takes %u bytes, and %zu were written",
			setup_print_name(s, name), s->length, cf->n_partial + size);
		cf->n_partial = 0;
		return r;
	}
	memcpy(cf->partial + cf->n_partial, data, size);
	cf->n_partial += size;
	if (cf->n_partial < s->length)
		return 0;
	cf->n_partial = 0;
	r = add_job(jobs, s, cf->partial);
	return r < 0 ? r : 1;
}

static int
write_setup(struct control_file *cf, const char *data, size_t size, struct list *jobs)
{
	struct setup s = cf->setup;
	char why[SETUP_WHY_MAX];
	bool any = s.any_length;
	int r;

	s.any_length = false;
	if (any)
		s.length = size <= SETUP_DATA_MAX ? (uint16_t)size : UINT16_MAX;
	r = setup_check(&s, why);
	if (r < 0)
		return refuse(cf->control, r, "%s", why);
	if (!any)
		return gather(cf, data, size, jobs);
	r = add_job(jobs, &s, data);
	return r < 0 ? r : 1;
}

static int
write_data(struct control_file *cf, const char *data, size_t size, struct list *jobs)
{
	char why[SETUP_WHY_MAX];
	struct setup s;
	size_t payload;
	int r;

	if (size < SETUP_BYTES)
		return refuse(cf->control, -EINVAL,
			"%zu bytes; a write to data is 8 bytes of setup, and the data of an OUT "
			"request behind them",
			size);
	setup_decode((const unsigned char *)data, &s);
	payload = size - SETUP_BYTES;
	r = setup_check(&s, why);
	if (r < 0)
		return refuse(cf->control, r, "%s", why);
	if (payload > SETUP_DATA_MAX)
		return refuse(cf->control, -E2BIG, "%zu bytes of data; at most %d can be moved",
			payload, (int)SETUP_DATA_MAX);
	if (payload != (s.type & SETUP_IN ? 0 : s.length)) {
		char name[SETUP_NAME_MAX];

		return refuse(cf->control, -EINVAL,
			"%s with %zu bytes of data behind it; wLength says %u",
			setup_print_name(&s, name), payload, s.type & SETUP_IN ? 0 : s.length);
	}
	r = add_job(jobs, &s, data + SETUP_BYTES);
	return r < 0 ? r : 1;
}

/* All lines are checked before the first is sent. */
static int
write_text(struct control_file *cf, const char *data, size_t size, struct list *jobs)
{
	const struct snapshot *s = cf->control->device->snapshot;
	struct setup_reader reader = {.bos = {s->bos, s->bos_len}, .text = data, .len = size};
	struct desc_index *index = desc_index_new(s->descriptors, s->descriptors_len);
	_cleanup_free_ unsigned char *bytes = malloc(SETUP_DATA_MAX);
	char why[SETUP_WHY_MAX] = "";
	struct setup setup;
	int r = index && bytes ? 1 : -ENOMEM, err;

	reader.index = index;
	if (size > SETUP_TEXT_MAX) {
		snprintf(why, sizeof(why), "%zu bytes; at most %d are taken in one write", size,
			(int)SETUP_TEXT_MAX);
		r = -E2BIG;
	}
	while (r > 0) {
		r = setup_next(&reader, &setup, bytes, why);
		err = r > 0 ? add_job(jobs, &setup, bytes) : 0;
		r = err < 0 ? err : r;
	}
	desc_index_free(index);
	if (r < 0 && r != -ENOMEM) {
		refuse(cf->control, r, "%s", why);
		control_free_jobs(jobs);
		r = add_verdict(jobs, r, why);
	}
	return r < 0 ? r : !list_empty(jobs);
}

void
control_write(
	struct fs *fs, fuse_req_t req, struct file *f, const char *data, size_t size, bool nonblock)
{
	struct control_file *cf = f->control;
	struct list jobs;
	int r;

	list_init(&jobs);
	if (f->type == LAYOUT_CONTROL_CTL)
		r = control_set(atomic_load(&f->device->control), data, size);
	else if (f->type == LAYOUT_SETUP)
		r = write_setup(cf, data, size, &jobs);
	else if (f->type == LAYOUT_CONTROL_DATA)
		r = write_data(cf, data, size, &jobs);
	else
		r = write_text(cf, data, size, &jobs);
	if (r == 0) {
		fuse_reply_write(req, size);
		return;
	}
	if (r > 0)
		cf->asked = true;
	send_or_fail(fs, req, f, REQUEST_WRITE, &jobs, size, 0, nonblock, r < 0 ? r : 0);
}

int
control_incomplete(struct file *f)
{
	struct control_file *cf = f->control;
	char name[SETUP_NAME_MAX];
	size_t n = cf ? cf->n_partial : 0;

	if (n == 0)
		return 0;
	cf->n_partial = 0;
	return refuse(cf->control, -EINVAL, "%s takes %u bytes, and only %zu were written",
		setup_print_name(&cf->setup, name), cf->setup.length, n);
}

void
control_poll(fuse_req_t req, struct file *f, struct fuse_pollhandle *ph)
{
	bool busy = f->type != LAYOUT_SETUP && atomic_load(&f->control->busy) > 0;
	unsigned ready = busy ? 0 : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	if (f->device->gone)
		ready |= POLLHUP | POLLERR;
	fuse_reply_poll(req, ready);
	if (ph && busy)
		worker_send_poll(f, ph, false, ready);
	else if (ph)
		fuse_pollhandle_destroy(ph);
}
