/* SPDX-License-Identifier: MIT */
/* The ownership of one interface: what the verbs in driver_command.c are made of. On the worker, the
 * device is open. Whoever calls these calls quiesce_resume_all() at the end. */
#ifndef USBFUSE_DRIVER_ONE_H
#define USBFUSE_DRIVER_ONE_H

#include "fs/device.h"
#include "fs/driver.h"

/* Claims it, as worker_claim(), with a complaint if somebody has it. */
int driver_claim(struct device *d, uint8_t interface);

/* It stays claimed also if nobody uses it. */
void driver_hold(struct device *d, uint8_t interface);

/* Takes it away from its driver, if it has one. What goes by that is added to LOST. */
int driver_detach(struct device *d, uint8_t interface, uint8_t lost[32]);

/* Gives up our claim and has the kernel bind its driver; with all that was lost with this one. */
int driver_attach(struct device *d, uint8_t interface);

/* Undoes driver_detach(), as far as it can be. */
int driver_give_back(struct device *d, const uint8_t lost[32]);

/* Has that very driver bound, instead of whoever has it now, us included. */
int driver_bind(struct device *d, uint8_t interface, const char *driver);

#endif
