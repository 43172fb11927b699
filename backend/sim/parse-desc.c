/* SPDX-License-Identifier: MIT */
/*
 * The keywords that describe configurations, interfaces and endpoints, and the descriptors that are
 * made of them (USB 2.0 section 9.6, USB 3.2 section 9.6).
 */
#include "backend/sim/parser.h"

#include <errno.h>
#include <string.h>

static bool
super(const struct sim_parser *p)
{
	return p->model->speed >= SIM_SUPER;
}

static int
add(struct sim_parser *p, const void *descriptor, size_t len)
{
	if (p->configs.len + len > UINT16_MAX)
		return sim_parse_fail(p, "more than 64 KiB of configurations");
	return sim_bytes_add(&p->configs, descriptor, len);
}

/* Fields that can only be known later: wTotalLength of the configuration that ends here. */
static void
end_config(struct sim_parser *p)
{
	size_t len = p->configs.len - p->config_at;

	if (p->config < 0)
		return;
	p->configs.data[p->config_at + 2] = (uint8_t)len;
	p->configs.data[p->config_at + 3] = (uint8_t)(len >> 8);
}

static int
unknown_option(struct sim_parser *p, size_t i)
{
	return sim_parse_fail(
		p, "%s: \"%s\" is not known here", sim_parse_word(p, 0), sim_parse_word(p, i));
}

int
sim_parse_config(struct sim_parser *p)
{
	uint8_t d[9] = {9, DESC_CONFIG, 0, 0, 0, 0, 0, 0x80, 50};
	unsigned value, ma = 100, name = 0;
	int r = sim_parse_number(p, 1, 0, 255, &value);

	for (size_t i = 2; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "self-powered"))
			d[7] |= 0x40;
		else if (sim_parse_is(p, i, "remote-wakeup"))
			d[7] |= 0x20;
		else if (sim_parse_is(p, i, "power"))
			r = sim_parse_number(p, ++i, 0, super(p) ? 2040 : 510, &ma);
		else if (sim_parse_is(p, i, "name"))
			r = sim_parse_string(p, ++i, &name);
		else
			r = unknown_option(p, i);
	}
	if (r < 0)
		return r;
	end_config(p);
	d[5] = (uint8_t)value;
	d[6] = (uint8_t)name;
	d[8] = (uint8_t)(ma / (super(p) ? 8 : 2));
	p->config_at = p->configs.len;
	p->n_configs++;
	p->config = (int)value;
	p->interface = p->alternate = -1;
	return add(p, d, sizeof(d));
}

/* "class CC [SS [PP]]" at word I, which it moves to the last one that it used. */
static int
parse_class(struct sim_parser *p, size_t *i, unsigned ret[3])
{
	unsigned code[3] = {0};
	int r = 0;

	for (unsigned k = 0; r == 0 && k < 3; k++) {
		const char *word = sim_parse_word(p, *i + 1);

		/* The first is a must; what is not a code after that is the next option. */
		if (k && (!word || strlen(word) > 2 || sim_hex_digit(*word) < 0))
			break;
		r = sim_parse_code(p, ++*i, 0xff, &code[k]);
	}
	if (r == 0)
		memcpy(ret, code, sizeof(code));
	return r;
}

int
sim_parse_association(struct sim_parser *p)
{
	unsigned first, count, class[3] = {0}, name = 0;
	int r = sim_parse_number(p, 1, 0, 255, &first);

	if (p->config < 0)
		return sim_parse_fail(p, "association: not in a config");
	if (r == 0)
		r = sim_parse_number(p, 2, 0, 255, &count);
	for (size_t i = 3; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "class"))
			r = parse_class(p, &i, class);
		else if (sim_parse_is(p, i, "name"))
			r = sim_parse_string(p, ++i, &name);
		else
			r = unknown_option(p, i);
	}
	if (r < 0)
		return r;
	return add(p,
		(uint8_t[]){8, DESC_IAD, (uint8_t)first, (uint8_t)count, (uint8_t) class[0],
			(uint8_t) class[1], (uint8_t) class[2], (uint8_t)name},
		8);
}

static int
add_driver(struct sim_parser *p, size_t i)
{
	const char *name = sim_parse_word(p, i);
	struct sim_driver *driver;

	if (!name)
		return sim_parse_fail(p, "driver: a name is missing");
	if (strchr(name, '/') || strpbrk(name, "\n"))
		return sim_parse_fail(p, "\"%s\" is not the name of a driver", name);
	driver = sim_grow(&p->model->drivers, &p->model->n_drivers, sizeof(*driver));
	if (!driver)
		return -ENOMEM;
	driver->config = p->config;
	driver->interface = p->interface;
	driver->name = strdup(name);
	return driver->name ? 0 : -ENOMEM;
}

/* The rest of an interface line or an alternate line, from word 2 on. */
static int
add_interface(struct sim_parser *p)
{
	unsigned name = 0;
	int r = 0;

	for (size_t i = 2; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "class"))
			r = parse_class(p, &i, p->interface_class);
		else if (sim_parse_is(p, i, "name"))
			r = sim_parse_string(p, ++i, &name);
		else if (sim_parse_is(p, i, "driver") && p->alternate == 0)
			r = add_driver(p, ++i);
		else
			r = unknown_option(p, i);
	}
	if (r < 0)
		return r;
	p->interface_at = p->configs.len;
	return add(p,
		(uint8_t[]){9, DESC_INTERFACE, (uint8_t)p->interface, (uint8_t)p->alternate, 0,
			(uint8_t)p->interface_class[0], (uint8_t)p->interface_class[1],
			(uint8_t)p->interface_class[2], (uint8_t)name},
		9);
}

int
sim_parse_interface(struct sim_parser *p)
{
	unsigned number;
	int r = sim_parse_number(p, 1, 0, 255, &number);

	if (r < 0)
		return r;
	if (p->config < 0)
		return sim_parse_fail(p, "interface: not in a config");
	p->interface = (int)number;
	p->alternate = 0;
	p->interface_class[0] = 0xff;
	p->interface_class[1] = p->interface_class[2] = 0;
	p->configs.data[p->config_at + 4]++;
	return add_interface(p);
}

int
sim_parse_alternate(struct sim_parser *p)
{
	unsigned number;
	int r = sim_parse_number(p, 1, 0, 255, &number);

	if (r < 0)
		return r;
	if (p->interface < 0)
		return sim_parse_fail(p, "alternate: not in an interface");
	p->alternate = (int)number;
	return add_interface(p);
}

static int
add_companion(struct sim_parser *p, unsigned type, unsigned size, unsigned burst, unsigned streams)
{
	unsigned per_interval = type == DESC_BULK ? 0 : size * (burst + 1), exponent = 0;

	while (streams >> (exponent + 1))
		exponent++;
	return add(p,
		(uint8_t[]){6, DESC_SS_ENDPOINT_COMPANION, (uint8_t)burst, (uint8_t)exponent,
			(uint8_t)per_interval, (uint8_t)(per_interval >> 8)},
		6);
}

/* Word I as a number of streams: bmAttributes of the companion has its logarithm. */
static int
parse_streams(struct sim_parser *p, size_t i, unsigned *ret)
{
	unsigned n;
	int r = sim_parse_number(p, i, 2, 65536, &n);

	if (r == 0 && (n & (n - 1)))
		r = sim_parse_fail(p, "streams: %u is not a power of two", n);
	if (r == 0)
		*ret = n;
	return r;
}

int
sim_parse_endpoint_line(struct sim_parser *p)
{
	static const char *const types[] = {"control", "iso", "bulk", "interrupt"};
	unsigned type = 0, size, interval = 0, burst = 0, streams = 0;
	uint8_t address;
	int r = sim_parse_endpoint(p, 1, -1, &address);

	if (r < 0)
		return r;
	if (p->interface < 0)
		return sim_parse_fail(p, "endpoint: not in an interface");
	while (type < ARRAY_SIZE(types) && !sim_parse_is(p, 2, types[type]))
		type++;
	if (type == ARRAY_SIZE(types))
		return sim_parse_fail(p, "endpoint: bulk, interrupt, iso or control is missing");
	r = sim_parse_number(p, 3, 0, 0xffff, &size);
	interval = type == DESC_INTERRUPT ? 10 : type == DESC_ISO ? 1 : 0;
	for (size_t i = 4; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "interval"))
			r = sim_parse_number(p, ++i, 0, 255, &interval);
		else if (sim_parse_is(p, i, "burst") && super(p))
			r = sim_parse_number(p, ++i, 0, 15, &burst);
		else if (sim_parse_is(p, i, "streams") && super(p) && type == DESC_BULK)
			r = parse_streams(p, ++i, &streams);
		else
			r = unknown_option(p, i);
	}
	if (r == 0)
		r = add(p,
			(uint8_t[]){7, DESC_ENDPOINT, address, (uint8_t)type, (uint8_t)size,
				(uint8_t)(size >> 8), (uint8_t)interval},
			7);
	if (r < 0)
		return r;
	p->configs.data[p->interface_at + 4]++;
	return super(p) ? add_companion(p, type, size, burst, streams) : 0;
}

int
sim_parse_extra(struct sim_parser *p)
{
	struct sim_bytes bytes = {0};
	int r = sim_parse_bytes(p, 1, &bytes);

	if (r == 0 && p->config < 0)
		r = sim_parse_fail(p, "extra: not in a config");
	if (r == 0)
		r = add(p, bytes.data, bytes.len);
	sim_bytes_free(&bytes);
	return r;
}

int
sim_parse_report(struct sim_parser *p)
{
	struct sim_model *m = p->model;
	struct sim_report *report;

	if (p->interface < 0)
		return sim_parse_fail(p, "report: not in an interface");
	if (sim_model_report(m, p->config, p->interface))
		return sim_parse_fail(p, "report: this interface has one already");
	report = sim_grow(&m->reports, &m->n_reports, sizeof(*report));
	if (!report)
		return -ENOMEM;
	report->config = p->config;
	report->interface = p->interface;
	return sim_parse_bytes(p, 1, &report->data);
}

static int
add_device_descriptor(struct sim_parser *p)
{
	static const unsigned usb[] = {0x110, 0x110, 0x200, 0x300, 0x310, 0x320};
	static const unsigned ep0[] = {8, 64, 64, 9, 9, 9};
	unsigned bcd = p->bcd_usb ? p->bcd_usb : usb[p->model->speed];
	unsigned size = p->ep0 ? p->ep0 : ep0[p->model->speed];

	return sim_bytes_add(&p->model->descriptors,
		(uint8_t[]){18, DESC_DEVICE, (uint8_t)bcd, (uint8_t)(bcd >> 8),
			(uint8_t)p->class[0], (uint8_t)p -> class[1], (uint8_t)p -> class[2],
			(uint8_t)size, (uint8_t)p -> vendor, (uint8_t)(p->vendor >> 8),
			(uint8_t)p -> product, (uint8_t)(p->product >> 8), (uint8_t)p -> bcd_device,
			(uint8_t)(p->bcd_device >> 8), (uint8_t)p -> manufacturer_index,
			(uint8_t)p -> product_index, (uint8_t)p -> serial_index,
			(uint8_t)p -> n_configs},
		18);
}

/* What every SuperSpeed device has: USB 2.0 extension and SuperSpeed capability. */
static int
add_bos(struct sim_parser *p)
{
	static const uint8_t bos[] = {
		5,
		DESC_BOS,
		22,
		0,
		2,
		7,
		0x10,
		0x02,
		0x06,
		0,
		0,
		0,
		10,
		0x10,
		0x03,
		0x00,
		0x0e,
		0x00,
		0x01,
		0x0a,
		0xff,
		0x07,
	};

	if (p->bos_given || !super(p))
		return 0;
	return sim_bytes_add(&p->model->bos, bos, sizeof(bos));
}

int
sim_parse_finish_descriptors(struct sim_parser *p)
{
	struct sim_model *m = p->model;
	int r;

	if (p->raw.len && (p->configs.len || p->n_configs))
		return sim_parse_fail_at(
			p, m->line, "%s has both descriptors and a config", m->name);
	end_config(p);
	if (p->raw.len) {
		r = sim_bytes_add(&m->descriptors, p->raw.data, p->raw.len);
	} else {
		r = add_device_descriptor(p);
		if (r == 0)
			r = sim_bytes_add(&m->descriptors, p->configs.data, p->configs.len);
	}
	if (r == 0)
		r = add_bos(p);
	if (r < 0)
		return r;
	m->index = desc_index_new(m->descriptors.data, m->descriptors.len);
	if (!m->index)
		return -ENOMEM;
	if (p->active_line && m->active && !desc_config(m->index, m->active))
		return sim_parse_fail_at(
			p, p->active_line, "%s has no config %d", m->name, m->active);
	if (p->active_line == 0)
		m->active = m->index->n_configs ? m->index->configs[0].value : 0;
	return 0;
}
