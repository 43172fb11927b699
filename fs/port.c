/* SPDX-License-Identifier: MIT */
/* Requests about ports of hubs; see port.h. */
#include "fs/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/command.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/outcome.h"
#include "fs/port_text.h"
#include "fs/verb.h"
#include "fs/worker.h"

enum {
	HUB = 0x20,  /* bmRequestType: class, to the device */
	PORT = 0x23, /* class, to another recipient */
	FROM = 0x80, /* device to host */
	SETUP = 8,   /* bytes */
	DATA = 16,   /* as many as anything here has */
	PORTS = 256,

	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	GET_DESCRIPTOR = 6,

	FEATURE_POWER = 8,
	FEATURE_INDICATOR = 22,

	/* wHubCharacteristics */
	SWITCHING = 3, /* 0 ganged, 1 individual, otherwise none */
	INDICATORS = 1 << 7,

	/* How long a hub has for an answer, in ms; as in the kernel. */
	ANSWER_MS = 5000,
	SUPER_KBIT = 5000000,
};

/* What is known of a hub; the worker's, until the device goes. */
struct hub {
	bool described;
	uint16_t characteristics;
	uint8_t indicators[PORTS]; /* as we have set them */
};

/* One control request on its way, on behalf of a read or a write. */
struct port_call {
	struct list node; /* device.port_calls */
	struct transfer transfer;
	unsigned char bytes[SETUP + DATA];
	struct request *request; /* a reference */
	struct ctl_command command;
	void (*next)(struct port_call *c, int err);
};

static struct device *
device_of(const struct port_call *c)
{
	return c->request->file->device;
}

static bool
is_super(const struct device *d)
{
	return d->opening && d->opening->speed_kbit >= SUPER_KBIT;
}

bool
port_is_asked(const struct file *f)
{
	return f->type == LAYOUT_PORT_POWER || f->type == LAYOUT_PORT_DISABLE ||
	       f->type == LAYOUT_PORT_INDICATOR || f->type == LAYOUT_PORT_STATUS;
}

static struct port_call *
call_new(struct request *r)
{
	struct port_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	list_init(&c->node);
	list_init(&c->transfer.node);
	c->request = request_ref(r);
	return c;
}

static void
call_free(struct port_call *c)
{
	list_del(&c->node);
	request_unref(c->request);
	free(c);
}

static void
done(struct transfer *t)
{
	struct port_call *c = t->user;

	device_of(c)->in_flight--;
	list_del(&c->node);
	c->next(c, c->request->wish < 0 && t->status < 0 ? c->request->wish : t->status);
}

/* Sends a request; NEXT goes on when it is over. 0 or -errno. */
static int
send(struct port_call *c, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
	uint16_t length, void (*next)(struct port_call *c, int err))
{
	const unsigned char setup[SETUP] = {type, request, (uint8_t)value, (uint8_t)(value >> 8),
		(uint8_t)index, (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)};
	struct device *d = device_of(c);
	int r = worker_open(d);

	if (r < 0)
		return r;
	memcpy(c->bytes, setup, SETUP);
	c->next = next;
	c->transfer.type = DESC_CONTROL;
	c->transfer.buffer = c->bytes;
	c->transfer.length = (size_t)SETUP + length;
	c->transfer.timeout_ms = ANSWER_MS;
	c->transfer.done = done;
	c->transfer.user = c;
	list_append(&d->port_calls, &c->node);
	d->in_flight++;
	r = d->backend->ops->submit(d->handle, &c->transfer);
	if (r < 0) {
		d->in_flight--;
		list_del(&c->node);
	}
	return r;
}

/* USB 2.0 table 11-13, USB 3.2 table 10-3: the same where it matters here. */
static int
describe(struct port_call *c, void (*next)(struct port_call *c, int err))
{
	uint16_t type = is_super(device_of(c)) ? 0x2a00 : 0x2900;

	return send(c, HUB | FROM, GET_DESCRIPTOR, type, 0, DATA, next);
}

/* Has it been described? If not, the answer to describe() has just come. */
static int
take_description(struct port_call *c, int err)
{
	struct device *d = device_of(c);

	if (err < 0)
		return err;
	if (c->transfer.actual < 5)
		return -EIO;
	d->hub->characteristics = (uint16_t)(c->bytes[SETUP + 3] | c->bytes[SETUP + 4] << 8);
	d->hub->described = true;
	return 0;
}

static int
need_hub(struct device *d)
{
	if (!d->hub)
		d->hub = calloc(1, sizeof(*d->hub));
	return d->hub ? 0 : -ENOMEM;
}

static int
refuse(struct request *r, const char *why)
{
	free(r->why);
	r->why = strdup(why);
	return -EOPNOTSUPP;
}

/* ---- reading ---- */

/* What F says, now that the hub has told: 0 or -ENOMEM. */
static int
print(struct port_call *c)
{
	struct file *f = c->request->file;
	unsigned status = c->bytes[SETUP] | (unsigned)c->bytes[SETUP + 1] << 8;
	char *text;
	size_t len;
	int r = port_text(f->type, is_super(f->device), status,
		f->device->hub->indicators[f->port & 0xff], &text, &len);

	if (r < 0)
		return r;
	free(f->answer);
	f->answer = text;
	f->answer_len = len;
	return 0;
}

static void
reply(struct request *r)
{
	const struct file *f = r->file;
	size_t from = r->offset < f->answer_len ? (size_t)r->offset : f->answer_len;
	size_t n = f->answer_len - from < r->size ? f->answer_len - from : r->size;

	if (request_finish(r))
		request_reply_data(r, f->answer + from, n);
}

/* The read is over, with an error or without. */
static void
end_query(struct port_call *c, int err)
{
	if (err < 0)
		outcome_send(c->request, err);
	else
		reply(c->request);
	call_free(c);
}

static void
query_answered(struct port_call *c, int err)
{
	if (err == 0 && c->transfer.actual < 4)
		err = -EIO;
	end_query(c, err < 0 ? err : print(c));
}

static int
ask(struct port_call *c)
{
	return send(
		c, PORT | FROM, GET_STATUS, 0, (uint16_t)c->request->file->port, 4, query_answered);
}

static int
check_indicators(const struct port_call *c)
{
	if (device_of(c)->hub->characteristics & INDICATORS)
		return 0;
	return refuse(c->request, "this hub has no indicators at its ports");
}

static void
query_described(struct port_call *c, int err)
{
	err = take_description(c, err);
	if (err == 0)
		err = check_indicators(c);
	if (err == 0)
		err = ask(c);
	if (err < 0)
		end_query(c, err);
}

void
port_query(struct request *r)
{
	struct device *d = r->file->device;
	struct port_call *c;
	int err;

	if (!request_begin(r))
		return;
	r->begun = true;
	/* The rest of what was begun to be read, or its end. */
	if (r->offset > 0 && r->file->answer) {
		reply(r);
		return;
	}
	c = call_new(r);
	err = c ? need_hub(d) : -ENOMEM;
	if (err == 0 && r->file->type == LAYOUT_PORT_INDICATOR) {
		if (!d->hub->described)
			err = describe(c, query_described);
		else if ((err = check_indicators(c)) == 0)
			err = ask(c);
	} else if (err == 0) {
		err = ask(c);
	}
	if (err == 0)
		return;
	if (c)
		end_query(c, err);
	else
		outcome_send(r, err);
}

/* ---- writing ---- */

static void
end_set(struct port_call *c, int err)
{
	struct request *r = request_ref(c->request);
	struct device *d = device_of(c);

	if (err == 0 && c->command.verb == CTL_PORT_POWER && !c->command.value)
		r->follow = FOLLOW_EMPTY;
	if (err == 0 && c->command.verb == CTL_PORT_INDICATOR)
		d->hub->indicators[r->file->port & 0xff] = (uint8_t)c->command.value;
	call_free(c);
	verb_busy(d, NULL);
	command_resume(r, err);
	request_unref(r);
}

/* The kernel knows that a port is off when it has switched it itself, and then says at once that the
 * device there has gone; otherwise it may put the power on again. */
static int
let_kernel(struct request *r, bool off)
{
	char name[32];

	snprintf(name, sizeof(name), "port%d/disable", r->file->port);
	return verb_set_attr(r, name, off ? "1" : "0");
}

/* 1: it is done. */
static int
switch_power(struct port_call *c)
{
	bool on = c->command.value;
	int r;

	if ((device_of(c)->hub->characteristics & SWITCHING) > 1)
		return refuse(c->request, "this hub cannot switch the power of its ports");
	r = let_kernel(c->request, !on);
	if (r == 0)
		return 1;
	if (r != -ENOENT && r != -EACCES && r != -EOPNOTSUPP)
		return r;
	free(c->request->why);
	c->request->why = NULL;
	return send(c, PORT, on ? SET_FEATURE : CLEAR_FEATURE, FEATURE_POWER,
		(uint16_t)c->request->file->port, 0, end_set);
}

static int
set_indicator(struct port_call *c)
{
	int r = check_indicators(c);

	if (r < 0)
		return r;
	return send(c, PORT, c->command.value ? SET_FEATURE : CLEAR_FEATURE, FEATURE_INDICATOR,
		(uint16_t)((unsigned)c->request->file->port | c->command.value << 8), 0, end_set);
}

/* 0: it goes on; 1: it is done. */
static int
set_described(struct port_call *c)
{
	return c->command.verb == CTL_PORT_INDICATOR ? set_indicator(c) : switch_power(c);
}

static void
set_answered(struct port_call *c, int err)
{
	err = take_description(c, err);
	if (err == 0)
		err = set_described(c);
	if (err != 0)
		end_set(c, err < 0 ? err : 0);
}

int
port_set(struct request *r, const struct ctl_command *command)
{
	struct device *d = r->file->device;
	struct port_call *c;
	int err;

	verb_busy(d, "switching a port");
	if (command->verb == CTL_PORT_DISABLE) {
		err = let_kernel(r, command->value);
		if (err == 0 && command->value)
			r->follow = FOLLOW_EMPTY;
		verb_busy(d, NULL);
		return err;
	}
	c = call_new(r);
	err = c ? need_hub(d) : -ENOMEM;
	if (err == 0) {
		c->command = *command;
		err = d->hub->described ? set_described(c) : describe(c, set_answered);
	}
	if (err == 0)
		return COMMAND_PARKED;
	if (err > 0 && !command->value && command->verb == CTL_PORT_POWER)
		r->follow = FOLLOW_EMPTY;
	if (c)
		call_free(c);
	verb_busy(d, NULL);
	return err < 0 ? err : 0;
}

/* ---- ending ---- */

void
port_stop(struct request *r)
{
	struct device *d = r->file->device;

	list_for_each_safe (at, tmp, &d->port_calls) {
		struct port_call *c = list_entry(at, struct port_call, node);

		if (c->request == r)
			d->backend->ops->cancel(d->handle, &c->transfer);
	}
}

void
port_cancel_all(struct device *d)
{
	list_for_each_safe (at, tmp, &d->port_calls)
		d->backend->ops->cancel(
			d->handle, &list_entry(at, struct port_call, node)->transfer);
}

void
port_abandon(struct device *d)
{
	list_for_each_safe (at, tmp, &d->port_calls) {
		struct port_call *c = list_entry(at, struct port_call, node);

		list_del(&c->node);
		/* The kernel may still write into it: leaked, but for the answer. */
		if (request_finish(c->request))
			request_reply_error(c->request, -EIO);
	}
}
