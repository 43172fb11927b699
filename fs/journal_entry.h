/* SPDX-License-Identifier: MIT */
/*
 * The text of a journal of detached drivers: what its lines mean, and which interface an entry is
 * about. Pure: no files, no locks; those are journal.c's.
 *
 * A line is "+ KEY DRIVER" when DRIVER is about to lose an interface, or "- KEY DRIVER" when it has
 * it back. KEY is eight words: the life of the kernel, the kind of bus, name, bus number, device
 * number and ids of the device, the configuration and the interface. The same key cannot mean
 * another plug-in, as far as the kernel numbers them. A last line without its end is nothing: who
 * was to write it has died before it did anything.
 */
#ifndef USBFUSE_JOURNAL_ENTRY_H
#define USBFUSE_JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "backend/util/list.h"

enum { JOURNAL_LINE_MAX = 512 };

struct journal_entry {
	struct list node;
	uint64_t seq; /* of the device; 0: not known, the entry is a dead daemon's */
	uint8_t interface;
	char *key, *driver;
};

/* Like snprintf(). BOOT and SCHEME are words. */
int journal_key(char *buf, size_t size, const char *boot, const char *scheme,
	const struct snapshot *s, uint8_t interface);

/* One that is on no list. NULL: out of memory. */
struct journal_entry *journal_entry_new(const char *key, const char *driver);
/* Takes it off its list. */
void journal_entry_free(struct journal_entry *e);

/* The entry of that key, or NULL. */
struct journal_entry *journal_entry_find(const struct list *entries, const char *key);

/* Is it of that life of the kernel, and about a bus of that kind (NULL: any)? */
bool journal_entry_is(const struct journal_entry *e, const char *boot, const char *scheme);

/* A line, with its end. Like snprintf(). */
int journal_line(char *buf, size_t size, char sign, const struct journal_entry *e);

/* Changes ENTRIES as the lines in TEXT say. What makes no sense is skipped. 0 or -ENOMEM. */
int journal_replay(struct list *entries, const char *text, size_t len);

#endif
