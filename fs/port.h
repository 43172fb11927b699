/* SPDX-License-Identifier: MIT */
/*
 * Ports of hubs: what has to be asked of the hub, or told to it, by class requests on its control
 * endpoint (USB 2.0 section 11.24, USB 3.2 section 10.16). All but port_is_asked() on the worker.
 */
#ifndef USBFUSE_PORT_H
#define USBFUSE_PORT_H

#include <stdbool.h>

#include "fs/request.h"
#include "layout/ctl.h"

struct device;
struct file;

/* Is a read of F a request to a hub? */
bool port_is_asked(const struct file *f);

/* Answers R, of kind REQUEST_QUERY, now or later. The caller keeps its reference. */
void port_query(struct request *r);

/* Carries out a line of R's text: 0, -errno or COMMAND_PARKED. */
int port_set(struct request *r, const struct ctl_command *c);

/* R has been interrupted. */
void port_stop(struct request *r);

/* Everything that hubs have been asked ends soon, and counts as in flight until then; or never
 * will, and is given up. */
void port_cancel_all(struct device *d);
void port_abandon(struct device *d);

#endif
