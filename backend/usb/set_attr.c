/* SPDX-License-Identifier: MIT */
/* Writing to sysfs; see set_attr.h. The worker's: the kernel takes the device's lock for it. */
#include "backend/usb/set_attr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/usb/ports.h"
#include "backend/usb/presence.h"
#include "backend/usb/sysfs.h"
#include "backend/usb/usb.h"
#include "backend/util/macro.h"

/* What is written on behalf of users, and nothing else. */
static const char *const writable[] = {
	"authorized",
	"remove",
	"power/control",
	"power/autosuspend_delay_ms",
};

static int
find_path(const struct snapshot *s, const char *name, char *path, size_t size)
{
	char dir[256];
	const char *rest;

	for (size_t i = 0; i < ARRAY_SIZE(writable); i++)
		if (strcmp(name, writable[i]) == 0)
			return snprintf(path, size, "%s", name) < (int)size ? 0 : -ENAMETOOLONG;
	if (ports_split(s, name, dir, sizeof(dir), &rest) < 0 || strcmp(rest, "disable") != 0)
		return -ENOENT;
	return snprintf(path, size, "%s/%s", dir, rest) < (int)size ? 0 : -ENAMETOOLONG;
}

static int
write_file(int fd, const char *path, const char *value)
{
	_cleanup_close_ int file = openat(fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (file < 0)
		return -errno;
	if (!value)
		return 0;
	do
		n = write(file, value, strlen(value));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void
explain(const struct snapshot *s, const char *path, int err, char **ret_why)
{
	const char *hint = err == -EACCES ? "; usbfuse has to run as root for that" : "";

	if (asprintf(ret_why, "cannot write %s/%s/%s: %s%s", sysfs_root(), s->name, path,
		    strerror(-err), hint) < 0)
		*ret_why = NULL;
}

int
usb_set_attr(struct backend *b, const struct snapshot *s, const char *name, const char *value,
	char **ret_why)
{
	struct sysfs_device d;
	char path[512];
	int r = find_path(s, name, path, sizeof(path));

	/* The kernel would refuse as well, but only after it has ended the root hub's configuration
	 * and thrown out everything below (remove_store() in drivers/usb/core/sysfs.c). */
	if (strcmp(name, "remove") == 0 && strncmp(s->name, "usb", 3) == 0) {
		*ret_why = strdup("a root hub cannot be removed");
		return -EINVAL;
	}
	if (r == 0)
		r = sysfs_open(s->name, &d);
	if (r < 0)
		return r;
	/* The name may be another device's by now. */
	r = d.devnum == s->devnum ? write_file(d.fd, path, value) : -ENODEV;
	close(d.fd);
	if (r == -EPERM || r == -EROFS)
		r = -EACCES;
	if (r < 0 && r != -ENODEV)
		explain(s, path, r, ret_why);
	/* Also after an error: part of it may have been done. */
	if (value && r != -EACCES && r != -ENOENT)
		presence_refresh(usb_backend(b), s->seq, true);
	return r;
}
