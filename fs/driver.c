/* SPDX-License-Identifier: MIT */
/* Who owns the interfaces of a device: one interface; see driver.h. The verbs are in
 * driver_command.c. */
#include "fs/driver_one.h"

#include <errno.h>
#include <string.h>

#include "backend/util/log.h"
#include "fs/alternate.h"
#include "fs/complaint.h"
#include "fs/fs.h"
#include "fs/journal.h"
#include "fs/owner.h"
#include "fs/quiesce.h"
#include "fs/worker.h"

static void
publish(struct device *d)
{
	unsigned owed = 0;

	for (unsigned i = 0; i < 256; i++)
		owed += bit_get(d->detached, (uint8_t)i);
	atomic_store(&d->owed, owed);
}

static void
note_detached(struct device *d, uint8_t interface, uint8_t group)
{
	bit_put(d->detached, interface, true);
	d->notes->groups[interface] = group;
	publish(d);
}

static void
note_back(struct device *d, uint8_t interface)
{
	journal_remove(d->fs->journal, d->seq, interface);
	bit_put(d->detached, interface, false);
	publish(d);
}

/* ---- claims ---- */

int
driver_let_go(struct device *d, uint8_t interface)
{
	int r;

	if (!bit_get(d->claimed, interface))
		return 0;
	r = quiesce_interface(d, interface);
	if (r == 0)
		r = d->backend->ops->release(d->handle, interface);
	if (r < 0)
		return r;
	bit_put(d->claimed, interface, false);
	bit_put(d->held, interface, false);
	alternate_forget(d, interface);
	return 0;
}

void
driver_let_go_all(struct device *d)
{
	memset(d->claimed, 0, sizeof(d->claimed));
	memset(d->held, 0, sizeof(d->held));
	alternate_forget(d, -1);
}

int
driver_claim(struct device *d, uint8_t interface)
{
	int r = worker_claim(d, interface);

	if (r == -EBUSY)
		complain_busy(d, interface);
	return r;
}

void
driver_hold(struct device *d, uint8_t interface)
{
	bit_put(d->held, interface, true);
	alternate_publish_kept(d);
}

/* ---- taking away ---- */

/* The interfaces that DRIVER has. */
static void
interfaces_of(struct device *d, const struct snapshot *s, const char *driver, uint8_t ret[32])
{
	char buf[OWNER_MAX];

	memset(ret, 0, 32);
	for (size_t n = 0; n < s->n_interfaces; n++) {
		const char *owner = owner_of(d, s, s->interfaces[n].number, buf);

		if (owner && strcmp(owner, driver) == 0)
			bit_put(ret, s->interfaces[n].number, true);
	}
}

int
driver_detach(struct device *d, uint8_t interface, uint8_t lost[32])
{
	const struct snapshot *s = worker_snapshot(d);
	char driver[OWNER_MAX], buf[OWNER_MAX];
	uint8_t before[32];
	int r;

	if (bit_get(d->claimed, interface) || !owner_of(d, s, interface, driver))
		return 0; /* there is none, as asked for */
	if (!owner_is_kernel(driver))
		return complain_busy(d, interface);
	/* It may lose others with this one. */
	interfaces_of(d, s, driver, before);
	for (unsigned i = 0; i < 256; i++)
		if (bit_get(before, (uint8_t)i))
			journal_add(d->fs->journal, d->backend->ops->scheme, s, (uint8_t)i, driver);
	r = d->backend->ops->detach_driver(d->handle, interface);
	for (unsigned i = 0; i < 256; i++) {
		if (!bit_get(before, (uint8_t)i))
			continue;
		if (owner_of(d, s, (int)i, buf)) {
			note_back(d, (uint8_t)i);
			continue;
		}
		note_detached(d, (uint8_t)i, interface);
		bit_put(lost, (uint8_t)i, true);
	}
	return r == -ENOENT ? 0 : r;
}

/* ---- giving back ---- */

/* Lets the kernel bind its driver. That it has none, or that one is bound, is all right. */
static int
attach(struct device *d, uint8_t interface)
{
	char buf[OWNER_MAX];
	const char *owner;
	int r = d->backend->ops->attach_driver(d->handle, interface);

	if (r == -EBUSY) {
		owner = owner_of(d, worker_snapshot(d), interface, buf);
		if (owner && !owner_is_kernel(owner))
			return complain_busy(d, interface);
	}
	if (r < 0 && r != -ENOENT && r != -EBUSY)
		return r;
	note_back(d, interface);
	return 0;
}

int
driver_attach(struct device *d, uint8_t interface)
{
	uint8_t all[32] = {0};
	int err = 0, r;

	bit_put(all, interface, true);
	for (unsigned i = 0; i < 256 && bit_get(d->detached, interface); i++)
		if (bit_get(d->detached, (uint8_t)i) &&
			d->notes->groups[i] == d->notes->groups[interface])
			bit_put(all, (uint8_t)i, true);
	/* The kernel binds nothing to an interface that we hold, nor a driver that wants it, too. */
	for (unsigned i = 0; i < 256 && err == 0; i++)
		if (bit_get(all, (uint8_t)i))
			err = driver_let_go(d, (uint8_t)i);
	for (unsigned i = 0; i < 256; i++) {
		if (!bit_get(all, (uint8_t)i) || bit_get(d->claimed, (uint8_t)i))
			continue;
		r = attach(d, (uint8_t)i);
		err = err ? err : r;
	}
	return err;
}

int
driver_give_back(struct device *d, const uint8_t lost[32])
{
	int err = 0;

	for (unsigned i = 0; i < 256; i++)
		if (bit_get(lost, (uint8_t)i) && bit_get(d->detached, (uint8_t)i)) {
			int r = driver_attach(d, (uint8_t)i);

			err = err ? err : r;
		}
	return err;
}

void
driver_restore_all(struct device *d)
{
	int r = 0;

	if (d->unplugged || atomic_load(&d->owed) == 0)
		return;
	r = worker_open(d);
	if (r == 0)
		r = driver_give_back(d, d->detached);
	quiesce_resume_all(d);
	if (r < 0 && r != -ENODEV)
		log_err("cannot give %s back to its drivers: %s", worker_snapshot(d)->name,
			strerrordesc_np(-r));
}

void
driver_forget_all(struct device *d)
{
	for (unsigned i = 0; i < 256; i++)
		if (bit_get(d->detached, (uint8_t)i))
			note_back(d, (uint8_t)i);
}

/* ---- binding a certain one ---- */

int
driver_bind(struct device *d, uint8_t interface, const char *driver)
{
	const struct backend_ops *ops = d->backend->ops;
	uint8_t lost[32] = {0};
	bool held = bit_get(d->held, interface);
	char buf[OWNER_MAX];
	const char *owner = owner_of(d, worker_snapshot(d), interface, buf);
	int r;

	if (owner && strcmp(owner, driver) == 0)
		return 0;
	if (owner && !owner_is_kernel(owner) && !bit_get(d->claimed, interface))
		return complain_busy(d, interface);
	/* Where it cannot be, that is known before anything is taken away. */
	r = ops->bind_driver(d->handle, interface, driver);
	if (r == -EBUSY) {
		r = driver_let_go(d, interface);
		if (r == 0)
			r = driver_detach(d, interface, lost);
		if (r == 0)
			r = ops->bind_driver(d->handle, interface, driver);
		if (r < 0)
			driver_give_back(d, lost);
		if (r < 0 && held && worker_claim(d, interface) == 0)
			driver_hold(d, interface);
	}
	if (r == 0) {
		note_back(d, interface);
		return 0;
	}
	switch (r) {
	case -ENOENT:
		complain(d, "the kernel has no driver \"%s\"; see /sys/bus/usb/drivers", driver);
		return -EINVAL;
	case -EINVAL:
		complain(d, "the driver %s does not want interface %u", driver, interface);
		return -EINVAL;
	case -EACCES:
		complain(d, "only root's usbfuse may bind a certain driver; auto lets the kernel "
			    "choose");
		return r;
	default:
		return r;
	}
}
