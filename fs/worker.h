/* SPDX-License-Identifier: MIT */
/*
 * The thread of an open device. It makes every call into the backend for that device, owns its
 * endpoints' state, and answers FUSE itself. It may block in a call for as long as the device
 * likes; nobody waits for it but those who use that device, and they can be interrupted.
 */
#ifndef USBFUSE_WORKER_H
#define USBFUSE_WORKER_H

#include "backend/util/mailbox.h"
#include "fs/device.h"
#include "fs/request.h"

/* pthread_create()'s start routine; the argument is the struct device. */
void *worker_main(void *device);

/* Messages of struct device: end the thread; the device has gone. */
void worker_quit(struct message *m);
void worker_gone(struct message *m);

/* ---- on the worker only ---- */

/* The newest snapshot, borrowed: valid until the next call of this, worker_open() included. */
const struct snapshot *worker_snapshot(struct device *d);

/* Opens the device, unless it is open. 0 or -errno. */
int worker_open(struct device *d);

/* Closes it, if it is open: what is claimed is released. Nothing is in flight. */
void worker_close(struct device *d);

/* Opens the device and claims the interface, unless that has been done. 0 or -errno. */
int worker_claim(struct device *d, int interface);

/* Runs completions until nothing is in flight on E (NULL: on any endpoint) or MS milliseconds have
 * passed. false: something is still in flight. */
bool worker_drain(struct device *d, struct endpoint *e, unsigned ms);

/* ---- on the main thread: sending to the worker of the request's device ---- */

/* Hands over a request, whose reference goes along. When there is no worker to be had the request
 * is failed. */
void worker_send_request(struct request *r);

/* The kernel has interrupted R. */
void worker_interrupt(struct request *r);

/* At the end: does not wait any longer for workers to carry out interruptions. */
void worker_give_up_all(struct fs *fs);

/* F reads from an endpoint whose readers each have everything: from now on, it does. */
void worker_join(struct file *f);

/* The file's last reference by the kernel has gone: the open reference goes along. */
void worker_close_file(struct file *f);

/* poll(2): F is of type DATA; PH may be NULL, and is taken over. ANSWERED: see endpoint_poll(). */
void worker_send_poll(struct file *f, struct fuse_pollhandle *ph, bool want_in, unsigned answered);

/* E is not in force any more. */
void worker_send_stale(struct endpoint *e);

#endif
