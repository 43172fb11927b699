/* SPDX-License-Identifier: MIT */
/* Who may open a virtual device: what a real one has a node below /dev/bus/usb for. */
#ifndef USBFUSE_SIM_NODE_H
#define USBFUSE_SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/snapshot.h"

struct sim_parser;

enum { SIM_ACL_MAX = 16 };

struct sim_node {
	uid_t uid;
	gid_t gid;
	mode_t mode;
	struct snapshot_acl acl[SIM_ACL_MAX]; /* as in a snapshot */
	size_t n_acl;
};

/* The one that a device has when nothing is said: this process's own. */
struct sim_node sim_node_default(void);

/* Words I.. of a line: what they say is changed in *NODE, or nothing is. */
int sim_parse_node(struct sim_parser *p, size_t i, struct sim_node *node);

/* 0 or -ENOMEM. */
int sim_node_describe(const struct sim_node *node, struct snapshot *s);

/* May this process open it for reading and writing? */
bool sim_node_admits(const struct sim_node *node);

#endif
