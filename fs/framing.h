/* SPDX-License-Identifier: MIT */
/*
 * How what a transfer brought is shown to a reader, and how what a writer says becomes transfers:
 * the framings of layout/knob.h. Pure.
 */
#ifndef USBFUSE_FRAMING_H
#define USBFUSE_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "backend/backend.h"
#include "layout/knob.h"

/* What came from the device in one transfer. */
struct framing_message {
	const unsigned char *data; /* isochronous: packets one behind the other, without gaps */
	size_t len;
	const struct transfer_packet *packets; /* isochronous only */
	unsigned n_packets;
};

/* Does a reader get the bytes as they are? */
bool framing_is_raw(enum framing f);

/* How many bytes M is for a reader. */
size_t framing_size(enum framing f, const struct framing_message *m);

/* N of them from OFFSET on. */
void framing_encode(enum framing f, const struct framing_message *m, size_t offset,
	unsigned char *to, size_t n);

enum { FRAMING_MESSAGE_MAX = 16 << 20 }; /* bytes: usbfs takes no more, all together */

/* The other way, for FRAMING_HEX and FRAMING_LENGTH: takes the next transfer from the LEN bytes at
 * TEXT. 1: *ret_used bytes of them were one, its *ret_len bytes are at TO, which has room for as
 * many as LEN; 0: its end has not come yet; -EINVAL: that is no hex text, or a message longer than
 * FRAMING_MESSAGE_MAX. LAST: nothing will follow, so what is there has to be all. TO may be NULL,
 * to check only. */
int framing_decode(enum framing f, const unsigned char *text, size_t len, bool last,
	unsigned char *to, size_t *ret_used, size_t *ret_len);

enum { FRAMING_ISO_HEADER = 8 };

/* 32 bits, little-endian. */
void framing_put_u32(unsigned char *to, unsigned value);
unsigned framing_get_u32(const unsigned char *from);

#endif
