/* SPDX-License-Identifier: MIT */
/*
 * The table of files: which directory has which, what they do, and where their text comes from.
 * lookup, readdir, stat and read all go by it, so they cannot disagree.
 */
#include <string.h>

#include "backend/util/macro.h"
#include "layout/links.h"
#include "layout/node.h"

#define FIELD(dir_, name_, print_, offset_, width_, format_)                                       \
	{                                                                                          \
		.dir = dir_, .type = LAYOUT_TEXT, .name = name_, .print = print_,                  \
		.offset = offset_, .width = width_, .format = format_                              \
	}
#define PRINT(dir_, name_, print_)                                                                 \
	{                                                                                          \
		.dir = dir_, .type = LAYOUT_TEXT, .name = name_, .print = print_                   \
	}
#define RAW(dir_, name_, raw_)                                                                     \
	{                                                                                          \
		.dir = dir_, .type = LAYOUT_TEXT, .name = name_, .raw = raw_                       \
	}
#define ATTR(dir_, name_)                                                                          \
	{                                                                                          \
		.dir = dir_, .type = LAYOUT_TEXT, .name = name_, .attr = name_                     \
	}
#define LIVE(name_)                                                                                \
	{                                                                                          \
		.dir = KIND_DEVICE, .type = LAYOUT_LIVE, .name = name_, .attr = name_              \
	}
#define POWER(name_)                                                                               \
	{                                                                                          \
		.dir = KIND_POWER, .type = LAYOUT_LIVE, .name = name_, .attr = "power/" name_      \
	}
#define DECODED(name_, which_)                                                                     \
	{                                                                                          \
		.dir = KIND_DEVICE, .type = LAYOUT_TEXT, .name = name_, .decoded = true,           \
		.offset = which_                                                                   \
	}
#define ACTIVE(dir_, name_, type_)                                                                 \
	{                                                                                          \
		.dir = dir_, .type = type_, .name = name_                                          \
	}

#define CONFIG_FIELDS(dir_)                                                                        \
	FIELD(dir_, "bNumInterfaces", print_config_field, 4, 1, "%2u\n"),                          \
		FIELD(dir_, "bmAttributes", print_config_field, 7, 1, "%2x\n"),                    \
		FIELD(dir_, "bMaxPower", print_max_power, 8, 1, "%umA\n"),                         \
		PRINT(dir_, "configuration", print_configuration)

#define ALT_FIELDS(dir_, type_)                                                                    \
	FIELD(dir_, "bInterfaceNumber", print_alt_field, 2, 1, "%02x\n"),                          \
		{                                                                                  \
			.dir = dir_,                                                               \
			.type = type_,                                                             \
			.name = "bAlternateSetting",                                               \
			.print = print_alt_field,                                                  \
			.offset = 3,                                                               \
			.width = 1,                                                                \
			.format = "%2u\n",                                                         \
		},                                                                                 \
		FIELD(dir_, "bNumEndpoints", print_alt_field, 4, 1, "%02x\n"),                     \
		FIELD(dir_, "bInterfaceClass", print_alt_field, 5, 1, "%02x\n"),                   \
		FIELD(dir_, "bInterfaceSubClass", print_alt_field, 6, 1, "%02x\n"),                \
		FIELD(dir_, "bInterfaceProtocol", print_alt_field, 7, 1, "%02x\n"),                \
		RAW(dir_, "descriptor", raw_alt)

#define ENDPOINT_FIELDS(dir_)                                                                      \
	FIELD(dir_, "bLength", print_endpoint_field, 0, 1, "%02x\n"),                              \
		FIELD(dir_, "bEndpointAddress", print_endpoint_field, 2, 1, "%02x\n"),             \
		FIELD(dir_, "bmAttributes", print_endpoint_field, 3, 1, "%02x\n"),                 \
		FIELD(dir_, "wMaxPacketSize", print_max_packet, 4, 2, "%04x\n"),                   \
		FIELD(dir_, "bInterval", print_endpoint_field, 6, 1, "%02x\n"),                    \
		PRINT(dir_, "type", print_type), PRINT(dir_, "direction", print_direction),        \
		PRINT(dir_, "interval", print_interval)

/* bMaxBurst and its like are of the companion; bmAttributes is the endpoint's own. */
#define COMPANION_FIELDS(dir_)                                                                     \
	PRINT(dir_, "bytes_per_interval", print_interval_bytes),                                   \
		FIELD(dir_, "bMaxBurst", print_companion_field, 2, 1, "%u\n"),                     \
		FIELD(dir_, "companion_bmAttributes", print_companion_field, 3, 1, "%02x\n"),      \
		PRINT(dir_, "streams", print_streams), PRINT(dir_, "mult", print_mult),            \
		FIELD(dir_, "wBytesPerInterval", print_companion_field, 4, 2, "%u\n"),             \
		PRINT(dir_, "dwBytesPerInterval", print_ssp_bytes),                                \
		RAW(dir_, "companion", raw_companion),                                             \
		RAW(dir_, "ssp_iso_companion", raw_ssp_companion)

#define PORT(name_)                                                                                \
	{                                                                                          \
		.dir = KIND_PORT, .type = LAYOUT_LIVE, .name = name_, .attr = name_                \
	}
#define SETTING(dir_, name_, attr_)                                                                \
	{                                                                                          \
		.dir = dir_, .type = LAYOUT_SETTING, .name = name_, .attr = attr_                  \
	}

const struct entry entries[] = {
	PRINT(KIND_ROOT, "README", print_readme),
	PRINT(KIND_ROOT, "devices", print_devices),
	PRINT(KIND_ROOT, "devices.json", print_devices_json),
	ACTIVE(KIND_ROOT, "events", LAYOUT_EVENTS),
	ACTIVE(KIND_ROOT, "ctl", LAYOUT_ROOT_CTL),
	ACTIVE(KIND_ROOT, "status", LAYOUT_ROOT_STATUS),

	FIELD(KIND_DEVICE, "idVendor", print_device_field, 8, 2, "%04x\n"),
	FIELD(KIND_DEVICE, "idProduct", print_device_field, 10, 2, "%04x\n"),
	FIELD(KIND_DEVICE, "bcdDevice", print_device_field, 12, 2, "%04x\n"),
	FIELD(KIND_DEVICE, "bDeviceClass", print_device_field, 4, 1, "%02x\n"),
	FIELD(KIND_DEVICE, "bDeviceSubClass", print_device_field, 5, 1, "%02x\n"),
	FIELD(KIND_DEVICE, "bDeviceProtocol", print_device_field, 6, 1, "%02x\n"),
	FIELD(KIND_DEVICE, "bNumConfigurations", print_device_field, 17, 1, "%u\n"),
	FIELD(KIND_DEVICE, "bMaxPacketSize0", print_device_field, 7, 1, "%u\n"),
	{
		.dir = KIND_DEVICE,
		.type = LAYOUT_CONFIG,
		.name = "bConfigurationValue",
		.print = print_active_config,
	},
	CONFIG_FIELDS(KIND_DEVICE),
	ATTR(KIND_DEVICE, "manufacturer"),
	ATTR(KIND_DEVICE, "product"),
	ATTR(KIND_DEVICE, "serial"),
	PRINT(KIND_DEVICE, "speed", print_speed),
	PRINT(KIND_DEVICE, "busnum", print_busnum),
	PRINT(KIND_DEVICE, "devnum", print_devnum),
	ATTR(KIND_DEVICE, "devpath"),
	ATTR(KIND_DEVICE, "version"),
	ATTR(KIND_DEVICE, "rx_lanes"),
	ATTR(KIND_DEVICE, "tx_lanes"),
	ATTR(KIND_DEVICE, "maxchild"),
	ATTR(KIND_DEVICE, "quirks"),
	ATTR(KIND_DEVICE, "ltm_capable"),
	ATTR(KIND_DEVICE, "removable"),
	LIVE("urbnum"),
	SETTING(KIND_DEVICE, "authorized", "authorized"),
	LIVE("authorized_default"),
	LIVE("interface_authorized_default"),
	LIVE("avoid_reset_quirk"),
	RAW(KIND_DEVICE, "descriptors", raw_descriptors),
	RAW(KIND_DEVICE, "bos_descriptor", raw_bos),
	DECODED("descriptors.txt", DECODED_TEXT),
	DECODED("descriptors.json", DECODED_JSON),
	ACTIVE(KIND_DEVICE, "ctl", LAYOUT_DEV_CTL),
	ACTIVE(KIND_DEVICE, "status", LAYOUT_DEV_STATUS),

	SETTING(KIND_POWER, "control", "power/control"),
	POWER("level"),
	POWER("autosuspend"),
	SETTING(KIND_POWER, "autosuspend_delay_ms", "power/autosuspend_delay_ms"),
	POWER("persist"),
	POWER("wakeup"),
	POWER("runtime_status"),
	POWER("runtime_enabled"),
	POWER("runtime_usage"),
	POWER("runtime_active_time"),
	POWER("runtime_suspended_time"),
	POWER("active_duration"),
	POWER("connected_duration"),
	POWER("usb2_hardware_lpm"),
	POWER("usb2_lpm_l1_timeout"),
	POWER("usb2_lpm_besl"),
	POWER("usb3_hardware_lpm_u1"),
	POWER("usb3_hardware_lpm_u2"),

	ACTIVE(KIND_PORT, "power", LAYOUT_PORT_POWER),
	{.dir = KIND_PORT, .type = LAYOUT_PORT_DISABLE, .name = "disable", .attr = "disable"},
	ACTIVE(KIND_PORT, "indicator", LAYOUT_PORT_INDICATOR),
	ACTIVE(KIND_PORT, "status", LAYOUT_PORT_STATUS),
	PORT("connect_type"),
	PORT("location"),
	PORT("over_current_count"),
	PORT("quirks"),
	PORT("usb3_lpm_permit"),
	PORT("early_stop"),
	PORT("state"),

	ACTIVE(KIND_EP00, "request", LAYOUT_CONTROL_TEXT),
	ACTIVE(KIND_EP00, "data", LAYOUT_CONTROL_DATA),
	ACTIVE(KIND_EP00, "ctl", LAYOUT_CONTROL_CTL),
	ACTIVE(KIND_EP00, "status", LAYOUT_CONTROL_STATUS),
	ENDPOINT_FIELDS(KIND_EP00),

	FIELD(KIND_CONFIG, "bConfigurationValue", print_config_field, 5, 1, "%u\n"),
	CONFIG_FIELDS(KIND_CONFIG),
	RAW(KIND_CONFIG, "descriptor", raw_config),

	ALT_FIELDS(KIND_INTERFACE, LAYOUT_ALTERNATE),
	PRINT(KIND_INTERFACE, "interface", print_interface_attr),
	PRINT(KIND_INTERFACE, "modalias", print_interface_attr),
	PRINT(KIND_INTERFACE, "supports_autosuspend", print_interface_attr),
	PRINT(KIND_INTERFACE, "authorized", print_interface_attr),
	FIELD(KIND_INTERFACE, "iad_bFirstInterface", print_iad_field, 2, 1, "%02x\n"),
	FIELD(KIND_INTERFACE, "iad_bInterfaceCount", print_iad_field, 3, 1, "%02u\n"),
	FIELD(KIND_INTERFACE, "iad_bFunctionClass", print_iad_field, 4, 1, "%02x\n"),
	FIELD(KIND_INTERFACE, "iad_bFunctionSubClass", print_iad_field, 5, 1, "%02x\n"),
	FIELD(KIND_INTERFACE, "iad_bFunctionProtocol", print_iad_field, 6, 1, "%02x\n"),
	RAW(KIND_INTERFACE, "report_descriptor", raw_report),
	PRINT(KIND_INTERFACE, "report_descriptor.txt", print_report),
	ACTIVE(KIND_INTERFACE, "driver", LAYOUT_DRIVER),

	ALT_FIELDS(KIND_ALT, LAYOUT_TEXT),

	ACTIVE(KIND_ENDPOINT, "data", LAYOUT_DATA),
	ACTIVE(KIND_ENDPOINT, "ctl", LAYOUT_CTL),
	ACTIVE(KIND_ENDPOINT, "status", LAYOUT_STATUS),
	ENDPOINT_FIELDS(KIND_ENDPOINT),
	COMPANION_FIELDS(KIND_ENDPOINT),
	RAW(KIND_ENDPOINT, "descriptor", raw_endpoint),

	ENDPOINT_FIELDS(KIND_ALT_ENDPOINT),
	COMPANION_FIELDS(KIND_ALT_ENDPOINT),
	RAW(KIND_ALT_ENDPOINT, "descriptor", raw_endpoint),
};

const size_t n_entries = ARRAY_SIZE(entries);

_Static_assert(ARRAY_SIZE(entries) + KIND_FILE <= 256, "kinds have eight bits");

const struct entry *
entry_of(struct id id)
{
	if (id.kind < KIND_FILE || id.kind - KIND_FILE >= n_entries)
		return NULL;
	return &entries[id.kind - KIND_FILE];
}

size_t
entry_text(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	if (e->print)
		return e->print(p, e, buf, size);
	if (e->raw || e->decoded) {
		struct desc_span s = e->raw ? e->raw(p) : decoded_text(p->device, e);

		if (s.len == 0)
			return NO_SUCH_FILE;
		if (size > 0)
			memcpy(buf, s.data, s.len < size ? s.len : size);
		return s.len;
	}
	if (e->attr) {
		const char *text = e->dir == KIND_PORT
					   ? port_attr(p, e->attr)
					   : snapshot_attr(p->device->snapshot, e->attr);
		size_t len;

		if (!text)
			return NO_SUCH_FILE;
		len = strlen(text);
		if (size > 0)
			memcpy(buf, text, len < size ? len : size);
		return len;
	}
	return 0;
}

enum layout_type
entry_type(const struct place *p, const struct entry *e)
{
	/* In a configuration that is not in force there is nothing to be switched. */
	return e->type == LAYOUT_ALTERNATE && !p->active ? LAYOUT_TEXT : e->type;
}

bool
entry_exists(const struct place *p, const struct entry *e)
{
	/* They are always there; to find out by printing devices would take long. */
	if (e->dir == KIND_ROOT)
		return true;
	switch (e->type) {
	case LAYOUT_DRIVER:
		return p->active;
	case LAYOUT_DATA:
	case LAYOUT_CTL:
	case LAYOUT_STATUS:
		/* Two endpoints with one address cannot be told apart on the bus. */
		return !p->endpoint->duplicate && (p->endpoint->attributes & 3) != DESC_CONTROL &&
		       (p->endpoint->address & 0x0f) != 0;
	default:
		/* Looking for a name need not make the text. */
		if (e->decoded)
			return true;
		return entry_text(p, e, NULL, 0) != NO_SUCH_FILE;
	}
}

enum layout_type
place_type(const struct place *p)
{
	const struct entry *e = entry_of(p->id);

	if (links_is_link(p->id.kind))
		return LAYOUT_LINK;
	if (p->id.kind == KIND_SETUP_REQUEST)
		return LAYOUT_SETUP;
	return e ? entry_type(p, e) : LAYOUT_DIR;
}
