/* SPDX-License-Identifier: MIT */
/*
 * Who owns the interfaces of a device: the verbs of `driver` files, and drivers of the kernel that we
 * have taken away and owe. All of it the worker's, unless said otherwise.
 *
 * A driver may have several interfaces, and loses all of them with one (a modem's has two, a sound
 * card's three). So what goes by the detaching of one interface is noted as one group, and given
 * back as one.
 */
#ifndef USBFUSE_DRIVER_H
#define USBFUSE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "layout/ctl.h"

struct device;
struct file;
struct fs;

/* Carries out a verb that was written to F, of type DRIVER. -errno, and the device's complaint says
 * why. */
int driver_command(struct device *d, const struct file *f, const struct ctl_command *c);

/* Gives up our claim of INTERFACE, if there is one. Nothing new is started on it before
 * quiesce_resume_all(). */
int driver_let_go(struct device *d, uint8_t interface);

/* The handle is closed: no interface is claimed any more. */
void driver_let_go_all(struct device *d);

/* Gives back the drivers of all interfaces from which they were detached. */
void driver_restore_all(struct device *d);

/* Those interfaces are no more: nothing is owed. Also on the main thread while no worker runs. */
void driver_forget_all(struct device *d);

/* ---- on the main thread ---- */

/* Before anything is served: gives back what a daemon that has died had taken away, as far as it is
 * in the journal and nobody else has it by now. Waits for that a few seconds at most. */
void driver_recover(struct fs *fs);

#endif
