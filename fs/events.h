/* SPDX-License-Identifier: MIT */
/*
 * The file `events`: everybody who opens it hears of every device that is present, and then of all
 * that happens, each thing once. All of this is the main thread's, as the tree is: nothing can happen
 * between a look at the tree and the answer.
 *
 * What is present is not put into an opener's queue but told from the tree as it is read: in the
 * order of their coming, he has got as far as a certain device, and will get as far as that which
 * was the last one when he began. An event about one of the devices in between is not for him: he
 * will hear how it is when he gets there. All other events are queued for him. When a queue holds too
 * much it is thrown away, and he begins again.
 */
#ifndef USBFUSE_EVENTS_H
#define USBFUSE_EVENTS_H

#include "fs/file.h"
#include "fs/fs.h"
#include "fs/request.h"

/* What has happened to the tree. */
void events_added(struct fs *fs, uint64_t seq);
void events_changed(struct fs *fs, const struct snapshot *old, const struct snapshot *new);

/* Takes the device out of the tree, and says so. */
void events_remove(struct fs *fs, uint64_t seq);

/* F, of type EVENTS, is being opened, and is closed: its stream begins and ends. 0 or -ENOMEM. */
int events_open(struct fs *fs, struct file *f);
void events_close(struct file *f);

void events_read(fuse_req_t req, struct file *f, size_t size, bool nonblock);
void events_poll(fuse_req_t req, struct file *f, struct fuse_pollhandle *ph);

/* The kernel has interrupted R, a read of such a file; its reference goes along. */
void events_interrupt(struct request *r);

/* How many streams there are, and how many reads wait. */
void events_count(const struct fs *fs, unsigned *ret_streams, unsigned *ret_waiting);

/* At the end: nobody waits any longer. */
void events_stop(struct fs *fs);

#endif
