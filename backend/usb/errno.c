/* SPDX-License-Identifier: MIT */
/* libusb's codes, and those of open(), as the errors of the backend contract: a table each. */
#include "backend/usb/errno.h"

#include <errno.h>
#include <libusb.h>
#include <stddef.h>

#include "backend/util/macro.h"

struct code {
	int from, to;
};

/* What is not listed is -EIO: LIBUSB_ERROR_IO, _INTERRUPTED, _OTHER and codes to come. */
static const struct code results[] = {
	{LIBUSB_ERROR_INVALID_PARAM, -EINVAL},
	{LIBUSB_ERROR_ACCESS, -EACCES},
	{LIBUSB_ERROR_NO_DEVICE, -ENODEV},
	{LIBUSB_ERROR_NOT_FOUND, -ENOENT},
	{LIBUSB_ERROR_BUSY, -EBUSY},
	{LIBUSB_ERROR_TIMEOUT, -ETIMEDOUT},
	{LIBUSB_ERROR_OVERFLOW, -EOVERFLOW},
	{LIBUSB_ERROR_PIPE, -EPIPE},
	{LIBUSB_ERROR_NO_MEM, -ENOMEM},
	{LIBUSB_ERROR_NOT_SUPPORTED, -EOPNOTSUPP},
};

static const struct code statuses[] = {
	{LIBUSB_TRANSFER_COMPLETED, 0},
	{LIBUSB_TRANSFER_TIMED_OUT, -ETIMEDOUT},
	{LIBUSB_TRANSFER_CANCELLED, -ECANCELED},
	{LIBUSB_TRANSFER_STALL, -EPIPE},
	{LIBUSB_TRANSFER_NO_DEVICE, -ENODEV},
	{LIBUSB_TRANSFER_OVERFLOW, -EOVERFLOW},
};

/* The node goes before the device is reported as removed: no node is no device. */
static const struct code opens[] = {
	{EACCES, -EACCES},
	{EPERM, -EACCES},
	{ENOENT, -ENODEV},
	{ENOTDIR, -ENODEV},
	{ENODEV, -ENODEV},
	{ENXIO, -ENODEV},
	{EBUSY, -EBUSY},
	{ENOMEM, -ENOMEM},
};

/* What libusb has no code for, of what usbfs says. */
static const struct code ioctls[] = {
	{ENOMEM, -ENOMEM},     /* isochronous: 1.0.26 knows it for the other types only */
	{ENOENT, -ENOENT},     /* no such endpoint in the alternate setting in force */
	{ENOSYS, -EOPNOTSUPP}, /* streams: xHCI without them */
};

static int
lookup(const struct code *codes, size_t n, int from)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i].from == from)
			return codes[i].to;
	return -EIO;
}

int
usb_errno_from_result(int result)
{
	return result >= 0 ? 0 : lookup(results, ARRAY_SIZE(results), result);
}

int
usb_errno_from_ioctl(int result, int error)
{
	if (result == LIBUSB_ERROR_IO || result == LIBUSB_ERROR_OTHER)
		return lookup(ioctls, ARRAY_SIZE(ioctls), error);
	return usb_errno_from_result(result);
}

int
usb_errno_from_status(int status)
{
	return lookup(statuses, ARRAY_SIZE(statuses), status);
}

int
usb_errno_from_open(int error)
{
	return lookup(opens, ARRAY_SIZE(opens), error);
}
