/* SPDX-License-Identifier: MIT */
/*
 * Reading the attributes for which the kernel takes the device's lock. One device whose driver
 * hangs in probe must not hold up the events of all others, so a thread reads them, that nobody
 * has to wait for; the answer comes by mailbox.
 */
#ifndef USBFUSE_USB_LOCKED_H
#define USBFUSE_USB_LOCKED_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "backend/usb/sysfs.h"
#include "backend/util/mailbox.h"

struct usb_backend;

/* A set of attributes that is being read, or has been. */
struct locked;

/* Starts to read the locked attributes of the device and the interfaces that S has. ARRIVED runs on
 * the hot-plug thread when that is finished, and owns *l from then on. */
int locked_read(struct usb_backend *b, const struct sysfs_device *d, const struct snapshot *s,
	void (*arrived)(struct usb_backend *b, struct locked *l));

uint64_t locked_seq(const struct locked *l);

/* Whether what was read holds for S as well: the same configuration, the same drivers. */
bool locked_valid(const struct locked *l, const struct snapshot *s);

/* Adds to S, which is being built, what holds for it. */
int locked_apply(const struct locked *l, struct snapshot *s);

/* Accepts NULL; returns NULL. */
struct locked *locked_free(struct locked *l);

#endif
