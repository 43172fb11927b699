/* SPDX-License-Identifier: MIT */
/* Streams of transfers; the main thread is the device's worker. */
#include "tests/usb/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int
submit(struct stream *s, struct transfer *t)
{
	int r;

	t->length = s->size;
	if (!(s->endpoint & 0x80) && s->total - s->asked < t->length)
		t->length = s->total - s->asked;
	r = s->device->ops->submit(s->device, t);
	if (r < 0)
		return r;
	s->asked += t->length;
	s->flying++;
	return 0;
}

static void
done(struct transfer *t)
{
	struct stream *s = t->user;
	int r;

	s->flying--;
	s->done++;
	if (s->first && s->moved == 0 && t->actual > 0)
		memcpy(s->first, t->buffer, t->actual);
	s->moved += t->actual;
	s->transfers++;
	s->short_ones += t->actual < t->length;
	/* What was asked for and did not come is asked for again. */
	s->asked -= t->length - t->actual;
	if (t->status < 0 && !s->status)
		s->status = t->status;
	if (s->status || s->asked >= s->total)
		return;
	r = submit(s, t);
	if (r < 0)
		s->status = r;
}

int
stream_start(struct stream *s)
{
	int r = 0;

	s->t = calloc(s->depth, sizeof(*s->t));
	if (!s->t)
		return -ENOMEM;
	for (unsigned i = 0; r == 0 && i < s->depth && (s->asked < s->total || i == 0); i++) {
		struct transfer *t = &s->t[i];

		t->buffer = malloc(s->size ? s->size : 1);
		if (!t->buffer)
			return -ENOMEM;
		memset(t->buffer, s->fill, s->size);
		t->endpoint = s->endpoint;
		t->type = s->type;
		t->interface = s->interface;
		t->flags = s->flags;
		t->done = done;
		t->user = s;
		r = submit(s, t);
	}
	return r;
}

void
stream_cancel(struct stream *s)
{
	/* Those that win the race against this are not submitted again. */
	s->total = 0;
	for (unsigned i = 0; i < s->depth; i++)
		s->device->ops->cancel(s->device, &s->t[i]);
}

void
stream_free(struct stream *s)
{
	for (unsigned i = 0; s->t && i < s->depth; i++)
		free(s->t[i].buffer);
	free(s->t);
	s->t = NULL;
}

static int
dispatch_once(struct backend_device *d, double until)
{
	struct pollfd fd = {.fd = d->ops->fd(d), .events = POLLIN};
	double left = until - now();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	r = poll(&fd, 1, (int)(left * 1000) + 1);
	return r > 0 ? d->ops->dispatch(d) : 0;
}

int
worker_wait(struct backend_device *d, const unsigned *flying, int timeout_ms)
{
	double until = now() + (timeout_ms < 0 ? 1e9 : timeout_ms / 1e3);
	int r = 0;

	if (timeout_ms < 0)
		until = now() + 100000;
	while (r == 0 && *flying)
		r = dispatch_once(d, until);
	return r;
}

int
worker_run(struct backend_device *d, struct stream *s, int timeout_ms)
{
	return worker_wait(d, &s->flying, timeout_ms);
}

int
worker_run_until_gone(struct backend_device *d, int timeout_ms)
{
	double until = now() + timeout_ms / 1e3;
	int r = 0;

	while (r == 0)
		r = dispatch_once(d, until);
	return r;
}
