/* SPDX-License-Identifier: MIT */
/*
 * Report descriptors of HID interfaces, as sysfs has them while usbhid is bound: to read one opens
 * and wakes no device. The kernel keeps a copy, which its driver for the device may have corrected.
 */
#ifndef USBFUSE_USB_HID_H
#define USBFUSE_USB_HID_H

#include "backend/snapshot.h"

/* Gives I, whose directory is DIR below FD, its report descriptor if it is known. 0 or -ENOMEM. */
int hid_read_report(int fd, const char *dir, struct snapshot_interface *i);

/* Gives the interfaces of S that have none those of OLD, an earlier snapshot of the same plug-in or
 * NULL: a report descriptor does not change when its driver goes. 0 or -ENOMEM. */
int hid_keep_reports(const struct snapshot *old, struct snapshot *s);

#endif
