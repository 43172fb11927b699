/* SPDX-License-Identifier: MIT */
/* The bulk streams of an open device, on its worker. */
#ifndef USBFUSE_USB_STREAMS_H
#define USBFUSE_USB_STREAMS_H

#include "backend/usb/device.h"

int usb_streams_alloc(struct backend_device *base, uint8_t endpoint, unsigned n);
int usb_streams_free(struct backend_device *base, uint8_t endpoint);

/* Whether the transfer is for a stream that its endpoint has in use, or for none where it has
 * none. */
bool usb_streams_match(const struct usb_device *d, const struct transfer *t);

/* The kernel frees the streams of an interface when it gets another setting or is let go. */
void usb_streams_forget(struct usb_device *d, uint32_t interfaces);

#endif
