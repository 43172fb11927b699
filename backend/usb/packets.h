/* SPDX-License-Identifier: MIT */
/* The packets of isochronous transfers, between the contract's form and libusb's. */
#ifndef USBFUSE_USB_PACKETS_H
#define USBFUSE_USB_PACKETS_H

#include <libusb.h>

#include "backend/backend.h"

/* Whether the packets are as the contract says; 0 or -EINVAL. */
int usb_packets_check(const struct transfer *t);

/* Fills in the packets of L, which has room for TRANSFER_MAX_PACKETS. */
void usb_packets_give(const struct transfer *t, struct libusb_transfer *l);

/* Takes what became of them, and returns how many bytes that makes. */
size_t usb_packets_take(struct transfer *t, const struct libusb_transfer *l);

#endif
