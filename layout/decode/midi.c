/* SPDX-License-Identifier: MIT */
/* MIDIStreaming interfaces (Device Class Definition for MIDI Devices 1.0, section 6, and 2.0). */
#include "layout/decode/classes.h"

/* clang-format off */
#define STREAM   "MIDIStreaming Interface Descriptor"
#define ENDPOINT "MIDIStreaming Endpoint Descriptor"
/* clang-format on */

static const struct step header[] = {
	BCD("bcdMSC"),
	HEX2("wTotalLength"),
	END,
};

static const struct name jacks[] = {{1, "Embedded"}, {2, "External"}, {0, NULL}};

static const struct step in_jack[] = {
	ENUM("bJackType", jacks),
	DEC("bJackID"),
	STRING("iJack"),
	END,
};

/* clang-format off */
#define PINS                                                                                       \
	{.name = "baSourceID", .size = 1, .repeat = REPEAT_COUNT, .group = 2},                     \
	{.name = "baSourcePin", .size = 1}
/* clang-format on */

static const struct step out_jack[] = {
	ENUM("bJackType", jacks),
	DEC("bJackID"),
	COUNT("bNrInputPins"),
	PINS,
	STRING("iJack"),
	END,
};

static const struct bits capabilities[] = {
	{0, 1, "Custom Undefined", NULL},
	{1, 1, "MIDI Clock", NULL},
	{2, 1, "MTC (MIDI Time Code)", NULL},
	{3, 1, "MMC (MIDI Machine Control)", NULL},
	{4, 1, "GM1 (General MIDI 1)", NULL},
	{5, 1, "GM2 (General MIDI 2)", NULL},
	{6, 1, "GS", NULL},
	{7, 1, "XG", NULL},
	{8, 1, "EFX", NULL},
	{9, 1, "MIDI Patch Bay", NULL},
	{10, 1, "DLS1 (Downloadable Sounds 1)", NULL},
	{11, 1, "DLS2 (Downloadable Sounds 2)", NULL},
	{0, 0, NULL, NULL},
};

static const struct step element[] = {
	DEC("bElementID"),
	COUNT("bNrInputPins"),
	PINS,
	DEC("bNrOutputPins"),
	DEC("bInTerminalLink"),
	DEC("bOutTerminalLink"),
	SIZE("bElCapsSize"),
	{.name = "bmElementCaps", .size = SIZE_REGISTER, .style = STYLE_HEX, .bits = capabilities},
	STRING("iElement"),
	END,
};

static const struct shape streams[] = {
	{1, 0, 0, 0, STREAM, "MS_HEADER", header},
	{2, 0, 0, 0, STREAM, "MIDI_IN_JACK", in_jack},
	{3, 0, 0, 0, STREAM, "MIDI_OUT_JACK", out_jack},
	{4, 0, 0, 0, STREAM, "ELEMENT", element},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

static const struct step general[] = {
	COUNT("bNumEmbMIDIJack"),
	EACH("baAssocJackID"),
	END,
};

static const struct step general_2[] = {
	COUNT("bNumGrpTrmBlock"),
	EACH("baAssoGrpTrmBlkID"),
	END,
};

static const struct shape endpoints[] = {
	{1, 0, 0, 0, ENDPOINT, "MS_GENERAL", general},
	{2, 0, 0, 0, ENDPOINT, "MS_GENERAL_2_0", general_2},
	{0, 0, 0, 0, NULL, NULL, NULL},
};

bool
decode_midi(struct decode *d, struct desc_span one)
{
	if (desc_u8(one, 1) == 0x25)
		return decode_shape(d, endpoints, one);
	return desc_u8(one, 1) == 0x24 && decode_shape(d, streams, one);
}
