/* SPDX-License-Identifier: MIT */
/* Video class: VideoStreaming (Device Class Definition for Video Devices 1.5, 3.9, and the payload
 * formats' specifications). */
#include <string.h>

#include "layout/decode/classes.h"
#include "layout/decode/names.h"

#define STREAM "VideoStreaming Interface Descriptor"

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
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, decode_explain_address),
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
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, decode_explain_address),
	DEC("bTerminalLink"),
	FORMAT_CONTROLS,
	END,
};

static const struct step still_image[] = {
	EXPLAIN("bEndpointAddress", 1, STYLE_HEX, decode_explain_address),
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

bool
decode_video_stream(struct decode *d, struct desc_span one)
{
	return decode_shape(d, streams, one);
}
