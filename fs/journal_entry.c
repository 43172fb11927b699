/* SPDX-License-Identifier: MIT */
/* The text of a journal; see journal_entry.h. */
#include "fs/journal_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_WORDS = 8 };

static unsigned
u16(const struct snapshot *s, size_t at)
{
	if (at + 1 >= s->descriptors_len)
		return 0;
	return (unsigned)(s->descriptors[at] | s->descriptors[at + 1] << 8);
}

int
journal_key(char *buf, size_t size, const char *boot, const char *scheme, const struct snapshot *s,
	uint8_t interface)
{
	return snprintf(buf, size, "%s %s %s %u %u %04x:%04x %d %u", boot, scheme, s->name,
		s->busnum, s->devnum, u16(s, 8), u16(s, 10), s->active_config, interface);
}

struct journal_entry *
journal_entry_new(const char *key, const char *driver)
{
	struct journal_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	list_init(&e->node);
	e->key = strdup(key);
	e->driver = strdup(driver);
	if (e->key && e->driver)
		return e;
	journal_entry_free(e);
	return NULL;
}

void
journal_entry_free(struct journal_entry *e)
{
	list_del(&e->node);
	free(e->key);
	free(e->driver);
	free(e);
}

struct journal_entry *
journal_entry_find(const struct list *entries, const char *key)
{
	list_for_each (at, entries) {
		struct journal_entry *e = list_entry(at, struct journal_entry, node);

		if (strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

/* What is behind WORD and a space at the front of TEXT, or NULL. */
static const char *
behind(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && text[len] == ' ' ? text + len + 1 : NULL;
}

bool
journal_entry_is(const struct journal_entry *e, const char *boot, const char *scheme)
{
	const char *rest = behind(e->key, boot);

	return rest && (!scheme || behind(rest, scheme));
}

int
journal_line(char *buf, size_t size, char sign, const struct journal_entry *e)
{
	return snprintf(buf, size, "%c %s %s\n", sign, e->key, e->driver);
}

static int
apply(struct list *entries, char sign, const char *key, const char *driver)
{
	struct journal_entry *old = journal_entry_find(entries, key), *e;

	if (sign == '-') {
		if (old)
			journal_entry_free(old);
		return 0;
	}
	e = journal_entry_new(key, driver);
	if (!e)
		return -ENOMEM;
	if (old)
		journal_entry_free(old);
	list_append(entries, &e->node);
	return 0;
}

/* LINE has no end. */
static int
replay_line(struct list *entries, char *line)
{
	char *driver = line + 1;

	if ((line[0] != '+' && line[0] != '-') || line[1] != ' ')
		return 0;
	for (unsigned n = 0; n < KEY_WORDS; n++) {
		driver = strchr(driver + 1, ' ');
		if (!driver)
			return 0;
	}
	*driver++ = '\0';
	return *driver ? apply(entries, line[0], line + 2, driver) : 0;
}

int
journal_replay(struct list *entries, const char *text, size_t len)
{
	char line[JOURNAL_LINE_MAX];
	const char *end;
	int r = 0;

	while (r == 0 && (end = memchr(text, '\n', len))) {
		size_t n = (size_t)(end - text);

		if (n < sizeof(line) && !memchr(text, '\0', n)) {
			memcpy(line, text, n);
			line[n] = '\0';
			r = replay_line(entries, line);
		}
		text += n + 1;
		len -= n + 1;
	}
	return r;
}
