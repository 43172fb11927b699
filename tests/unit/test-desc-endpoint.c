/* SPDX-License-Identifier: MIT */
/* What the walker says of an endpoint by its descriptor and its companions, hostile ones included. */
#include "backend/desc.h"
#include "tests/unit/test.h"

enum {
	FULL = 12000,
	HIGH = 480000,
	SUPER = 5000000,
	SUPER_PLUS = 10000000,
};

/* An endpoint with those bytes behind its descriptor. */
#define ENDPOINT(type_, max_, interval_, ...)                                                      \
	((struct desc_endpoint){.attributes = (type_),                                             \
		.max_packet = (max_),                                                              \
		.interval = (interval_),                                                           \
		.extra = {                                                                         \
			(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})}})

TEST(without_a_companion)
{
	struct desc_endpoint e = {.attributes = DESC_BULK, .max_packet = 512};

	CHECK_EQ(desc_companion(&e).len, 0);
	CHECK_EQ(desc_ssp_companion(&e).len, 0);
	CHECK_EQ(desc_burst(&e), 1);
	CHECK_EQ(desc_max_streams(&e), 0);
	e.attributes = DESC_INTERRUPT;
	CHECK_EQ(desc_interval_bytes(&e, SUPER), 512);
}

TEST(companion)
{
	struct desc_endpoint e = ENDPOINT(DESC_BULK, 1024, 0, 4, 0x24, 1, 2, 6, 0x30, 15, 5, 0, 0);

	CHECK_EQ(desc_companion(&e).data - e.extra.data, 4);
	CHECK_EQ(desc_companion(&e).len, 6);
	CHECK_EQ(desc_burst(&e), 16);
	CHECK_EQ(desc_max_streams(&e), 32);
	/* Only bulk endpoints have streams. */
	e.attributes = DESC_ISO;
	CHECK_EQ(desc_max_streams(&e), 0);
	e.attributes = DESC_INTERRUPT;
	CHECK_EQ(desc_max_streams(&e), 0);
}

TEST(companion_that_is_too_short)
{
	struct desc_endpoint e = ENDPOINT(DESC_BULK, 1024, 0, 5, 0x30, 15, 5, 0);
	struct desc_endpoint cut = ENDPOINT(DESC_BULK, 1024, 0, 6, 0x30, 15, 5, 0);
	struct desc_endpoint none = ENDPOINT(DESC_BULK, 1024, 0, 0, 0x30, 15, 5, 0, 0);
	/* The first that is long enough counts. */
	struct desc_endpoint second =
		ENDPOINT(DESC_BULK, 1024, 0, 2, 0x30, 6, 0x30, 1, 1, 0, 0, 6, 0x30, 7, 7, 0, 0);

	CHECK_EQ(desc_companion(&e).len, 0);
	CHECK_EQ(desc_burst(&e), 1);
	CHECK_EQ(desc_max_streams(&e), 0);
	CHECK_EQ(desc_companion(&cut).len, 0);
	CHECK_EQ(desc_companion(&none).len, 0);
	CHECK_EQ(desc_burst(&second), 2);
	CHECK_EQ(desc_max_streams(&second), 2);
}

TEST(every_burst)
{
	for (unsigned i = 0; i < 256; i++) {
		struct desc_endpoint e = ENDPOINT(DESC_BULK, 1024, 0, 6, 0x30, (uint8_t)i, 0, 0, 0);

		CHECK_EQ(desc_burst(&e), i <= 15 ? i + 1 : 1);
	}
}

TEST(every_exponent_of_streams)
{
	for (unsigned i = 0; i < 32; i++) {
		struct desc_endpoint e =
			ENDPOINT(DESC_BULK, 1024, 0, 6, 0x30, 0, (uint8_t)(0xe0 | i), 0, 0);

		CHECK_EQ(desc_max_streams(&e), i >= 1 && i <= 16 ? 1u << i : 0);
	}
}

TEST(high_bandwidth)
{
	static const unsigned times[] = {1, 2, 3, 1}; /* 3 is reserved */

	for (unsigned i = 0; i < 4; i++) {
		struct desc_endpoint e = {
			.attributes = DESC_ISO, .max_packet = (uint16_t)(i << 11 | 1000)};

		CHECK_EQ(desc_packet_size(&e), 1000);
		CHECK_EQ(desc_interval_bytes(&e, HIGH), 1000 * times[i]);
		/* Only high speed has that. */
		CHECK_EQ(desc_interval_bytes(&e, FULL), 1000);
		CHECK_EQ(desc_interval_bytes(&e, 0), 1000);
	}
}

TEST(bytes_of_super_speed)
{
	struct desc_endpoint e =
		ENDPOINT(DESC_ISO, 1024, 1, 6, 0x30, 15, 2, 0x00, 0xc0, 8, 0x31, 0, 0, 1, 0, 2, 0);

	/* The second companion counts when the first one says so, with bit 7. */
	CHECK_EQ(desc_interval_bytes(&e, SUPER_PLUS), 0xc000);
	e = ENDPOINT(DESC_ISO, 1024, 1, 6, 0x30, 15, 0x80, 1, 0, 8, 0x31, 0, 0, 1, 0, 2, 0);
	CHECK_EQ(desc_ssp_companion(&e).len, 8);
	CHECK_EQ(desc_interval_bytes(&e, SUPER_PLUS), 0x20001);
	/* ... and is there in full. */
	e = ENDPOINT(DESC_ISO, 1024, 1, 6, 0x30, 15, 0x80, 1, 0, 7, 0x31, 0, 0, 1, 0, 2);
	CHECK_EQ(desc_ssp_companion(&e).len, 0);
	CHECK_EQ(desc_interval_bytes(&e, SUPER_PLUS), 1);
	/* Only for isochronous endpoints. */
	e = ENDPOINT(DESC_INTERRUPT, 1024, 1, 6, 0x30, 0, 0x80, 9, 0, 8, 0x31, 0, 0, 1, 0, 2, 0);
	CHECK_EQ(desc_interval_bytes(&e, SUPER_PLUS), 9);
	e = ENDPOINT(
		DESC_ISO, 1024, 1, 6, 0x30, 0, 0x80, 0, 0, 8, 0x31, 0, 0, 0xff, 0xff, 0xff, 0xff);
	CHECK_EQ(desc_interval_bytes(&e, SUPER_PLUS), 0xffffffffu);
	/* At high speed a companion is only bytes. */
	CHECK_EQ(desc_interval_bytes(&e, HIGH), 1024);
}

TEST(intervals)
{
	struct desc_endpoint e = {.attributes = DESC_INTERRUPT, .interval = 255};

	CHECK_EQ(desc_interval_ns(&e, 1500), 255000000);
	CHECK_EQ(desc_interval_ns(&e, HIGH), 0);
	for (unsigned i = 0; i < 256; i++) {
		bool sound = i >= 1 && i <= 16;

		e.interval = (uint8_t)i;
		e.attributes = DESC_ISO;
		CHECK_EQ(desc_interval_ns(&e, FULL), sound ? 1000000ull << (i - 1) : 0);
		CHECK_EQ(desc_interval_ns(&e, SUPER), sound ? 125000ull << (i - 1) : 0);
		e.attributes = DESC_INTERRUPT;
		CHECK_EQ(desc_interval_ns(&e, FULL), i * 1000000ull);
		CHECK_EQ(desc_interval_ns(&e, HIGH), sound ? 125000ull << (i - 1) : 0);
		e.attributes = DESC_BULK;
		CHECK_EQ(desc_interval_ns(&e, HIGH), 0);
		e.attributes = DESC_CONTROL;
		CHECK_EQ(desc_interval_ns(&e, HIGH), 0);
	}
}
