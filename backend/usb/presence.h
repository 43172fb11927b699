/* SPDX-License-Identifier: MIT */
/*
 * Which devices there are, and their newest snapshots. Everything here runs on the hot-plug thread,
 * or in start() before there is one.
 *
 * An event is only a hint to look at a name again; what sysfs has then decides. So an event that is
 * late, lost or doubled does no harm, and any number of them become one changed().
 */
#ifndef USBFUSE_USB_PRESENCE_H
#define USBFUSE_USB_PRESENCE_H

#include "backend/usb/usb.h"

/* NAME may have come or changed. */
void presence_touch(struct usb_backend *b, const char *name);

/* So may the device with that number, if it is known. */
void presence_touch_number(struct usb_backend *b, unsigned busnum, unsigned devnum);

/* The device NAME has gone, if it still is the one with that devnum (0: not known). At once. */
void presence_remove(struct usb_backend *b, const char *name, unsigned devnum);

/* Touches every device that is known or in sysfs. */
int presence_rescan(struct usb_backend *b);

/* Looks at what was touched and reports what is new. */
void presence_sync(struct usb_backend *b);

/* Any thread: asks the hot-plug thread to look at a device again. ALL: also at what changes with
 * the configuration alone, and takes locks to read. */
void presence_refresh(struct usb_backend *b, uint64_t seq, bool all);

/* Forgets all devices and reports nothing. */
void presence_clear(struct usb_backend *b);

#endif
