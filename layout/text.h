/* SPDX-License-Identifier: MIT */
/*
 * Text that is written into a buffer which may be too small, and its length counted all the same;
 * and the three ways in which strings of a device, which nobody may trust, get into one. Private to
 * layout/.
 */
#ifndef USBFUSE_TEXT_H
#define USBFUSE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "backend/util/macro.h"

/* Begin with LEN 0; not NUL-terminated. */
struct text {
	char *buf;
	size_t size;
	size_t len; /* of all that was put, also of what did not fit */
};

void text_bytes(struct text *t, const char *bytes, size_t len);
void text_put(struct text *t, const char *string);

/* For short pieces, as numbers are: of no more than 200 bytes. */
void text_printf(struct text *t, const char *format, ...) PRINTF_LIKE(2, 3);

/* The character that begins at S, of LEN > 0 bytes, and its length; 0: that is not UTF-8 (RFC 3629:
 * nothing longer than necessary, no surrogates, nothing above U+10FFFF). */
size_t text_character(const char *s, size_t len, uint32_t *ret);

/* The LEN bytes at S as a string of JSON with its quotes, in ASCII; what is not UTF-8 becomes
 * U+FFFD. */
void text_json(struct text *t, const char *s, size_t len);

/* Likewise, for a line: control characters, and what is not UTF-8, become question marks. */
void text_line(struct text *t, const char *s, size_t len);

/* Likewise, as one word that may be part of a file's name: letters, digits and #+-.:=@_ as they
 * are, everything else as % and two hexadecimal digits. */
void text_word(struct text *t, const char *s, size_t len);

/* Undoes text_word() in place and returns the new length. What is no such % stays. */
size_t text_unword(char *s, size_t len);

/* What has been written of a word, NUL-terminated: the buffer has room for that behind its size. No
 * escape at the end is cut in two. */
void text_end_word(struct text *t);

/* The length of an attribute without the newline at its end. */
size_t text_attr_len(const char *attr);

#endif
