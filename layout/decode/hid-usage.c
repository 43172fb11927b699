/* SPDX-License-Identifier: MIT */
/* Looks names of usages up; those of pages that only count are made. See hid-usage.h. */
#include "layout/decode/hid-usage.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "backend/util/macro.h"

enum {
	PAGE_KEYBOARD = 0x07,
	PAGE_BUTTON = 0x09,
	PAGE_ORDINAL = 0x0a,
	PAGE_UNICODE = 0x10,
	PAGE_MONITOR_ENUMERATED = 0x81,
	PAGE_VENDOR = 0xff00, /* and all above */
};

/* Those whose usages are only counted: what stands before the number. */
static const struct hid_page counted[] = {
	{PAGE_BUTTON, "Button", NULL},
	{PAGE_ORDINAL, "Instance", NULL},
	{PAGE_MONITOR_ENUMERATED, "Enumerated Value", NULL},
	{0, NULL, NULL},
};

/* Those without names of usages here. */
static const struct hid_page bare[] = {
	{0x00, "Undefined", NULL},
	{PAGE_BUTTON, "Button", NULL},
	{PAGE_ORDINAL, "Ordinal", NULL},
	{PAGE_UNICODE, "Unicode", NULL},
	{0x11, "SoC", NULL},
	{PAGE_MONITOR_ENUMERATED, "Monitor Enumerated", NULL},
	{0x92, "Gaming Device", NULL},
	{0, NULL, NULL},
};

static const struct hid_page *
find(const struct hid_page *pages, uint16_t page)
{
	for (; pages->name; pages++)
		if (pages->page == page)
			return pages;
	return NULL;
}

static const struct hid_page *
find_page(uint16_t page)
{
	static const struct hid_page *const tables[] = {
		hid_pages_input, hid_pages_consumer, hid_pages_sensor, hid_pages_other, bare};
	const struct hid_page *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(tables) && !found; i++)
		found = find(tables[i], page);
	return found;
}

void
hid_page_name(uint16_t page, char ret[HID_NAME])
{
	const struct hid_page *found = find_page(page);

	if (found)
		snprintf(ret, HID_NAME, "%s", found->name);
	else if (page >= PAGE_VENDOR)
		snprintf(ret, HID_NAME, "Vendor 0x%04x", page);
	else
		snprintf(ret, HID_NAME, "Page 0x%02x", page);
}

/* The N-th of NAMES and its length; NULL: there are not so many, or it is empty. */
static const char *
nth(const char *names, unsigned n, int *ret_len)
{
	for (; n > 0; n--) {
		names = strchr(names, ';');
		if (!names)
			return NULL;
		names++;
	}
	*ret_len = (int)strcspn(names, ";");
	return *ret_len ? names : NULL;
}

static const char *
find_name(const struct hid_page *page, uint16_t id, int *ret_len)
{
	const char *name = NULL;

	/* Ascending, and none reaches into the next. */
	for (const struct hid_run *r = page->runs; r && r->names && r->first <= id; r++)
		name = nth(r->names, (unsigned)id - r->first, ret_len);
	return name;
}

/* They are called "Keypad 5" and "Keyboard A"; the table has the latter without the first word. */
static bool
is_key(uint32_t usage, const char *name)
{
	return usage >> 16 == PAGE_KEYBOARD && (usage & 0xffff) > 3 &&
	       strncmp(name, "Keypad ", 7) != 0;
}

void
hid_usage_name(uint32_t usage, char ret[HID_NAME])
{
	uint16_t page = (uint16_t)(usage >> 16), id = (uint16_t)usage;
	const struct hid_page *known = find_page(page), *count = find(counted, page);
	const char *name;
	char title[HID_NAME];
	int len = 0;

	name = known ? find_name(known, id, &len) : NULL;
	if (name)
		snprintf(
			ret, HID_NAME, "%s%.*s", is_key(usage, name) ? "Keyboard " : "", len, name);
	else if (id == 0 && page == PAGE_KEYBOARD)
		snprintf(ret, HID_NAME, "No Key");
	else if (id == 0 && page == PAGE_BUTTON)
		snprintf(ret, HID_NAME, "No Button");
	else if (count)
		snprintf(ret, HID_NAME, "%s %u", count->name, id);
	else if (page == PAGE_UNICODE)
		snprintf(ret, HID_NAME, "U+%04X", id);
	else {
		hid_page_name(page, title);
		snprintf(ret, HID_NAME, "%.80s: 0x%02x", title, id);
	}
}
