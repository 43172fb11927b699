/* SPDX-License-Identifier: MIT */
/* Transfers of an open device, on its worker. */
#ifndef USBFUSE_USB_TRANSFER_H
#define USBFUSE_USB_TRANSFER_H

#include "backend/usb/device.h"

int usb_transfer_submit(struct backend_device *base, struct transfer *t);
void usb_transfer_cancel(struct backend_device *base, struct transfer *t);

/* Cancels what is in flight on any of these interfaces. The kernel kills it anyway when it changes
 * a setting or lets go of an interface, but then libusb takes that for completion; this way they
 * end as what they are. */
void usb_transfer_cancel_interfaces(struct usb_device *d, uint32_t interfaces);

/* Frees the cached libusb transfers. None is in flight. */
void usb_transfer_free_idle(struct usb_device *d);

#endif
