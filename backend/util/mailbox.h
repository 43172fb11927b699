/* SPDX-License-Identifier: MIT */
/*
 * The one way in which threads hand work to each other: a queue of messages with one receiver.
 *
 * Any thread may send. The receiver waits for the mailbox's descriptor to be readable (poll,
 * epoll) and then takes everything that has come, in the order of sending. A message belongs to
 * the sender until mailbox_send() and to the receiver from then on.
 */
#ifndef USBFUSE_UTIL_MAILBOX_H
#define USBFUSE_UTIL_MAILBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "backend/util/list.h"

struct message {
	struct list node; /* the mailbox's while the message is under way */
	/* Runs on the receiving thread; owns the message. */
	void (*run)(struct message *message);
};

struct mailbox {
	int fd; /* an eventfd, readable while messages wait; constant after init */

	pthread_mutex_t lock; /* guards what follows */
	struct list messages;
	bool signalled; /* fd has been written, or will be soon, and not yet read */

	/* Senders that are about to write fd. They do so without the lock: the receiver would wake up
	 * only to wait for it. */
	atomic_uint writing;
};

/* 0 or a negative errno. */
int mailbox_init(struct mailbox *m);

/* The mailbox must be empty. Waits for senders that have not quite returned yet. */
void mailbox_deinit(struct mailbox *m);

/* Any thread; never blocks for long and never fails. */
void mailbox_send(struct mailbox *m, struct message *message);

/* Receiver only. */
bool mailbox_is_empty(struct mailbox *m);

/* Receiver only: runs every message that is there, also those sent meanwhile by the messages
 * themselves. Returns the number of messages run. */
unsigned mailbox_run(struct mailbox *m);

#endif
