/* SPDX-License-Identifier: MIT */
/*
 * Numbers for the requests that have been looked up, see setup.h: a request does not fit into an
 * inode number. What is here is what the kernel knows, what a directory lists, and one more: a
 * look-up that nobody has told the kernel of leaves no more than that behind.
 */
#include <stdlib.h>

#include "layout/setup.h"

enum {
	FEWEST_BUCKETS = 16,
	NUMBER_MAX = (1 << 26) - 1, /* what an inode number has room for */
};

struct entry {
	struct setup setup;
	uint32_t number;
	bool listed;
	uint64_t known; /* how many times the kernel has been told of it */
	struct entry *next_by_setup, *next_by_number;
};

struct setup_table {
	struct entry **by_setup, **by_number; /* hashes of n_buckets, a power of two */
	size_t n_buckets, n;
	uint32_t last;       /* number */
	struct entry *loose; /* the one that nobody may know of, or NULL */
};

static size_t
hash(const struct setup *s)
{
	uint64_t key = (uint64_t)s->type << 56 | (uint64_t)s->request << 48 |
		       (uint64_t)s->value << 32 | (uint64_t)s->index << 16 | s->length;

	key ^= (uint64_t)s->any_length << 40;
	key *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(key >> 32);
}

struct setup_table *
setup_table_new(void)
{
	return calloc(1, sizeof(struct setup_table));
}

struct setup_table *
setup_table_free(struct setup_table *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n_buckets; i++)
		for (struct entry *e = t->by_number[i], *next; e; e = next) {
			next = e->next_by_number;
			free(e);
		}
	free(t->by_setup);
	free(t->by_number);
	free(t);
	return NULL;
}

static void
link_entry(struct setup_table *t, struct entry *e)
{
	struct entry **setup = &t->by_setup[hash(&e->setup) & (t->n_buckets - 1)];
	struct entry **number = &t->by_number[e->number & (t->n_buckets - 1)];

	e->next_by_setup = *setup;
	*setup = e;
	e->next_by_number = *number;
	*number = e;
}

/* Goes on as it is when there is no memory. */
static void
resize(struct setup_table *t, size_t n_buckets)
{
	struct setup_table old = *t;
	struct entry **by_setup = calloc(n_buckets, sizeof(struct entry *));
	struct entry **by_number = calloc(n_buckets, sizeof(struct entry *));

	if (!by_setup || !by_number) {
		free(by_setup);
		free(by_number);
		return;
	}
	t->by_setup = by_setup;
	t->by_number = by_number;
	t->n_buckets = n_buckets;
	for (size_t i = 0; i < old.n_buckets; i++)
		for (struct entry *e = old.by_number[i], *next; e; e = next) {
			next = e->next_by_number;
			link_entry(t, e);
		}
	free(old.by_setup);
	free(old.by_number);
}

static struct entry *
find(const struct setup_table *t, uint32_t number)
{
	struct entry *e = t->n_buckets ? t->by_number[number & (t->n_buckets - 1)] : NULL;

	while (e && e->number != number)
		e = e->next_by_number;
	return e;
}

static void
drop(struct setup_table *t, struct entry *e)
{
	struct entry **at = &t->by_setup[hash(&e->setup) & (t->n_buckets - 1)];

	while (*at != e)
		at = &(*at)->next_by_setup;
	*at = e->next_by_setup;
	for (at = &t->by_number[e->number & (t->n_buckets - 1)]; *at != e;)
		at = &(*at)->next_by_number;
	*at = e->next_by_number;
	if (t->loose == e)
		t->loose = NULL;
	free(e);
	t->n--;
	if (t->n_buckets > FEWEST_BUCKETS && t->n < t->n_buckets / 8)
		resize(t, t->n_buckets / 2);
}

static struct entry *
make(struct setup_table *t, const struct setup *s)
{
	struct entry *e;

	if (t->loose)
		drop(t, t->loose);
	if (t->n >= t->n_buckets)
		resize(t, t->n_buckets ? t->n_buckets * 2 : FEWEST_BUCKETS);
	if (t->n_buckets == 0 || t->last == NUMBER_MAX)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->setup = *s;
	e->number = ++t->last;
	link_entry(t, e);
	t->n++;
	t->loose = e;
	return e;
}

uint32_t
setup_table_number(struct setup_table *t, const struct setup *s, bool listed)
{
	struct entry *e = t->n_buckets ? t->by_setup[hash(s) & (t->n_buckets - 1)] : NULL;

	while (e && !setup_equal(&e->setup, s))
		e = e->next_by_setup;
	if (!e)
		e = make(t, s);
	if (!e)
		return 0;
	if (listed) {
		e->listed = true;
		if (t->loose == e)
			t->loose = NULL;
	}
	return e->number;
}

const struct setup *
setup_table_find(const struct setup_table *t, uint32_t number)
{
	const struct entry *e = find(t, number);

	return e ? &e->setup : NULL;
}

void
setup_table_remember(struct setup_table *t, uint32_t number)
{
	struct entry *e = find(t, number);

	if (!e)
		return;
	e->known++;
	if (t->loose == e)
		t->loose = NULL;
}

void
setup_table_forget(struct setup_table *t, uint32_t number, uint64_t n)
{
	struct entry *e = find(t, number);

	if (!e)
		return;
	e->known = e->known > n ? e->known - n : 0;
	if (e->known == 0 && !e->listed)
		drop(t, e);
}

size_t
setup_table_count(const struct setup_table *t)
{
	return t->n;
}
