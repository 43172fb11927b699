/* SPDX-License-Identifier: MIT */
/*
 * Carries out what is written to ctl and driver files. Verbs are synchronous: the write returns
 * when the thing is done, or with its error. On the device's worker.
 */
#ifndef USBFUSE_COMMAND_H
#define USBFUSE_COMMAND_H

#include "fs/device.h"
#include "fs/request.h"

/* Answers R, of kind REQUEST_COMMAND. The caller keeps its reference. */
void command_run(struct device *d, struct request *r);

/* Gives back the drivers of all interfaces from which they were detached. */
void command_restore_drivers(struct device *d);

#endif
