/* SPDX-License-Identifier: MIT */
/* The first half of a backend, as usbio wants it: which devices there are, and a log of events. */
#ifndef USBFUSE_TESTS_USB_PRESENCE_H
#define USBFUSE_TESTS_USB_PRESENCE_H

#include <stdbool.h>

#include "backend/backend.h"

/* Starts the backend; ends the program if it cannot be. */
void presence_start(bool print_events);
void presence_stop(void);
struct backend *presence_backend(void);

/* Waits until COUNT events have been reported in all, or that time has passed; returns how many. */
unsigned presence_wait(unsigned count, int timeout_ms);

/* A reference on the newest snapshot of a device by its name, or NULL. */
struct snapshot *presence_find(const char *name);

/* One line for each device, and with DETAILS one for each attribute. */
void presence_print(bool details);

#endif
