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
#include <stdint.h>

struct device;
struct endpoint;
struct request;
struct snapshot;

/* Is there a setting of that number on that interface, as far as the descriptors in S tell? 0,
 * -EINVAL, or -ESHUTDOWN: CONFIG is not in force. Any thread. */
int alternate_exists(const struct snapshot *s, int config, int interface, unsigned alternate);

/* ---- on the worker ---- */

/* Puts setting ALTERNATE in force on interface NUMBER. -EINVAL: it has no such setting;
 * -ESHUTDOWN: CONFIG is not in force; -EBUSY: a driver owns it. */
int alternate_set(struct device *d, int config, int number, unsigned alternate);

/* Answers R, which has put a setting of INTERFACE in force and is BUSY, as soon as the tree shows it.
 * The caller keeps its reference. */
void alternate_answer(struct device *d, struct request *r, uint8_t interface);

/* Has another setting been put in force than the one that E belongs to? The main thread hears of
 * that later, and until then such endpoints may even be opened. */
bool alternate_is_off(const struct endpoint *e);

/* We do not hold INTERFACE (-1: any) any more, or do not care what setting it has. */
void alternate_forget(struct device *d, int interface);

/* After either that, or a claim that is to be kept, has changed: must the device stay open? */
void alternate_publish_kept(struct device *d);

#endif
