/* SPDX-License-Identifier: MIT */
/* What the commands of the control socket share, and those of them that are about an endpoint. */
#ifndef USBFUSE_SIM_COMMAND_ENDPOINT_H
#define USBFUSE_SIM_COMMAND_ENDPOINT_H

#include "backend/sim/command.h"
#include "backend/sim/parser.h"

/* A command being run. p is there for its words: they are those of device descriptions. */
struct sim_command {
	struct sim *sim;
	struct sim_parser p;
	struct sim_bytes *reply;
	struct sim_wait *wait;

	/* what word 1 names; device is NULL when it is not plugged in */
	struct sim_slot *slot;
	struct sim_device *device; /* locked */
	/* what word 2 names, and stream=N after it, for the commands that are about an endpoint */
	uint8_t address;
	unsigned stream; /* 0: none is named */
	struct sim_endpoint *endpoint;
};

/* -EINVAL, and the reply will say why. */
int sim_command_fail(struct sim_command *c, const char *why);

int sim_command_give(struct sim_command *c);
int sim_command_zlp(struct sim_command *c);
int sim_command_stall(struct sim_command *c);
int sim_command_babble(struct sim_command *c);
int sim_command_pause(struct sim_command *c); /* and resume */
int sim_command_iso_error(struct sim_command *c);
int sim_command_taken(struct sim_command *c);
int sim_command_counters(struct sim_command *c);

#endif
