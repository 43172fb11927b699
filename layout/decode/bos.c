/* SPDX-License-Identifier: MIT */
/* The BOS and its device capabilities (USB 3.2 section 9.6.2, Power Delivery 3.1 section 9.2,
 * Billboard 1.2.2 section 3.1, WebUSB, Microsoft OS 2.0 Descriptors). */
#include <string.h>

#include "layout/decode/classes.h"
#include "layout/decode/names.h"

static const struct step header[] = {HEX2("wTotalLength"), DEC("bNumDeviceCaps"), END};

static const struct step wireless[] = {
	HEX("bmAttributes"),
	HEX2("wPHYRates"),
	HEX("bmTFITXPowerInfo"),
	HEX("bmFFITXPowerInfo"),
	HEX2("bmBandGroup"),
	HEX("bReserved"),
	END,
};

/* The ECN of Link Power Management: what is recommended counts with its bit set. */
static void
explain_lpm(struct decode *d, uint64_t value)
{
	unsigned attributes = (unsigned)value;

	if (attributes & 0x02)
		decode_part(d,
			attributes & 0x04 ? "BESL Link Power Management (LPM) Supported"
					  : "HIRD Link Power Management (LPM) Supported",
			"%s", "");
	if (attributes & 0x08)
		decode_part(d, "Recommended baseline BESL", "%u", attributes >> 8 & 0xf);
	if (attributes & 0x10)
		decode_part(d, "Recommended deep BESL", "%u", attributes >> 12 & 0xf);
}

static const struct step usb2[] = {EXPLAIN("bmAttributes", 4, STYLE_HEX, explain_lpm), END};

static const struct bits ss_bits[] = {
	{1, 1, "Latency Tolerance Messages (LTM) Supported", NULL}, LAST};

static const struct bits speeds[] = {
	{0, 1, "Device can operate at Low Speed (1Mbps)", NULL},
	{1, 1, "Device can operate at Full Speed (12Mbps)", NULL},
	{2, 1, "Device can operate at High Speed (480Mbps)", NULL},
	{3, 1, "Device can operate at SuperSpeed (5Gbps)", NULL},
	LAST,
};

static const struct name functional[] = {
	{0, "Lowest fully-functional device speed is Low Speed (1Mbps)"},
	{1, "Lowest fully-functional device speed is Full Speed (12Mbps)"},
	{2, "Lowest fully-functional device speed is High Speed (480Mbps)"},
	{3, "Lowest fully-functional device speed is SuperSpeed (5Gbps)"},
	{0, NULL},
};

static void
explain_us(struct decode *d, uint64_t value)
{
	decode_meaning(d, "%u micro seconds", (unsigned)value);
}

static const struct step ss[] = {
	BITS("bmAttributes", ss_bits),
	BITS2("wSpeedsSupported", speeds),
	ENUM("bFunctionalitySupport", functional),
	EXPLAIN("bU1DevExitLat", 1, STYLE_DEC, explain_us),
	EXPLAIN("wU2DevExitLat", 2, STYLE_DEC, explain_us),
	END,
};

static const struct step container[] = {DEC("bReserved"), GUID("ContainerID"), END};

static const struct bits ssp_bits[] = {
	{0, 5, "Sublink Speed Attribute Count less one", NULL},
	{5, 4, "Sublink Speed ID Count less one", NULL},
	LAST,
};

static const struct bits ssp_functional[] = {
	{0, 4, "Min functional Speed Attribute ID", NULL},
	{8, 4, "Min functional RX lanes", NULL},
	{12, 4, "Min functional TX lanes", NULL},
	LAST,
};

/* USB 3.2 table 9-20. */
static void
explain_sublink(struct decode *d, uint64_t value)
{
	static const char *const exponents[] = {"bit/s", "Kb/s", "Mb/s", "Gb/s"};

	decode_part(d, "Speed Attribute ID", "%u %u%s %s %s SuperSpeed%s", (unsigned)value & 0xf,
		(unsigned)(value >> 16), exponents[value >> 4 & 3],
		value & 0x40 ? "Asymmetric" : "Symmetric", value & 0x80 ? "TX" : "RX",
		(value >> 14 & 3) == 1 ? "Plus" : "");
}

static const struct step ssp[] = {
	DEC("bReserved"),
	{.name = "bmAttributes", .size = 4, .style = STYLE_HEX, .set = SET_SSAC, .bits = ssp_bits},
	BITS2("wFunctionalitySupport", ssp_functional),
	HEX2("wReserved"),
	{.name = "bmSublinkSpeedAttr",
		.size = 4,
		.style = STYLE_HEX,
		.repeat = REPEAT_COUNT,
		.explain = explain_sublink},
	END,
};

static const struct bits pd_bits[] = {
	{1, 1, "Battery Charging", NULL},
	{2, 1, "USB Power Delivery", NULL},
	{3, 1, "Can act as a USB Power Delivery provider", NULL},
	{4, 1, "Can act as a USB Power Delivery consumer", NULL},
	{5, 1, "Charging policy (CHARGING_POLICY feature)", NULL},
	{6, 1, "USB Type-C Current", NULL},
	{8, 1, "AC supply", NULL},
	{9, 1, "Battery", NULL},
	{10, 1, "Other power source", NULL},
	{14, 1, "Uses VBUS", NULL},
	LAST,
};

static const struct step pd[] = {
	DEC("bReserved"),
	BITS4("bmAttributes", pd_bits),
	HEX2("bmProviderPorts"),
	HEX2("bmConsumerPorts"),
	BCD("bcdBCVersion"),
	BCD("bcdPDVersion"),
	BCD("bcdUSBTypeCVersion"),
	END,
};

static const struct step battery[] = {
	STRING("iBattery"),
	STRING("iSerial"),
	STRING("iManufacturer"),
	DEC("bBatteryId"),
	DEC("bReserved"),
	DEC4("dwChargedThreshold"),
	DEC4("dwWeakThreshold"),
	DEC4("dwBatteryDesignCapacity"),
	DEC4("dwBatteryLastFullchargeCapacity"),
	END,
};

static const struct bits consumer_bits[] = {
	{0, 1, "Battery Charging", NULL},
	{1, 1, "USB Power Delivery", NULL},
	{2, 1, "USB Type-C Current", NULL},
	LAST,
};

static const struct step consumer[] = {
	DEC("bReserved"),
	BITS2("bmCapabilities", consumer_bits),
	DEC2("wMinVoltage"),
	DEC2("wMaxVoltage"),
	DEC2("wReserved"),
	DEC4("dwMaxOperatingPower"),
	DEC4("dwMaxPeakPower"),
	DEC4("dwMaxPeakPowerTime"),
	END,
};

static const struct step provider[] = {
	DEC("bReserved"),
	BITS2("bmCapabilities", consumer_bits),
	COUNT("bNumOfPDObjects"),
	DEC("bReserved"),
	{.name = "wPowerDataObject", .size = 4, .style = STYLE_HEX, .repeat = REPEAT_COUNT},
	END,
};

static const struct step nothing[] = {END};

static const struct bits vconn_bits[] = {
	{0, 3, "VCONN Power code", NULL},
	{15, 1, "VCONN Power not required", NULL},
	LAST,
};

static const struct step billboard[] = {
	STRING("iAdditionalInfoURL"),
	COUNT("bNumberOfAlternateModes"),
	DEC("bPreferredAlternateMode"),
	BITS2("VCONNPower", vconn_bits),
	{.name = "bmConfigured", .kind = STEP_BYTES, .size = 32},
	BCD("bcdVersion"),
	HEX("bAdditionalFailureInfo"),
	DEC("bReserved"),
	{.name = "wSVID", .size = 2, .style = STYLE_HEX, .repeat = REPEAT_COUNT, .group = 3},
	DEC("bAlternateMode"),
	STRING("iAlternateModeString"),
	END,
};

static const struct step authentication[] = {
	HEX("bmAttributes"),
	DEC("bcdProtocolVersion"),
	DEC("bcdCapability"),
	END,
};

static const struct step billboard_ex[] = {
	COUNT("bNumberOfAlternateModes"),
	{.name = "dwAlternateModeVdo", .size = 4, .style = STYLE_HEX, .repeat = REPEAT_COUNT},
	END,
};

static const struct bits firmware_bits[] = {
	{0, 1, "Can tell a hash of its firmware's image", NULL},
	{1, 1, "Can be told to refuse updates", NULL},
	LAST,
};

static const struct step firmware[] = {
	DEC("bcdDescriptorVersion"),
	BITS4("bmAttributes", firmware_bits),
	END,
};

static const struct step summary[] = {
	BCD("bcdVersion"),
	DEC("bClass"),
	DEC("bSubClass"),
	DEC("bProtocol"),
	COUNT("bConfigurationCount"),
	EACH("bConfigurationIndex"),
	END,
};

static const uint8_t webusb_uuid[] = {0x38, 0xb6, 0x08, 0x34, 0xa9, 0x09, 0xa0, 0x47, 0x8b, 0xfd,
	0xa0, 0x76, 0x88, 0x15, 0xb6, 0x65};
static const uint8_t ms_os_uuid[] = {0xdf, 0x60, 0xdd, 0xd8, 0x89, 0x45, 0xc7, 0x4c, 0x9c, 0xd2,
	0x65, 0x9d, 0x9e, 0x64, 0x8a, 0x9f};

/* Is the UUID that was just taken this one? */
static bool
is_platform(const struct decode *d, const uint8_t uuid[16])
{
	return d->one.len >= 20 && memcmp(d->one.data + 4, uuid, 16) == 0;
}

static void
explain_platform(struct decode *d, uint64_t value)
{
	(void)value;
	if (is_platform(d, webusb_uuid))
		decode_meaning(d, "WebUSB");
	else if (is_platform(d, ms_os_uuid))
		decode_meaning(d, "Microsoft OS 2.0");
}

static const struct step platform[] = {
	DEC("bReserved"),
	{.name = "PlatformCapabilityUUID",
		.kind = STEP_GUID,
		.size = 16,
		.explain = explain_platform},
	{.name = "CapabilityData", .kind = STEP_BYTES, .optional = true},
	END,
};

static const struct step webusb[] = {
	DEC("bReserved"),
	{.name = "PlatformCapabilityUUID",
		.kind = STEP_GUID,
		.size = 16,
		.explain = explain_platform},
	BCD("bcdVersion"),
	HEX("bVendorCode"),
	DEC("iLandingPage"),
	END,
};

static const struct step ms_os[] = {
	DEC("bReserved"),
	{.name = "PlatformCapabilityUUID",
		.kind = STEP_GUID,
		.size = 16,
		.explain = explain_platform},
	/* One set for each version of Windows. */
	{.name = "dwWindowsVersion",
		.size = 4,
		.style = STYLE_HEX,
		.repeat = REPEAT_REST,
		.group = 4},
	DEC2("wMSOSDescriptorSetTotalLength"),
	HEX("bMS_VendorCode"),
	HEX("bAltEnumCode"),
	END,
};

static const struct shape capabilities[] = {
	{0x01, 0, 0, 0, "Wireless USB Device Capability", "WIRELESS_USB", wireless},
	{0x02, 0, 0, 0, "USB 2.0 Extension Device Capability", "USB 2.0 EXTENSION", usb2},
	{0x03, 0, 0, 0, "SuperSpeed USB Device Capability", "SUPERSPEED_USB", ss},
	{0x04, 0, 0, 0, "Container ID Device Capability", "CONTAINER_ID", container},
	{0x06, 0, 0, 0, "Power Delivery Capability", "POWER_DELIVERY_CAPABILITY", pd},
	{0x07, 0, 0, 0, "Battery Info Capability", "BATTERY_INFO_CAPABILITY", battery},
	{0x08, 0, 0, 0, "PD Consumer Port Capability", "PD_CONSUMER_PORT_CAPABILITY", consumer},
	{0x09, 0, 0, 0, "PD Provider Port Capability", "PD_PROVIDER_PORT_CAPABILITY", provider},
	{0x0a, 0, 0, 0, "SuperSpeedPlus USB Device Capability", "SUPERSPEED_PLUS", ssp},
	{0x0b, 0, 0, 0, "Precision Time Measurement Device Capability",
		"PRECISION_TIME_MEASUREMENT", nothing},
	{0x0d, 0, 0, 0, "Billboard Capability", "BILLBOARD", billboard},
	{0x0e, 0, 0, 0, "Authentication Capability", "AUTHENTICATION", authentication},
	{0x0f, 0, 0, 0, "Billboard Alternate Mode Capability", "BILLBOARD_EX", billboard_ex},
	{0x10, 0, 0, 0, "Configuration Summary Device Capability", "CONFIGURATION_SUMMARY",
		summary},
	{0x11, 0, 0, 0, "Firmware Status Device Capability", "FWSTATUS", firmware},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct shape plain_platform[] = {
	{0x05, 0, 0, 0, "Platform Device Capability", "PLATFORM", platform},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct shape webusb_platform[] = {
	{0x05, 0, 0, 0, "Platform Device Capability", "PLATFORM", webusb},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct shape ms_os_platform[] = {
	{0x05, 0, 0, 0, "Platform Device Capability", "PLATFORM", ms_os},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static void
decode_capability(struct decode *d, struct desc_span one)
{
	const struct shape *shapes = capabilities;

	d->one = one;
	if (desc_u8(one, 2) == 0x05)
		shapes = is_platform(d, webusb_uuid)  ? webusb_platform
			 : is_platform(d, ms_os_uuid) ? ms_os_platform
						      : plain_platform;
	if (desc_u8(one, 1) != 0x10 || !decode_shape(d, shapes, one))
		decode_unknown(d, "Unknown Device Capability", one);
	d->sink->ops->end(d->sink);
}

void
decode_bos(struct decode *d, struct desc_span bos)
{
	struct desc_span rest = bos, one;

	d->start = bos.data;
	d->class_ = 0;
	if (!desc_next(&rest, &one) || desc_u8(one, 1) != DESC_BOS) {
		decode_undecodable(d, bos);
		return;
	}
	decode_begin(d, "Binary Object Store Descriptor", one);
	if (desc_u16(one, 2) != bos.len)
		decode_problem(d, "wTotalLength is %u, but there are %zu bytes", desc_u16(one, 2),
			bos.len);
	decode_steps(d, header);
	while (decode_goes_on(d) && desc_next(&rest, &one))
		decode_capability(d, one);
	if (rest.len > 0)
		decode_undecodable(d, rest);
	d->sink->ops->end(d->sink);
}
