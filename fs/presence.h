/* SPDX-License-Identifier: MIT */
/*
 * Which devices there are: takes the backends' events from their threads to the main one, and keeps
 * the tree and the list of devices in step with them.
 */
#ifndef USBFUSE_PRESENCE_H
#define USBFUSE_PRESENCE_H

#include "fs/fs.h"

/* Starts the backend of URI and takes in the devices that are there. -errno, with one line in
 * *ret_why to be freed. */
int presence_start(struct fs *fs, const char *uri, char **ret_why);

/* From now on what comes and goes is noticed. -errno as above. */
int presence_run(struct fs *fs, char **ret_why);

/* Stops all backends. */
void presence_stop(struct fs *fs);

#endif
