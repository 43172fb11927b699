/* SPDX-License-Identifier: MIT */
/*
 * An open device. Everything here runs on the device's worker and needs no lock; the libusb
 * context is the device's own, so that no other thread is ever in it.
 */
#ifndef USBFUSE_USB_DEVICE_H
#define USBFUSE_USB_DEVICE_H

#include <libusb.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/util/list.h"

struct usb_backend;

struct usb_device {
	struct backend_device base;

	/* Constant while open. */
	struct usb_backend *backend;
	struct snapshot *snapshot; /* as of open() */
	libusb_context *context;
	libusb_device_handle *handle;
	int node;  /* the device's own node */
	int epoll; /* holds whatever libusb wants to be woken by */
	/* For each endpoint address, the interfaces that have it in some setting. */
	uint32_t endpoint_interfaces[32];
	uint32_t printers; /* interfaces that are one in some setting */

	uint32_t claimed; /* interfaces */
	/* For each endpoint address, how many streams it has in use. */
	uint32_t streams[32];
	bool gone; /* unplugged: libusb has let go of the node, or said so */
	bool closing;

	/* struct slot: libusb transfers to use again; [true]: those with room for packets */
	struct list idle[2];
	struct list flying; /* struct slot: between submit() and done() */
};

/* As the functions of struct backend_ops; the others of its second half are in transfer.h and
 * streams.h. */
int usb_device_open(struct backend *b, struct snapshot *s, struct backend_device **ret);
void usb_device_close(struct backend_device *base);
int usb_device_fd(struct backend_device *base);
int usb_device_dispatch(struct backend_device *base);
int usb_device_claim(struct backend_device *base, uint8_t interface);
int usb_device_release(struct backend_device *base, uint8_t interface);
int usb_device_detach_driver(struct backend_device *base, uint8_t interface);
int usb_device_attach_driver(struct backend_device *base, uint8_t interface);
int usb_device_set_alternate(struct backend_device *base, uint8_t interface, uint8_t alternate);
int usb_device_set_configuration(struct backend_device *base, int value);
int usb_device_clear_halt(struct backend_device *base, uint8_t endpoint);
int usb_device_reset(struct backend_device *base);

static inline struct usb_device *
usb_device(struct backend_device *base)
{
	return container_of(base, struct usb_device, base);
}

static inline unsigned
usb_device_slot(uint8_t endpoint)
{
	return (endpoint & 0x0f) | (endpoint & 0x80) >> 3;
}

/* The interfaces that have this endpoint, as bits. */
static inline uint32_t
usb_device_interfaces(const struct usb_device *d, uint8_t endpoint)
{
	return d->endpoint_interfaces[usb_device_slot(endpoint)];
}

/* The bit of an interface in such sets; 0 for those beyond what usbfs can claim. */
static inline uint32_t
usb_device_bit(unsigned interface)
{
	return interface < 32 ? UINT32_C(1) << interface : 0;
}

#endif
