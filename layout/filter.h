/* SPDX-License-Identifier: MIT */
/*
 * Which of the devices that are plugged in there are at all: rules by id, class and port. What the
 * rules say of a device does not change while it is plugged in: they look at all its configurations.
 *
 * A device is in if some rule allows it, or none allows anything; unless a rule denies it.
 */
#ifndef USBFUSE_FILTER_H
#define USBFUSE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/snapshot.h"

struct filter_rule;

/* Zero: everything is in. */
struct filter {
	struct filter_rule *rules;
	size_t n_rules;
};

/* What a rule may be, for messages. */
#define FILTER_SPELLING "046d:c52b, 046d:*, class=08, class=03/01/01, 1-2 or 1-2.*"

/* Adds a rule. -EINVAL: SPEC makes no sense. */
int filter_add(struct filter *f, bool allow, const char *spec);

/* No memory counts as no. */
bool filter_admits(const struct filter *f, const struct snapshot *s);

void filter_free(struct filter *f);

#endif
