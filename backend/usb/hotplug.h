/* SPDX-License-Identifier: MIT */
/* The thread that listens to udev and keeps presence.h up to date. */
#ifndef USBFUSE_USB_HOTPLUG_H
#define USBFUSE_USB_HOTPLUG_H

#include "backend/usb/usb.h"

/* Listens, and reports the devices that are present. *ret_why as for backend_ops.start. */
int hotplug_start(struct usb_backend *b, char **ret_why);

/* Starts the thread. 0 or -errno. */
int hotplug_run(struct usb_backend *b);

/* Ends the thread, or gives it up if it does not end. false: given up. */
bool hotplug_stop(struct usb_backend *b);

/* backend_ops.rescan. Any thread. */
int hotplug_rescan(struct usb_backend *b, uint64_t token);

/* Frees what was asked for and will not be reported any more. */
void hotplug_clear(struct usb_backend *b);

#endif
