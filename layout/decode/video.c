/* SPDX-License-Identifier: MIT */
/* Video class: VideoControl (Device Class Definition for Video Devices 1.5, 3.7 and 3.8). */
#include "layout/decode/classes.h"
#include "layout/decode/names.h"

/* clang-format off */
#define CONTROL  "VideoControl Interface Descriptor"
#define ENDPOINT "VideoControl Endpoint Descriptor"
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
	return d->subclass == 1 ? decode_shape(d, controls, one) : decode_video_stream(d, one);
}
