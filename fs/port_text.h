/* SPDX-License-Identifier: MIT */
/* What the status of a port means, in words. */
#ifndef USBFUSE_PORT_TEXT_H
#define USBFUSE_PORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "layout/layout.h"

/* The text of a file of TYPE, malloc'ed: STATUS is wPortStatus (USB 2.0 table 11-21, USB 3.2 table
 * 10-13: SUPER), SET the indicator that we have chosen. 0 or -ENOMEM. */
int port_text(enum layout_type type, bool super, unsigned status, unsigned set, char **ret,
	size_t *ret_len);

#endif
