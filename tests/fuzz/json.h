/* SPDX-License-Identifier: MIT */
/* A check of JSON (RFC 8259), as strict as any parser. */
#ifndef USBFUSE_TESTS_JSON_H
#define USBFUSE_TESTS_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* One value with white space around it, in ASCII. */
bool json_valid(const char *text, size_t len);

/* Printable UTF-8 in lines, without space at the end of any. */
bool text_clean(const char *text, size_t len);

#endif
