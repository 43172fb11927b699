/* SPDX-License-Identifier: MIT */
/*
 * Requests from the kernel, and the buffers that they come in. They are received one at a time on the
 * main thread or, for as long as it is lent that, on a worker: lending.h.
 */
#ifndef USBFUSE_RECEIVE_H
#define USBFUSE_RECEIVE_H

#include <stdbool.h>

#include "fs/fs.h"

struct device;

/* ---- the main thread ---- */

/* Prepares to receive from the mount, and begins. 0 or -errno. */
int receive_start(struct fs *fs);

/* Nobody is let in any more. What a worker still receives for others is not answered. */
void receive_stop(struct fs *fs);

/* Frees the buffers, when nobody receives. */
void receive_free(struct fs *fs);

/* Receives on this thread, in FS's loop; does not. The former: 0, or -errno, and the loop ends. */
int receive_begin(struct fs *fs);
void receive_pause(struct fs *fs);

/* Serves what has been received, wherever that was, and the interruption it may be. */
void receive_serve(struct fs *fs, struct fuse_buf *buf);

/* ---- who receives ---- */

/* Takes one from the kernel, giving BUF memory if it has none. As fuse_session_receive_buf(). */
int receive_request(struct fs *fs, struct fuse_buf *buf);

/* Calls its operation. ON: the device on whose worker this is, or NULL. */
void receive_process(struct fs *fs, struct fuse_buf *buf, const struct device *on);

/* The device whose endpoint it reads, writes or polls; NULL: it is for the main thread. */
struct device *receive_device_of(const struct fuse_buf *buf);

/* Says nothing of what is going on: these come at any time, for what is over. */
bool receive_is_aftermath(const struct fuse_buf *buf);

/* ---- inside an operation of FUSE ---- */

/* Is this D's worker? What is for it can be called instead of sent. */
bool receive_is_worker_of(const struct device *d);

/* Is this any worker? What is the main thread's has to be sent to it. */
bool receive_is_worker(void);

/* Takes the buffer from under the request that is being processed, so that the bytes of a write need
 * not be copied. */
struct fuse_buf receive_take_buffer(void);

/* Gives it back. Any thread. */
void receive_return_buffer(struct fs *fs, void *mem);

#endif
