/* SPDX-License-Identifier: MIT */
/* Commands of the control socket that are about one endpoint, or one of its streams. */
#include "backend/sim/command-endpoint.h"

#include <errno.h>

static int
queue(struct sim_command *c, enum sim_item_kind kind, unsigned unit, const struct sim_bytes *data)
{
	if (!(c->address & 0x80))
		return sim_command_fail(c, "not an IN endpoint");
	if (sim_queue_push(&c->endpoint->queue, kind, unit, data->data, data->len) < 0)
		return -ENOMEM;
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

int
sim_command_give(struct sim_command *c)
{
	struct sim_bytes data = {0};
	int r = sim_parse_bytes(&c->p, 3, &data);

	if (r == 0 && data.len == 0)
		r = sim_command_fail(c, "no bytes; zlp gives none");
	if (r == 0)
		r = queue(c, SIM_ITEM_PACKETS, c->endpoint->packet, &data);
	sim_bytes_free(&data);
	return r;
}

int
sim_command_zlp(struct sim_command *c)
{
	return queue(c, SIM_ITEM_PACKETS, c->endpoint->packet, &(struct sim_bytes){0});
}

int
sim_command_stall(struct sim_command *c)
{
	if (c->endpoint->type == DESC_ISO)
		return sim_command_fail(c, "isochronous endpoints do not stall");
	if ((c->address & 0x80) && !sim_parse_is(&c->p, 3, "now"))
		return queue(c, SIM_ITEM_STALL, 0, &(struct sim_bytes){0});
	sim_endpoint_owner(c->endpoint)->halted = true;
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

int
sim_command_babble(struct sim_command *c)
{
	unsigned n;
	int r = sim_parse_number(&c->p, 3, 1, 65536, &n);

	return r < 0 ? r : queue(c, SIM_ITEM_BABBLE, n, &(struct sim_bytes){0});
}

int
sim_command_pause(struct sim_command *c)
{
	bool pause = sim_parse_is(&c->p, 0, "pause");

	if (c->endpoint->type == DESC_ISO)
		sim_iso_pause(c->device, c->endpoint, pause);
	c->endpoint->paused = pause;
	sim_device_touch(c->device, c->endpoint);
	return sim_bytes_print(c->reply, "ok\n");
}

int
sim_command_taken(struct sim_command *c)
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

int
sim_command_counters(struct sim_command *c)
{
	const struct sim_endpoint *e = c->endpoint;

	return sim_bytes_print(c->reply,
		"ok submitted=%llu completed=%llu cancelled=%llu pending=%u max_pending=%u "
		"queued=%zu missed=%llu wrong=%llu\n",
		(unsigned long long)e->submitted, (unsigned long long)e->completed,
		(unsigned long long)e->cancelled, e->n_pending, e->max_pending,
		sim_queue_size(&e->queue), (unsigned long long)e->missed,
		(unsigned long long)e->wrong);
}

int
sim_command_iso_error(struct sim_command *c)
{
	bool io = sim_parse_is(&c->p, 4, "io");
	unsigned n;
	int r = sim_parse_number(&c->p, 3, 0, UINT32_MAX, &n);

	if (r < 0)
		return r;
	if (c->endpoint->type != DESC_ISO)
		return sim_command_fail(c, "not an isochronous endpoint");
	if (sim_parse_word(&c->p, 4) && !io)
		return sim_command_fail(c, "io, or nothing, is what may follow");
	c->endpoint->errors = n;
	c->endpoint->error = io ? -EIO : -EXDEV;
	return sim_bytes_print(c->reply, "ok\n");
}
