/* SPDX-License-Identifier: MIT */
/* Message queue between threads; see mailbox.h. */
#include "backend/util/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
mailbox_init(struct mailbox *m)
{
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->fd < 0)
		return -errno;
	pthread_mutex_init(&m->lock, NULL);
	list_init(&m->messages);
	m->signalled = false;
	atomic_init(&m->writing, 0);
	return 0;
}

void
mailbox_deinit(struct mailbox *m)
{
	assert(list_empty(&m->messages));
	/* The receiver may take the mailbox away once it has the message. */
	while (atomic_load(&m->writing) > 0)
		sched_yield();
	close(m->fd);
	m->fd = -1;
	pthread_mutex_destroy(&m->lock);
}

void
mailbox_send(struct mailbox *m, struct message *message)
{
	const uint64_t one = 1;
	bool wake;

	pthread_mutex_lock(&m->lock);
	list_append(&m->messages, &message->node);
	wake = !m->signalled;
	m->signalled = true;
	if (wake)
		atomic_fetch_add(&m->writing, 1);
	pthread_mutex_unlock(&m->lock);
	if (!wake)
		return;
	/* A counter of one can always be added to, so this cannot fail or block. */
	if (write(m->fd, &one, sizeof(one)) < 0)
		assert(!"eventfd refused a write");
	atomic_fetch_sub(&m->writing, 1);
}

bool
mailbox_is_empty(struct mailbox *m)
{
	bool empty;

	pthread_mutex_lock(&m->lock);
	empty = list_empty(&m->messages);
	pthread_mutex_unlock(&m->lock);
	return empty;
}

unsigned
mailbox_run(struct mailbox *m)
{
	struct list taken;
	uint64_t count;
	unsigned n = 0;

	list_init(&taken);
	for (;;) {
		pthread_mutex_lock(&m->lock);
		list_splice(&taken, &m->messages);
		/* If it is not written yet it will be, and makes us look once more. */
		if (list_empty(&taken) && m->signalled &&
			read(m->fd, &count, sizeof(count)) == sizeof(count))
			m->signalled = false;
		pthread_mutex_unlock(&m->lock);
		if (list_empty(&taken))
			return n;
		while (!list_empty(&taken)) {
			struct message *message = list_entry(taken.next, struct message, node);

			list_del(&message->node);
			message->run(message);
			n++;
		}
	}
}
