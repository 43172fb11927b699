/* SPDX-License-Identifier: MIT */
/* The keywords that say how a device behaves: what its endpoints do, and its own control requests. */
#include "backend/sim/parser.h"

#include <errno.h>
#include <string.h>

enum { BUFFER_DEFAULT = 64 << 10, BUFFER_MAX = 64 << 20 };

/* A behaviour that applies where it is written: in this alternate setting, or everywhere. */
static int
add(struct sim_parser *p, enum sim_behaviour_kind kind, int direction, struct sim_behaviour **ret)
{
	struct sim_behaviour *b;
	uint8_t endpoint;
	int r = sim_parse_endpoint(p, 1, direction, &endpoint);

	if (r < 0)
		return r;
	b = sim_grow(&p->model->behaviours, &p->model->n_behaviours, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->config = p->config;
	b->interface = p->interface;
	b->alternate = p->alternate;
	b->endpoint = endpoint;
	b->kind = kind;
	b->line = p->lex.line;
	*ret = b;
	return 0;
}

static int
unknown_option(struct sim_parser *p, size_t i)
{
	return sim_parse_fail(
		p, "%s: \"%s\" is not known here", sim_parse_word(p, 0), sim_parse_word(p, i));
}

int
sim_parse_loopback(struct sim_parser *p)
{
	bool echo = sim_parse_is(p, 0, "echo");
	uint64_t buffer = BUFFER_DEFAULT;
	struct sim_behaviour *b;
	int r = add(p, echo ? SIM_ECHO : SIM_LOOPBACK, 0, &b);

	if (r == 0)
		r = sim_parse_endpoint(p, 2, 0x80, &b->peer);
	for (size_t i = 3; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "buffer"))
			r = sim_parse_size(p, ++i, &buffer);
		else
			r = unknown_option(p, i);
	}
	if (r == 0 && buffer > BUFFER_MAX)
		r = sim_parse_fail(p, "a buffer of more than 64M");
	if (r == 0)
		b->buffer = buffer;
	return r;
}

int
sim_parse_source(struct sim_parser *p)
{
	static const char *const patterns[] = {"counter", "zero", "none"};
	struct sim_behaviour *b;
	unsigned pattern = 0;
	int r = add(p, SIM_SOURCE, 0x80, &b);

	if (r < 0)
		return r;
	while (pattern < ARRAY_SIZE(patterns) && !sim_parse_is(p, 2, patterns[pattern]))
		pattern++;
	if (pattern == ARRAY_SIZE(patterns))
		return sim_parse_fail(p, "source: counter, zero or none is missing");
	b->pattern = (enum sim_pattern)pattern;
	for (size_t i = 3; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "messages"))
			r = sim_parse_size(p, ++i, &b->message);
		else if (sim_parse_is(p, i, "total"))
			r = sim_parse_size(p, ++i, &b->total);
		else if (sim_parse_is(p, i, "packets"))
			r = sim_parse_size(p, ++i, &b->packet);
		else
			r = unknown_option(p, i);
	}
	return r;
}

int
sim_parse_sink(struct sim_parser *p)
{
	struct sim_behaviour *b;
	int r = add(p, SIM_SINK, 0, &b);

	if (r < 0 || p->lex.n_words == 2)
		return r;
	b->check = true;
	return sim_parse_is(p, 2, "check") ? 0 : unknown_option(p, 2);
}

int
sim_parse_nak(struct sim_parser *p)
{
	struct sim_behaviour *b;

	return add(p, SIM_NAK, -1, &b);
}

int
sim_parse_keyboard(struct sim_parser *p)
{
	struct sim_behaviour *b;
	int r = add(p, SIM_KEYBOARD, 0x80, &b);

	if (r < 0)
		return r;
	if (!p->lex.words[2].quoted || p->lex.words[2].len == 0)
		return sim_parse_fail(p, "keyboard: a text in quotes is missing");
	b->every_ms = 10;
	r = sim_bytes_add(&b->text, p->lex.words[2].text, p->lex.words[2].len);
	for (size_t i = 3; r == 0 && i < p->lex.n_words; i++) {
		if (sim_parse_is(p, i, "every"))
			r = sim_parse_number(p, ++i, 0, 3600000, &b->every_ms);
		else if (sim_parse_is(p, i, "repeat"))
			b->repeat = true;
		else
			r = unknown_option(p, i);
	}
	return r;
}

/* RT-RQ-VVVV-IIII in hex; a * instead of a number stands for any. */
static int
parse_request(struct sim_parser *p, int ret[4])
{
	const char *word = sim_parse_word(p, 1), *c = word;

	for (unsigned k = 0; k < 4; k++) {
		unsigned digits = k < 2 ? 2 : 4;
		int value = 0;

		if (k && *c++ != '-')
			return sim_parse_fail(p, "\"%s\" is not RT-RQ-VVVV-IIII in hex", word);
		if (*c == '*') {
			c++;
			ret[k] = -1;
			continue;
		}
		for (; digits; digits--, c++) {
			if (sim_hex_digit(*c) < 0)
				return sim_parse_fail(
					p, "\"%s\" is not RT-RQ-VVVV-IIII in hex", word);
			value = value * 16 + sim_hex_digit(*c);
		}
		ret[k] = value;
	}
	return *c ? sim_parse_fail(p, "\"%s\" is not RT-RQ-VVVV-IIII in hex", word) : 0;
}

int
sim_parse_control(struct sim_parser *p)
{
	static const struct {
		const char *word;
		enum sim_control_action action;
	} actions[] = {
		{"accept", SIM_CONTROL_ACCEPT},
		{"stall", SIM_CONTROL_STALL},
		{"nak", SIM_CONTROL_NAK},
		{"keep", SIM_CONTROL_KEEP},
		{"reply", SIM_CONTROL_REPLY},
	};
	struct sim_control_rule *rule;
	size_t k = 0;
	int r;

	rule = sim_grow(&p->model->rules, &p->model->n_rules, sizeof(*rule));
	if (!rule)
		return -ENOMEM;
	r = parse_request(p, rule->field);
	if (r < 0)
		return r;
	while (k < ARRAY_SIZE(actions) && !sim_parse_is(p, 2, actions[k].word))
		k++;
	if (k == ARRAY_SIZE(actions))
		return sim_parse_fail(p, "control: accept, stall, nak, keep or reply is missing");
	rule->action = actions[k].action;
	if (rule->action != SIM_CONTROL_REPLY)
		return p->lex.n_words > 3 ? unknown_option(p, 3) : 0;
	if (sim_parse_is(p, 3, "kept") && p->lex.n_words == 4) {
		rule->action = SIM_CONTROL_REPLY_KEPT;
		return 0;
	}
	return sim_parse_bytes(p, 3, &rule->data);
}

/* Somewhere there is an endpoint with that address and that type; -1: of any type. */
static bool
exists(const struct sim_model *m, uint8_t endpoint, int type)
{
	for (size_t c = 0; c < m->index->n_configs; c++)
		for (size_t i = 0; i < m->index->configs[c].n_interfaces; i++) {
			const struct desc_interface *f = &m->index->configs[c].interfaces[i];

			for (size_t a = 0; a < f->n_alts; a++) {
				const struct desc_endpoint *e =
					desc_endpoint(&f->alts[a], endpoint);

				if (e && (type < 0 || (e->attributes & 3) == type))
					return true;
			}
		}
	return false;
}

int
sim_parse_finish_behaviours(struct sim_parser *p)
{
	const struct sim_model *m = p->model;

	for (size_t i = 0; i < m->n_behaviours; i++) {
		const struct sim_behaviour *b = &m->behaviours[i];

		if (!exists(m, b->endpoint, -1))
			return sim_parse_fail_at(
				p, b->line, "%s has no endpoint %02x", m->name, b->endpoint);
		if (b->peer && !exists(m, b->peer, -1))
			return sim_parse_fail_at(
				p, b->line, "%s has no endpoint %02x", m->name, b->peer);
		if (b->packet && !exists(m, b->endpoint, DESC_ISO))
			return sim_parse_fail_at(p, b->line,
				"packets: endpoint %02x is not isochronous", b->endpoint);
	}
	for (size_t i = 0; i < m->n_scripts; i++)
		for (size_t k = 0; k < m->scripts[i].n_steps; k++) {
			const struct sim_step *s = &m->scripts[i].steps[k];

			if (s->endpoint && !exists(m, s->endpoint, -1))
				return sim_parse_fail_at(p, s->line, "%s has no endpoint %02x",
					m->name, s->endpoint);
		}
	return 0;
}
