/* SPDX-License-Identifier: MIT */
/*
 * Carries out what is written to the ctl file of a device, or to those of its attributes that can be
 * written. On the worker, because all of it may take as long as the device likes.
 */
#ifndef USBFUSE_VERB_H
#define USBFUSE_VERB_H

#include "fs/request.h"
#include "layout/ctl.h"

struct device;

/* A line of R's text: 0 or -errno. R's follow and why say what its answer waits for, and what was
 * in the way. */
int verb_run(struct request *r, const struct ctl_command *c);

/* While a verb is at work: `status` says so, in a word like "resetting". NULL: it is done. */
void verb_busy(struct device *d, const char *what);

/* Writes the attribute NAME, wherever the device stands; NULL only asks whether that is possible. */
int verb_set_attr(struct request *r, const char *name, const char *value);

#endif
