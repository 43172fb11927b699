/* SPDX-License-Identifier: MIT */
/*
 * Putting an alternate setting of an interface in force, by a write to its bAlternateSetting, and
 * what follows from it: endpoints that are none any more, a tree that has to show the others before
 * the write returns, and a device that stays open, because the kernel puts setting 0 back when an
 * interface is released.
 */
#ifndef USBFUSE_ALTERNATE_H
#define USBFUSE_ALTERNATE_H

#include <stdbool.h>

struct device;
struct endpoint;
struct file;
struct request;
struct snapshot;

/* Is there a setting of that number on F's interface, as far as the descriptors in S tell? 0,
 * -EINVAL, or -ESHUTDOWN: F is of a configuration that is not in force. Any thread. */
int alternate_exists(const struct snapshot *s, const struct file *f, unsigned alternate);

/* ---- on the worker ---- */

/* Puts the setting of that number in force on F's interface. -EINVAL: it has no such setting;
 * -ESHUTDOWN: it is of a configuration that is not in force; -EBUSY: a driver owns it. */
int alternate_set(struct device *d, const struct file *f, unsigned alternate);

/* Answers R, a write that has put a setting in force and is BUSY, as soon as the tree shows it. The
 * caller keeps its reference. */
void alternate_answer(struct device *d, struct request *r);

/* Has another setting been put in force than the one that E belongs to? The main thread hears of
 * that later, and until then such endpoints may even be opened. */
bool alternate_is_off(const struct endpoint *e);

/* We do not hold INTERFACE (-1: any) any more, or do not care what setting it has. */
void alternate_forget(struct device *d, int interface);

/* After either that, or a claim that is to be kept, has changed: must the device stay open? */
void alternate_publish_kept(struct device *d);

#endif
