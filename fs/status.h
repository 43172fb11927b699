/* SPDX-License-Identifier: MIT */
/*
 * The texts of the files whose contents change: status, driver, ctl. Made on the main thread from
 * what the workers publish, so reading them never waits for a device.
 */
#ifndef USBFUSE_STATUS_H
#define USBFUSE_STATUS_H

#include <stddef.h>

#include "fs/file.h"

/* The text of a file of type STATUS, DEV_STATUS, DRIVER, CTL or DEV_CTL, malloc'ed, in *ret.
 * 0 or -ENOMEM. */
int status_text(const struct file *f, char **ret, size_t *ret_len);

#endif
