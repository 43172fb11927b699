/* SPDX-License-Identifier: MIT */
/* Attributes that are read afresh, and those that can be written: what sysfs does for real devices. */
#include "backend/sim/attrs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/sim/sim.h"

static struct sim_device *
find_device(struct sim *s, uint64_t seq)
{
	struct sim_device *found = NULL;

	pthread_mutex_lock(&s->lock);
	list_for_each (pos, &s->slots) {
		struct sim_device *d = list_entry(pos, struct sim_slot, node)->device;

		if (d && d->seq == seq)
			found = sim_device_ref(d);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* The port that NAME is an attribute of, and the rest of it; NULL: of none. */
static struct sim_port *
port_of(struct sim_device *d, const char *name, const char **ret_name)
{
	unsigned port;
	int n = 0;

	if (sscanf(name, "port%u/%n", &port, &n) != 1 || n == 0)
		return NULL;
	*ret_name = name + n;
	return sim_hub_port(d, port);
}

int
sim_device_attr(struct sim_device *d, const char *name, char *buf, size_t size)
{
	const char *rest;
	const struct sim_port *p = port_of(d, name, &rest);

	if (p && strcmp(rest, "over_current_count") == 0)
		return snprintf(buf, size, "%u\n", p->over_currents);
	if (strcmp(name, "urbnum") == 0)
		return snprintf(buf, size, "%llu\n", (unsigned long long)d->urbnum);
	if (strcmp(name, "authorized") == 0)
		return snprintf(buf, size, "%d\n", d->authorized);
	if (strcmp(name, "power/control") == 0)
		return snprintf(buf, size, "%s\n", d->may_suspend ? "auto" : "on");
	if (strcmp(name, "power/autosuspend_delay_ms") == 0)
		return snprintf(buf, size, "%d\n", d->autosuspend_delay_ms);
	return -ENOENT;
}

int
sim_read_attr(struct backend *b, const struct snapshot *snapshot, int interface, const char *name,
	char *buf, size_t size)
{
	struct sim_device *d = find_device(container_of(b, struct sim, base), snapshot->seq);
	const struct snapshot_interface *of = NULL;
	const char *text = NULL;
	char live[32];
	int len;

	if (!d)
		return -ENODEV;
	pthread_mutex_lock(&d->lock);
	if (interface >= 0 && strcmp(name, "driver") == 0) {
		const struct sim_interface *i =
			d->gone ? NULL : sim_device_interface(d, (uint8_t)interface);

		text = i ? sim_device_driver(d, i) : NULL;
	} else if (interface >= 0) {
		of = snapshot_interface(snapshot, (uint8_t)interface);
		text = of ? snapshot_interface_attr(of, name) : NULL;
	} else {
		text = sim_device_attr(d, name, live, sizeof(live)) >= 0
			       ? live
			       : snapshot_attr(snapshot, name);
	}
	pthread_mutex_unlock(&d->lock);
	/* A driver's name lives as long as the model, which the slot holds. */
	len = text ? (int)strlen(text) : -ENOENT;
	if (len > (int)size)
		len = (int)size;
	if (len > 0)
		memcpy(buf, text, (size_t)len);
	sim_device_unref(d);
	return len;
}

/* What the kernel does, too: without authorization there is no configuration, and with it the
 * device begins anew. */
static int
authorize(struct sim_device *d, bool yes)
{
	if (d->authorized == yes)
		return 0;
	d->authorized = yes;
	return sim_device_configure(d, yes ? d->model->active : 0);
}

static int
write_attr(struct sim_device *d, const char *name, const char *value)
{
	const char *rest = "";
	struct sim_port *p = port_of(d, name, &rest);

	if (p && d->model->hub_disable && strcmp(rest, "disable") == 0) {
		if (value)
			sim_hub_power(d, p, *value == '0');
		return 0;
	}
	if (strcmp(name, "authorized") == 0)
		return value ? authorize(d, *value != '0') : 0;
	if (strcmp(name, "power/control") == 0) {
		if (value)
			d->may_suspend = strcmp(value, "auto") == 0;
		return 0;
	}
	if (strcmp(name, "power/autosuspend_delay_ms") == 0) {
		if (value)
			d->autosuspend_delay_ms = atoi(value);
		return 0;
	}
	if (strcmp(name, "remove") != 0)
		return -ENOENT;
	if (value)
		sim_device_unplug(d);
	return 0;
}

int
sim_set_attr(struct backend *b, const struct snapshot *snapshot, const char *name,
	const char *value, char **ret_why)
{
	struct sim_device *d = find_device(container_of(b, struct sim, base), snapshot->seq);
	int r;

	if (!d)
		return -ENODEV;
	pthread_mutex_lock(&d->lock);
	if (value)
		sim_device_wedge(d, SIM_WEDGE_ATTRIBUTE);
	r = d->gone ? -ENODEV : d->model->locked ? -EACCES : write_attr(d, name, value);
	if (r == 0 && value) {
		d->changed = true;
		sim_device_run(d);
		sim_device_notify(d);
	}
	pthread_mutex_unlock(&d->lock);
	if (r == -EACCES && asprintf(ret_why, "%s of %s is locked by its description", name,
				    snapshot->name) < 0)
		*ret_why = NULL;
	sim_device_unref(d);
	return r;
}
