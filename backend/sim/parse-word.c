/* SPDX-License-Identifier: MIT */
/* The words of device descriptions: numbers, codes, bytes, strings; and the errors of the parser. */
#include "backend/sim/parser.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { STRING_MAX = 255 };

static int
fail(struct sim_parser *p, unsigned line, const char *format, va_list ap)
{
	char *what = NULL;

	if (vasprintf(&what, format, ap) < 0)
		return -ENOMEM;
	free(*p->ret_why);
	*p->ret_why = NULL;
	if (!p->file)
		*p->ret_why = TAKE_PTR(what);
	else if (asprintf(p->ret_why, "%s:%u: %s", p->file, line, what) < 0)
		*p->ret_why = NULL;
	free(what);
	/* One line, whatever was in the text. */
	for (char *c = *p->ret_why; c && *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	return -EINVAL;
}

int
sim_parse_fail(struct sim_parser *p, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = fail(p, p->lex.line, format, ap);
	va_end(ap);
	return r;
}

int
sim_parse_fail_at(struct sim_parser *p, unsigned line, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = fail(p, line, format, ap);
	va_end(ap);
	return r;
}

const char *
sim_parse_word(const struct sim_parser *p, size_t i)
{
	return i < p->lex.n_words ? p->lex.words[i].text : NULL;
}

bool
sim_parse_is(const struct sim_parser *p, size_t i, const char *word)
{
	return i < p->lex.n_words && !p->lex.words[i].quoted &&
	       strcmp(p->lex.words[i].text, word) == 0;
}

static int
missing(struct sim_parser *p, const char *what)
{
	return sim_parse_fail(p, "%s: %s is missing", p->lex.words[0].text, what);
}

int
sim_parse_number(
	struct sim_parser *p, size_t i, unsigned long min, unsigned long max, unsigned *ret)
{
	const char *word = sim_parse_word(p, i);
	unsigned long value;
	char *end;

	if (!word)
		return missing(p, "a number");
	errno = 0;
	value = strtoul(word, &end, strncmp(word, "0x", 2) == 0 ? 16 : 10);
	if (*word < '0' || *word > '9' || *end || errno || value < min || value > max)
		return sim_parse_fail(p, "\"%s\" is not a number from %lu to %lu", word, min, max);
	*ret = (unsigned)value;
	return 0;
}

int
sim_parse_code(struct sim_parser *p, size_t i, unsigned max, unsigned *ret)
{
	const char *word = sim_parse_word(p, i);
	unsigned long value;
	char *end;

	if (!word)
		return missing(p, "a code in hex");
	errno = 0;
	value = strtoul(word, &end, 16);
	/* No sign, no blanks, no 0x: all of which strtoul() would take. */
	if (sim_hex_digit(*word) < 0 || word[1] == 'x' || *end || errno || value > max)
		return sim_parse_fail(p, "\"%s\" is not a code from 0 to %x in hex", word, max);
	*ret = (unsigned)value;
	return 0;
}

int
sim_parse_size(struct sim_parser *p, size_t i, uint64_t *ret)
{
	const char *word = sim_parse_word(p, i);
	unsigned long long value;
	unsigned shift = 0;
	char *end;

	if (!word)
		return missing(p, "a number of bytes");
	errno = 0;
	value = strtoull(word, &end, 10);
	if (*end == 'k' || *end == 'M')
		shift = *end++ == 'k' ? 10 : 20;
	if (*word < '0' || *word > '9' || *end || errno || value > UINT64_MAX >> (shift + 1))
		return sim_parse_fail(p, "\"%s\" is not a number of bytes", word);
	*ret = value << shift;
	return 0;
}

static int
hex_word(struct sim_parser *p, const struct sim_word *w, struct sim_bytes *ret)
{
	if (w->len % 2)
		return sim_parse_fail(p, "\"%s\": an odd number of hex digits", w->text);
	for (size_t i = 0; i < w->len; i += 2) {
		int high = sim_hex_digit(w->text[i]), low = sim_hex_digit(w->text[i + 1]);
		uint8_t byte;

		if (high < 0 || low < 0)
			return sim_parse_fail(p, "\"%s\" is not bytes in hex", w->text);
		byte = (uint8_t)(high * 16 + low);
		if (sim_bytes_add(ret, &byte, 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

int
sim_parse_bytes(struct sim_parser *p, size_t i, struct sim_bytes *ret)
{
	for (; i < p->lex.n_words; i++) {
		const struct sim_word *w = &p->lex.words[i];
		int r = w->quoted ? sim_bytes_add(ret, w->text, w->len) : hex_word(p, w, ret);

		if (r < 0)
			return r;
	}
	return 0;
}

int
sim_parse_endpoint(struct sim_parser *p, size_t i, int direction, uint8_t *ret)
{
	unsigned address;
	int r = sim_parse_code(p, i, 0xff, &address);

	if (r < 0)
		return r;
	if ((address & 0x70) || (address & 15) == 0)
		return sim_parse_fail(p, "\"%02x\" is not the address of a data endpoint", address);
	if (direction >= 0 && (int)(address & 0x80) != direction)
		return sim_parse_fail(p, "endpoint %02x is not an %s endpoint", address,
			direction ? "IN" : "OUT");
	*ret = (uint8_t)address;
	return 0;
}

int
sim_parse_string(struct sim_parser *p, size_t i, unsigned *ret_index)
{
	const struct sim_word *w = i < p->lex.n_words ? &p->lex.words[i] : NULL;
	struct sim_string *s;
	unsigned index = 1;

	if (!w || !w->quoted)
		return missing(p, "a text in quotes");
	if (w->len > STRING_MAX)
		return sim_parse_fail(p, "a string of more than %d bytes", STRING_MAX);
	if (memchr(w->text, '\0', w->len))
		return sim_parse_fail(p, "a string with a NUL in it");
	/* Wanted at a certain index, or at the first free one. */
	if (*ret_index)
		index = *ret_index;
	else
		while (index < 255 && sim_model_string(p->model, index))
			index++;
	if (sim_model_string(p->model, index))
		return sim_parse_fail(p, "there is a string %u already", index);
	s = sim_grow(&p->model->strings, &p->model->n_strings, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->index = (uint8_t)index;
	s->len = w->len;
	s->text = strndup(w->text, w->len);
	if (!s->text)
		return -ENOMEM;
	*ret_index = index;
	return 0;
}
