/* SPDX-License-Identifier: MIT */
/* What the kernel remembers; see cache.h. */
#include "fs/cache.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/log.h"
#include "fs/device.h"

enum {
	/* Should an invalidation ever get lost, nothing wrong is seen for longer. In seconds. */
	KEEP_S = 60,
	/* The kernel may wait for a directory that somebody holds; the world goes on then. In ms. */
	PATIENCE_MS = 1000,
	NAME_ROOM = 64, /* of what is inside a device's directory */
};

/* A node below a device. */
struct item {
	uint64_t parent, ino;
	bool drop; /* its name leads to nothing, or to something else */
	char name[NAME_ROOM];
};

/* A device that the kernel is to forget about. */
struct job {
	struct message message; /* to the thread, and back */
	struct timer patience;
	struct fs *fs;
	uint64_t seq;
	struct message *then; /* the main thread's; NULL: it has been run without this */
	bool root;            /* the root's attributes as well */
	char *name;           /* in the root, if it is to be dropped from there; or NULL */
	struct item *items;
	size_t n_items, room;
};

struct cache {
	struct fs *fs;
	pthread_t thread;
	struct mailbox inbox;
	struct message quit, ended;
	bool quitting; /* the thread's */

	/* the main thread's */
	bool stopping, over; /* the thread is to end, and has ended */
	/* As of a device, but of the root's own attributes, which count what is plugged in. */
	bool remembered, forgetting;
};

/* ---- the thread ---- */

/* A node that the kernel does not know is none to forget. */
static void
tell(const struct job *j)
{
	struct fuse_session *session = j->fs->session;

	if (j->name)
		fuse_lowlevel_notify_inval_entry(session, LAYOUT_ROOT, j->name, strlen(j->name));
	if (j->root)
		fuse_lowlevel_notify_inval_inode(session, LAYOUT_ROOT, -1, 0);
	/* Also of a directory that goes: who has just been told that it is there may yet put its name
	 * back (fuse_dentry_revalidate() in Linux fs/fuse/dir.c), and must not believe in it. */
	fuse_lowlevel_notify_inval_inode(session, layout_device(j->seq), -1, 0);
	for (size_t i = 0; i < j->n_items; i++) {
		const struct item *item = &j->items[i];

		if (item->drop)
			fuse_lowlevel_notify_inval_entry(
				session, item->parent, item->name, strlen(item->name));
		/* Attributes alone: no content is kept. */
		fuse_lowlevel_notify_inval_inode(session, item->ino, -1, 0);
	}
}

static void done(struct message *m);

static void
work(struct message *m)
{
	struct job *j = container_of(m, struct job, message);

	tell(j);
	j->message.run = done;
	mailbox_send(&j->fs->inbox, &j->message);
}

static void
quit(struct message *m)
{
	container_of(m, struct cache, quit)->quitting = true;
}

static void *
thread_main(void *arg)
{
	struct cache *c = arg;

	pthread_setname_np(pthread_self(), "invalidate");
	while (!c->quitting) {
		struct pollfd fd = {.fd = c->inbox.fd, .events = POLLIN};

		if (poll(&fd, 1, -1) > 0)
			mailbox_run(&c->inbox);
	}
	mailbox_send(&c->fs->inbox, &c->ended);
	return NULL;
}

/* ---- the main thread ---- */

static void
ended(struct message *m)
{
	container_of(m, struct cache, ended)->over = true;
}

int
cache_start(struct fs *fs)
{
	struct cache *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->fs = fs;
	c->quit.run = quit;
	c->ended.run = ended;
	r = mailbox_init(&c->inbox);
	if (r < 0) {
		free(c);
		return r;
	}
	r = -pthread_create(&c->thread, NULL, thread_main, c);
	if (r < 0) {
		mailbox_deinit(&c->inbox);
		free(c);
		return r;
	}
	fs->cache = c;
	return 0;
}

bool
cache_stop(struct fs *fs, unsigned ms)
{
	uint64_t end = timer_now() + (uint64_t)ms * 1000000u, now;
	struct cache *c = fs->cache;

	if (!c)
		return true;
	c->stopping = true;
	mailbox_send(&c->inbox, &c->quit);
	/* The loop goes on: the thread may wait for somebody who waits for an answer. */
	while (!c->over && (now = timer_now()) < end)
		if (loop_step(&fs->loop, (int)((end - now) / 1000000u) + 1) < 0)
			break;
	if (!c->over)
		return false;
	pthread_join(c->thread, NULL);
	mailbox_deinit(&c->inbox);
	free(c);
	fs->cache = NULL;
	return true;
}

/* Do the attributes stay what they are while the snapshot does? */
static bool
is_constant(const struct layout_stat *s)
{
	switch (s->type) {
	case LAYOUT_LIVE:
	case LAYOUT_SETTING:
	case LAYOUT_DRIVER:
		return false; /* the size */
	case LAYOUT_DATA:
		return !(s->mode & 0222); /* a pair, which is a knob, makes an OUT file readable */
	default:
		return true;
	}
}

void
cache_times(struct fs *fs, const struct layout_stat *s, double *ret_name, double *ret_attributes)
{
	uint64_t seq = layout_seq(s->ino);
	struct device *d = NULL;

	*ret_name = *ret_attributes = 0;
	if (!fs->cache)
		return;
	if (s->ino == LAYOUT_ROOT && !fs->cache->forgetting) {
		fs->cache->remembered = true;
		*ret_attributes = KEEP_S;
	}
	/* Links are about several devices, and of requests there are more than a directory lists. */
	if (seq && s->type != LAYOUT_LINK && s->type != LAYOUT_SETUP)
		d = device_find(fs, seq);
	if (!d || d->forgetting || d->gone)
		return;
	d->remembered = true;
	*ret_name = KEEP_S;
	if (is_constant(s))
		*ret_attributes = KEEP_S;
}

static void
free_job(struct job *j)
{
	timer_clear(&j->patience);
	free(j->name);
	free(j->items);
	free(j);
}

static void
done(struct message *m)
{
	struct job *j = container_of(m, struct job, message);
	struct device *d = device_find(j->fs, j->seq);
	struct message *then = j->then;

	/* Names that are still true it keeps. */
	if (d)
		d->forgetting = false;
	if (j->root)
		j->fs->cache->forgetting = j->fs->cache->remembered = false;
	free_job(j);
	if (then)
		then->run(then);
}

static void
patience_over(struct timer *timer)
{
	struct job *j = container_of(timer, struct job, patience);
	struct message *then = j->then;

	log_warn("the kernel holds on to what it knows of a device; proceeding");
	j->then = NULL;
	then->run(then);
}

/* Notes what is below directory INO. NEXT: what will be; NULL: nothing, the device goes as a whole.
 * As deep as the tree is. 0 or -errno. */
static int
collect(struct job *j, const struct layout *next, uint64_t ino)
{
	const char *name;
	uint64_t child, cursor = 0;
	mode_t mode;
	int r;

	while ((r = layout_readdir(j->fs->layout, ino, cursor, &name, &child, &mode, &cursor)) >
		0) {
		struct layout_stat s;
		struct item *item;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (j->n_items == j->room) {
			size_t room = j->room ? j->room * 2 : 256;
			struct item *grown = realloc(j->items, room * sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			j->items = grown;
			j->room = room;
		}
		item = &j->items[j->n_items++];
		*item = (struct item){.parent = ino, .ino = child};
		item->drop = next && layout_stat(next, child, &s) < 0;
		strncpy(item->name, name, sizeof(item->name) - 1);
		if (S_ISDIR(mode)) {
			r = collect(j, next, child);
			if (r < 0)
				return r;
		}
	}
	return r;
}

/* The tree as it will be, with that device alone. */
static struct layout *
layout_of(struct snapshot *s)
{
	struct layout *l = layout_new(0, 0, 0);

	return l && layout_put(l, s, 0) < 0 ? layout_free(l) : l;
}

static int
fill(struct job *j, struct snapshot *next)
{
	struct layout *will_be = next ? layout_of(next) : NULL;
	uint64_t ino = layout_device(j->seq);
	int r = -ENOMEM;

	if (!next)
		j->name = layout_path(j->fs->layout, ino);
	if (next ? will_be != NULL : j->name != NULL)
		r = collect(j, will_be, ino);
	layout_free(will_be);
	return r;
}

bool
cache_forget(struct fs *fs, uint64_t seq, struct snapshot *next, struct message *then)
{
	struct device *d = device_find(fs, seq);
	bool root = !(d && next); /* it comes or goes */
	struct cache *c = fs->cache;
	struct job *j;

	if (!c || c->stopping || !((root && c->remembered) || (d && d->remembered)))
		return false;
	j = calloc(1, sizeof(*j));
	if (!j)
		return false;
	*j = (struct job){.fs = fs, .seq = seq, .root = root, .then = then, .message.run = work};
	list_init(&j->patience.node);
	j->patience.fire = patience_over;
	if (d && d->remembered && fill(j, next) < 0) {
		log_err("no memory to make the kernel forget %s; proceeding", d->snapshot->name);
		free_job(j);
		return false;
	}
	/* Also what it does not know yet: from now on it is not to keep it. */
	if (d)
		d->forgetting = true;
	if (root)
		c->forgetting = true;
	timer_set(&fs->loop.timers, &j->patience, PATIENCE_MS);
	mailbox_send(&c->inbox, &j->message);
	return true;
}
