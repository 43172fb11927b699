/* SPDX-License-Identifier: MIT */
/* Lines and words; see word.h. */
#include "layout/word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED = 32 }; /* characters of a word */

bool
word_line(const char **text, size_t *len, unsigned *line, struct word *ret)
{
	while (*len > 0) {
		const char *at = *text, *end = memchr(at, '\n', *len);
		size_t n = end ? (size_t)(end - at) : *len;

		*text += end ? n + 1 : n;
		*len -= end ? n + 1 : n;
		++*line;
		while (n > 0 && isspace((unsigned char)at[n - 1]))
			n--;
		while (n > 0 && isspace((unsigned char)at[0])) {
			at++;
			n--;
		}
		if (n > 0 && at[0] != '#') {
			*ret = (struct word){at, n};
			return true;
		}
	}
	return false;
}

bool
word_is(struct word w, const char *text)
{
	return strlen(text) == w.len && memcmp(text, w.text, w.len) == 0;
}

const char *
word_quote(struct word w, char buf[WORD_SHOWN_MAX])
{
	size_t n = w.len < QUOTED ? w.len : QUOTED;

	for (size_t i = 0; i < n; i++)
		buf[i] = isprint((unsigned char)w.text[i]) ? w.text[i] : '?';
	snprintf(buf + n, WORD_SHOWN_MAX - n, "%s", w.len > n ? "..." : "");
	return buf;
}
