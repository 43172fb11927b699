/* SPDX-License-Identifier: MIT */
/* What usages are called (HID Usage Tables). */
#ifndef USBFUSE_DECODE_HID_USAGE_H
#define USBFUSE_DECODE_HID_USAGE_H

#include <stddef.h>
#include <stdint.h>

/* Usages that follow one another: names separated by semicolons, an empty one where there is none.
 * A page's runs end with names NULL. */
struct hid_run {
	uint16_t first;
	const char *names;
};

/* A page that has names; tables end with name NULL. */
struct hid_page {
	uint16_t page;
	const char *name;
	const struct hid_run *runs;
};

extern const struct hid_page hid_pages_input[], hid_pages_consumer[], hid_pages_sensor[],
	hid_pages_other[];

enum { HID_NAME = 96 }; /* room for every name, with its NUL */

/* "Button"; for what has no name, its number. */
void hid_page_name(uint16_t page, char ret[HID_NAME]);

/* USAGE is the page and, in its lower half, the usage: "Button 3". For what has no name, numbers. */
void hid_usage_name(uint32_t usage, char ret[HID_NAME]);

#endif
