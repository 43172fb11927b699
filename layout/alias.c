/* SPDX-License-Identifier: MIT */
/* The table of aliases, and its text; see alias.h and aliases.h. */
#include "layout/alias.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layout/aliases.h"
#include "layout/links.h"
#include "layout/text.h"

/* As many bits as an inode number has left: configuration 5, interface 8, setting 8, endpoint 5. */
enum { NUMBER_BITS = 26 };

static void
free_alias(struct alias *a)
{
	free(a->name);
	free(a->key);
}

void
alias_free_all(struct layout *l)
{
	for (size_t i = 0; i < l->n_aliases; i++)
		free_alias(&l->aliases[i]);
	free(l->aliases);
	l->aliases = NULL;
	l->n_aliases = 0;
}

const struct layout_device *
alias_device(const struct layout *l, const struct alias *a)
{
	if (!a || !a->serial)
		return a ? tree_device_named(l, a->key) : NULL;
	for (size_t i = 0; i < l->n_devices; i++)
		if (links_has_serial(l->devices[i], a->key))
			return l->devices[i];
	return NULL;
}

const struct alias *
alias_named(const struct layout *l, const char *name)
{
	for (size_t i = 0; i < l->n_aliases; i++)
		if (strcmp(l->aliases[i].name, name) == 0)
			return &l->aliases[i];
	return NULL;
}

const struct alias *
alias_by_id(const struct layout *l, struct id id)
{
	unsigned number = id.config << 21 | id.endpoint << 16 | id.interface << 8 | id.alt;

	for (size_t i = 0; i < l->n_aliases; i++)
		if (l->aliases[i].number == number)
			return &l->aliases[i];
	return NULL;
}

bool
alias_id(const struct layout *l, const struct alias *a, struct id *ret)
{
	const struct layout_device *d = alias_device(l, a);

	if (!d)
		return false;
	*ret = (struct id){
		.seq = d->snapshot->seq,
		.kind = KIND_LINK_NAME,
		.config = a->number >> 21,
		.endpoint = a->number >> 16 & 0x1f,
		.interface = a->number >> 8 & 0xff,
		.alt = a->number & 0xff,
	};
	return true;
}

bool
alias_next(const struct layout *l, uint64_t after, struct id *ret, uint64_t *ret_after)
{
	for (size_t i = 0; i < l->n_aliases; i++) {
		if (l->aliases[i].number <= after || !alias_id(l, &l->aliases[i], ret))
			continue;
		*ret_after = l->aliases[i].number;
		return true;
	}
	return false;
}

const char *
layout_alias_away(const struct layout *l, size_t i)
{
	for (size_t k = 0; k < l->n_aliases; k++)
		if (!alias_device(l, &l->aliases[k]) && i-- == 0)
			return l->aliases[k].name;
	return NULL;
}

static int
check_name(const char *name)
{
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	return strlen(name) > LINK_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* Takes NAME and KEY over, also on failure. */
static int
append(struct layout *l, char *name, bool serial, char *key)
{
	struct alias *grown = NULL;
	int r = name && key ? check_name(name) : -ENOMEM;

	if (r == 0 && l->last_alias + 1 >= 1u << NUMBER_BITS)
		r = -ENOSPC;
	if (r == 0) {
		grown = realloc(l->aliases, (l->n_aliases + 1) * sizeof(*grown));
		r = grown ? 0 : -ENOMEM;
	}
	if (r < 0) {
		free(name);
		free(key);
		return r;
	}
	l->aliases = grown;
	grown[l->n_aliases++] = (struct alias){
		.number = ++l->last_alias, .serial = serial, .name = name, .key = key};
	return 0;
}

int
layout_alias_remove(struct layout *l, const char *name)
{
	const struct alias *found = alias_named(l, name);
	size_t i;

	if (!found)
		return -ENOENT;
	i = (size_t)(found - l->aliases);
	free_alias(&l->aliases[i]);
	l->n_aliases--;
	memmove(&l->aliases[i], &l->aliases[i + 1], (l->n_aliases - i) * sizeof(*l->aliases));
	return 0;
}

/* The serial by which alone D is known, or NULL. */
static char *
own_serial(const struct layout *l, const struct layout_device *d)
{
	char *key = d->by_serial ? strndup(d->by_serial, strcspn(d->by_serial, "~")) : NULL;
	unsigned n = 0;

	for (size_t i = 0; key && i < l->n_devices; i++)
		n += links_has_serial(l->devices[i], key);
	if (n <= 1)
		return key;
	free(key);
	return NULL;
}

int
layout_alias_add(struct layout *l, const char *name, uint64_t seq, uint64_t *ret_ino)
{
	const struct layout_device *d = tree_device(l, seq);
	const struct alias *old = alias_named(l, name);
	struct id id;
	char *serial;
	int r;

	if (!d)
		return -ENODEV;
	if (alias_device(l, old))
		return -EEXIST;
	serial = own_serial(l, d);
	r = append(l, strdup(name), serial != NULL, serial ? serial : strdup(d->name));
	if (r < 0)
		return r;
	if (old)
		layout_alias_remove(l, name); /* the first of the two */
	alias_id(l, alias_named(l, name), &id);
	*ret_ino = id_ino(id);
	return 0;
}

int
layout_alias_rename(struct layout *l, const char *from, const char *to, bool keep)
{
	const struct alias *a = alias_named(l, from), *other = alias_named(l, to);
	int r = check_name(to);
	char *name;

	if (!a)
		return -ENOENT;
	if (r < 0 || a == other)
		return r;
	if (other && keep && alias_device(l, other))
		return -EEXIST;
	name = strdup(to);
	if (!name)
		return -ENOMEM;
	if (other)
		layout_alias_remove(l, to);
	a = alias_named(l, from);
	free(a->name);
	l->aliases[a - l->aliases].name = name;
	return 0;
}

int
layout_alias_text(const struct layout *l, char **ret, size_t *ret_len)
{
	struct text t = {.buf = NULL};

	/* Once to learn how long it is. */
	for (;;) {
		t.len = 0;
		for (size_t i = 0; i < l->n_aliases; i++) {
			const struct alias *a = &l->aliases[i];

			text_word(&t, a->name, strlen(a->name));
			text_put(&t, a->serial ? " serial " : " port ");
			/* A serial is escaped as it is. */
			if (a->serial)
				text_put(&t, a->key);
			else
				text_word(&t, a->key, strlen(a->key));
			text_put(&t, "\n");
		}
		if (t.buf)
			break;
		t.size = t.len;
		t.buf = malloc(t.size + 1);
		if (!t.buf)
			return -ENOMEM;
	}
	*ret = t.buf;
	*ret_len = t.len;
	return 0;
}

/* The next word of a line, unescaped; NULL: there is none, or there is a NUL in it. */
static char *
take_word(const char **line, const char *end)
{
	const char *from;
	char *word;
	size_t len;

	while (*line < end && isspace((unsigned char)**line))
		++*line;
	from = *line;
	while (*line < end && !isspace((unsigned char)**line))
		++*line;
	if (*line == from)
		return NULL;
	word = strndup(from, (size_t)(*line - from));
	if (!word)
		return NULL;
	len = text_unword(word, strlen(word));
	word[len] = '\0';
	return word;
}

/* VVVV:PPPP:SERIAL as by-serial spells it. */
static char *
serial_key(const char *text)
{
	char ids[10] = "", key[BASE_NAME_MAX + 1];
	struct text t = {.buf = key, .size = BASE_NAME_MAX};

	if (strlen(text) < 11 || text[4] != ':' || text[9] != ':')
		return NULL;
	for (size_t i = 0; i < 9; i++) {
		ids[i] = (char)tolower((unsigned char)text[i]);
		if (i != 4 && !isxdigit((unsigned char)ids[i]))
			return NULL;
	}
	text_put(&t, ids);
	text_put(&t, ":");
	text_word(&t, text + 10, strlen(text + 10));
	text_end_word(&t);
	return strdup(key);
}

static int
load_line(struct layout *l, const char *line, const char *end)
{
	_cleanup_free_ char *name = take_word(&line, end), *how = NULL, *key = NULL;
	bool serial;
	char *copy;

	if (!name || *name == '#')
		return 0;
	how = take_word(&line, end);
	key = take_word(&line, end);
	if (!how || !key || alias_named(l, name))
		return -EINVAL;
	while (line < end && isspace((unsigned char)*line))
		line++;
	serial = strcmp(how, "serial") == 0;
	if (line < end || (!serial && strcmp(how, "port") != 0))
		return -EINVAL;
	copy = serial ? serial_key(key) : strdup(key);
	if (!copy)
		return -EINVAL;
	return append(l, TAKE_PTR(name), serial, copy);
}

int
layout_alias_load(struct layout *l, const char *text, size_t len, unsigned *ret_line)
{
	struct layout before = *l;
	const char *end = text + len;
	unsigned number = 0;
	int r = 0;

	l->aliases = NULL;
	l->n_aliases = 0;
	while (r == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		number++;
		r = load_line(l, text, newline ? newline : end);
		text = newline ? newline + 1 : end;
	}
	if (r < 0) {
		alias_free_all(l);
		l->aliases = before.aliases;
		l->n_aliases = before.n_aliases;
		*ret_line = number;
		return r == -ENAMETOOLONG ? -EINVAL : r;
	}
	for (size_t i = 0; i < before.n_aliases; i++)
		free_alias(&before.aliases[i]);
	free(before.aliases);
	return 0;
}
