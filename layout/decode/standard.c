/* SPDX-License-Identifier: MIT */
/*
 * Standard descriptors: device, configuration, association, interface, endpoint and companions
 * (USB 2.0 section 9.6, USB 3.2 section 9.6), and those of USB On-The-Go.
 */
#include <string.h>

#include "layout/decode/classes.h"
#include "layout/decode/names.h"

static void
name_or_nothing(struct decode *d, const char *text)
{
	if (text)
		decode_meaning(d, "%s", text);
}

/* Class, subclass and protocol stand next to each other everywhere; the byte at hand is the last
 * one that was taken. */
static const uint8_t *
just_taken(const struct decode *d, size_t back)
{
	return d->rest.data - 1 - back;
}

static void
explain_class(struct decode *d, uint64_t value)
{
	name_or_nothing(d, name_class((unsigned)value));
}

static void
explain_subclass(struct decode *d, uint64_t value)
{
	name_or_nothing(d, name_subclass(*just_taken(d, 1), (unsigned)value));
}

static void
explain_protocol(struct decode *d, uint64_t value)
{
	name_or_nothing(d, name_protocol(*just_taken(d, 2), *just_taken(d, 1), (unsigned)value));
}

static void
explain_database(struct decode *d, const char *attr)
{
	const char *text = snapshot_attr(d->snapshot, attr);

	if (text && *text)
		d->sink->ops->meaning(d->sink, NULL, text, true);
}

static void
explain_vendor(struct decode *d, uint64_t value)
{
	(void)value;
	explain_database(d, "ID_VENDOR_FROM_DATABASE");
}

static void
explain_product(struct decode *d, uint64_t value)
{
	(void)value;
	explain_database(d, "ID_MODEL_FROM_DATABASE");
}

static bool
is_super(const struct decode *d)
{
	return d->snapshot->speed_kbit >= 5000000;
}

static void
explain_packet_0(struct decode *d, uint64_t value)
{
	/* USB 3.2 section 9.6.1: an exponent. */
	if (is_super(d) && value < 16)
		decode_meaning(d, "%u bytes", 1u << value);
}

static const struct step device_steps[] = {
	BCD("bcdUSB"),
	EXPLAIN("bDeviceClass", 1, STYLE_DEC, explain_class),
	EXPLAIN("bDeviceSubClass", 1, STYLE_DEC, explain_subclass),
	EXPLAIN("bDeviceProtocol", 1, STYLE_DEC, explain_protocol),
	EXPLAIN("bMaxPacketSize0", 1, STYLE_DEC, explain_packet_0),
	EXPLAIN("idVendor", 2, STYLE_HEX, explain_vendor),
	EXPLAIN("idProduct", 2, STYLE_HEX, explain_product),
	BCD("bcdDevice"),
	STRING("iManufacturer"),
	STRING("iProduct"),
	STRING("iSerialNumber"),
	DEC("bNumConfigurations"),
	END,
};

static const struct step qualifier_steps[] = {
	BCD("bcdUSB"),
	EXPLAIN("bDeviceClass", 1, STYLE_DEC, explain_class),
	EXPLAIN("bDeviceSubClass", 1, STYLE_DEC, explain_subclass),
	EXPLAIN("bDeviceProtocol", 1, STYLE_DEC, explain_protocol),
	DEC("bMaxPacketSize0"),
	DEC("bNumConfigurations"),
	DEC("bReserved"),
	END,
};

static void
explain_config_attributes(struct decode *d, uint64_t value)
{
	if (!(value & 0x80))
		decode_part(d, "Bit 7 is not set, as it has to be", "%s", "");
	decode_part(d, value & 0x40 ? "Self Powered" : "Bus Powered", "%s", "");
	if (value & 0x20)
		decode_part(d, "Remote Wakeup", "%s", "");
	if (value & 0x10)
		decode_part(d, "Battery Powered", "%s", "");
}

static void
explain_max_power(struct decode *d, uint64_t value)
{
	decode_meaning(d, "%umA", (unsigned)value * (is_super(d) ? 8 : 2));
}

static void
explain_total(struct decode *d, uint64_t value)
{
	if (desc_u8(d->one, 1) == DESC_CONFIG && value != d->total)
		decode_problem(d, "wTotalLength is %u, but there are %zu bytes", (unsigned)value,
			d->total);
}

static const struct step config_steps[] = {
	EXPLAIN("wTotalLength", 2, STYLE_HEX, explain_total),
	DEC("bNumInterfaces"),
	DEC("bConfigurationValue"),
	STRING("iConfiguration"),
	EXPLAIN("bmAttributes", 1, STYLE_HEX, explain_config_attributes),
	EXPLAIN("bMaxPower", 1, STYLE_DEC, explain_max_power),
	END,
};

static const struct step association_steps[] = {
	DEC("bFirstInterface"),
	DEC("bInterfaceCount"),
	EXPLAIN("bFunctionClass", 1, STYLE_DEC, explain_class),
	EXPLAIN("bFunctionSubClass", 1, STYLE_DEC, explain_subclass),
	EXPLAIN("bFunctionProtocol", 1, STYLE_DEC, explain_protocol),
	STRING("iFunction"),
	END,
};

static const struct step interface_steps[] = {
	DEC("bInterfaceNumber"),
	DEC("bAlternateSetting"),
	DEC("bNumEndpoints"),
	EXPLAIN("bInterfaceClass", 1, STYLE_DEC, explain_class),
	EXPLAIN("bInterfaceSubClass", 1, STYLE_DEC, explain_subclass),
	EXPLAIN("bInterfaceProtocol", 1, STYLE_DEC, explain_protocol),
	STRING("iInterface"),
	END,
};

void
decode_explain_address(struct decode *d, uint64_t value)
{
	decode_meaning(d, "EP %u %s", (unsigned)value & 0x0f, value & 0x80 ? "IN" : "OUT");
}

static void
explain_endpoint_attributes(struct decode *d, uint64_t value)
{
	static const char *const types[] = {"Control", "Isochronous", "Bulk", "Interrupt"};
	static const char *const synchs[] = {"None", "Asynchronous", "Adaptive", "Synchronous"};
	static const char *const usages[] = {
		"Data", "Feedback", "Implicit feedback Data", "Reserved"};
	/* USB 3.2 table 9-26: of interrupt endpoints. */
	static const char *const notices[] = {"Periodic", "Notification", "Reserved", "Reserved"};
	unsigned type = value & 3, usage = value >> 4 & 3;

	decode_part(d, "Transfer Type", "%s", types[type]);
	decode_part(d, "Synch Type", "%s", synchs[value >> 2 & 3]);
	if (type == DESC_INTERRUPT && is_super(d))
		decode_part(d, "Usage Type", "%s", notices[usage]);
	else
		decode_part(d, "Usage Type", "%s", usages[usage]);
}

static void
explain_max_packet(struct decode *d, uint64_t value)
{
	decode_meaning(d, "%ux %u bytes", 1 + ((unsigned)value >> 11 & 3), (unsigned)value & 0x7ff);
}

static void
explain_interval(struct decode *d, uint64_t value)
{
	struct desc_endpoint e = {.attributes = desc_u8(d->one, 3), .interval = (uint8_t)value};
	uint64_t us = desc_interval_ns(&e, d->snapshot->speed_kbit) / 1000;

	if (us > 0 && us % 1000)
		decode_meaning(d, "%lluus", (unsigned long long)us);
	else if (us > 0)
		decode_meaning(d, "%llums", (unsigned long long)us / 1000);
}

static const struct step endpoint_steps[] = {
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, decode_explain_address),
	EXPLAIN("bmAttributes", 1, STYLE_DEC, explain_endpoint_attributes),
	EXPLAIN("wMaxPacketSize", 2, STYLE_HEX, explain_max_packet),
	EXPLAIN("bInterval", 1, STYLE_DEC, explain_interval),
	/* In interfaces of the audio class. */
	{.name = "bRefresh", .size = 1, .optional = true},
	{.name = "bSynchAddress", .size = 1, .style = STYLE_HEX, .optional = true},
	END,
};

static void
explain_burst(struct decode *d, uint64_t value)
{
	decode_meaning(d, "%u packet%s", (unsigned)value + 1, value ? "s" : "");
}

/* They mean something else for each type of endpoint, which stands before the companion. */
static void
explain_companion(struct decode *d, uint64_t value)
{
	const uint8_t *endpoint;

	if (d->one.data - d->start < 7)
		return;
	endpoint = d->one.data - 7;
	if (endpoint[1] != DESC_ENDPOINT || endpoint[0] != 7)
		return;
	if ((endpoint[3] & 3) == DESC_BULK && (value & 0x1f) > 0 && (value & 0x1f) <= 16)
		decode_part(d, "MaxStreams", "%u", 1u << (value & 0x1f));
	if ((endpoint[3] & 3) == DESC_ISO && !(value & 0x80))
		decode_part(d, "Mult", "%u", (unsigned)value & 3);
	if ((endpoint[3] & 3) == DESC_ISO && value & 0x80)
		decode_part(d, "SSP isochronous companion follows", "%s", "");
}

static const struct step companion_steps[] = {
	EXPLAIN("bMaxBurst", 1, STYLE_DEC, explain_burst),
	EXPLAIN("bmAttributes", 1, STYLE_HEX, explain_companion),
	DEC2("wBytesPerInterval"),
	END,
};

static const struct step ssp_companion_steps[] = {
	DEC2("wReserved"),
	DEC4("dwBytesPerInterval"),
	END,
};

static const struct bits otg_bits[] = {
	{0, 1, "SRP (Session Request Protocol)", NULL},
	{1, 1, "HNP (Host Negotiation Protocol)", NULL},
	{2, 1, "ADP (Attach Detection Protocol)", NULL},
	{3, 1, "RSP (Role Swap Protocol)", NULL},
	{0, 0, NULL, NULL},
};

static const struct step otg_steps[] = {
	BITS("bmAttributes", otg_bits),
	{.name = "bcdOTG", .size = 2, .style = STYLE_BCD, .optional = true},
	END,
};

static const struct step debug_steps[] = {
	EXPLAIN("bDebugInEndpoint", 1, STYLE_HEX, decode_explain_address),
	EXPLAIN("bDebugOutEndpoint", 1, STYLE_HEX, decode_explain_address),
	END,
};

static const struct step security_steps[] = {
	DEC2("wTotalLength"),
	DEC("bNumEncryptionTypes"),
	END,
};

static const struct name encryptions[] = {
	{0, "UNSECURE"}, {1, "WIRED"}, {2, "CCM_1"}, {3, "RSA_1"}, {0, NULL}};

static const struct step encryption_steps[] = {
	ENUM("bEncryptionType", encryptions),
	DEC("bEncryptionValue"),
	DEC("bAuthKeyIndex"),
	END,
};

static const struct {
	uint8_t type;
	const char *title;
	const struct step *steps;
} standard[] = {
	{0x01, "Device Descriptor", device_steps},
	{0x02, "Configuration Descriptor", config_steps},
	{0x04, "Interface Descriptor", interface_steps},
	{0x05, "Endpoint Descriptor", endpoint_steps},
	{0x06, "Device Qualifier Descriptor", qualifier_steps},
	{0x07, "Other Speed Configuration Descriptor", config_steps},
	{0x09, "OTG Descriptor", otg_steps},
	{0x0a, "Debug Descriptor", debug_steps},
	{0x0b, "Interface Association Descriptor", association_steps},
	{0x0c, "Security Descriptor", security_steps},
	{0x0e, "Encryption Type Descriptor", encryption_steps},
	{0x30, "SuperSpeed Endpoint Companion Descriptor", companion_steps},
	{0x31, "SuperSpeedPlus Isochronous Endpoint Companion Descriptor", ssp_companion_steps},
};

bool
decode_standard(struct decode *d, struct desc_span one)
{
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
		if (standard[i].type != desc_u8(one, 1))
			continue;
		decode_begin(d, standard[i].title, one);
		decode_steps(d, standard[i].steps);
		return true;
	}
	return false;
}

void
decode_device(struct decode *d, struct desc_span one)
{
	decode_begin(d, standard[0].title, one);
	if (one.data[0] != one.len)
		decode_problem(
			d, "bLength is %u, but a device descriptor has 18 bytes", one.data[0]);
	if (one.data[1] != DESC_DEVICE)
		decode_problem(d, "bDescriptorType is not that of a device descriptor");
	if (one.len > 17 && one.data[17] != d->index->n_configs)
		decode_problem(d, "bNumConfigurations is %u, but there are %zu", one.data[17],
			d->index->n_configs);
	decode_steps(d, device_steps);
}
