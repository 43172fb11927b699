/* SPDX-License-Identifier: MIT */
/* The backend "usb": the devices of this machine. The table of its functions, and its life. */
#include "backend/usb/usb.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/usb/bind.h"
#include "backend/usb/device.h"
#include "backend/usb/hotplug.h"
#include "backend/usb/node.h"
#include "backend/usb/ports.h"
#include "backend/usb/presence.h"
#include "backend/usb/set_attr.h"
#include "backend/usb/streams.h"
#include "backend/usb/sysfs.h"
#include "backend/usb/transfer.h"
#include "backend/util/allow.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

struct usb_backend *
usb_backend_ref(struct usb_backend *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

struct usb_backend *
usb_backend_unref(struct usb_backend *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	/* With the flag set, messages only free themselves. */
	atomic_store(&b->quit, true);
	mailbox_run(&b->mailbox);
	presence_clear(b);
	hotplug_clear(b);
	node_watch_stop(b);
	mailbox_deinit(&b->mailbox);
	udev_hwdb_unref(b->hwdb);
	udev_monitor_unref(b->monitor);
	udev_unref(b->udev);
	free(b);
	return NULL;
}

static void
usb_stop(struct backend *base)
{
	struct usb_backend *b = usb_backend(base);

	if (!hotplug_stop(b))
		log_warn("usb: the hot-plug thread does not end, proceeding without it");
	usb_backend_unref(b);
}

/* What is opened as devices come and go. */
static int
allow_files(void)
{
	_cleanup_free_ char *bus = NULL, *devices = NULL;
	int r;

	if (asprintf(&bus, "%s/bus", sysfs_top()) < 0) {
		bus = NULL;
		return -ENOMEM;
	}
	if (asprintf(&devices, "%s/devices", sysfs_top()) < 0) {
		devices = NULL;
		return -ENOMEM;
	}
	/* The kernel makes it with the first bus. Who is permitted can do so before, or else all of
	 * /dev would have to be allowed. */
	if (mkdir("/dev/bus", 0755) == 0 || errno == EEXIST)
		(void)mkdir("/dev/bus/usb", 0755);
	r = allow_path("/dev/bus/usb", ALLOW_READ | ALLOW_WRITE);
	/* To be written: drivers' bind, and what devices take. */
	if (r == 0)
		r = allow_path(bus, ALLOW_READ | ALLOW_WRITE);
	if (r == 0)
		r = allow_path(devices, ALLOW_READ | ALLOW_WRITE);
	/* libudev's: what its rules have said of a device. */
	return r == 0 ? allow_path("/run/udev", ALLOW_READ) : r;
}

static int
usb_start(const struct backend_config *config, struct backend **ret, char **ret_why)
{
	struct usb_backend *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->base.ops = &backend_usb;
	b->events = config->events;
	b->user = config->user;
	atomic_init(&b->refs, 1);
	atomic_init(&b->quit, false);
	list_init(&b->present);
	list_init(&b->rescans);
	list_init(&b->watched);
	b->nodes = -1;
	r = mailbox_init(&b->mailbox);
	if (r < 0) {
		free(b);
		return r;
	}
	*ret_why = NULL;
	node_look_at_ids();
	r = allow_files();
	if (r == 0)
		r = hotplug_start(b, ret_why);
	if (r < 0) {
		usb_backend_unref(b);
		return r;
	}
	*ret = &b->base;
	return 0;
}

/* Without waiting for anyone: a locked attribute may block for as long as a driver pleases. */
static int
read_now(int fd, const char *dir, const struct sysfs_attr *a, char *buf, size_t size)
{
	/* The driver: claims by other programs make no event, so a fresh look is of use. */
	if (a->flags & SYSFS_LINK)
		return (int)sysfs_read_driver(fd, dir, buf, size);
	return (int)sysfs_read(fd, dir, a->name, buf, size);
}

static int
usb_read_attr(struct backend *base, const struct snapshot *s, int interface, const char *name,
	char *buf, size_t size)
{
	const struct sysfs_attr *known = sysfs_find_attr(interface >= 0, name);
	struct sysfs_device d;
	char dir[256] = ".";
	int r;

	(void)base;
	if (!known)
		return -ENOENT;
	if (known->flags & SYSFS_LOCKED)
		return -EOPNOTSUPP;
	if (interface < 0)
		(void)ports_split(s, name, dir, sizeof(dir), &name);
	if (interface >= 0 && sysfs_interface_name(s, interface, dir, sizeof(dir)) < 0)
		return -ENOENT;
	r = sysfs_open(s->name, &d);
	if (r < 0)
		return r;
	/* The name may be another device's by now. */
	r = d.devnum == s->devnum ? read_now(d.fd, dir, known, buf, size) : -ENODEV;
	close(d.fd);
	return r;
}

static int
usb_run(struct backend *b)
{
	return hotplug_run(usb_backend(b));
}

static int
usb_rescan(struct backend *b, uint64_t token)
{
	return hotplug_rescan(usb_backend(b), token);
}

const struct backend_ops backend_usb = {
	.scheme = "usb",
	.start = usb_start,
	.run = usb_run,
	.stop = usb_stop,
	.read_attr = usb_read_attr,
	.set_attr = usb_set_attr,
	.rescan = usb_rescan,
	.open = usb_device_open,
	.close = usb_device_close,
	.fd = usb_device_fd,
	.dispatch = usb_device_dispatch,
	.claim = usb_device_claim,
	.release = usb_device_release,
	.detach_driver = usb_device_detach_driver,
	.attach_driver = usb_device_attach_driver,
	.bind_driver = usb_device_bind_driver,
	.set_alternate = usb_device_set_alternate,
	.set_configuration = usb_device_set_configuration,
	.clear_halt = usb_device_clear_halt,
	.alloc_streams = usb_streams_alloc,
	.free_streams = usb_streams_free,
	.reset = usb_device_reset,
	.submit = usb_transfer_submit,
	.cancel = usb_transfer_cancel,
};
