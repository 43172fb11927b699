/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of a device in words: everything that is in them, decoded as far as the classes
 * are known, and as hex beyond that; nothing is left out. The bytes are untrusted, and may be
 * anything. Pure, as all of layout/.
 */
#ifndef USBFUSE_DECODE_H
#define USBFUSE_DECODE_H

#include <stddef.h>

#include "backend/desc.h"
#include "backend/snapshot.h"

/* For people: an indented tree. INDEX is that of S->descriptors. malloc'ed; NULL: no memory. */
char *decode_text(const struct snapshot *s, const struct desc_index *index, size_t *ret_len);

/* For programs: JSON, as descriptors.schema.json describes it. */
char *decode_json(const struct snapshot *s, const struct desc_index *index, size_t *ret_len);

#endif
