/* SPDX-License-Identifier: MIT */
/* What connections of the control socket can wait for: has it come? See command.h. */
#include "backend/sim/command.h"

#include <errno.h>

/* 1: what is waited for is there; 0: not yet; -ENODEV: it cannot come any more. */
static int
state(const struct sim_wait *w, struct sim_device *d)
{
	struct sim_endpoint *e;
	struct sim_interface *i;

	if (w->kind == SIM_WAIT_PLUGGED)
		return (d != NULL) == (w->number != 0);
	if (!d)
		return w->kind <= SIM_WAIT_PENDING || w->number ? -ENODEV : 1;
	e = sim_streams_get(sim_device_endpoint(d, w->endpoint), w->stream);
	/* The streams went away with their alternate setting; they may come back. */
	if (!e)
		return w->kind == SIM_WAIT_PENDING && w->number == 0;
	switch (w->kind) {
	case SIM_WAIT_TAKEN:
		return e->taken_total >= w->number;
	case SIM_WAIT_PENDING:
		return e->n_pending >= w->number && (w->number || e->n_pending == 0);
	case SIM_WAIT_OPENED:
		return list_empty(&d->handles) == (w->number == 0);
	case SIM_WAIT_CLAIMED:
		i = sim_device_interface(d, w->interface);
		return (i && i->claimer) == (w->number != 0);
	default:
		return 1;
	}
}

bool
sim_wait_over(const struct sim_wait *w, struct sim_bytes *reply)
{
	struct sim_device *d = w->slot->device;
	int r;

	if (d)
		pthread_mutex_lock(&d->lock);
	r = state(w, d);
	if (d)
		pthread_mutex_unlock(&d->lock);
	if (r == 0)
		return false;
	if (r < 0)
		(void)sim_bytes_print(reply, "error it is not plugged in\n");
	else
		(void)sim_bytes_print(reply, "ok\n");
	return true;
}
