/* SPDX-License-Identifier: MIT */
/* libusb's two sets of codes as the errors of backend/backend.h. */
#ifndef USBFUSE_USB_ERRNO_H
#define USBFUSE_USB_ERRNO_H

/* Of a libusb function's result: enum libusb_error. What is not negative gives 0. */
int usb_errno_from_result(int result);

/* Of one that ended in an ioctl of usbfs: ERROR is the errno that it left, for what libusb has no
 * code for. */
int usb_errno_from_ioctl(int result, int error);

/* Of a transfer: enum libusb_transfer_status. */
int usb_errno_from_status(int status);

/* Of opening a device's node: ERROR is a positive errno. */
int usb_errno_from_open(int error);

#endif
