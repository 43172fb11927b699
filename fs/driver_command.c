/* SPDX-License-Identifier: MIT */
/*
 * The verbs of `driver` files: for one interface, or for all of an association together. Taking and
 * claiming is all or nothing; giving back goes as far as it can, and tells the first error.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/complaint.h"
#include "fs/configuration.h"
#include "fs/driver_one.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "fs/journal.h"
#include "fs/owner.h"
#include "fs/quiesce.h"
#include "fs/worker.h"

enum {
	RECOVER_MS = 5000, /* at the start: how long serving waits for drivers to be given back */
};

/* The interfaces that a command is about. */
struct members {
	uint8_t number[256];
	unsigned n;
};

static void
add(struct members *m, unsigned interface)
{
	m->number[m->n++] = (uint8_t)interface;
}

static int
association(struct device *d, const struct snapshot *s, const struct file *f, struct members *ret)
{
	struct desc_index *index = desc_index_new(s->descriptors, s->descriptors_len);
	const struct desc_config *config = index ? desc_config(index, f->config) : NULL;
	const struct desc_interface *in = config ? desc_interface(config, f->interface) : NULL;
	unsigned first = 0, count = 0;

	if (!index)
		return -ENOMEM;
	if (in && in->iad.len > 0) {
		first = desc_u8(in->iad, 2);
		count = desc_u8(in->iad, 3);
	}
	desc_index_free(index);
	if (count == 0) {
		complain(d, "interface %d belongs to no association", f->interface);
		return -EINVAL;
	}
	for (size_t n = 0; n < s->n_interfaces; n++)
		if (s->interfaces[n].number >= first && s->interfaces[n].number - first < count)
			add(ret, s->interfaces[n].number);
	return 0;
}

static int
find_members(
	struct device *d, const struct file *f, const struct ctl_command *c, struct members *ret)
{
	const struct snapshot *s = worker_snapshot(d);

	ret->n = 0;
	if (s->active_config != f->config || configuration_is_off(d, f->config)) {
		complain(d, "configuration %d is not in force", f->config);
		return -ESHUTDOWN;
	}
	if (c->association)
		return association(d, s, f, ret);
	add(ret, (unsigned)f->interface);
	return 0;
}

static int
take_away(struct device *d, const struct members *m)
{
	uint8_t lost[32] = {0};
	int r = 0;

	for (unsigned i = 0; i < m->n && r == 0; i++)
		r = driver_detach(d, m->number[i], lost);
	if (r < 0)
		driver_give_back(d, lost);
	return r;
}

static int
claim(struct device *d, const struct members *m)
{
	struct members mine = {.n = 0};
	int r = 0;

	for (unsigned i = 0; i < m->n && r == 0; i++) {
		if (bit_get(d->claimed, m->number[i]))
			continue;
		r = driver_claim(d, m->number[i]);
		if (r == 0)
			add(&mine, m->number[i]);
	}
	for (unsigned i = 0; i < m->n && r == 0; i++)
		driver_hold(d, m->number[i]);
	for (unsigned i = 0; i < mine.n && r < 0; i++)
		driver_let_go(d, mine.number[i]);
	return r;
}

/* ALWAYS: the kernel is to look for a driver also where we have taken none away. */
static int
give_back(struct device *d, const struct members *m, bool always)
{
	int err = 0, r;

	/* First all claims: a driver may want several interfaces. */
	for (unsigned i = 0; i < m->n; i++) {
		r = driver_let_go(d, m->number[i]);
		err = err ? err : r;
	}
	for (unsigned i = 0; i < m->n; i++) {
		if (!always && !bit_get(d->detached, m->number[i]))
			continue;
		r = driver_attach(d, m->number[i]);
		err = err ? err : r;
	}
	return err;
}

int
driver_command(struct device *d, const struct file *f, const struct ctl_command *c)
{
	struct members m;
	int r = find_members(d, f, c, &m);

	if (r == 0)
		r = worker_open(d);
	if (r < 0)
		return r;
	switch (c->verb) {
	case CTL_DRIVER_NONE:
		r = take_away(d, &m);
		break;
	case CTL_DRIVER_AUTO:
		r = give_back(d, &m, true);
		break;
	case CTL_CLAIM:
		r = claim(d, &m);
		break;
	case CTL_RELEASE:
		r = give_back(d, &m, false);
		break;
	case CTL_BIND:
		r = driver_bind(d, (uint8_t)f->interface, c->name);
		break;
	default:
		r = -EINVAL;
	}
	/* Who was waiting goes on, or hears that a driver owns the interface now. */
	quiesce_resume_all(d);
	return r;
}

/* ---- after a crash ---- */

struct recovery {
	struct message message;
	struct device *device;
};

static void
recovered(struct message *m)
{
	struct recovery *r = container_of(m, struct recovery, message);

	r->device->fs->recovering--;
	free(r);
}

static void
recover(struct message *m)
{
	struct recovery *r = container_of(m, struct recovery, message);

	driver_restore_all(r->device);
	r->message.run = recovered;
	mailbox_send(&r->device->fs->inbox, &r->message);
}

/* No worker is running: what is the worker's is ours. */
static void
adopt(struct device *d)
{
	const struct snapshot *s = d->snapshot;
	const char *scheme = d->backend->ops->scheme;
	struct recovery *r;
	char buf[OWNER_MAX];

	for (size_t n = 0; n < s->n_interfaces; n++) {
		uint8_t i = s->interfaces[n].number;

		if (!journal_adopt(d->fs->journal, scheme, s, i))
			continue;
		/* Whoever has it now is not to be disturbed. */
		if (owner_of(d, s, i, buf)) {
			journal_remove(d->fs->journal, d->seq, i);
			continue;
		}
		/* Without memory it stays in the journal, for the next start. */
		if (!device_has_notes(d))
			continue;
		bit_put(d->detached, i, true);
		d->notes->groups[i] = i;
		atomic_fetch_add(&d->owed, 1);
	}
	r = atomic_load(&d->owed) > 0 ? calloc(1, sizeof(*r)) : NULL;
	if (!r)
		return;
	r->message.run = recover;
	r->device = d;
	if (device_post(d, &r->message) < 0)
		free(r);
	else
		d->fs->recovering++;
}

void
driver_recover(struct fs *fs)
{
	uint64_t end = timer_now() + RECOVER_MS * UINT64_C(1000000), now;
	struct pollfd fd = {.fd = fs->inbox.fd, .events = POLLIN};

	for (unsigned i = 0; i < fs->n_backends; i++)
		journal_take_over(fs->journal, fs->backends[i]->ops->scheme);
	list_for_each (at, &fs->devices)
		adopt(list_entry(at, struct device, node));
	journal_adopt_end(fs->journal);
	while (fs->recovering > 0 && (now = timer_now()) < end) {
		poll(&fd, 1, (int)((end - now) / 1000000u) + 1);
		mailbox_run(&fs->inbox);
	}
}
