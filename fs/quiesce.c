/* SPDX-License-Identifier: MIT */
/* Quiet endpoints for verbs; see quiesce.h. */
#include "fs/quiesce.h"

#include <errno.h>

#include "fs/chunk.h"
#include "fs/control.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/worker.h"

enum {
	/* How long cancelled transfers may take to come back before a verb gives up, in ms. */
	QUIESCE_MS = 2000,
};

int
quiesce_endpoint(struct device *d, struct endpoint *e)
{
	e->paused = true;
	chunk_cancel_all(e);
	return worker_drain(d, e, QUIESCE_MS) ? 0 : -ETIMEDOUT;
}

int
quiesce_interface(struct device *d, int interface)
{
	int r = interface < 0 ? control_quiesce(d) : 0;

	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		if (r == 0 && (interface < 0 || e->interface == interface))
			r = quiesce_endpoint(d, e);
	}
	return r;
}

void
quiesce_resume(struct endpoint *e)
{
	if (!e->paused)
		return;
	e->paused = false;
	e->running = false;
	endpoint_advance(e);
	endpoint_publish(e, false);
}

void
quiesce_resume_all(struct device *d)
{
	list_for_each (at, &d->live)
		quiesce_resume(list_entry(at, struct endpoint, live));
	control_resume(d);
}
