/* SPDX-License-Identifier: MIT */
/* Audio class 1.0: AudioControl and AudioStreaming (Device Class Definition for Audio Devices 1.0,
 * section 4; Data Formats 1.0). */
#include "layout/decode/classes.h"
#include "layout/decode/names.h"

/* clang-format off */
#define CONTROL  "AudioControl Interface Descriptor"
#define STREAM   "AudioStreaming Interface Descriptor"
#define ENDPOINT "AudioStreaming Endpoint Descriptor"
/* clang-format on */

static const struct step header[] = {
	BCD("bcdADC"),
	HEX2("wTotalLength"),
	COUNT("bInCollection"),
	EACH("baInterfaceNr"),
	END,
};

static const struct step input_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bNrChannels"),
	BITS2("wChannelConfig", channels_1),
	STRING("iChannelNames"),
	STRING("iTerminal"),
	END,
};

static const struct step output_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bSourceID"),
	STRING("iTerminal"),
	END,
};

static const struct step mixer_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC("bNrChannels"),
	BITS2("wChannelConfig", channels_1),
	STRING("iChannelNames"),
	{.name = "bmControls", .size = 1, .style = STYLE_HEX, .repeat = REPEAT_REST, .reserve = 1},
	STRING("iMixer"),
	END,
};

static const struct step selector_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	STRING("iSelector"),
	END,
};

static const struct bits feature_bits[] = {
	{0, 1, "Mute Control", NULL},
	{1, 1, "Volume Control", NULL},
	{2, 1, "Bass Control", NULL},
	{3, 1, "Mid Control", NULL},
	{4, 1, "Treble Control", NULL},
	{5, 1, "Graphic Equalizer Control", NULL},
	{6, 1, "Automatic Gain Control", NULL},
	{7, 1, "Delay Control", NULL},
	{8, 1, "Bass Boost Control", NULL},
	{9, 1, "Loudness Control", NULL},
	{0, 0, NULL, NULL},
};

static const struct step feature_unit[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	SIZE("bControlSize"),
	{.name = "bmaControls",
		.size = SIZE_REGISTER,
		.style = STYLE_HEX,
		.repeat = REPEAT_REST,
		.reserve = 1,
		.bits = feature_bits},
	STRING("iFeature"),
	END,
};

static const struct name processes[] = {
	{1, "Up/Down-mix"},
	{2, "Dolby Prologic"},
	{3, "3D Stereo Extender"},
	{4, "Reverberation"},
	{5, "Chorus"},
	{6, "Dynamic Range Compressor"},
	{0, NULL},
};

static const struct bits enable_bits[] = {
	{0, 1, "Enable Processing", NULL},
	{0, 0, NULL, NULL},
};

#define PROCESSED                                                                                  \
	COUNT("bNrInPins"), EACH("baSourceID"), DEC("bNrChannels"),                                \
		BITS2("wChannelConfig", channels_1), STRING("iChannelNames"),                      \
		SIZE("bControlSize"),                                                              \
	{                                                                                          \
		.name = "bmControls", .size = SIZE_REGISTER, .style = STYLE_HEX,                   \
		.bits = enable_bits                                                                \
	}

static const struct step processing_unit[] = {
	DEC("bUnitID"),
	ENUM2("wProcessType", processes),
	PROCESSED,
	STRING("iProcessing"),
	END,
};

/* Up/Down-mix and Dolby Prologic have modes behind it. */
static const struct step mode_processing_unit[] = {
	DEC("bUnitID"),
	ENUM2("wProcessType", processes),
	PROCESSED,
	STRING("iProcessing"),
	{.name = "bNrModes", .size = 1, .set = SET_COUNT, .optional = true},
	{.name = "waModes",
		.size = 2,
		.style = STYLE_HEX,
		.repeat = REPEAT_COUNT,
		.bits = channels_1,
		.optional = true},
	END,
};

static const struct step extension_unit[] = {
	DEC("bUnitID"),
	HEX2("wExtensionCode"),
	PROCESSED,
	STRING("iExtension"),
	END,
};

static const struct shape controls[] = {
	{1, 0, 0, 0, CONTROL, "HEADER", header},
	{2, 0, 0, 0, CONTROL, "INPUT_TERMINAL", input_terminal},
	{3, 0, 0, 0, CONTROL, "OUTPUT_TERMINAL", output_terminal},
	{4, 0, 0, 0, CONTROL, "MIXER_UNIT", mixer_unit},
	{5, 0, 0, 0, CONTROL, "SELECTOR_UNIT", selector_unit},
	{6, 0, 0, 0, CONTROL, "FEATURE_UNIT", feature_unit},
	{7, 4, 2, 1, CONTROL, "PROCESSING_UNIT", mode_processing_unit},
	{7, 4, 2, 2, CONTROL, "PROCESSING_UNIT", mode_processing_unit},
	{7, 0, 0, 0, CONTROL, "PROCESSING_UNIT", processing_unit},
	{8, 0, 0, 0, CONTROL, "EXTENSION_UNIT", extension_unit},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct name formats[] = {
	{0x0000, "TYPE_I_UNDEFINED"},
	{0x0001, "PCM"},
	{0x0002, "PCM8"},
	{0x0003, "IEEE_FLOAT"},
	{0x0004, "ALAW"},
	{0x0005, "MULAW"},
	{0x1000, "TYPE_II_UNDEFINED"},
	{0x1001, "MPEG"},
	{0x1002, "AC-3"},
	{0x2000, "TYPE_III_UNDEFINED"},
	{0x2001, "IEC1937_AC-3"},
	{0x2002, "IEC1937_MPEG-1_Layer1"},
	{0x2003, "IEC1937_MPEG-1_Layer2/3 or MPEG-2_NOEXT"},
	{0x2004, "IEC1937_MPEG-2_EXT"},
	{0x2005, "IEC1937_MPEG-2_Layer1_LS"},
	{0x2006, "IEC1937_MPEG-2_Layer2/3_LS"},
	{0, NULL},
};

static void
explain_frames(struct decode *d, uint64_t value)
{
	(void)value;
	decode_meaning(d, "frames");
}

static const struct step general[] = {
	DEC("bTerminalLink"),
	EXPLAIN("bDelay", 1, STYLE_DEC, explain_frames),
	ENUM2("wFormatTag", formats),
	END,
};

static const struct name format_types[] = {
	{1, "FORMAT_TYPE_I"}, {2, "FORMAT_TYPE_II"}, {3, "FORMAT_TYPE_III"}, {0, NULL}};

static void
explain_sampling(struct decode *d, uint64_t value)
{
	if (value == 0)
		decode_meaning(d, "Continuous");
	else
		decode_meaning(d, "Discrete");
}

/* clang-format off */
#define SAMPLING                                                                                   \
	{.name = "bSamFreqType", .size = 1, .set = SET_COUNT, .explain = explain_sampling},        \
	{.name = "tLowerSamFreq", .size = 3, .when = IF_NO_COUNT},                                 \
	{.name = "tUpperSamFreq", .size = 3, .when = IF_NO_COUNT},                                 \
	{.name = "tSamFreq", .size = 3, .repeat = REPEAT_COUNT, .when = IF_COUNT}
/* clang-format on */

static const struct step format_type_1[] = {
	ENUM("bFormatType", format_types),
	DEC("bNrChannels"),
	DEC("bSubframeSize"),
	DEC("bBitResolution"),
	SAMPLING,
	END,
};

static const struct step format_type_2[] = {
	ENUM("bFormatType", format_types),
	DEC2("wMaxBitRate"),
	DEC2("wSamplesPerFrame"),
	SAMPLING,
	END,
};

static const struct step format_type_other[] = {
	ENUM("bFormatType", format_types),
	END,
};

static const struct bits mpeg_capabilities[] = {
	{0, 1, "Layer I", NULL},
	{1, 1, "Layer II", NULL},
	{2, 1, "Layer III", NULL},
	{3, 1, "MPEG-1 only", NULL},
	{4, 1, "MPEG-1 dual-channel", NULL},
	{5, 1, "MPEG-2 second stereo", NULL},
	{6, 1, "MPEG-2 7.1 channel augmentation", NULL},
	{7, 1, "Adaptive multi-channel prediction", NULL},
	{0, 0, NULL, NULL},
};

static const struct name ranges[] = {
	{0, "not supported"},
	{1, "supported, no scaling"},
	{2, "supported, one scaling for boost and cut"},
	{3, "supported, separate scaling for boost and cut"},
	{0, NULL},
};

static const struct bits mpeg_features[] = {
	{4, 2, "Internal Dynamic Range Control", ranges},
	{0, 0, NULL, NULL},
};

static const struct bits ac3_features[] = {
	{0, 1, "RF mode", NULL},
	{1, 1, "Line mode", NULL},
	{2, 1, "Custom0 mode", NULL},
	{3, 1, "Custom1 mode", NULL},
	{4, 2, "Internal Dynamic Range Control", ranges},
	{0, 0, NULL, NULL},
};

static const struct step mpeg[] = {
	ENUM2("wFormatTag", formats),
	BITS2("bmMPEGCapabilities", mpeg_capabilities),
	BITS("bmMPEGFeatures", mpeg_features),
	END,
};

static const struct step ac3[] = {
	ENUM2("wFormatTag", formats),
	HEX4("bmBSID"),
	BITS("bmAC3Features", ac3_features),
	END,
};

static const struct step format_specific[] = {
	ENUM2("wFormatTag", formats),
	END,
};

static const struct shape streams[] = {
	{1, 0, 0, 0, STREAM, "AS_GENERAL", general},
	{2, 3, 1, 1, STREAM, "FORMAT_TYPE", format_type_1},
	{2, 3, 1, 2, STREAM, "FORMAT_TYPE", format_type_2},
	{2, 3, 1, 3, STREAM, "FORMAT_TYPE", format_type_1},
	{2, 0, 0, 0, STREAM, "FORMAT_TYPE", format_type_other},
	{3, 3, 2, 0x1001, STREAM, "FORMAT_SPECIFIC", mpeg},
	{3, 3, 2, 0x1002, STREAM, "FORMAT_SPECIFIC", ac3},
	{3, 0, 0, 0, STREAM, "FORMAT_SPECIFIC", format_specific},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct bits endpoint_attributes[] = {
	{0, 1, "Sampling Frequency", NULL},
	{1, 1, "Pitch", NULL},
	{7, 1, "MaxPacketsOnly", NULL},
	{0, 0, NULL, NULL},
};

static const struct name lock_units[] = {
	{0, "Undefined"}, {1, "Milliseconds"}, {2, "Decoded PCM samples"}, {0, NULL}};

static const struct step endpoint_general[] = {
	BITS("bmAttributes", endpoint_attributes),
	ENUM("bLockDelayUnits", lock_units),
	DEC2("wLockDelay"),
	END,
};

static const struct shape endpoints[] = {
	{1, 0, 0, 0, ENDPOINT, "EP_GENERAL", endpoint_general},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_audio_1(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) == 0x25)
		return decode_shape(d, endpoints, one);
	return desc_u8(one, 1) == 0x24 &&
	       decode_shape(d, d->subclass == 1 ? controls : streams, one);
}
