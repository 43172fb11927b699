/* SPDX-License-Identifier: MIT */
/*
 * What the kernel remembers of the tree, and how it is made to forget.
 *
 * Names and attributes inside a device's directory are given to the kernel to keep, so that walking
 * the tree asks the daemon once for each and not at every step. They are true as long as the device's
 * snapshot is, so before another snapshot takes its place, or none, the kernel has to forget:
 *
 *     an event comes ──cache_forget()──► a thread tells the kernel ──► THEN runs: the tree changes
 *                           └─ meanwhile nothing about this device is given away to be kept
 *
 * So nobody who has seen a sign of the change, be it a line of `events` or the return of a write,
 * can see the state before it. The telling needs a thread of its own, because the kernel takes the
 * lock of a directory for it, which somebody may hold who waits for an answer of the main thread.
 *
 * All functions are the main thread's.
 */
#ifndef USBFUSE_CACHE_H
#define USBFUSE_CACHE_H

#include "backend/util/mailbox.h"
#include "fs/fs.h"

struct cache;

/* The session is mounted. 0 or -errno. */
int cache_start(struct fs *fs);

/* Ends the thread, while the session still serves. false: it has not ended within MS milliseconds,
 * and goes on using the session. */
bool cache_stop(struct fs *fs, unsigned ms);

/* How long, in seconds, the kernel may keep the name and the attributes of a node that it is told now.
 * That it has been told is noted. */
void cache_times(
	struct fs *fs, const struct layout_stat *s, double *ret_name, double *ret_attributes);

/* Makes the kernel forget what will not be true when NEXT (NULL: none) is the snapshot of the device
 * SEQ. true: THEN is run on this thread when that is done; until then nothing new is kept.
 * false: there is nothing to forget, and THEN is the caller's. */
bool cache_forget(struct fs *fs, uint64_t seq, struct snapshot *next, struct message *then);

#endif
