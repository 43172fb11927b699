/* SPDX-License-Identifier: MIT */
/*
 * Transfers of an open virtual device: submit, cancel, and running the completions. What a caller
 * must not do is an error here even where a real bus would let it pass, so that tests find it.
 */
#include "backend/sim/handle.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>

#include "backend/sim/sim.h"

enum {
	SETUP_LEN = 8,
	CONTROL_MAX = 4096, /* what usbfs takes in a data stage */
	DISPATCH_MAX = 64,  /* so that a source without an end does not keep the worker */
};

void
sim_handle_signal(struct sim_handle *h)
{
	if (h->signalled)
		return;
	h->signalled = true;
	/* Only fails at 2^64 - 1, and this adds one to zero. */
	if (eventfd_write(h->fd, 1) < 0)
		assert(!"eventfd refused a write");
}

int
sim_fd(struct backend_device *bd)
{
	return sim_handle_of(bd)->fd;
}

/* The next transfer whose done() has to run; NULL: none, and fd is quiet again. */
static struct transfer *
next_done(struct sim_handle *h, bool *ret_dead)
{
	struct transfer *t;
	eventfd_t count;

	pthread_mutex_lock(&h->device->lock);
	t = list_first(&h->done, struct transfer, node);
	if (t) {
		list_del(&t->node);
		h->in_flight--;
		h->device->memory -= t->length;
	} else if (h->signalled) {
		h->signalled = false;
		(void)eventfd_read(h->fd, &count);
	}
	*ret_dead = h->device->gone && h->in_flight == 0;
	pthread_mutex_unlock(&h->device->lock);
	return t;
}

int
sim_dispatch(struct backend_device *bd)
{
	struct sim_handle *h = sim_handle_of(bd);
	bool dead = false;
	struct transfer *t = NULL;

	assert(!h->dispatching);
	h->dispatching = true;
	for (unsigned n = 0; n < DISPATCH_MAX && (t = next_done(h, &dead)); n++)
		t->done(t);
	h->dispatching = false;
	return !t && dead ? -ENODEV : 0;
}

static bool
claimed(struct sim_handle *h, uint8_t interface)
{
	const struct sim_interface *i = sim_device_interface(h->device, interface);

	return i && i->claimer == h;
}

/* usbfs claims an interface on the quiet when a standard or class request is for it, or for one of
 * its endpoints; see backend/usb/transfer.c. */
static int
check_recipient(struct sim_handle *h, const unsigned char *setup)
{
	const struct sim_endpoint *e = sim_device_endpoint(h->device, setup[4]);

	if ((setup[0] & 0x60) == 0x40 || (setup[0] == 0xa1 && setup[1] == 0))
		return 0;
	if ((setup[0] & 0x1f) == 1)
		return claimed(h, setup[4]) ? 0 : -EINVAL;
	if ((setup[0] & 0x1f) == 2 && (setup[4] & 0x0f) && e->in_force)
		return claimed(h, e->interface) ? 0 : -EINVAL;
	return 0;
}

static int
check_control(struct sim_handle *h, const struct transfer *t)
{
	size_t data;

	if (t->type != DESC_CONTROL || t->length < SETUP_LEN || t->length > SETUP_LEN + CONTROL_MAX)
		return -EINVAL;
	data = (size_t)t->buffer[6] | (size_t)t->buffer[7] << 8;
	if (t->length - SETUP_LEN < data)
		return -EINVAL;
	/* SET_ADDRESS, SET_CONFIGURATION and SET_INTERFACE are never requests: section 4 of the
	 * design has them done by set_configuration() and set_alternate(), or refused. */
	if ((t->buffer[0] == 0x00 && (t->buffer[1] == 5 || t->buffer[1] == 9)) ||
		(t->buffer[0] == 0x01 && t->buffer[1] == 11))
		return -EINVAL;
	return check_recipient(h, t->buffer);
}

static int
check_packets(const struct sim_endpoint *e, const struct transfer *t)
{
	size_t length = 0;

	if (e->interval == 0 || !t->packets || t->n_packets == 0 ||
		t->n_packets > TRANSFER_MAX_PACKETS)
		return -EINVAL;
	for (unsigned i = 0; i < t->n_packets; i++) {
		if (t->packets[i].length > e->packet)
			return -EINVAL;
		length += t->packets[i].length;
	}
	return length == t->length ? 0 : -EINVAL;
}

static int
check(struct sim_handle *h, const struct sim_endpoint *e, const struct transfer *t)
{
	const struct sim_interface *i;

	if (h->device->gone)
		return -ENODEV;
	if (t->endpoint == 0)
		return check_control(h, t);
	if (!e->in_force || e->address != t->endpoint)
		return -ENOENT;
	i = sim_device_interface(h->device, t->interface);
	if (e->interface != t->interface || !i || i->claimer != h)
		return -EINVAL;
	if (e->type == DESC_CONTROL)
		return -EOPNOTSUPP;
	if (t->type != e->type || e->packet == 0 || (t->length && !t->buffer))
		return -EINVAL;
	if (e->streams_in_use ? t->stream == 0 || t->stream > e->streams_in_use : t->stream != 0)
		return -EINVAL;
	if (e->type == DESC_ISO)
		return check_packets(e, t);
	if ((t->endpoint & 0x80) && (t->length == 0 || t->length % e->packet))
		return -EINVAL;
	return 0;
}

static void
count_submission(struct sim_endpoint *e)
{
	e->submitted++;
	e->n_pending++;
	if (e->n_pending > e->max_pending)
		e->max_pending = e->n_pending;
}

/* As usbfs counts: what was submitted and not yet fetched, of everyone who has it open. */
static bool
memory_left(const struct sim_device *d, const struct transfer *t)
{
	uint64_t limit = d->model->memory;

	return limit == 0 || (d->memory <= limit && t->length <= limit - d->memory);
}

int
sim_submit(struct backend_device *bd, struct transfer *t)
{
	struct sim_handle *h = sim_handle_of(bd);
	struct sim_device *d = h->device;
	struct sim_endpoint *e;
	int r;

	pthread_mutex_lock(&d->lock);
	sim_device_wedge(d, SIM_WEDGE_SUBMIT);
	e = sim_device_endpoint(d, t->endpoint);
	r = check(h, e, t);
	if (r == 0 && !memory_left(d, t))
		r = -ENOMEM;
	if (r == 0) {
		t->status = 0;
		t->actual = 0;
		for (unsigned i = 0; t->type == DESC_ISO && i < t->n_packets; i++)
			t->packets[i].actual = 0;
		t->priv = h;
		t->due = 0;
		if (t->endpoint == 0 && t->timeout_ms)
			t->due = sim_now() + (uint64_t)t->timeout_ms * 1000000;
		if (t->type == DESC_ISO) {
			sim_iso_submit(d, e, t);
		} else {
			struct sim_endpoint *s = sim_streams_get(e, t->stream);

			list_append(&s->pending, &t->node);
			if (s != e)
				count_submission(s);
		}
		h->in_flight++;
		d->memory += t->length;
		count_submission(e);
		sim_device_touch(d, e);
		sim_device_run(d);
		sim_device_notify(d);
	}
	pthread_mutex_unlock(&d->lock);
	return r;
}

void
sim_cancel(struct backend_device *bd, struct transfer *t)
{
	struct sim_handle *h = sim_handle_of(bd);
	struct sim_device *d = h->device;
	struct sim_endpoint *e;

	pthread_mutex_lock(&d->lock);
	sim_device_wedge(d, SIM_WEDGE_CANCEL);
	e = sim_streams_get(sim_device_endpoint(d, t->endpoint), t->stream);
	/* What has passed has happened. */
	if (e && e->type == DESC_ISO)
		sim_iso_run(d, e);
	/* If it is not pending any more, the result that won is on its way. */
	for (struct list *pos = e ? e->pending.next : NULL; pos && pos != &e->pending;
		pos = pos->next) {
		if (pos != &t->node)
			continue;
		sim_device_complete(d, e, t, -ECANCELED);
		/* The next in the queue is at the front now. */
		sim_device_touch(d, e);
		sim_device_run(d);
		sim_device_notify(d);
		break;
	}
	pthread_mutex_unlock(&d->lock);
}
