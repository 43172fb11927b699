/* SPDX-License-Identifier: MIT */
/*
 * The counter pattern of sources and sinks: an endless stream of 32-bit little-endian words, each
 * of which is its own index, from 0. So byte I of the stream is byte I % 4 of the word I / 4.
 */
#ifndef USBFUSE_SIM_PATTERN_H
#define USBFUSE_SIM_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes POSITION.. of the pattern. */
void sim_pattern_fill(uint8_t *data, size_t len, uint64_t position);

/* How many bytes at the front of DATA are the pattern from POSITION on. */
size_t sim_pattern_check(const uint8_t *data, size_t len, uint64_t position);

/* Makes all of it zero, and only writes where it is not. */
void sim_pattern_clear(uint8_t *data, size_t len);

#endif
