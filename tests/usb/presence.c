/* SPDX-License-Identifier: MIT */
/* A table of snapshots that the backend's thread fills and the main thread reads. */
#include "tests/usb/presence.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/util/allow.h"
#include "backend/util/macro.h"

static struct {
	struct backend *backend;
	bool print;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t cond;
	struct snapshot *table[256];
	unsigned n, events;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

static void
print_one(const char *what, const struct snapshot *s)
{
	const char *product = snapshot_attr(s, "product");
	const char *vendor = snapshot_attr(s, "idVendor"), *id = snapshot_attr(s, "idProduct");

	printf("%s %s seq=%llu bus=%u dev=%u id=%.4s:%.4s speed=%u config=%d mode=%o desc=%zu "
	       "bos=%zu product=%.*s",
		what, s->name, (unsigned long long)s->seq, s->busnum, s->devnum,
		vendor ? vendor : "?", id ? id : "?", s->speed_kbit, s->active_config, s->mode,
		s->descriptors_len, s->bos_len, product ? (int)strcspn(product, "\n") : 1,
		product ? product : "-");
	for (size_t i = 0; i < s->n_interfaces; i++) {
		const struct snapshot_interface *in = &s->interfaces[i];

		printf(" if%u.%u=%s", in->number, in->alternate, in->driver ? in->driver : "-");
		if (in->report_descriptor_len > 0)
			printf("+%zu", in->report_descriptor_len);
	}
	printf("\n");
	fflush(stdout);
}

/* The place of a seq in the table, or the place for a new one. */
static struct snapshot **
place(uint64_t seq)
{
	for (unsigned i = 0; i < state.n; i++)
		if (state.table[i] && state.table[i]->seq == seq)
			return &state.table[i];
	for (unsigned i = 0; i < state.n; i++)
		if (!state.table[i])
			return &state.table[i];
	if (state.n == ARRAY_SIZE(state.table))
		abort();
	return &state.table[state.n++];
}

static void
event(const char *what, struct snapshot *s, uint64_t seq)
{
	struct snapshot **at;

	pthread_mutex_lock(&state.lock);
	at = place(seq);
	/* The contract: added once, then changed, then removed once. */
	if ((strcmp(what, "added") == 0) != (*at == NULL)) {
		fprintf(stderr, "%s of %llu is out of order\n", what, (unsigned long long)seq);
		abort();
	}
	if (state.print)
		print_one(what, s ? s : *at);
	snapshot_unref(*at);
	*at = s ? snapshot_ref(s) : NULL;
	state.events++;
	pthread_cond_broadcast(&state.cond);
	pthread_mutex_unlock(&state.lock);
}

static void
on_added(struct backend *b, struct snapshot *s, void *user)
{
	(void)b;
	(void)user;
	event("added", s, s->seq);
}

static void
on_changed(struct backend *b, struct snapshot *s, void *user)
{
	(void)b;
	(void)user;
	event("changed", s, s->seq);
}

static void
on_removed(struct backend *b, uint64_t seq, void *user)
{
	(void)b;
	(void)user;
	event("removed", NULL, seq);
}

void
presence_start(bool print_events)
{
	static const struct backend_events events = {
		.added = on_added,
		.changed = on_changed,
		.removed = on_removed,
	};
	const struct backend_config config = {.events = &events};
	char *why = NULL;
	int r;

	state.print = print_events;
	r = backend_usb.start(&config, &state.backend, &why);
	if (r == 0)
		r = backend_usb.run(state.backend);
	if (r < 0) {
		fprintf(stderr, "usbio: %s\n", why ? why : strerror(-r));
		exit(1);
	}
}

void
presence_stop(void)
{
	backend_usb.stop(state.backend);
	allow_clear();
	for (unsigned i = 0; i < state.n; i++)
		state.table[i] = snapshot_unref(state.table[i]);
	state.n = 0;
}

struct backend *
presence_backend(void)
{
	return state.backend;
}

unsigned
presence_wait(unsigned count, int timeout_ms)
{
	struct timespec until;
	unsigned n;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&state.lock);
	while (state.events < count)
		if (pthread_cond_timedwait(&state.cond, &state.lock, &until) != 0)
			break;
	n = state.events;
	pthread_mutex_unlock(&state.lock);
	return n;
}

struct snapshot *
presence_find(const char *name)
{
	struct snapshot *found = NULL;

	pthread_mutex_lock(&state.lock);
	for (unsigned i = 0; i < state.n && !found; i++)
		if (state.table[i] && strcmp(state.table[i]->name, name) == 0)
			found = snapshot_ref(state.table[i]);
	pthread_mutex_unlock(&state.lock);
	return found;
}

static void
print_attrs(const char *where, const struct snapshot_attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("  %s%s=%s%s", where, attrs[i].name, attrs[i].text,
			strchr(attrs[i].text, '\n') ? "" : "\n");
}

void
presence_print(bool details)
{
	pthread_mutex_lock(&state.lock);
	for (unsigned i = 0; i < state.n; i++) {
		const struct snapshot *s = state.table[i];

		if (!s)
			continue;
		print_one("device", s);
		if (!details)
			continue;
		print_attrs("", s->attrs, s->n_attrs);
		for (size_t n = 0; n < s->n_interfaces; n++) {
			char where[16];

			snprintf(where, sizeof(where), "if%u/", s->interfaces[n].number);
			print_attrs(where, s->interfaces[n].attrs, s->interfaces[n].n_attrs);
		}
	}
	pthread_mutex_unlock(&state.lock);
}
