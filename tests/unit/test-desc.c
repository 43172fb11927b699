/* SPDX-License-Identifier: MIT */
/* The descriptor walker: what it finds in sound descriptors, and what it survives in others. */
#include <string.h>

#include "backend/desc.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"

static void
free_index(struct desc_index **index)
{
	desc_index_free(*index);
}

#define _cleanup_index_ _cleanup_(free_index)

/* Where a span is in a blob. */
#define CHECK_SPAN(span, blob, offset, length)                                                     \
	do {                                                                                       \
		CHECK_EQ((span).len, length);                                                      \
		CHECK_EQ((span).data - (blob), offset);                                            \
	} while (0)

TEST(keyboard)
{
	_cleanup_index_ struct desc_index *x = desc_index_new(blob_keyboard, sizeof(blob_keyboard));
	const struct desc_config *c = &x->configs[0];
	const struct desc_endpoint *e = &c->interfaces[1].alts[0].endpoints[0];

	CHECK_SPAN(x->device, blob_keyboard, 0, 18);
	CHECK_EQ(desc_u16(x->device, 8), 0x046d);
	CHECK_EQ(x->n_configs, 1);
	CHECK_EQ(c->value, 1);
	CHECK_SPAN(c->self, blob_keyboard, 18, 9);
	CHECK_SPAN(c->whole, blob_keyboard, 18, 59);
	CHECK_EQ(c->n_interfaces, 2);
	CHECK_EQ(c->interfaces[1].number, 1);
	CHECK_EQ(c->interfaces[1].n_alts, 1);
	CHECK_EQ(c->interfaces[1].iad.len, 0);
	CHECK_SPAN(c->interfaces[0].alts[0].self, blob_keyboard, 27, 9);
	CHECK_SPAN(c->interfaces[0].alts[0].extra, blob_keyboard, 36, 9);
	CHECK_SPAN(c->interfaces[0].alts[0].whole, blob_keyboard, 27, 25);
	CHECK_SPAN(c->interfaces[1].alts[0].whole, blob_keyboard, 52, 25);
	CHECK_EQ(c->interfaces[1].alts[0].n_endpoints, 1);
	CHECK_SPAN(e->self, blob_keyboard, 70, 7);
	CHECK_EQ(e->extra.len, 0);
	CHECK_EQ(e->address, 0x82);
	CHECK_EQ(e->attributes, DESC_INTERRUPT);
	CHECK_EQ(e->max_packet, 4);
	CHECK_EQ(e->interval, 255);
	CHECK_EQ(e->ordinal, 0);
	CHECK(!e->duplicate);
}

TEST(association_covers_its_interfaces)
{
	_cleanup_index_ struct desc_index *x =
		desc_index_new(blob_composite, sizeof(blob_composite));
	const struct desc_config *c = &x->configs[0];

	CHECK_EQ(c->n_interfaces, 3);
	CHECK_SPAN(c->interfaces[0].iad, blob_composite, 27, 8);
	CHECK_SPAN(c->interfaces[1].iad, blob_composite, 27, 8);
	CHECK_EQ(c->interfaces[2].iad.len, 0);
	CHECK_SPAN(c->interfaces[0].alts[0].extra, blob_composite, 44, 19);
	CHECK_SPAN(c->interfaces[0].alts[0].whole, blob_composite, 35, 35);
}

TEST(alternate_settings)
{
	_cleanup_index_ struct desc_index *x =
		desc_index_new(blob_composite, sizeof(blob_composite));
	const struct desc_interface *i = desc_interface(&x->configs[0], 2);
	const struct desc_endpoint *e;

	CHECK_EQ(i->n_alts, 3);
	CHECK_EQ(i->alts[0].n_endpoints, 0);
	CHECK_SPAN(i->alts[0].whole, blob_composite, 93, 9);
	CHECK_SPAN(i->alts[1].whole, blob_composite, 102, 21);
	CHECK_SPAN(i->alts[1].endpoints[0].extra, blob_composite, 118, 5);
	CHECK_SPAN(i->alts[2].whole, blob_composite, 123, 30);
	CHECK_EQ(i->alts[2].n_endpoints, 2);
	e = &i->alts[2].endpoints[0];
	CHECK_EQ(e->max_packet, 0x1400);
	CHECK_EQ(desc_packet_size(e), 1024);
	e = &i->alts[2].endpoints[1];
	CHECK_EQ(e->ordinal, 1);
	CHECK_SPAN(e->extra, blob_composite, 146, 7);
	CHECK(desc_alt(i, 2) == &i->alts[2]);
	CHECK(!desc_alt(i, 3));
	CHECK(desc_endpoint(&i->alts[2], 0x04) == e);
	CHECK(!desc_endpoint(&i->alts[2], 0x84));
	CHECK(!desc_interface(&x->configs[0], 3));
	CHECK(!desc_interface(&x->configs[0], -1));
}

TEST(two_configurations)
{
	_cleanup_index_ struct desc_index *x =
		desc_index_new(blob_two_configs, sizeof(blob_two_configs));

	CHECK_EQ(x->n_configs, 2);
	CHECK_EQ(x->configs[0].value, 3);
	CHECK_SPAN(x->configs[0].whole, blob_two_configs, 18, 32);
	CHECK_EQ(x->configs[1].value, 2);
	CHECK_SPAN(x->configs[1].whole, blob_two_configs, 50, 25);
	CHECK_EQ(x->configs[1].interfaces[0].number, 5);
	CHECK(desc_config(x, 2) == &x->configs[1]);
	CHECK(!desc_config(x, 1));
	CHECK(!desc_config(x, 0));
}

TEST(companions_belong_to_their_endpoint)
{
	_cleanup_index_ struct desc_index *x =
		desc_index_new(blob_super_speed, sizeof(blob_super_speed));
	const struct desc_interface *i = &x->configs[0].interfaces[0];

	CHECK_EQ(x->configs[0].n_interfaces, 1);
	CHECK_EQ(i->n_alts, 2);
	CHECK_SPAN(i->alts[0].endpoints[1].extra, blob_super_speed, 56, 6);
	CHECK_EQ(i->alts[0].extra.len, 0);
	CHECK_EQ(i->alts[1].n_endpoints, 4);
	CHECK_SPAN(i->alts[1].endpoints[0].extra, blob_super_speed, 78, 10);
	CHECK_SPAN(i->alts[1].endpoints[3].extra, blob_super_speed, 129, 10);
}

TEST(duplicates)
{
	_cleanup_index_ struct desc_index *x =
		desc_index_new(blob_duplicates, sizeof(blob_duplicates));
	const struct desc_config *c = &x->configs[0];
	const struct desc_interface *i;

	CHECK_EQ(x->n_configs, 2);
	CHECK_EQ(x->configs[1].value, 1);
	CHECK_SPAN(x->configs[1].self, blob_duplicates, 97, 10);
	CHECK_EQ(x->configs[1].interfaces[0].number, 7);
	CHECK(desc_config(x, 1) == c);
	/* In order of appearance, and one interface for every number. */
	CHECK_EQ(c->n_interfaces, 2);
	i = &c->interfaces[0];
	CHECK_EQ(i->number, 0);
	CHECK_EQ(c->interfaces[1].number, 1);
	CHECK_EQ(i->n_alts, 3);
	CHECK_EQ(i->alts[1].number, 1);
	CHECK_EQ(i->alts[2].number, 1);
	CHECK(desc_alt(i, 1) == &i->alts[1]);
	CHECK_EQ(i->alts[0].n_endpoints, 3);
	CHECK(!i->alts[0].endpoints[0].duplicate);
	CHECK(i->alts[0].endpoints[1].duplicate);
	CHECK(i->alts[0].endpoints[2].duplicate);
	CHECK_EQ(i->alts[0].endpoints[2].ordinal, 2);
	CHECK(desc_endpoint(&i->alts[0], 0x81) == &i->alts[0].endpoints[0]);
	/* The one before any interface is nobody's. */
	for (size_t k = 0; k < i->n_alts; k++)
		CHECK(!desc_endpoint(&i->alts[k], 0x85));
}

TEST(nothing)
{
	const uint8_t byte = 0x12;

	for (size_t len = 0; len < 18; len++) {
		_cleanup_index_ struct desc_index *x = desc_index_new(blob_keyboard, len);

		CHECK_EQ(x->device.len, 0);
		CHECK_EQ(x->n_configs, 0);
	}
	CHECK(!desc_index_free(desc_index_new(NULL, 0)));
	CHECK(!desc_index_free(desc_index_new(&byte, 1)));
	CHECK(!desc_index_free(NULL));
}

/* What every index promises: spans within the bytes, numbers as in the bytes, limits kept. */
static void
check_sound(const struct desc_index *x, const uint8_t *data, size_t len)
{
	for (size_t c = 0; c < x->n_configs; c++) {
		const struct desc_config *config = &x->configs[c];

		CHECK(config->self.len >= 9 && config->self.len <= config->whole.len);
		CHECK(config->whole.data + config->whole.len <= data + len);
		for (size_t i = 0; i < config->n_interfaces; i++) {
			const struct desc_interface *interface = &config->interfaces[i];

			CHECK(interface->n_alts > 0);
			for (size_t a = 0; a < interface->n_alts; a++) {
				const struct desc_alt *alt = &interface->alts[a];

				CHECK_EQ(desc_u8(alt->self, 2), interface->number);
				CHECK(alt->whole.data + alt->whole.len <=
					config->whole.data + config->whole.len);
			}
		}
	}
}

TEST(cut_off_anywhere)
{
	for (size_t len = 0; len <= sizeof(blob_composite); len++) {
		/* Of that size exactly, so that a sanitizer sees what reads behind it. */
		_cleanup_free_ uint8_t *copy = malloc(len ? len : 1);
		_cleanup_index_ struct desc_index *x = NULL;

		memcpy(copy, blob_composite, len);
		x = desc_index_new(copy, len);
		check_sound(x, copy, len);
		CHECK_EQ(x->n_configs, len >= 27);
		if (x->n_configs)
			CHECK_EQ(x->configs[0].whole.len, len - 18);
	}
}

TEST(any_byte_may_be_anything)
{
	static const uint8_t values[] = {0x00, 0x01, 0x02, 0x04, 0x05, 0x09, 0x0b, 0x7f, 0xff};
	uint8_t copy[sizeof(blob_composite)];

	for (size_t at = 0; at < sizeof(copy); at++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			_cleanup_index_ struct desc_index *x = NULL;

			memcpy(copy, blob_composite, sizeof(copy));
			copy[at] = values[v];
			x = desc_index_new(copy, sizeof(copy));
			check_sound(x, copy, sizeof(copy));
		}
	}
}

TEST(length_of_0_or_1_ends_a_configuration)
{
	for (uint8_t bad = 0; bad < 2; bad++) {
		uint8_t copy[sizeof(blob_two_configs)];
		_cleanup_index_ struct desc_index *x = NULL;

		memcpy(copy, blob_two_configs, sizeof(copy));
		copy[43] = bad;
		x = desc_index_new(copy, sizeof(copy));
		CHECK_EQ(x->n_configs, 2);
		CHECK_EQ(x->configs[0].whole.len, 32);
		CHECK_EQ(x->configs[0].interfaces[0].alts[0].n_endpoints, 1);
		CHECK_EQ(x->configs[1].interfaces[0].alts[0].n_endpoints, 1);
	}
}

TEST(total_length_lies)
{
	uint8_t copy[sizeof(blob_two_configs)];
	struct desc_index *x;

	/* Too long: the next configuration, which the device promised, ends it. */
	memcpy(copy, blob_two_configs, sizeof(copy));
	copy[20] = 0xff;
	x = desc_index_new(copy, sizeof(copy));
	CHECK_EQ(x->n_configs, 2);
	CHECK_EQ(x->configs[0].whole.len, 32);
	CHECK_EQ(x->configs[1].value, 2);
	desc_index_free(x);

	/* Without such a promise all of it belongs to the one. */
	copy[17] = 1;
	x = desc_index_new(copy, sizeof(copy));
	CHECK_EQ(x->n_configs, 1);
	CHECK_EQ(x->configs[0].whole.len, 57);
	CHECK_EQ(x->configs[0].n_interfaces, 2);
	desc_index_free(x);

	/* Too short: what is beyond is skipped, up to the next one. */
	memcpy(copy, blob_two_configs, sizeof(copy));
	copy[20] = 0;
	x = desc_index_new(copy, sizeof(copy));
	CHECK_EQ(x->n_configs, 2);
	CHECK_EQ(x->configs[0].whole.len, 9);
	CHECK_EQ(x->configs[0].n_interfaces, 0);
	desc_index_free(x);

	/* In the middle of a descriptor. */
	copy[20] = 22;
	x = desc_index_new(copy, sizeof(copy));
	CHECK_EQ(x->configs[0].whole.len, 22);
	CHECK_EQ(x->configs[0].interfaces[0].alts[0].n_endpoints, 0);
	desc_index_free(x);
}

TEST(length_of_the_device_descriptor_does_not_matter)
{
	uint8_t copy[sizeof(blob_keyboard)];

	memcpy(copy, blob_keyboard, sizeof(copy));
	for (unsigned len = 0; len < 256; len++) {
		_cleanup_index_ struct desc_index *x = NULL;

		copy[0] = (uint8_t)len;
		x = desc_index_new(copy, sizeof(copy));
		CHECK_EQ(x->device.len, 18);
		CHECK_EQ(x->configs[0].n_interfaces, 2);
	}
}

TEST(short_descriptors)
{
	uint8_t copy[sizeof(blob_composite)];
	struct desc_index *x;
	const struct desc_alt *a;

	/* An endpoint descriptor of 5 bytes and one unknown of 2: no endpoint, and the bytes are
	 * nobody's but the setting's. */
	memcpy(copy, blob_composite, sizeof(copy));
	copy[86] = 5;
	copy[91] = 2;
	x = desc_index_new(copy, sizeof(copy));
	a = desc_alt(desc_interface(&x->configs[0], 1), 0);
	CHECK_EQ(a->n_endpoints, 1);
	CHECK_EQ(a->endpoints[0].extra.len, 0);
	CHECK_EQ(a->whole.len, 21);
	desc_index_free(x);

	/* An interface descriptor of 7 bytes and one unknown of 2: its endpoints are nobody's. */
	memcpy(copy, blob_composite, sizeof(copy));
	copy[70] = 7;
	copy[77] = 2;
	x = desc_index_new(copy, sizeof(copy));
	CHECK_EQ(x->configs[0].n_interfaces, 2);
	a = desc_alt(desc_interface(&x->configs[0], 0), 0);
	CHECK_EQ(a->n_endpoints, 1);
	CHECK_EQ(a->whole.len, 35);
	desc_index_free(x);
}

TEST(association_between_an_interface_and_its_endpoints)
{
	static const uint8_t blob[] = {0x12, 0x01, 0x00, 0x02, 0xff, 0x00, 0x00, 0x40, 0x6b, 0x1d,
		0x66, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01,
		/* 18 */ 0x09, 0x02, 0x24, 0x00, 0x01, 0x01, 0x00, 0x80, 0x32,
		/* 27 */ 0x09, 0x04, 0x00, 0x00, 0x01, 0xff, 0x00, 0x00, 0x00,
		/* 36 */ 0x03, 0x24, 0x00,
		/* 39 */ 0x08, 0x0b, 0x00, 0x01, 0xff, 0x00, 0x00, 0x00,
		/* 47 */ 0x07, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00};
	_cleanup_index_ struct desc_index *x = desc_index_new(blob, sizeof(blob));
	const struct desc_interface *i = &x->configs[0].interfaces[0];

	CHECK_SPAN(i->iad, blob, 39, 8);
	CHECK_SPAN(i->alts[0].extra, blob, 36, 3);
	CHECK_SPAN(i->alts[0].whole, blob, 27, 27);
	CHECK_EQ(i->alts[0].n_endpoints, 1);
}

/* A configuration made of COUNT pieces of LEN bytes, each of which FILL writes. */
static struct desc_index *
index_of_many(size_t count, size_t len, void (*fill)(uint8_t *, size_t), uint8_t **ret_blob)
{
	size_t size = 18 + 9 + count * len;
	uint8_t *blob = calloc(1, size);

	memcpy(blob, blob_keyboard, 27);
	blob[20] = 0xff;
	blob[21] = 0xff;
	for (size_t i = 0; i < count; i++)
		fill(blob + 27 + i * len, i);
	*ret_blob = blob;
	return desc_index_new(blob, size);
}

static void
fill_interface(uint8_t *at, size_t i)
{
	const uint8_t d[] = {9, DESC_INTERFACE, (uint8_t)i, 0, 0, 0xff, 0, 0, 0};

	memcpy(at, d, sizeof(d));
}

static void
fill_alt(uint8_t *at, size_t i)
{
	const uint8_t d[] = {9, DESC_INTERFACE, 0, (uint8_t)i, 0, 0xff, 0, 0, 0};

	memcpy(at, d, sizeof(d));
}

/* One interface, then endpoints, each as long as an interface descriptor. */
static void
fill_endpoint(uint8_t *at, size_t i)
{
	const uint8_t d[] = {9, DESC_ENDPOINT, (uint8_t)i, DESC_BULK, 64, 0, 0, 0, 0};

	if (i == 0)
		fill_interface(at, 0);
	else
		memcpy(at, d, sizeof(d));
}

static void
fill_association(uint8_t *at, size_t i)
{
	const uint8_t d[] = {9, DESC_IAD, (uint8_t)i, 255, 0, 0, 0, 0, 0};

	memcpy(at, d, sizeof(d));
}

TEST(limits)
{
	uint8_t *blob;
	struct desc_index *x = index_of_many(2000, 9, fill_interface, &blob);

	CHECK_EQ(x->configs[0].n_interfaces, DESC_MAX_INTERFACES);
	CHECK_EQ(x->configs[0].interfaces[0].n_alts, 8);
	desc_index_free(x);
	free(blob);

	x = index_of_many(2000, 9, fill_alt, &blob);
	CHECK_EQ(x->configs[0].n_interfaces, 1);
	CHECK_EQ(x->configs[0].interfaces[0].n_alts, DESC_MAX_ALTS);
	desc_index_free(x);
	free(blob);

	x = index_of_many(2000, 9, fill_endpoint, &blob);
	CHECK_EQ(x->configs[0].interfaces[0].alts[0].n_endpoints, DESC_MAX_ENDPOINTS);
	CHECK_EQ(x->configs[0].interfaces[0].alts[0].whole.len, 2000 * 9);
	desc_index_free(x);
	free(blob);

	x = index_of_many(2000, 9, fill_association, &blob);
	CHECK_EQ(x->configs[0].n_interfaces, 0);
	desc_index_free(x);
	free(blob);
}

TEST(many_configurations)
{
	uint8_t blob[18 + 40 * 9] = {0};
	_cleanup_index_ struct desc_index *x = NULL;

	for (size_t i = 0; i < 40; i++) {
		blob[18 + i * 9] = 9;
		blob[18 + i * 9 + 1] = DESC_CONFIG;
		blob[18 + i * 9 + 5] = (uint8_t)(i + 1);
	}
	x = desc_index_new(blob, sizeof(blob));
	CHECK_EQ(x->n_configs, DESC_MAX_CONFIGS);
	CHECK_EQ(x->configs[DESC_MAX_CONFIGS - 1].value, DESC_MAX_CONFIGS);
}

TEST(next)
{
	static const uint8_t data[] = {2, 0x24, 3, 0x25, 0, 4, 0x24};
	struct desc_span rest = {.data = data, .len = sizeof(data)}, one;

	CHECK(desc_next(&rest, &one));
	CHECK_SPAN(one, data, 0, 2);
	CHECK(desc_next(&rest, &one));
	CHECK_SPAN(one, data, 2, 3);
	/* It claims 4 bytes, and there are 2. */
	CHECK(!desc_next(&rest, &one));
	CHECK_SPAN(one, data, 2, 3);
	CHECK_SPAN(rest, data, 5, 2);
	rest.len = 1;
	CHECK(!desc_next(&rest, &one));
	rest.len = 0;
	CHECK(!desc_next(&rest, &one));
}

TEST(numbers)
{
	static const uint8_t data[] = {0x01, 0x82, 0x03};
	struct desc_span span = {.data = data, .len = sizeof(data)};

	CHECK_EQ(desc_u8(span, 1), 0x82);
	CHECK_EQ(desc_u8(span, 3), 0);
	CHECK_EQ(desc_u8(span, SIZE_MAX), 0);
	CHECK_EQ(desc_u16(span, 0), 0x8201);
	CHECK_EQ(desc_u16(span, 1), 0x0382);
	CHECK_EQ(desc_u16(span, 2), 0);
	CHECK_EQ(desc_u16(span, SIZE_MAX), 0);
	CHECK_EQ(desc_u16(span, SIZE_MAX - 1), 0);
	span.len = 0;
	CHECK_EQ(desc_u16(span, 0), 0);
}
