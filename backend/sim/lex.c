/* SPDX-License-Identifier: MIT */
/* Lines and words of device descriptions; see lex.h. */
#include "backend/sim/lex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/sim/bytes.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Where the line that begins at l->at ends, joined ones included. */
static const char *
line_end(struct sim_lexer *l)
{
	const char *p = l->at;

	for (;;) {
		const char *newline = memchr(p, '\n', (size_t)(l->end - p));

		l->next_line++;
		if (!newline)
			return l->end;
		if (newline == l->at || newline[-1] != '\\')
			return newline;
		p = newline + 1;
	}
}

/* The character that an escape stands for; *P is behind the backslash and is moved behind it. */
static int
escape(const char **p, const char *end)
{
	static const char from[] = "abefnrtv\\\"'0", to[] = "\a\b\033\f\n\r\t\v\\\"'\0";
	const char *known;

	if (*p == end)
		return -1;
	if (**p == 'x') {
		int high, low;

		if (end - *p < 3)
			return -1;
		high = sim_hex_digit((*p)[1]);
		low = sim_hex_digit((*p)[2]);
		*p += 3;
		return high < 0 || low < 0 ? -1 : high * 16 + low;
	}
	known = **p ? strchr(from, **p) : NULL;
	(*p)++;
	return known ? (unsigned char)to[known - from] : -1;
}

/* A quoted text; *P is behind the opening quote. Writes to *STORE and moves both. */
static int
quoted(const char **p, const char *end, char **store, const char **ret_why)
{
	while (*p < end && **p != '"') {
		int c = (unsigned char)*(*p)++;

		if (c == '\\')
			c = escape(p, end);
		if (c < 0) {
			*ret_why = "an escape that is not known";
			return -EINVAL;
		}
		*(*store)++ = (char)c;
	}
	if (*p == end) {
		*ret_why = "a quotation mark is missing";
		return -EINVAL;
	}
	(*p)++;
	return 0;
}

static int
cut(struct sim_lexer *l, const char *p, const char *end, const char **ret_why)
{
	char *store = l->store;

	for (;;) {
		struct sim_word *w;
		char *begin = store;
		bool in_quotes;

		while (p < end &&
			(blank(*p) || *p == '\n' || (*p == '\\' && p + 1 < end && p[1] == '\n')))
			p++;
		if (p == end || *p == '#')
			return 0;
		in_quotes = *p == '"';
		if (in_quotes) {
			p++;
			if (quoted(&p, end, &store, ret_why) < 0)
				return -EINVAL;
		} else {
			while (p < end && !blank(*p) && *p != '\n' && *p != '#' && *p != '"' &&
				!(*p == '\\' && p + 1 < end && p[1] == '\n'))
				*store++ = *p++;
		}
		w = sim_grow(&l->words, &l->n_words, sizeof(*w));
		if (!w)
			return -ENOMEM;
		*w = (struct sim_word){begin, (size_t)(store - begin), in_quotes};
		*store++ = '\0';
	}
}

int
sim_lex(struct sim_lexer *l, const char **ret_why)
{
	while (l->at < l->end) {
		const char *begin = l->at, *end;
		int r;

		sim_lex_free(l);
		l->line = l->next_line;
		end = line_end(l);
		l->at = end < l->end ? end + 1 : end;
		/* Two words next to each other need two terminators: "a""b". */
		l->store = malloc(2 * (size_t)(end - begin) + 1);
		if (!l->store)
			return -ENOMEM;
		r = cut(l, begin, end, ret_why);
		if (r < 0)
			return r;
		if (l->n_words)
			return 1;
	}
	return 0;
}

void
sim_lex_free(struct sim_lexer *l)
{
	free(l->words);
	free(l->store);
	l->words = NULL;
	l->store = NULL;
	l->n_words = 0;
}
