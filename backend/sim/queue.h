/* SPDX-License-Identifier: MIT */
/*
 * What a device has ready to send on an IN endpoint: a queue of packets, and of the things that a
 * device can do instead of sending one. Guarded by the lock of its device.
 */
#ifndef USBFUSE_SIM_QUEUE_H
#define USBFUSE_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_item_kind {
	/* len bytes in packets of unit bytes, the last of which may be shorter. No bytes: a ZLP. */
	SIM_ITEM_PACKETS,
	/* A stream of bytes: it is sent in full packets, and a short one or a ZLP when it ends. */
	SIM_ITEM_STREAM,
	SIM_ITEM_STALL,
	SIM_ITEM_BABBLE, /* one packet of unit bytes, whether it fits or not */
};

struct sim_item {
	enum sim_item_kind kind;
	uint32_t unit;
	uint32_t len;  /* bytes that follow in the buffer */
	uint32_t sent; /* of them */
};

/* Items and their bytes one after the other in one buffer, so that a packet costs no allocation. */
struct sim_queue {
	uint8_t *data;
	size_t head, tail, cap;
	size_t last; /* where the last item begins; valid while head < tail */
};

/* 0 or -ENOMEM. A STREAM is joined to one that is last in the queue. */
int sim_queue_push(
	struct sim_queue *q, enum sim_item_kind kind, uint32_t unit, const void *data, size_t len);

/* The first item, or false. *ret_data are its bytes that are not sent yet. */
bool sim_queue_front(struct sim_queue *q, struct sim_item *ret, const uint8_t **ret_data);

/* N more bytes of the first item are sent. */
void sim_queue_sent(struct sim_queue *q, size_t n);
/* The first item is done with. */
void sim_queue_pop(struct sim_queue *q);

/* Memory in use, items included: what a bound is measured against. */
static inline size_t
sim_queue_size(const struct sim_queue *q)
{
	return q->tail - q->head;
}

void sim_queue_clear(struct sim_queue *q);

#endif
