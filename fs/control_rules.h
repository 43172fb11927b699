/* SPDX-License-Identifier: MIT */
/*
 * Which interface has to be claimed for a control request: what usbfs wants, and no more. Pure.
 */
#ifndef USBFUSE_CONTROL_RULES_H
#define USBFUSE_CONTROL_RULES_H

#include "backend/snapshot.h"
#include "layout/setup.h"

enum { CONTROL_NO_CLAIM = -1 };

/* The interface, or CONTROL_NO_CLAIM, in *ret. 0; -ENOENT: the configuration in force has no such
 * interface or endpoint; -ENOMEM. */
int control_rules_claim(const struct snapshot *s, const struct setup *setup, int *ret);

/* Likewise, the interface that has that endpoint, whatever its setting. */
int control_rules_endpoint(const struct snapshot *s, unsigned address, int *ret);

#endif
