/* SPDX-License-Identifier: MIT */
/* Counted text, and escaping; see text.h. */
#include "layout/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void
text_bytes(struct text *t, const char *bytes, size_t len)
{
	if (t->len < t->size)
		memcpy(t->buf + t->len, bytes, len < t->size - t->len ? len : t->size - t->len);
	t->len += len;
}

void
text_put(struct text *t, const char *string)
{
	text_bytes(t, string, strlen(string));
}

void
text_printf(struct text *t, const char *format, ...)
{
	char piece[200];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(piece, sizeof(piece), format, ap);
	va_end(ap);
	if (n > 0)
		text_bytes(t, piece, (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece) - 1);
}

size_t
text_character(const char *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)*s;
	size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = n <= 1 ? first : first & (0x7fu >> n);

	if (n == 0 || n > len || first >= 0xf8)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/* C0, DEL and C1. */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

void
text_json(struct text *t, const char *s, size_t len)
{
	text_put(t, "\"");
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		uint32_t c;

		n = text_character(s + i, len - i, &c);
		if (n == 0)
			c = 0xfffd;
		if (c == '"' || c == '\\')
			text_printf(t, "\\%c", (char)c);
		else if (c >= ' ' && c < 0x7f)
			text_bytes(t, s + i, 1);
		else if (c < 0x10000)
			text_printf(t, "\\u%04x", (unsigned)c);
		else
			text_printf(t, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(c >> 10),
				0xdc00 + (unsigned)(c & 0x3ff));
	}
	text_put(t, "\"");
}

void
text_line(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		uint32_t c;

		n = text_character(s + i, len - i, &c);
		if (n == 0 || is_control(c))
			text_put(t, "?");
		else
			text_bytes(t, s + i, n);
	}
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("#+-.:=@_", c));
}

void
text_word(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_plain(s[i]))
			text_bytes(t, &s[i], 1);
		else
			text_printf(t, "%%%02x", (unsigned char)s[i]);
	}
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t
text_unword(char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			s[n++] = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else {
			s[n++] = s[i];
		}
	}
	return n;
}

void
text_end_word(struct text *t)
{
	size_t len = t->len < t->size ? t->len : t->size;

	if (t->len > t->size && len > 0 && t->buf[len - 1] == '%')
		len -= 1;
	else if (t->len > t->size && len > 1 && t->buf[len - 2] == '%')
		len -= 2;
	t->buf[len] = '\0';
}

size_t
text_attr_len(const char *attr)
{
	size_t len = strlen(attr);

	return len > 0 && attr[len - 1] == '\n' ? len - 1 : len;
}
