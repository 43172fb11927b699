/* SPDX-License-Identifier: MIT */
/*
 * A thread for each reading of locked attributes: they are rare (a device comes, its configuration
 * or a driver changes), and one that hangs holds up nobody. It shares nothing while it runs; the
 * finished set travels to the hot-plug thread as a message.
 */
#include "backend/usb/locked.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "backend/usb/usb.h"
#include "backend/util/macro.h"

struct item {
	int interface; /* -1: the device's own */
	char *driver;  /* of the interface, when it was read */
	const char *name;
	char *text;
	ssize_t len; /* or an error */
};

struct locked {
	struct message message;
	struct usb_backend *backend;
	void (*arrived)(struct usb_backend *b, struct locked *l);

	uint64_t seq;
	int fd;     /* the device's directory */
	int config; /* in force when it was read */
	char *name; /* of the device */
	struct item *items;
	size_t n_items;
};

struct locked *
locked_free(struct locked *l)
{
	if (!l)
		return NULL;
	for (size_t i = 0; i < l->n_items; i++) {
		free(l->items[i].driver);
		free(l->items[i].text);
	}
	free(l->items);
	free(l->name);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
	return NULL;
}

static void
locked_freep(struct locked **l)
{
	locked_free(*l);
}

uint64_t
locked_seq(const struct locked *l)
{
	return l->seq;
}

static int
add_items(struct locked *l, const struct snapshot_interface *i)
{
	for (const struct sysfs_attr *a = i ? sysfs_interface_attrs : sysfs_device_attrs; a->name;
		a++) {
		struct item *grown;

		if (!(a->flags & SYSFS_LOCKED))
			continue;
		grown = realloc(l->items, (l->n_items + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->items = grown;
		grown += l->n_items++;
		*grown = (struct item){.interface = i ? i->number : -1, .name = a->name};
		if (i && i->driver) {
			grown->driver = strdup(i->driver);
			if (!grown->driver)
				return -ENOMEM;
		}
	}
	return 0;
}

static int
read_item(struct locked *l, struct item *item, const char *dir)
{
	char text[4096];

	item->len = sysfs_read(l->fd, dir, item->name, text, sizeof(text));
	if (item->len <= 0)
		return 0;
	item->text = malloc(item->len);
	if (!item->text) {
		item->len = -ENOMEM;
		return -ENOMEM;
	}
	memcpy(item->text, text, item->len);
	return 0;
}

/* On the hot-plug thread, or on whichever thread drops the backend's last reference. */
static void
run_arrived(struct message *message)
{
	struct locked *l = container_of(message, struct locked, message);

	if (atomic_load(&l->backend->quit))
		locked_free(l);
	else
		l->arrived(l->backend, l);
}

static void *
reader(void *arg)
{
	struct locked *l = arg;
	struct usb_backend *b = l->backend;

	for (size_t i = 0; i < l->n_items; i++) {
		struct snapshot who = {.name = l->name, .active_config = l->config};
		char dir[256] = ".";

		if (l->items[i].interface >= 0 &&
			sysfs_interface_name(&who, l->items[i].interface, dir, sizeof(dir)) < 0)
			continue;
		read_item(l, &l->items[i], dir);
	}
	/* From here on the set is the receiver's. */
	mailbox_send(&b->mailbox, &l->message);
	usb_backend_unref(b);
	return NULL;
}

static int
start_thread(struct locked *l)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int r;

	usb_backend_ref(l->backend);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, &attr, reader, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (r != 0)
		usb_backend_unref(l->backend);
	return -r;
}

int
locked_read(struct usb_backend *b, const struct sysfs_device *d, const struct snapshot *s,
	void (*arrived)(struct usb_backend *b, struct locked *l))
{
	_cleanup_(locked_freep) struct locked *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->message.run = run_arrived;
	l->backend = b;
	l->arrived = arrived;
	l->seq = s->seq;
	l->config = s->active_config;
	l->fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	l->name = strdup(s->name);
	if (!l->name)
		return -ENOMEM;
	r = add_items(l, NULL);
	for (size_t i = 0; r == 0 && i < s->n_interfaces; i++)
		r = add_items(l, &s->interfaces[i]);
	if (r < 0)
		return r;
	r = start_thread(l);
	if (r == 0)
		l = NULL;
	return r;
}

static bool
item_valid(const struct item *item, const struct snapshot_interface *i)
{
	if (!item->driver || !i->driver)
		return item->driver == i->driver;
	return strcmp(item->driver, i->driver) == 0;
}

static const struct item *
find_item(const struct locked *l, const struct snapshot_interface *i)
{
	for (size_t n = 0; n < l->n_items; n++)
		if (l->items[n].interface == i->number && item_valid(&l->items[n], i))
			return &l->items[n];
	return NULL;
}

bool
locked_valid(const struct locked *l, const struct snapshot *s)
{
	if (l->config != s->active_config)
		return false;
	for (size_t i = 0; i < s->n_interfaces; i++)
		if (!find_item(l, &s->interfaces[i]))
			return false;
	return true;
}

static bool
item_of_config(const char *name)
{
	return strcmp(name, "manufacturer") != 0 && strcmp(name, "product") != 0 &&
	       strcmp(name, "serial") != 0;
}

int
locked_apply(const struct locked *l, struct snapshot *s)
{
	bool same = l->config == s->active_config;
	const char *value;
	int r = 0;

	for (size_t n = 0; r == 0 && n < l->n_items; n++) {
		const struct item *item = &l->items[n];

		if (item->len < 0 || item->interface >= 0)
			continue;
		if (same || !item_of_config(item->name))
			r = snapshot_add_attr(
				s, item->name, item->text ? item->text : "", item->len);
	}
	for (size_t n = 0; r == 0 && same && n < s->n_interfaces; n++) {
		struct snapshot_interface *i = &s->interfaces[n];
		const struct item *item = find_item(l, i);

		if (item && item->len > 0)
			r = snapshot_interface_add_attr(i, item->name, item->text, item->len);
	}
	/* A configuration without interfaces leaves no other trace. */
	value = snapshot_attr(s, "bConfigurationValue");
	if (r == 0 && s->active_config == 0 && value)
		s->active_config = atoi(value);
	return r;
}
