/* SPDX-License-Identifier: MIT */
/* The command line of find: what is looked for, where, and how it is printed. */
#ifndef USBFUSE_FIND_CRITERIA_H
#define USBFUSE_FIND_CRITERIA_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/util/macro.h"

enum level { LEVEL_DEVICE, LEVEL_INTERFACE, LEVEL_ENDPOINT };

enum { CLASS_PARTS = 3 };

/* Numbers that do not matter are -1, texts NULL. Borrowed from argv. */
struct criteria {
	int vendor, product;
	const char *serial, *port, *name;
	bool by_class;
	int class[CLASS_PARTS]; /* with subclass and protocol */
	bool by_endpoint;
	int address;
	int direction;    /* 0x80: IN, 0: OUT */
	const char *type; /* as the file says */

	enum level print;
	const char *mount;
	bool wait, null, one, help;
	int64_t timeout; /* of the waiting, in ms; -1: none */
};

/* 0, or -EINVAL or -ENOMEM with a sentence in *ret_why (NULL: no memory for it). */
int criteria_parse(struct criteria *c, int argc, char **argv, char **ret_why);

/* May the device that a line of events is about match? PORT, ID and INTERFACES are words of that
 * line. What it does not say is found out by looking. */
bool criteria_may_match(
	const struct criteria *c, const char *port, const char *id, const char *interfaces);

bool criteria_class(const struct criteria *c, const unsigned class[CLASS_PARTS]);
bool criteria_endpoint(const struct criteria *c, unsigned address, const char *type);

void criteria_print_help(void);

#endif
