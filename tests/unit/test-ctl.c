/* SPDX-License-Identifier: MIT */
/* The grammar of ctl and driver files. */
#include <errno.h>
#include <string.h>

#include "layout/ctl.h"
#include "tests/unit/test.h"

/* The first command of TEXT: its verb in *ret, and what ctl_next() says. */
static int
first(enum layout_type type, const char *text, struct ctl_command *ret)
{
	size_t len = strlen(text);

	return ctl_next(type, &text, &len, ret);
}

TEST(verbs)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_CTL, "clear_halt", &c), 1);
	CHECK_EQ(c.verb, CTL_CLEAR_HALT);
	CHECK_EQ(first(LAYOUT_CTL, "  flush \t\n", &c), 1);
	CHECK_EQ(c.verb, CTL_FLUSH);
	CHECK_EQ(first(LAYOUT_DEV_CTL, "reset\n", &c), 1);
	CHECK_EQ(c.verb, CTL_RESET);
	CHECK_EQ(first(LAYOUT_DRIVER, "none\n", &c), 1);
	CHECK_EQ(c.verb, CTL_DRIVER_NONE);
	CHECK_EQ(first(LAYOUT_DRIVER, "auto\n", &c), 1);
	CHECK_EQ(c.verb, CTL_DRIVER_AUTO);
}

TEST(a_verb_belongs_to_its_file)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_DRIVER, "clear_halt", &c), -EINVAL);
	CHECK_EQ(first(LAYOUT_CTL, "none", &c), -EINVAL);
	CHECK_EQ(first(LAYOUT_DATA, "flush", &c), -EINVAL);
}

TEST(what_is_no_command)
{
	static const char *const wrong[] = {
		"clear",
		"clear_haltx",
		"flush 1",
		"pair",
		"pair 1",
		"pair 811",
		"pair 8g",
		"pair 02",
		"pair -1",
		"pair 81 82",
		"pairnone",
	};
	struct ctl_command c = {.value = 77};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQ(first(LAYOUT_CTL, wrong[i], &c), -EINVAL);
	CHECK_EQ(c.value, 77); /* untouched */
}

TEST(a_pair_is_an_in_endpoint_or_none)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_CTL, "pair 8f\n", &c), 1);
	CHECK_EQ(c.verb, CTL_PAIR);
	CHECK_EQ(c.value, 0x8f);
	CHECK_EQ(first(LAYOUT_CTL, "pair none", &c), 1);
	CHECK_EQ(c.value, 0);
}

TEST(lines)
{
	const char *text = "# a comment\n\n flush\n\t\npair 81\n#";
	size_t len = strlen(text);
	struct ctl_command c;

	CHECK_EQ(ctl_next(LAYOUT_CTL, &text, &len, &c), 1);
	CHECK_EQ(c.verb, CTL_FLUSH);
	CHECK_EQ(ctl_next(LAYOUT_CTL, &text, &len, &c), 1);
	CHECK_EQ(c.verb, CTL_PAIR);
	CHECK_EQ(ctl_next(LAYOUT_CTL, &text, &len, &c), 0);
	CHECK_EQ(len, 0);
}

TEST(what_a_file_shows_is_no_command)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_CTL, ctl_text(LAYOUT_CTL), &c), 0);
	CHECK_EQ(first(LAYOUT_DEV_CTL, ctl_text(LAYOUT_DEV_CTL), &c), 0);
	CHECK_STR(ctl_text(LAYOUT_DATA), "");
}
