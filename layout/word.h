/* SPDX-License-Identifier: MIT */
/* Lines and words of texts that are written to files: taken apart, compared, and shown in complaints.
 * They belong to whoever has the text; nothing is NUL-terminated. */
#ifndef USBFUSE_WORD_H
#define USBFUSE_WORD_H

#include <stdbool.h>
#include <stddef.h>

/* A run of characters in a text: a word, or several. */
struct word {
	const char *text;
	size_t len;
};

enum { WORD_SHOWN_MAX = 40 };

/* Takes the next line off the front of the LEN bytes at TEXT that says anything, without the white space
 * around it: empty lines, and those that begin with #, are skipped. LINE counts all of them. false:
 * there is none. */
bool word_line(const char **text, size_t *len, unsigned *line, struct word *ret);

bool word_is(struct word w, const char *text);

/* For a message: what came from outside may be long and is not to be trusted. Returns BUF. */
const char *word_quote(struct word w, char buf[WORD_SHOWN_MAX]);

#endif
