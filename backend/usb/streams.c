/* SPDX-License-Identifier: MIT */
/*
 * Allocating bulk streams, and knowing which there are: the kernel refuses a transfer for a
 * stream that is not there with an error that says nothing.
 */
#include "backend/usb/streams.h"

#include <errno.h>

#include "backend/desc.h"
#include "backend/usb/errno.h"
#include "backend/util/macro.h"

enum {
	/* What usbfs accepts; it never gives more than the endpoint has. */
	STREAMS_MIN = 2,
	STREAMS_MAX = 65533, /* USB 3.2 section 8.12.1.4: the IDs above are reserved */
};

/* usbfs would claim the interface on the quiet. */
static int
check(const struct usb_device *d, uint8_t endpoint)
{
	uint32_t interfaces = usb_device_interfaces(d, endpoint);

	if (!interfaces)
		return -ENOENT;
	return interfaces & d->claimed ? 0 : -EINVAL;
}

int
usb_streams_alloc(struct backend_device *base, uint8_t endpoint, unsigned n)
{
	struct usb_device *d = usb_device(base);
	uint32_t *streams = &d->streams[usb_device_slot(endpoint)];
	unsigned asked = n < STREAMS_MIN ? STREAMS_MIN : n > STREAMS_MAX ? STREAMS_MAX : n;
	int r = check(d, endpoint);

	if (r < 0)
		return r;
	if (n == 0 || *streams)
		return -EINVAL;
	errno = 0;
	r = libusb_alloc_streams(d->handle, asked, &endpoint, 1);
	/* What we could ask wrongly has been looked at: usbfs says so when the device is not
	 * SuperSpeed, when its endpoint has no streams, or when the controller's driver has none. */
	if (r == LIBUSB_ERROR_INVALID_PARAM)
		return -EOPNOTSUPP;
	if (r < 0)
		return usb_errno_from_ioctl(r, errno);
	*streams = (unsigned)r < n ? (unsigned)r : n;
	return (int)*streams;
}

int
usb_streams_free(struct backend_device *base, uint8_t endpoint)
{
	struct usb_device *d = usb_device(base);
	uint32_t *streams = &d->streams[usb_device_slot(endpoint)];
	int r = check(d, endpoint);

	if (r < 0)
		return r;
	if (!*streams)
		return -EINVAL;
	errno = 0;
	r = libusb_free_streams(d->handle, &endpoint, 1);
	if (r < 0)
		return usb_errno_from_ioctl(r, errno);
	*streams = 0;
	return 0;
}

bool
usb_streams_match(const struct usb_device *d, const struct transfer *t)
{
	uint32_t streams = d->streams[usb_device_slot(t->endpoint)];

	if (t->type != DESC_BULK)
		return t->stream == 0;
	return t->stream <= streams && (t->stream == 0) == (streams == 0);
}

void
usb_streams_forget(struct usb_device *d, uint32_t interfaces)
{
	for (size_t i = 0; i < ARRAY_SIZE(d->streams); i++)
		if (d->endpoint_interfaces[i] & interfaces)
			d->streams[i] = 0;
}
