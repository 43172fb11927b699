/* SPDX-License-Identifier: MIT */
/*
 * Verbs of devices that take long. While a write waits, the kernel has the inode locked, and whoever
 * opens the file with > waits for that lock in state D. So after a while the write is answered, and
 * the writer waits in close() instead, which takes no lock and reports the error. On the main thread.
 */
#ifndef USBFUSE_PATIENCE_H
#define USBFUSE_PATIENCE_H

#include "fs/request.h"

/* R, a command for a device, has been sent to its worker. */
void patience_begin(struct request *r);

/* Its worker has done its part: what is left takes no longer than it takes. */
void patience_stop(struct request *r);

/* It has come to its end with ERR. Answers, if that has not been done. */
void patience_end(struct request *r, int err);

/* Is R at work, or was it answered only because it takes long? */
bool patience_is_wanted(const struct request *r);

/* Somebody closes F, which has commands at work. */
void patience_flush(fuse_req_t req, struct file *f);

/* The kernel has interrupted R: true if it was a close(), and has been answered. */
bool patience_interrupt(struct request *r);

void patience_give_up_all(struct fs *fs);

#endif
