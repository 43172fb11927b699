/* SPDX-License-Identifier: MIT */
/*
 * Looks at the mount point before libfuse does, to be able to say in one line what is wrong with
 * it, and to clear away what a killed predecessor left there.
 */
#ifndef USBFUSE_MOUNTPOINT_H
#define USBFUSE_MOUNTPOINT_H

/* 0, or -errno with one line in *ret_why to be freed. PATH becomes absolute in *ret_path. */
int mountpoint_prepare(const char *path, char **ret_path, char **ret_why);

#endif
