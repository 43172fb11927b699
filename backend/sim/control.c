/* SPDX-License-Identifier: MIT */
/*
 * The control endpoint of a virtual device: requests that the description answers come first, then
 * the standard ones (USB 2.0 section 9.4), and everything else is stalled. A stall of the control
 * endpoint ends with the next request (section 8.5.3.4).
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <string.h>

enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	GET_INTERFACE = 10,

	DESC_HID_REPORT = 0x22,

	ENDPOINT_HALT = 0,
	DEVICE_REMOTE_WAKEUP = 1,

	SETUP_LEN = 8,
	STRING_UNITS_MAX = 126, /* of 16 bits: as many as bLength can count */
};

struct setup {
	uint8_t type, request;
	uint16_t value, index, length;
};

static struct setup
read_setup(const struct transfer *t)
{
	const unsigned char *b = t->buffer;

	return (struct setup){b[0], b[1], (uint16_t)(b[2] | b[3] << 8),
		(uint16_t)(b[4] | b[5] << 8), (uint16_t)(b[6] | b[7] << 8)};
}

/* The data stage of an IN request: as much as was asked for. */
static int
reply(const struct setup *s, struct transfer *t, const void *data, size_t len)
{
	if (!(s->type & 0x80))
		return -EPIPE;
	if (len > s->length)
		len = s->length;
	if (len)
		memcpy(t->buffer + SETUP_LEN, data, len);
	t->actual = len;
	return 0;
}

/* One code point of what should be UTF-8; a byte that is not stands for itself. */
static uint32_t
next_code_point(const char **p, const char *end)
{
	uint8_t c = (uint8_t) * (*p)++;
	unsigned more = c >= 0xf0 && c < 0xf8   ? 3
			: c >= 0xe0 && c < 0xf0 ? 2
			: c >= 0xc2 && c < 0xe0 ? 1
						: 0;
	uint32_t code = more ? c & (0x3fu >> more) : c;

	if ((size_t)(end - *p) < more)
		return c;
	for (unsigned i = 0; i < more; i++) {
		if (((uint8_t)(*p)[i] & 0xc0) != 0x80)
			return c;
		code = code << 6 | ((uint8_t)(*p)[i] & 0x3f);
	}
	*p += more;
	return code;
}

static int
reply_string(struct sim_device *d, const struct setup *s, struct transfer *t)
{
	uint8_t out[2 + 2 * STRING_UNITS_MAX] = {0, DESC_STRING};
	const struct sim_string *string = sim_model_string(d->model, s->value & 0xff);
	size_t len = 2;
	const char *p, *end;

	if ((s->value & 0xff) == 0) {
		len += d->model->languages.len;
		if (len > sizeof(out))
			len = sizeof(out);
		memcpy(out + 2, d->model->languages.data, len - 2);
		out[0] = (uint8_t)len;
		return reply(s, t, out, len);
	}
	if (!string)
		return -EPIPE;
	for (p = string->text, end = p + string->len; p < end;) {
		uint32_t code = next_code_point(&p, end);
		uint16_t units[2] = {(uint16_t)code};
		unsigned n = 1;

		if (code > 0xffff) {
			units[0] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
			units[1] = (uint16_t)(0xdc00 + ((code - 0x10000) & 0x3ff));
			n = 2;
		}
		if (len + 2 * (size_t)n > sizeof(out))
			break;
		for (unsigned i = 0; i < n; i++) {
			out[len++] = (uint8_t)units[i];
			out[len++] = (uint8_t)(units[i] >> 8);
		}
	}
	out[0] = (uint8_t)len;
	return reply(s, t, out, len);
}

static int
get_descriptor(struct sim_device *d, const struct setup *s, struct transfer *t)
{
	const struct sim_model *m = d->model;
	size_t i = s->value & 0xff;

	switch (s->value >> 8) {
	case DESC_DEVICE:
		return reply(s, t, m->index->device.data, m->index->device.len);
	case DESC_CONFIG:
		if (i >= m->index->n_configs)
			return -EPIPE;
		return reply(s, t, m->index->configs[i].whole.data, m->index->configs[i].whole.len);
	case DESC_STRING:
		return reply_string(d, s, t);
	case DESC_BOS:
		return m->bos.len ? reply(s, t, m->bos.data, m->bos.len) : -EPIPE;
	default:
		return -EPIPE;
	}
}

static int
device_request(struct sim_device *d, const struct setup *s, struct transfer *t)
{
	uint8_t status[2] = {0};

	switch (s->request) {
	case GET_STATUS:
		status[0] = (d->config_desc && (desc_u8(d->config_desc->self, 7) & 0x40) ? 1 : 0) |
			    (d->remote_wakeup ? 2 : 0);
		return reply(s, t, status, 2);
	case CLEAR_FEATURE:
	case SET_FEATURE:
		if (s->value != DEVICE_REMOTE_WAKEUP)
			return -EPIPE;
		d->remote_wakeup = s->request == SET_FEATURE;
		return 0;
	case GET_DESCRIPTOR:
		return get_descriptor(d, s, t);
	case GET_CONFIGURATION:
		return reply(s, t, &(uint8_t){(uint8_t)d->config}, 1);
	default:
		return -EPIPE;
	}
}

static int
interface_request(struct sim_device *d, const struct setup *s, struct transfer *t)
{
	const struct sim_interface *i = sim_device_interface(d, (uint8_t)s->index);
	const struct sim_bytes *report;

	if (!i)
		return -EPIPE;
	if (s->request == GET_STATUS)
		return reply(s, t, (uint8_t[2]){0}, 2);
	if (s->request == GET_INTERFACE)
		return reply(s, t, &i->alternate, 1);
	/* HID 1.11 section 7.1.1. */
	report = sim_model_report(d->model, d->config, i->number);
	if (s->request == GET_DESCRIPTOR && s->value == DESC_HID_REPORT << 8 && report)
		return reply(s, t, report->data, report->len);
	return -EPIPE;
}

static int
endpoint_request(struct sim_device *d, const struct setup *s, struct transfer *t)
{
	struct sim_endpoint *e = sim_device_endpoint(d, (uint8_t)s->index);

	if (!e->in_force)
		return -EPIPE;
	if (s->request == GET_STATUS)
		return reply(s, t, (uint8_t[2]){e->halted}, 2);
	if ((s->request != CLEAR_FEATURE && s->request != SET_FEATURE) || s->value != ENDPOINT_HALT)
		return -EPIPE;
	/* There is no such thing as a halted isochronous endpoint. */
	if (e != &d->endpoints[0] && e->type == DESC_ISO)
		return -EPIPE;
	if (e != &d->endpoints[0]) {
		e->halted = s->request == SET_FEATURE;
		sim_device_touch(d, e);
	}
	return 0;
}

static const struct sim_control_rule *
find_rule(const struct sim_model *m, const struct setup *s)
{
	const int actual[4] = {s->type, s->request, s->value, s->index};

	for (size_t i = 0; i < m->n_rules; i++) {
		unsigned k = 0;

		while (k < 4 && (m->rules[i].field[k] < 0 || m->rules[i].field[k] == actual[k]))
			k++;
		if (k == 4)
			return &m->rules[i];
	}
	return NULL;
}

static int
follow_rule(struct sim_device *d, const struct sim_control_rule *rule, const struct setup *s,
	struct transfer *t)
{
	size_t out = s->type & 0x80 ? 0 : s->length;

	switch (rule->action) {
	case SIM_CONTROL_ACCEPT:
		t->actual = out;
		return 0;
	case SIM_CONTROL_KEEP:
		if (s->type & 0x80)
			return -EPIPE;
		d->kept.len = 0;
		if (sim_bytes_add(&d->kept, t->buffer + SETUP_LEN, out) < 0)
			return -EPIPE;
		t->actual = out;
		return 0;
	case SIM_CONTROL_REPLY:
		return reply(s, t, rule->data.data, rule->data.len);
	case SIM_CONTROL_REPLY_KEPT:
		return reply(s, t, d->kept.data, d->kept.len);
	case SIM_CONTROL_STALL:
	case SIM_CONTROL_NAK:
		break;
	}
	return -EPIPE;
}

/* Fails those whose time is over, and has the others looked at when theirs is. */
static void
time_out(struct sim_device *d, struct sim_endpoint *e)
{
	uint64_t now = sim_now();

	list_for_each_safe (pos, next, &e->pending) {
		struct transfer *t = list_entry(pos, struct transfer, node);

		if (t->due && t->due <= now)
			sim_device_complete(d, e, t, -ETIMEDOUT);
		else if (t->due)
			sim_device_due(d, t->due);
	}
}

void
sim_control_run(struct sim_device *d)
{
	struct sim_endpoint *e = &d->endpoints[0];
	struct transfer *t;

	while (!e->paused && (t = list_first(&e->pending, struct transfer, node))) {
		struct setup s = read_setup(t);
		const struct sim_control_rule *rule = find_rule(d->model, &s);
		int r;

		if (rule && rule->action == SIM_CONTROL_NAK)
			break;
		/* The control socket shows requests like packets: setup, then the data sent. */
		sim_endpoint_record(
			e, t->buffer, SETUP_LEN + (s.type & 0x80 ? 0u : s.length), true);
		if (rule)
			r = follow_rule(d, rule, &s, t);
		else if ((s.type & 0x7f) == 0)
			r = device_request(d, &s, t);
		else if ((s.type & 0x7f) == 1)
			r = interface_request(d, &s, t);
		else if ((s.type & 0x7f) == 2)
			r = endpoint_request(d, &s, t);
		else if ((s.type & 0x60) == 0x20)
			r = sim_hub_request(d, t);
		else
			r = -EPIPE;
		sim_device_complete(d, e, t, r);
	}
	if (!list_empty(&e->pending))
		time_out(d, e);
}
