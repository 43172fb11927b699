/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: libFuzzer's entry, and a check that no build switches off. */
#ifndef USBFUSE_TESTS_FUZZ_H
#define USBFUSE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: false\n", __FILE__, __LINE__, #condition);     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
