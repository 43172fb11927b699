/* SPDX-License-Identifier: MIT */
/*
 * What the files of this backend share: the backend itself.
 *
 * It is owned by a count of references, because a worker that was given up with its device, or a
 * thread that hangs in a sysfs read, may come back after stop().
 */
#ifndef USBFUSE_USB_USB_H
#define USBFUSE_USB_USB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/util/list.h"
#include "backend/util/mailbox.h"

struct udev;
struct udev_hwdb;
struct udev_monitor;

struct usb_backend {
	struct backend base;

	/* Constant from start() on. */
	const struct backend_events *events;
	void *user;
	struct udev *udev;
	struct udev_monitor *monitor;
	pthread_t thread;
	bool running; /* that thread; the main thread's */

	/* Any thread. */
	atomic_uint refs;
	struct mailbox mailbox; /* what the hot-plug thread is asked to do */
	atomic_bool quit;

	/* The hot-plug thread's; start()'s before that thread runs. */
	struct udev_hwdb *hwdb; /* NULL: there is none */
	int nodes;              /* inotify of the nodes; -1: there is none */
	struct list watched;    /* struct watch: node.c */
	struct list present;    /* struct presence */
	struct list rescans; /* struct rescan: to be reported when everything has been looked at */
};

struct usb_backend *usb_backend_ref(struct usb_backend *b);

/* Accepts NULL; returns NULL. */
struct usb_backend *usb_backend_unref(struct usb_backend *b);

static inline struct usb_backend *
usb_backend(struct backend *b)
{
	return container_of(b, struct usb_backend, base);
}

#endif
