/* SPDX-License-Identifier: MIT */
/*
 * Builds snapshots from sysfs. Knows what the kernel calls things and which of its files are safe
 * to read at any moment; knows nothing of events, threads or libusb.
 */
#include "backend/usb/sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/usb/hid.h"
#include "backend/usb/node.h"
#include "backend/usb/ports.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

enum {
	ATTR_MAX = 4096,        /* sysfs gives a page at most */
	BLOB_MAX = 1024 * 1024, /* 31 configurations of 64 KiB and more are not believed */
	INTERFACES_MAX = 255,
};

const char *
sysfs_top(void)
{
	const char *root = getenv("SYSFS_PATH");

	return root ? root : "/sys";
}

const char *
sysfs_root(void)
{
	static char path[4096];
	static bool known;

	/* Called first by start(), before there is a thread. */
	if (!known) {
		snprintf(path, sizeof(path), "%s/bus/usb/devices", sysfs_top());
		known = true;
	}
	return path;
}

static ssize_t
read_all(int fd, char *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

ssize_t
sysfs_read(int fd, const char *dir, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int file = -1;
	char path[512];
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	file = openat(fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return -errno;
	/* sysfs gives a text whole or not at all: a second read would only find its end. */
	do
		n = read(file, buf, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* A number that sysfs prints in this base, or -1. */
static long
read_number(int fd, const char *dir, const char *name, int base)
{
	char buf[32], *end;
	ssize_t n = sysfs_read(fd, dir, name, buf, sizeof(buf) - 1);
	long value;

	if (n <= 0)
		return -1;
	buf[n] = '\0';
	value = strtol(buf, &end, base);
	return end == buf || value < 0 ? -1 : value;
}

int
sysfs_read_blob(int fd, const char *name, size_t limit, uint8_t **ret, size_t *ret_len)
{
	_cleanup_close_ int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *blob = NULL;
	size_t size = 2048, len = 0;

	if (file < 0)
		return -errno;
	for (;;) {
		char *grown = realloc(blob, size);
		ssize_t n;

		if (!grown)
			return -ENOMEM;
		blob = grown;
		n = read_all(file, blob + len, size - len);
		if (n < 0)
			return (int)n;
		len += n;
		if (len < size || size >= limit)
			break;
		size *= 2;
	}
	*ret = (uint8_t *)TAKE_PTR(blob);
	*ret_len = len;
	return 0;
}

int
sysfs_open(const char *name, struct sysfs_device *ret)
{
	_cleanup_close_ int fd = -1;
	char path[4096 + 256];
	struct stat st;
	long devnum;

	if (snprintf(path, sizeof(path), "%s/%s", sysfs_root(), name) >= (int)sizeof(path))
		return -ENODEV;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE ? -errno : -ENODEV;
	devnum = read_number(fd, ".", "devnum", 10);
	if (devnum < 0 || fstat(fd, &st) < 0)
		return -ENODEV;
	*ret = (struct sysfs_device){.fd = fd, .ino = st.st_ino, .devnum = devnum};
	fd = -1;
	return 0;
}

static unsigned
speed_from_text(const char *text)
{
	if (!text)
		return 0;
	if (strncmp(text, "1.5", 3) == 0)
		return 1500;
	return (unsigned)strtoul(text, NULL, 10) * 1000;
}

int
sysfs_interface_name(const struct snapshot *s, unsigned interface, char *buf, size_t size)
{
	bool root_hub = strncmp(s->name, "usb", 3) == 0;

	return snprintf(buf, size, "%s%s:%d.%u", root_hub ? s->name + 3 : s->name,
		       root_hub ? "-0" : "", s->active_config, interface) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

ssize_t
sysfs_read_driver(int fd, const char *dir, char *buf, size_t size)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/driver", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return sysfs_read_link(fd, path, buf, size);
}

ssize_t
sysfs_read_link(int fd, const char *path, char *buf, size_t size)
{
	char target[512];
	const char *slash;
	ssize_t n;

	n = readlinkat(fd, path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return snprintf(buf, size, "%s", slash ? slash + 1 : target);
}

static int
read_driver(int fd, const char *dir, struct snapshot_interface *i)
{
	char name[256];

	if (sysfs_read_driver(fd, dir, name, sizeof(name)) < 0)
		return 0;
	i->driver = strdup(name);
	return i->driver ? 0 : -ENOMEM;
}

static int
read_interface(int fd, const char *dir, struct snapshot *s)
{
	long number = read_number(fd, dir, "bInterfaceNumber", 16);
	long alternate = read_number(fd, dir, "bAlternateSetting", 10);
	struct snapshot_interface *i;
	int r;

	/* It is just coming or going: an event follows. */
	if (number < 0 || number > 255 || alternate < 0 || alternate > 255)
		return 0;
	i = snapshot_add_interface(s, number);
	if (!i)
		return -ENOMEM;
	i->alternate = alternate;
	r = read_driver(fd, dir, i);
	for (const struct sysfs_attr *a = sysfs_interface_attrs; r == 0 && a->name; a++) {
		char text[ATTR_MAX];
		ssize_t n;

		if (a->flags & (SYSFS_LOCKED | SYSFS_LINK))
			continue;
		n = sysfs_read(fd, dir, a->name, text, sizeof(text));
		if (n >= 0)
			r = snapshot_interface_add_attr(i, a->name, text, n);
	}
	return r < 0 ? r : hid_read_report(fd, dir, i);
}

static int
compare_interfaces(const void *a, const void *b)
{
	const struct snapshot_interface *ia = a, *ib = b;

	return (int)ia->number - (int)ib->number;
}

/* Interfaces are the directories whose name has a colon: "1-2.4:1.0". The number after it is the
 * configuration in force, which bConfigurationValue tells only under a lock. */
static int
read_interfaces(int fd, struct snapshot *s)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = -errno;
		if (copy >= 0)
			close(copy);
		return r;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		const char *colon = strchr(entry->d_name, ':');

		if (!colon || !isdigit((unsigned char)colon[1]))
			continue;
		if (s->n_interfaces >= INTERFACES_MAX)
			break;
		s->active_config = atoi(colon + 1);
		r = read_interface(fd, entry->d_name, s);
	}
	closedir(dir);
	if (s->n_interfaces)
		qsort(s->interfaces, s->n_interfaces, sizeof(*s->interfaces), compare_interfaces);
	return r;
}

static int
read_device(const struct sysfs_device *d, struct snapshot *s)
{
	long busnum = read_number(d->fd, ".", "busnum", 10);
	int r;

	if (busnum < 0)
		return -ENODEV;
	s->busnum = busnum;
	s->devnum = d->devnum;
	r = sysfs_read_blob(d->fd, "descriptors", BLOB_MAX, &s->descriptors, &s->descriptors_len);
	if (r < 0)
		return r == -ENOMEM ? r : -ENODEV;
	/* Linux 6.13 and later, and only devices that have one. */
	r = sysfs_read_blob(d->fd, "bos_descriptors", BLOB_MAX, &s->bos, &s->bos_len);
	if (r == -ENOMEM)
		return r;
	for (const struct sysfs_attr *a = sysfs_device_attrs; a->name; a++) {
		char text[ATTR_MAX];
		ssize_t n;

		if (a->flags & SYSFS_LOCKED)
			continue;
		n = sysfs_read(d->fd, ".", a->name, text, sizeof(text));
		if (n >= 0 && snapshot_add_attr(s, a->name, text, n) < 0)
			return -ENOMEM;
	}
	s->speed_kbit = speed_from_text(snapshot_attr(s, "speed"));
	r = read_interfaces(d->fd, s);
	if (r < 0)
		return r == -ENOMEM ? r : -ENODEV;
	r = ports_read(d->fd, s);
	return r < 0 ? r : node_read(s);
}

int
sysfs_snapshot(const struct sysfs_device *d, const char *name, uint64_t seq, struct snapshot **ret)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(seq);
	int r;

	if (!s)
		return -ENOMEM;
	s->name = strdup(name);
	if (!s->name)
		return -ENOMEM;
	r = read_device(d, s);
	if (r < 0)
		return r;
	/* A device that goes loses its attributes one by one. If the first one that was read is
	 * still there, none was missing. */
	if (read_number(d->fd, ".", "devnum", 10) != (long)d->devnum)
		return -ENODEV;
	*ret = TAKE_PTR(s);
	return 0;
}
