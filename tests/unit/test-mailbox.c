/* SPDX-License-Identifier: MIT */
/* Messages between threads: all of them arrive, once, in each sender's order. */
#include <poll.h>
#include <pthread.h>

#include "backend/util/mailbox.h"
#include "tests/unit/test.h"

struct note {
	struct message message;
	struct mailbox *mailbox;
	unsigned sender, number;
	unsigned again; /* how often it sends itself again */
};

static struct {
	unsigned n;
	unsigned next[8]; /* of each sender */
} seen;

static void
on_note(struct message *m)
{
	struct note *n = container_of(m, struct note, message);

	seen.n++;
	CHECK_EQ(n->number, seen.next[n->sender]++);
	CHECK(list_empty(&m->node));
	if (n->again > 0) {
		n->again--;
		n->number++;
		mailbox_send(n->mailbox, m);
		return;
	}
	free(n);
}

static void
send_note(struct mailbox *m, unsigned sender, unsigned number, unsigned again)
{
	struct note *n = calloc(1, sizeof(*n));

	CHECK(n);
	list_init(&n->message.node);
	n->message.run = on_note;
	n->mailbox = m;
	n->sender = sender;
	n->number = number;
	n->again = again;
	mailbox_send(m, &n->message);
}

static int
readable(struct mailbox *m, int timeout_ms)
{
	struct pollfd p = {.fd = m->fd, .events = POLLIN};

	return poll(&p, 1, timeout_ms);
}

TEST(readable_while_messages_wait)
{
	struct mailbox m;

	CHECK_EQ(mailbox_init(&m), 0);
	CHECK_EQ(readable(&m, 0), 0);
	CHECK_EQ(mailbox_run(&m), 0);
	send_note(&m, 0, 0, 0);
	CHECK_EQ(readable(&m, 0), 1);
	send_note(&m, 0, 1, 0);
	CHECK_EQ(mailbox_run(&m), 2);
	CHECK_EQ(readable(&m, 0), 0);
	CHECK_EQ(mailbox_run(&m), 0);
	send_note(&m, 0, 2, 0);
	CHECK_EQ(readable(&m, 0), 1);
	CHECK_EQ(mailbox_run(&m), 1);
	mailbox_deinit(&m);
}

TEST(messages_may_send_messages)
{
	struct mailbox m;

	CHECK_EQ(mailbox_init(&m), 0);
	send_note(&m, 0, 0, 3);
	send_note(&m, 1, 0, 0);
	CHECK_EQ(mailbox_run(&m), 5);
	CHECK_EQ(seen.n, 5);
	CHECK_EQ(readable(&m, 0), 0);
	mailbox_deinit(&m);
}

struct sender {
	pthread_t thread;
	struct mailbox *mailbox;
	unsigned number, count;
};

static void *
send_many(void *arg)
{
	struct sender *s = arg;

	for (unsigned i = 0; i < s->count; i++)
		send_note(s->mailbox, s->number, i, 0);
	return NULL;
}

TEST(many_senders)
{
	enum { SENDERS = 8, EACH = 20000 };
	struct sender senders[SENDERS];
	struct mailbox m;

	CHECK_EQ(mailbox_init(&m), 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){.mailbox = &m, .number = i, .count = EACH};
		CHECK_EQ(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
	}
	/* Only ever woken by the descriptor: a lost wake-up is a hang. */
	while (seen.n < SENDERS * EACH) {
		CHECK_EQ(readable(&m, -1), 1);
		mailbox_run(&m);
	}
	for (unsigned i = 0; i < SENDERS; i++) {
		CHECK_EQ(pthread_join(senders[i].thread, NULL), 0);
		CHECK_EQ(seen.next[i], EACH);
	}
	CHECK_EQ(readable(&m, 0), 0);
	mailbox_deinit(&m);
}

struct ball {
	struct message message;
	unsigned hits;
};

struct player {
	pthread_t thread;
	struct mailbox here, *there;
	struct ball *ball;
};

enum { ROUNDS = 5000 };

static void
on_ball(struct message *m)
{
	container_of(m, struct ball, message)->hits++;
}

static void *
play(void *arg)
{
	struct player *p = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CHECK_EQ(readable(&p->here, -1), 1);
		CHECK_EQ(mailbox_run(&p->here), 1);
		mailbox_send(p->there, &p->ball->message);
	}
	return NULL;
}

TEST(to_and_fro)
{
	struct ball ball = {.message.run = on_ball};
	struct player a = {.ball = &ball}, b = {.ball = &ball};

	CHECK_EQ(mailbox_init(&a.here), 0);
	CHECK_EQ(mailbox_init(&b.here), 0);
	list_init(&ball.message.node);
	a.there = &b.here;
	b.there = &a.here;
	CHECK_EQ(pthread_create(&a.thread, NULL, play, &a), 0);
	CHECK_EQ(pthread_create(&b.thread, NULL, play, &b), 0);
	mailbox_send(&a.here, &ball.message);
	CHECK_EQ(pthread_join(a.thread, NULL), 0);
	CHECK_EQ(pthread_join(b.thread, NULL), 0);
	CHECK_EQ(mailbox_run(&a.here), 1);
	CHECK_EQ(ball.hits, 2 * ROUNDS + 1);
	mailbox_deinit(&a.here);
	mailbox_deinit(&b.here);
}
