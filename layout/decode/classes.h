/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of the classes, a file each. Each function takes one class-specific descriptor
 * of an interface of its class (and with d->in_endpoint, of an endpoint there), begins it and
 * decodes it; it is left to be ended. false: it does not know that one, and has not begun it.
 */
#ifndef USBFUSE_DECODE_CLASSES_H
#define USBFUSE_DECODE_CLASSES_H

#include "layout/decode/step.h"

bool decode_audio_1(struct decode *d, struct desc_span one);
bool decode_audio_2(struct decode *d, struct desc_span one);
bool decode_audio_3(struct decode *d, struct desc_span one);
bool decode_midi(struct decode *d, struct desc_span one);
bool decode_cdc(struct decode *d, struct desc_span one);
bool decode_hid(struct decode *d, struct desc_span one);
bool decode_printer(struct decode *d, struct desc_span one);
bool decode_storage(struct decode *d, struct desc_span one);
bool decode_ccid(struct decode *d, struct desc_span one);
bool decode_dfu(struct decode *d, struct desc_span one);
bool decode_video(struct decode *d, struct desc_span one);

/* A CS_INTERFACE descriptor of a VideoStreaming interface, for decode_video(). */
bool decode_video_stream(struct decode *d, struct desc_span one);

/* Those that every device has, standard.c. */
void decode_device(struct decode *d, struct desc_span one);
bool decode_standard(struct decode *d, struct desc_span one);

/* For steps: VALUE is a bEndpointAddress (USB 2.0 table 9-13). */
void decode_explain_address(struct decode *d, uint64_t value);

/* The BOS with its capabilities, bos.c. */
void decode_bos(struct decode *d, struct desc_span bos);

/* decode.c: bytes that are no descriptor, or not decoded for another reason: as hex. */
void decode_undecodable(struct decode *d, struct desc_span bytes);

/* decode.c: has the text become too long to decode more? */
bool decode_goes_on(const struct decode *d);

#endif
