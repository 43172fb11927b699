/* SPDX-License-Identifier: MIT */
/* Checks of the mount point; see mountpoint.h. */
#include "fs/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/util/log.h"

static int PRINTF_LIKE(3, 4) fail(char **ret_why, int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (vasprintf(ret_why, format, ap) < 0)
		*ret_why = NULL;
	va_end(ap);
	return -err;
}

/* A file system without its daemon answers everything with ENOTCONN. */
static int
clear_stale(const char *path, char **ret_why)
{
	pid_t pid;
	int status;

	log_info("%s is left over from a daemon that has gone; unmounting it", path);
	if (umount2(path, MNT_DETACH) == 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "--", path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0)
		return 0;
	return fail(ret_why, ENOTCONN,
		"%s is left over from a daemon that has gone, and cannot be unmounted; try: "
		"fusermount3 -u %s",
		path, path);
}

/* Is a directory where another file system begins? */
static bool
is_mounted_on(const char *path)
{
	char *parent = NULL;
	struct stat here, above;
	bool mounted = false;

	if (asprintf(&parent, "%s/..", path) < 0)
		return false;
	if (stat(path, &here) == 0 && stat(parent, &above) == 0)
		mounted = here.st_dev != above.st_dev;
	free(parent);
	return mounted;
}

int
mountpoint_prepare(const char *path, char **ret_path, char **ret_why)
{
	struct statvfs dead;
	struct stat st;
	int fd, r;

	*ret_path = NULL;
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail(ret_why, errno, "cannot open /dev/fuse: %s%s", strerror(errno),
			errno == ENOENT || errno == ENODEV ? " (modprobe fuse?)" : "");
	close(fd);
	/* Unlike stat(), which may be answered by what the kernel remembers of it. */
	if (statvfs(path, &dead) < 0 && errno == ENOTCONN) {
		r = clear_stale(path, ret_why);
		if (r < 0)
			return r;
	}
	if (stat(path, &st) < 0)
		return fail(ret_why, errno, "cannot use mount point %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return fail(ret_why, ENOTDIR, "cannot use mount point %s: not a directory", path);
	if (access(path, R_OK | X_OK) < 0)
		return fail(ret_why, errno, "cannot use mount point %s: %s", path, strerror(errno));
	*ret_path = realpath(path, NULL);
	if (!*ret_path)
		return fail(ret_why, errno, "cannot use mount point %s: %s", path, strerror(errno));
	if (is_mounted_on(*ret_path))
		return fail(ret_why, EBUSY, "mount point %s is in use: something is mounted there",
			path);
	return 0;
}
