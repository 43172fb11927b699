/* SPDX-License-Identifier: MIT */
/* Checks JSON by recursive descent, and text byte by byte; see json.h. */
#include "tests/fuzz/json.h"

#include <string.h>

struct at {
	const char *p, *end;
};

static bool value(struct at *a, unsigned depth);

static void
space(struct at *a)
{
	while (a->p < a->end && strchr(" \t\r\n", *a->p) && *a->p)
		a->p++;
}

static bool
take(struct at *a, char c)
{
	if (a->p == a->end || *a->p != c)
		return false;
	a->p++;
	return true;
}

static bool
is_digit(const struct at *a)
{
	return a->p < a->end && *a->p >= '0' && *a->p <= '9';
}

static bool
is_hex(const struct at *a)
{
	return is_digit(a) || (a->p < a->end && *a->p >= 'a' && *a->p <= 'f');
}

static bool
string(struct at *a)
{
	if (!take(a, '"'))
		return false;
	while (a->p < a->end && *a->p != '"') {
		if (*a->p < ' ' || *a->p == 0x7f)
			return false;
		if (*a->p++ != '\\')
			continue;
		if (!take(a, 'u')) {
			if (a->p == a->end || !*a->p || !strchr("\"\\/bfnrt", *a->p))
				return false;
			a->p++;
			continue;
		}
		for (int i = 0; i < 4; i++, a->p++)
			if (!is_hex(a))
				return false;
	}
	return take(a, '"');
}

static bool
number(struct at *a)
{
	take(a, '-');
	if (take(a, '0'))
		return !is_digit(a);
	if (!is_digit(a))
		return false;
	while (is_digit(a))
		a->p++;
	return true;
}

static bool
word(struct at *a, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(a->end - a->p) < len || memcmp(a->p, text, len) != 0)
		return false;
	a->p += len;
	return true;
}

/* An array, or an object. */
static bool
list(struct at *a, unsigned depth, char close, bool named)
{
	a->p++;
	space(a);
	if (take(a, close))
		return true;
	do {
		space(a);
		if (named && !string(a))
			return false;
		space(a);
		if (named && !take(a, ':'))
			return false;
		if (!value(a, depth + 1))
			return false;
	} while (take(a, ','));
	return take(a, close);
}

static bool
value(struct at *a, unsigned depth)
{
	bool ok;

	space(a);
	if (a->p == a->end || depth > 64)
		return false;
	if (*a->p == '{')
		ok = list(a, depth, '}', true);
	else if (*a->p == '[')
		ok = list(a, depth, ']', false);
	else if (*a->p == '"')
		ok = string(a);
	else
		ok = word(a, "true") || word(a, "false") || word(a, "null") || number(a);
	space(a);
	return ok;
}

bool
json_valid(const char *text, size_t len)
{
	struct at a = {.p = text, .end = text + len};

	return value(&a, 0) && a.p == a.end;
}

bool
text_clean(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? 0 : (c & 0xe0) == 0xc0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : 3;

		if ((c < ' ' && c != '\n') || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4)
			return false;
		if (c == '\n' && i > 0 && text[i - 1] == ' ')
			return false;
		while (n-- > 0)
			if (++i == len || (text[i] & 0xc0) != 0x80)
				return false;
	}
	return len > 0 && text[len - 1] == '\n';
}
