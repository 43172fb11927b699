/* SPDX-License-Identifier: MIT */
/* What is wrong with a text written to a device; see complaint.h. */
#include "fs/complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fs/owner.h"
#include "fs/worker.h"

void
complain(struct device *d, const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	va_end(ap);
	free(atomic_exchange(&d->complaint, text));
}

int
complain_busy(struct device *d, uint8_t interface)
{
	const struct snapshot *s = worker_snapshot(d);
	char buf[OWNER_MAX];
	const char *owner = owner_of(d, s, interface, buf);

	if (owner_is_kernel(owner))
		complain(d,
			"the kernel's driver %s owns interface %u; take it away: echo none > "
			"config%d/interface%u/driver",
			owner, interface, s->active_config, interface);
	else
		complain(d, "another program has claimed interface %u", interface);
	return -EBUSY;
}

void
complaint_set(struct device *d, char *text)
{
	free(atomic_exchange(&d->complaint, NULL));
	free(d->ctl_error);
	d->ctl_error = text;
}

const char *
complaint_get(struct device *d)
{
	char *newer = atomic_exchange(&d->complaint, NULL);

	if (newer) {
		free(d->ctl_error);
		d->ctl_error = newer;
	}
	return d->ctl_error;
}
