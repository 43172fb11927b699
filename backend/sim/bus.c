/* SPDX-License-Identifier: MIT */
/*
 * Which devices are known to the virtual bus, plugging them in and out, and telling the events of
 * it. All of this happens on the bus's thread, and in start() before there is one.
 */
#include "backend/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/sim/parse.h"
#include "backend/util/log.h"

enum { FILE_MAX = 4 << 20 };

static unsigned
next_devnum(struct sim *s, unsigned bus)
{
	unsigned char *last = &s->last_devnum[bus % 256];

	/* 1 is the root hub's. The kernel counts up likewise and starts again after 127. */
	*last = *last < 1 || *last >= 127 ? 2 : *last + 1;
	return *last;
}

static int
publish_change(struct sim *s, struct sim_device *d)
{
	_cleanup_(snapshot_unrefp) struct snapshot *snapshot = NULL;
	int r;

	pthread_mutex_lock(&d->lock);
	d->changed = false;
	r = sim_describe(d, &snapshot);
	pthread_mutex_unlock(&d->lock);
	if (r == 0)
		s->events->changed(&s->base, snapshot, s->user);
	return r;
}

int
sim_plug(struct sim *s, struct sim_slot *slot)
{
	_cleanup_(snapshot_unrefp) struct snapshot *snapshot = NULL;
	struct sim_device *d;
	int r;

	if (slot->device)
		return -EEXIST;
	r = sim_device_new(
		s, slot->model, s->bus_base + slot->bus, slot->port, next_devnum(s, slot->bus), &d);
	if (r < 0)
		return r;
	r = sim_describe(d, &snapshot);
	if (r < 0) {
		sim_device_unref(d);
		return r;
	}
	d->seq = snapshot->seq;
	/* It can be opened from the moment on that it is reported. */
	pthread_mutex_lock(&s->lock);
	slot->device = d;
	pthread_mutex_unlock(&s->lock);
	sim_hub_connect(s, slot);
	s->events->added(&s->base, snapshot, s->user);
	/* Scripts start with the plug-in, and must not pull it out before it was reported. */
	pthread_mutex_lock(&d->lock);
	sim_device_run(d);
	sim_device_notify(d);
	pthread_mutex_unlock(&d->lock);
	return 0;
}

void
sim_unplug(struct sim *s, struct sim_slot *slot)
{
	struct sim_device *d = slot->device;

	if (!d)
		return;
	pthread_mutex_lock(&s->lock);
	slot->device = NULL;
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_lock(&d->lock);
	sim_device_unplug(d);
	pthread_mutex_unlock(&d->lock);
	s->events->removed(&s->base, d->seq, s->user);
	sim_device_unref(d);
}

void
sim_report(struct sim *s)
{
	/* Only this thread changes the list and the devices of the slots. */
	list_for_each (pos, &s->slots) {
		struct sim_slot *slot = list_entry(pos, struct sim_slot, node);
		struct sim_device *d = slot->device;
		bool gone, changed, replug;

		if (!d)
			continue;
		pthread_mutex_lock(&d->lock);
		gone = d->gone;
		changed = d->changed;
		replug = d->replug;
		d->ports_changed = false;
		pthread_mutex_unlock(&d->lock);
		if (gone) {
			slot->inserted = replug;
			sim_unplug(s, slot);
		} else if (changed && publish_change(s, d) < 0) {
			log_err("%s: out of memory, its change is not reported", slot->name);
		}
		if (replug && sim_plug(s, slot) < 0)
			log_err("%s: out of memory, it does not come back", slot->name);
	}
	sim_hubs_follow(s);
}

struct sim_slot *
sim_slot_find(struct sim *s, const char *name)
{
	list_for_each (pos, &s->slots) {
		struct sim_slot *slot = list_entry(pos, struct sim_slot, node);

		if (strcmp(slot->name, name) == 0 || strcmp(slot->model->name, name) == 0)
			return slot;
	}
	return NULL;
}

struct sim_slot *
sim_slot_at(struct sim *s, unsigned bus, const char *port)
{
	list_for_each (pos, &s->slots) {
		struct sim_slot *slot = list_entry(pos, struct sim_slot, node);

		if (slot->bus == bus && strcmp(slot->port, port) == 0)
			return slot;
	}
	return NULL;
}

/* Where it says, or at the first free port of bus 1. */
static int
place(struct sim *s, const struct sim_model *m, struct sim_slot *slot)
{
	char port[16];

	slot->bus = m->bus ? m->bus : 1;
	if (m->port) {
		slot->port = strdup(m->port);
	} else {
		for (unsigned n = 1;; n++) {
			snprintf(port, sizeof(port), "%u", n);
			if (!sim_slot_at(s, slot->bus, port))
				break;
		}
		slot->port = strdup(port);
	}
	if (!slot->port)
		return -ENOMEM;
	if (asprintf(&slot->name, "%u-%s", s->bus_base + slot->bus, slot->port) < 0) {
		slot->name = NULL;
		return -ENOMEM;
	}
	return 0;
}

static void
slot_free(struct sim_slot *slot)
{
	sim_model_unref(slot->model);
	free(slot->port);
	free(slot->name);
	free(slot);
}

static int
refuse_name(const struct sim_model *m, const char *file, char **ret_why)
{
	if (asprintf(ret_why, "%s:%u: the name %s is taken", file, m->line, m->name) < 0)
		*ret_why = NULL;
	return -EEXIST;
}

static int
refuse_port(const struct sim_model *m, const char *file, char **ret_why)
{
	if (asprintf(ret_why, "%s:%u: port %u-%s is taken", file, m->port_line, m->bus, m->port) <
		0)
		*ret_why = NULL;
	return -EEXIST;
}

static int
add_model(struct sim *s, struct sim_model *m, const char *file, char **ret_why)
{
	struct sim_slot *slot;

	if (sim_slot_find(s, m->name))
		return refuse_name(m, file, ret_why);
	if (m->port && sim_slot_at(s, m->bus, m->port))
		return refuse_port(m, file, ret_why);
	slot = calloc(1, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	slot->model = sim_model_ref(m);
	if (place(s, m, slot) < 0) {
		slot_free(slot);
		return -ENOMEM;
	}
	pthread_mutex_lock(&s->lock);
	list_append(&s->slots, &slot->node);
	pthread_mutex_unlock(&s->lock);
	s->hubs |= m->n_ports > 0;
	slot->inserted = !m->unplugged;
	return slot->inserted && sim_hub_powers(s, slot) ? sim_plug(s, slot) : 0;
}

int
sim_load(struct sim *s, const char *file, const char *text, size_t len, char **ret_why)
{
	struct list models;
	int r;

	list_init(&models);
	r = sim_parse(file, text, len, &models, ret_why);
	list_for_each_safe (pos, next, &models) {
		struct sim_model *m = list_entry(pos, struct sim_model, node);

		if (r == 0)
			r = add_model(s, m, file, ret_why);
		list_del(pos);
		sim_model_unref(m);
	}
	return r;
}

int
sim_load_file(struct sim *s, const char *path, char **ret_why)
{
	struct sim_bytes text = {0};
	FILE *f = fopen(path, "re");
	char block[4096];
	size_t n;
	int r = 0;

	if (!f) {
		r = -errno;
		if (asprintf(ret_why, "%s: %m", path) < 0)
			*ret_why = NULL;
		return r;
	}
	while (r == 0 && (n = fread(block, 1, sizeof(block), f)) > 0)
		r = text.len > FILE_MAX ? -EFBIG : sim_bytes_add(&text, block, n);
	if (r == 0 && ferror(f))
		r = -EIO;
	fclose(f);
	if (r < 0 && asprintf(ret_why, "%s: %s", path, strerror(-r)) < 0)
		*ret_why = NULL;
	if (r == 0)
		r = sim_load(s, path, (const char *)text.data, text.len, ret_why);
	sim_bytes_free(&text);
	return r;
}

/* Only for stop(): nothing is reported any more. */
void
sim_slots_free(struct sim *s)
{
	list_for_each_safe (pos, next, &s->slots) {
		struct sim_slot *slot = list_entry(pos, struct sim_slot, node);

		list_del(pos);
		sim_device_unref(slot->device);
		slot_free(slot);
	}
}
