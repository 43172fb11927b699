/* SPDX-License-Identifier: MIT */
/* Who owns an interface; see owner.h. */
#include "fs/owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *
owner_of(const struct device *d, const struct snapshot *s, int interface, char buf[OWNER_MAX])
{
	const struct backend_ops *ops = d->backend->ops;
	const struct snapshot_interface *i;
	int n = -EOPNOTSUPP;

	if (ops->read_attr)
		n = ops->read_attr(d->backend, s, interface, "driver", buf, OWNER_MAX - 1);
	if (n == -ENOENT)
		return NULL;
	if (n < 0) {
		i = snapshot_interface(s, (uint8_t)interface);
		if (!i || !i->driver)
			return NULL;
		snprintf(buf, OWNER_MAX, "%s", i->driver);
		return buf;
	}
	buf[n] = '\0';
	return buf;
}

bool
owner_is_kernel(const char *driver)
{
	return driver && strcmp(driver, "usbfs") != 0;
}
