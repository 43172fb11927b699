/* SPDX-License-Identifier: MIT */
/* Verbs and settings of a device as a whole; see verb.h. */
#include "fs/verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/alternate.h"
#include "fs/chunk.h"
#include "fs/driver.h"
#include "fs/endpoint.h"
#include "fs/file.h"
#include "fs/port.h"
#include "fs/quiesce.h"
#include "fs/settle.h"
#include "fs/worker.h"

enum {
	/* How long the requests to a hub may take to come back once they are cancelled, in ms. */
	QUIESCE_MS = 2000,
};

void
verb_busy(struct device *d, const char *what)
{
	if (what)
		atomic_store(&d->busy_since, timer_now());
	atomic_store(&d->busy, what);
}

int
verb_set_attr(struct request *r, const char *name, const char *value)
{
	struct device *d = r->file->device;

	if (!d->backend->ops->set_attr)
		return -EOPNOTSUPP;
	free(r->why);
	r->why = NULL;
	return d->backend->ops->set_attr(d->backend, worker_snapshot(d), name, value, &r->why);
}

/* Nothing is in flight afterwards. */
static int
quiesce(struct device *d)
{
	int r;

	port_cancel_all(d);
	r = quiesce_interface(d, -1);
	if (r == 0 && !worker_drain(d, NULL, QUIESCE_MS))
		r = -ETIMEDOUT;
	return r;
}

static int
reset(struct request *r)
{
	struct device *d = r->file->device;
	int err = worker_open(d);

	if (err == 0)
		err = quiesce(d);
	if (err == 0) {
		err = d->backend->ops->reset(d->handle);
		/* This handle is dead. The answer waits until the other device can be seen. */
		if (err == -ENODEV) {
			r->follow = FOLLOW_BACK;
			worker_close(d);
			err = 0;
		}
	}
	if (err == 0) {
		alternate_forget(d, -1);
		list_for_each (at, &d->live)
			atomic_store(&list_entry(at, struct endpoint, live)->stats.halted, false);
	}
	quiesce_resume_all(d);
	return err;
}

/* Who waits for a transfer is to hear that the configuration has ended, not that it was cancelled. */
static void
end_transfers(struct device *d)
{
	list_for_each (at, &d->live)
		list_for_each (c, &list_entry(at, struct endpoint, live)->flying)
			list_entry(c, struct chunk, node)->why = -ESHUTDOWN;
}

/* The main thread knows, and has said so of every endpoint. Whoever authorizes it from now on, in sysfs
 * perhaps, makes it usable. */
static void
seen(struct device *d, unsigned number)
{
	if (d->unauthorized == number)
		d->unauthorized = 0;
}

static int
deauthorize(struct request *r, const char *attr, const char *value)
{
	static const struct settle_goal no_configuration = {.interface = -1};
	struct device *d = r->file->device;
	struct settling *settling;
	/* If it is not permitted, nobody is to lose anything over it. */
	int err = verb_set_attr(r, attr, NULL);

	if (err < 0)
		return err;
	settling = settle_prepare(d, seen, d->deauthorized + 1);
	if (!settling)
		return -ENOMEM;
	end_transfers(d);
	err = quiesce(d);
	if (err == 0) {
		/* The kernel takes our claims away with the configuration. */
		worker_close(d);
		err = verb_set_attr(r, attr, value);
	}
	if (err == 0) {
		d->unauthorized = ++d->deauthorized;
		r->follow = FOLLOW_UNCONFIGURED;
		settle_notify(settling, &no_configuration);
	} else {
		settle_drop(settling);
	}
	quiesce_resume_all(d);
	return err;
}

static int
authorize(struct request *r, const char *attr, const char *value)
{
	struct device *d = r->file->device;
	int err = verb_set_attr(r, attr, value);

	if (err < 0)
		return err;
	d->unauthorized = 0;
	/* The kernel has bound its drivers to the new configuration. */
	driver_forget_all(d);
	r->follow = FOLLOW_CONFIGURED;
	return 0;
}

/* What is so already needs no privilege: a ctl file that was saved can be restored by anyone. */
static bool
is_so(struct device *d, const char *attr, const char *value)
{
	char now[32];
	size_t len = strlen(value);
	int n = -EOPNOTSUPP;

	if (d->backend->ops->read_attr)
		n = d->backend->ops->read_attr(
			d->backend, worker_snapshot(d), -1, attr, now, sizeof(now));
	while (n > 0 && now[n - 1] == '\n')
		n--;
	return n >= 0 && (size_t)n == len && memcmp(now, value, len) == 0;
}

static int
set(struct request *r, const struct ctl_command *c)
{
	const char *attr = setting_attr(c->setting);
	struct device *d = r->file->device;
	int err;

	if (is_so(d, attr, c->text))
		return 0;
	if (c->setting != SETTING_AUTHORIZE)
		err = verb_set_attr(r, attr, c->text);
	else if (c->text[0] == '0')
		err = deauthorize(r, attr, c->text);
	else
		err = authorize(r, attr, c->text);
	if (err == -ENOENT) {
		free(r->why);
		r->why = strdup("the kernel has no such setting for this device");
		err = -EOPNOTSUPP;
	}
	return err;
}

static const char *
doing(const struct ctl_command *c)
{
	if (c->verb == CTL_RESET)
		return "resetting";
	if (c->verb == CTL_REMOVE)
		return "removing";
	if (c->setting != SETTING_AUTHORIZE)
		return "setting";
	return c->text[0] == '0' ? "deauthorizing" : "authorizing";
}

int
verb_run(struct request *r, const struct ctl_command *c)
{
	struct device *d = r->file->device;
	int err;

	verb_busy(d, doing(c));
	switch (c->verb) {
	case CTL_RESET:
		err = reset(r);
		break;
	case CTL_REMOVE:
		err = verb_set_attr(r, "remove", "1");
		if (err == 0)
			r->follow = FOLLOW_GONE;
		break;
	default:
		err = set(r, c);
	}
	verb_busy(d, NULL);
	return err;
}
