/* SPDX-License-Identifier: MIT */
/* What the tests of backend/sim share; see sim-bus.h. */
#include "tests/unit/sim-bus.h"

#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/util/allow.h"
#include "tests/unit/test.h"

enum { PATIENCE_MS = 8000 };

static unsigned orders;

uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
take_snapshot(struct bus *b, struct snapshot *s, unsigned *count)
{
	pthread_mutex_lock(&b->lock);
	snapshot_unref(b->snapshot);
	b->snapshot = snapshot_ref(s);
	++*count;
	pthread_cond_broadcast(&b->news);
	pthread_mutex_unlock(&b->lock);
}

static void
on_added(struct backend *backend, struct snapshot *s, void *user)
{
	struct bus *b = user;

	(void)backend;
	take_snapshot(b, s, &b->added);
}

static void
on_changed(struct backend *backend, struct snapshot *s, void *user)
{
	struct bus *b = user;

	(void)backend;
	take_snapshot(b, s, &b->changed);
}

static void
on_removed(struct backend *backend, uint64_t seq, void *user)
{
	struct bus *b = user;

	(void)backend;
	(void)seq;
	pthread_mutex_lock(&b->lock);
	b->removed++;
	pthread_cond_broadcast(&b->news);
	pthread_mutex_unlock(&b->lock);
}

static void
ignore_snapshot(struct backend *backend, struct snapshot *s, void *user)
{
	(void)backend;
	(void)s;
	(void)user;
}

static void
ignore_seq(struct backend *backend, uint64_t seq, void *user)
{
	(void)backend;
	(void)seq;
	(void)user;
}

const struct backend_events bus_no_events = {
	ignore_snapshot, ignore_snapshot, ignore_seq, ignore_seq};
static const struct backend_events events = {on_added, on_changed, on_removed, ignore_seq};

char *
text_file(const char *text)
{
	char *path = strdup("/tmp/usbfuse-test-XXXXXX");
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

struct bus *
bus_start_arg(const char *text, const char *more)
{
	struct bus *b = calloc(1, sizeof(*b));
	struct backend_config config = {.events = &events, .user = b};
	char *why = NULL, *arg = NULL;

	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->news, NULL);
	b->path = text_file(text);
	CHECK(asprintf(&arg, "%s%s", b->path, more) > 0);
	config.arg = arg;
	if (backend_sim.start(&config, &b->backend, &why) < 0) {
		fprintf(stderr, "%s\n", why ? why : "?");
		CHECK(!"the bus starts");
	}
	CHECK_EQ(backend_sim.run(b->backend), 0);
	free(arg);
	return b;
}

struct bus *
bus_start(const char *text)
{
	return bus_start_arg(text, "");
}

struct snapshot *
bus_snapshot(struct bus *b)
{
	struct snapshot *s;

	pthread_mutex_lock(&b->lock);
	s = snapshot_ref(b->snapshot);
	pthread_mutex_unlock(&b->lock);
	return s;
}

void
bus_open_device(struct bus *b, uint8_t interface)
{
	struct snapshot *s = bus_snapshot(b);

	CHECK_EQ(backend_sim.open(b->backend, s, &b->device), 0);
	CHECK_EQ(backend_sim.claim(b->device, interface), 0);
	snapshot_unref(s);
}

struct bus *
bus_open(const char *text, uint8_t interface)
{
	struct bus *b = bus_start(text);

	bus_open_device(b, interface);
	return b;
}

void
bus_stop_backend(struct bus *b)
{
	backend_sim.stop(b->backend);
	allow_clear();
	unlink(b->path);
	free(b->path);
}

void
bus_close(struct bus *b)
{
	if (b->device)
		backend_sim.close(b->device);
	bus_stop_backend(b);
	snapshot_unref(b->snapshot);
	pthread_cond_destroy(&b->news);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* Waits for news, with the lock held; fails the test when none comes. */
static void
wait_news(struct bus *b)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += PATIENCE_MS / 1000;
	CHECK_EQ(pthread_cond_timedwait(&b->news, &b->lock, &ts), 0);
}

unsigned
bus_changes(struct bus *b)
{
	unsigned n;

	pthread_mutex_lock(&b->lock);
	n = b->changed;
	pthread_mutex_unlock(&b->lock);
	return n;
}

#define WAIT_UNTIL(b, condition)                                                                   \
	do {                                                                                       \
		pthread_mutex_lock(&(b)->lock);                                                    \
		while (!(condition))                                                               \
			wait_news(b);                                                              \
		pthread_mutex_unlock(&(b)->lock);                                                  \
	} while (0)

void
bus_wait_changes(struct bus *b, unsigned at_least)
{
	WAIT_UNTIL(b, b->changed >= at_least);
}

void
bus_wait_added(struct bus *b, unsigned at_least)
{
	WAIT_UNTIL(b, b->added >= at_least);
}

void
bus_wait_removed(struct bus *b)
{
	WAIT_UNTIL(b, b->removed > 0);
}

static bool
has_alternate(const struct snapshot *s, uint8_t interface, uint8_t alternate)
{
	const struct snapshot_interface *i = snapshot_interface(s, interface);

	return i && i->alternate == alternate;
}

void
bus_wait_alternate(struct bus *b, uint8_t interface, uint8_t alternate)
{
	WAIT_UNTIL(b, has_alternate(b->snapshot, interface, alternate));
}

void
bus_wait_config(struct bus *b, int value)
{
	WAIT_UNTIL(b, b->snapshot->active_config == value);
}

static bool
has_driver(const struct snapshot *s, uint8_t interface, const char *driver)
{
	const struct snapshot_interface *i = snapshot_interface(s, interface);

	return i && i->driver && strcmp(i->driver, driver) == 0;
}

void
bus_wait_driver(struct bus *b, uint8_t interface, const char *driver)
{
	WAIT_UNTIL(b, has_driver(b->snapshot, interface, driver));
}

static void
on_done(struct transfer *t)
{
	struct xfer *x = (struct xfer *)t;

	x->order = ++orders;
	if (x->again > 0) {
		x->again--;
		CHECK_EQ(submit(x->bus, x), 0);
		return;
	}
	CHECK(!x->done);
	x->done = true;
}

struct xfer *
xfer_new(struct bus *b, uint8_t endpoint, size_t len)
{
	struct xfer *x = calloc(1, sizeof(*x));

	x->bus = b;
	x->buffer = calloc(1, len + 1);
	x->t = (struct transfer){.endpoint = endpoint,
		.type = DESC_BULK,
		.buffer = x->buffer,
		.length = len,
		.done = on_done};
	return x;
}

void
xfer_free(struct xfer *x)
{
	free(x->buffer);
	free(x);
}

int
submit(struct bus *b, struct xfer *x)
{
	x->done = false;
	return backend_sim.submit(b->device, &x->t);
}

void
cancel(struct bus *b, struct xfer *x)
{
	backend_sim.cancel(b->device, &x->t);
}

int
dispatch(struct bus *b)
{
	return backend_sim.dispatch(b->device);
}

bool
readable(struct bus *b)
{
	struct pollfd p = {.fd = backend_sim.fd(b->device), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

void
finish(struct bus *b, struct xfer *x)
{
	struct pollfd p = {.fd = backend_sim.fd(b->device), .events = POLLIN};

	while (!x->done) {
		CHECK_EQ(poll(&p, 1, PATIENCE_MS), 1);
		dispatch(b);
	}
}

int
run(struct bus *b, struct xfer *x)
{
	int r = submit(b, x);

	if (r < 0)
		return r;
	finish(b, x);
	return x->t.status;
}
