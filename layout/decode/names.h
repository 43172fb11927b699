/* SPDX-License-Identifier: MIT */
/* What numbers are called that more than one class uses. */
#ifndef USBFUSE_DECODE_NAMES_H
#define USBFUSE_DECODE_NAMES_H

#include "layout/decode/step.h"

/* NULL where there is no name. */
const char *name_class(unsigned class_);
const char *name_subclass(unsigned class_, unsigned subclass);
const char *name_protocol(unsigned class_, unsigned subclass, unsigned protocol);

/* bDescriptorType in an interface of that class. */
const char *name_descriptor_type(unsigned class_, unsigned type);

/* Bits of wChannelConfig (audio 1.0) and bmChannelConfig (audio 2.0). */
extern const struct bits channels_1[], channels_2[];
extern const struct name audio_terminals[], video_terminals[];
/* Audio 2.0 and 3.0: two bits of a control, bCategory, bLockDelayUnits. */
extern const struct name audio_access[], audio_categories[], audio_lock_units[];
extern const struct name no_yes[];

#endif
