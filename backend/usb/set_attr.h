/* SPDX-License-Identifier: MIT */
/* Writes attributes in sysfs, which is how the kernel is asked for what usbfs cannot do. */
#ifndef USBFUSE_USB_SET_ATTR_H
#define USBFUSE_USB_SET_ATTR_H

#include "backend/backend.h"

int usb_set_attr(struct backend *b, const struct snapshot *s, const char *name, const char *value,
	char **ret_why);

#endif
