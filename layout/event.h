/* SPDX-License-Identifier: MIT */
/*
 * The lines of the file events. Words with one blank in between, ready for a shell's read:
 *
 *     ACTION PATH VVVV:PPPP CLASS INTERFACES [NUMBER DRIVER]
 *     add 1-2.4 1d6b:0104 00/00/00 03/01/01+ff/00/00
 *     bind 1-2.4 1d6b:0104 00/00/00 03/01/01+ff/00/00 0 usbhid
 *
 * PATH is the directory of the device in the root of the tree. CLASS is class, subclass and protocol
 * of the device, INTERFACES those of the interfaces of the configuration in force, or - where there
 * is none; for remove, of the configuration that was in force last. What is no letter, digit or one of #+-.:=@_ in a word from outside is written as % and two
 * hexadecimal digits.
 */
#ifndef USBFUSE_EVENT_H
#define USBFUSE_EVENT_H

#include "layout/layout.h"

/* What has happened between two snapshots of a device, one after the other: begin with AT 0 and
 * call until it returns NULL. The next action ("bind", "unbind", "change"); for the first two *RET
 * is the interface, of the newer or the older snapshot. A change that no snapshot shows is one as
 * well. */
const char *event_next(const struct snapshot *old, const struct snapshot *new, unsigned *at,
	const struct snapshot_interface **ret);

/* The line for a device in the tree, with its newline; I: NULL, or an interface whose driver is to
 * be named. malloc'ed, NUL-terminated. 0, -ENOENT, -ENOMEM. */
int event_line(const struct layout *l, uint64_t seq, const char *action,
	const struct snapshot_interface *i, char **ret);

/* The first device after SEQ, in order of their coming; 0: there is none. */
uint64_t layout_next_device(const struct layout *l, uint64_t seq);

#endif
