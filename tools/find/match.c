/* SPDX-License-Identifier: MIT */
/*
 * What in a device matches; see match.h. Everything is reached through one descriptor of the device's
 * directory: should another device come to the same port meanwhile, none of its files are read.
 */
#include "tools/find/match.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct looking {
	const struct criteria *c;
	struct matches *ret;
	int mount, device;
	const char *name;
	bool endpoints;        /* are to be looked at */
	const char *interface; /* that endpoints are looked for in, or NULL */
	char config[32];
};

/* 0 or -ENOMEM. */
static int PRINTF_LIKE(2, 3) append(struct looking *l, const char *format, ...)
{
	struct matches *m = l->ret;
	struct match match;
	va_list ap;
	int n;

	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 16;
		struct match *all = reallocarray(m->all, room, sizeof(*all));

		if (!all)
			return -ENOMEM;
		m->all = all;
		m->room = room;
	}
	va_start(ap, format);
	n = vasprintf(&match.path, format, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	match.device = strdup(l->name);
	if (!match.device) {
		free(match.path);
		return -ENOMEM;
	}
	m->all[m->n++] = match;
	return 0;
}

void
matches_forget(struct matches *m, const char *device)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (device && strcmp(m->all[i].device, device) != 0) {
			m->all[kept++] = m->all[i];
			continue;
		}
		free(m->all[i].device);
		free(m->all[i].path);
	}
	m->n = kept;
}

static int
by_place(const void *a, const void *b)
{
	const struct match *x = a, *y = b;
	int order = strverscmp(x->device, y->device);

	return order ? order : strverscmp(x->path, y->path);
}

void
matches_sort(struct matches *m)
{
	if (m->n > 0)
		qsort(m->all, m->n, sizeof(*m->all), by_place);
}

/* ---- files ---- */

/* The text of an attribute without its newline, NUL-terminated, and its length; what does not fit is
 * cut off. */
static ssize_t
read_attr(int dir, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		ssize_t n = read(fd, buf + len, size - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	len -= len > 0 && buf[len - 1] == '\n';
	buf[len] = '\0';
	return (ssize_t)len;
}

static int
read_number(int dir, const char *name, int base, unsigned *ret)
{
	char text[64];
	char *end;
	ssize_t r = read_attr(dir, name, text, sizeof(text));

	if (r < 0)
		return (int)r;
	*ret = (unsigned)strtoul(text, &end, base);
	return *text && *end == '\0' ? 0 : -ENOENT;
}

static int
open_dir(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Calls EACH with the entries of DIR, of which it is not the owner, until it does not return 0. */
static int
for_each_name(int dir, int (*each)(struct looking *l, int dir, const char *name), struct looking *l)
{
	int copy = open_dir(dir, "."), r = 0;
	struct dirent *e;
	DIR *d;

	if (copy < 0)
		return copy;
	d = fdopendir(copy);
	if (!d) {
		r = -errno; /* it asks what that is, which may be gone by now */
		close(copy);
		return r;
	}
	while (r == 0) {
		errno = 0;
		e = readdir(d);
		if (!e) {
			r = -errno;
			break;
		}
		r = each(l, dir, e->d_name);
	}
	closedir(d);
	return r;
}

/* ---- what matches: 1: it does; 0: it does not, or has been appended; -errno ---- */

static int
device_matches(const struct looking *l)
{
	const struct criteria *c = l->c;
	unsigned vendor, product;
	char serial[4096], *alias;
	struct stat own, other;
	ssize_t len;
	int r;

	if (c->vendor >= 0 || c->product >= 0) {
		r = read_number(l->device, "idVendor", 16, &vendor);
		if (r == 0)
			r = read_number(l->device, "idProduct", 16, &product);
		if (r < 0)
			return r;
		if ((c->vendor >= 0 && (unsigned)c->vendor != vendor) ||
			(c->product >= 0 && (unsigned)c->product != product))
			return 0;
	}
	if (c->serial) {
		len = read_attr(l->device, "serial", serial, sizeof(serial));
		if (len < 0)
			return (int)len;
		if ((size_t)len != strlen(c->serial) || memcmp(serial, c->serial, (size_t)len) != 0)
			return 0;
	}
	if (c->name) {
		if (asprintf(&alias, "by-name/%s", c->name) < 0)
			return -ENOMEM;
		r = fstatat(l->mount, alias, &other, 0) < 0 ? -errno : 0;
		free(alias);
		if (r == 0 && fstat(l->device, &own) < 0)
			r = -errno;
		if (r < 0)
			return r;
		if (own.st_ino != other.st_ino)
			return 0;
	}
	return 1;
}

static int
look_at_endpoint(struct looking *l, int dir, const char *name)
{
	_cleanup_close_ int endpoint = -1;
	unsigned address;
	char type[32], more;
	ssize_t r;

	/* A second one of an address has a ~ in its name, and cannot be used. */
	if (sscanf(name, "ep%2x%c", &address, &more) != 1)
		return 0;
	endpoint = open_dir(dir, name);
	if (endpoint < 0)
		return endpoint;
	r = read_attr(endpoint, "type", type, sizeof(type));
	if (r < 0)
		return (int)r;
	if (!criteria_endpoint(l->c, address, type))
		return 0;
	if (l->c->print < LEVEL_ENDPOINT)
		return 1;
	if (!l->interface)
		return append(l, "%s/%s", l->name, name);
	return append(l, "%s/%s/%s/%s", l->name, l->config, l->interface, name);
}

static int
look_at_interface(struct looking *l, int dir, const char *name)
{
	static const char *const parts[CLASS_PARTS] = {
		"bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"};
	_cleanup_close_ int interface = -1;
	unsigned class[CLASS_PARTS];
	int r;

	if (strncmp(name, "interface", 9) != 0)
		return 0;
	interface = open_dir(dir, name);
	if (interface < 0)
		return interface;
	for (unsigned i = 0; l->c->by_class && i < CLASS_PARTS; i++) {
		r = read_number(interface, parts[i], 16, &class[i]);
		if (r < 0)
			return r;
	}
	if (!criteria_class(l->c, class))
		return 0;
	if (l->endpoints) {
		l->interface = name;
		r = for_each_name(interface, look_at_endpoint, l);
		if (r <= 0)
			return r;
	}
	return l->c->print == LEVEL_DEVICE ? 1 : append(l, "%s/%s/%s", l->name, l->config, name);
}

/* Those of the configuration in force. */
static int
look_at_interfaces(struct looking *l)
{
	_cleanup_close_ int config = -1;
	char value[16];
	ssize_t r = read_attr(l->device, "bConfigurationValue", value, sizeof(value));

	if (r <= 0)
		return (int)r;
	snprintf(l->config, sizeof(l->config), "config%s", value);
	config = open_dir(l->device, l->config);
	if (config < 0)
		return config;
	return for_each_name(config, look_at_interface, l);
}

static int
look_at_device(struct looking *l)
{
	int r = device_matches(l);

	if (r <= 0)
		return r;
	if (!l->c->by_class && !l->endpoints && l->c->print == LEVEL_DEVICE)
		return append(l, "%s", l->name);
	r = 0;
	/* The control endpoint is no interface's. */
	if (l->endpoints && !l->c->by_class && l->c->print != LEVEL_INTERFACE)
		r = look_at_endpoint(l, l->device, "ep00");
	if (r == 0)
		r = look_at_interfaces(l);
	return r == 1 ? append(l, "%s", l->name) : r;
}

int
match_device(const struct criteria *c, int mount, const char *name, struct matches *ret)
{
	struct looking l = {
		.c = c,
		.ret = ret,
		.mount = mount,
		.name = name,
		.endpoints = c->by_endpoint || c->print == LEVEL_ENDPOINT,
	};
	int r;

	l.device = open_dir(mount, name);
	r = l.device < 0 ? l.device : look_at_device(&l);
	closep(&l.device);
	if (r == -ENOENT || r == -ENODEV || r == -ESTALE) {
		matches_forget(ret, name);
		return 0;
	}
	return r;
}
