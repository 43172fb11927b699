/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the descriptor walker: any bytes give an index whose every span lies in those bytes, nested
 * as the header says.
 */
#include <stdlib.h>

#include "backend/desc.h"
#include "tests/fuzz/fuzz.h"

/* Reads INNER, which must be within OUTER; a sanitizer watches. */
static void
check_within(struct desc_span inner, struct desc_span outer)
{
	volatile uint8_t sum = 0;

	REQUIRE(inner.data >= outer.data && inner.data + inner.len <= outer.data + outer.len);
	for (size_t i = 0; i < inner.len; i++)
		sum = (uint8_t)(sum + inner.data[i]);
}

static void
check_alt(const struct desc_interface *interface, const struct desc_alt *a, struct desc_span config)
{
	check_within(a->whole, config);
	check_within(a->self, a->whole);
	check_within(a->extra, a->whole);
	REQUIRE(a->self.data == a->whole.data && a->self.len >= 9);
	REQUIRE(a->self.data[2] == interface->number && a->self.data[3] == a->number);
	REQUIRE(a->n_endpoints <= DESC_MAX_ENDPOINTS);
	REQUIRE(desc_alt(interface, a->number) <= a);
	for (size_t i = 0; i < a->n_endpoints; i++) {
		const struct desc_endpoint *e = &a->endpoints[i];

		check_within(e->self, a->whole);
		check_within(e->extra, a->whole);
		REQUIRE(e->self.len >= 7 && e->self.data[2] == e->address);
		REQUIRE(e->extra.data == e->self.data + e->self.len);
		REQUIRE(e->ordinal == i);
		REQUIRE(e->duplicate == (desc_endpoint(a, e->address) != e));
		REQUIRE(desc_packet_size(e) <= 2047);
	}
}

static void
check_config(const struct desc_config *c, struct desc_span all)
{
	check_within(c->whole, all);
	check_within(c->self, c->whole);
	REQUIRE(c->self.data == c->whole.data && c->self.len >= 9);
	REQUIRE(c->n_interfaces <= DESC_MAX_INTERFACES);
	for (size_t i = 0; i < c->n_interfaces; i++) {
		const struct desc_interface *interface = &c->interfaces[i];

		REQUIRE(interface->n_alts > 0 && interface->n_alts <= DESC_MAX_ALTS);
		REQUIRE(desc_interface(c, interface->number) == interface);
		if (interface->iad.len > 0)
			check_within(interface->iad, c->whole);
		for (size_t a = 0; a < interface->n_alts; a++)
			check_alt(interface, &interface->alts[a], c->whole);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct desc_index *x = desc_index_new(data, size);
	struct desc_span all = {.data = data, .len = size}, rest = all, one;

	REQUIRE(x);
	REQUIRE(x->device.len == (size < 18 ? 0 : 18));
	REQUIRE(x->n_configs <= DESC_MAX_CONFIGS);
	for (size_t i = 0; i < x->n_configs; i++) {
		const struct desc_config *c = &x->configs[i];

		check_config(c, all);
		REQUIRE(desc_config(x, c->value) <= c);
		REQUIRE(i == 0 || c[-1].whole.data + c[-1].whole.len <= c->whole.data);
	}
	desc_index_free(x);
	while (desc_next(&rest, &one))
		check_within(one, all);
	check_within(rest, all);
	return 0;
}
