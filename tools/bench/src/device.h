/* SPDX-License-Identifier: MIT */
/* The device that a program of the benchmark talks to with libusb, without usbfuse. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <libusb.h>

extern libusb_device_handle *device_handle;

/* R, of libusb: an error ends the program, with WHAT in the message. */
void device_check(const char *what, int r);

/* NAME as in sysfs: "3-1". */
void device_open(const char *name);

/* Claims the interface that has the endpoint in its first setting. */
void device_claim(unsigned endpoint);

#endif
