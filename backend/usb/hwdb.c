/* SPDX-License-Identifier: MIT */
/* Looks up names in udev's hardware database; see hwdb.h. */
#include "backend/usb/hwdb.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/util/macro.h"

int
hwdb_add_names(struct udev_hwdb *hwdb, struct snapshot *s)
{
	static const char *const wanted[] = {"ID_VENDOR_FROM_DATABASE", "ID_MODEL_FROM_DATABASE"};
	struct desc_span device = {.data = s->descriptors, .len = s->descriptors_len};
	struct udev_list_entry *found;
	char modalias[32];

	if (!hwdb || device.len < 12)
		return 0;
	/* The database has patterns that end in "*". */
	snprintf(modalias, sizeof(modalias), "usb:v%04Xp%04X", desc_u16(device, 8),
		desc_u16(device, 10));
	found = udev_hwdb_get_properties_list_entry(hwdb, modalias, 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct udev_list_entry *e = udev_list_entry_get_by_name(found, wanted[i]);
		const char *text = e ? udev_list_entry_get_value(e) : NULL;

		if (text && snapshot_add_attr(s, wanted[i], text, strlen(text)) < 0)
			return -ENOMEM;
	}
	return 0;
}
