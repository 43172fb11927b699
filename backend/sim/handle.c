/* SPDX-License-Identifier: MIT */
/*
 * Opening a virtual device and everything about it that is not a transfer. What the kernel does
 * beside the request (drivers rebinding, alternate setting 0 on release) is done here likewise.
 */
#include "backend/sim/handle.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "backend/sim/sim.h"

struct sim_handle *
sim_handle_of(struct backend_device *bd)
{
	assert(bd->ops == &backend_sim);
	return container_of(bd, struct sim_handle, base);
}

/* Begins a call: takes the lock, waits while the call is wedged. */
static struct sim_device *
enter(struct backend_device *bd, enum sim_wedge what)
{
	struct sim_device *d = sim_handle_of(bd)->device;

	pthread_mutex_lock(&d->lock);
	if (what)
		sim_device_wedge(d, what);
	return d;
}

/* Ends it: what the call has made possible happens. */
static int
leave(struct sim_device *d, int r)
{
	sim_device_run(d);
	sim_device_notify(d);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static struct sim_device *
find_device(struct sim *s, uint64_t seq)
{
	struct sim_device *found = NULL;

	pthread_mutex_lock(&s->lock);
	list_for_each (pos, &s->slots) {
		struct sim_slot *slot = list_entry(pos, struct sim_slot, node);

		if (slot->device && slot->device->seq == seq)
			found = sim_device_ref(slot->device);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

int
sim_open(struct backend *b, struct snapshot *snapshot, struct backend_device **ret)
{
	struct sim_device *d = find_device(container_of(b, struct sim, base), snapshot->seq);
	struct sim_handle *h;
	bool admitted;

	if (!d)
		return -ENODEV;
	pthread_mutex_lock(&d->lock);
	admitted = sim_node_admits(&d->permissions);
	pthread_mutex_unlock(&d->lock);
	if (!admitted) {
		sim_device_unref(d);
		return -EACCES;
	}
	h = calloc(1, sizeof(*h));
	if (!h) {
		sim_device_unref(d);
		return -ENOMEM;
	}
	h->base.ops = &backend_sim;
	h->device = d;
	list_init(&h->done);
	h->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->fd < 0) {
		free(h);
		sim_device_unref(d);
		return -errno;
	}
	pthread_mutex_lock(&d->lock);
	sim_device_wedge(d, SIM_WEDGE_OPEN);
	list_append(&d->handles, &h->node);
	d->times_opened++;
	if (d->gone)
		sim_handle_signal(h);
	leave(d, 0);
	*ret = &h->base;
	return 0;
}

/* The kernel frees streams and puts setting 0 back in force when a driver, usbfs too, lets an
 * interface go. */
static void
let_go(struct sim_device *d, struct sim_interface *i)
{
	i->claimer = NULL;
	d->changed = true;
	sim_device_cancel(d, i->number);
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++)
		if (d->endpoints[n].in_force && d->endpoints[n].interface == i->number)
			d->endpoints[n].streams_in_use = 0;
	if (i->alternate)
		(void)sim_device_alternate(d, i, 0);
}

void
sim_close(struct backend_device *bd)
{
	struct sim_handle *h = sim_handle_of(bd);
	struct sim_device *d = enter(bd, SIM_WEDGE_CLOSE);

	assert(h->in_flight == 0);
	for (size_t i = 0; i < d->n_interfaces; i++)
		if (d->interfaces[i].claimer == h)
			let_go(d, &d->interfaces[i]);
	list_del(&h->node);
	leave(d, 0);
	close(h->fd);
	free(h);
	sim_device_unref(d);
}

int
sim_claim(struct backend_device *bd, uint8_t interface)
{
	struct sim_device *d = enter(bd, SIM_WEDGE_CLAIM);
	struct sim_interface *i = sim_device_interface(d, interface);
	struct sim_handle *h = sim_handle_of(bd);

	if (d->gone)
		return leave(d, -ENODEV);
	if (!i)
		return leave(d, -ENOENT);
	if (i->driver_bound || (i->claimer && i->claimer != h))
		return leave(d, -EBUSY);
	/* usbfs is a driver too, as far as others can see. */
	d->changed = d->changed || !i->claimer;
	i->claimer = h;
	return leave(d, 0);
}

int
sim_release(struct backend_device *bd, uint8_t interface)
{
	struct sim_device *d = enter(bd, 0);
	struct sim_interface *i = sim_device_interface(d, interface);

	if (!i || i->claimer != sim_handle_of(bd))
		return leave(d, d->gone ? -ENODEV : -ENOENT);
	let_go(d, i);
	return leave(d, d->gone ? -ENODEV : 0);
}

int
sim_detach_driver(struct backend_device *bd, uint8_t interface)
{
	struct sim_device *d = enter(bd, 0);
	struct sim_interface *i = sim_device_interface(d, interface);

	if (d->gone)
		return leave(d, -ENODEV);
	if (!i || !i->driver_bound)
		return leave(d, -ENOENT);
	i->driver_bound = false;
	d->changed = true;
	return leave(d, 0);
}

int
sim_attach_driver(struct backend_device *bd, uint8_t interface)
{
	struct sim_device *d = enter(bd, 0);
	struct sim_interface *i = sim_device_interface(d, interface);

	if (d->gone)
		return leave(d, -ENODEV);
	if (!i)
		return leave(d, -ENOENT);
	if (i->claimer || i->driver_bound)
		return leave(d, -EBUSY);
	if (!sim_model_driver(d->model, d->config, interface))
		return leave(d, -ENOENT);
	i->driver_bound = true;
	d->changed = true;
	return leave(d, 0);
}

/* The kernel has the drivers that the description names, and each wants its own interfaces. */
int
sim_bind_driver(struct backend_device *bd, uint8_t interface, const char *driver)
{
	struct sim_device *d = enter(bd, 0);
	struct sim_interface *i = sim_device_interface(d, interface);
	const char *own = sim_model_driver(d->model, d->config, interface);
	bool known = false;

	if (d->gone)
		return leave(d, -ENODEV);
	if (!i)
		return leave(d, -ENOENT);
	for (size_t n = 0; n < d->model->n_drivers; n++)
		known = known || strcmp(d->model->drivers[n].name, driver) == 0;
	if (!known)
		return leave(d, -ENOENT);
	if (!own || strcmp(own, driver) != 0)
		return leave(d, -EINVAL);
	if (i->claimer || i->driver_bound)
		return leave(d, -EBUSY);
	i->driver_bound = true;
	d->changed = true;
	return leave(d, 0);
}

int
sim_set_alternate(struct backend_device *bd, uint8_t interface, uint8_t alternate)
{
	struct sim_device *d = enter(bd, SIM_WEDGE_ALTERNATE);
	struct sim_interface *i = sim_device_interface(d, interface);

	if (d->gone)
		return leave(d, -ENODEV);
	if (!i || i->claimer != sim_handle_of(bd))
		return leave(d, -ENOENT);
	return leave(d, sim_device_alternate(d, i, alternate));
}

/* The configuration in force, once more: drivers that are not bound stay so. */
static int
configure_again(struct sim_device *d)
{
	for (size_t k = 0; k < d->n_interfaces; k++) {
		struct sim_interface *i = &d->interfaces[k];
		const struct desc_interface *desc = desc_interface(d->config_desc, i->number);
		uint8_t first = desc_alt(desc, 0) ? 0 : desc->alts[0].number;

		if (i->alternate != first)
			(void)sim_device_alternate(d, i, first);
	}
	for (unsigned n = 1; n < SIM_ENDPOINTS; n++)
		if (d->endpoints[n].in_force)
			d->endpoints[n].halted = false;
	d->dirty = UINT32_MAX;
	return 0;
}

int
sim_set_configuration(struct backend_device *bd, int value)
{
	struct sim_device *d = enter(bd, SIM_WEDGE_CONFIGURATION);

	if (d->gone)
		return leave(d, -ENODEV);
	/* usbfs refuses while a driver has an interface, usbfs itself included. */
	for (size_t i = 0; i < d->n_interfaces; i++)
		if (d->interfaces[i].driver_bound || d->interfaces[i].claimer)
			return leave(d, -EBUSY);
	if (value != 0 && value == d->config)
		return leave(d, configure_again(d));
	/* libusb spells "unconfigured" -1 as well. */
	return leave(d, sim_device_configure(d, value < 0 || !d->authorized ? 0 : value));
}

int
sim_clear_halt(struct backend_device *bd, uint8_t endpoint)
{
	struct sim_device *d = enter(bd, SIM_WEDGE_CLEAR_HALT);
	struct sim_endpoint *e = sim_device_endpoint(d, endpoint);
	const struct sim_interface *i;

	if (d->gone)
		return leave(d, -ENODEV);
	if (!e->in_force || e->address != endpoint || endpoint == 0)
		return leave(d, -ENOENT);
	i = sim_device_interface(d, e->interface);
	if (!i || i->claimer != sim_handle_of(bd))
		return leave(d, -EINVAL);
	e->halted = false;
	sim_device_touch(d, e);
	return leave(d, 0);
}

int
sim_reset(struct backend_device *bd)
{
	struct sim_device *d = enter(bd, SIM_WEDGE_RESET);

	if (d->gone)
		return leave(d, -ENODEV);
	if (d->model->reset_replugs || d->model->reset_unplugs) {
		sim_device_unplug(d);
		d->replug = d->model->reset_replugs;
		return leave(d, -ENODEV);
	}
	sim_device_reset(d);
	return leave(d, 0);
}
