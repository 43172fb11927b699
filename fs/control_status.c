/* SPDX-License-Identifier: MIT */
/* The control endpoint in words: its status, its knobs, and what an error means; see control.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/control.h"
#include "fs/control_rules.h"
#include "fs/device.h"
#include "layout/ctl.h"

enum { DRIVER_MAX = 64 };

static const struct knob_endpoint facts = {.type = DESC_CONTROL};

/* Who has the interface, for people. */
static void
print_owner(FILE *out, struct device *d, const struct snapshot *s, int interface)
{
	const struct snapshot_interface *i = snapshot_interface(s, (uint8_t)interface);
	const struct backend_ops *ops = d->backend->ops;
	const char *driver = i ? i->driver : NULL;
	char now[DRIVER_MAX];
	int n = -EOPNOTSUPP;

	if (ops->read_attr)
		n = ops->read_attr(d->backend, s, interface, "driver", now, sizeof(now) - 1);
	if (n >= 0) {
		now[n] = '\0';
		driver = now;
	}
	if (driver && strcmp(driver, "usbfs") != 0)
		fprintf(out,
			"the kernel's driver %s owns interface %d; take it away: echo none > "
			"../config%d/interface%d/driver",
			driver, interface, s->active_config, interface);
	else
		fprintf(out, "another program has claimed interface %d", interface);
}

static void
explain_missing(FILE *out, const struct snapshot *s, const struct setup *setup)
{
	bool endpoint = (setup->type & SETUP_RECIPIENT) == SETUP_ENDPOINT;

	fprintf(out,
		endpoint ? "the configuration in force, %d, has no endpoint %02x"
			 : "the configuration in force, %d, has no interface %d",
		s->active_config, setup->index & 0xff);
}

void
control_explain(
	FILE *out, struct device *d, const struct snapshot *s, const struct setup *setup, int err)
{
	enum setup_meaning meaning = setup_meaning(setup);
	int interface = -1;

	switch (-err) {
	case EPIPE:
		fputs("stalled: the device does not know this request, or refuses it", out);
		break;
	case ETIMEDOUT:
		fputs("the device did not answer in time; see timeout in ctl", out);
		break;
	case EBUSY:
		if (meaning == SETUP_CHANGES_ALTERNATE)
			interface = setup->index;
		else if (control_rules_claim(s, setup, &interface) < 0)
			interface = -1;
		if (interface >= 0)
			print_owner(out, d, s, interface);
		else
			fputs("a driver of the kernel, or another program, has an interface of it",
				out);
		break;
	case ENOENT:
		if (meaning == SETUP_CHANGES_CONFIGURATION)
			fprintf(out, "there is no configuration %d", setup->value);
		else
			explain_missing(out, s, setup);
		break;
	case EINVAL:
		if (meaning == SETUP_CHANGES_ALTERNATE)
			fprintf(out, "interface %d has no setting %d", setup->index, setup->value);
		else if (meaning == SETUP_CHANGES_CONFIGURATION)
			fprintf(out, "there is no configuration %d", setup->value);
		else
			fputs("the kernel refuses it", out);
		break;
	case EACCES:
		fprintf(out, "no permission for %s, which has owner %u, group %u and mode %04o",
			s->node ? s->node : "the device", (unsigned)s->uid, (unsigned)s->gid,
			(unsigned)s->mode);
		break;
	case EOVERFLOW:
		fputs("babble: the device sent more than it was asked for", out);
		break;
	case ENODEV:
		fputs("the device was unplugged; open the path again when it is back", out);
		break;
	case ENOMEM:
		fputs("no memory for the transfer; usbfs has a limit, see "
		      "/sys/module/usbcore/parameters/usbfs_memory_mb",
			out);
		break;
	case EIO:
		fputs("the request has failed: a cable, a hub, a device that does not answer, or "
		      "a reset",
			out);
		break;
	default:
		fputs(strerror(-err), out);
	}
}

static void
print_age(FILE *out, const char *name, uint64_t at)
{
	uint64_t ns = timer_now() - at;

	fprintf(out, "last_error: %s %llu.%llu s ago: ", name,
		(unsigned long long)(ns / 1000000000u), (unsigned long long)(ns / 100000000u % 10));
}

static void
print_last_error(FILE *out, const struct control *c)
{
	int err = atomic_load(&c->last_error);
	uint64_t at = atomic_load(&c->last_error_at), word = atomic_load(&c->last_setup);
	unsigned char bytes[SETUP_BYTES];
	char name[SETUP_NAME_MAX];
	struct setup s;

	if (c->refused && (!err || c->refused_at > at)) {
		print_age(out, strerrorname_np(-c->refused), c->refused_at);
		fprintf(out, "%s\n", c->refusal ? c->refusal : strerror(-c->refused));
		return;
	}
	if (!err)
		return;
	for (unsigned i = 0; i < SETUP_BYTES; i++)
		bytes[i] = (unsigned char)(word >> 8 * i);
	setup_decode(bytes, &s);
	print_age(out, strerrorname_np(-err), at);
	fprintf(out, "%s: ", setup_print_name(&s, name));
	control_explain(out, c->device, c->device->snapshot, &s, err);
	fputc('\n', out);
}

static const char *
state_of(const struct control *c)
{
	if (c->device->gone)
		return "gone";
	if (atomic_load(&c->pending))
		return "waiting for the device to answer";
	return atomic_load(&c->waiting) > 0 ? "waiting for the kernel" : "idle";
}

void
control_print_status(FILE *out, const struct control *c)
{
	fprintf(out, "state: %s\n", state_of(c));
	fprintf(out, "waiting: %u\n", atomic_load(&c->waiting));
	fprintf(out, "pending: %u\n", atomic_load(&c->pending));
	fprintf(out, "bytes: %llu\n", atomic_load(&c->bytes));
	fprintf(out, "transfers: %llu\n", atomic_load(&c->transfers));
	fprintf(out, "errors: %llu\n", atomic_load(&c->errors));
	if (c->ctl_error)
		fprintf(out, "last_ctl_error: %s\n", c->ctl_error);
	print_last_error(out, c);
}

void
control_print_ctl(FILE *out, const struct control *c)
{
	char value[16];

	knob_print(&facts, KNOB_TIMEOUT, atomic_load(&c->timeout), value, sizeof(value));
	fprintf(out, "%s%s %s\n", ctl_text(LAYOUT_CONTROL_CTL, &facts),
		knob_name(&facts, KNOB_TIMEOUT), value);
}

static void
reset_stats(struct control *c)
{
	atomic_store(&c->bytes, 0);
	atomic_store(&c->transfers, 0);
	atomic_store(&c->errors, 0);
	atomic_store(&c->last_error, 0);
	c->refused = 0;
}

int
control_set(struct control *c, const char *text, size_t len)
{
	struct ctl_reader reader = {
		.type = LAYOUT_CONTROL_CTL, .endpoint = &facts, .text = text, .len = len};
	struct ctl_reader check = reader;
	char why[CTL_WHY_MAX];
	struct ctl_command command;
	int r;

	/* All lines are good, or none is carried out. */
	while ((r = ctl_next(&check, &command, why)) > 0)
		;
	free(c->ctl_error);
	c->ctl_error = r < 0 ? strdup(why) : NULL;
	while (r == 0 && ctl_next(&reader, &command, why) > 0) {
		if (command.verb == CTL_SET)
			atomic_store(&c->timeout, command.value);
		else
			reset_stats(c);
	}
	return r;
}
