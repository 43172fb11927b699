/* SPDX-License-Identifier: MIT */
/*
 * Functional descriptors of the communications class (CDC 1.2 section 5.2.3 and the subclasses'
 * specifications: PSTN 1.2, ISDN 1.2, ECM 1.2, ATM 1.2, WMC 1.1, NCM 1.0, MBIM 1.0).
 */
#include "layout/decode/classes.h"

static const struct step header[] = {BCD("bcdCDC"), END};

static const struct bits call_bits[] = {
	{0, 1, "call management", NULL},
	{1, 1, "use DataInterface", NULL},
	LAST,
};

static const struct step call_management[] = {
	BITS("bmCapabilities", call_bits),
	DEC("bDataInterface"),
	END,
};

static const struct bits acm_bits[] = {
	{0, 1, "get/set/clear comm features", NULL},
	{1, 1, "line coding and serial state", NULL},
	{2, 1, "sends break", NULL},
	{3, 1, "connection notifications", NULL},
	LAST,
};

static const struct step acm[] = {BITS("bmCapabilities", acm_bits), END};

static const struct bits direct_bits[] = {
	{0, 1, "Ring-related commands", NULL},
	{1, 1, "needs extra pulse setup", NULL},
	{2, 1, "aux request", NULL},
	LAST,
};

static const struct step direct_line[] = {BITS("bmCapabilities", direct_bits), END};

static const struct step ringer[] = {
	DEC("bRingerVolSteps"),
	DEC("bNumRingerPatterns"),
	END,
};

static const struct bits call_state_bits[] = {
	{0, 1, "interrupted dial tone", NULL},
	{1, 1, "ringback, busy and fast busy states", NULL},
	{2, 1, "caller ID", NULL},
	{3, 1, "distinctive ringing", NULL},
	{4, 1, "notifies line state changes", NULL},
	{5, 1, "notifies call state changes", NULL},
	LAST,
};

static const struct step call_states[] = {BITS4("bmCapabilities", call_state_bits), END};

static const struct step union_steps[] = {
	DEC("bControlInterface"),
	{.name = "bSubordinateInterface", .size = 1, .repeat = REPEAT_REST},
	END,
};

static const struct step country[] = {
	STRING("iCountryCodeRelDate"),
	{.name = "wCountryCode", .size = 2, .style = STYLE_HEX, .repeat = REPEAT_REST},
	END,
};

static const struct bits operational_bits[] = {
	{0, 1, "Simple mode", NULL},
	{1, 1, "Standalone mode", NULL},
	{2, 1, "Computer centric mode", NULL},
	LAST,
};

static const struct step operational[] = {BITS("bmCapabilities", operational_bits), END};

static const struct bits protocol_wrapper[] = {{0, 1, "protocol wrapper", NULL}, LAST};

static const struct step terminal[] = {
	DEC("bEntityId"),
	DEC("bInInterfaceNo"),
	DEC("bOutInterfaceNo"),
	BITS("bmOptions", protocol_wrapper),
	{.name = "bChildId", .size = 1, .repeat = REPEAT_REST},
	END,
};

static const struct name physical[] = {
	{0, "None"}, {1, "ISDN"}, {200, "Vendor defined"}, {0, NULL}};

static const struct step channel[] = {
	DEC("bEntityId"),
	STRING("iName"),
	DEC("bChannelIndex"),
	ENUM("bPhysicalInterface", physical),
	END,
};

static const struct step protocol_unit[] = {
	DEC("bEntityId"),
	HEX("bProtocol"),
	{.name = "bChildId", .size = 1, .repeat = REPEAT_REST},
	END,
};

static const struct step extension_unit[] = {
	DEC("bEntityId"),
	HEX("bExtensionCode"),
	STRING("iName"),
	{.name = "bChildId", .size = 1, .repeat = REPEAT_REST},
	END,
};

static const struct bits multi_bits[] = {
	{0, 1, "unit parameters are kept", NULL},
	{1, 1, "clear unit parameter", NULL},
	{2, 1, "set unit parameter", NULL},
	LAST,
};

static const struct step multi_channel[] = {BITS("bmCapabilities", multi_bits), END};

static const struct bits capi_bits[] = {{0, 1, "Intelligent CAPI device", NULL}, LAST};

static const struct step capi[] = {BITS("bmCapabilities", capi_bits), END};

static const struct bits filter_bits[] = {
	{0, 15, "Filters", NULL},
	{15, 1, "imperfect filtering (hashing)", NULL},
	LAST,
};

static const struct step ethernet[] = {
	STRING("iMACAddress"),
	HEX4("bmEthernetStatistics"),
	DEC2("wMaxSegmentSize"),
	BITS2("wNumberMCFilters", filter_bits),
	DEC("bNumberPowerFilters"),
	END,
};

static const struct step atm[] = {
	STRING("iEndSystemIdentifier"),
	HEX("bmDataCapabilities"),
	HEX("bmATMDeviceStatistics"),
	DEC2("wType2MaxSegmentSize"),
	DEC2("wType3MaxSegmentSize"),
	DEC2("wMaxVC"),
	END,
};

static const struct step version[] = {BCD("bcdVersion"), END};

static const struct step mdlm[] = {BCD("bcdVersion"), GUID("bGUID"), END};

static const struct step mdlm_detail[] = {HEX("bGuidDescriptorType"), BYTES("bDetailData"), END};

static const struct step device_management[] = {
	BCD("bcdVersion"),
	DEC2("wMaxCommand"),
	END,
};

static const struct step command_set[] = {
	BCD("bcdVersion"),
	STRING("iCommandSet"),
	GUID("bGUID"),
	END,
};

static const struct step raw[] = {BYTES("data"), END};

/* NCM10 table 5-2. */
static const struct bits ncm_bits[] = {
	{0, 1, "packet filter", NULL},
	{1, 1, "net address", NULL},
	{2, 1, "encapsulated commands", NULL},
	{3, 1, "max datagram size", NULL},
	{4, 1, "crc mode", NULL},
	{5, 1, "8-byte ntb input size", NULL},
	LAST,
};

static const struct step ncm[] = {
	BCD("bcdNcmVersion"),
	BITS("bmNetworkCapabilities", ncm_bits),
	END,
};

/* MBIM10 table 4-3. */
static const struct bits mbim_bits[] = {
	{3, 1, "max datagram size", NULL},
	{5, 1, "8-byte ntb input size", NULL},
	LAST,
};

static const struct step mbim[] = {
	BCD("bcdMBIMVersion"),
	DEC2("wMaxControlMessage"),
	DEC("bNumberFilters"),
	DEC("bMaxFilterSize"),
	DEC2("wMaxSegmentSize"),
	BITS("bmNetworkCapabilities", mbim_bits),
	END,
};

static const struct step mbim_extended[] = {
	BCD("bcdMBIMExtendedVersion"),
	DEC("bMaxOutstandingCommandMessages"),
	DEC2("wMTU"),
	END,
};

static const struct shape functional[] = {
	{0x00, 0, 0, 0, "CDC Header", "HEADER", header},
	{0x01, 0, 0, 0, "CDC Call Management", "CALL_MANAGEMENT", call_management},
	{0x02, 0, 0, 0, "CDC ACM", "ABSTRACT_CONTROL_MANAGEMENT", acm},
	{0x03, 0, 0, 0, "CDC Direct Line Management", "DIRECT_LINE_MANAGEMENT", direct_line},
	{0x04, 0, 0, 0, "CDC Telephone Ringer", "TELEPHONE_RINGER", ringer},
	{0x05, 0, 0, 0, "CDC Telephone Call and Line State Reporting Capabilities",
		"TELEPHONE_CALL_STATE", call_states},
	{0x06, 0, 0, 0, "CDC Union", "UNION", union_steps},
	{0x07, 0, 0, 0, "CDC Country Selection", "COUNTRY_SELECTION", country},
	{0x08, 0, 0, 0, "CDC Telephone Operational Modes", "TELEPHONE_OPERATIONAL_MODES",
		operational},
	{0x09, 0, 0, 0, "CDC USB Terminal", "USB_TERMINAL", terminal},
	{0x0a, 0, 0, 0, "CDC Network Channel Terminal", "NETWORK_CHANNEL_TERMINAL", channel},
	{0x0b, 0, 0, 0, "CDC Protocol Unit", "PROTOCOL_UNIT", protocol_unit},
	{0x0c, 0, 0, 0, "CDC Extension Unit", "EXTENSION_UNIT", extension_unit},
	{0x0d, 0, 0, 0, "CDC Multi-Channel Management", "MULTI_CHANNEL", multi_channel},
	{0x0e, 0, 0, 0, "CDC CAPI Control", "CAPI_CONTROL", capi},
	{0x0f, 0, 0, 0, "CDC Ethernet", "ETHERNET_NETWORKING", ethernet},
	{0x10, 0, 0, 0, "CDC ATM Networking", "ATM_NETWORKING", atm},
	{0x11, 0, 0, 0, "CDC WHCM", "WIRELESS_HANDSET_CONTROL", version},
	{0x12, 0, 0, 0, "CDC MDLM", "MOBILE_DIRECT_LINE", mdlm},
	{0x13, 0, 0, 0, "CDC MDLM detail", "MDLM_DETAIL", mdlm_detail},
	{0x14, 0, 0, 0, "CDC Device Management", "DEVICE_MANAGEMENT", device_management},
	{0x15, 0, 0, 0, "CDC OBEX", "OBEX", version},
	{0x16, 0, 0, 0, "CDC Command Set", "COMMAND_SET", command_set},
	{0x17, 0, 0, 0, "CDC Command Set Detail", "COMMAND_SET_DETAIL", raw},
	{0x18, 0, 0, 0, "CDC Telephone Control Model", "TELEPHONE_CONTROL_MODEL", raw},
	{0x19, 0, 0, 0, "CDC OBEX Service Identifier", "OBEX_SERVICE_IDENTIFIER", raw},
	{0x1a, 0, 0, 0, "CDC NCM", "NCM", ncm},
	{0x1b, 0, 0, 0, "CDC MBIM", "MBIM", mbim},
	{0x1c, 0, 0, 0, "CDC MBIM Extended", "MBIM_EXTENDED", mbim_extended},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_cdc(struct decode *d, struct desc_span one)
{
	return desc_u8(one, 1) == 0x24 && !d->in_endpoint && decode_shape(d, functional, one);
}
