/* SPDX-License-Identifier: MIT */
/* Ports of hubs in sysfs: attributes called "portN/NAME" in snapshots. */
#ifndef USBFUSE_USB_PORTS_H
#define USBFUSE_USB_PORTS_H

#include <stddef.h>

#include "backend/snapshot.h"

/* Splits "port3/disable" of the hub S: DIR is the port's directory below that of the device, and
 * *ret_name the rest. 0; -ENOENT: NAME is of no port. */
int ports_split(
	const struct snapshot *s, const char *name, char *dir, size_t size, const char **ret_name);

/* Reads those of all ports of the hub whose directory FD is. 0 or -ENOMEM. */
int ports_read(int fd, struct snapshot *s);

#endif
