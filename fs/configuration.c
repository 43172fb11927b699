/* SPDX-License-Identifier: MIT */
/* Configurations; see configuration.h. */
#include "fs/configuration.h"

#include <errno.h>
#include <string.h>

#include "fs/alternate.h"
#include "fs/backlog.h"
#include "fs/chunk.h"
#include "fs/complaint.h"
#include "fs/driver.h"
#include "fs/endpoint.h"
#include "fs/owner.h"
#include "fs/quiesce.h"
#include "fs/request.h"
#include "fs/settle.h"
#include "fs/worker.h"

/* How many interfaces it has; -EINVAL: there is none such. */
static int
count_interfaces(const struct snapshot *s, unsigned value)
{
	struct desc_index *index;
	const struct desc_config *config;
	int n;

	if (value == 0)
		return 0;
	index = desc_index_new(s->descriptors, s->descriptors_len);
	if (!index)
		return -ENOMEM;
	config = desc_config(index, (int)value);
	n = config ? (int)config->n_interfaces : -EINVAL;
	desc_index_free(index);
	return n;
}

int
configuration_exists(const struct snapshot *s, unsigned value)
{
	int n = count_interfaces(s, value);

	return n < 0 ? n : 0;
}

bool
configuration_is_off(const struct device *d, int config)
{
	return d->configuring && d->configured != config;
}

/* Does anybody but us own an interface? The kernel would refuse then, too, but only after our own
 * claims had been given up. */
static int
check_owners(struct device *d, const struct snapshot *s)
{
	for (size_t n = 0; n < s->n_interfaces; n++) {
		uint8_t i = s->interfaces[n].number;
		char buf[OWNER_MAX];

		if (!bit_get(d->claimed, i) && owner_of(d, s, i, buf))
			return complain_busy(d, i);
	}
	return 0;
}

/* Would E be none after BEFORE has become VALUE? */
static bool
ends(const struct endpoint *e, int before, unsigned value)
{
	return before != (int)value || e->config != before || e->alternate != 0;
}

/* Who waits for one of these must not take it for a signal, and try again. */
static void
end_writes(struct device *d, int before, unsigned value)
{
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		list_for_each (c, &e->flying)
			if (ends(e, before, value))
				list_entry(c, struct chunk, node)->why = -ESHUTDOWN;
	}
}

static int
release_all(struct device *d)
{
	int r = 0;

	for (unsigned i = 0; i < 256 && r == 0; i++)
		if (bit_get(d->claimed, (uint8_t)i))
			r = driver_let_go(d, (uint8_t)i);
	return r;
}

/* The claims that were asked for by name are to outlast what changes nothing of them. */
static void
hold_again(struct device *d, const uint8_t held[32])
{
	for (unsigned i = 0; i < 256; i++)
		if (bit_get(held, (uint8_t)i) && worker_claim(d, (int)i) == 0)
			bit_put(d->held, (uint8_t)i, true);
	alternate_publish_kept(d);
}

static void
note(struct device *d, int before, unsigned value)
{
	list_for_each (at, &d->live) {
		struct endpoint *e = list_entry(at, struct endpoint, live);

		e->streams = false; /* the kernel has freed them */
		atomic_store(&e->stats.halted, false);
		if (!ends(e, before, value)) {
			backlog_forgive(e, -EPIPE);
			continue;
		}
		e->stale = true;
		atomic_store(&e->ended, true);
		endpoint_discard(e);
	}
	d->configuring++;
	d->configured = (int)value;
	memset(d->conversing, 0, sizeof(d->conversing));
	if (before != (int)value)
		driver_forget_all(d);
}

/* The main thread knows, and has said so of every endpoint. */
static void
seen(struct device *d, unsigned number)
{
	if (d->configuring == number)
		d->configuring = 0;
}

static struct settle_goal
goal(const struct snapshot *s, int before, unsigned value)
{
	int n = count_interfaces(s, value);

	return (struct settle_goal){
		.interface = -1,
		.value = value,
		.others = n < 0 ? 0 : (unsigned)n,
		.first = before == (int)value,
	};
}

int
configuration_set(struct device *d, unsigned value)
{
	const struct snapshot *s = worker_snapshot(d);
	int before = d->configuring ? d->configured : s->active_config;
	struct settling *settling;
	uint8_t held[32];
	int r = configuration_exists(s, value);

	if (r == -EINVAL)
		complain(d, "there is no configuration %u; see bNumConfigurations and config*",
			value);
	if (r == 0)
		r = worker_open(d);
	if (r < 0)
		return r;
	s = worker_snapshot(d);
	r = check_owners(d, s);
	if (r < 0)
		return r;
	settling = settle_prepare(d, seen, d->configuring + 1);
	if (!settling)
		return -ENOMEM;
	memcpy(held, d->held, sizeof(held));
	end_writes(d, before, value);
	r = quiesce_interface(d, -1);
	if (r == 0)
		r = release_all(d);
	if (r == 0)
		r = d->backend->ops->set_configuration(d->handle, (int)value);
	if (r == 0) {
		d->goal = goal(s, before, value);
		note(d, before, value);
		settle_notify(settling, &d->goal);
	} else {
		settle_drop(settling);
	}
	if (r < 0 || before == (int)value)
		hold_again(d, held);
	if (r == -EBUSY)
		complain(d, "a driver or another program has just taken an interface; see driver "
			    "of each");
	quiesce_resume_all(d);
	return r == -ENOENT ? -EINVAL : r;
}

void
configuration_answer(struct device *d, struct request *r)
{
	settle_answer(d, &d->goal, r);
}
