/* SPDX-License-Identifier: MIT */
/*
 * Listens to the kernel's events and says to presence.h which names to look at.
 *
 * udev's events are preferred: they come when its rules have set the node's permissions. Without a
 * running udevd (a container, a rescue system) nobody sends those, so the kernel's own are taken.
 */
#include "backend/usb/hotplug.h"

#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backend/usb/node.h"
#include "backend/usb/presence.h"
#include "backend/usb/sysfs.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

enum {
	/* Room for the events of a hub full of devices that is plugged in at once. */
	RECEIVE_BUFFER = 4 * 1024 * 1024,
	STOP_WAIT_S = 2,
};

static const char *
base_name(const char *path, size_t len, char *buf, size_t size)
{
	const char *slash = memrchr(path, '/', len);
	size_t from = slash ? (size_t)(slash - path) + 1 : 0;

	if (len - from >= size)
		return NULL;
	memcpy(buf, path + from, len - from);
	buf[len - from] = '\0';
	return buf;
}

static bool
is_hid(struct udev_device *ud)
{
	const char *subsystem = udev_device_get_subsystem(ud);

	return subsystem && strcmp(subsystem, "hid") == 0;
}

/* The device that an event is about: its own name, or that of the device of an interface, which is
 * the directory above; and above that of what usbhid makes of an interface. */
static const char *
device_name(struct udev_device *ud, char *buf, size_t size)
{
	const char *path = udev_device_get_devpath(ud), *type = udev_device_get_devtype(ud);
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!slash)
		return NULL;
	if (is_hid(ud)) {
		/* Others have buses of their own, and what is not above them is no device. */
		slash = memrchr(path, '/', (size_t)(slash - path));
		return slash ? base_name(path, (size_t)(slash - path), buf, size) : NULL;
	}
	if (type && strcmp(type, "usb_device") == 0)
		return base_name(path, strlen(path), buf, size);
	if (type && strcmp(type, "usb_interface") == 0)
		return base_name(path, (size_t)(slash - path), buf, size);
	return NULL;
}

static void
handle_event(struct usb_backend *b, struct udev_device *ud)
{
	const char *action = udev_device_get_action(ud);
	const char *type = udev_device_get_devtype(ud);
	const char *devnum = udev_device_get_property_value(ud, "DEVNUM");
	char buf[256];
	const char *name = device_name(ud, buf, sizeof(buf));

	if (!name || !action)
		return;
	log_dbg("%s: %s of %s", name, action, udev_device_get_sysname(ud));
	if (strcmp(action, "remove") == 0 && type && strcmp(type, "usb_device") == 0)
		presence_remove(b, name, devnum ? (unsigned)strtoul(devnum, NULL, 10) : 0);
	else
		presence_touch(b, name);
}

/* Takes all events that are there, so that those of one device become one look. */
static void
drain_monitor(struct usb_backend *b)
{
	for (;;) {
		struct udev_device *ud = udev_monitor_receive_device(b->monitor);

		if (ud) {
			handle_event(b, ud);
			udev_device_unref(ud);
		} else if (errno == ENOBUFS) {
			log_warn("too many events at once, proceeding with a look at every device");
			presence_rescan(b);
		} else if (errno != EINTR) {
			return;
		}
	}
}

/* Somebody wants to know when all devices have been looked at. */
struct rescan {
	struct message message;
	struct list node; /* usb_backend.rescans, once it has begun */
	struct usb_backend *backend;
	uint64_t token;
};

static void
begin_rescan(struct message *message)
{
	struct rescan *s = container_of(message, struct rescan, message);

	if (!atomic_load(&s->backend->quit))
		presence_rescan(s->backend);
	list_append(&s->backend->rescans, &s->node);
}

void
hotplug_clear(struct usb_backend *b)
{
	while (!list_empty(&b->rescans)) {
		struct rescan *s = list_first(&b->rescans, struct rescan, node);

		list_del(&s->node);
		free(s);
	}
}

static void
report_rescans(struct usb_backend *b)
{
	if (atomic_load(&b->quit))
		return;
	list_for_each (at, &b->rescans)
		b->events->rescanned(&b->base, list_entry(at, struct rescan, node)->token, b->user);
	hotplug_clear(b);
}

int
hotplug_rescan(struct usb_backend *b, uint64_t token)
{
	struct rescan *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->message.run = begin_rescan;
	s->backend = b;
	s->token = token;
	mailbox_send(&b->mailbox, &s->message);
	return 0;
}

static void *
run(void *arg)
{
	struct usb_backend *b = arg;

	pthread_setname_np(pthread_self(), "usb-hotplug");
	while (!atomic_load(&b->quit)) {
		struct pollfd fds[] = {
			{.fd = udev_monitor_get_fd(b->monitor), .events = POLLIN},
			{.fd = b->mailbox.fd, .events = POLLIN},
			{.fd = b->nodes, .events = POLLIN},
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		mailbox_run(&b->mailbox);
		if (fds[0].revents)
			drain_monitor(b);
		if (fds[2].revents)
			node_drain(b);
		presence_sync(b);
		report_rescans(b);
	}
	usb_backend_unref(b);
	return NULL;
}

static int
start_monitor(struct usb_backend *b)
{
	const char *source = access("/run/udev/control", F_OK) == 0 ? "udev" : "kernel";
	int r;

	b->udev = udev_new();
	if (!b->udev)
		return -ENOMEM;
	/* Without it, devices have no names but their own. */
	b->hwdb = udev_hwdb_new(b->udev);
	b->monitor = udev_monitor_new_from_netlink(b->udev, source);
	if (!b->monitor)
		return -errno;
	r = udev_monitor_filter_add_match_subsystem_devtype(b->monitor, "usb", NULL);
	if (r < 0)
		return r;
	/* The report descriptor is there when a driver of the hid device's has been bound, which is
	 * after the interface's. */
	r = udev_monitor_filter_add_match_subsystem_devtype(b->monitor, "hid", NULL);
	if (r < 0)
		return r;
	/* Larger than the system's limit only with the privilege; it goes on with what it gets. */
	udev_monitor_set_receive_buffer_size(b->monitor, RECEIVE_BUFFER);
	r = udev_monitor_enable_receiving(b->monitor);
	if (r < 0)
		return r;
	log_info("usb: listening to events of %s", source);
	return 0;
}

int
hotplug_run(struct usb_backend *b)
{
	sigset_t all, before;
	int r;

	/* Signals are for the main thread; but for that of a refused system call, which would kill. */
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	usb_backend_ref(b);
	r = pthread_create(&b->thread, NULL, run, b);
	b->running = r == 0;
	if (r != 0)
		usb_backend_unref(b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int
hotplug_start(struct usb_backend *b, char **ret_why)
{
	/* Listen first, then look: what comes in between is seen twice rather than never. */
	int r = start_monitor(b);

	if (r < 0) {
		if (asprintf(ret_why, "cannot listen to udev: %s", strerror(-r)) < 0)
			*ret_why = NULL;
		return r;
	}
	node_watch_start(b);
	r = presence_rescan(b);
	if (r < 0)
		log_info("usb: %s: %s, so there are no devices", sysfs_root(), strerror(-r));
	presence_sync(b);
	return 0;
}

static void
run_nothing(struct message *message)
{
	free(message);
}

bool
hotplug_stop(struct usb_backend *b)
{
	struct message *wake = calloc(1, sizeof(*wake));
	struct timespec until;

	atomic_store(&b->quit, true);
	if (!b->running) {
		free(wake);
		return true;
	}
	if (wake) {
		wake->run = run_nothing;
		mailbox_send(&b->mailbox, wake);
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_WAIT_S;
	if (pthread_timedjoin_np(b->thread, NULL, &until) == 0)
		return true;
	pthread_detach(b->thread);
	return false;
}
