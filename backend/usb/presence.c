/* SPDX-License-Identifier: MIT */
/*
 * The table of devices, and its comparison with sysfs. Knows nothing of udev: it is told names.
 *
 * Two plug-ins of one name are told apart by the inode of the device's directory in sysfs, which
 * the kernel does not use again, and by the device's number.
 */
#include "backend/usb/presence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "backend/usb/hid.h"
#include "backend/usb/hwdb.h"
#include "backend/usb/locked.h"
#include "backend/usb/node.h"
#include "backend/usb/sysfs.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

/* How long a device may keep its lock before it is reported without what needs the lock. */
enum { LOCKED_WAIT_MS = 200 };

struct presence {
	struct list node;
	char *name;
	bool touched;

	/* Of the plug-in that was reported last; snapshot is NULL before and after one. */
	struct snapshot *snapshot;
	uint64_t seq;
	ino_t ino;
	unsigned devnum;

	struct locked *locked; /* the newest set, or NULL */
	bool doubtful;         /* it is to be read again, and is better than none until then */
	bool reading;          /* another set is on its way */
	bool waiting;          /* ... and wait_for_locked() waits for it */
	bool outdated;         /* ... and has been overtaken by an event */
};

struct refresh {
	struct message message;
	struct usb_backend *backend;
	uint64_t seq;
	bool all;
};

static struct presence *
find_name(struct usb_backend *b, const char *name)
{
	list_for_each (pos, &b->present) {
		struct presence *p = list_entry(pos, struct presence, node);

		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

static struct presence *
find_seq(struct usb_backend *b, uint64_t seq)
{
	list_for_each (pos, &b->present) {
		struct presence *p = list_entry(pos, struct presence, node);

		if (p->seq == seq)
			return p;
	}
	return NULL;
}

/* Back to a name without a device; the next one has another seq. */
static void
forget(struct presence *p)
{
	p->snapshot = snapshot_unref(p->snapshot);
	p->locked = locked_free(p->locked);
	p->seq = 0;
	p->reading = p->outdated = p->doubtful = false;
}

static void
presence_free(struct presence *p)
{
	list_del(&p->node);
	forget(p);
	free(p->name);
	free(p);
}

static void
report_removed(struct usb_backend *b, struct presence *p)
{
	uint64_t seq = p->seq;
	bool reported = p->snapshot != NULL;

	forget(p);
	if (reported)
		b->events->removed(&b->base, seq, b->user);
}

void
presence_touch(struct usb_backend *b, const char *name)
{
	struct presence *p = find_name(b, name);

	if (!p) {
		p = calloc(1, sizeof(*p));
		if (p)
			p->name = strdup(name);
		if (!p || !p->name) {
			free(p);
			log_err("%s: no memory to look at the device, ignoring its event", name);
			return;
		}
		list_append(&b->present, &p->node);
	}
	p->touched = true;
}

void
presence_touch_number(struct usb_backend *b, unsigned busnum, unsigned devnum)
{
	list_for_each (pos, &b->present) {
		struct presence *p = list_entry(pos, struct presence, node);

		if (p->snapshot && p->snapshot->busnum == busnum && p->devnum == devnum)
			p->touched = true;
	}
}

void
presence_remove(struct usb_backend *b, const char *name, unsigned devnum)
{
	struct presence *p = find_name(b, name);

	if (!p)
		return;
	/* An event about an earlier device of that name, which the first look has overtaken. */
	if (p->snapshot && devnum != 0 && devnum != p->devnum)
		return;
	report_removed(b, p);
	/* Unless the next device is there already, which has an event to come, the name is done
	 * with; presence_sync() finds out. */
	p->touched = true;
}

static int
is_device(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !strchr(entry->d_name, ':');
}

int
presence_rescan(struct usb_backend *b)
{
	/* Opened here and not by scandir(): a test's preloaded library sees only our own open(). */
	_cleanup_close_ int fd = open(sysfs_root(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries;
	int n;

	list_for_each (pos, &b->present)
		list_entry(pos, struct presence, node)->touched = true;
	if (fd < 0)
		return -errno;
	n = scandirat(fd, ".", &entries, is_device, versionsort);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		presence_touch(b, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static void
locked_arrived(struct usb_backend *b, struct locked *l)
{
	struct presence *p = find_seq(b, locked_seq(l));

	if (!p || !p->reading) {
		locked_free(l);
		return;
	}
	p->reading = false;
	if (p->outdated || !p->waiting)
		p->touched = true;
	if (p->outdated) {
		locked_free(l);
	} else {
		locked_free(p->locked);
		p->locked = l;
	}
	p->outdated = false;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Lets the mailbox, by which the answer comes, run for a while. */
static void
wait_for_locked(struct usb_backend *b, struct presence *p)
{
	int64_t until = now_ms() + LOCKED_WAIT_MS, left;

	p->waiting = true;
	while (p->reading && !atomic_load(&b->quit) && (left = until - now_ms()) > 0) {
		struct pollfd fd = {.fd = b->mailbox.fd, .events = POLLIN};

		if (poll(&fd, 1, (int)left) > 0)
			mailbox_run(&b->mailbox);
	}
	p->waiting = false;
	if (p->reading)
		log_info("%s: a driver keeps the device busy, proceeding without its strings",
			p->name);
}

static int
add_locked(
	struct usb_backend *b, const struct sysfs_device *d, struct presence *p, struct snapshot *s)
{
	int r;

	if (!p->reading && (!p->locked || p->doubtful || !locked_valid(p->locked, s))) {
		r = locked_read(b, d, s, locked_arrived);
		if (r < 0) {
			log_warn("%s: cannot read the device's strings: %s, proceeding", p->name,
				strerror(-r));
		} else {
			p->reading = true;
			p->doubtful = false;
			wait_for_locked(b, p);
		}
	}
	return p->locked ? locked_apply(p->locked, s) : 0;
}

/* Builds a snapshot of the device that sysfs has now, and reports it if it is news. */
static int
look(struct usb_backend *b, const struct sysfs_device *d, struct presence *p)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = NULL, *old = NULL;
	int r;

	if (p->snapshot && (d->ino != p->ino || d->devnum != p->devnum))
		report_removed(b, p);
	/* First: what changes after it has been read is seen. */
	node_watch(b, d);
	r = sysfs_snapshot(d, p->name, p->seq, &s);
	if (r < 0)
		return r;
	p->seq = s->seq;
	p->ino = d->ino;
	p->devnum = d->devnum;
	r = add_locked(b, d, p, s);
	if (r < 0)
		return r;
	r = hid_keep_reports(p->snapshot, s);
	if (r < 0)
		return r;
	r = hwdb_add_names(b->hwdb, s);
	if (r < 0)
		return r;
	if (p->snapshot && !sysfs_differ(p->snapshot, s))
		return 0;
	old = p->snapshot;
	p->snapshot = snapshot_ref(s);
	if (old)
		b->events->changed(&b->base, s, b->user);
	else
		b->events->added(&b->base, s, b->user);
	return 0;
}

static void
sync_one(struct usb_backend *b, struct presence *p)
{
	struct sysfs_device d;
	int r;

	p->touched = false;
	r = sysfs_open(p->name, &d);
	if (r == 0) {
		r = look(b, &d, p);
		close(d.fd);
	}
	if (r == -ENODEV)
		report_removed(b, p);
	else if (r < 0)
		log_err("%s: cannot look at the device: %s", p->name, strerror(-r));
	if (!p->snapshot && !p->touched)
		presence_free(p);
}

void
presence_sync(struct usb_backend *b)
{
	bool again;

	do {
		again = false;
		list_for_each_safe (pos, next, &b->present) {
			struct presence *p = list_entry(pos, struct presence, node);

			if (!p->touched)
				continue;
			sync_one(b, p);
			again = true;
		}
	} while (again && !atomic_load(&b->quit));
}

static void
run_refresh(struct message *message)
{
	struct refresh *m = container_of(message, struct refresh, message);
	struct presence *p = NULL;

	if (!atomic_load(&m->backend->quit))
		p = find_seq(m->backend, m->seq);
	if (p) {
		p->touched = true;
		if (m->all) {
			p->doubtful = true;
			p->outdated = p->reading;
		}
	}
	free(m);
}

void
presence_refresh(struct usb_backend *b, uint64_t seq, bool all)
{
	struct refresh *m = calloc(1, sizeof(*m));

	if (!m) {
		log_err("no memory to look at the changed device, ignoring the change");
		return;
	}
	m->message.run = run_refresh;
	m->backend = b;
	m->seq = seq;
	m->all = all;
	mailbox_send(&b->mailbox, &m->message);
}

void
presence_clear(struct usb_backend *b)
{
	list_for_each_safe (pos, next, &b->present)
		presence_free(list_entry(pos, struct presence, node));
}
