/* SPDX-License-Identifier: MIT */
/* The commands of the control socket: a line in, a line out. On the bus's thread. */
#ifndef USBFUSE_SIM_COMMAND_H
#define USBFUSE_SIM_COMMAND_H

#include <stdbool.h>

#include "backend/sim/sim.h"

enum sim_wait_kind {
	SIM_WAIT_NONE,
	SIM_WAIT_TAKEN,
	SIM_WAIT_PENDING,
	SIM_WAIT_OPENED,
	SIM_WAIT_PLUGGED,
	SIM_WAIT_CLAIMED,
};

/* What a connection waits for before it gets its answer. */
struct sim_wait {
	enum sim_wait_kind kind;
	struct sim_slot *slot;
	uint8_t endpoint, interface;
	unsigned stream;
	uint64_t number;
};

/* Runs a line of LEN bytes. Appends the reply to REPLY, with its newline; or fills *WAIT and says
 * nothing yet. 0 or -ENOMEM. */
int sim_command(struct sim *s, const char *line, size_t len, struct sim_bytes *reply,
	struct sim_wait *wait);

/* Whether what was waited for is there, and the reply has been appended. */
bool sim_wait_over(const struct sim_wait *wait, struct sim_bytes *reply);

#endif
