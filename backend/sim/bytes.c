/* SPDX-License-Identifier: MIT */
/* Growing runs of bytes and arrays; see bytes.h. Both grow by doubling. */
#include "backend/sim/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
sim_bytes_add(struct sim_bytes *b, const void *data, size_t len)
{
	if (len > b->cap - b->len) {
		size_t cap = b->cap ? b->cap : 64;
		uint8_t *grown;

		while (cap - b->len < len)
			cap *= 2;
		grown = realloc(b->data, cap);
		if (!grown)
			return -ENOMEM;
		b->data = grown;
		b->cap = cap;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void
sim_bytes_free(struct sim_bytes *b)
{
	free(b->data);
	*b = (struct sim_bytes){0};
}

void
sim_hex(const uint8_t *data, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*ret++ = digits[data[i] >> 4];
		*ret++ = digits[data[i] & 15];
	}
	*ret = '\0';
}

int
sim_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void *
sim_grow(void *array, size_t *n, size_t element)
{
	char **a = array;
	char *grown;

	/* A power of two is full: no capacity needs to be remembered. */
	if ((*n & (*n - 1)) == 0) {
		grown = realloc(*a, (*n ? *n * 2 : 1) * element);
		if (!grown)
			return NULL;
		*a = grown;
	}
	grown = *a + *n * element;
	memset(grown, 0, element);
	(*n)++;
	return grown;
}

int
sim_bytes_print(struct sim_bytes *to, const char *format, ...)
{
	char *text;
	va_list ap;
	int n, r;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	r = sim_bytes_add(to, text, (size_t)n);
	free(text);
	return r;
}
