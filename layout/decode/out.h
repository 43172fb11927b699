/* SPDX-License-Identifier: MIT */
/*
 * A text that grows as it is written. Lack of memory is remembered, and everything written after it
 * is dropped, so that writers need to look once, at the end.
 */
#ifndef USBFUSE_DECODE_OUT_H
#define USBFUSE_DECODE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/desc.h"
#include "backend/util/macro.h"

struct out {
	char *buf;
	size_t len, room;
	bool failed;
};

void out_bytes(struct out *o, const char *data, size_t len);
void out_text(struct out *o, const char *text);
void out_format(struct out *o, const char *format, ...) PRINTF_LIKE(2, 3);
void out_spaces(struct out *o, size_t n);

/* Two digits a byte, with SEPARATOR (or "") between bytes. */
void out_hex(struct out *o, struct desc_span bytes, const char *separator);

/* TEXT of LEN bytes from a device: what is printable stays; other characters, a blank at the
 * end, and bytes that are no valid UTF-8, become \xNN, and a backslash \\. */
void out_quoted(struct out *o, const char *text, size_t len);

/* As text_json() writes it. */
void out_json(struct out *o, const char *text, size_t len);

void out_free(struct out *o);

#endif
