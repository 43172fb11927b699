/* SPDX-License-Identifier: MIT */
/*
 * What vendor and product are called, from udev's hardware database: a file of the system's that
 * maps numbers to names. No device is asked.
 */
#ifndef USBFUSE_USB_HWDB_H
#define USBFUSE_USB_HWDB_H

#include "backend/snapshot.h"

struct udev_hwdb;

/* Adds ID_VENDOR_FROM_DATABASE and ID_MODEL_FROM_DATABASE, as udev calls them, to S, as far as the
 * database knows them; HWDB may be NULL. 0 or -ENOMEM. */
int hwdb_add_names(struct udev_hwdb *hwdb, struct snapshot *s);

#endif
