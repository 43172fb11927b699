/* SPDX-License-Identifier: MIT */
/*
 * The descriptor walker: finds configurations, interfaces, alternate settings and endpoints in the
 * raw bytes that a device sent (USB 2.0 section 9.6, USB 3.2 section 9.6).
 *
 * The bytes are untrusted. Every access is bounds-checked; lengths that lie, descriptors that end
 * early, a bLength of 0, duplicate numbers and unknown types are survived, never believed. Nothing
 * is copied: the index points into the caller's buffer, which must outlive it and not change.
 * Pure: no I/O, no allocation but the index itself, no logging.
 */
#ifndef USBFUSE_DESC_H
#define USBFUSE_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bDescriptorType, USB 3.2 table 9-6 */
enum desc_type {
	DESC_DEVICE = 0x01,
	DESC_CONFIG = 0x02,
	DESC_STRING = 0x03,
	DESC_INTERFACE = 0x04,
	DESC_ENDPOINT = 0x05,
	DESC_IAD = 0x0b,
	DESC_BOS = 0x0f,
	DESC_SS_ENDPOINT_COMPANION = 0x30,
	DESC_SSP_ISO_COMPANION = 0x31,
};

/* bmAttributes bits 1:0 of an endpoint */
enum desc_transfer_type {
	DESC_CONTROL = 0,
	DESC_ISO = 1,
	DESC_BULK = 2,
	DESC_INTERRUPT = 3,
};

/* A run of bytes: one descriptor, or a descriptor with all that belongs to it. */
struct desc_span {
	const uint8_t *data;
	size_t len;
};

struct desc_endpoint {
	struct desc_span self;  /* the endpoint descriptor, at least 7 bytes */
	struct desc_span extra; /* companion and class-specific descriptors that follow it */
	uint8_t address;        /* bEndpointAddress */
	uint8_t attributes;     /* bmAttributes */
	uint16_t max_packet;    /* wMaxPacketSize as sent, with the high-bandwidth bits */
	uint8_t interval;       /* bInterval */
	unsigned ordinal;       /* position in its alternate setting, from 0 */
	bool duplicate;         /* an earlier endpoint of this setting has the same address */
};

/* An alternate setting of an interface. */
struct desc_alt {
	struct desc_span self;  /* the interface descriptor, at least 9 bytes */
	struct desc_span extra; /* class-specific descriptors before the first endpoint */
	struct desc_span whole; /* self, extra and the endpoints: everything of this setting */
	uint8_t number;         /* bAlternateSetting */
	struct desc_endpoint *endpoints;
	size_t n_endpoints;
};

/* All alternate settings with one bInterfaceNumber, in order of appearance; at least one. */
struct desc_interface {
	uint8_t number; /* bInterfaceNumber */
	struct desc_alt *alts;
	size_t n_alts;
	struct desc_span iad; /* the interface association that covers it; len 0: none */
};

struct desc_config {
	struct desc_span self;  /* the configuration descriptor, at least 9 bytes */
	struct desc_span whole; /* with all that belongs to it: wTotalLength, or what there is */
	uint8_t value;          /* bConfigurationValue */
	struct desc_interface *interfaces;
	size_t n_interfaces;
};

struct desc_index {
	struct desc_span device; /* len 0: not even that was there (less than 18 bytes) */
	struct desc_config *configs;
	size_t n_configs;
};

/* Limits on what a hostile device can make us build; what is beyond is not indexed, and still there
 * in the raw bytes. */
enum {
	DESC_MAX_CONFIGS = 31,
	DESC_MAX_INTERFACES = 255, /* in a configuration */
	DESC_MAX_ALTS = 255,       /* of an interface */
	DESC_MAX_ENDPOINTS = 31,   /* of an alternate setting */
};

/* Walks LEN bytes at DATA. NULL only for lack of memory: bytes without sense give an empty index. */
struct desc_index *desc_index_new(const uint8_t *data, size_t len);

/* Accepts NULL; returns NULL. */
struct desc_index *desc_index_free(struct desc_index *index);

/* Look-ups by value; NULL where there is none. The first match wins. */
const struct desc_config *desc_config(const struct desc_index *index, int value);
const struct desc_interface *desc_interface(const struct desc_config *config, int number);
const struct desc_alt *desc_alt(const struct desc_interface *interface, int number);
const struct desc_endpoint *desc_endpoint(const struct desc_alt *alt, uint8_t address);

/* Takes the next descriptor off the front of *REST into *ret_one. A descriptor that claims less
 * than 2 bytes, or more than there are, ends the walk. false: there is no further one. */
bool desc_next(struct desc_span *rest, struct desc_span *ret_one);

/* Little-endian 16 bits at OFFSET, or 0 where the span is too short; likewise a byte. */
uint16_t desc_u16(struct desc_span span, size_t offset);
uint8_t desc_u8(struct desc_span span, size_t offset);

/* Bytes in one packet: wMaxPacketSize bits 10:0 (USB 2.0 section 9.6.6). 0 stays 0. */
unsigned desc_packet_size(const struct desc_endpoint *e);

/* The SuperSpeed endpoint companion that follows E (USB 3.2 section 9.6.7); len 0: there is none. */
struct desc_span desc_companion(const struct desc_endpoint *e);

/* The SuperSpeedPlus isochronous companion behind that (section 9.6.8); likewise. */
struct desc_span desc_ssp_companion(const struct desc_endpoint *e);

/* Packets in a burst, 1 to 16; 1 where nothing says otherwise. */
unsigned desc_burst(const struct desc_endpoint *e);

/* Streams of a bulk endpoint, as its companion promises them; 0: none. */
unsigned desc_max_streams(const struct desc_endpoint *e);

/* The most bytes that an isochronous or interrupt endpoint moves in one service interval, by USB 2.0
 * section 9.6.6 (high-bandwidth), or its companions' wBytesPerInterval and dwBytesPerInterval. */
unsigned desc_interval_bytes(const struct desc_endpoint *e, unsigned speed_kbit);

/* The service interval of an isochronous or interrupt endpoint in ns (USB 2.0 table 9-13); 0 for
 * those that have none, or for a bInterval that makes no sense. */
uint64_t desc_interval_ns(const struct desc_endpoint *e, unsigned speed_kbit);

#endif
