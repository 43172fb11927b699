/* SPDX-License-Identifier: MIT */
/* Places of devices, as their names tell them: "1-2.4" is plugged into "1-2", that into "usb1". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/tree.h"

/* A bus and up to as many ports as USB has tiers (USB 3.2 section 10), and then some. */
enum { PATH_MAX_DEPTH = 16 };

struct path {
	unsigned n; /* 0: the name tells no place; 1: a root hub */
	unsigned at[PATH_MAX_DEPTH];
};

static struct path
path_of(const char *name)
{
	struct path p = {.n = 0};
	bool hub = strncmp(name, "usb", 3) == 0;
	char *end;

	if (hub)
		name += 3;
	while (p.n < PATH_MAX_DEPTH && *name >= '0' && *name <= '9') {
		p.at[p.n++] = (unsigned)strtoul(name, &end, 10);
		if (*end == '\0')
			return hub == (p.n == 1) ? p : (struct path){.n = 0};
		if (*end != (p.n == 1 ? '-' : '.'))
			break;
		name = end + 1;
	}
	return (struct path){.n = 0};
}

/* As the backend has it: in the tree, it may have got another name. */
static const char *
wire_name(const struct layout_device *d)
{
	return d->snapshot->name ? d->snapshot->name : "";
}

static int
compare(const void *a, const void *b)
{
	const char *x = wire_name(*(const struct layout_device *const *)a);
	const char *y = wire_name(*(const struct layout_device *const *)b);
	struct path p = path_of(x), q = path_of(y);

	if (!p.n != !q.n)
		return p.n ? -1 : 1;
	for (unsigned i = 0; i < p.n && i < q.n; i++)
		if (p.at[i] != q.at[i])
			return p.at[i] < q.at[i] ? -1 : 1;
	return p.n != q.n ? (p.n < q.n ? -1 : 1) : strcmp(x, y);
}

const struct layout_device **
tree_sorted(const struct layout *l)
{
	const struct layout_device **all = calloc(l->n_devices, sizeof(*all));

	if (!all || l->n_devices == 0) {
		free(all);
		return NULL;
	}
	for (size_t i = 0; i < l->n_devices; i++)
		all[i] = l->devices[i];
	qsort(all, l->n_devices, sizeof(*all), compare);
	return all;
}

const struct layout_device *
tree_parent(const struct layout *l, const struct layout_device *d)
{
	const char *name = wire_name(d), *dot = strrchr(name, '.');
	struct path p = path_of(name);
	char parent[64];

	if (p.n < 2)
		return NULL;
	if (p.n == 2)
		snprintf(parent, sizeof(parent), "usb%u", p.at[0]);
	else
		snprintf(parent, sizeof(parent), "%.*s", (int)(dot - name), name);
	return tree_device_named(l, parent);
}

unsigned
tree_level(const struct layout_device *d, unsigned *ret_port, bool *ret_hub)
{
	struct path p = path_of(wire_name(d));

	*ret_port = p.n > 1 ? p.at[p.n - 1] : 0;
	*ret_hub = p.n == 1;
	return p.n > 0 ? p.n - 1 : 0;
}
