/* SPDX-License-Identifier: MIT */
/*
 * The answers to what is written to devices as a whole and to ports of hubs. They go by way of the
 * main thread, for two reasons: a verb has been carried out when the tree shows it, and `status` has
 * to say why one has failed by the time that its writer looks.
 */
#ifndef USBFUSE_OUTCOME_H
#define USBFUSE_OUTCOME_H

#include "fs/request.h"

/* Are the answers to what is written to F given here? */
bool outcome_tells(const struct file *f);

/* The worker: R, which is BUSY, ends with ERR; if that is 0, when the tree has followed as r->follow
 * says. The caller keeps its reference. */
void outcome_send(struct request *r, int err);

/* The same in the middle of R's text: when the tree has followed, R goes on with its next line. */
void outcome_wait(struct request *r);

/* The main thread: something has come, gone or changed. */
void outcome_check(struct fs *fs);

/* The main thread: `status` of R's device says what has become of it. */
void outcome_note(const struct request *r, int err, const char *why);

/* The kernel has interrupted R: true if it was only waiting for the tree, and has been answered. */
bool outcome_interrupt(struct request *r);

/* At the end: whatever is waited for will not be seen any more. */
void outcome_give_up_all(struct fs *fs);

#endif
