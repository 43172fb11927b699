/* SPDX-License-Identifier: MIT */
/*
 * A virtual device as a snapshot: the same attributes, spelt the same way, as the kernel has them
 * in sysfs (Documentation/ABI/stable/sysfs-bus-usb).
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/sim/sim.h"

static const struct {
	unsigned kbit;
	const char *text;
	const char *lanes;
} speeds[] = {
	[SIM_LOW] = {1500, "1.5\n", "1\n"},
	[SIM_FULL] = {12000, "12\n", "1\n"},
	[SIM_HIGH] = {480000, "480\n", "1\n"},
	[SIM_SUPER] = {5000000, "5000\n", "1\n"},
	[SIM_SUPER_PLUS] = {10000000, "10000\n", "1\n"},
	[SIM_SUPER_PLUS_X2] = {20000000, "20000\n", "2\n"},
};

unsigned
sim_speed_kbit(enum sim_speed speed)
{
	return speeds[speed].kbit;
}

/* Text with the newline that sysfs puts at the end. */
static int add_line(struct snapshot *s, const char *name, const char *format, ...)
	PRINTF_LIKE(3, 4);

static int
add_line(struct snapshot *s, const char *name, const char *format, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return snapshot_add_attr(s, name, text, (size_t)n);
}

/* A string descriptor's text: exact bytes. 0 also where there is none, as in sysfs. */
static int
string_text(const struct sim_model *m, uint8_t index, char **ret, size_t *ret_len)
{
	const struct sim_string *string = index ? sim_model_string(m, index) : NULL;
	char *text;

	*ret = NULL;
	if (!string)
		return 0;
	text = malloc(string->len + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, string->text, string->len);
	text[string->len] = '\n';
	*ret = text;
	*ret_len = string->len + 1;
	return 0;
}

static int
add_string(struct snapshot *s, const struct sim_model *m, const char *name, uint8_t index)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (string_text(m, index, &text, &len) < 0)
		return -ENOMEM;
	return text ? snapshot_add_attr(s, name, text, len) : 0;
}

static int
add_live(struct snapshot *s, struct sim_device *d, const char *name)
{
	char text[64];
	int n = sim_device_attr(d, name, text, sizeof(text));

	return n < 0 ? n : snapshot_add_attr(s, name, text, (size_t)n);
}

static int
add_port(struct snapshot *s, struct sim_device *d, unsigned port)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), "port%u/connect_type", port);
	r = add_line(s, name, "hotplug\n");
	snprintf(name, sizeof(name), "port%u/location", port);
	r |= add_line(s, name, "0x%08x\n", 0);
	snprintf(name, sizeof(name), "port%u/over_current_count", port);
	r |= add_live(s, d, name);
	if (d->model->hub_disable) {
		snprintf(name, sizeof(name), "port%u/disable", port);
		r |= snapshot_add_attr(s, name, "", 0);
	}
	return r;
}

static int
add_device_attrs(struct snapshot *s, struct sim_device *d)
{
	const struct sim_model *m = d->model;
	struct desc_span dev = m->index->device;
	unsigned usb = desc_u16(dev, 2);
	int r = 0;

	r |= add_string(s, m, "manufacturer", desc_u8(dev, 14));
	r |= add_string(s, m, "product", desc_u8(dev, 15));
	r |= add_string(s, m, "serial", desc_u8(dev, 16));
	r |= add_string(
		s, m, "configuration", d->config_desc ? desc_u8(d->config_desc->self, 6) : 0);
	r |= add_line(s, "speed", "%s", speeds[m->speed].text);
	r |= add_line(s, "rx_lanes", "%s", speeds[m->speed].lanes);
	r |= add_line(s, "tx_lanes", "%s", speeds[m->speed].lanes);
	r |= add_line(s, "version", "%2x.%02x\n", usb >> 8, usb & 0xff);
	r |= add_line(s, "devpath", "%s\n", d->devpath);
	r |= add_line(s, "maxchild", "%u\n", m->n_ports);
	r |= add_line(s, "removable", "removable\n");
	r |= add_live(s, d, "authorized");
	r |= add_line(s, "quirks", "0x0\n");
	r |= add_line(s, "avoid_reset_quirk", "0\n");
	r |= add_line(s, "ltm_capable", "no\n");
	r |= add_live(s, d, "urbnum");
	r |= add_live(s, d, "power/control");
	r |= add_line(s, "power/runtime_status", "active\n");
	r |= add_live(s, d, "power/autosuspend_delay_ms");
	for (unsigned n = 1; n <= m->n_ports; n++)
		r |= add_port(s, d, n);
	return r ? -ENOMEM : 0;
}

static int
add_modalias(struct snapshot_interface *to, struct desc_span dev, struct desc_span self)
{
	char text[80];
	int n = snprintf(text, sizeof(text),
		"usb:v%04Xp%04Xd%04Xdc%02Xdsc%02Xdp%02Xic%02Xisc%02Xip%02Xin%02X\n",
		desc_u16(dev, 8), desc_u16(dev, 10), desc_u16(dev, 12), desc_u8(dev, 4),
		desc_u8(dev, 5), desc_u8(dev, 6), desc_u8(self, 5), desc_u8(self, 6),
		desc_u8(self, 7), desc_u8(self, 2));

	return snapshot_interface_add_attr(to, "modalias", text, (size_t)n);
}

const char *
sim_device_driver(const struct sim_device *d, const struct sim_interface *i)
{
	if (i->driver_bound)
		return sim_model_driver(d->model, d->config, i->number);
	return i->claimer ? "usbfs" : NULL;
}

/* The system knows it when a driver has asked for it, which was at once where there is one. */
static int
add_report(struct snapshot_interface *to, const struct sim_model *m, int config)
{
	const struct sim_bytes *report = sim_model_report(m, config, to->number);

	if (!report || !sim_model_driver(m, config, to->number))
		return 0;
	return snapshot_interface_set_report(to, report->data, report->len);
}

static int
add_interface(struct snapshot *s, struct sim_device *d, const struct sim_interface *i)
{
	struct snapshot_interface *to = snapshot_add_interface(s, i->number);
	const struct desc_interface *desc = desc_interface(d->config_desc, i->number);
	const struct desc_alt *alt = desc ? desc_alt(desc, i->alternate) : NULL;
	const char *driver;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (!to)
		return -ENOMEM;
	to->alternate = i->alternate;
	driver = sim_device_driver(d, i);
	if (driver) {
		to->driver = strdup(driver);
		if (!to->driver)
			return -ENOMEM;
	}
	if (snapshot_interface_add_attr(to, "supports_autosuspend", driver ? "1\n" : "0\n", 2) < 0)
		return -ENOMEM;
	if (snapshot_interface_add_attr(to, "authorized", "1\n", 2) < 0)
		return -ENOMEM;
	if (add_report(to, d->model, d->config) < 0)
		return -ENOMEM;
	if (!alt)
		return 0;
	if (string_text(d->model, desc_u8(alt->self, 8), &text, &len) < 0)
		return -ENOMEM;
	if (text && snapshot_interface_add_attr(to, "interface", text, len) < 0)
		return -ENOMEM;
	return add_modalias(to, d->model->index->device, alt->self);
}

static int
copy(uint8_t **ret, size_t *ret_len, const struct sim_bytes *from)
{
	if (from->len == 0)
		return 0;
	*ret = malloc(from->len);
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, from->data, from->len);
	*ret_len = from->len;
	return 0;
}

int
sim_describe(struct sim_device *d, struct snapshot **ret)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(d->seq);

	if (!s)
		return -ENOMEM;
	s->name = strdup(d->name);
	if (!s->name)
		return -ENOMEM;
	s->busnum = d->busnum;
	s->devnum = d->devnum;
	s->speed_kbit = speeds[d->model->speed].kbit;
	s->active_config = d->config;
	if (sim_node_describe(&d->permissions, s) < 0 ||
		copy(&s->descriptors, &s->descriptors_len, &d->model->descriptors) < 0 ||
		copy(&s->bos, &s->bos_len, &d->model->bos) < 0 || add_device_attrs(s, d) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_interfaces; i++)
		if (add_interface(s, d, &d->interfaces[i]) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(s);
	return 0;
}
