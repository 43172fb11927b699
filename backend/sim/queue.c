/* SPDX-License-Identifier: MIT */
/* A queue of packets in one buffer; see queue.h. Items lie unaligned, hence the copies. */
#include "backend/sim/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
make_room(struct sim_queue *q, size_t len)
{
	size_t used = q->tail - q->head, cap = q->cap ? q->cap : 1024;
	uint8_t *grown;

	if (len <= q->cap - q->tail)
		return 0;
	/* Moving less than half of the buffer pays for itself; else grow. */
	if (len <= q->cap - used && used <= q->cap / 2) {
		memmove(q->data, q->data + q->head, used);
	} else {
		while (cap - used < len)
			cap *= 2;
		grown = malloc(cap);
		if (!grown)
			return -ENOMEM;
		if (used)
			memcpy(grown, q->data + q->head, used);
		free(q->data);
		q->data = grown;
		q->cap = cap;
	}
	q->last -= q->head;
	q->tail = used;
	q->head = 0;
	return 0;
}

int
sim_queue_push(
	struct sim_queue *q, enum sim_item_kind kind, uint32_t unit, const void *data, size_t len)
{
	struct sim_item item = {.kind = kind, .unit = unit, .len = (uint32_t)len};
	int r;

	if (len > UINT32_MAX / 2)
		return -ENOMEM;
	r = make_room(q, sizeof(item) + len);
	if (r < 0)
		return r;
	if (kind == SIM_ITEM_STREAM && q->head < q->tail) {
		struct sim_item last;

		memcpy(&last, q->data + q->last, sizeof(last));
		if (last.kind == SIM_ITEM_STREAM && last.len < UINT32_MAX / 2) {
			last.len += (uint32_t)len;
			memcpy(q->data + q->last, &last, sizeof(last));
			memcpy(q->data + q->tail, data, len);
			q->tail += len;
			return 0;
		}
	}
	q->last = q->tail;
	memcpy(q->data + q->tail, &item, sizeof(item));
	if (len)
		memcpy(q->data + q->tail + sizeof(item), data, len);
	q->tail += sizeof(item) + len;
	return 0;
}

bool
sim_queue_front(struct sim_queue *q, struct sim_item *ret, const uint8_t **ret_data)
{
	if (q->head == q->tail)
		return false;
	memcpy(ret, q->data + q->head, sizeof(*ret));
	*ret_data = q->data + q->head + sizeof(*ret) + ret->sent;
	return true;
}

void
sim_queue_sent(struct sim_queue *q, size_t n)
{
	struct sim_item item;

	memcpy(&item, q->data + q->head, sizeof(item));
	item.sent += (uint32_t)n;
	memcpy(q->data + q->head, &item, sizeof(item));
}

void
sim_queue_pop(struct sim_queue *q)
{
	struct sim_item item;

	memcpy(&item, q->data + q->head, sizeof(item));
	q->head += sizeof(item) + item.len;
	if (q->head == q->tail)
		q->head = q->tail = 0;
}

void
sim_queue_clear(struct sim_queue *q)
{
	free(q->data);
	*q = (struct sim_queue){0};
}
