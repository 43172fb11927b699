/* SPDX-License-Identifier: MIT */
/* Binding a certain driver of the kernel to an interface, which only sysfs can do. */
#ifndef USBFUSE_USB_BIND_H
#define USBFUSE_USB_BIND_H

#include <stdint.h>

#include "backend/backend.h"

/* As in struct backend_ops. */
int usb_device_bind_driver(struct backend_device *base, uint8_t interface, const char *driver);

#endif
