/* SPDX-License-Identifier: MIT */
/* Ports of hubs in sysfs; see ports.h. They belong to interface 0, which the hub's driver has. */
#include "backend/usb/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/usb/sysfs.h"

enum {
	PORTS_MAX = 255,
	TEXT_MAX = 256, /* of an attribute; those of ports are a word */
};

/* The directory of a port, "1-1:1.0/1-1-port3", or "1-0:1.0/usb1-port3" of a root hub. */
static int
port_dir(const struct snapshot *s, unsigned port, char *dir, size_t size)
{
	char interface[128];

	if (sysfs_interface_name(s, 0, interface, sizeof(interface)) < 0)
		return -ENAMETOOLONG;
	if (snprintf(dir, size, "%s/%s-port%u", interface, s->name, port) >= (int)size)
		return -ENAMETOOLONG;
	return 0;
}

int
ports_split(
	const struct snapshot *s, const char *name, char *dir, size_t size, const char **ret_name)
{
	unsigned port;
	int n = 0;

	if (sscanf(name, "port%u/%n", &port, &n) != 1 || n == 0 || port == 0 || port > PORTS_MAX)
		return -ENOENT;
	*ret_name = name + n;
	return port_dir(s, port, dir, size);
}

static int
add(struct snapshot *s, unsigned port, const char *name, const char *text, size_t len)
{
	char full[64];

	snprintf(full, sizeof(full), "port%u/%s", port, name);
	return snapshot_add_attr(s, full, text, len);
}

static int
read_port(int fd, const char *dir, unsigned port, struct snapshot *s)
{
	char text[TEXT_MAX], path[512];
	int r = 0;

	for (const struct sysfs_attr *a = sysfs_port_attrs; r == 0 && a->name; a++) {
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", dir, a->name);
		if (a->flags & SYSFS_LOCKED)
			/* Only that it is there. */
			n = faccessat(fd, path, F_OK, 0) < 0 ? -errno : 0;
		else if (a->flags & SYSFS_LINK)
			n = sysfs_read_link(fd, path, text, sizeof(text));
		else
			n = sysfs_read(fd, dir, a->name, text, sizeof(text));
		if (n >= 0)
			r = add(s, port, a->name, text, (size_t)n);
	}
	return r;
}

int
ports_read(int fd, struct snapshot *s)
{
	const char *text = snapshot_attr(s, "maxchild");
	unsigned long ports = text ? strtoul(text, NULL, 10) : 0;
	char dir[256];
	int r = 0;

	for (unsigned port = 1; r == 0 && port <= ports && port <= PORTS_MAX; port++)
		if (port_dir(s, port, dir, sizeof(dir)) == 0)
			r = read_port(fd, dir, port, s);
	return r;
}
