/* SPDX-License-Identifier: MIT */
/* Between hid-parse.c and hid-field.c: how a main item becomes fields. */
#ifndef USBFUSE_DECODE_HID_FIELD_H
#define USBFUSE_DECODE_HID_FIELD_H

#include "layout/decode/hid.h"

/* Gives the usages that did not name their page the one that is in force now. */
void hid_complete_usages(struct hid_parse *p);

/* Adds the fields of an Input, Output or Feature with FLAGS to its report. What is wrong with it,
 * or NULL. */
const char *hid_add_fields(struct hid_parse *p, enum hid_kind kind, uint32_t flags);

#endif
