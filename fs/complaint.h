/* SPDX-License-Identifier: MIT */
/*
 * The sentence in the status file of a device that says what was wrong with the last text written to
 * it or to one of its interfaces: of the main thread, which checks the text, or of the worker, which
 * has tried. The last one counts.
 */
#ifndef USBFUSE_COMPLAINT_H
#define USBFUSE_COMPLAINT_H

#include <stdint.h>

#include "backend/util/macro.h"
#include "fs/device.h"

/* ---- on the worker ---- */

void complain(struct device *d, const char *format, ...) PRINTF_LIKE(2, 3);

/* That INTERFACE is not to be had: who owns it, and the way out. Returns -EBUSY. */
int complain_busy(struct device *d, uint8_t interface);

/* ---- on the main thread ---- */

/* TEXT, malloc'ed, is taken over; NULL: nothing is wrong. */
void complaint_set(struct device *d, char *text);

/* Borrowed until the next call; or NULL. */
const char *complaint_get(struct device *d);

#endif
