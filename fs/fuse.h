/* SPDX-License-Identifier: MIT */
/* libfuse's low-level interface, with the API version that we are written for. */
#ifndef USBFUSE_FUSE_H
#define USBFUSE_FUSE_H

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>

#endif
