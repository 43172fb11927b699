/* SPDX-License-Identifier: MIT */
/* What libfuse has to say, led into our own log; while mounting, kept as the cause of a failure. */
#ifndef USBFUSE_FUSE_LOG_H
#define USBFUSE_FUSE_LOG_H

/* From now on messages of libfuse are collected: the first line is the cause if things go wrong.
 * Call it before any other function of libfuse. */
void fuse_log_collect(void);

/* The first line so far, malloc'ed, or NULL; forgets it. */
char *fuse_log_take(void);

/* From now on they are logged as they come. */
void fuse_log_forward(void);

#endif
