/* SPDX-License-Identifier: MIT */
/*
 * A test framework of one page.
 *
 *	TEST(a_thing_that_holds)
 *	{
 *		CHECK_EQ(1 + 1, 2);
 *	}
 *
 * Every test runs in a process of its own with ten seconds to live, so a crash, a hang or a leaked
 * descriptor is that test's failure and nobody else's. The first check that fails ends the test.
 * Checks may be used in helpers and on any thread; NDEBUG does not disable them. main() is in
 * test.c; output is TAP. Arguments are names of tests to run, all without.
 */
#ifndef USBFUSE_TESTS_TEST_H
#define USBFUSE_TESTS_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "backend/util/macro.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *t);

/* Says why, as a TAP comment, and ends the process of the test. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);

/* Ends the process of the test as "skipped": what it needs is not here. */
_Noreturn void test_skip(const char *why);

void test_check_eq(
	const char *file, int line, const char *a_text, const char *b_text, intmax_t a, intmax_t b);
void test_check_str(const char *file, int line, const char *a_text, const char *b_text,
	const char *a, const char *b);
void test_check_mem(const char *file, int line, const char *text, const void *a, size_t a_len,
	const void *b, size_t b_len);

#define TEST(name_)                                                                                \
	static void test_run_##name_(void);                                                        \
	static struct test test_##name_ = {.name = #name_, .run = test_run_##name_};               \
	__attribute__((constructor)) static void test_register_##name_(void)                       \
	{                                                                                          \
		test_register(&test_##name_);                                                      \
	}                                                                                          \
	static void test_run_##name_(void)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_fail(__FILE__, __LINE__, "%s: false", #condition);                    \
	} while (0)

/* Whole numbers: what is found, what is expected. */
#define CHECK_EQ(a, b) test_check_eq(__FILE__, __LINE__, #a, #b, (intmax_t)(a), (intmax_t)(b))

/* Strings; NULL equals NULL. */
#define CHECK_STR(a, b) test_check_str(__FILE__, __LINE__, #a, #b, a, b)

/* Runs of bytes. */
#define CHECK_MEM(a, a_len, b, b_len) test_check_mem(__FILE__, __LINE__, #a, a, a_len, b, b_len)

#endif
