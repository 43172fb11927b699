/* SPDX-License-Identifier: MIT */
/* Attributes that users have given to a device; see xattr.h. */
#include "fs/xattr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

struct xattr {
	struct list node;
	size_t name_len, len; /* the name's with its NUL */
	char bytes[];         /* the name, the value */
};

static size_t
cost(const struct xattr *a)
{
	return sizeof(*a) + a->name_len + a->len;
}

static struct xattr *
find(const struct xattrs *x, const char *name)
{
	list_for_each (at, &x->all) {
		struct xattr *a = list_entry(at, struct xattr, node);

		if (strcmp(a->bytes, name) == 0)
			return a;
	}
	return NULL;
}

static void
drop(struct xattrs *x, struct xattr *a)
{
	x->total -= cost(a);
	x->names -= a->name_len;
	list_del(&a->node);
	free(a);
}

void
xattrs_init(struct xattrs *x)
{
	*x = (struct xattrs){.total = 0};
	list_init(&x->all);
}

void
xattrs_clear(struct xattrs *x)
{
	while (!list_empty(&x->all))
		drop(x, list_first(&x->all, struct xattr, node));
}

int
xattrs_get(const struct xattrs *x, const char *name, const void **ret, size_t *ret_len)
{
	const struct xattr *a = find(x, name);

	if (!a)
		return -ENODATA;
	*ret = a->bytes + a->name_len;
	*ret_len = a->len;
	return 0;
}

int
xattrs_set(struct xattrs *x, const char *name, const void *value, size_t len, int flags)
{
	struct xattr *old = find(x, name), *a;
	size_t name_len = strlen(name) + 1;

	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (x->total - (old ? cost(old) : 0) + sizeof(*a) + name_len + len > XATTR_TOTAL_MAX ||
		(!old && x->names + name_len > XATTR_NAMES_MAX))
		return -ENOSPC;
	a = malloc(sizeof(*a) + name_len + len);
	if (!a)
		return -ENOMEM;
	a->name_len = name_len;
	a->len = len;
	memcpy(a->bytes, name, name_len);
	if (len > 0)
		memcpy(a->bytes + name_len, value, len);
	/* In the place of the old one, so that the order stays. */
	list_append(old ? &old->node : &x->all, &a->node);
	x->total += cost(a);
	x->names += name_len;
	if (old)
		drop(x, old);
	return 0;
}

int
xattrs_remove(struct xattrs *x, const char *name)
{
	struct xattr *a = find(x, name);

	if (!a)
		return -ENODATA;
	drop(x, a);
	return 0;
}

void
xattrs_list(const struct xattrs *x, char *buf)
{
	list_for_each (at, &x->all) {
		const struct xattr *a = list_entry(at, struct xattr, node);

		memcpy(buf, a->bytes, a->name_len);
		buf += a->name_len;
	}
}
