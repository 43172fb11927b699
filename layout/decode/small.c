/* SPDX-License-Identifier: MIT */
/*
 * Classes with one descriptor of their own: HID 1.11 section 6.2.1, IPP over USB 1.0 section 4,
 * pipe usage of USB Attached SCSI 1.0 section 4.4, CCID 1.1 section 5.1, DFU 1.1 section 4.1.3.
 */
#include <stdio.h>

#include "layout/decode/classes.h"
#include "layout/decode/names.h"

static const struct name countries[] = {
	{0, "Not supported"},
	{1, "Arabic"},
	{2, "Belgian"},
	{3, "Canadian-Bilingual"},
	{4, "Canadian-French"},
	{5, "Czech Republic"},
	{6, "Danish"},
	{7, "Finnish"},
	{8, "French"},
	{9, "German"},
	{10, "Greek"},
	{11, "Hebrew"},
	{12, "Hungary"},
	{13, "International (ISO)"},
	{14, "Italian"},
	{15, "Japan (Katakana)"},
	{16, "Korean"},
	{17, "Latin American"},
	{18, "Netherlands/Dutch"},
	{19, "Norwegian"},
	{20, "Persian (Farsi)"},
	{21, "Poland"},
	{22, "Portuguese"},
	{23, "Russia"},
	{24, "Slovakia"},
	{25, "Spanish"},
	{26, "Swedish"},
	{27, "Swiss/French"},
	{28, "Swiss/German"},
	{29, "Switzerland"},
	{30, "Taiwan"},
	{31, "Turkish-Q"},
	{32, "UK"},
	{33, "US"},
	{34, "Yugoslavia"},
	{35, "Turkish-F"},
	{0, NULL},
};

static const struct name hid_types[] = {
	{0x21, "HID"}, {0x22, "Report"}, {0x23, "Physical"}, {0, NULL}};

static const struct step hid[] = {
	BCD("bcdHID"),
	ENUM("bCountryCode", countries),
	COUNT("bNumDescriptors"),
	{.name = "bDescriptorType",
		.size = 1,
		.repeat = REPEAT_COUNT,
		.group = 2,
		.names = hid_types},
	DEC2("wDescriptorLength"),
	END,
};

/* The length that the descriptor has for the first report descriptor. */
static unsigned
report_length(struct desc_span one)
{
	for (size_t i = 0; i < desc_u8(one, 5); i++)
		if (desc_u8(one, 6 + 3 * i) == 0x22)
			return desc_u16(one, 7 + 3 * i);
	return 0;
}

/* It is not among the descriptors; the system has it when a driver has asked for it. */
static void
decode_report(struct decode *d, struct desc_span one)
{
	const struct snapshot_interface *i = d->in_force;
	unsigned length = report_length(one);
	struct desc_span raw = {.len = 0};
	char hint[64];

	if (!i || length == 0 || !decode_goes_on(d))
		return;
	raw.data = i->report_descriptor;
	raw.len = i->report_descriptor_len;
	if (raw.len > 0 && raw.len != length)
		decode_problem(d, "wDescriptorLength is %u, but the system has %zu bytes", length,
			raw.len);
	snprintf(hint, sizeof(hint), "cat ep00/setup/81-06-2200-%04x-%04x", d->interface, length);
	d->sink->ops->report(d->sink, raw, hint);
}

bool
decode_hid(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) != 0x21)
		return false;
	decode_begin(d, "HID Device Descriptor", one);
	decode_steps(d, hid);
	decode_report(d, one);
	return true;
}

static const struct bits ipp_bits[] = {
	{0, 1, "Print", NULL},
	{1, 1, "Scan", NULL},
	{2, 1, "Fax", NULL},
	{3, 1, "Other", NULL},
	{4, 1, "HTTP over USB", NULL},
	{5, 2, "Authentication", NULL},
	LAST,
};

/* Of the first capability, and the only one that there is. */
static const struct step printer[] = {
	BCD("bcdReleaseNumber"),
	DEC("bNumDescriptors"),
	DEC("bDescriptorType"),
	DEC("bDescriptorLength"),
	BITS2("wBasicCapabilities", ipp_bits),
	STRING("iIPPVersionsSupported"),
	STRING("iIPPPrinterUUID"),
	END,
};

bool
decode_printer(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) != 0x21)
		return false;
	decode_begin(d, "IPP Printer Descriptor", one);
	decode_steps(d, printer);
	return true;
}

static const struct name pipes[] = {{1, "Command pipe"}, {2, "Status pipe"}, {3, "Data-in pipe"},
	{4, "Data-out pipe"}, {0, NULL}};

static const struct step pipe_usage[] = {
	{.name = "bPipeID", .size = 1, .style = STYLE_HEX, .names = pipes},
	{.name = "Reserved", .size = 1, .optional = true},
	END,
};

bool
decode_storage(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) != 0x24 || !d->in_endpoint || d->protocol != 0x62)
		return false;
	decode_begin(d, "Pipe Usage Descriptor", one);
	decode_steps(d, pipe_usage);
	return true;
}

static const struct bits voltage_bits[] = {
	{0, 1, "5.0V", NULL}, {1, 1, "3.0V", NULL}, {2, 1, "1.8V", NULL}, LAST};

static const struct bits protocol_bits[] = {{0, 1, "T=0", NULL}, {1, 1, "T=1", NULL}, LAST};

static const struct bits synch_bits[] = {
	{0, 1, "2-wire protocol", NULL},
	{1, 1, "3-wire protocol", NULL},
	{2, 1, "I2C protocol", NULL},
	LAST,
};

static const struct bits mechanical_bits[] = {
	{0, 1, "Card accept mechanism", NULL},
	{1, 1, "Card eject mechanism", NULL},
	{2, 1, "Card capture mechanism", NULL},
	{3, 1, "Card lock/unlock mechanism", NULL},
	LAST,
};

static const struct name exchanges[] = {
	{0, "Character level exchange"},
	{1, "TPDU level exchange"},
	{2, "Short APDU level exchange"},
	{4, "Short and extended APDU level exchange"},
	{0, NULL},
};

static const struct bits feature_bits[] = {
	{1, 1, "Auto configuration based on ATR", NULL},
	{2, 1, "Auto activation on insert", NULL},
	{3, 1, "Auto voltage selection", NULL},
	{4, 1, "Auto clock change", NULL},
	{5, 1, "Auto baud rate change", NULL},
	{6, 1, "Auto parameter negotiation made by CCID", NULL},
	{7, 1, "Auto PPS made by CCID", NULL},
	{8, 1, "CCID can set ICC in clock stop mode", NULL},
	{9, 1, "NAD value other than 0x00 accepted", NULL},
	{10, 1, "Auto IFSD exchange", NULL},
	{16, 3, "Level of exchange", exchanges},
	{20, 1, "USB wake up on ICC insertion and removal", NULL},
	LAST,
};

static const struct bits pin_bits[] = {
	{0, 1, "verification", NULL}, {1, 1, "modification", NULL}, LAST};

static void
explain_lcd(struct decode *d, uint64_t value)
{
	if (value == 0)
		decode_meaning(d, "none");
	else
		decode_meaning(d, "%u lines of %u characters", (unsigned)value >> 8,
			(unsigned)value & 0xff);
}

static void
explain_rate(struct decode *d, uint64_t value)
{
	(void)value;
	decode_meaning(d, "bps");
}

static void
explain_class_byte(struct decode *d, uint64_t value)
{
	if (value == 0xff)
		decode_meaning(d, "echo");
}

static void
explain_detach(struct decode *d, uint64_t value)
{
	(void)value;
	decode_meaning(d, "milliseconds");
}

static const struct step ccid[] = {
	BCD("bcdCCID"),
	DEC("bMaxSlotIndex"),
	BITS("bVoltageSupport", voltage_bits),
	BITS4("dwProtocols", protocol_bits),
	DEC4("dwDefaultClock"),
	DEC4("dwMaximumClock"),
	DEC("bNumClockSupported"),
	EXPLAIN("dwDataRate", 4, STYLE_DEC, explain_rate),
	EXPLAIN("dwMaxDataRate", 4, STYLE_DEC, explain_rate),
	DEC("bNumDataRatesSupported"),
	DEC4("dwMaxIFSD"),
	BITS4("dwSynchProtocols", synch_bits),
	BITS4("dwMechanical", mechanical_bits),
	BITS4("dwFeatures", feature_bits),
	DEC4("dwMaxCCIDMessageLength"),
	EXPLAIN("bClassGetResponse", 1, STYLE_HEX, explain_class_byte),
	EXPLAIN("bClassEnvelope", 1, STYLE_HEX, explain_class_byte),
	EXPLAIN("wLcdLayout", 2, STYLE_HEX, explain_lcd),
	BITS("bPINSupport", pin_bits),
	DEC("bMaxCCIDBusySlots"),
	END,
};

bool
decode_ccid(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) != 0x21)
		return false;
	decode_begin(d, "ChipCard Interface Descriptor", one);
	decode_steps(d, ccid);
	return true;
}

static const struct bits dfu_bits[] = {
	{0, 1, "Download Supported", no_yes},
	{1, 1, "Upload Supported", no_yes},
	{2, 1, "Manifestation Tolerant", no_yes},
	{3, 1, "Will Detach", no_yes},
	LAST,
};

static const struct step dfu[] = {
	BITS("bmAttributes", dfu_bits),
	EXPLAIN("wDetachTimeOut", 2, STYLE_DEC, explain_detach),
	DEC2("wTransferSize"),
	/* Since 1.1. */
	{.name = "bcdDFUVersion", .size = 2, .style = STYLE_BCD, .optional = true},
	END,
};

bool
decode_dfu(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) != 0x21)
		return false;
	decode_begin(d, "Device Firmware Upgrade Interface Descriptor", one);
	decode_steps(d, dfu);
	return true;
}
