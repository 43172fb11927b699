/* SPDX-License-Identifier: MIT */
/* Audio class 2.0: AudioControl and AudioStreaming (Device Class Definition for Audio Devices 2.0,
 * section 4; Data Formats 2.0). */
#include "layout/decode/classes.h"
#include "layout/decode/names.h"

/* clang-format off */
#define CONTROL  "AudioControl Interface Descriptor"
#define STREAM   "AudioStreaming Interface Descriptor"
#define ENDPOINT "AudioStreaming Endpoint Descriptor"
/* clang-format on */

/* clang-format off */
/* Controls have two bits each. */
#define ACCESS(shift, name) {shift, 2, name " Control", audio_access}
/* clang-format on */

static const struct bits header_controls[] = {ACCESS(0, "Latency"), LAST};

static const struct step header[] = {
	BCD("bcdADC"),
	ENUM("bCategory", audio_categories),
	HEX2("wTotalLength"),
	BITS("bmControls", header_controls),
	END,
};

static const struct bits input_controls[] = {
	ACCESS(0, "Copy Protect"),
	ACCESS(2, "Connector"),
	ACCESS(4, "Overload"),
	ACCESS(6, "Cluster"),
	ACCESS(8, "Underflow"),
	ACCESS(10, "Overflow"),
	LAST,
};

static const struct step input_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bCSourceID"),
	DEC("bNrChannels"),
	BITS4("bmChannelConfig", channels_2),
	STRING("iChannelNames"),
	BITS2("bmControls", input_controls),
	STRING("iTerminal"),
	END,
};

static const struct bits output_controls[] = {
	ACCESS(0, "Copy Protect"),
	ACCESS(2, "Connector"),
	ACCESS(4, "Overload"),
	ACCESS(6, "Underflow"),
	ACCESS(8, "Overflow"),
	LAST,
};

static const struct step output_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bSourceID"),
	DEC("bCSourceID"),
	BITS2("bmControls", output_controls),
	STRING("iTerminal"),
	END,
};

static const struct bits mixer_controls[] = {
	ACCESS(0, "Cluster"),
	ACCESS(2, "Underflow"),
	ACCESS(4, "Overflow"),
	LAST,
};

static const struct step mixer_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC("bNrChannels"),
	BITS4("bmChannelConfig", channels_2),
	STRING("iChannelNames"),
	{.name = "bmMixerControls",
		.size = 1,
		.style = STYLE_HEX,
		.repeat = REPEAT_REST,
		.reserve = 2},
	BITS("bmControls", mixer_controls),
	STRING("iMixer"),
	END,
};

static const struct bits selector_controls[] = {ACCESS(0, "Selector"), LAST};

static const struct step selector_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	BITS("bmControls", selector_controls),
	STRING("iSelector"),
	END,
};

static const struct bits feature_controls[] = {
	ACCESS(0, "Mute"),
	ACCESS(2, "Volume"),
	ACCESS(4, "Bass"),
	ACCESS(6, "Mid"),
	ACCESS(8, "Treble"),
	ACCESS(10, "Graphic Equalizer"),
	ACCESS(12, "Automatic Gain"),
	ACCESS(14, "Delay"),
	ACCESS(16, "Bass Boost"),
	ACCESS(18, "Loudness"),
	ACCESS(20, "Input gain"),
	ACCESS(22, "Input gain pad"),
	ACCESS(24, "Phase inverter"),
	ACCESS(26, "Underflow"),
	ACCESS(28, "Overflow"),
	LAST,
};

static const struct step feature_unit[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	{.name = "bmaControls",
		.size = 4,
		.style = STYLE_HEX,
		.repeat = REPEAT_REST,
		.reserve = 1,
		.bits = feature_controls},
	STRING("iFeature"),
	END,
};

static const struct name effects[] = {
	{1, "Parametric Equalizer"},
	{2, "Reverberation"},
	{3, "Modulation Delay"},
	{4, "Dynamic Range Compressor"},
	{0, NULL},
};

static const struct step effect_unit[] = {
	DEC("bUnitID"),
	ENUM2("wEffectType", effects),
	DEC("bSourceID"),
	{.name = "bmaControls", .size = 4, .style = STYLE_HEX, .repeat = REPEAT_REST, .reserve = 1},
	STRING("iEffects"),
	END,
};

static const struct name processes[] = {
	{1, "Up/Down-mix"}, {2, "Dolby Prologic"}, {3, "Stereo Extender"}, {0, NULL}};

static const struct bits processing_controls[] = {
	ACCESS(0, "Enable"),
	ACCESS(2, "Mode Select"),
	ACCESS(4, "Cluster"),
	ACCESS(6, "Underflow"),
	ACCESS(8, "Overflow"),
	LAST,
};

static const struct step processing_unit[] = {
	DEC("bUnitID"),
	ENUM2("wProcessType", processes),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC("bNrChannels"),
	BITS4("bmChannelConfig", channels_2),
	STRING("iChannelNames"),
	BITS2("bmControls", processing_controls),
	STRING("iProcessing"),
	{.name = "bNrModes", .size = 1, .set = SET_COUNT, .optional = true},
	{.name = "daModes",
		.size = 4,
		.style = STYLE_HEX,
		.repeat = REPEAT_COUNT,
		.bits = channels_2,
		.optional = true},
	END,
};

static const struct bits extension_controls[] = {
	ACCESS(0, "Enable"),
	ACCESS(2, "Cluster"),
	ACCESS(4, "Underflow"),
	ACCESS(6, "Overflow"),
	LAST,
};

static const struct step extension_unit[] = {
	DEC("bUnitID"),
	HEX2("wExtensionCode"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC("bNrChannels"),
	BITS4("bmChannelConfig", channels_2),
	STRING("iChannelNames"),
	BITS("bmControls", extension_controls),
	STRING("iExtension"),
	END,
};

static const struct name clocks[] = {
	{0, "External"},
	{1, "Internal fixed"},
	{2, "Internal variable"},
	{3, "Internal programmable"},
	{0, NULL},
};

static const struct bits clock_attributes[] = {
	{0, 2, "Clock Type", clocks},
	{2, 1, "Synchronized to SOF", NULL},
	LAST,
};

static const struct bits clock_controls[] = {
	ACCESS(0, "Clock Frequency"),
	ACCESS(2, "Clock Validity"),
	LAST,
};

static const struct step clock_source[] = {
	DEC("bClockID"),
	BITS("bmAttributes", clock_attributes),
	BITS("bmControls", clock_controls),
	DEC("bAssocTerminal"),
	STRING("iClockSource"),
	END,
};

static const struct bits clock_selector_controls[] = {ACCESS(0, "Clock Selector"), LAST};

static const struct step clock_selector[] = {
	DEC("bClockID"),
	COUNT("bNrInPins"),
	EACH("baCSourceID"),
	BITS("bmControls", clock_selector_controls),
	STRING("iClockSelector"),
	END,
};

static const struct bits clock_multiplier_controls[] = {
	ACCESS(0, "Clock Numerator"),
	ACCESS(2, "Clock Denominator"),
	LAST,
};

static const struct step clock_multiplier[] = {
	DEC("bClockID"),
	DEC("bCSourceID"),
	BITS("bmControls", clock_multiplier_controls),
	STRING("iClockMultiplier"),
	END,
};

static const struct step rate_converter[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	DEC("bCSourceInID"),
	DEC("bCSourceOutID"),
	STRING("iSRC"),
	END,
};

static const struct shape controls[] = {
	{0x1, 0, 0, 0, CONTROL, "HEADER", header},
	{0x2, 0, 0, 0, CONTROL, "INPUT_TERMINAL", input_terminal},
	{0x3, 0, 0, 0, CONTROL, "OUTPUT_TERMINAL", output_terminal},
	{0x4, 0, 0, 0, CONTROL, "MIXER_UNIT", mixer_unit},
	{0x5, 0, 0, 0, CONTROL, "SELECTOR_UNIT", selector_unit},
	{0x6, 0, 0, 0, CONTROL, "FEATURE_UNIT", feature_unit},
	{0x7, 0, 0, 0, CONTROL, "EFFECT_UNIT", effect_unit},
	{0x8, 0, 0, 0, CONTROL, "PROCESSING_UNIT", processing_unit},
	{0x9, 0, 0, 0, CONTROL, "EXTENSION_UNIT", extension_unit},
	{0xa, 0, 0, 0, CONTROL, "CLOCK_SOURCE", clock_source},
	{0xb, 0, 0, 0, CONTROL, "CLOCK_SELECTOR", clock_selector},
	{0xc, 0, 0, 0, CONTROL, "CLOCK_MULTIPLIER", clock_multiplier},
	{0xd, 0, 0, 0, CONTROL, "SAMPLE_RATE_CONVERTER", rate_converter},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct name format_types[] = {
	{0x01, "FORMAT_TYPE_I"},
	{0x02, "FORMAT_TYPE_II"},
	{0x03, "FORMAT_TYPE_III"},
	{0x04, "FORMAT_TYPE_IV"},
	{0x81, "EXT_FORMAT_TYPE_I"},
	{0x82, "EXT_FORMAT_TYPE_II"},
	{0x83, "EXT_FORMAT_TYPE_III"},
	{0, NULL},
};

static const struct bits stream_controls[] = {
	ACCESS(0, "Active Alternate Setting"),
	ACCESS(2, "Valid Alternate Settings"),
	LAST,
};

static const struct bits formats_1[] = {
	{0, 1, "PCM", NULL},
	{1, 1, "PCM8", NULL},
	{2, 1, "IEEE_FLOAT", NULL},
	{3, 1, "ALAW", NULL},
	{4, 1, "MULAW", NULL},
	{31, 1, "TYPE_I_RAW_DATA", NULL},
	LAST,
};

#define GENERAL_STEPS(formats_)                                                                    \
	DEC("bTerminalLink"), BITS("bmControls", stream_controls),                                 \
		ENUM("bFormatType", format_types), formats_, DEC("bNrChannels"),                   \
		BITS4("bmChannelConfig", channels_2), STRING("iChannelNames"), END

static const struct step general_1[] = {GENERAL_STEPS(BITS4("bmFormats", formats_1))};
static const struct step general[] = {GENERAL_STEPS(HEX4("bmFormats"))};

static const struct step format_type_1[] = {
	ENUM("bFormatType", format_types),
	DEC("bSubslotSize"),
	DEC("bBitResolution"),
	END,
};

static const struct step format_type_2[] = {
	ENUM("bFormatType", format_types),
	DEC2("wMaxBitRate"),
	DEC2("wSlotsPerFrame"),
	END,
};

static const struct step format_type_other[] = {
	ENUM("bFormatType", format_types),
	END,
};

static const struct name codecs[] = {
	{1, "Other"}, {2, "MPEG"}, {3, "AC-3"}, {4, "WMA"}, {5, "DTS"}, {0, NULL}};

static const struct step encoder[] = {
	DEC("bEncoderID"),
	ENUM("bEncoder", codecs),
	END,
};

static const struct step decoder[] = {
	DEC("bDecoderID"),
	ENUM("bDecoder", codecs),
	END,
};

static const struct shape streams[] = {
	{1, 5, 1, 1, STREAM, "AS_GENERAL", general_1},
	{1, 0, 0, 0, STREAM, "AS_GENERAL", general},
	{2, 3, 1, 1, STREAM, "FORMAT_TYPE", format_type_1},
	{2, 3, 1, 2, STREAM, "FORMAT_TYPE", format_type_2},
	{2, 3, 1, 3, STREAM, "FORMAT_TYPE", format_type_1},
	{2, 0, 0, 0, STREAM, "FORMAT_TYPE", format_type_other},
	{3, 0, 0, 0, STREAM, "ENCODER", encoder},
	{4, 0, 0, 0, STREAM, "DECODER", decoder},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct bits endpoint_attributes[] = {{7, 1, "MaxPacketsOnly", NULL}, LAST};

static const struct bits endpoint_controls[] = {
	ACCESS(0, "Pitch"),
	ACCESS(2, "Data Overrun"),
	ACCESS(4, "Data Underrun"),
	LAST,
};

static const struct step endpoint_general[] = {
	BITS("bmAttributes", endpoint_attributes),
	BITS("bmControls", endpoint_controls),
	ENUM("bLockDelayUnits", audio_lock_units),
	DEC2("wLockDelay"),
	END,
};

static const struct shape endpoints[] = {
	{1, 0, 0, 0, ENDPOINT, "EP_GENERAL", endpoint_general},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_audio_2(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) == 0x25)
		return decode_shape(d, endpoints, one);
	return desc_u8(one, 1) == 0x24 &&
	       decode_shape(d, d->subclass == 1 ? controls : streams, one);
}
