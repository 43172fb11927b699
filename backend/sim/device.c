/* SPDX-License-Identifier: MIT */
/*
 * A virtual device's life and state: configurations, alternate settings, which endpoints are in
 * force, and what of it runs when. See device.h for locks and references.
 */
#include "backend/sim/device.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/sim/sim.h"

uint64_t
sim_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

struct sim_endpoint *
sim_device_endpoint(struct sim_device *d, uint8_t address)
{
	return &d->endpoints[(address & 15) | (address & 0x80 ? 16 : 0)];
}

void
sim_device_touch(struct sim_device *d, struct sim_endpoint *e)
{
	d->dirty |= UINT32_C(1) << (sim_endpoint_owner(e) - d->endpoints);
}

void
sim_device_due(struct sim_device *d, uint64_t due)
{
	if (d->due == 0 || due < d->due)
		d->due = due;
}

void
sim_device_notify(struct sim_device *d)
{
	/* A waiter counts itself in first and then looks at the state, under the lock that is held
	 * here: either it sees this change, or its count is seen. */
	if (d->changed || d->ports_changed || d->replug || d->gone || atomic_load(&d->sim->waiters))
		sim_wake(d->sim);
}

void
sim_device_run(struct sim_device *d)
{
	uint64_t due = d->due;

	if (due && due <= sim_now()) {
		d->due = 0;
		d->dirty = UINT32_MAX;
	}
	while (d->dirty && !d->gone) {
		unsigned n = d->next;

		/* Whoever comes after the last one served is first. */
		while (!(d->dirty & (UINT32_C(1) << n)))
			n = (n + 1) % SIM_ENDPOINTS;
		d->next = (n + 1) % SIM_ENDPOINTS;
		d->dirty &= ~(UINT32_C(1) << n);
		if (n == 0) {
			sim_script_run(d);
			sim_control_run(d);
		} else if (d->endpoints[n].in_force) {
			sim_endpoint_run(d, &d->endpoints[n]);
		}
	}
	if (d->due && (due == 0 || d->due < due))
		sim_wake(d->sim);
}

static void
count_completion(struct sim_endpoint *e, int status)
{
	e->n_pending--;
	e->completed++;
	if (status == -ECANCELED)
		e->cancelled++;
}

void
sim_device_complete(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int status)
{
	struct sim_handle *h = t->priv;

	if (e->type == DESC_ISO && status < 0)
		sim_iso_abort(d, e, t, status);
	list_del(&t->node);
	count_completion(e, status);
	if (e->owner)
		count_completion(e->owner, status);
	t->status = status;
	list_append(&h->done, &t->node);
	d->urbnum++;
	sim_handle_signal(h);
}

static void
cancel_endpoint(struct sim_device *d, struct sim_endpoint *e, int status)
{
	struct transfer *t;

	while ((t = list_first(&e->pending, struct transfer, node)))
		sim_device_complete(d, e, t, status);
	for (unsigned n = 0; n < e->n_streams; n++)
		cancel_endpoint(d, &e->streams[n], status);
}

void
sim_device_cancel(struct sim_device *d, int interface)
{
	for (unsigned n = 0; n < SIM_ENDPOINTS; n++) {
		struct sim_endpoint *e = &d->endpoints[n];

		if (interface >= 0 && (!e->in_force || n == 0 || e->interface != interface))
			continue;
		cancel_endpoint(d, e, -ECANCELED);
		e->running = false;
	}
}

void
sim_device_unplug(struct sim_device *d)
{
	if (d->gone)
		return;
	d->gone = true;
	for (unsigned n = 0; n < SIM_ENDPOINTS; n++)
		cancel_endpoint(d, &d->endpoints[n], -ENODEV);
	/* Also who has nothing in flight has to learn it. */
	list_for_each (pos, &d->handles)
		sim_handle_signal(list_entry(pos, struct sim_handle, node));
}

static void
endpoint_clear(struct sim_endpoint *e)
{
	sim_streams_free(e);
	sim_queue_clear(&e->queue);
	sim_bytes_free(&e->taken);
	free(e->packets);
	e->packets = NULL;
	e->n_packets = 0;
}

static bool
is_scripted(const struct sim_model *m, uint8_t address)
{
	for (size_t i = 0; i < m->n_scripts; i++)
		for (size_t j = 0; j < m->scripts[i].n_steps; j++) {
			const struct sim_step *s = &m->scripts[i].steps[j];

			if ((s->kind == SIM_STEP_EXPECT || s->kind == SIM_STEP_ANY) &&
				s->endpoint == address)
				return true;
		}
	return false;
}

/* Puts the endpoints of a setting in force; of two with one address the first one wins. */
static void
enable(struct sim_device *d, const struct sim_interface *i, const struct desc_alt *alt)
{
	unsigned speed = sim_speed_kbit(d->model->speed);

	for (size_t k = 0; alt && k < alt->n_endpoints; k++) {
		const struct desc_endpoint *desc = &alt->endpoints[k];
		struct sim_endpoint *e = sim_device_endpoint(d, desc->address);

		if (e->in_force || (desc->address & 15) == 0)
			continue;
		e->in_force = true;
		e->address = desc->address & 0x8f;
		e->interface = i->number;
		e->type = desc->attributes & 3;
		e->interval = desc_interval_ns(desc, speed);
		e->packet = e->type == DESC_ISO ? desc_interval_bytes(desc, speed)
						: desc_packet_size(desc);
		e->max_streams = d->model->speed < SIM_SUPER ? 0 : desc_max_streams(desc);
		if (e->max_streams > SIM_STREAMS_MAX)
			e->max_streams = SIM_STREAMS_MAX;
		e->behaviour = sim_model_behaviour(
			d->model, d->config, i->number, i->alternate, e->address);
		e->kind = e->behaviour ? e->behaviour->kind : SIM_PLAIN;
		e->scripted = is_scripted(d->model, e->address);
	}
}

/* Pairs have to be found anew when either end has come or gone. */
static void
pair(struct sim_device *d)
{
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++)
		d->endpoints[n].peer = NULL;
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++) {
		struct sim_endpoint *e = &d->endpoints[n], *in;
		const struct sim_behaviour *b = e->in_force ? e->behaviour : NULL;

		if (!b || (b->kind != SIM_LOOPBACK && b->kind != SIM_ECHO))
			continue;
		in = sim_device_endpoint(d, b->peer);
		if (in->in_force && !in->peer && e->packet) {
			e->kind = b->kind;
			e->peer = in;
			in->peer = e;
		} else {
			/* Nowhere to go. */
			e->kind = SIM_NAK;
		}
	}
	sim_streams_pair(d);
	d->dirty = UINT32_MAX;
}

static void
disable(struct sim_device *d, int interface)
{
	sim_device_cancel(d, interface);
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++) {
		struct sim_endpoint *e = &d->endpoints[n];

		if (!e->in_force || (interface >= 0 && e->interface != interface))
			continue;
		sim_streams_free(e);
		sim_queue_clear(&e->queue);
		e->in_force = e->halted = e->zlp_due = e->scripted = false;
		e->behaviour = NULL;
		e->due = 0;
		e->errors = 0;
	}
}

struct sim_interface *
sim_device_interface(struct sim_device *d, uint8_t number)
{
	for (size_t i = 0; i < d->n_interfaces; i++)
		if (d->interfaces[i].number == number)
			return &d->interfaces[i];
	return NULL;
}

int
sim_device_alternate(struct sim_device *d, struct sim_interface *i, uint8_t alternate)
{
	const struct desc_interface *desc = desc_interface(d->config_desc, i->number);
	const struct desc_alt *alt = desc ? desc_alt(desc, alternate) : NULL;

	if (!alt)
		return -ENOENT;
	disable(d, i->number);
	i->alternate = alternate;
	enable(d, i, alt);
	pair(d);
	d->changed = true;
	return 0;
}

int
sim_device_configure(struct sim_device *d, int config)
{
	const struct desc_config *desc = config ? desc_config(d->model->index, config) : NULL;
	struct sim_interface *interfaces = NULL;
	size_t n = desc ? desc->n_interfaces : 0;

	if (config && !desc)
		return -ENOENT;
	if (n) {
		interfaces = calloc(n, sizeof(*interfaces));
		if (!interfaces)
			return -ENOMEM;
	}
	disable(d, -1);
	free(d->interfaces);
	d->interfaces = interfaces;
	d->n_interfaces = n;
	d->config = config;
	d->config_desc = desc;
	for (size_t k = 0; k < n; k++) {
		struct sim_interface *i = &interfaces[k];

		i->number = desc->interfaces[k].number;
		/* Alternate setting 0, or whatever a strange device has first. */
		i->alternate =
			desc_alt(&desc->interfaces[k], 0) ? 0 : desc->interfaces[k].alts[0].number;
		i->driver_bound = sim_model_driver(d->model, config, i->number) != NULL;
		enable(d, i, desc_alt(&desc->interfaces[k], i->alternate));
	}
	pair(d);
	d->changed = true;
	return 0;
}

void
sim_device_reset(struct sim_device *d)
{
	sim_device_cancel(d, -1);
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++) {
		struct sim_endpoint *e = &d->endpoints[n];

		sim_streams_free(e);
		sim_queue_clear(&e->queue);
		e->halted = e->zlp_due = false;
		e->position = e->due = 0;
		e->errors = 0;
	}
	d->remote_wakeup = false;
	for (size_t i = 0; i < d->model->n_scripts; i++)
		d->scripts[i] = (struct sim_running_script){0};
	d->dirty = UINT32_MAX;
}

void
sim_device_wedge(struct sim_device *d, enum sim_wedge what)
{
	while (d->wedges & what)
		pthread_cond_wait(&d->unwedged, &d->lock);
}

int
sim_device_new(struct sim *sim, struct sim_model *model, unsigned busnum, const char *port,
	unsigned devnum, struct sim_device **ret)
{
	struct sim_device *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	atomic_init(&d->refs, 1);
	d->sim = sim_ref(sim);
	d->model = sim_model_ref(model);
	d->busnum = busnum;
	d->devnum = devnum;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->unwedged, NULL);
	d->wedges = model->wedges;
	d->permissions = model->permissions;
	list_init(&d->handles);
	for (unsigned n = 0; n < SIM_ENDPOINTS; n++)
		list_init(&d->endpoints[n].pending);
	/* More than any control request, so that each is recorded as one packet. */
	d->endpoints[0].packet = 1 << 17;
	d->endpoints[0].in_force = true;
	d->authorized = true;
	d->autosuspend_delay_ms = 2000;
	d->ports = calloc(model->n_ports + 1, sizeof(*d->ports));
	for (unsigned n = 0; d->ports && n < model->n_ports; n++)
		d->ports[n].power = true;
	d->scripts = calloc(model->n_scripts + 1, sizeof(*d->scripts));
	if (asprintf(&d->name, "%u-%s", busnum, port) < 0)
		d->name = NULL;
	if (!d->ports || !d->scripts || !d->name ||
		sim_device_configure(d, model->active) == -ENOMEM) {
		sim_device_unref(d);
		return -ENOMEM;
	}
	d->devpath = strchr(d->name, '-') + 1;
	d->changed = false;
	*ret = d;
	return 0;
}

struct sim_device *
sim_device_ref(struct sim_device *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

struct sim_device *
sim_device_unref(struct sim_device *d)
{
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	assert(list_empty(&d->handles));
	for (unsigned n = 0; n < SIM_ENDPOINTS; n++)
		endpoint_clear(&d->endpoints[n]);
	sim_bytes_free(&d->kept);
	free(d->interfaces);
	free(d->scripts);
	free(d->ports);
	free(d->name);
	pthread_cond_destroy(&d->unwedged);
	pthread_mutex_destroy(&d->lock);
	sim_model_unref(d->model);
	sim_unref(d->sim);
	free(d);
	return NULL;
}
