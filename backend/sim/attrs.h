/* SPDX-License-Identifier: MIT */
/* The operations on attributes for virtual devices, see backend/backend.h. */
#ifndef USBFUSE_SIM_ATTRS_H
#define USBFUSE_SIM_ATTRS_H

#include "backend/backend.h"

int sim_read_attr(struct backend *b, const struct snapshot *s, int interface, const char *name,
	char *buf, size_t size);
int sim_set_attr(struct backend *b, const struct snapshot *s, const char *name, const char *value,
	char **ret_why);

#endif
