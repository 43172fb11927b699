/* SPDX-License-Identifier: MIT */
/* Items of report descriptors: their bytes, their names, and the words for their bits (HID 1.11
 * sections 6.2.2.2 to 6.2.2.8). */
#include <stdio.h>
#include <string.h>

#include "backend/util/macro.h"
#include "layout/decode/hid.h"

enum { LONG_PREFIX = 0xfe, LONG_HEAD = 3 };

bool
hid_next(struct desc_span *rest, size_t at, struct hid_item *ret)
{
	static const uint8_t sizes[] = {0, 1, 2, 4};
	size_t head, len;
	uint8_t prefix;

	if (rest->len == 0)
		return false;
	prefix = rest->data[0];
	*ret = (struct hid_item){.at = at, .type = (enum hid_type)(prefix >> 2 & 3)};
	ret->tag = prefix >> 4;
	head = 1;
	len = sizes[prefix & 3];
	if (prefix == LONG_PREFIX) {
		ret->type = HID_LONG;
		ret->tag = desc_u8(*rest, 2);
		head = rest->len < LONG_HEAD ? rest->len : LONG_HEAD;
		len = LONG_HEAD - head + desc_u8(*rest, 1);
	}
	ret->complete = head + len <= rest->len;
	if (!ret->complete)
		len = rest->len - head;
	ret->raw = (struct desc_span){.data = rest->data, .len = head + len};
	ret->data = (struct desc_span){.data = rest->data + head, .len = len};
	rest->data += head + len;
	rest->len -= head + len;
	return true;
}

uint32_t
hid_unsigned(const struct hid_item *i)
{
	uint32_t value = 0;

	for (size_t k = i->data.len; k-- > 0;)
		value = value << 8 | i->data.data[k];
	return value;
}

int32_t
hid_signed(const struct hid_item *i)
{
	uint32_t value = hid_unsigned(i);

	if (i->data.len == 1)
		return (int8_t)value;
	return i->data.len == 2 ? (int16_t)value : (int32_t)value;
}

const char *
hid_item_name(const struct hid_item *i)
{
	static const char *const names[][16] = {
		[HID_MAIN] = {[HID_INPUT_ITEM] = "Input",
			[HID_OUTPUT_ITEM] = "Output",
			[HID_COLLECTION] = "Collection",
			[HID_FEATURE_ITEM] = "Feature",
			[HID_END_COLLECTION] = "End Collection"},
		[HID_GLOBAL] = {"Usage Page", "Logical Minimum", "Logical Maximum",
			"Physical Minimum", "Physical Maximum", "Unit Exponent", "Unit",
			"Report Size", "Report ID", "Report Count", "Push", "Pop"},
		[HID_LOCAL] = {"Usage", "Usage Minimum", "Usage Maximum", "Designator Index",
			"Designator Minimum", "Designator Maximum", NULL, "String Index",
			"String Minimum", "String Maximum", "Delimiter"},
	};

	if (i->type == HID_LONG)
		return "Long Item";
	return i->type < ARRAY_SIZE(names) && i->tag < 16 ? names[i->type][i->tag] : NULL;
}

const char *
hid_kind_name(enum hid_kind kind)
{
	static const char *const names[] = {"Input", "Output", "Feature"};

	return names[kind];
}

/* Appends to what is in BUF. */
static void
append(char *buf, size_t size, const char *separator, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? separator : "", text);
}

void
hid_flag_words(uint32_t flags, uint8_t tag, bool only_unusual, char *buf, size_t size)
{
	static const struct {
		const char *clear, *set;
		bool always; /* worth saying also when it is clear */
	} words[] = {
		{"Data", "Constant", true},
		{"Array", "Variable", true},
		{"Absolute", "Relative", true},
		{"No Wrap", "Wrap", false},
		{"Linear", "Non Linear", false},
		{"Preferred State", "No Preferred State", false},
		{"No Null Position", "Null State", false},
		{"Non Volatile", "Volatile", false},
		{"Bit Field", "Buffered Bytes", false},
	};
	char rest[32];

	*buf = '\0';
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		bool is_set = flags >> i & 1;

		/* Reserved there. */
		if (i == 7 && tag == HID_INPUT_ITEM && !is_set)
			continue;
		/* The second is said otherwise where only the unusual is. */
		if (only_unusual ? !is_set || i == 1 : !is_set && !words[i].always)
			continue;
		append(buf, size, ", ", is_set ? words[i].set : words[i].clear);
	}
	if (flags >> ARRAY_SIZE(words)) {
		snprintf(rest, sizeof(rest), "reserved bits 0x%x",
			flags & ~((1u << ARRAY_SIZE(words)) - 1));
		append(buf, size, ", ", rest);
	}
}

void
hid_unit_words(uint32_t unit, char *buf, size_t size)
{
	/* By system, then by nibble: length, mass, time, temperature, current, luminosity. */
	static const char *const names[4][6] = {
		{"cm", "g", "s", "K", "A", "cd"},
		{"rad", "g", "s", "K", "A", "cd"},
		{"in", "slug", "s", "F", "A", "cd"},
		{"deg", "slug", "s", "F", "A", "cd"},
	};
	unsigned system = unit & 0xf;
	char one[16];

	*buf = '\0';
	if (unit == 0)
		return;
	if (system < 1 || system > 4) {
		snprintf(buf, size, system == 15 ? "vendor's unit 0x%x" : "unit 0x%x", unit);
		return;
	}
	for (unsigned i = 0; i < 6; i++) {
		unsigned nibble = unit >> (4 * i + 4) & 0xf;
		int power = nibble < 8 ? (int)nibble : (int)nibble - 16;

		if (power == 0)
			continue;
		snprintf(
			one, sizeof(one), power == 1 ? "%s" : "%s^%d", names[system - 1][i], power);
		append(buf, size, " ", one);
	}
	if (*buf == '\0' || unit >> 28)
		snprintf(buf, size, "unit 0x%x", unit);
}
