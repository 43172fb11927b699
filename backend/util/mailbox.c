/* SPDX-License-Identifier: MIT */
/* Message queue between threads; see mailbox.h. */
#include "backend/util/mailbox.h"

#include <assert.h>
#include <errno.h>
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
	return 0;
}

void
mailbox_deinit(struct mailbox *m)
{
	assert(list_empty(&m->messages));
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
	/* Written under the lock: the receiver may free the mailbox once it has the message. A
	 * counter of one can always be added to, so this cannot fail or block. */
	if (wake && write(m->fd, &one, sizeof(one)) < 0)
		assert(!"eventfd refused a write");
	pthread_mutex_unlock(&m->lock);
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
		if (list_empty(&taken) && m->signalled) {
			m->signalled = false;
			if (read(m->fd, &count, sizeof(count)) < 0)
				assert(errno == EAGAIN);
		}
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
