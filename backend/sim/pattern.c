/* SPDX-License-Identifier: MIT */
/*
 * The counter pattern; see pattern.h. A source has to be faster than what is measured with it, so
 * words are made four at a time, and bytes are compared in blocks.
 */
#include "backend/sim/pattern.h"

#include <endian.h>
#include <string.h>

typedef uint32_t words __attribute__((vector_size(16)));

enum { BLOCK = 4096 };

static uint8_t
byte_at(uint64_t position)
{
	return (uint8_t)((uint32_t)(position / 4) >> (8 * (position % 4)));
}

void
sim_pattern_fill(uint8_t *data, size_t len, uint64_t position)
{
	size_t i = 0;

	for (; i < len && (position + i) % 4; i++)
		data[i] = byte_at(position + i);
	if (BYTE_ORDER == LITTLE_ENDIAN) {
		uint32_t first = (uint32_t)((position + i) / 4);
		words next = {first, first + 1, first + 2, first + 3};

		for (; len - i >= sizeof(next); i += sizeof(next)) {
			memcpy(data + i, &next, sizeof(next));
			next += 4;
		}
	}
	for (; i < len; i++)
		data[i] = byte_at(position + i);
}

size_t
sim_pattern_check(const uint8_t *data, size_t len, uint64_t position)
{
	uint8_t expected[BLOCK];
	size_t done = 0;

	while (done < len) {
		size_t n = len - done < BLOCK ? len - done : BLOCK, same = 0;

		sim_pattern_fill(expected, n, position + done);
		if (memcmp(data + done, expected, n) != 0) {
			while (data[done + same] == expected[same])
				same++;
			return done + same;
		}
		done += n;
	}
	return len;
}

void
sim_pattern_clear(uint8_t *data, size_t len)
{
	static const uint8_t zero[BLOCK];

	/* A buffer that comes again and again is clean, and reading it is cheaper than writing. But
	 * every byte is looked at: it may have held another device's meanwhile. */
	while (len) {
		size_t n = len < BLOCK ? len : BLOCK;

		if (memcmp(data, zero, n) != 0)
			memset(data, 0, n);
		data += n;
		len -= n;
	}
}
