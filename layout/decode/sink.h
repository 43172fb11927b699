/* SPDX-License-Identifier: MIT */
/*
 * Where decoded descriptors go: the decoder calls these functions in the order of the bytes, and
 * knows nothing of formats; text.c and json.c write the two that there are.
 *
 *	begin, then number/bytes each with any meanings, and problem; then the descriptors that
 *	belong to it, each from begin to end; end
 */
#ifndef USBFUSE_DECODE_SINK_H
#define USBFUSE_DECODE_SINK_H

#include "backend/desc.h"
#include "backend/snapshot.h"
#include "layout/decode/out.h"

/* How a number is written for people; programs get it as it is. */
enum style {
	STYLE_DEC,
	STYLE_HEX,
	STYLE_BCD, /* 0x0210: 2.10 */
};

struct sink;

struct sink_ops {
	/* Before the first descriptor: which device. */
	void (*start)(struct sink *k, const struct snapshot *s, struct desc_span device);
	/* Descriptors from here on are those of the BOS. */
	void (*start_bos)(struct sink *k);
	void (*finish)(struct sink *k);

	/* TYPE says which kind of descriptor; OFFSET is where RAW is in the file of raw
	 * descriptors. */
	void (*begin)(struct sink *k, const char *type, size_t offset, struct desc_span raw);
	/* INDEX: which one of several of that name, from 0; -1: it is the only one. */
	void (*number)(struct sink *k, const char *name, int index, uint64_t value, unsigned size,
		enum style style);
	/* A run of bytes; GUID, if it is not NULL, is the same in the usual notation. */
	void (*bytes)(struct sink *k, const char *name, int index, struct desc_span bytes,
		const char *guid);
	/* What the last number, or bytes, mean; UNTRUSTED: the words are the device's. Several for
	 * one that has several parts: PART is the name of this one, or NULL;
	 * with TEXT "" it says that it applies. */
	void (*meaning)(struct sink *k, const char *part, const char *text, bool untrusted);
	/* The report descriptor that an HID descriptor speaks of, RAW, which is not among the
	 * descriptors; with len 0 the system does not know it, and HINT, if not NULL, says where it
	 * can be had. */
	void (*report)(struct sink *k, struct desc_span raw, const char *hint);
	/* What is wrong with this descriptor. */
	void (*problem)(struct sink *k, const char *text);
	void (*end)(struct sink *k);

	/* Frees the sink and hands its text over; NULL: there was no memory for all of it. */
	char *(*take)(struct sink *k, size_t *ret_len);
};

struct sink {
	const struct sink_ops *ops;
	struct out out;
	unsigned depth; /* descriptors that have begun and not ended */
};

/* NULL: no memory. To be ended with ops->take(). */
struct sink *text_sink_new(void);
struct sink *json_sink_new(void);

#endif
