/* SPDX-License-Identifier: MIT */
/*
 * The devices' nodes below /dev/bus/usb: who may open them. None is opened for that, so no device
 * wakes.
 *
 * Permissions change without an event of udev's: logind gives the user at the screen an ACL, and
 * takes it away again, whenever that is another user; and there is chmod(1). So the directories are
 * watched. All but node_read() is for the hot-plug thread, or start() before there is one.
 */
#ifndef USBFUSE_USB_NODE_H
#define USBFUSE_USB_NODE_H

#include "backend/snapshot.h"
#include "backend/usb/sysfs.h"
#include "backend/usb/usb.h"

/* Once, before any other of these, and before confinement, which hides /proc. */
void node_look_at_ids(void);

/* Fills in the node of S, whose numbers are known, and its permissions: none, if there is no node.
 * 0 or -ENOMEM. */
int node_read(struct snapshot *s);

/* Without inotify, changes are seen with the next event of the device. */
void node_watch_start(struct usb_backend *b);
void node_watch_stop(struct usb_backend *b);

/* Watches the node of a device, unless that has been done. */
void node_watch(struct usb_backend *b, const struct sysfs_device *d);

/* Touches the devices whose nodes have changed. */
void node_drain(struct usb_backend *b);

#endif
