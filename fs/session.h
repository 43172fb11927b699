/* SPDX-License-Identifier: MIT */
/*
 * The mount: libfuse's session as a source of the main loop, signals, and the order in which
 * everything is taken down.
 */
#ifndef USBFUSE_SESSION_H
#define USBFUSE_SESSION_H

#include "fs/fs.h"

/* Mounts with libfuse's options in ARGS. -errno with one line in *ret_why to be freed. */
int session_start(struct fs *fs, struct fuse_args *args, const char *mountpoint, char **ret_why);

/* Serves until it is unmounted or told to stop by SIGINT, SIGTERM or SIGHUP. 0 or -errno. */
int session_run(struct fs *fs);

/* Ends the workers, giving drivers back, unmounts, and destroys the session. false: a device is
 * wedged, or the kernel is, and the thread that deals with it still runs: the process must end without
 * cleaning up. */
bool session_stop(struct fs *fs);

#endif
