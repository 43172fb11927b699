/* SPDX-License-Identifier: MIT */
/*
 * Audio class 3.0: AudioControl and AudioStreaming (Device Class Definition for Audio Devices 3.0,
 * section 4). Clusters, connectors and names are in further descriptors that nobody sends unasked:
 * what stands here are their numbers.
 */
#include "layout/decode/classes.h"
#include "layout/decode/names.h"

/* clang-format off */
#define CONTROL  "AudioControl Interface Descriptor"
#define STREAM   "AudioStreaming Interface Descriptor"
#define ENDPOINT "AudioStreaming Endpoint Descriptor"

/* Controls have two bits each. */
#define ACCESS(shift, name) {shift, 2, name " Control", audio_access}
/* clang-format on */

static const struct bits header_controls[] = {ACCESS(0, "Latency"), LAST};

static const struct step header[] = {
	ENUM("bCategory", audio_categories),
	HEX2("wTotalLength"),
	BITS4("bmControls", header_controls),
	END,
};

static const struct bits input_controls[] = {
	ACCESS(0, "Insertion"),
	ACCESS(2, "Overload"),
	ACCESS(4, "Underflow"),
	ACCESS(6, "Overflow"),
	LAST,
};

static const struct step input_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bCSourceID"),
	BITS4("bmControls", input_controls),
	DEC2("wClusterDescrID"),
	DEC2("wExTerminalDescrID"),
	DEC2("wConnectorsDescrID"),
	DEC2("wTerminalDescrStr"),
	END,
};

static const struct bits output_controls[] = {
	ACCESS(0, "Insertion"),
	ACCESS(2, "Overload"),
	ACCESS(4, "Underflow"),
	ACCESS(6, "Overflow"),
	LAST,
};

static const struct step output_terminal[] = {
	DEC("bTerminalID"),
	ENUM2("wTerminalType", audio_terminals),
	DEC("bAssocTerminal"),
	DEC("bSourceID"),
	DEC("bCSourceID"),
	BITS4("bmControls", output_controls),
	DEC2("wExTerminalDescrID"),
	DEC2("wConnectorsDescrID"),
	DEC2("wTerminalDescrStr"),
	END,
};

static const struct step mixer_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC2("wClusterDescrID"),
	{.name = "bmMixerControls", .kind = STEP_BYTES, .reserve = 6},
	HEX4("bmControls"),
	DEC2("wMixerDescrStr"),
	END,
};

static const struct bits selector_controls[] = {ACCESS(0, "Selector"), LAST};

static const struct step selector_unit[] = {
	DEC("bUnitID"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	BITS4("bmControls", selector_controls),
	DEC2("wSelectorDescrStr"),
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
	ACCESS(20, "Input Gain"),
	ACCESS(22, "Input Gain Pad"),
	ACCESS(24, "Phase Inverter"),
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
		.reserve = 2,
		.bits = feature_controls},
	DEC2("wFeatureDescrStr"),
	END,
};

static const struct name effects[] = {
	{0, "Undefined"},
	{1, "Parametric Equalizer Section"},
	{2, "Reverberation"},
	{3, "Modulation Delay"},
	{4, "Dynamic Range Compressor"},
	{0, NULL},
};

static const struct step effect_unit[] = {
	DEC("bUnitID"),
	ENUM2("wEffectType", effects),
	DEC("bSourceID"),
	{.name = "bmaControls", .size = 4, .style = STYLE_HEX, .repeat = REPEAT_REST, .reserve = 2},
	DEC2("wEffectsDescrStr"),
	END,
};

static const struct name processes[] = {
	{0, "Undefined"},
	{1, "Up/Down-mix"},
	{2, "Stereo Extender"},
	{3, "Multi-Function"},
	{0, NULL},
};

/* clang-format off */
#define PROCESSING_STEPS                                                                           \
	DEC("bUnitID"), ENUM2("wProcessType", processes), COUNT("bNrInPins"), EACH("baSourceID"),  \
		DEC2("wProcessingDescrStr")
/* clang-format on */

static const struct bits mix_controls[] = {
	ACCESS(0, "Mode Select"), ACCESS(2, "Underflow"), ACCESS(4, "Overflow"), LAST};

static const struct step mix_unit[] = {
	PROCESSING_STEPS,
	BITS4("bmControls", mix_controls),
	COUNT("bNrModes"),
	{.name = "waClusterDescrID", .size = 2, .repeat = REPEAT_COUNT},
	END,
};

static const struct bits extender_controls[] = {
	ACCESS(0, "Width"), ACCESS(2, "Underflow"), ACCESS(4, "Overflow"), LAST};

static const struct step extender_unit[] = {
	PROCESSING_STEPS,
	BITS4("bmControls", extender_controls),
	END,
};

static const struct bits multi_controls[] = {
	ACCESS(0, "Algorithm"), ACCESS(2, "Underflow"), ACCESS(4, "Overflow"), LAST};

static const struct bits algorithms[] = {
	{0, 1, "Algorithm Undefined", NULL},
	{1, 1, "Beam Forming", NULL},
	{2, 1, "Acoustic Echo Cancellation", NULL},
	{3, 1, "Active Noise Cancellation", NULL},
	{4, 1, "Blind Source Separation", NULL},
	{5, 1, "Noise Suppression/Reduction", NULL},
	LAST,
};

static const struct step multi_unit[] = {
	PROCESSING_STEPS,
	BITS4("bmControls", multi_controls),
	DEC2("wClusterDescrID"),
	BITS4("bmAlgorithms", algorithms),
	END,
};

static const struct step processing_unit[] = {
	PROCESSING_STEPS,
	{.name = "Specific", .kind = STEP_BYTES, .optional = true},
	END,
};

static const struct step extension_unit[] = {
	DEC("bUnitID"),
	HEX2("wExtensionCode"),
	COUNT("bNrInPins"),
	EACH("baSourceID"),
	DEC2("wExtensionDescrStr"),
	HEX4("bmControls"),
	DEC2("wClusterDescrID"),
	END,
};

static const struct name clock_types[] = {{0, "External"}, {1, "Internal"}, {0, NULL}};

static const struct bits clock_attributes[] = {
	{0, 1, "Clock Type", clock_types},
	{1, 1, "Synchronized to SOF", NULL},
	LAST,
};

static const struct bits clock_controls[] = {
	ACCESS(0, "Clock Frequency"), ACCESS(2, "Clock Validity"), LAST};

static const struct step clock_source[] = {
	DEC("bClockID"),
	BITS("bmAttributes", clock_attributes),
	BITS4("bmControls", clock_controls),
	DEC("bReferenceTerminal"),
	DEC2("wClockSourceStr"),
	END,
};

static const struct bits clock_selector_controls[] = {ACCESS(0, "Clock Selector"), LAST};

static const struct step clock_selector[] = {
	DEC("bClockID"),
	COUNT("bNrInPins"),
	EACH("baCSourceID"),
	BITS4("bmControls", clock_selector_controls),
	DEC2("wCSelectorDescrStr"),
	END,
};

static const struct bits multiplier_controls[] = {
	ACCESS(0, "Clock Numerator"), ACCESS(2, "Clock Denominator"), LAST};

static const struct step clock_multiplier[] = {
	DEC("bClockID"),
	DEC("bCSourceID"),
	BITS4("bmControls", multiplier_controls),
	DEC2("wCMultiplierDescrStr"),
	END,
};

static const struct step rate_converter[] = {
	DEC("bUnitID"),
	DEC("bSourceID"),
	DEC("bCSourceInID"),
	DEC("bCSourceOutID"),
	DEC2("wSRCDescrStr"),
	END,
};

/* In units of 50 microseconds: of the way from D1 to D0, and from D2. */
static const struct step power_domain[] = {
	DEC("bPowerDomainID"),
	DEC2("waRecoveryTime(1)"),
	DEC2("waRecoveryTime(2)"),
	COUNT("bNrEntities"),
	EACH("baEntityID"),
	DEC2("wPDomainDescrStr"),
	END,
};

static const struct shape controls[] = {
	{0x1, 0, 0, 0, CONTROL, "HEADER", header},
	{0x2, 0, 0, 0, CONTROL, "INPUT_TERMINAL", input_terminal},
	{0x3, 0, 0, 0, CONTROL, "OUTPUT_TERMINAL", output_terminal},
	{0x5, 0, 0, 0, CONTROL, "MIXER_UNIT", mixer_unit},
	{0x6, 0, 0, 0, CONTROL, "SELECTOR_UNIT", selector_unit},
	{0x7, 0, 0, 0, CONTROL, "FEATURE_UNIT", feature_unit},
	{0x8, 0, 0, 0, CONTROL, "EFFECT_UNIT", effect_unit},
	{0x9, 4, 2, 1, CONTROL, "PROCESSING_UNIT", mix_unit},
	{0x9, 4, 2, 2, CONTROL, "PROCESSING_UNIT", extender_unit},
	{0x9, 4, 2, 3, CONTROL, "PROCESSING_UNIT", multi_unit},
	{0x9, 0, 0, 0, CONTROL, "PROCESSING_UNIT", processing_unit},
	{0xa, 0, 0, 0, CONTROL, "EXTENSION_UNIT", extension_unit},
	{0xb, 0, 0, 0, CONTROL, "CLOCK_SOURCE", clock_source},
	{0xc, 0, 0, 0, CONTROL, "CLOCK_SELECTOR", clock_selector},
	{0xd, 0, 0, 0, CONTROL, "CLOCK_MULTIPLIER", clock_multiplier},
	{0xe, 0, 0, 0, CONTROL, "SAMPLE_RATE_CONVERTER", rate_converter},
	{0x10, 0, 0, 0, CONTROL, "POWER_DOMAIN", power_domain},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct bits stream_controls[] = {
	ACCESS(0, "Active Alternate Setting"),
	ACCESS(2, "Valid Alternate Setting"),
	ACCESS(4, "Audio Data Format"),
	LAST,
};

static const struct bits formats[] = {
	{0, 1, "PCM", NULL},
	{1, 1, "PCM8", NULL},
	{2, 1, "IEEE_FLOAT", NULL},
	{3, 1, "ALAW", NULL},
	{4, 1, "MULAW", NULL},
	{5, 1, "DSD", NULL},
	{6, 1, "RAW_DATA", NULL},
	LAST,
};

static const struct step general[] = {
	DEC("bTerminalLink"),
	BITS4("bmControls", stream_controls),
	DEC2("wClusterDescrID"),
	{.name = "bmFormats", .size = 8, .style = STYLE_HEX, .bits = formats},
	DEC("bSubslotSize"),
	DEC("bBitResolution"),
	HEX2("bmAuxProtocols"),
	DEC("bControlSize"),
	END,
};

static const struct step valid_range[] = {DEC4("dMIN"), DEC4("dMAX"), END};

static const struct shape streams[] = {
	{1, 0, 0, 0, STREAM, "AS_GENERAL", general},
	{2, 0, 0, 0, STREAM, "AS_VALID_FREQ_RANGE", valid_range},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct bits endpoint_controls[] = {
	ACCESS(0, "Pitch"),
	ACCESS(2, "Data Overrun"),
	ACCESS(4, "Data Underrun"),
	LAST,
};

static const struct step endpoint_general[] = {
	BITS4("bmControls", endpoint_controls),
	ENUM("bLockDelayUnits", audio_lock_units),
	DEC2("wLockDelay"),
	END,
};

static const struct shape endpoints[] = {
	{1, 0, 0, 0, ENDPOINT, "EP_GENERAL", endpoint_general},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_audio_3(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) == 0x25)
		return decode_shape(d, endpoints, one);
	return desc_u8(one, 1) == 0x24 &&
	       decode_shape(d, d->subclass == 1 ? controls : streams, one);
}
