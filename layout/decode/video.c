/* SPDX-License-Identifier: MIT */
/* Video class: VideoControl and VideoStreaming (Device Class Definition for Video Devices 1.5, and
 * the payload formats' specifications). */
#include <string.h>

#include "layout/decode/classes.h"
#include "layout/decode/names.h"

/* clang-format off */
#define CONTROL  "VideoControl Interface Descriptor"
#define STREAM   "VideoStreaming Interface Descriptor"
#define ENDPOINT "VideoControl Endpoint Descriptor"
#define LAST     {0, 0, NULL, NULL}
/* clang-format on */

static const struct step header[] = {
	BCD("bcdUVC"),
	HEX2("wTotalLength"),
	DEC4("dwClockFrequency"),
	COUNT("bInCollection"),
	EACH("baInterfaceNr"),
	END,
};

static const struct bits camera_bits[] = {
	{0, 1, "Scanning Mode", NULL},
	{1, 1, "Auto-Exposure Mode", NULL},
	{2, 1, "Auto-Exposure Priority", NULL},
	{3, 1, "Exposure Time (Absolute)", NULL},
	{4, 1, "Exposure Time (Relative)", NULL},
	{5, 1, "Focus (Absolute)", NULL},
	{6, 1, "Focus (Relative)", NULL},
	{7, 1, "Iris (Absolute)", NULL},
	{8, 1, "Iris (Relative)", NULL},
	{9, 1, "Zoom (Absolute)", NULL},
	{10, 1, "Zoom (Relative)", NULL},
	{11, 1, "PanTilt (Absolute)", NULL},
	{12, 1, "PanTilt (Relative)", NULL},
	{13, 1, "Roll (Absolute)", NULL},
	{14, 1, "Roll (Relative)", NULL},
	{17, 1, "Focus, Auto", NULL},
	{18, 1, "Privacy", NULL},
	{19, 1, "Focus, Simple", NULL},
	{20, 1, "Window", NULL},
	{21, 1, "Region of Interest", NULL},
	LAST,
};

/* clang-format off */
#define SIZED(n, b) {.name = n, .size = SIZE_REGISTER, .style = STYLE_HEX, .bits = b}
#define TERMINAL                                                                                   \
	DEC("bTerminalID"), ENUM2("wTerminalType", video_terminals), DEC("bAssocTerminal")
/* clang-format on */

static const struct step input_terminal[] = {
	TERMINAL,
	STRING("iTerminal"),
	END,
};

static const struct step camera_terminal[] = {
	TERMINAL,
	STRING("iTerminal"),
	DEC2("wObjectiveFocalLengthMin"),
	DEC2("wObjectiveFocalLengthMax"),
	DEC2("wOcularFocalLength"),
	SIZE("bControlSize"),
	SIZED("bmControls", camera_bits),
	END,
};

static const struct step media_terminal[] = {
	TERMINAL,
	STRING("iTerminal"),
	SIZE("bControlSize"),
	SIZED("bmControls", NULL),
	SIZE("bTransportModeSize"),
	SIZED("bmTransportModes", NULL),
	END,
};

static const struct step output_terminal[] = {
	TERMINAL,
	DEC("bSourceID"),
	STRING("iTerminal"),
	END,
};

static const struct step selector_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	STRING("iSelector"),
	END,
};

static const struct bits processing_bits[] = {
	{0, 1, "Brightness", NULL},
	{1, 1, "Contrast", NULL},
	{2, 1, "Hue", NULL},
	{3, 1, "Saturation", NULL},
	{4, 1, "Sharpness", NULL},
	{5, 1, "Gamma", NULL},
	{6, 1, "White Balance Temperature", NULL},
	{7, 1, "White Balance Component", NULL},
	{8, 1, "Backlight Compensation", NULL},
	{9, 1, "Gain", NULL},
	{10, 1, "Power Line Frequency", NULL},
	{11, 1, "Hue, Auto", NULL},
	{12, 1, "White Balance Temperature, Auto", NULL},
	{13, 1, "White Balance Component, Auto", NULL},
	{14, 1, "Digital Multiplier", NULL},
	{15, 1, "Digital Multiplier Limit", NULL},
	{16, 1, "Analog Video Standard", NULL},
	{17, 1, "Analog Video Lock Status", NULL},
	{18, 1, "Contrast, Auto", NULL},
	LAST,
};

static const struct bits standards[] = {
	{0, 1, "None", NULL},
	{1, 1, "NTSC - 525/60", NULL},
	{2, 1, "PAL - 625/50", NULL},
	{3, 1, "SECAM - 625/50", NULL},
	{4, 1, "NTSC - 625/50", NULL},
	{5, 1, "PAL - 525/60", NULL},
	LAST,
};

static const struct step processing_unit[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	DEC2("wMaxMultiplier"),
	SIZE("bControlSize"),
	SIZED("bmControls", processing_bits),
	STRING("iProcessing"),
	/* Since 1.1. */
	{.name = "bmVideoStandards",
		.size = 1,
		.style = STYLE_HEX,
		.bits = standards,
		.optional = true},
	END,
};

static const struct step extension_unit[] = {
	DEC("bUnitID"),
	GUID("guidExtensionCode"),
	DEC("bNumControls"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	SIZE("bControlSize"),
	{.name = "bmControls", .size = SIZE_REGISTER, .style = STYLE_HEX},
	STRING("iExtension"),
	END,
};

static const struct bits encoding_bits[] = {
	{0, 1, "Select Layer", NULL},
	{1, 1, "Profile and Toolset", NULL},
	{2, 1, "Video Resolution", NULL},
	{3, 1, "Minimum Frame Interval", NULL},
	{4, 1, "Slice Mode", NULL},
	{5, 1, "Rate Control Mode", NULL},
	{6, 1, "Average Bit Rate", NULL},
	{7, 1, "CPB Size", NULL},
	{8, 1, "Peak Bit Rate", NULL},
	{9, 1, "Quantization Parameter", NULL},
	{10, 1, "Synchronization and Long-Term Reference Frame", NULL},
	{11, 1, "Long-Term Buffer", NULL},
	{12, 1, "Picture Long-Term Reference", NULL},
	{13, 1, "LTR Validation", NULL},
	{14, 1, "Level IDC", NULL},
	{15, 1, "SEI Message", NULL},
	{16, 1, "QP Range", NULL},
	{17, 1, "Priority ID", NULL},
	{18, 1, "Start or Stop Layer/View", NULL},
	{19, 1, "Error Resiliency", NULL},
	LAST,
};

static const struct step encoding_unit[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	STRING("iEncoding"),
	SIZE("bControlSize"),
	SIZED("bmControls", encoding_bits),
	SIZED("bmControlsRuntime", encoding_bits),
	END,
};

static const struct shape controls[] = {
	{1, 0, 0, 0, CONTROL, "HEADER", header},
	{2, 4, 2, 0x0201, CONTROL, "INPUT_TERMINAL", camera_terminal},
	{2, 4, 2, 0x0202, CONTROL, "INPUT_TERMINAL", media_terminal},
	{2, 0, 0, 0, CONTROL, "INPUT_TERMINAL", input_terminal},
	{3, 0, 0, 0, CONTROL, "OUTPUT_TERMINAL", output_terminal},
	{4, 0, 0, 0, CONTROL, "SELECTOR_UNIT", selector_unit},
	{5, 0, 0, 0, CONTROL, "PROCESSING_UNIT", processing_unit},
	{6, 0, 0, 0, CONTROL, "EXTENSION_UNIT", extension_unit},
	{7, 0, 0, 0, CONTROL, "ENCODING_UNIT", encoding_unit},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static void
explain_address(struct decode *d, uint64_t value)
{
	decode_meaning(d, "EP %u %s", (unsigned)value & 0x0f, value & 0x80 ? "IN" : "OUT");
}

static const struct bits info_bits[] = {{0, 1, "Dynamic Format Change", NULL}, LAST};

static const struct name triggers[] = {
	{0, "Initiate still image capture"}, {1, "General purpose button event"}, {0, NULL}};

static const struct bits stream_controls[] = {
	{0, 1, "wKeyFrameRate", NULL},
	{1, 1, "wPFrameRate", NULL},
	{2, 1, "wCompQuality", NULL},
	{3, 1, "wCompWindowSize", NULL},
	{4, 1, "Generate Key Frame", NULL},
	{5, 1, "Update Frame Segment", NULL},
	LAST,
};

/* clang-format off */
#define FORMAT_CONTROLS                                                                            \
	SIZE("bControlSize"),                                                                      \
	{.name = "bmaControls", .size = SIZE_REGISTER, .style = STYLE_HEX,                         \
		.repeat = REPEAT_COUNT, .bits = stream_controls}
/* clang-format on */

static const struct step input_header[] = {
	COUNT("bNumFormats"),
	HEX2("wTotalLength"),
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, explain_address),
	BITS("bmInfo", info_bits),
	DEC("bTerminalLink"),
	DEC("bStillCaptureMethod"),
	ENUM("bTriggerSupport", no_yes),
	ENUM("bTriggerUsage", triggers),
	FORMAT_CONTROLS,
	END,
};

static const struct step output_header[] = {
	COUNT("bNumFormats"),
	HEX2("wTotalLength"),
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, explain_address),
	DEC("bTerminalLink"),
	FORMAT_CONTROLS,
	END,
};

static const struct step still_image[] = {
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, explain_address),
	COUNT("bNumImageSizePatterns"),
	{.name = "wWidth", .size = 2, .repeat = REPEAT_COUNT, .group = 2},
	DEC2("wHeight"),
	COUNT("bNumCompressionPattern"),
	EACH("bCompression"),
	END,
};

/* The first four bytes of the usual GUIDs are the format's name. */
static void
explain_format(struct decode *d, uint64_t value)
{
	static const uint8_t tail[] = {
		0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};
	const uint8_t *guid = d->rest.data - 16;
	int len = 4;

	(void)value;
	if (memcmp(guid + 4, tail, sizeof(tail)) != 0)
		return;
	for (size_t i = 0; i < 4; i++)
		if (guid[i] < ' ' || guid[i] > '~')
			return;
	/* Short names are filled up with blanks. */
	while (len > 0 && guid[len - 1] == ' ')
		len--;
	if (len > 0)
		decode_meaning(d, "%.*s", len, (const char *)guid);
}

#define FORMAT_GUID                                                                                \
	{                                                                                          \
		.name = "guidFormat", .kind = STEP_GUID, .size = 16, .explain = explain_format     \
	}

static const struct name fields_per_frame[] = {{0, "2 fields"}, {1, "1 field"}, {0, NULL}};

static const struct name field_patterns[] = {
	{0, "Field 1 only"},
	{1, "Field 2 only"},
	{2, "Regular pattern of fields 1 and 2"},
	{3, "Random pattern of fields 1 and 2"},
	{0, NULL},
};

static const struct bits interlace_bits[] = {
	{0, 1, "Interlaced stream or variable", no_yes},
	{1, 1, "Fields per frame", fields_per_frame},
	{2, 1, "Field 1 first", no_yes},
	{4, 2, "Field pattern", field_patterns},
	LAST,
};

#define ASPECT                                                                                     \
	DEC("bDefaultFrameIndex"), DEC("bAspectRatioX"), DEC("bAspectRatioY"),                     \
		BITS("bmInterlaceFlags", interlace_bits), DEC("bCopyProtect")

static const struct step format_uncompressed[] = {
	DEC("bFormatIndex"),
	DEC("bNumFrameDescriptors"),
	FORMAT_GUID,
	DEC("bBitsPerPixel"),
	ASPECT,
	END,
};

static const struct bits mjpeg_bits[] = {{0, 1, "Fixed-size samples", no_yes}, LAST};

static const struct step format_mjpeg[] = {
	DEC("bFormatIndex"),
	DEC("bNumFrameDescriptors"),
	BITS("bmFlags", mjpeg_bits),
	ASPECT,
	END,
};

static const struct step format_frame_based[] = {
	DEC("bFormatIndex"),
	DEC("bNumFrameDescriptors"),
	FORMAT_GUID,
	DEC("bBitsPerPixel"),
	ASPECT,
	ENUM("bVariableSize", no_yes),
	END,
};

static const struct bits frame_bits[] = {
	{0, 1, "Still image supported", NULL},
	{1, 1, "Fixed frame-rate", NULL},
	LAST,
};

/* Units of 100 ns. */
static void
explain_frame_interval(struct decode *d, uint64_t value)
{
	if (value > 0)
		decode_meaning(d, "%llu.%03llu fps", 10000000 / (unsigned long long)value,
			10000000000ULL / value % 1000);
}

/* clang-format off */
#define INTERVALS                                                                                  \
	EXPLAIN("dwDefaultFrameInterval", 4, STYLE_DEC, explain_frame_interval)
#define INTERVAL_LIST                                                                              \
	{.name = "dwMinFrameInterval", .size = 4, .when = IF_NO_COUNT,                             \
		.explain = explain_frame_interval},                                                \
	{.name = "dwMaxFrameInterval", .size = 4, .when = IF_NO_COUNT,                             \
		.explain = explain_frame_interval},                                                \
	{.name = "dwFrameIntervalStep", .size = 4, .when = IF_NO_COUNT},                           \
	{.name = "dwFrameInterval", .size = 4, .when = IF_COUNT, .repeat = REPEAT_COUNT,           \
		.explain = explain_frame_interval}
#define FRAME                                                                                      \
	DEC("bFrameIndex"), BITS("bmCapabilities", frame_bits), DEC2("wWidth"), DEC2("wHeight"),   \
		DEC4("dwMinBitRate"), DEC4("dwMaxBitRate")
/* clang-format on */

static const struct step frame[] = {
	FRAME,
	DEC4("dwMaxVideoFrameBufferSize"),
	INTERVALS,
	COUNT("bFrameIntervalType"),
	INTERVAL_LIST,
	END,
};

static const struct step frame_based[] = {
	FRAME,
	INTERVALS,
	COUNT("bFrameIntervalType"),
	DEC4("dwBytesPerLine"),
	INTERVAL_LIST,
	END,
};

static const struct step format_mpeg2ts[] = {
	DEC("bFormatIndex"),
	DEC("bDataOffset"),
	DEC("bPacketLength"),
	DEC("bStrideLength"),
	{.name = "guidStrideFormat", .kind = STEP_GUID, .size = 16, .optional = true},
	END,
};

static const struct name dv_formats[] = {{0, "SD-DV"}, {1, "SDL-DV"}, {2, "HD-DV"}, {0, NULL}};

static const struct name dv_rates[] = {{0, "50 Hz"}, {1, "60 Hz"}, {0, NULL}};

static const struct bits dv_bits[] = {
	{0, 7, "Format", dv_formats},
	{7, 1, "Rate", dv_rates},
	LAST,
};

static const struct step format_dv[] = {
	DEC("bFormatIndex"),
	DEC4("dwMaxVideoFrameBufferSize"),
	BITS("bFormatType", dv_bits),
	END,
};

static const struct step format_stream_based[] = {
	DEC("bFormatIndex"),
	FORMAT_GUID,
	DEC4("dwPacketLength"),
	END,
};

static const struct name primaries[] = {
	{0, "Unspecified"},
	{1, "BT.709, sRGB"},
	{2, "BT.470-2 (M)"},
	{3, "BT.470-2 (B,G)"},
	{4, "SMPTE 170M"},
	{5, "SMPTE 240M"},
	{0, NULL},
};

static const struct name transfers[] = {
	{0, "Unspecified"},
	{1, "BT.709"},
	{2, "BT.470-2 (M)"},
	{3, "BT.470-2 (B,G)"},
	{4, "SMPTE 170M"},
	{5, "SMPTE 240M"},
	{6, "Linear"},
	{7, "sRGB"},
	{0, NULL},
};

static const struct name matrices[] = {
	{0, "Unspecified"},
	{1, "BT.709"},
	{2, "FCC"},
	{3, "BT.470-2 (B,G)"},
	{4, "SMPTE 170M (BT.601)"},
	{5, "SMPTE 240M"},
	{0, NULL},
};

static const struct step color[] = {
	ENUM("bColorPrimaries", primaries),
	ENUM("bTransferCharacteristics", transfers),
	ENUM("bMatrixCoefficients", matrices),
	END,
};

static const struct shape streams[] = {
	{0x01, 0, 0, 0, STREAM, "INPUT_HEADER", input_header},
	{0x02, 0, 0, 0, STREAM, "OUTPUT_HEADER", output_header},
	{0x03, 0, 0, 0, STREAM, "STILL_IMAGE_FRAME", still_image},
	{0x04, 0, 0, 0, STREAM, "FORMAT_UNCOMPRESSED", format_uncompressed},
	{0x05, 0, 0, 0, STREAM, "FRAME_UNCOMPRESSED", frame},
	{0x06, 0, 0, 0, STREAM, "FORMAT_MJPEG", format_mjpeg},
	{0x07, 0, 0, 0, STREAM, "FRAME_MJPEG", frame},
	{0x0a, 0, 0, 0, STREAM, "FORMAT_MPEG2TS", format_mpeg2ts},
	{0x0c, 0, 0, 0, STREAM, "FORMAT_DV", format_dv},
	{0x0d, 0, 0, 0, STREAM, "COLORFORMAT", color},
	{0x10, 0, 0, 0, STREAM, "FORMAT_FRAME_BASED", format_frame_based},
	{0x11, 0, 0, 0, STREAM, "FRAME_FRAME_BASED", frame_based},
	{0x12, 0, 0, 0, STREAM, "FORMAT_STREAM_BASED", format_stream_based},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct step interrupt[] = {DEC2("wMaxTransferSize"), END};

static const struct shape endpoints[] = {
	{3, 0, 0, 0, ENDPOINT, "EP_INTERRUPT", interrupt},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_video(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) == 0x25)
		return decode_shape(d, endpoints, one);
	if (desc_u8(one, 1) != 0x24)
		return false;
	return decode_shape(d, d->subclass == 1 ? controls : streams, one);
}
