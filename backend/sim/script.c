/* SPDX-License-Identifier: MIT */
/*
 * Devices with a will of their own: scripts, which take one step after the other when what they
 * wait for has come, and keyboards, which type a text.
 */
#include "backend/sim/device.h"

#include <errno.h>
#include <string.h>

/* The script that waits for data on the endpoint, or NULL. */
static struct sim_running_script *
listener(struct sim_device *d, const struct sim_endpoint *e, const struct sim_step **ret_step)
{
	for (size_t i = 0; i < d->model->n_scripts; i++) {
		const struct sim_script *s = &d->model->scripts[i];
		const struct sim_step *step = &s->steps[d->scripts[i].pc];

		if (d->scripts[i].pc < s->n_steps && step->endpoint == e->address &&
			(step->kind == SIM_STEP_EXPECT || step->kind == SIM_STEP_ANY)) {
			*ret_step = step;
			return &d->scripts[i];
		}
	}
	return NULL;
}

int
sim_script_take(struct sim_device *d, struct sim_endpoint *e, const uint8_t *data, size_t len)
{
	const struct sim_step *step;
	struct sim_running_script *s = listener(d, e, &step);
	size_t left;

	/* A ZLP that only ends what was expected is not news for the next step. */
	if (len == 0 && e->zlp_due && !(s && step->kind == SIM_STEP_EXPECT && !step->data.len)) {
		e->zlp_due = false;
		return 1;
	}
	if (!s)
		return 0;
	e->zlp_due = false;
	left = step->data.len - s->matched;
	if (step->kind == SIM_STEP_EXPECT) {
		bool too_short = len < e->packet && len < left;

		if (len > left || too_short ||
			(len && memcmp(data, step->data.data + s->matched, len) != 0)) {
			s->matched = 0;
			return -EPIPE;
		}
		s->matched += len;
		if (len < left)
			return 1;
		e->zlp_due = len == e->packet;
	}
	s->matched = 0;
	s->pc++;
	sim_device_touch(d, &d->endpoints[0]);
	return 1;
}

/* Whether the endpoint takes more from a script: no more is queued than a host will soon want. */
static bool
has_room(const struct sim_endpoint *e)
{
	return e->in_force && sim_queue_size(&e->queue) < SIM_QUEUE_MAX;
}

static bool
push(struct sim_device *d, struct sim_endpoint *e, enum sim_item_kind kind, unsigned unit,
	const struct sim_bytes *data)
{
	if (!has_room(e) || sim_queue_push(&e->queue, kind, unit, data->data, data->len) < 0)
		return false;
	sim_device_touch(d, e);
	return true;
}

/* Takes the step if its time has come. */
static bool
take_step(struct sim_device *d, struct sim_running_script *s, const struct sim_step *step)
{
	struct sim_endpoint *e = sim_device_endpoint(d, step->endpoint);
	uint64_t now;

	switch (step->kind) {
	case SIM_STEP_EXPECT:
	case SIM_STEP_ANY:
		/* The endpoint may have been refused while another step was on. */
		sim_device_touch(d, e);
		return false;
	case SIM_STEP_GIVE:
		return push(d, e, SIM_ITEM_PACKETS, e->packet, &step->data);
	case SIM_STEP_BABBLE:
		return push(d, e, SIM_ITEM_BABBLE, step->number, &step->data);
	case SIM_STEP_STALL:
		if (step->endpoint & 0x80)
			return push(d, e, SIM_ITEM_STALL, 0, &step->data);
		e->halted = true;
		sim_device_touch(d, e);
		return true;
	case SIM_STEP_WAIT:
		return sim_queue_size(&e->queue) == 0;
	case SIM_STEP_AFTER:
		now = sim_now();
		if (s->due == 0)
			s->due = now + (uint64_t)step->number * 1000000;
		if (s->due > now) {
			sim_device_due(d, s->due);
			return false;
		}
		s->due = 0;
		return true;
	case SIM_STEP_UNPLUG:
		sim_device_unplug(d);
		return true;
	case SIM_STEP_REPEAT:
		s->pc = (size_t)-1;
		return true;
	}
	return false;
}

void
sim_script_run(struct sim_device *d)
{
	for (size_t i = 0; i < d->model->n_scripts; i++) {
		struct sim_running_script *s = &d->scripts[i];
		const struct sim_script *script = &d->model->scripts[i];

		while (!d->gone && s->pc < script->n_steps &&
			take_step(d, s, &script->steps[s->pc]))
			s->pc++;
	}
}

/* HID usage of a key on an American keyboard, and whether it takes shift (HUT section 10). */
static uint8_t
key_of(uint8_t c, bool *ret_shift)
{
	static const char plain[] = "\n\x1b\b\t -=[]\\\0;'`,./";
	static const char shifted[] = "\0\0\0\0\0_+{}|\0:\"~<>?";
	static const char digits[] = "!@#$%^&*()";
	const char *at;

	*ret_shift = false;
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 4);
	if (c >= '1' && c <= '9')
		return (uint8_t)(c - '1' + 0x1e);
	if (c == '0')
		return 0x27;
	at = c ? memchr(plain, c, sizeof(plain) - 1) : NULL;
	if (at)
		return (uint8_t)(0x28 + (at - plain));
	*ret_shift = true;
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A' + 4);
	at = c ? strchr(digits, c) : NULL;
	if (at)
		return (uint8_t)(0x1e + (at - digits));
	at = c ? memchr(shifted, c, sizeof(shifted) - 1) : NULL;
	return at ? (uint8_t)(0x28 + (at - shifted)) : 0;
}

void
sim_keyboard_run(struct sim_device *d, struct sim_endpoint *e)
{
	const struct sim_behaviour *b = e->behaviour;
	uint8_t report[8] = {0};
	uint64_t now = sim_now(), i = e->position / 2;
	bool shift;

	if (sim_queue_size(&e->queue) || (!b->repeat && i >= b->text.len))
		return;
	if (e->due > now) {
		sim_device_due(d, e->due);
		return;
	}
	/* Every key is pressed in one report and released in the next. */
	if (e->position % 2 == 0) {
		report[2] = key_of(b->text.data[i % b->text.len], &shift);
		report[0] = shift ? 0x02 : 0;
	}
	if (sim_queue_push(&e->queue, SIM_ITEM_PACKETS, sizeof(report), report, sizeof(report)) < 0)
		return;
	e->position++;
	e->due = now + (uint64_t)b->every_ms * 1000000;
}
