/* SPDX-License-Identifier: MIT */
/*
 * Who receives the kernel's requests: the main thread, which hands those that move bytes to a
 * device's worker. That hop costs more than serving a small read does. So while nearly every request
 * is for one device, that device's worker receives in the main thread's stead: it serves its own
 * requests at once and forwards the others.
 *
 *     main thread ──a streak for one device──► lent to its worker ──others' requests──► given back
 *
 * A worker may be stuck in a call to its device. While it is at work, the main thread looks every
 * FS_GUARD_MS whether it has come back to wait since; if it has not, the main thread steps in and
 * receives itself, and the worker, should it come back, leaves it to that. A worker that waits has no
 * such guard, and nobody wakes up for it.
 *
 * Order: requests are carried out in the order in which the kernel gave them. There are never two
 * that receive; the worker puts its own behind what waits in its mailbox, and the main thread looks
 * into its own for what was forwarded before it steps in.
 */
#ifndef USBFUSE_LENDING_H
#define USBFUSE_LENDING_H

#include "fs/fs.h"

struct device;
struct message;

/* ---- the main thread ---- */

/* 0 or -errno. */
int lending_start(struct fs *fs);

/* When there are no workers any more. */
void lending_stop(struct fs *fs);

/* Before receiving here. */
void lending_before(struct fs *fs);

/* BUF has been received here. To whom receiving is to be lent when it has been served; or NULL. Who
 * has opened a file of that device keeps it until then. */
struct device *lending_count(struct fs *fs, const struct fuse_buf *buf);

/* It has been served, with all that it has for a worker in that one's mailbox: not before, or what
 * its sender asks for next, as soon as there is an answer, could overtake that. */
void lending_after(struct fs *fs, struct device *d);

/* ---- a worker ---- */

/* The kernel has something: d->epoll says so, with &d->receive. */
void lending_ready(struct device *d);

/* Gives it back to the main thread; nothing, if this worker does not receive. */
void lending_end(struct device *d);

/* M, to D's worker from that worker: an operation that it has received calls this. */
void lending_deliver(struct device *d, struct message *m);

/* Around the wait of the worker's loop. */
void lending_before_wait(struct device *d);
void lending_after_wait(struct device *d);

#endif
