/* SPDX-License-Identifier: MIT */
/* A growing text, and the ways in which untrusted bytes get into it; see out.h. */
#include "layout/decode/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "layout/text.h"

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

		n = text_character(text + i, len - i, &c);
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
	struct text t = {.buf = NULL};

	text_json(&t, text, len);
	if (!make_room(o, t.len))
		return;
	t = (struct text){.buf = o->buf + o->len, .size = t.len};
	text_json(&t, text, len);
	o->len += t.len;
}

void
out_free(struct out *o)
{
	free(o->buf);
	*o = (struct out){.buf = NULL};
}
