/* SPDX-License-Identifier: MIT */
/*
 * The life of a transfer: submit, done or cancel, done. libusb's transfer objects are kept for the
 * next submission, so that a device that is warmed up allocates nothing here.
 *
 * No transfer but a control transfer ever has a timeout of libusb's: when one expires, bytes that
 * are on the wire are lost. Who waits may time out; the transfer stays.
 */
#include "backend/usb/transfer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/usb/errno.h"
#include "backend/usb/mapped.h"
#include "backend/usb/packets.h"
#include "backend/usb/streams.h"
#include "backend/util/log.h"

enum {
	SETUP_SIZE = 8,
	CONTROL_MAX = 4096, /* what usbfs takes in a data stage */

	/* bmRequestType, USB 2.0 table 9-2 */
	REQUEST_TYPE = 0x60,
	REQUEST_VENDOR = 0x40,
	REQUEST_OF_PRINTER = 0xa1, /* IN, class, interface */
	RECIPIENT = 0x1f,
	RECIPIENT_INTERFACE = 1,
	RECIPIENT_ENDPOINT = 2,
};

struct slot {
	struct list node;  /* in usb_device.idle or .flying */
	struct list *home; /* where it goes when it is idle */
	struct usb_device *device;
	struct libusb_transfer *libusb;
	struct transfer *transfer; /* while flying */
	struct mapped mapped;      /* what it carries instead of the transfer's buffer, perhaps */
};

static struct slot *
take_slot(struct usb_device *d, bool packets)
{
	struct slot *slot = list_first(&d->idle[packets], struct slot, node);

	if (slot) {
		list_del(&slot->node);
		return slot;
	}
	slot = calloc(1, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->libusb = libusb_alloc_transfer(packets ? TRANSFER_MAX_PACKETS : 0);
	if (!slot->libusb) {
		free(slot);
		return NULL;
	}
	list_init(&slot->node);
	slot->home = &d->idle[packets];
	slot->device = d;
	return slot;
}

static void
free_slots(struct list *idle)
{
	list_for_each_safe (pos, next, idle) {
		struct slot *slot = list_entry(pos, struct slot, node);

		list_del(&slot->node);
		mapped_free(&slot->mapped, slot->device->handle);
		libusb_free_transfer(slot->libusb);
		free(slot);
	}
}

void
usb_transfer_free_idle(struct usb_device *d)
{
	free_slots(&d->idle[false]);
	free_slots(&d->idle[true]);
}

/* usbfs claims an interface on the quiet when a standard or class request is for it, or for one of
 * its endpoints. Nobody would know of that claim, so such a request needs one beforehand. */
static int
check_recipient(const struct usb_device *d, const unsigned char *setup)
{
	uint32_t interfaces;

	if ((setup[0] & REQUEST_TYPE) == REQUEST_VENDOR)
		return 0;
	/* A printer's GET_DEVICE_ID has its interface in the high byte, and is let through. */
	if (setup[0] == REQUEST_OF_PRINTER && setup[1] == 0 &&
		d->printers & usb_device_bit(setup[5]))
		return 0;
	switch (setup[0] & RECIPIENT) {
	case RECIPIENT_INTERFACE:
		return d->claimed & usb_device_bit(setup[4]) ? 0 : -EINVAL;
	case RECIPIENT_ENDPOINT:
		if ((setup[4] & 0x0f) == 0)
			return 0;
		interfaces = usb_device_interfaces(d, setup[4]);
		/* usbfs forgives the wrong direction. */
		if (!interfaces)
			interfaces = usb_device_interfaces(d, setup[4] ^ LIBUSB_ENDPOINT_IN);
		if (!interfaces)
			return -ENOENT;
		return d->claimed & interfaces ? 0 : -EINVAL;
	default:
		return 0;
	}
}

static int
check_control(const struct usb_device *d, const struct transfer *t)
{
	size_t data;

	if (t->length < SETUP_SIZE || t->length > SETUP_SIZE + CONTROL_MAX)
		return -EINVAL;
	data = t->buffer[6] | t->buffer[7] << 8;
	if (t->length < SETUP_SIZE + data)
		return -EINVAL;
	return check_recipient(d, t->buffer);
}

static int
check(const struct usb_device *d, const struct transfer *t)
{
	uint32_t interfaces = usb_device_interfaces(d, t->endpoint);
	uint32_t bit = usb_device_bit(t->interface);

	if (t->priv || t->length > INT_MAX)
		return -EINVAL;
	if (t->endpoint == 0)
		return check_control(d, t);
	if (t->type == DESC_CONTROL || t->type > DESC_INTERRUPT)
		return -EINVAL;
	if (!(interfaces & bit))
		return -ENOENT;
	if (!(d->claimed & bit) || !usb_streams_match(d, t))
		return -EINVAL;
	return t->type == DESC_ISO ? usb_packets_check(t) : 0;
}

static bool
is_in(const struct libusb_transfer *l)
{
	uint8_t direction = l->type == LIBUSB_TRANSFER_TYPE_CONTROL ? l->buffer[0] : l->endpoint;

	return direction & LIBUSB_ENDPOINT_IN;
}

static int
status_of(const struct libusb_transfer *l)
{
	/* When the kernel kills a transfer on its own account (someone else reset the device or
	 * unbound the interface), libusb takes it for completed. No OUT completes short. */
	if (l->status == LIBUSB_TRANSFER_COMPLETED && l->type != LIBUSB_TRANSFER_TYPE_CONTROL &&
		l->type != LIBUSB_TRANSFER_TYPE_ISOCHRONOUS && !is_in(l) &&
		l->actual_length < l->length)
		return -EIO;
	return usb_errno_from_status(l->status);
}

static void LIBUSB_CALL
complete(struct libusb_transfer *l)
{
	struct slot *slot = l->user_data;
	struct transfer *t = slot->transfer;

	t->status = status_of(l);
	if (l->type == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS)
		t->actual = usb_packets_take(t, l);
	else
		t->actual = l->actual_length > 0 ? l->actual_length : 0;
	if (slot->mapped.mem && l->buffer == slot->mapped.mem && is_in(l))
		memcpy(t->buffer, l->buffer, t->actual);
	t->priv = NULL;
	/* The slot is free before done(), which may well submit again. */
	slot->transfer = NULL;
	list_del(&slot->node);
	list_prepend(slot->home, &slot->node);
	t->done(t);
}

static unsigned char
libusb_type(const struct transfer *t)
{
	if (t->endpoint == 0)
		return LIBUSB_TRANSFER_TYPE_CONTROL;
	if (t->type == DESC_ISO)
		return LIBUSB_TRANSFER_TYPE_ISOCHRONOUS;
	if (t->type == DESC_INTERRUPT)
		return LIBUSB_TRANSFER_TYPE_INTERRUPT;
	return t->stream ? LIBUSB_TRANSFER_TYPE_BULK_STREAM : LIBUSB_TRANSFER_TYPE_BULK;
}

int
usb_transfer_submit(struct backend_device *base, struct transfer *t)
{
	struct usb_device *d = usb_device(base);
	struct slot *slot;
	int r = check(d, t);

	if (r < 0)
		return r;
	slot = take_slot(d, libusb_type(t) == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS);
	if (!slot)
		return -ENOMEM;
	*slot->libusb = (struct libusb_transfer){
		.dev_handle = d->handle,
		.endpoint = t->endpoint,
		.type = libusb_type(t),
		.flags = t->flags & TRANSFER_ADD_ZLP && !(t->endpoint & LIBUSB_ENDPOINT_IN)
				 ? LIBUSB_TRANSFER_ADD_ZERO_PACKET
				 : 0,
		.timeout = t->endpoint == 0 ? t->timeout_ms : 0,
		.length = (int)t->length,
		.callback = complete,
		.user_data = slot,
		.buffer = t->buffer,
	};
	if (slot->libusb->type == LIBUSB_TRANSFER_TYPE_BULK &&
		mapped_get(&slot->mapped, d->handle, t->length, !list_empty(&d->flying))) {
		slot->libusb->buffer = slot->mapped.mem;
		if (!is_in(slot->libusb))
			memcpy(slot->mapped.mem, t->buffer, t->length);
	}
	if (slot->libusb->type == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS)
		usb_packets_give(t, slot->libusb);
	else if (slot->libusb->type == LIBUSB_TRANSFER_TYPE_BULK_STREAM)
		libusb_transfer_set_stream_id(slot->libusb, t->stream);
	slot->transfer = t;
	errno = 0;
	r = libusb_submit_transfer(slot->libusb);
	if (r < 0) {
		slot->transfer = NULL;
		list_prepend(slot->home, &slot->node);
		if (r == LIBUSB_ERROR_NO_DEVICE)
			d->gone = true;
		return usb_errno_from_ioctl(r, errno);
	}
	list_append(&d->flying, &slot->node);
	t->priv = slot;
	return 0;
}

static void
cancel_slot(struct slot *slot)
{
	int r = libusb_cancel_transfer(slot->libusb);

	/* Both mean that the completion is on its way. */
	if (r < 0 && r != LIBUSB_ERROR_NOT_FOUND && r != LIBUSB_ERROR_NO_DEVICE)
		log_warn("%s: cancelling a transfer: %s, proceeding", slot->device->snapshot->name,
			libusb_error_name(r));
}

void
usb_transfer_cancel(struct backend_device *base, struct transfer *t)
{
	(void)base;
	/* Nothing in flight: done() was called already. */
	if (t->priv)
		cancel_slot(t->priv);
}

void
usb_transfer_cancel_interfaces(struct usb_device *d, uint32_t interfaces)
{
	list_for_each (pos, &d->flying) {
		struct slot *slot = list_entry(pos, struct slot, node);
		const struct transfer *t = slot->transfer;

		if (t->endpoint != 0 && usb_device_bit(t->interface) & interfaces)
			cancel_slot(slot);
	}
}
