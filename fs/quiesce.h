/* SPDX-License-Identifier: MIT */
/*
 * Takes back what is in flight for as long as a verb is at work that does not go together with
 * transfers. What they carried is kept. On the worker.
 */
#ifndef USBFUSE_QUIESCE_H
#define USBFUSE_QUIESCE_H

struct device;
struct endpoint;

/* Nothing is in flight on E afterwards, and nothing new is started before quiesce_resume(), also
 * after -ETIMEDOUT: the device does not give its transfers back. */
int quiesce_endpoint(struct device *d, struct endpoint *e);

/* The same for all endpoints of INTERFACE, -1: of the device, the control endpoint included. */
int quiesce_interface(struct device *d, int interface);

void quiesce_resume(struct endpoint *e);
void quiesce_resume_all(struct device *d);

#endif
