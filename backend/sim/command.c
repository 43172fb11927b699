/* SPDX-License-Identifier: MIT */
/* The commands of the control socket; README.md describes them for users. See command.h. */
#include "backend/sim/command.h"

#include <errno.h>
#include <string.h>

#include "backend/sim/parser.h"

/* A command being run. p is there for its words: they are those of device descriptions. */
struct command {
	struct sim *sim;
	struct sim_parser p;
	struct sim_bytes *reply;
	struct sim_wait *wait;

	/* what word 1 names; device is NULL when it is not plugged in */
	struct sim_slot *slot;
	struct sim_device *device; /* locked */
	/* what word 2 names, for the commands that are about an endpoint */
	uint8_t address;
	struct sim_endpoint *endpoint;
};

static int
fail(struct command *c, const char *why)
{
	return sim_parse_fail(&c->p, "%s", why);
}

static int
run_list(struct command *c)
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
run_plug(struct command *c)
{
	struct sim_slot *slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));
	char *why = NULL;
	int r;

	if (!slot) {
		r = sim_load_file(c->sim, sim_parse_word(&c->p, 1), &why);
		if (r < 0 && why)
			r = fail(c, why);
		free(why);
		return r < 0 ? r : sim_bytes_print(c->reply, "ok\n");
	}
	r = sim_plug(c->sim, slot);
	if (r == -EEXIST)
		return fail(c, "it is plugged in already");
	return r < 0 ? r
		     : sim_bytes_print(c->reply, "ok %s %llu\n", slot->name,
			       (unsigned long long)slot->device->seq);
}

static int
run_unplug(struct command *c)
{
	struct sim_slot *slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));

	if (!slot)
		return fail(c, "no such device");
	if (!slot->device)
		return fail(c, "it is not plugged in");
	sim_unplug(c->sim, slot);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
queue(struct command *c, enum sim_item_kind kind, unsigned unit, const struct sim_bytes *data)
{
	if (!(c->address & 0x80))
		return fail(c, "not an IN endpoint");
	if (sim_queue_push(&c->endpoint->queue, kind, unit, data->data, data->len) < 0)
		return -ENOMEM;
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_give(struct command *c)
{
	struct sim_bytes data = {0};
	int r = sim_parse_bytes(&c->p, 3, &data);

	if (r == 0 && data.len == 0)
		r = fail(c, "no bytes; zlp gives none");
	if (r == 0)
		r = queue(c, SIM_ITEM_PACKETS, c->endpoint->packet, &data);
	sim_bytes_free(&data);
	return r;
}

static int
run_zlp(struct command *c)
{
	return queue(c, SIM_ITEM_PACKETS, c->endpoint->packet, &(struct sim_bytes){0});
}

static int
run_stall(struct command *c)
{
	if ((c->address & 0x80) && !sim_parse_is(&c->p, 3, "now"))
		return queue(c, SIM_ITEM_STALL, 0, &(struct sim_bytes){0});
	c->endpoint->halted = true;
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_babble(struct command *c)
{
	unsigned n;
	int r = sim_parse_number(&c->p, 3, 1, 65536, &n);

	return r < 0 ? r : queue(c, SIM_ITEM_BABBLE, n, &(struct sim_bytes){0});
}

static int
run_pause(struct command *c)
{
	c->endpoint->paused = sim_parse_is(&c->p, 0, "pause");
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

static int
run_taken(struct command *c)
{
	struct sim_endpoint *e = c->endpoint;
	char *hex = malloc(2 * e->taken.len + 1);
	int r;

	if (!hex)
		return -ENOMEM;
	sim_hex(e->taken.data, e->taken.len, hex);
	r = sim_bytes_print(c->reply, "ok total=%llu packets=", (unsigned long long)e->taken_total);
	for (size_t i = 0; i < e->n_packets; i++) {
		r |= sim_bytes_print(c->reply, "%s%u", i ? "," : "", e->packets[i].size);
		if (e->packets[i].count > 1)
			r |= sim_bytes_print(c->reply, "x%u", e->packets[i].count);
	}
	r |= sim_bytes_print(c->reply, " data=%s\n", hex);
	free(hex);
	if (sim_parse_is(&c->p, 3, "clear")) {
		e->taken_total = 0;
		e->taken.len = 0;
		e->n_packets = 0;
		free(e->packets);
		e->packets = NULL;
	}
	return r ? -ENOMEM : 0;
}

static int
run_counters(struct command *c)
{
	const struct sim_endpoint *e = c->endpoint;

	return sim_bytes_print(c->reply,
		"ok submitted=%llu completed=%llu cancelled=%llu pending=%u max_pending=%u "
		"queued=%zu\n",
		(unsigned long long)e->submitted, (unsigned long long)e->completed,
		(unsigned long long)e->cancelled, e->n_pending, e->max_pending,
		sim_queue_size(&e->queue));
}

static int
run_opened(struct command *c)
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
run_wedge(struct command *c)
{
	bool set = sim_parse_is(&c->p, 0, "wedge");
	unsigned bits = 0;

	for (size_t i = 2; i < c->p.lex.n_words; i++) {
		unsigned bit = sim_wedge_by_name(sim_parse_word(&c->p, i));

		if (!bit)
			return fail(c, "no such call");
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
wait_for(struct command *c, enum sim_wait_kind kind, size_t word, unsigned long max)
{
	unsigned number;
	int r = sim_parse_number(&c->p, word, 0, max, &number);

	if (r < 0)
		return r;
	c->wait->kind = kind;
	c->wait->slot = c->slot;
	c->wait->endpoint = c->address;
	c->wait->number = number;
	return 0;
}

static int
run_wait_taken(struct command *c)
{
	return wait_for(c, SIM_WAIT_TAKEN, 3, UINT32_MAX);
}

static int
run_wait_pending(struct command *c)
{
	return wait_for(c, SIM_WAIT_PENDING, 3, UINT32_MAX);
}

static int
run_wait_opened(struct command *c)
{
	return wait_for(c, SIM_WAIT_OPENED, 2, 1);
}

static int
run_wait_plugged(struct command *c)
{
	return wait_for(c, SIM_WAIT_PLUGGED, 2, 1);
}

static int
run_wait_claimed(struct command *c)
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
	int (*run)(struct command *c);
} commands[] = {
	{"list", NOTHING, 0, 0, run_list},
	{"plug", NOTHING, 1, 1, run_plug},
	{"unplug", NOTHING, 1, 1, run_unplug},
	{"give", ENDPOINT, 2, UINT32_MAX, run_give},
	{"zlp", ENDPOINT, 2, 2, run_zlp},
	{"stall", ENDPOINT, 2, 3, run_stall},
	{"babble", ENDPOINT, 3, 3, run_babble},
	{"pause", ENDPOINT, 2, 2, run_pause},
	{"resume", ENDPOINT, 2, 2, run_pause},
	{"taken", ENDPOINT, 2, 3, run_taken},
	{"counters", ENDPOINT, 2, 2, run_counters},
	{"wait-taken", ENDPOINT, 3, 3, run_wait_taken},
	{"wait-pending", ENDPOINT, 3, 3, run_wait_pending},
	{"opened", DEVICE, 1, 1, run_opened},
	{"wait-opened", SLOT, 2, 2, run_wait_opened},
	{"wait-plugged", SLOT, 2, 2, run_wait_plugged},
	{"wait-claimed", SLOT, 3, 3, run_wait_claimed},
	{"wedge", DEVICE, 2, 16, run_wedge},
	{"unwedge", DEVICE, 1, 16, run_wedge},
};

/* Finds what words 1 and 2 name. */
static int
find(struct command *c, enum needs needs)
{
	unsigned address;
	int r;

	if (needs == NOTHING)
		return 0;
	c->slot = sim_slot_find(c->sim, sim_parse_word(&c->p, 1));
	if (!c->slot)
		return fail(c, "no such device");
	if (needs == SLOT)
		return 0;
	if (!c->slot->device)
		return fail(c, "it is not plugged in");
	if (needs == ENDPOINT) {
		r = sim_parse_code(&c->p, 2, 0xff, &address);
		if (r < 0)
			return r;
		c->address = (uint8_t)address;
		c->endpoint = sim_device_endpoint(c->slot->device, c->address);
	}
	return 0;
}

static int
run(struct command *c, size_t k)
{
	struct sim_device *d;
	int r = find(c, commands[k].needs);

	if (r < 0 || commands[k].needs < DEVICE)
		return r < 0 ? r : commands[k].run(c);
	d = c->device = c->slot->device;
	pthread_mutex_lock(&d->lock);
	if (c->endpoint && !c->endpoint->in_force)
		r = fail(c, "no such endpoint in force");
	else
		r = commands[k].run(c);
	sim_device_run(d);
	sim_device_notify(d);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static int
run_line(struct command *c)
{
	size_t words = c->p.lex.n_words - 1;

	for (size_t k = 0; k < ARRAY_SIZE(commands); k++) {
		if (!sim_parse_is(&c->p, 0, commands[k].name))
			continue;
		if (words < commands[k].min || words > commands[k].max)
			return fail(c, "wrong number of words");
		return run(c, k);
	}
	return fail(c, "no such command");
}

int
sim_command(
	struct sim *s, const char *line, size_t len, struct sim_bytes *reply, struct sim_wait *wait)
{
	char *why = NULL;
	const char *bad = NULL;
	struct command c = {
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
		r = fail(&c, "an empty line");
	if (bad)
		r = fail(&c, bad);
	if (r < 0) {
		reply->len = before;
		wait->kind = SIM_WAIT_NONE;
		r = sim_bytes_print(reply, "error %s\n", why ? why : strerror(-r));
	}
	sim_lex_free(&c.p.lex);
	free(why);
	return r;
}
