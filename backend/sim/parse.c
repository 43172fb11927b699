/* SPDX-License-Identifier: MIT */
/*
 * The keywords that describe a device as a whole, and the table of all keywords. Descriptors are in
 * parse-desc.c, behaviours in parse-behaviour.c and scripts in parse-script.c.
 */
#include "backend/sim/parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "backend/sim/parser.h"

enum { NAME_LEN_MAX = 63, PORT_LEN_MAX = 31 };

static int
finish(struct sim_parser *p)
{
	struct sim_model *m = p->model;
	int r;

	if (!m)
		return 0;
	if (p->in_script)
		return sim_parse_fail(p, "script: end is missing");
	r = sim_parse_finish_descriptors(p);
	if (r == 0)
		r = sim_parse_finish_behaviours(p);
	if (r == 0 && m->languages.len == 0)
		r = sim_bytes_add(&m->languages, (uint8_t[]){0x09, 0x04}, 2);
	if (r < 0)
		return r;
	list_append(p->models, &m->node);
	p->model = NULL;
	return 0;
}

static int
parse_device(struct sim_parser *p)
{
	const char *name = sim_parse_word(p, 1);
	int r = finish(p);

	if (r < 0)
		return r;
	if (strlen(name) > NAME_LEN_MAX || !isalpha((unsigned char)*name))
		return sim_parse_fail(p, "\"%s\" is not a name: a letter first", name);
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return sim_parse_fail(
				p, "\"%s\" is not a name: letters, digits, - and _", name);
	sim_bytes_free(&p->raw);
	sim_bytes_free(&p->configs);
	p->vendor = 0x1d6b;
	p->product = 0x0104;
	p->bcd_device = 0x0100;
	p->bcd_usb = p->ep0 = p->n_configs = 0;
	p->manufacturer_index = p->product_index = p->serial_index = 0;
	p->bos_given = false;
	p->active_line = 0;
	memset(p->class, 0, sizeof(p->class));
	p->config = p->interface = p->alternate = -1;
	p->model = sim_model_new();
	if (!p->model)
		return -ENOMEM;
	p->model->line = p->lex.line;
	p->model->name = strdup(name);
	return p->model->name ? 0 : -ENOMEM;
}

static int
parse_port(struct sim_parser *p)
{
	const char *word = sim_parse_word(p, 1), *c;
	unsigned bus = 0;

	for (c = word; isdigit((unsigned char)*c) && bus < 100; c++)
		bus = bus * 10 + (unsigned)(*c - '0');
	/* Ports are 1 to 255 and up to six levels deep; the shape is what matters here. */
	if (bus == 0 || *c != '-' || strlen(c + 1) > PORT_LEN_MAX)
		return sim_parse_fail(p, "\"%s\" is not a port such as 1-2 or 1-2.4", word);
	free(p->model->port);
	p->model->port = strdup(c + 1);
	if (!p->model->port)
		return -ENOMEM;
	do {
		unsigned port = 0;

		for (c++; isdigit((unsigned char)*c) && port < 256; c++)
			port = port * 10 + (unsigned)(*c - '0');
		if (port == 0 || port > 255)
			return sim_parse_fail(p, "\"%s\" is not a port such as 1-2 or 1-2.4", word);
	} while (*c == '.');
	if (*c)
		return sim_parse_fail(p, "\"%s\" is not a port such as 1-2 or 1-2.4", word);
	p->model->bus = bus;
	p->model->port_line = p->lex.line;
	return 0;
}

static int
parse_speed(struct sim_parser *p)
{
	static const char *const names[] = {
		"low", "full", "high", "super", "super-plus", "super-plus-x2"};

	if (p->n_configs)
		return sim_parse_fail(p, "speed: must come before the first config");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (sim_parse_is(p, 1, names[i])) {
			p->model->speed = (enum sim_speed)i;
			return 0;
		}
	return sim_parse_fail(p, "\"%s\" is not a speed", sim_parse_word(p, 1));
}

static int
parse_id(struct sim_parser *p)
{
	const char *word = sim_parse_word(p, 1);

	/* Exactly as lsusb prints it, so that neither half can be mistaken for a number. */
	if (strlen(word) != 9 || word[4] != ':' || strspn(word, "0123456789abcdefABCDEF") != 4 ||
		strspn(word + 5, "0123456789abcdefABCDEF") != 4)
		return sim_parse_fail(p, "\"%s\" is not an id such as 1d6b:0104", word);
	p->vendor = (unsigned)strtoul(word, NULL, 16);
	p->product = (unsigned)strtoul(word + 5, NULL, 16);
	return p->lex.n_words > 2 ? sim_parse_code(p, 2, 0xffff, &p->bcd_device) : 0;
}

static int
parse_class(struct sim_parser *p)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i + 1 < p->lex.n_words; i++)
		r = sim_parse_code(p, i + 1, 0xff, &p->class[i]);
	return r;
}

static int
parse_usb(struct sim_parser *p)
{
	return sim_parse_code(p, 1, 0xffff, &p->bcd_usb);
}

static int
parse_ep0(struct sim_parser *p)
{
	return sim_parse_number(p, 1, 1, 255, &p->ep0);
}

static int
parse_manufacturer(struct sim_parser *p)
{
	return sim_parse_string(p, 1, &p->manufacturer_index);
}

static int
parse_product(struct sim_parser *p)
{
	return sim_parse_string(p, 1, &p->product_index);
}

static int
parse_serial(struct sim_parser *p)
{
	return sim_parse_string(p, 1, &p->serial_index);
}

static int
parse_string(struct sim_parser *p)
{
	unsigned index;
	int r = sim_parse_number(p, 1, 1, 255, &index);

	return r < 0 ? r : sim_parse_string(p, 2, &index);
}

static int
parse_languages(struct sim_parser *p)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < p->lex.n_words; i++) {
		unsigned id;

		r = sim_parse_code(p, i, 0xffff, &id);
		if (r == 0)
			r = sim_bytes_add(&p->model->languages,
				(uint8_t[]){(uint8_t)id, (uint8_t)(id >> 8)}, 2);
	}
	return r;
}

static int
parse_bos(struct sim_parser *p)
{
	p->bos_given = true;
	return sim_parse_is(p, 1, "none") ? 0 : sim_parse_bytes(p, 1, &p->model->bos);
}

static int
parse_descriptors(struct sim_parser *p)
{
	return sim_parse_bytes(p, 1, &p->raw);
}

static int
parse_active(struct sim_parser *p)
{
	unsigned value;
	int r = sim_parse_number(p, 1, 0, 255, &value);

	if (r == 0) {
		p->model->active = (int)value;
		p->active_line = p->lex.line;
	}
	return r;
}

static int
parse_rate(struct sim_parser *p)
{
	return sim_parse_size(p, 1, &p->model->rate);
}

static int
parse_memory(struct sim_parser *p)
{
	return sim_parse_size(p, 1, &p->model->memory);
}

static int
parse_unplugged(struct sim_parser *p)
{
	p->model->unplugged = true;
	return 0;
}

static int
parse_wedge(struct sim_parser *p)
{
	for (size_t i = 1; i < p->lex.n_words; i++) {
		unsigned bit = sim_wedge_by_name(sim_parse_word(p, i));

		if (!bit)
			return sim_parse_fail(
				p, "wedge: \"%s\" is not a call", sim_parse_word(p, i));
		p->model->wedges |= bit;
	}
	return 0;
}

static int
parse_reset(struct sim_parser *p)
{
	p->model->reset_replugs = sim_parse_is(p, 1, "replugs");
	p->model->reset_unplugs = sim_parse_is(p, 1, "unplugs");
	if (!p->model->reset_replugs && !p->model->reset_unplugs)
		return sim_parse_fail(p, "reset: only \"replugs\" and \"unplugs\" are known");
	return 0;
}

/* wHubCharacteristics says how its power is switched. */
static int
parse_hub(struct sim_parser *p)
{
	struct sim_model *m = p->model;
	int r = sim_parse_number(p, 1, 1, 255, &m->n_ports);

	m->hub_switching = SIM_HUB_INDIVIDUAL;
	m->hub_disable = true;
	for (size_t i = 2; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "ganged"))
			m->hub_switching = SIM_HUB_GANGED;
		else if (sim_parse_is(p, i, "unswitched"))
			m->hub_switching = SIM_HUB_UNSWITCHED;
		else if (sim_parse_is(p, i, "indicators"))
			m->hub_indicators = true;
		else if (sim_parse_is(p, i, "no-disable"))
			m->hub_disable = false;
		else
			r = sim_parse_fail(p, "hub: \"%s\" is not known", sim_parse_word(p, i));
	}
	return r;
}

static int
parse_locked(struct sim_parser *p)
{
	p->model->locked = true;
	return 0;
}

static int
parse_node(struct sim_parser *p)
{
	return sim_parse_node(p, 1, &p->model->permissions);
}

static const struct keyword {
	const char *name;
	unsigned min, max; /* words after it */
	int (*parse)(struct sim_parser *p);
} keywords[] = {
	{"device", 1, 1, parse_device},
	{"port", 1, 1, parse_port},
	{"speed", 1, 1, parse_speed},
	{"id", 1, 2, parse_id},
	{"class", 1, 3, parse_class},
	{"usb", 1, 1, parse_usb},
	{"ep0", 1, 1, parse_ep0},
	{"manufacturer", 1, 1, parse_manufacturer},
	{"product", 1, 1, parse_product},
	{"serial", 1, 1, parse_serial},
	{"string", 2, 2, parse_string},
	{"languages", 1, 126, parse_languages},
	{"bos", 1, UINT32_MAX, parse_bos},
	{"descriptors", 1, UINT32_MAX, parse_descriptors},
	{"active", 1, 1, parse_active},
	{"rate", 1, 1, parse_rate},
	{"memory", 1, 1, parse_memory},
	{"unplugged", 0, 0, parse_unplugged},
	{"wedge", 1, 16, parse_wedge},
	{"reset", 1, 1, parse_reset},
	{"node", 1, UINT32_MAX, parse_node},
	{"hub", 1, 4, parse_hub},
	{"locked", 0, 0, parse_locked},
	{"config", 1, 16, sim_parse_config},
	{"association", 2, 16, sim_parse_association},
	{"interface", 1, 16, sim_parse_interface},
	{"alternate", 1, 16, sim_parse_alternate},
	{"endpoint", 3, 16, sim_parse_endpoint_line},
	{"extra", 1, UINT32_MAX, sim_parse_extra},
	{"report", 1, UINT32_MAX, sim_parse_report},
	{"loopback", 2, 4, sim_parse_loopback},
	{"echo", 2, 4, sim_parse_loopback},
	{"source", 2, 8, sim_parse_source},
	{"sink", 1, 2, sim_parse_sink},
	{"nak", 1, 1, sim_parse_nak},
	{"keyboard", 2, 5, sim_parse_keyboard},
	{"control", 2, UINT32_MAX, sim_parse_control},
	{"script", 0, 0, sim_parse_script},
};

static int
parse_line(struct sim_parser *p)
{
	unsigned words = (unsigned)p->lex.n_words - 1;

	if (p->in_script)
		return sim_parse_step(p);
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		const struct keyword *k = &keywords[i];

		if (!sim_parse_is(p, 0, k->name))
			continue;
		if (words < k->min)
			return sim_parse_fail(p, "%s: something is missing", k->name);
		if (words > k->max)
			return sim_parse_fail(p, "%s: too many words", k->name);
		if (!p->model && k->parse != parse_device)
			return sim_parse_fail(p, "%s: not in a device", k->name);
		return k->parse(p);
	}
	return sim_parse_fail(p, "\"%s\" is not a keyword", sim_parse_word(p, 0));
}

int
sim_parse(const char *file, const char *text, size_t len, struct list *models, char **ret_why)
{
	struct sim_parser p = {
		.file = file,
		.lex = {.at = text, .end = text + len, .next_line = 1},
		.ret_why = ret_why,
		.models = models,
	};
	const char *why = NULL;
	int r;

	*ret_why = NULL;
	if (len == 0)
		return 0;
	while ((r = sim_lex(&p.lex, &why)) > 0) {
		r = parse_line(&p);
		if (r < 0)
			break;
	}
	if (why)
		r = sim_parse_fail(&p, "%s", why);
	if (r == 0)
		r = finish(&p);
	sim_lex_free(&p.lex);
	sim_bytes_free(&p.raw);
	sim_bytes_free(&p.configs);
	sim_model_unref(p.model);
	return r;
}
