/* SPDX-License-Identifier: MIT */
/*
 * A transfer of up to TRANSFER_MAX_PACKETS is one URB: libusb splits longer ones, and a part of
 * those may be cancelled or never submitted on its own. usbfs has each URB begin in the interval
 * that follows the one before, if that was submitted in time.
 */
#include "backend/usb/packets.h"

#include <errno.h>

#include "backend/usb/errno.h"

int
usb_packets_check(const struct transfer *t)
{
	size_t sum = 0;

	if (!t->packets || t->n_packets < 1 || t->n_packets > TRANSFER_MAX_PACKETS)
		return -EINVAL;
	for (unsigned i = 0; i < t->n_packets; i++)
		sum += t->packets[i].length;
	return sum == t->length ? 0 : -EINVAL;
}

void
usb_packets_give(const struct transfer *t, struct libusb_transfer *l)
{
	l->num_iso_packets = (int)t->n_packets;
	for (unsigned i = 0; i < t->n_packets; i++)
		/* The results are for a transfer that ends with its device: libusb fills in none
		 * then, and what is there would be of the transfer before. */
		l->iso_packet_desc[i] = (struct libusb_iso_packet_descriptor){
			.length = t->packets[i].length,
			.status = LIBUSB_TRANSFER_ERROR,
		};
}

/* libusb has one code for a bad packet and for one that was missed (-EXDEV, which is also how
 * the kernel marks packets until it gets to them). In a transfer that was cut off it is the latter. */
static int
status_of(const struct libusb_transfer *l, int status)
{
	if (status == LIBUSB_TRANSFER_ERROR && l->status != LIBUSB_TRANSFER_COMPLETED)
		return -EXDEV;
	return usb_errno_from_status(status);
}

size_t
usb_packets_take(struct transfer *t, const struct libusb_transfer *l)
{
	size_t sum = 0;

	for (unsigned i = 0; i < t->n_packets; i++) {
		struct transfer_packet *p = &t->packets[i];

		p->actual = l->iso_packet_desc[i].actual_length;
		p->status = status_of(l, l->iso_packet_desc[i].status);
		sum += p->actual;
	}
	return sum;
}
