/* SPDX-License-Identifier: MIT */
/* What is going on, in words; see status.h. Lines are "key: value", so that scripts can grep. */
#include "fs/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/complaint.h"
#include "fs/control.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/fs.h"
#include "fs/owner.h"
#include "layout/ctl.h"

/* The driver of an interface in BUF, or NULL for none. */
static const char *
driver_of(const struct device *d, int interface, char buf[OWNER_MAX])
{
	return interface < 0 || d->gone ? NULL : owner_of(d, d->snapshot, interface, buf);
}

static void
explain(FILE *out, const struct endpoint *e, const char *driver, int err)
{
	switch (-err) {
	case EPIPE:
		fputs(atomic_load(&e->stats.halted) ? "stalled; clear it: echo clear_halt > ctl"
						    : "stalled; it has been cleared since",
			out);
		break;
	case EBUSY:
		if (owner_is_kernel(driver))
			fprintf(out,
				"the kernel's driver %s owns interface %d; take it away: echo none "
				"> "
				"../driver",
				driver, e->interface);
		else
			fprintf(out, "another program has claimed interface %d", e->interface);
		break;
	case EACCES:
		fprintf(out,
			"no permission for %s, which has owner %u, group %u and mode %04o; usbfuse "
			"runs as user %u",
			e->device->snapshot->node ? e->device->snapshot->node : "the device",
			(unsigned)e->device->snapshot->uid, (unsigned)e->device->snapshot->gid,
			(unsigned)e->device->snapshot->mode, (unsigned)geteuid());
		break;
	case EOVERFLOW:
		fputs("babble: the device sent more than a packet may have; what it sent is lost",
			out);
		break;
	case ENODEV:
		fputs("the device was unplugged; open its path again when it is back", out);
		break;
	case ESHUTDOWN:
		fputs("another configuration or alternate setting is in force; open the file again",
			out);
		break;
	case ENOMEM:
		fputs("no memory for the transfer; usbfs has a limit, see "
		      "/sys/module/usbcore/parameters/usbfs_memory_mb",
			out);
		break;
	case EOPNOTSUPP:
		fputs("this bus has no such transfers, or no streams", out);
		break;
	case ETIMEDOUT:
		fputs("the device was not ready in time; see timeout in ctl", out);
		break;
	case EIO:
		fputs("the transfer has failed: a cable, a hub, or a device that does not answer",
			out);
		break;
	case EINVAL:
		if (e->packet == 0 || (e->type == DESC_ISO && e->interval_ns == 0))
			fputs("the endpoint's descriptor makes no sense", out);
		else if (!endpoint_is_in(e))
			fputs("what was written is no message, or ends in the middle of one; see "
			      "framing in ctl",
				out);
		else
			fputs(strerror(EINVAL), out);
		break;
	default:
		fputs(strerror(-err), out);
	}
}

static const char *
state_of(const struct endpoint *e, const char *driver)
{
	if (e->device->gone)
		return "gone";
	if (e->left)
		return "not in force";
	if (owner_is_kernel(driver))
		return "owned by a kernel driver";
	if (atomic_load(&e->stats.pending) > 0)
		return endpoint_is_in(e) ? "waiting for the device to send"
					 : "waiting for the device to take";
	if (atomic_load(&e->stats.waiting) > 0)
		return "waiting for the kernel";
	return "idle";
}

static void
readers(FILE *out, const struct endpoint *e)
{
	list_for_each (at, &e->device->fs->files) {
		const struct file *f = list_entry(at, struct file, node);

		if (f->reader == e)
			fprintf(out, "reader %d: buffered %llu, lost %llu\n", (int)f->pid,
				atomic_load(&f->behind), atomic_load(&f->lost));
	}
}

static void
endpoint_status(FILE *out, const struct endpoint *e)
{
	static const char *const types[] = {"control", "isochronous", "bulk", "interrupt"};
	char buf[OWNER_MAX];
	const char *driver = driver_of(e->device, e->interface, buf);
	int err = atomic_load(&e->stats.last_error);

	fprintf(out, "state: %s\n", state_of(e, driver));
	fprintf(out, "endpoint: ep%02x %s %s, %u bytes a packet\n", e->address, types[e->type],
		endpoint_is_in(e) ? "in" : "out", e->packet);
	fprintf(out, "driver: %s\n", driver ? driver : "none");
	fprintf(out, "waiting: %u\n", atomic_load(&e->stats.waiting));
	fprintf(out, "pending: %u\n", atomic_load(&e->stats.pending));
	fprintf(out, "buffered: %zu\n", atomic_load(&e->stats.buffered));
	fprintf(out, "bytes: %llu\n", atomic_load(&e->stats.bytes));
	fprintf(out, "transfers: %llu\n", atomic_load(&e->stats.transfers));
	fprintf(out, "zlps: %llu\n", atomic_load(&e->stats.zlps));
	fprintf(out, "errors: %llu\n", atomic_load(&e->stats.errors));
	fprintf(out, "backoffs: %llu\n", atomic_load(&e->stats.backoffs));
	if (!endpoint_is_in(e))
		fprintf(out, "lost: %llu\n", atomic_load(&e->stats.lost));
	if (e->type == DESC_ISO) {
		fprintf(out, "iso_packets: %llu\n", atomic_load(&e->stats.iso_packets));
		fprintf(out, "iso_errors: %llu\n", atomic_load(&e->stats.iso_errors));
		fprintf(out, "gaps: %llu\n", atomic_load(&e->stats.gaps));
	}
	if (endpoint_knob(e, KNOB_SHARE))
		readers(out, e);
	if (e->ctl_error)
		fprintf(out, "last_ctl_error: %s\n", e->ctl_error);
	if (err) {
		uint64_t ns = timer_now() - atomic_load(&e->stats.last_error_at);

		fprintf(out, "last_error: %s %llu.%llu s ago: ", strerrorname_np(-err),
			(unsigned long long)(ns / 1000000000u),
			(unsigned long long)(ns / 100000000u % 10));
		explain(out, e, driver, err);
		fputc('\n', out);
	} else if (owner_is_kernel(driver)) {
		fputs("hint: ", out);
		explain(out, e, driver, -EBUSY);
		fputc('\n', out);
	}
}

/* As the lines that would set them. */
static void
knobs(FILE *out, const struct endpoint *e)
{
	char value[16];

	for (unsigned k = 0; k < KNOB_COUNT; k++) {
		const char *name = knob_name(&e->facts, k);

		if (!name)
			continue;
		knob_print(&e->facts, k, endpoint_knob(e, k), value, sizeof(value));
		fprintf(out, "%s %s\n", name, value);
	}
}

static void
device_status(FILE *out, struct device *d)
{
	const char *complaint = complaint_get(d);
	const char *busy = atomic_load(&d->busy);
	const char *authorized = snapshot_attr(d->snapshot, "authorized");

	if (d->gone)
		fputs("state: gone\n", out);
	else if (busy)
		fprintf(out, "state: %s since %llu s\n", busy,
			(unsigned long long)((timer_now() - atomic_load(&d->busy_since)) /
					     1000000000u));
	else
		fprintf(out, "state: %s\n",
			authorized && *authorized == '0' ? "not authorized" : "present");
	fprintf(out, "open: %s\n", atomic_load(&d->is_open) ? "yes" : "no");
	fprintf(out, "drivers detached: %u\n", atomic_load(&d->owed));
	fprintf(out, "claims kept: %u\n", atomic_load(&d->holds));
	if (complaint)
		fprintf(out, "last_ctl_error: %s\n", complaint);
	if (d->verb_error)
		fprintf(out, "last_error: %s %llu.%llu s ago: %s\n",
			strerrorname_np(-d->verb_errno),
			(unsigned long long)((timer_now() - d->verb_error_at) / 1000000000u),
			(unsigned long long)((timer_now() - d->verb_error_at) / 100000000u % 10),
			d->verb_error);
}

/* Likewise, as they are now. */
static void
settings(FILE *out, const struct device *d)
{
	const struct backend_ops *ops = d->backend->ops;

	for (unsigned s = 0; s < SETTING_COUNT; s++) {
		char now[32], value[SETTING_TEXT_MAX];
		int n = ops->read_attr ? ops->read_attr(d->backend, d->snapshot, -1,
						 setting_attr(s), now, sizeof(now))
				       : -EOPNOTSUPP;
		const char *word = n > 0 ? setting_print(s, now, (size_t)n, value) : NULL;

		if (word)
			fprintf(out, "%s %s\n", setting_word(s), word);
	}
}

int
status_text(const struct file *f, char **ret, size_t *ret_len)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	switch (f->type) {
	case LAYOUT_STATUS:
		endpoint_status(out, f->endpoint);
		break;
	case LAYOUT_DEV_STATUS:
		device_status(out, f->device);
		break;
	case LAYOUT_DRIVER: {
		char buf[OWNER_MAX];
		const char *driver = driver_of(f->device, f->interface, buf);

		fprintf(out, "%s\n", driver ? driver : "none");
		break;
	}
	case LAYOUT_CONTROL_STATUS:
		control_print_status(out, f->device->control);
		break;
	case LAYOUT_CONTROL_CTL:
		control_print_ctl(out, f->device->control);
		break;
	default:
		fputs(ctl_text(f->type, f->endpoint ? &f->endpoint->facts : NULL), out);
		if (f->type == LAYOUT_CTL)
			knobs(out, f->endpoint);
		else if (f->type == LAYOUT_DEV_CTL && !f->device->gone)
			settings(out, f->device);
	}
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_len = len;
	return 0;
}
