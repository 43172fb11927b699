/* SPDX-License-Identifier: MIT */
/*
 * Streams of bulk endpoints (USB 3.2 section 8.12.1.4). A device has the data of each of its streams
 * whether the host uses them or not; they are made when somebody first does, and last as long as
 * the alternate setting. A stream is a struct sim_endpoint with an owner.
 */
#include "backend/sim/handle.h"

#include <errno.h>
#include <stdlib.h>

#include "backend/sim/device.h"

static int
make(struct sim_endpoint *e)
{
	if (e->streams || e->max_streams == 0)
		return 0;
	e->streams = calloc(e->max_streams, sizeof(*e->streams));
	if (!e->streams)
		return -ENOMEM;
	e->n_streams = e->max_streams;
	for (unsigned n = 0; n < e->n_streams; n++) {
		struct sim_endpoint *s = &e->streams[n];

		s->in_force = true;
		s->address = e->address;
		s->interface = e->interface;
		s->type = e->type;
		s->packet = e->packet;
		s->behaviour = e->behaviour;
		s->owner = e;
		list_init(&s->pending);
	}
	return 0;
}

int
sim_streams_need(struct sim_device *d, struct sim_endpoint *e)
{
	int r = make(e);

	if (r == 0 && e->peer)
		r = make(e->peer);
	sim_streams_pair(d);
	return r;
}

void
sim_streams_pair(struct sim_device *d)
{
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++) {
		struct sim_endpoint *e = &d->endpoints[n];

		for (unsigned k = 0; k < e->n_streams; k++) {
			struct sim_endpoint *s = &e->streams[k];

			s->kind = e->kind;
			s->peer = e->peer && k < e->peer->n_streams ? &e->peer->streams[k] : NULL;
			/* Nowhere to go. */
			if (!s->peer && (s->kind == SIM_LOOPBACK || s->kind == SIM_ECHO))
				s->kind = SIM_NAK;
		}
	}
}

void
sim_streams_free(struct sim_endpoint *e)
{
	for (unsigned n = 0; n < e->n_streams; n++) {
		sim_queue_clear(&e->streams[n].queue);
		sim_bytes_free(&e->streams[n].taken);
		free(e->streams[n].packets);
	}
	free(e->streams);
	e->streams = NULL;
	e->n_streams = e->streams_in_use = 0;
}

struct sim_endpoint *
sim_streams_get(struct sim_endpoint *e, uint32_t n)
{
	if (n == 0)
		return e;
	return n <= e->n_streams ? &e->streams[n - 1] : NULL;
}

/* The endpoint, if the handle may change its streams now; 0 or -errno. */
static int
find(struct backend_device *bd, uint8_t address, struct sim_endpoint **ret)
{
	struct sim_device *d = sim_handle_of(bd)->device;
	struct sim_endpoint *e = sim_device_endpoint(d, address);
	const struct sim_interface *i;

	if (d->gone)
		return -ENODEV;
	if (!e->in_force || e->address != address || e == &d->endpoints[0])
		return -ENOENT;
	i = sim_device_interface(d, e->interface);
	if (!i || i->claimer != sim_handle_of(bd) || e->n_pending)
		return -EINVAL;
	if (e->max_streams == 0)
		return -EOPNOTSUPP;
	*ret = e;
	return 0;
}

int
sim_alloc_streams(struct backend_device *bd, uint8_t endpoint, unsigned n)
{
	struct sim_device *d = sim_handle_of(bd)->device;
	struct sim_endpoint *e = NULL;
	int r;

	pthread_mutex_lock(&d->lock);
	r = find(bd, endpoint, &e);
	if (r == 0 && (n == 0 || e->streams_in_use))
		r = -EINVAL;
	if (r == 0)
		r = sim_streams_need(d, e);
	if (r == 0) {
		e->streams_in_use = n < e->n_streams ? n : e->n_streams;
		r = (int)e->streams_in_use;
		sim_device_notify(d);
	}
	pthread_mutex_unlock(&d->lock);
	return r;
}

int
sim_free_streams(struct backend_device *bd, uint8_t endpoint)
{
	struct sim_device *d = sim_handle_of(bd)->device;
	struct sim_endpoint *e = NULL;
	int r;

	pthread_mutex_lock(&d->lock);
	r = find(bd, endpoint, &e);
	if (r == 0 && e->streams_in_use == 0)
		r = -EINVAL;
	if (r == 0)
		e->streams_in_use = 0;
	pthread_mutex_unlock(&d->lock);
	return r;
}
