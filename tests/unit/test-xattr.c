/* SPDX-License-Identifier: MIT */
/* Attributes of a device: what setxattr(2) promises, and the bounds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "fs/xattr.h"
#include "tests/unit/test.h"

static void
check_value(const struct xattrs *x, const char *name, const char *value, size_t len)
{
	const void *found;
	size_t found_len;

	CHECK_EQ(xattrs_get(x, name, &found, &found_len), 0);
	CHECK_MEM(found, found_len, value, len);
}

static void
check_list(const struct xattrs *x, const char *names, size_t len)
{
	char *buf = malloc(x->names + 1);

	CHECK_EQ(x->names, len);
	xattrs_list(x, buf);
	CHECK_MEM(buf, x->names, names, len);
	free(buf);
}

static void
check_empty(struct xattrs *x)
{
	xattrs_clear(x);
	CHECK_EQ(x->total, 0);
	check_list(x, "", 0);
}

TEST(create_and_replace)
{
	struct xattrs x;
	const void *value;
	size_t len;

	xattrs_init(&x);
	CHECK_EQ(xattrs_get(&x, "user.a", &value, &len), -ENODATA);
	CHECK_EQ(xattrs_remove(&x, "user.a"), -ENODATA);
	CHECK_EQ(xattrs_set(&x, "user.a", "1", 1, XATTR_REPLACE), -ENODATA);
	CHECK_EQ(xattrs_set(&x, "user.a", "\0\n", 2, XATTR_CREATE), 0);
	CHECK_EQ(xattrs_set(&x, "user.b", NULL, 0, 0), 0);
	CHECK_EQ(xattrs_set(&x, "user.a", "3", 1, XATTR_CREATE), -EEXIST);
	check_value(&x, "user.a", "\0\n", 2);
	check_value(&x, "user.b", "", 0);
	check_list(&x, "user.a\0user.b", 14);
	CHECK_EQ(xattrs_set(&x, "user.a", "longer", 6, XATTR_REPLACE), 0);
	CHECK_EQ(xattrs_set(&x, "user.b", "0", 1, 0), 0);
	check_value(&x, "user.a", "longer", 6);
	check_list(&x, "user.a\0user.b", 14);
	CHECK_EQ(xattrs_remove(&x, "user.a"), 0);
	CHECK_EQ(xattrs_get(&x, "user.a", &value, &len), -ENODATA);
	check_list(&x, "user.b", 7);
	check_empty(&x);
}

TEST(no_more_than_the_total)
{
	enum { BIG = 60000 };
	_cleanup_free_ char *value = calloc(1, BIG);
	struct xattrs x;
	char name[32];
	size_t total;
	unsigned n = 0;
	int r;

	xattrs_init(&x);
	do {
		snprintf(name, sizeof(name), "user.%u", n++);
		r = xattrs_set(&x, name, value, BIG, 0);
	} while (r == 0);
	CHECK_EQ(r, -ENOSPC);
	CHECK_EQ(n - 1, XATTR_TOTAL_MAX / BIG);
	/* What is replaced does not count, and what fails changes nothing. */
	total = x.total;
	CHECK_EQ(xattrs_set(&x, "user.0", value, BIG, 0), 0);
	CHECK_EQ(xattrs_set(&x, "user.0", value, XATTR_TOTAL_MAX - total + BIG + 1, 0), -ENOSPC);
	CHECK_EQ(x.total, total);
	check_value(&x, "user.0", value, BIG);
	CHECK_EQ(xattrs_set(&x, "user.0", value, 1, 0), 0);
	CHECK_EQ(x.total, total - BIG + 1);
	check_empty(&x);
}

TEST(no_more_names_than_can_be_listed)
{
	struct xattrs x;
	char name[32];
	unsigned n = 0;
	int r;

	xattrs_init(&x);
	do {
		snprintf(name, sizeof(name), "user.%09u", n++);
		r = xattrs_set(&x, name, NULL, 0, 0);
	} while (r == 0);
	CHECK_EQ(r, -ENOSPC);
	/* It is the names: there would be room. */
	CHECK_EQ(n - 1, XATTR_NAMES_MAX / strlen("user.000000000\n"));
	CHECK(x.total < XATTR_TOTAL_MAX - 1000);
	CHECK_EQ(xattrs_set(&x, "user.000000000", "1", 1, 0), 0);
	check_empty(&x);
}
