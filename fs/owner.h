/* SPDX-License-Identifier: MIT */
/* Who owns an interface just now: asked of the backend, because a claim makes no event and a verb
 * must be seen to have worked when it returns. Never blocks. */
#ifndef USBFUSE_OWNER_H
#define USBFUSE_OWNER_H

#include <stdbool.h>

#include "fs/device.h"

enum { OWNER_MAX = 64 };

/* The driver of an interface in BUF, or NULL for none. S: of D, the newest that the caller has. Any
 * thread. */
const char *owner_of(
	const struct device *d, const struct snapshot *s, int interface, char buf[OWNER_MAX]);

/* usbfs is what the kernel calls us, and every other program that uses libusb. */
bool owner_is_kernel(const char *driver);

#endif
