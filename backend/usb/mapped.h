/* SPDX-License-Identifier: MIT */
/*
 * Buffers that usbfs has made and mapped (libusb_dev_mem_alloc()): the device reads and writes them
 * where they are, while with ordinary ones usbfs makes memory and copies for each transfer. We still
 * copy once, because such memory cannot be handed to FUSE (EFAULT: its pages cannot be pinned).
 *
 * Only for a stream of large bulk transfers, where that is worth the mapping. They count against what
 * usbfs allows all its users together, also while nothing is in flight, so we have a bound of our own.
 * And only where memory for DMA is cached: to read what is not takes longer than all that is saved.
 *
 * A device's thread; the bound is shared.
 */
#ifndef USBFUSE_USB_MAPPED_H
#define USBFUSE_USB_MAPPED_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>

struct mapped {
	unsigned char *mem; /* NULL: none */
	size_t size;
	bool refused; /* there was none to be had: not tried again */
};

/* Room for LENGTH bytes, what is there already or new. STREAMS: other transfers are in flight.
 * false: the transfer's own buffer has to do. */
bool mapped_get(struct mapped *m, libusb_device_handle *handle, size_t length, bool streams);

/* Before the handle is closed; nothing, if there is none. */
void mapped_free(struct mapped *m, libusb_device_handle *handle);

#endif
