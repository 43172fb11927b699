/* SPDX-License-Identifier: MIT */
/*
 * The knobs of an endpoint: their names, their values and how these are written. One table says all
 * of it, so what is read from a ctl file can be written to it. Pure: nothing is set here.
 */
#ifndef USBFUSE_KNOB_H
#define USBFUSE_KNOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum knob {
	KNOB_DEPTH,    /* transfers in flight, or KNOB_AUTO */
	KNOB_SIZE,     /* IN: bytes in a transfer; isochronous OUT: in a packet; or KNOB_AUTO */
	KNOB_TIMEOUT,  /* ms that a request, or a control transfer, waits, or KNOB_NONE */
	KNOB_FRAMING,  /* enum framing */
	KNOB_END,      /* bool: a ZLP after transfers of whole packets */
	KNOB_COALESCE, /* bool: everything up to close() is one transfer */
	KNOB_SHARE,    /* bool: every reader gets its own copy */
	KNOB_AUTO_CLEAR_HALT, /* bool */
	KNOB_LATENCY,         /* ms that a partly filled transfer may wait; KNOB_AUTO, KNOB_NONE */
	KNOB_RATE,            /* isochronous OUT: bytes in a second, or KNOB_AUTO */
	KNOB_UNIT,            /* isochronous OUT: bytes that stay in one packet */
	KNOB_PAIR,            /* OUT: address of an IN endpoint, or KNOB_NONE */
	KNOB_STREAM,          /* bulk stream, or KNOB_NONE */
	KNOB_COUNT,
};

#define KNOB_NONE 0u
#define KNOB_AUTO UINT32_MAX

/* How transfers become the bytes of a file, and the other way round. */
enum framing {
	FRAMING_STREAM, /* bytes; a read takes from one transfer */
	FRAMING_PACKET, /* a read is a transfer; a ZLP reads as 0 */
	FRAMING_HEX,    /* a transfer is a line of hex text */
	FRAMING_LENGTH, /* its length as 32-bit little-endian, then its bytes */
	FRAMING_ISO,    /* isochronous packets: status and length, 32-bit each, then the bytes */
};

/* What decides which knobs an endpoint has. */
struct knob_endpoint {
	bool in;
	uint8_t type;         /* enum desc_transfer_type */
	uint16_t siblings_in; /* bit N: its alternate setting has an IN endpoint N */
	unsigned max_streams; /* 0: none */
};

/* The knob named by the LEN bytes at WORD that an endpoint like E has; -ENOENT. */
int knob_find(const struct knob_endpoint *e, const char *word, size_t len);

/* The value that the LEN bytes at TEXT stand for, or -EINVAL. */
int knob_parse(
	const struct knob_endpoint *e, enum knob k, const char *text, size_t len, uint32_t *ret);

/* "depth", or NULL when an endpoint like E has no such knob. */
const char *knob_name(const struct knob_endpoint *e, enum knob k);

/* The value as knob_parse() takes it. Always fits into a BUF of 16 bytes. */
void knob_print(const struct knob_endpoint *e, enum knob k, uint32_t value, char *buf, size_t size);

/* What knob_parse() takes, in words: "auto, or a number from 1 to 64". */
void knob_explain(const struct knob_endpoint *e, enum knob k, char *buf, size_t size);

/* The value before anybody has set one. */
uint32_t knob_default(const struct knob_endpoint *e, enum knob k);

#endif
