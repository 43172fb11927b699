/* SPDX-License-Identifier: MIT */
/*
 * Carries out what is written to ctl, driver, bAlternateSetting and bConfigurationValue files. Verbs are synchronous:
 * the write returns when the thing is done, or with its error.
 */
#ifndef USBFUSE_COMMAND_H
#define USBFUSE_COMMAND_H

#include "fs/device.h"
#include "fs/request.h"

/* What carries out a verb returns this when it goes on later: command_resume(). */
enum { COMMAND_PARKED = 1 };

/* The main thread: does every line of the LEN bytes at DATA make sense for F? 0, or -EINVAL, and
 * the endpoint's or device's ctl_error says what is wrong. */
int command_check(struct file *f, const void *data, size_t len);

/* The worker: answers R, of kind REQUEST_COMMAND, now or later. The caller keeps its reference. */
void command_run(struct request *r);

/* What the command R has waited for has come, or has failed with ERR: R goes on soon, or ends. */
void command_resume(struct request *r, int err);

/* The verb clear_halt: 0 or -errno. */
int command_clear_halt(struct device *d, struct endpoint *e);

#endif
