/* SPDX-License-Identifier: MIT */
/* Who listens to the file `events`, and what each has still to hear; see events.h. */
#include "fs/events.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/log.h"
#include "layout/event.h"

enum { QUEUE_MAX = 64 * 1024 }; /* events that wait for a slow reader */

/* A line, shared by all who are to hear it. */
struct line {
	unsigned refs;
	size_t len;
	char text[];
};

struct event_stream {
	struct list node; /* fs.streams */
	struct fs *fs;

	/* A ring of lines: grows by doubling. */
	struct line **queue;
	size_t room, first, n;

	uint64_t told;  /* the devices up to that seq have been told of */
	uint64_t until; /* those up to that seq will be; those behind have events */
	bool overflow;  /* to be said next */

	struct line *current; /* that of which a part has been read, or NULL */
	size_t offset;

	struct list readers;          /* struct request.node: they wait */
	struct fuse_pollhandle *poll; /* the newest one, or NULL */
};

static struct line *
line_new(const char *text)
{
	size_t len = strlen(text);
	struct line *line = malloc(sizeof(*line) + len);

	if (!line)
		return NULL;
	line->refs = 1;
	line->len = len;
	memcpy(line->text, text, len);
	return line;
}

static void
line_unref(struct line *line)
{
	if (line && --line->refs == 0)
		free(line);
}

static struct line *
device_line(struct fs *fs, uint64_t seq, const char *action, const struct snapshot_interface *i)
{
	_cleanup_free_ char *text = NULL;

	return event_line(fs->layout, seq, action, i, &text) == 0 ? line_new(text) : NULL;
}

/* ---- the queue ---- */

static struct line *
pop(struct event_stream *s)
{
	struct line *line = s->queue[s->first];

	s->first = (s->first + 1) % s->room;
	if (--s->n == 0) {
		/* Whoever is as slow again can have the memory again. */
		free(s->queue);
		s->queue = NULL;
		s->room = s->first = 0;
	}
	return line;
}

static void
begin(struct event_stream *s)
{
	s->told = s->until = 0;
	for (uint64_t seq = 0; (seq = layout_next_device(s->fs->layout, seq)) > 0;)
		s->until = seq;
}

static void
start_again(struct event_stream *s)
{
	while (s->n > 0)
		line_unref(pop(s));
	begin(s);
	s->overflow = true;
}

static bool
grow(struct event_stream *s)
{
	size_t room = s->room ? s->room * 2 : 16;
	struct line **queue = malloc(room * sizeof(*queue));

	if (!queue)
		return false;
	for (size_t i = 0; i < s->n; i++)
		queue[i] = s->queue[(s->first + i) % s->room];
	free(s->queue);
	s->queue = queue;
	s->room = room;
	s->first = 0;
	return true;
}

/* LINE is NULL when there was no memory for it: then, too, the present is all that can be told. */
static void
push(struct event_stream *s, struct line *line)
{
	if (!line || s->n == QUEUE_MAX || (s->n == s->room && !grow(s))) {
		start_again(s);
		return;
	}
	line->refs++;
	s->queue[(s->first + s->n++) % s->room] = line;
}

/* The next device that is to be told of, or 0. */
static uint64_t
next_present(const struct event_stream *s)
{
	uint64_t seq = layout_next_device(s->fs->layout, s->told);

	return seq <= s->until ? seq : 0;
}

static bool
has_something(const struct event_stream *s)
{
	return s->current || s->n > 0 || s->overflow || next_present(s) > 0;
}

/* The next line to be read, or NULL: there is none, or no memory for it. */
static struct line *
take(struct event_stream *s)
{
	uint64_t seq = next_present(s);
	struct line *line;

	if (s->overflow) {
		line = line_new("overflow\n");
		if (line)
			s->overflow = false;
		return line;
	}
	if (seq == 0)
		return s->n > 0 ? pop(s) : NULL;
	line = device_line(s->fs, seq, "add", NULL);
	if (line)
		s->told = seq;
	return line;
}

/* ---- readers ---- */

/* Has what a read of SIZE bytes gets; false: nothing. */
static bool
fill(struct event_stream *s, size_t size, const char **ret, size_t *ret_len)
{
	size_t left;

	if (!s->current) {
		s->current = take(s);
		s->offset = 0;
	}
	if (!s->current)
		return false;
	left = s->current->len - s->offset;
	*ret = s->current->text + s->offset;
	*ret_len = size < left ? size : left;
	return true;
}

static void
consume(struct event_stream *s, size_t len)
{
	s->offset += len;
	if (s->offset < s->current->len)
		return;
	line_unref(s->current);
	s->current = NULL;
}

/* There may be something: those who wait get it, in order. */
static void
wake(struct event_stream *s)
{
	const char *bytes;
	size_t len;

	while (!list_empty(&s->readers)) {
		struct request *r = list_first(&s->readers, struct request, node);

		if (!fill(s, r->size, &bytes, &len))
			return;
		list_del(&r->node);
		if (request_take(r)) {
			request_reply_data(r, bytes, len);
			consume(s, len);
		}
		request_unref(r);
	}
	if (s->poll && has_something(s)) {
		fuse_lowlevel_notify_poll(s->poll);
		fuse_pollhandle_destroy(s->poll);
		s->poll = NULL;
	}
}

void
events_read(fuse_req_t req, struct file *f, size_t size, bool nonblock)
{
	struct event_stream *s = f->events;
	struct request *r;
	const char *bytes;
	size_t len;

	/* Behind those who wait there is nothing to be had. */
	if (list_empty(&s->readers) && fill(s, size, &bytes, &len)) {
		/* -ENOENT: the reader was interrupted or killed, and has not got it. */
		if (fuse_reply_buf(req, bytes, len) != -ENOENT)
			consume(s, len);
		return;
	}
	if (has_something(s) && list_empty(&s->readers)) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (nonblock) {
		fuse_reply_err(req, EAGAIN);
		return;
	}
	r = request_new(s->fs, req, REQUEST_READ, f);
	if (!r)
		return;
	r->size = size;
	list_append(&s->readers, &r->node);
}

void
events_interrupt(struct request *r)
{
	if (request_take(r)) {
		request_reply_error(r, -EINTR);
		list_del(&r->node);
		request_unref(r); /* the list's */
	}
	request_unref(r);
}

void
events_poll(fuse_req_t req, struct file *f, struct fuse_pollhandle *ph)
{
	struct event_stream *s = f->events;

	if (ph) {
		if (s->poll)
			fuse_pollhandle_destroy(s->poll);
		s->poll = ph;
	}
	fuse_reply_poll(req, has_something(s) ? POLLIN | POLLRDNORM : 0);
}

/* ---- what happens ---- */

/* Drops the reference of LINE, which is NULL when there was no memory for it. */
static void
tell(struct fs *fs, uint64_t seq, struct line *line)
{
	list_for_each (at, &fs->streams) {
		struct event_stream *s = list_entry(at, struct event_stream, node);

		if (seq <= s->told || seq > s->until)
			push(s, line);
		wake(s);
	}
	line_unref(line);
}

void
events_added(struct fs *fs, uint64_t seq)
{
	if (!list_empty(&fs->streams))
		tell(fs, seq, device_line(fs, seq, "add", NULL));
}

void
events_changed(struct fs *fs, const struct snapshot *old, const struct snapshot *new)
{
	const struct snapshot_interface *i;
	const char *action;
	unsigned at = 0;

	while (!list_empty(&fs->streams) && (action = event_next(old, new, &at, &i)))
		tell(fs, new->seq, device_line(fs, new->seq, action, i));
}

void
events_remove(struct fs *fs, uint64_t seq)
{
	struct line *line = NULL;

	if (!list_empty(&fs->streams))
		line = device_line(fs, seq, "remove", NULL);
	layout_remove(fs->layout, seq);
	tell(fs, seq, line);
}

/* ---- life ---- */

int
events_open(struct fs *fs, struct file *f)
{
	struct event_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fs = fs;
	begin(s);
	list_init(&s->readers);
	list_append(&fs->streams, &s->node);
	f->events = s;
	return 0;
}

void
events_close(struct file *f)
{
	struct event_stream *s = TAKE_PTR(f->events);

	if (!s)
		return;
	list_del(&s->node);
	while (!list_empty(&s->readers)) {
		struct request *r = list_first(&s->readers, struct request, node);

		list_del(&r->node);
		request_fail(r, -ENODEV);
		request_unref(r);
	}
	if (s->poll)
		fuse_pollhandle_destroy(s->poll);
	while (s->n > 0)
		line_unref(pop(s));
	line_unref(s->current);
	free(s);
}

void
events_count(const struct fs *fs, unsigned *ret_streams, unsigned *ret_waiting)
{
	*ret_streams = *ret_waiting = 0;
	list_for_each (at, &fs->streams) {
		++*ret_streams;
		list_for_each (r, &list_entry(at, struct event_stream, node)->readers)
			++*ret_waiting;
	}
}

void
events_stop(struct fs *fs)
{
	list_for_each (at, &fs->files)
		events_close(list_entry(at, struct file, node));
}
