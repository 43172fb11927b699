/* SPDX-License-Identifier: MIT */
/* Immutable descriptions of devices; see snapshot.h. */
#include "backend/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/macro.h"

static atomic_uint_fast64_t last_seq;

struct snapshot *
snapshot_new(uint64_t seq)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->seq = seq ? seq : atomic_fetch_add(&last_seq, 1) + 1;
	return s;
}

struct snapshot *
snapshot_ref(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

static void
free_attrs(struct snapshot_attr *attrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(attrs[i].name);
		free(attrs[i].text);
	}
	free(attrs);
}

struct snapshot *
snapshot_unref(struct snapshot *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	for (size_t i = 0; i < s->n_interfaces; i++) {
		free(s->interfaces[i].driver);
		free(s->interfaces[i].report_descriptor);
		free_attrs(s->interfaces[i].attrs, s->interfaces[i].n_attrs);
	}
	free(s->interfaces);
	free_attrs(s->attrs, s->n_attrs);
	free(s->name);
	free(s->node);
	free(s->acl);
	free(s->descriptors);
	free(s->bos);
	free(s);
	return NULL;
}

static int
add_attr(struct snapshot_attr **attrs, size_t *n, const char *name, const char *text, size_t len)
{
	struct snapshot_attr *grown, a;

	grown = realloc(*attrs, (*n + 1) * sizeof(**attrs));
	if (!grown)
		return -ENOMEM;
	*attrs = grown;
	a.name = strdup(name);
	a.text = malloc(len + 1);
	if (!a.name || !a.text) {
		free(a.name);
		free(a.text);
		return -ENOMEM;
	}
	memcpy(a.text, text, len);
	a.text[len] = '\0';
	grown[(*n)++] = a;
	return 0;
}

int
snapshot_add_attr(struct snapshot *s, const char *name, const char *text, size_t len)
{
	return add_attr(&s->attrs, &s->n_attrs, name, text, len);
}

int
snapshot_interface_add_attr(
	struct snapshot_interface *i, const char *name, const char *text, size_t len)
{
	return add_attr(&i->attrs, &i->n_attrs, name, text, len);
}

int
snapshot_add_acl(struct snapshot *s, enum snapshot_acl_kind kind, unsigned bits, uint32_t id)
{
	struct snapshot_acl *grown = realloc(s->acl, (s->n_acl + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	s->acl = grown;
	grown[s->n_acl++] =
		(struct snapshot_acl){.kind = kind, .bits = (uint8_t)(bits & 7), .id = id};
	return 0;
}

int
snapshot_interface_set_report(struct snapshot_interface *i, const uint8_t *data, size_t len)
{
	uint8_t *copy = NULL;

	if (len > 0) {
		copy = malloc(len);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, data, len);
	}
	free(i->report_descriptor);
	i->report_descriptor = copy;
	i->report_descriptor_len = len;
	return 0;
}

struct snapshot_interface *
snapshot_add_interface(struct snapshot *s, uint8_t number)
{
	struct snapshot_interface *grown;

	grown = realloc(s->interfaces, (s->n_interfaces + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	s->interfaces = grown;
	grown += s->n_interfaces++;
	*grown = (struct snapshot_interface){.number = number};
	return grown;
}

static const char *
find_attr(const struct snapshot_attr *attrs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(attrs[i].name, name) == 0)
			return attrs[i].text;
	return NULL;
}

const char *
snapshot_attr(const struct snapshot *s, const char *name)
{
	return find_attr(s->attrs, s->n_attrs, name);
}

const char *
snapshot_interface_attr(const struct snapshot_interface *i, const char *name)
{
	return find_attr(i->attrs, i->n_attrs, name);
}

const struct snapshot_interface *
snapshot_interface(const struct snapshot *s, uint8_t number)
{
	for (size_t i = 0; i < s->n_interfaces; i++)
		if (s->interfaces[i].number == number)
			return &s->interfaces[i];
	return NULL;
}
