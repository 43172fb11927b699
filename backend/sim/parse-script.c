/* SPDX-License-Identifier: MIT */
/* The lines between "script" and "end": steps that a device takes one after the other. */
#include "backend/sim/parser.h"

#include <errno.h>

enum { STEPS_MAX = 1 << 16 };

int
sim_parse_script(struct sim_parser *p)
{
	p->script = sim_grow(&p->model->scripts, &p->model->n_scripts, sizeof(*p->script));
	if (!p->script)
		return -ENOMEM;
	p->in_script = true;
	return 0;
}

/* "on 01 expect BYTES", "on 01 any" */
static int
parse_on(struct sim_parser *p, struct sim_step *s)
{
	int r = sim_parse_endpoint(p, 1, 0, &s->endpoint);

	if (r < 0)
		return r;
	if (sim_parse_is(p, 2, "any") && p->lex.n_words == 3) {
		s->kind = SIM_STEP_ANY;
		return 0;
	}
	if (!sim_parse_is(p, 2, "expect"))
		return sim_parse_fail(p, "on: expect or any is missing");
	s->kind = SIM_STEP_EXPECT;
	return sim_parse_bytes(p, 3, &s->data);
}

static int
parse_give(struct sim_parser *p, struct sim_step *s)
{
	int r = sim_parse_endpoint(p, 1, 0x80, &s->endpoint);

	if (r < 0)
		return r;
	if (p->lex.n_words < 3)
		return sim_parse_fail(p, "give: bytes are missing (zlp gives none)");
	return sim_parse_bytes(p, 2, &s->data);
}

static int
parse_zlp(struct sim_parser *p, struct sim_step *s)
{
	return sim_parse_endpoint(p, 1, 0x80, &s->endpoint);
}

static int
parse_stall(struct sim_parser *p, struct sim_step *s)
{
	return sim_parse_endpoint(p, 1, -1, &s->endpoint);
}

static int
parse_babble(struct sim_parser *p, struct sim_step *s)
{
	int r = sim_parse_endpoint(p, 1, 0x80, &s->endpoint);

	return r < 0 ? r : sim_parse_number(p, 2, 1, 65536, &s->number);
}

static int
parse_after(struct sim_parser *p, struct sim_step *s)
{
	return sim_parse_number(p, 1, 0, 3600000, &s->number);
}

static int
parse_nothing(struct sim_parser *p, struct sim_step *s)
{
	(void)p;
	(void)s;
	return 0;
}

/* A script that never waits for anything would keep its device busy for ever. */
static int
parse_repeat(struct sim_parser *p, struct sim_step *s)
{
	(void)s;
	for (size_t i = 0; i < p->script->n_steps; i++) {
		const struct sim_step *one = &p->script->steps[i];

		if (one->kind <= SIM_STEP_GIVE || (one->kind == SIM_STEP_AFTER && one->number))
			return 0;
	}
	return sim_parse_fail(p, "repeat: no step before it waits for anything");
}

int
sim_parse_step(struct sim_parser *p)
{
	static const struct {
		const char *name;
		enum sim_step_kind kind;
		unsigned max; /* words; 0: any number */
		int (*parse)(struct sim_parser *p, struct sim_step *s);
	} steps[] = {
		{"on", SIM_STEP_EXPECT, 0, parse_on},
		{"give", SIM_STEP_GIVE, 0, parse_give},
		{"zlp", SIM_STEP_GIVE, 2, parse_zlp},
		{"stall", SIM_STEP_STALL, 2, parse_stall},
		{"babble", SIM_STEP_BABBLE, 3, parse_babble},
		{"wait", SIM_STEP_WAIT, 2, parse_zlp},
		{"after", SIM_STEP_AFTER, 2, parse_after},
		{"unplug", SIM_STEP_UNPLUG, 1, parse_nothing},
		{"repeat", SIM_STEP_REPEAT, 1, parse_repeat},
	};
	struct sim_step s = {.line = p->lex.line}, *to;
	int r = 0;

	if (sim_parse_is(p, 0, "end") && p->lex.n_words == 1) {
		p->in_script = false;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (!sim_parse_is(p, 0, steps[i].name))
			continue;
		if (steps[i].max && p->lex.n_words > steps[i].max)
			return sim_parse_fail(p, "%s: too many words", steps[i].name);
		s.kind = steps[i].kind;
		r = steps[i].parse(p, &s);
		if (r == 0 && p->script->n_steps >= STEPS_MAX)
			r = sim_parse_fail(p, "more than %d steps", STEPS_MAX);
		to = r == 0 ? sim_grow(&p->script->steps, &p->script->n_steps, sizeof(s)) : NULL;
		if (to)
			*to = s;
		else
			sim_bytes_free(&s.data);
		return to || r < 0 ? r : -ENOMEM;
	}
	return sim_parse_fail(
		p, "\"%s\" is not a step of a script (end is missing?)", sim_parse_word(p, 0));
}
