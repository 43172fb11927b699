/* SPDX-License-Identifier: MIT */
/*
 * Landlock: what can be opened. See confine.h. The interface grows with the kernel, and each
 * version is used for all that it can do; the C library has none of it, and the headers of a
 * distribution are older than the kernels that it runs on, so that the numbers are here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend/util/allow.h"
#include "backend/util/macro.h"
#include "fs/confine.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum {
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,
	IOCTL_DEV = 1 << 15,
	/* All of version 1. */
	FIRST = (1 << 13) - 1,
	/* What is a right to a file, and not to a directory. */
	OF_FILES = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
		   LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE | IOCTL_DEV,
	TCP = 3,    /* bind and connect */
	SCOPES = 3, /* abstract sockets and signals: none to processes outside */
};

/* As the kernel has it; it takes a longer one than it knows if the rest is zero. */
struct ruleset {
	uint64_t fs, net, scoped;
};

static struct ruleset
handled_by(int abi)
{
	return (struct ruleset){
		.fs = FIRST | (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0) |
		      (abi >= 5 ? IOCTL_DEV : 0),
		.net = abi >= 4 ? TCP : 0,
		.scoped = abi >= 6 ? SCOPES : 0,
	};
}

static uint64_t
access_of(const struct allowed *a)
{
	uint64_t access = 0;

	if (a->rights & ALLOW_READ)
		access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	if (a->rights & (ALLOW_WRITE | ALLOW_MAKE))
		access |= LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEV;
	if (a->rights & ALLOW_MAKE)
		access |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			  LANDLOCK_ACCESS_FS_REMOVE_FILE;
	return a->directory ? access : access & OF_FILES;
}

static int
add_rule(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
		       ? -errno
		       : 0;
}

static int
add_rules(int ruleset, uint64_t handled)
{
	size_t n;
	const struct allowed *all = allow_list(&n);

	for (size_t i = 0; i < n; i++) {
		uint64_t access = access_of(&all[i]) & handled;
		int r = access ? add_rule(ruleset, all[i].fd, access) : 0;

		if (r < 0)
			return r;
	}
	if (CONFINE_SANITIZED) {
		_cleanup_close_ int top = open("/", O_PATH | O_CLOEXEC);

		return add_rule(ruleset, top,
			LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
				LANDLOCK_ACCESS_FS_READ_DIR);
	}
	return 0;
}

int
confine_landlock(int *ret_abi)
{
	_cleanup_close_ int fd = -1;
	struct ruleset handled;
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int r;

	/* EPERM: a container's own filter knows nothing of it. */
	if (abi < 0)
		return errno == ENOSYS || errno == EPERM ? -EOPNOTSUPP : -errno;
	handled = handled_by(abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (fd < 0)
		return -errno;
	r = add_rules(fd, handled.fs);
	if (r < 0)
		return r;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return -errno;
	*ret_abi = abi;
	return 0;
}
