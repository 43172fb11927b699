/* SPDX-License-Identifier: MIT */
/* Alternate settings; see alternate.h. */
#include "fs/alternate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/complaint.h"
#include "fs/configuration.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/quiesce.h"
#include "fs/settle.h"
#include "fs/worker.h"

int
alternate_exists(const struct snapshot *s, int config, int interface, unsigned alternate)
{
	struct desc_index *index;
	const struct desc_config *c;
	const struct desc_interface *i;
	int r = 0;

	if (s->active_config != config)
		return -ESHUTDOWN;
	index = desc_index_new(s->descriptors, s->descriptors_len);
	if (!index)
		return -ENOMEM;
	c = desc_config(index, config);
	i = c ? desc_interface(c, interface) : NULL;
	if (!i || !desc_alt(i, (int)alternate))
		r = -EINVAL;
	desc_index_free(index);
	return r;
}

/* ---- the worker ---- */

/* Nothing is kept any more: the device may be closed if nobody uses it. */
static void
unkept(struct message *m)
{
	struct device *d = container_of(m, struct device, unkept);

	atomic_store(&d->unkept_sent, false);
	if (d->openers == 0 && d->state == DEVICE_RUNNING)
		timer_set(&d->fs->loop.timers, &d->linger, d->gone ? 0 : FS_LINGER_MS);
}

void
alternate_publish_kept(struct device *d)
{
	unsigned holds = 0;
	bool keep = false;

	for (unsigned i = 0; i < 256; i++) {
		holds += bit_get(d->held, (uint8_t)i);
		keep |= bit_get(d->switched, (uint8_t)i) && d->notes->alternates[i] != 0;
	}
	keep |= holds > 0;
	atomic_store(&d->holds, holds);
	if (!atomic_exchange(&d->kept, keep) || keep)
		return;
	if (!atomic_exchange(&d->unkept_sent, true)) {
		d->unkept.run = unkept;
		mailbox_send(&d->fs->inbox, &d->unkept);
	}
}

bool
alternate_is_off(const struct endpoint *e)
{
	const struct device *d = e->device;
	uint8_t i = (uint8_t)e->interface;

	return bit_get(d->switched, i) && d->notes->alternates[i] != e->alternate;
}

void
alternate_forget(struct device *d, int interface)
{
	if (interface < 0)
		memset(d->switched, 0, sizeof(d->switched));
	else
		bit_put(d->switched, (uint8_t)interface, false);
	alternate_publish_kept(d);
}

static void
note(struct device *d, uint8_t interface, uint8_t alternate)
{
	bit_put(d->switched, interface, true);
	d->notes->alternates[interface] = alternate;
	alternate_publish_kept(d);
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		if (e->interface != interface)
			continue;
		e->streams = false; /* the kernel has freed them */
		/* No endpoint is halted after this (USB 2.0 section 9.4.10). */
		atomic_store(&e->stats.halted, false);
		if (alternate_is_off(e))
			endpoint_discard(e);
		else
			backlog_forgive(e, -EPIPE);
	}
}

/* Who waits for one of these must not take it for a signal, and try again. */
static void
end_writes(struct device *d, uint8_t interface, unsigned alternate)
{
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		if (e->interface != interface || e->alternate == (int)alternate)
			continue;
		list_for_each (c, &e->flying)
			list_entry(c, struct chunk, node)->why = -ESHUTDOWN;
	}
}

int
alternate_set(struct device *d, int config, int number, unsigned alternate)
{
	uint8_t interface = (uint8_t)number;
	int r = configuration_is_off(d, config)
			? -ESHUTDOWN
			: alternate_exists(worker_snapshot(d), config, number, alternate);

	if (r == 0)
		r = worker_claim(d, interface);
	if (r == -EBUSY)
		complain_busy(d, interface);
	if (r < 0)
		return r;
	end_writes(d, interface, alternate);
	r = quiesce_interface(d, interface);
	if (r == 0)
		r = d->backend->ops->set_alternate(d->handle, interface, (uint8_t)alternate);
	if (r == 0)
		note(d, interface, (uint8_t)alternate);
	quiesce_resume_all(d);
	return r;
}

/* ---- the answer ---- */

void
alternate_answer(struct device *d, struct request *r, uint8_t interface)
{
	struct settle_goal goal = {
		.interface = interface, .value = d->notes->alternates[interface]};

	if (bit_get(d->switched, interface))
		settle_answer(d, &goal, r);
	else if (request_finish(r))
		request_reply_done(r);
}
