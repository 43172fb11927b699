/* SPDX-License-Identifier: MIT */
/*
 * Putting a configuration of a device in force, by a write to its bConfigurationValue or by a
 * control request, and what follows from it: claims that are given up, endpoints that are none any
 * more, drivers that need not be given back, because the kernel looks for those of the new
 * interfaces by itself.
 */
#ifndef USBFUSE_CONFIGURATION_H
#define USBFUSE_CONFIGURATION_H

#include <stdbool.h>

struct device;
struct request;
struct snapshot;

/* Is there a configuration of that value, as far as the descriptors in S tell? 0 is the state
 * without one. 0, -EINVAL or -ENOMEM. Any thread. */
int configuration_exists(const struct snapshot *s, unsigned value);

/* ---- on the worker ---- */

/* Puts the configuration of that value in force; 0: none. With the value that is in force already
 * every interface goes back to setting 0, no endpoint is halted any more, and files stay what they
 * are. -EINVAL: there is no such configuration; -EBUSY: somebody else owns an interface of the one
 * in force, and nothing has changed. The device's complaint says more. */
int configuration_set(struct device *d, unsigned value);

/* After that: answers R, which is BUSY, when the tree shows it. */
void configuration_answer(struct device *d, struct request *r);

/* Has another configuration than CONFIG been put in force, of which the main thread does not know
 * yet? Until then such endpoints may even be opened. */
bool configuration_is_off(const struct device *d, int config);

#endif
