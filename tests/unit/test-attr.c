/* SPDX-License-Identifier: MIT */
/* Texts in the tree: byte for byte what Linux's sysfs has for the same device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layout/layout.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* Paths below DIR, and what the files say. */
static void
check_texts(const struct layout *l, const char *dir, const char *const (*texts)[2])
{
	for (; (*texts)[0]; texts++) {
		char path[256];
		const char *found;

		snprintf(path, sizeof(path), "%s/%s", dir, (*texts)[0]);
		found = tree_text(l, path);
		if (!found || strcmp(found, (*texts)[1]) != 0)
			test_fail(__FILE__, __LINE__, "%s: \"%s\", expected \"%s\"", path,
				found ? found : "(none)", (*texts)[1]);
	}
}

TEST(device)
{
	static const char *const texts[][2] = {
		{"idVendor", "1d6b\n"},
		{"idProduct", "0104\n"},
		{"bcdDevice", "0602\n"},
		{"bDeviceClass", "ef\n"},
		{"bDeviceSubClass", "02\n"},
		{"bDeviceProtocol", "01\n"},
		{"bNumConfigurations", "1\n"},
		{"bMaxPacketSize0", "64\n"},
		{"bConfigurationValue", "1\n"},
		{"bNumInterfaces", " 3\n"},
		{"bmAttributes", "80\n"},
		{"bMaxPower", "500mA\n"},
		{"busnum", "1\n"},
		{"devnum", "4\n"},
		{"speed", "480\n"},
		{"product", "a\xff\x1b[31m\nb\n"},
		{"manufacturer", "\n"},
		{"version", " 2.00\n"},
		{"configuration", "the string\n"},
		{"config1/configuration", "the string\n"},
		{"config1/bConfigurationValue", "1\n"},
		{"config1/bNumInterfaces", " 3\n"},
		{"config1/bmAttributes", "80\n"},
		{"config1/bMaxPower", "500mA\n"},
		{NULL, NULL},
	};
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1);
	struct layout *l;

	tree_attr(s, "product", "a\xff\x1b[31m\nb\n");
	tree_attr(s, "manufacturer", "\n");
	tree_attr(s, "version", " 2.00\n");
	tree_attr(s, "configuration", "the string\n");
	l = tree_with(s);
	check_texts(l, "1-2", texts);
	layout_free(l);
}

TEST(unconfigured)
{
	static const char *const texts[][2] = {
		{"bConfigurationValue", ""},
		{"bNumInterfaces", ""},
		{"bmAttributes", ""},
		{"bMaxPower", ""},
		{"configuration", ""},
		{"config3/bConfigurationValue", "3\n"},
		{"config3/bmAttributes", "c0\n"},
		{"config3/bMaxPower", "2mA\n"},
		{"config2/bMaxPower", "100mA\n"},
		{NULL, NULL},
	};
	struct snapshot *s = TREE_DEVICE("1-2", blob_two_configs, 0);
	struct layout *l;

	tree_attr(s, "configuration", "");
	l = tree_with(s);
	check_texts(l, "1-2", texts);
	CHECK(!tree_text(l, "1-2/config3/configuration"));
	layout_free(l);
}

TEST(configuration_that_the_descriptors_do_not_have)
{
	struct layout *l = tree_with(TREE_DEVICE("1-2", blob_two_configs, 9));

	CHECK_STR(tree_text(l, "1-2/bConfigurationValue"), "9\n");
	CHECK_STR(tree_text(l, "1-2/bNumInterfaces"), "");
	layout_free(l);
}

TEST(interface)
{
	static const char *const texts[][2] = {
		{"interface0/bInterfaceNumber", "00\n"},
		{"interface0/bAlternateSetting", " 0\n"},
		{"interface0/bNumEndpoints", "01\n"},
		{"interface0/bInterfaceClass", "02\n"},
		{"interface0/bInterfaceSubClass", "02\n"},
		{"interface0/bInterfaceProtocol", "01\n"},
		{"interface0/interface", "CDC control\n"},
		{"interface0/supports_autosuspend", "1\n"},
		{"interface1/iad_bFirstInterface", "00\n"},
		{"interface1/iad_bInterfaceCount", "02\n"},
		{"interface1/iad_bFunctionClass", "02\n"},
		{"interface1/iad_bFunctionSubClass", "02\n"},
		{"interface1/iad_bFunctionProtocol", "01\n"},
		{"interface2/bAlternateSetting", " 1\n"},
		{"interface2/bNumEndpoints", "01\n"},
		{"interface2/bInterfaceClass", "0e\n"},
		{"interface2/altsettings/0/bNumEndpoints", "00\n"},
		{"interface2/altsettings/2/bAlternateSetting", " 2\n"},
		{"interface2/altsettings/2/bNumEndpoints", "02\n"},
		{"interface2/altsettings/2/bInterfaceNumber", "02\n"},
		{NULL, NULL},
	};
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1);
	struct layout *l;

	tree_alternate(s, 2, 1);
	tree_interface_attr(s, 0, "interface", "CDC control\n");
	tree_interface_attr(s, 0, "supports_autosuspend", "1\n");
	l = tree_with(s);
	check_texts(l, "1-2/config1", texts);
	CHECK(!tree_text(l, "1-2/config1/interface1/interface"));
	CHECK(!tree_text(l, "1-2/config1/interface2/iad_bFirstInterface"));
	layout_free(l);
}

TEST(endpoints)
{
	static const char *const texts[][2] = {
		{"interface1/ep81/bLength", "07\n"},
		{"interface1/ep81/bEndpointAddress", "81\n"},
		{"interface1/ep81/bmAttributes", "02\n"},
		{"interface1/ep81/wMaxPacketSize", "0200\n"},
		{"interface1/ep81/bInterval", "00\n"},
		{"interface1/ep81/type", "Bulk\n"},
		{"interface1/ep81/direction", "in\n"},
		{"interface1/ep81/interval", "0ms\n"},
		{"interface1/ep01/direction", "out\n"},
		{"interface1/ep01/interval", "125us\n"},
		{"interface0/ep82/type", "Interrupt\n"},
		{"interface0/ep82/interval", "32ms\n"},
		{"interface2/altsettings/2/ep83/type", "Isoc\n"},
		{"interface2/altsettings/2/ep83/interval", "1ms\n"},
		{"interface2/altsettings/2/ep83/wMaxPacketSize", "0400\n"},
		{"interface2/altsettings/2/ep83/bmAttributes", "05\n"},
		{NULL, NULL},
	};
	struct layout *l = tree_with(TREE_DEVICE("1-2", blob_composite, 1));

	check_texts(l, "1-2/config1", texts);
	layout_free(l);
}

TEST(control_endpoint)
{
	static const char *const texts[][2] = {
		{"ep00/bLength", "07\n"},
		{"ep00/bEndpointAddress", "00\n"},
		{"ep00/bmAttributes", "00\n"},
		{"ep00/wMaxPacketSize", "0040\n"},
		{"ep00/bInterval", "00\n"},
		{"ep00/type", "Control\n"},
		{"ep00/direction", "both\n"},
		{"ep00/interval", "0ms\n"},
		{NULL, NULL},
	};
	struct layout *l = tree_with(TREE_DEVICE("1-2", blob_composite, 1));

	check_texts(l, "1-2", texts);
	layout_free(l);
}

/* The interval of an endpoint with that speed, bmAttributes, address and bInterval. */
static void
check_interval(
	unsigned kbit, uint8_t attributes, uint8_t address, uint8_t interval, const char *expected)
{
	uint8_t copy[sizeof(blob_two_configs)];
	struct snapshot *s;
	struct layout *l;

	memcpy(copy, blob_two_configs, sizeof(copy));
	copy[38] = address;
	copy[39] = attributes;
	copy[42] = interval;
	s = TREE_DEVICE("1-2", copy, 3);
	s->speed_kbit = kbit;
	l = tree_with(s);
	CHECK_STR(tree_text(l, address == 0x81 ? "1-2/config3/interface0/ep81/interval"
					       : "1-2/config3/interface0/ep01/interval"),
		expected);
	layout_free(l);
}

TEST(intervals)
{
	check_interval(1500, DESC_INTERRUPT, 0x81, 10, "10ms\n");
	check_interval(12000, DESC_INTERRUPT, 0x81, 255, "255ms\n");
	check_interval(12000, DESC_INTERRUPT, 0x81, 0, "0ms\n");
	check_interval(12000, DESC_ISO, 0x81, 1, "1ms\n");
	check_interval(12000, DESC_ISO, 0x81, 4, "8ms\n");
	check_interval(12000, DESC_BULK, 0x01, 1, "0ms\n");
	check_interval(480000, DESC_INTERRUPT, 0x81, 1, "125us\n");
	check_interval(480000, DESC_INTERRUPT, 0x81, 3, "500us\n");
	check_interval(480000, DESC_INTERRUPT, 0x81, 4, "1ms\n");
	check_interval(480000, DESC_INTERRUPT, 0x81, 16, "4096ms\n");
	check_interval(480000, DESC_ISO, 0x01, 2, "250us\n");
	check_interval(480000, DESC_BULK, 0x81, 3, "0ms\n");
	check_interval(480000, DESC_BULK, 0x01, 3, "375us\n");
	check_interval(480000, DESC_BULK, 0x01, 8, "1ms\n");
	check_interval(480000, DESC_CONTROL, 0x01, 1, "125us\n");
	check_interval(5000000, DESC_INTERRUPT, 0x81, 4, "1ms\n");
	check_interval(5000000, DESC_BULK, 0x01, 8, "0ms\n");
	/* Out of range: nothing sensible can be said. */
	check_interval(480000, DESC_INTERRUPT, 0x81, 0, "0ms\n");
	check_interval(480000, DESC_INTERRUPT, 0x81, 17, "0ms\n");
	check_interval(480000, DESC_ISO, 0x81, 255, "0ms\n");
}

TEST(super_speed)
{
	static const char *const texts[][2] = {
		{"bMaxPacketSize0", "9\n"},
		{"bMaxPower", "896mA\n"},
		{"speed", "5000\n"},
		{"ep00/wMaxPacketSize", "0200\n"},
		{"config1/interface0/ep81/wMaxPacketSize", "0400\n"},
		{NULL, NULL},
	};
	struct snapshot *s = TREE_DEVICE("2-1", blob_super_speed, 1);
	struct layout *l;

	s->speed_kbit = 5000000;
	s->bos = malloc(sizeof(blob_bos));
	memcpy(s->bos, blob_bos, sizeof(blob_bos));
	s->bos_len = sizeof(blob_bos);
	l = tree_with(s);
	check_texts(l, "2-1", texts);
	CHECK_MEM(tree_text(l, "2-1/bos_descriptor"), tree_len(l, "2-1/bos_descriptor"), blob_bos,
		sizeof(blob_bos));
	layout_free(l);
}

TEST(companions)
{
	/* The disk's, with an isochronous and an interrupt endpoint in place of two of UAS's. */
	static const char *const texts[][2] = {
		{"interface0/ep81/bMaxBurst", "15\n"},
		{"interface0/ep81/companion_bmAttributes", "00\n"},
		{"interface0/ep81/wBytesPerInterval", "0\n"},
		{"interface0/altsettings/1/ep81/streams", "32\n"},
		{"interface0/altsettings/1/ep81/companion_bmAttributes", "05\n"},
		{"interface0/altsettings/1/ep83/bMaxBurst", "15\n"},
		{"interface0/altsettings/1/ep83/mult", "2\n"},
		{"interface0/altsettings/1/ep83/wBytesPerInterval", "49152\n"},
		{"interface0/altsettings/1/ep83/bytes_per_interval", "49152\n"},
		{"interface0/altsettings/1/ep04/bytes_per_interval", "1023\n"},
		{NULL, NULL},
	};
	static const char *const missing[] = {"ep81/streams", "ep81/mult",
		"ep81/bytes_per_interval", "ep81/dwBytesPerInterval", "ep81/ssp_iso_companion",
		"altsettings/1/ep83/streams", "altsettings/1/ep04/mult",
		"altsettings/1/ep04/bMaxBurst", "altsettings/1/ep04/companion"};
	uint8_t copy[sizeof(blob_super_speed)];
	struct snapshot *s;
	struct layout *l;

	memcpy(copy, blob_super_speed, sizeof(copy));
	copy[108] = DESC_ISO;
	copy[115] = 2;
	copy[117] = 0xc0;
	copy[125] = DESC_INTERRUPT;
	copy[126] = 0xff;
	copy[127] = 0x03;
	copy[130] = 0x99; /* no companion any more */
	s = TREE_DEVICE("2-1", copy, 1);
	s->speed_kbit = 5000000;
	l = tree_with(s);
	check_texts(l, "2-1/config1", texts);
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		char path[100];

		snprintf(path, sizeof(path), "2-1/config1/interface0/%s", missing[i]);
		CHECK(tree_find(l, path) < 0);
	}
	CHECK(tree_find(l, "2-1/ep00/bMaxBurst") < 0);
	CHECK_MEM(tree_text(l, "2-1/config1/interface0/ep02/companion"),
		tree_len(l, "2-1/config1/interface0/ep02/companion"), copy + 56, 6);
	tree_check(l, "2-1");
	layout_free(l);
}

TEST(super_speed_plus_companion)
{
	static const char *const texts[][2] = {
		{"ep81/companion_bmAttributes", "80\n"},
		{"ep81/wBytesPerInterval", "1\n"},
		{"ep81/dwBytesPerInterval", "98304\n"},
		{"ep81/bytes_per_interval", "98304\n"},
		{NULL, NULL},
	};
	static const uint8_t blob[] = {0x12, 0x01, 0x20, 0x03, 0xff, 0x00, 0x00, 0x09, 0x6b, 0x1d,
		0x66, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01,
		/* 18 */ 0x09, 0x02, 0x27, 0x00, 0x01, 0x01, 0x00, 0x80, 0x32,
		/* 27 */ 0x09, 0x04, 0x00, 0x00, 0x01, 0xff, 0x00, 0x00, 0x00,
		/* 36 */ 0x07, 0x05, 0x81, 0x01, 0x00, 0x04, 0x01,
		/* 43 */ 0x06, 0x30, 0x0f, 0x80, 0x01, 0x00,
		/* 49 */ 0x08, 0x31, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00};
	struct snapshot *s = TREE_DEVICE("2-1", blob, 1);
	struct layout *l;

	s->speed_kbit = 10000000;
	l = tree_with(s);
	check_texts(l, "2-1/config1/interface0", texts);
	CHECK(tree_find(l, "2-1/config1/interface0/ep81/mult") < 0);
	CHECK_MEM(tree_text(l, "2-1/config1/interface0/ep81/ssp_iso_companion"),
		tree_len(l, "2-1/config1/interface0/ep81/ssp_iso_companion"), blob + 49, 8);
	layout_free(l);
}

TEST(speeds)
{
	static const struct {
		unsigned kbit;
		const char *text;
	} speeds[] = {{0, "unknown\n"}, {1500, "1.5\n"}, {12000, "12\n"}, {480000, "480\n"},
		{5000000, "5000\n"}, {10000000, "10000\n"}, {20000000, "20000\n"}};

	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
		struct layout *l;

		s->speed_kbit = speeds[i].kbit;
		l = tree_with(s);
		CHECK_STR(tree_text(l, "1-1/speed"), speeds[i].text);
		layout_free(l);
	}
}

/* The file at PATH is the LEN bytes at OFFSET of the blob. */
static void
check_raw(const struct layout *l, const char *path, const uint8_t *blob, size_t offset, size_t len)
{
	CHECK_MEM(tree_text(l, path), tree_len(l, path), blob + offset, len);
	CHECK_EQ(tree_stat(l, path).size, len);
}

TEST(raw_descriptors)
{
	struct layout *l = tree_with(TREE_DEVICE("1-2", blob_composite, 1));

	check_raw(l, "1-2/descriptors", blob_composite, 0, sizeof(blob_composite));
	check_raw(l, "1-2/config1/descriptor", blob_composite, 18, sizeof(blob_composite) - 18);
	check_raw(l, "1-2/config1/interface0/descriptor", blob_composite, 35, 35);
	check_raw(l, "1-2/config1/interface0/ep82/descriptor", blob_composite, 63, 7);
	check_raw(l, "1-2/config1/interface2/descriptor", blob_composite, 93, 9);
	check_raw(l, "1-2/config1/interface2/altsettings/2/descriptor", blob_composite, 123, 30);
	check_raw(
		l, "1-2/config1/interface2/altsettings/1/ep83/descriptor", blob_composite, 111, 12);
	layout_free(l);
}

TEST(what_has_no_text)
{
	struct layout *l = tree_with(TREE_DEVICE("1-2", blob_composite, 1));
	char *text = (char *)"untouched";
	size_t len = 3;

	CHECK_EQ(layout_text(l, LAYOUT_ROOT, &text, &len), -EISDIR);
	CHECK_EQ(layout_text(l, (uint64_t)tree_find(l, "1-2/ctl"), &text, &len), -EINVAL);
	CHECK_EQ(layout_text(l, 0, &text, &len), -ESTALE);
	CHECK_STR(text, "untouched");
	CHECK_EQ(len, 3);
	layout_free(l);
}
