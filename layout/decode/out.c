/* SPDX-License-Identifier: MIT */
/* A growing text, and the ways in which untrusted bytes get into it; see out.h. */
#include "layout/decode/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
make_room(struct out *o, size_t more)
{
	size_t room = o->room ? o->room : 256;
	char *grown;

	if (o->failed)
		return false;
	if (more <= o->room - o->len)
		return true;
	while (room - o->len < more)
		room *= 2;
	grown = realloc(o->buf, room);
	if (!grown) {
		o->failed = true;
		return false;
	}
	o->buf = grown;
	o->room = room;
	return true;
}

void
out_bytes(struct out *o, const char *data, size_t len)
{
	if (len == 0 || !make_room(o, len))
		return;
	memcpy(o->buf + o->len, data, len);
	o->len += len;
}

void
out_text(struct out *o, const char *text)
{
	out_bytes(o, text, strlen(text));
}

void
out_format(struct out *o, const char *format, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n > 0)
		out_bytes(o, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void
out_spaces(struct out *o, size_t n)
{
	while (n-- > 0)
		out_bytes(o, " ", 1);
}

void
out_hex(struct out *o, struct desc_span bytes, const char *separator)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		char pair[2] = {digits[bytes.data[i] >> 4], digits[bytes.data[i] & 0xf]};

		if (i > 0)
			out_text(o, separator);
		out_bytes(o, pair, 2);
	}
}

/* The character that TEXT begins with, and its length; 0: that is not valid UTF-8 (RFC 3629 section
 * 4: nothing overlong, no surrogates, nothing above U+10FFFF). */
static size_t
utf8(const char *text, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)text[0];
	size_t n = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t value = n == 1 ? c : c & (0x7fu >> n);

	if (n > len || (c & 0xc0) == 0x80 || c > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*ret = value;
	return n;
}

/* Control characters upset a terminal; those of direction and those that are invisible deceive
 * people. */
static bool
printable(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x200b && c < 0x2010) &&
	       !(c >= 0x2028 && c < 0x202f) && !(c >= 0x2060 && c < 0x2070) && c != 0xfeff &&
	       c != 0xad && !(c >= 0xfff0 && c < 0xfffd) && !(c >= 0xe0000 && c < 0xe1000);
}

void
out_quoted(struct out *o, const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c;

		n = utf8(text + i, len - i, &c);
		if (n > 0 && c == '\\') {
			out_text(o, "\\\\");
		} else if (n > 0 && printable(c) && (c != ' ' || i + 1 < len)) {
			out_bytes(o, text + i, n);
		} else {
			out_format(o, "\\x%02x", (unsigned char)text[i]);
			n = 1;
		}
	}
}

void
out_json(struct out *o, const char *text, size_t len)
{
	out_text(o, "\"");
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0xfffd;

		n = utf8(text + i, len - i, &c);
		n = n ? n : 1;
		if (c == '"' || c == '\\')
			out_format(o, "\\%c", (char)c);
		else if (c >= ' ' && c < 0x7f)
			out_bytes(o, text + i, 1);
		else if (c < 0x10000)
			out_format(o, "\\u%04x", c);
		else
			out_format(o, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	}
	out_text(o, "\"");
}

size_t
line_len(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && text[len - 1] == '\n' ? len - 1 : len;
}

void
out_free(struct out *o)
{
	free(o->buf);
	*o = (struct out){.buf = NULL};
}
