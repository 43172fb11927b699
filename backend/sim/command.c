/* SPDX-License-Identifier: MIT */
/*
 * The commands of the control socket; README.md describes them for users. See command.h. What they
 * do to an endpoint is in command-endpoint.c.
 */
#include "backend/sim/command-endpoint.h"

#include <errno.h>
#include <string.h>

int
sim_command_fail(struct sim_command *c, const char *why)
{
	return sim_parse_fail(&c->p, "%s", why);
}

static int
run_list(struct sim_command *c)
{
	int r = sim_bytes_print(c->reply, "ok");

	list_for_each (pos, &c->sim->slots) {
		struct sim_slot *s = list_entry(pos, struct sim_slot, node);

		r |= sim_bytes_print(c->reply, " %s,%s,", s->model->name, s->name);
		r |= s->device
			     ? sim_bytes_print(c->reply, "%llu", (unsigned long long)s->device->seq)
			     : sim_bytes_print(c->reply, "-");
	}
	r |= sim_bytes_print(c->reply, "\n");
	return r ? -ENOMEM : 0;
}

static int
run_plug(struct sim_command *c)
{
	struct sim_slot *slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));
	char *why = NULL;
	int r;

	if (!slot) {
		r = sim_load_file(c->sim, sim_parse_word(&c->p, 1), &why);
		if (r < 0 && why)
			r = sim_command_fail(c, why);
		free(why);
		return r < 0 ? r : sim_bytes_print(c->reply, "ok\n");
	}
	if (slot->inserted)
		return sim_command_fail(c, "it is plugged in already");
	slot->inserted = true;
	if (!sim_hub_powers(c->sim, slot))
		return sim_command_fail(c, "plugged in, but the hub gives it no power");
	r = sim_plug(c->sim, slot);
	sim_hubs_follow(c->sim);
	return r < 0 ? r
		     : sim_bytes_print(c->reply, "ok %s %llu\n", slot->name,
			       (unsigned long long)slot->device->seq);
}

static int
run_unplug(struct sim_command *c)
{
	struct sim_slot *slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));

	if (!slot)
		return sim_command_fail(c, "no such device");
	if (!slot->device && !slot->inserted)
		return sim_command_fail(c, "it is not plugged in");
	slot->inserted = false;
	sim_unplug(c->sim, slot);
	sim_hubs_follow(c->sim);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_node(struct sim_command *c)
{
	int r = sim_parse_node(&c->p, 2, &c->device->permissions);

	if (r < 0)
		return r;
	c->device->changed = true;
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_opened(struct sim_command *c)
{
	struct sim_device *d = c->device;
	const char *comma = "";
	unsigned n = 0;
	int r;

	list_for_each (pos, &d->handles)
		n++;
	r = sim_bytes_print(c->reply, "ok open=%u times=%u claimed=", n, d->times_opened);
	for (size_t i = 0; i < d->n_interfaces; i++) {
		if (!d->interfaces[i].claimer)
			continue;
		r |= sim_bytes_print(c->reply, "%s%u", comma, d->interfaces[i].number);
		comma = ",";
	}
	r |= sim_bytes_print(c->reply, " configuration=%d\n", d->config);
	return r ? -ENOMEM : 0;
}

static int
run_over_current(struct sim_command *c)
{
	unsigned number;
	int r = sim_parse_number(&c->p, 2, 1, 255, &number);
	struct sim_port *p = r < 0 ? NULL : sim_hub_port(c->device, number);

	if (r < 0)
		return r;
	if (!p)
		return sim_command_fail(c, "no such port");
	p->over_current = sim_parse_is(&c->p, 3, "1");
	if (p->over_current) {
		p->over_currents++;
		sim_hub_power(c->device, p, false);
	}
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_wedge(struct sim_command *c)
{
	bool set = sim_parse_is(&c->p, 0, "wedge");
	unsigned bits = 0;

	for (size_t i = 2; i < c->p.lex.n_words; i++) {
		unsigned bit = sim_wedge_by_name(sim_parse_word(&c->p, i));

		if (!bit)
			return sim_command_fail(c, "no such call");
		bits |= bit;
	}
	if (set)
		c->device->wedges |= bits;
	else
		c->device->wedges &= bits ? ~bits : 0;
	pthread_cond_broadcast(&c->device->unwedged);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
wait_for(struct sim_command *c, enum sim_wait_kind kind, size_t word, unsigned long max)
{
	unsigned number;
	int r = sim_parse_number(&c->p, word, 0, max, &number);

	if (r < 0)
		return r;
	c->wait->kind = kind;
	c->wait->slot = c->slot;
	c->wait->endpoint = c->address;
	c->wait->stream = c->stream;
	c->wait->number = number;
	return 0;
}

static int
run_wait_taken(struct sim_command *c)
{
	return wait_for(c, SIM_WAIT_TAKEN, 3, UINT32_MAX);
}

static int
run_wait_pending(struct sim_command *c)
{
	return wait_for(c, SIM_WAIT_PENDING, 3, UINT32_MAX);
}

static int
run_wait_opened(struct sim_command *c)
{
	return wait_for(c, SIM_WAIT_OPENED, 2, 1);
}

static int
run_wait_plugged(struct sim_command *c)
{
	return wait_for(c, SIM_WAIT_PLUGGED, 2, 1);
}

static int
run_wait_claimed(struct sim_command *c)
{
	unsigned interface;
	int r = sim_parse_number(&c->p, 2, 0, 255, &interface);

	if (r == 0)
		r = wait_for(c, SIM_WAIT_CLAIMED, 3, 1);
	c->wait->interface = (uint8_t)interface;
	return r;
}

enum needs { NOTHING, SLOT, DEVICE, ENDPOINT };

static const struct {
	const char *name;
	enum needs needs;
	unsigned min, max; /* words after it */
	int (*run)(struct sim_command *c);
} commands[] = {
	{"list", NOTHING, 0, 0, run_list},
	{"plug", NOTHING, 1, 1, run_plug},
	{"unplug", NOTHING, 1, 1, run_unplug},
	{"give", ENDPOINT, 2, UINT32_MAX, sim_command_give},
	{"zlp", ENDPOINT, 2, 2, sim_command_zlp},
	{"stall", ENDPOINT, 2, 3, sim_command_stall},
	{"babble", ENDPOINT, 3, 3, sim_command_babble},
	{"pause", ENDPOINT, 2, 2, sim_command_pause},
	{"resume", ENDPOINT, 2, 2, sim_command_pause},
	{"iso-error", ENDPOINT, 3, 4, sim_command_iso_error},
	{"taken", ENDPOINT, 2, 3, sim_command_taken},
	{"counters", ENDPOINT, 2, 2, sim_command_counters},
	{"wait-taken", ENDPOINT, 3, 3, run_wait_taken},
	{"wait-pending", ENDPOINT, 3, 3, run_wait_pending},
	{"node", DEVICE, 2, UINT32_MAX, run_node},
	{"opened", DEVICE, 1, 1, run_opened},
	{"wait-opened", SLOT, 2, 2, run_wait_opened},
	{"wait-plugged", SLOT, 2, 2, run_wait_plugged},
	{"wait-claimed", SLOT, 3, 3, run_wait_claimed},
	{"over-current", DEVICE, 3, 3, run_over_current},
	{"wedge", DEVICE, 2, 16, run_wedge},
	{"unwedge", DEVICE, 1, 16, run_wedge},
};

/* Finds what words 1 and 2 name. */
static int
find(struct sim_command *c, enum needs needs)
{
	unsigned address;
	int r;

	if (needs == NOTHING)
		return 0;
	c->slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));
	if (!c->slot)
		return sim_command_fail(c, "no such device");
	if (needs == SLOT)
		return 0;
	if (!c->slot->device)
		return sim_command_fail(c, "it is not plugged in");
	if (needs == ENDPOINT) {
		r = sim_parse_code(&c->p, 2, 0xff, &address);
		if (r < 0)
			return r;
		c->address = (uint8_t)address;
	}
	return 0;
}

/* Takes "stream=N" out of the words, if it follows that of the endpoint. */
static int
take_stream(struct sim_command *c)
{
	static const char key[] = "stream=";
	struct sim_lexer *lex = &c->p.lex;
	int r;

	if (lex->n_words < 4 || lex->words[3].quoted ||
		strncmp(lex->words[3].text, key, sizeof(key) - 1) != 0)
		return 0;
	lex->words[3].text += sizeof(key) - 1;
	r = sim_parse_number(&c->p, 3, 1, 65536, &c->stream);
	lex->n_words--;
	memmove(&lex->words[3], &lex->words[4], (lex->n_words - 3) * sizeof(lex->words[0]));
	return r;
}

/* The endpoint in force, or its stream. The device is locked. */
static int
find_endpoint(struct sim_command *c)
{
	struct sim_endpoint *e = sim_device_endpoint(c->device, c->address);

	if (!e->in_force)
		return sim_command_fail(c, "no such endpoint in force");
	if (c->stream && sim_streams_need(c->device, e) < 0)
		return -ENOMEM;
	c->endpoint = sim_streams_get(e, c->stream);
	return c->endpoint ? 0 : sim_command_fail(c, "the endpoint has no such stream");
}

static int
run(struct sim_command *c, size_t k)
{
	struct sim_device *d;
	int r = find(c, commands[k].needs);

	if (r < 0 || commands[k].needs < DEVICE)
		return r < 0 ? r : commands[k].run(c);
	d = c->device = c->slot->device;
	pthread_mutex_lock(&d->lock);
	if (commands[k].needs == ENDPOINT)
		r = find_endpoint(c);
	if (r == 0)
		r = commands[k].run(c);
	sim_device_run(d);
	sim_device_notify(d);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static int
run_line(struct sim_command *c)
{
	for (size_t k = 0; k < ARRAY_SIZE(commands); k++) {
		size_t words;
		int r;

		if (!sim_parse_is(&c->p, 0, commands[k].name))
			continue;
		r = commands[k].needs == ENDPOINT ? take_stream(c) : 0;
		if (r < 0)
			return r;
		words = c->p.lex.n_words - 1;
		if (words < commands[k].min || words > commands[k].max)
			return sim_command_fail(c, "wrong number of words");
		return run(c, k);
	}
	return sim_command_fail(c, "no such command");
}

int
sim_command(
	struct sim *s, const char *line, size_t len, struct sim_bytes *reply, struct sim_wait *wait)
{
	char *why = NULL;
	const char *bad = NULL;
	struct sim_command c = {
		.sim = s,
		.p = {.lex = {.at = line, .end = line + len, .next_line = 1}, .ret_why = &why},
		.reply = reply,
		.wait = wait,
	};
	size_t before = reply->len;
	int r = sim_lex(&c.p.lex, &bad);

	if (r > 0)
		r = run_line(&c);
	else if (r == 0)
		r = sim_command_fail(&c, "an empty line");
	if (bad)
		r = sim_command_fail(&c, bad);
	if (r < 0) {
		reply->len = before;
		wait->kind = SIM_WAIT_NONE;
		r = sim_bytes_print(reply, "error %s\n", why ? why : strerror(-r));
	}
	sim_lex_free(&c.p.lex);
	free(why);
	return r;
}
