/* SPDX-License-Identifier: MIT */
/*
 * Names of classes, subclasses and protocols, from the list of defined class codes of the USB-IF,
 * and of descriptor types.
 */
#include "layout/decode/names.h"

const struct name no_yes[] = {{0, "no"}, {1, "yes"}, {0, NULL}};

static const struct name classes[] = {
	{0x00, "Defined by the interfaces"},
	{0x01, "Audio"},
	{0x02, "Communications"},
	{0x03, "Human Interface Device"},
	{0x05, "Physical"},
	{0x06, "Still Imaging"},
	{0x07, "Printer"},
	{0x08, "Mass Storage"},
	{0x09, "Hub"},
	{0x0a, "CDC Data"},
	{0x0b, "Chip/SmartCard"},
	{0x0d, "Content Security"},
	{0x0e, "Video"},
	{0x0f, "Personal Healthcare"},
	{0x10, "Audio/Video"},
	{0x11, "Billboard"},
	{0x12, "USB Type-C Bridge"},
	{0x13, "Bulk Display Protocol"},
	{0x14, "MCTP over USB"},
	{0x3c, "I3C"},
	{0xdc, "Diagnostic"},
	{0xe0, "Wireless"},
	{0xef, "Miscellaneous"},
	{0xfe, "Application Specific"},
	{0xff, "Vendor Specific"},
	{0, NULL},
};

/* class << 8 | subclass */
static const struct name subclasses[] = {
	{0x0101, "Control Device"},
	{0x0102, "Streaming"},
	{0x0103, "MIDI Streaming"},
	{0x0201, "Direct Line"},
	{0x0202, "Abstract (modem)"},
	{0x0203, "Telephone"},
	{0x0204, "Multi-Channel"},
	{0x0205, "CAPI"},
	{0x0206, "Ethernet Networking"},
	{0x0207, "ATM Networking"},
	{0x0208, "Wireless Handset Control"},
	{0x0209, "Device Management"},
	{0x020a, "Mobile Direct Line"},
	{0x020b, "OBEX"},
	{0x020c, "Ethernet Emulation"},
	{0x020d, "Network Control Model"},
	{0x020e, "Mobile Broadband Interface Model"},
	{0x0301, "Boot Interface"},
	{0x0601, "Still Image Capture"},
	{0x0701, "Printer"},
	{0x0801, "RBC"},
	{0x0802, "MMC (CD-ROM)"},
	{0x0803, "QIC-157 (tape)"},
	{0x0804, "UFI (floppy)"},
	{0x0805, "SFF-8070i"},
	{0x0806, "SCSI"},
	{0x0807, "LSD FS"},
	{0x0808, "IEEE 1667"},
	{0x0e01, "Video Control"},
	{0x0e02, "Video Streaming"},
	{0x0e03, "Video Interface Collection"},
	{0x1001, "AVControl"},
	{0x1002, "AVData Video Stream"},
	{0x1003, "AVData Audio Stream"},
	{0xdc01, "Reprogrammable Diagnostics"},
	{0xe001, "Radio Frequency"},
	{0xe002, "Wireless USB Wire Adapter"},
	{0xef01, "Sync"},
	{0xef02, "Common Class"},
	{0xef03, "Cable Based Association"},
	{0xef04, "RNDIS"},
	{0xef05, "USB3 Vision"},
	{0xfe01, "Device Firmware Update"},
	{0xfe02, "IRDA Bridge"},
	{0xfe03, "Test and Measurement"},
	{0, NULL},
};

/* class << 16 | subclass << 8 | protocol */
static const struct name protocols[] = {
	{0x010120, "Audio 2.0"},
	{0x010130, "Audio 3.0"},
	{0x010220, "Audio 2.0"},
	{0x010230, "Audio 3.0"},
	{0x020201, "AT-commands (V.250)"},
	{0x020202, "AT-commands (PCCA101)"},
	{0x020203, "AT-commands (PCCA101, Annex O)"},
	{0x020204, "AT-commands (GSM 7.07)"},
	{0x020205, "AT-commands (3GPP 27.007)"},
	{0x020206, "AT-commands (CDMA)"},
	{0x0202ff, "Vendor Specific (MSFT RNDIS?)"},
	{0x020c07, "Ethernet Emulation (EEM)"},
	{0x030101, "Keyboard"},
	{0x030102, "Mouse"},
	{0x060101, "Picture Transfer Protocol (PIMA 15470)"},
	{0x070101, "Unidirectional"},
	{0x070102, "Bidirectional"},
	{0x070103, "IEEE 1284.4 compatible bidirectional"},
	{0x070104, "IPP over USB"},
	{0x080600, "Control/Bulk/Interrupt"},
	{0x080601, "Control/Bulk"},
	{0x080650, "Bulk-Only"},
	{0x080662, "USB Attached SCSI"},
	{0x090000, "Full speed (or root) hub"},
	{0x090001, "Single TT"},
	{0x090002, "TT per port"},
	{0x090003, "SuperSpeed hub"},
	{0x0a0001, "Network Transfer Block"},
	{0x0a0002, "Network Transfer Block (IP + DSS)"},
	{0x0a0030, "I.430 ISDN BRI"},
	{0x0a0031, "HDLC"},
	{0x0a0032, "Transparent"},
	{0x0a0050, "Q.921M"},
	{0x0a0051, "Q.921"},
	{0x0a0052, "Q.921TM"},
	{0x0a0090, "V.42bis"},
	{0x0a0091, "Q.932 EuroISDN"},
	{0x0a0092, "V.120 V.24 rate ISDN"},
	{0x0a0093, "CAPI 2.0"},
	{0x0a00fd, "Host Based Driver"},
	{0x0a00fe, "CDC Protocol Unit functional descriptors"},
	{0x0b0000, "CCID"},
	{0x0b0001, "ICCD version A"},
	{0x0b0002, "ICCD version B"},
	{0x0e0101, "Video 1.5"},
	{0x0e0201, "Video 1.5"},
	{0xdc0101, "USB2 Compliance"},
	{0xe00101, "Bluetooth"},
	{0xe00102, "Ultra WideBand Radio Control"},
	{0xe00103, "RNDIS"},
	{0xe00104, "Bluetooth AMP"},
	{0xe00201, "Host Wire Adapter"},
	{0xe00202, "Device Wire Adapter control/data"},
	{0xe00203, "Device Wire Adapter isochronous"},
	{0xef0101, "Microsoft ActiveSync"},
	{0xef0102, "Palm Sync"},
	{0xef0201, "Interface Association"},
	{0xef0202, "Wire Adapter Multifunction Peripheral"},
	{0xef0301, "Cable Based Association Framework"},
	{0xef0401, "RNDIS over Ethernet"},
	{0xef0402, "RNDIS over Wi-Fi"},
	{0xef0403, "RNDIS over WiMAX"},
	{0xef0404, "RNDIS over WWAN"},
	{0xef0405, "RNDIS for raw IPv4"},
	{0xef0406, "RNDIS for raw IPv6"},
	{0xef0407, "RNDIS for GPRS"},
	{0xfe0101, "Runtime"},
	{0xfe0102, "DFU mode"},
	{0xfe0300, "TMC"},
	{0xfe0301, "USB488"},
	{0, NULL},
};

const char *
name_class(unsigned class_)
{
	return name_of(classes, class_);
}

const char *
name_subclass(unsigned class_, unsigned subclass)
{
	return name_of(subclasses, class_ << 8 | subclass);
}

const char *
name_protocol(unsigned class_, unsigned subclass, unsigned protocol)
{
	/* These have one meaning in all subclasses. */
	if (class_ == 0x08)
		subclass = 0x06;
	return name_of(protocols, class_ << 16 | subclass << 8 | protocol);
}

/* USB 3.2 table 9-6, and the Common Class specification. */
static const struct name types[] = {
	{0x01, "DEVICE"},
	{0x02, "CONFIGURATION"},
	{0x03, "STRING"},
	{0x04, "INTERFACE"},
	{0x05, "ENDPOINT"},
	{0x06, "DEVICE_QUALIFIER"},
	{0x07, "OTHER_SPEED_CONFIGURATION"},
	{0x08, "INTERFACE_POWER"},
	{0x09, "OTG"},
	{0x0a, "DEBUG"},
	{0x0b, "INTERFACE_ASSOCIATION"},
	{0x0c, "SECURITY"},
	{0x0d, "KEY"},
	{0x0e, "ENCRYPTION_TYPE"},
	{0x0f, "BOS"},
	{0x10, "DEVICE_CAPABILITY"},
	{0x11, "WIRELESS_ENDPOINT_COMPANION"},
	{0x21, "CS_DEVICE"},
	{0x22, "CS_CONFIGURATION"},
	{0x23, "CS_STRING"},
	{0x24, "CS_INTERFACE"},
	{0x25, "CS_ENDPOINT"},
	{0x29, "HUB"},
	{0x2a, "SUPERSPEED_HUB"},
	{0x30, "SUPERSPEED_USB_ENDPOINT_COMPANION"},
	{0x31, "SUPERSPEEDPLUS_ISOCHRONOUS_ENDPOINT_COMPANION"},
	{0, NULL},
};

const char *
name_descriptor_type(unsigned class_, unsigned type)
{
	if (type == 0x21 && class_ == 0x03)
		return "HID";
	if (type == 0x21 && class_ == 0x0b)
		return "CCID";
	if (type == 0x21 && class_ == 0xfe)
		return "DFU_FUNCTIONAL";
	return name_of(types, type);
}
