/* SPDX-License-Identifier: MIT */
/*
 * Intrusive doubly linked list. The head is a node of its own; an empty list points at itself, and
 * so does a node that is on no list, which makes list_del() safe to repeat.
 * Not thread-safe: a list belongs to one thread, or to the lock its owner names.
 */
#ifndef USBFUSE_UTIL_LIST_H
#define USBFUSE_UTIL_LIST_H

#include <stdbool.h>

#include "backend/util/macro.h"

struct list {
	struct list *prev, *next;
};

static inline void
list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool
list_empty(const struct list *l)
{
	return l->next == l;
}

/* Appends NODE, which is on no list, before HEAD, that is, as the last element. */
static inline void
list_append(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

/* Puts NODE, which is on no list, first. */
static inline void
list_prepend(struct list *head, struct list *node)
{
	list_append(head->next, node);
}

static inline void
list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Moves every element of FROM to the end of TO, in order; FROM is empty afterwards. */
static inline void
list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)

#define list_first(head, type, member)                                                             \
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))

#define list_for_each(pos, head)                                                                   \
	for (struct list *pos = (head)->next; pos != (head); pos = pos->next)

/* As list_for_each, and the body may take POS off the list or free it. */
#define list_for_each_safe(pos, tmp, head)                                                         \
	for (struct list *pos = (head)->next, *tmp = pos->next; pos != (head);                     \
		pos = tmp, tmp = pos->next)

#endif
