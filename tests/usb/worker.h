/* SPDX-License-Identifier: MIT */
/* The second half of a backend, as usbio wants it: streams of transfers on one thread. */
#ifndef USBFUSE_TESTS_USB_WORKER_H
#define USBFUSE_TESTS_USB_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"

/* DEPTH transfers of SIZE bytes on an endpoint, submitted again until TOTAL bytes have moved. */
struct stream {
	struct backend_device *device;
	uint8_t interface, endpoint, type;
	size_t size, total;
	unsigned depth;
	unsigned flags;
	unsigned char fill;   /* OUT: what to send */
	unsigned char *first; /* IN: where the first SIZE bytes go, or NULL */

	/* Results. */
	size_t moved, transfers, short_ones;
	unsigned flying, done;
	int status; /* the first that was not 0 */

	/* The stream's own. */
	struct transfer *t;
	size_t asked;
};

/* Submits; 0 or the error of the first submission that failed. */
int stream_start(struct stream *s);
void stream_cancel(struct stream *s);
void stream_free(struct stream *s);

/* Dispatches until *flying is 0, or that time has passed (-1: never). 0, -ETIMEDOUT, or what
 * dispatch() said. */
int worker_wait(struct backend_device *d, const unsigned *flying, int timeout_ms);

/* Likewise for a stream. */
int worker_run(struct backend_device *d, struct stream *s, int timeout_ms);

/* Dispatches until it says that the device has gone, or that time has passed. */
int worker_run_until_gone(struct backend_device *d, int timeout_ms);

double now(void);

#endif
