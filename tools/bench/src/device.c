/* SPDX-License-Identifier: MIT */
/* A device for the benchmark's programs, by libusb; see device.h. */
#include "tools/bench/src/device.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

libusb_device_handle *device_handle;

void
device_check(const char *what, int r)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, libusb_error_name(r));
	exit(1);
}

static bool
is_called(libusb_device *d, const char *name)
{
	uint8_t ports[8];
	char text[64];
	int n = libusb_get_port_numbers(d, ports, sizeof(ports)), at;

	at = snprintf(text, sizeof(text), "%d", libusb_get_bus_number(d));
	for (int i = 0; i < n; i++)
		at += snprintf(
			text + at, sizeof(text) - (size_t)at, "%c%d", i ? '.' : '-', ports[i]);
	return n > 0 && strcmp(text, name) == 0;
}

void
device_open(const char *name)
{
	libusb_device **list;
	ssize_t n;

	device_check("init", libusb_init(NULL));
	n = libusb_get_device_list(NULL, &list);
	for (ssize_t i = 0; i < n && !device_handle; i++)
		if (is_called(list[i], name))
			device_check("open", libusb_open(list[i], &device_handle));
	libusb_free_device_list(list, 1);
	if (!device_handle)
		device_check(name, LIBUSB_ERROR_NO_DEVICE);
}

void
device_claim(unsigned endpoint)
{
	struct libusb_config_descriptor *config;
	int found = -1;

	device_check("config",
		libusb_get_active_config_descriptor(libusb_get_device(device_handle), &config));
	for (int i = 0; i < config->bNumInterfaces; i++) {
		const struct libusb_interface_descriptor *d = config->interface[i].altsetting;

		for (int e = 0; e < d->bNumEndpoints; e++)
			if (d->endpoint[e].bEndpointAddress == endpoint)
				found = d->bInterfaceNumber;
	}
	libusb_free_config_descriptor(config);
	libusb_set_auto_detach_kernel_driver(device_handle, 1);
	device_check("claim",
		found < 0 ? LIBUSB_ERROR_NOT_FOUND : libusb_claim_interface(device_handle, found));
}
