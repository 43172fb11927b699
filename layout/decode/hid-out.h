/* SPDX-License-Identifier: MIT */
/* Report descriptors written out: for people and for programs. */
#ifndef USBFUSE_DECODE_HID_OUT_H
#define USBFUSE_DECODE_HID_OUT_H

#include "backend/desc.h"
#include "layout/decode/out.h"

/* An item a line, indented by INDENT and as the collections go, and then the reports that they
 * describe, field by field. What is too much to decode is hex. */
void hid_text(struct out *o, struct desc_span raw, unsigned indent);

/* The same as an object of JSON: "report_descriptor" in descriptors.schema.json. */
void hid_json(struct out *o, struct desc_span raw);

#endif
