/* SPDX-License-Identifier: MIT */
/*
 * A growing run of bytes, and growing arrays: what the parser of device descriptions builds with.
 * Not thread-safe.
 */
#ifndef USBFUSE_SIM_BYTES_H
#define USBFUSE_SIM_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "backend/util/macro.h"

struct sim_bytes {
	uint8_t *data; /* NULL while nothing was ever added */
	size_t len, cap;
};

/* 0 or -ENOMEM. */
int sim_bytes_add(struct sim_bytes *b, const void *data, size_t len);

/* Adds formatted text, without a NUL. 0 or -ENOMEM. */
int sim_bytes_print(struct sim_bytes *b, const char *format, ...) PRINTF_LIKE(2, 3);

void sim_bytes_free(struct sim_bytes *b);

/* Lower-case hex of LEN bytes, two digits each; ret has room for 2 * LEN + 1. */
void sim_hex(const uint8_t *data, size_t len, char *ret);

/* The value of a hex digit, or -1. */
int sim_hex_digit(char c);

/* Makes room for one more element and returns it, zeroed; NULL: no memory. ARRAY is the address of
 * the pointer to the first element, N that of their number, which is incremented. */
void *sim_grow(void *array, size_t *n, size_t element);

#endif
