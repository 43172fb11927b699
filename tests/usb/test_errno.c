/* SPDX-License-Identifier: MIT */
/* The error codes of the usb backend: every code of libusb has a meaning in the contract. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <libusb.h>

#include "backend/usb/errno.h"

static int
in_contract(int e)
{
	switch (e) {
	case 0:
	case -EPIPE:
	case -ETIMEDOUT:
	case -EOVERFLOW:
	case -ENODEV:
	case -EBUSY:
	case -EACCES:
	case -ECANCELED:
	case -ENOMEM:
	case -ENOENT:
	case -EINVAL:
	case -EOPNOTSUPP:
	case -EIO:
		return 1;
	default:
		return 0;
	}
}

int
main(void)
{
	for (int code = -120; code <= 0; code++)
		assert(in_contract(usb_errno_from_result(code)));
	for (int code = -1; code <= 20; code++)
		assert(in_contract(usb_errno_from_status(code)));
	for (int code = 1; code <= 140; code++)
		assert(in_contract(usb_errno_from_open(code)) && usb_errno_from_open(code) != 0);

	assert(usb_errno_from_result(LIBUSB_SUCCESS) == 0);
	assert(usb_errno_from_result(12) == 0);
	assert(usb_errno_from_result(LIBUSB_ERROR_BUSY) == -EBUSY);
	assert(usb_errno_from_result(LIBUSB_ERROR_NO_DEVICE) == -ENODEV);
	assert(usb_errno_from_result(LIBUSB_ERROR_NO_MEM) == -ENOMEM);
	assert(usb_errno_from_result(LIBUSB_ERROR_NOT_FOUND) == -ENOENT);
	assert(usb_errno_from_result(LIBUSB_ERROR_OTHER) == -EIO);

	for (int code = -120; code <= 0; code++)
		for (int error = 0; error <= 140; error++)
			assert(in_contract(usb_errno_from_ioctl(code, error)));
	assert(usb_errno_from_ioctl(LIBUSB_ERROR_IO, ENOMEM) == -ENOMEM);
	assert(usb_errno_from_ioctl(LIBUSB_ERROR_IO, 0) == -EIO);
	assert(usb_errno_from_ioctl(LIBUSB_ERROR_NO_DEVICE, ENOMEM) == -ENODEV);
	assert(usb_errno_from_ioctl(LIBUSB_ERROR_OTHER, ENOSYS) == -EOPNOTSUPP);

	assert(usb_errno_from_status(LIBUSB_TRANSFER_COMPLETED) == 0);
	assert(usb_errno_from_status(LIBUSB_TRANSFER_STALL) == -EPIPE);
	assert(usb_errno_from_status(LIBUSB_TRANSFER_OVERFLOW) == -EOVERFLOW);
	assert(usb_errno_from_status(LIBUSB_TRANSFER_CANCELLED) == -ECANCELED);
	assert(usb_errno_from_status(LIBUSB_TRANSFER_NO_DEVICE) == -ENODEV);
	assert(usb_errno_from_status(LIBUSB_TRANSFER_ERROR) == -EIO);

	assert(usb_errno_from_open(EPERM) == -EACCES);
	assert(usb_errno_from_open(ENOENT) == -ENODEV);
	return 0;
}
