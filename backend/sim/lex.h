/* SPDX-License-Identifier: MIT */
/*
 * Cuts the text of a device description into lines and words. A word is what stands between blanks,
 * or a text in quotes with C's escapes; # begins a comment; a backslash at the end joins a line with
 * the next one. Untrusted input: anything is survived.
 */
#ifndef USBFUSE_SIM_LEX_H
#define USBFUSE_SIM_LEX_H

#include <stdbool.h>
#include <stddef.h>

struct sim_word {
	const char *text; /* NUL-terminated; a quoted one may contain others */
	size_t len;
	bool quoted;
};

struct sim_lexer {
	/* set by the caller: the text, and 1 */
	const char *at, *end;
	unsigned next_line;

	/* the words of the line that was read last; valid until the next one */
	unsigned line;
	struct sim_word *words;
	size_t n_words;
	char *store;
};

/* Reads the next line that has words. 1: there is one; 0: the text is over; -ENOMEM; -EINVAL: the
 * line makes no sense, and *ret_why, a constant, says why. */
int sim_lex(struct sim_lexer *l, const char **ret_why);

void sim_lex_free(struct sim_lexer *l);

#endif
