/* SPDX-License-Identifier: MIT */
/*
 * Virtual hubs: the class requests for their ports (USB 2.0 section 11.24, USB 3.2 section 10.16),
 * and which of the devices below them have power. What is plugged into a port that has none, or into
 * a hub that is not there, is off the bus and comes back with the power.
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/sim/sim.h"
#include "backend/util/log.h"

enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	GET_DESCRIPTOR = 6,

	PORT_POWER = 8,
	PORT_INDICATOR = 22,

	STATUS_CONNECTION = 1 << 0,
	STATUS_ENABLE = 1 << 1,
	STATUS_OVER_CURRENT = 1 << 3,
	STATUS_POWER = 1 << 8,
	STATUS_LOW_SPEED = 1 << 9,
	STATUS_HIGH_SPEED = 1 << 10,
	STATUS_INDICATOR = 1 << 12,
	STATUS_SUPER_POWER = 1 << 9,
	STATUS_RX_DETECT = 5 << 5,
};

static int
reply(const uint8_t setup[8], struct transfer *t, const uint8_t *data, size_t len)
{
	size_t room = (size_t)(setup[6] | setup[7] << 8);

	t->actual = len < room ? len : room;
	memcpy(t->buffer + 8, data, t->actual);
	return 0;
}

static int
reply_descriptor(const struct sim_model *m, const uint8_t setup[8], struct transfer *t)
{
	bool super = m->speed >= SIM_SUPER;
	size_t bitmap = m->n_ports / 8 + 1;
	uint8_t out[7 + 2 * 32] = {0, super ? 0x2a : 0x29, (uint8_t)m->n_ports,
		(uint8_t)(m->hub_switching | (m->hub_indicators ? 0x80 : 0)), 0, 50, 0};

	if (setup[3] != out[1])
		return -EPIPE;
	/* USB 2.0 table 11-13; USB 3.2 table 10-3. */
	out[0] = super ? 12 : (uint8_t)(7 + 2 * bitmap);
	if (!super)
		memset(out + 7 + bitmap, 0xff, bitmap);
	return reply(setup, t, out, out[0]);
}

static int
reply_status(const struct sim_model *m, const struct sim_port *p, const uint8_t setup[8],
	struct transfer *t)
{
	bool super = m->speed >= SIM_SUPER;
	unsigned s = (p->child ? STATUS_CONNECTION | STATUS_ENABLE : 0) |
		     (p->over_current ? STATUS_OVER_CURRENT : 0);

	if (p->power)
		s |= super ? STATUS_SUPER_POWER : STATUS_POWER;
	if (super && !p->child)
		s |= STATUS_RX_DETECT;
	if (!super && p->child)
		s |= p->speed == SIM_LOW    ? STATUS_LOW_SPEED
		     : p->speed >= SIM_HIGH ? STATUS_HIGH_SPEED
					    : 0;
	if (!super && p->indicator)
		s |= STATUS_INDICATOR;
	return reply(setup, t, (uint8_t[]){(uint8_t)s, (uint8_t)(s >> 8), 0, 0}, 4);
}

static int
set_feature(struct sim_device *d, struct sim_port *p, const uint8_t setup[8], bool set)
{
	switch (setup[2] | setup[3] << 8) {
	case PORT_POWER:
		if (d->model->hub_switching <= SIM_HUB_INDIVIDUAL)
			sim_hub_power(d, p, set);
		return 0;
	case PORT_INDICATOR:
		if (!d->model->hub_indicators)
			return -EPIPE;
		p->indicator = set ? setup[5] : 0;
		return 0;
	default:
		return -EPIPE;
	}
}

int
sim_hub_request(struct sim_device *d, struct transfer *t)
{
	const uint8_t *setup = t->buffer;
	struct sim_port *p = sim_hub_port(d, setup[4]);

	if (!d->model->n_ports)
		return -EPIPE;
	if (setup[0] == 0xa0 && setup[1] == GET_DESCRIPTOR)
		return reply_descriptor(d->model, setup, t);
	if (setup[0] == 0xa0 && setup[1] == GET_STATUS)
		return reply(setup, t, (uint8_t[4]){0}, 4);
	if (!p)
		return -EPIPE;
	if (setup[0] == 0xa3 && setup[1] == GET_STATUS)
		return reply_status(d->model, p, setup, t);
	if (setup[0] == 0x23 && (setup[1] == SET_FEATURE || setup[1] == CLEAR_FEATURE))
		return set_feature(d, p, setup, setup[1] == SET_FEATURE);
	return -EPIPE;
}

struct sim_port *
sim_hub_port(struct sim_device *d, unsigned n)
{
	return n > 0 && n <= d->model->n_ports ? &d->ports[n - 1] : NULL;
}

void
sim_hub_power(struct sim_device *d, struct sim_port *p, bool on)
{
	if (p->power == on)
		return;
	p->power = on;
	if (!on)
		p->child = false;
	d->ports_changed = true;
}

/* ---- on the bus's thread ---- */

/* The hub that SLOT is plugged into, and at which port; NULL: none that we know of. */
static struct sim_slot *
hub_of(struct sim *s, const struct sim_slot *slot, unsigned *ret_port)
{
	const char *dot = strrchr(slot->port, '.');
	char port[64];
	struct sim_slot *hub;

	if (!dot)
		return NULL;
	snprintf(port, sizeof(port), "%.*s", (int)(dot - slot->port), slot->port);
	hub = sim_slot_at(s, slot->bus, port);
	*ret_port = (unsigned)strtoul(dot + 1, NULL, 10);
	return hub && *ret_port <= hub->model->n_ports ? hub : NULL;
}

bool
sim_hub_powers(struct sim *s, const struct sim_slot *slot)
{
	unsigned n;
	struct sim_slot *hub = hub_of(s, slot, &n);
	bool on;

	if (!hub || !hub->device)
		return !hub;
	pthread_mutex_lock(&hub->device->lock);
	on = !hub->device->gone && sim_hub_port(hub->device, n)->power;
	pthread_mutex_unlock(&hub->device->lock);
	return on;
}

void
sim_hub_connect(struct sim *s, const struct sim_slot *slot)
{
	unsigned n;
	struct sim_slot *hub = hub_of(s, slot, &n);
	struct sim_port *p;

	if (!hub || !hub->device)
		return;
	pthread_mutex_lock(&hub->device->lock);
	p = sim_hub_port(hub->device, n);
	p->child = slot->device && p->power;
	p->speed = slot->model->speed;
	pthread_mutex_unlock(&hub->device->lock);
}

void
sim_hubs_follow(struct sim *s)
{
	bool again = s->hubs;

	while (again) {
		again = false;
		list_for_each (pos, &s->slots) {
			struct sim_slot *slot = list_entry(pos, struct sim_slot, node);
			bool wanted = slot->inserted && sim_hub_powers(s, slot);

			if (wanted == (slot->device != NULL))
				continue;
			again = true;
			if (!wanted)
				sim_unplug(s, slot);
			else if (sim_plug(s, slot) < 0) {
				log_err("%s: out of memory, it does not come back", slot->name);
				slot->inserted = false;
			}
		}
	}
	if (!s->hubs)
		return;
	list_for_each (pos, &s->slots)
		sim_hub_connect(s, list_entry(pos, struct sim_slot, node));
}
