/* SPDX-License-Identifier: MIT */
/* Rules about devices; see filter.h. */
#include "layout/filter.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "backend/desc.h"

enum {
	ANY = -1,
	CLASS_CODES = 3, /* class, subclass, protocol */
};

enum filter_kind { BY_ID, BY_CLASS, BY_PORT };

struct filter_rule {
	bool allow;
	enum filter_kind kind;
	int codes[CLASS_CODES]; /* BY_ID: vendor, product; BY_CLASS */
	char *port;             /* BY_PORT: a pattern */
};

/* ---- reading them ---- */

/* DIGITS hex digits, or, for an id, a star; moves *AT behind them. */
static bool
read_code(const char **at, size_t digits, bool star, int *ret)
{
	int value = 0;

	if (star && **at == '*') {
		++*at;
		*ret = ANY;
		return true;
	}
	for (size_t i = 0; i < digits; i++) {
		unsigned char c = (unsigned char)**at;

		if (!isxdigit(c))
			return false;
		value = value * 16 + (isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
		++*at;
	}
	*ret = value;
	return true;
}

static bool
read_id(const char *at, struct filter_rule *r)
{
	r->kind = BY_ID;
	return read_code(&at, 4, true, &r->codes[0]) && *at++ == ':' &&
	       read_code(&at, 4, true, &r->codes[1]) && !*at;
}

static bool
read_class(const char *at, struct filter_rule *r)
{
	r->kind = BY_CLASS;
	for (size_t i = 0; i < CLASS_CODES; i++)
		r->codes[i] = ANY;
	for (size_t i = 0; i < CLASS_CODES; i++) {
		if (!read_code(&at, 2, false, &r->codes[i]))
			return false;
		if (!*at)
			return true;
		if (*at++ != '/')
			return false;
	}
	return false;
}

/* As sysfs names devices, 1-2.4 or usb1, with stars. */
static bool
read_port(const char *at, struct filter_rule *r)
{
	bool root_hub = strncmp(at, "usb", 3) == 0;
	const char *rest = root_hub ? at + 3 : at;

	r->kind = BY_PORT;
	if (!*rest || rest[strspn(rest, "0123456789-.*")] || (!root_hub && !strpbrk(rest, "-*")))
		return false;
	r->port = strdup(at);
	return true;
}

int
filter_add(struct filter *f, bool allow, const char *spec)
{
	struct filter_rule r = {.allow = allow}, *grown;
	bool sense;

	if (strncmp(spec, "class=", 6) == 0)
		sense = read_class(spec + 6, &r);
	else if (strchr(spec, ':'))
		sense = read_id(spec, &r);
	else
		sense = read_port(spec, &r);
	if (!sense)
		return -EINVAL;
	grown = realloc(f->rules, (f->n_rules + 1) * sizeof(*grown));
	if (grown)
		f->rules = grown;
	if (!grown || (r.kind == BY_PORT && !r.port)) {
		free(r.port);
		return -ENOMEM;
	}
	grown[f->n_rules++] = r;
	return 0;
}

void
filter_free(struct filter *f)
{
	for (size_t i = 0; i < f->n_rules; i++)
		free(f->rules[i].port);
	free(f->rules);
	*f = (struct filter){.rules = NULL};
}

/* ---- what they say of a device ---- */

static bool
is(int wanted, int actual)
{
	return wanted == ANY || wanted == actual;
}

/* The three codes begin at OFFSET of a descriptor. */
static bool
is_class(const struct filter_rule *r, struct desc_span span, size_t offset)
{
	for (size_t i = 0; i < CLASS_CODES; i++)
		if (!is(r->codes[i], desc_u8(span, offset + i)))
			return false;
	return true;
}

static bool
has_class(const struct filter_rule *r, const struct desc_index *x)
{
	if (is_class(r, x->device, 4))
		return true;
	for (size_t c = 0; c < x->n_configs; c++)
		for (size_t i = 0; i < x->configs[c].n_interfaces; i++) {
			const struct desc_interface *in = &x->configs[c].interfaces[i];

			for (size_t a = 0; a < in->n_alts; a++)
				if (is_class(r, in->alts[a].self, 5))
					return true;
		}
	return false;
}

static bool
matches(const struct filter_rule *r, const struct snapshot *s, const struct desc_index *x)
{
	switch (r->kind) {
	case BY_ID:
		return is(r->codes[0], desc_u16(x->device, 8)) &&
		       is(r->codes[1], desc_u16(x->device, 10));
	case BY_CLASS:
		return has_class(r, x);
	default:
		return fnmatch(r->port, s->name, 0) == 0;
	}
}

bool
filter_admits(const struct filter *f, const struct snapshot *s)
{
	bool allowed = false, denied = false, choosy = false;
	struct desc_index *x;

	if (f->n_rules == 0)
		return true;
	x = desc_index_new(s->descriptors, s->descriptors_len);
	if (!x)
		return false;
	for (size_t i = 0; i < f->n_rules; i++) {
		const struct filter_rule *r = &f->rules[i];

		choosy |= r->allow;
		if (matches(r, s, x))
			*(r->allow ? &allowed : &denied) = true;
	}
	desc_index_free(x);
	return (allowed || !choosy) && !denied;
}
