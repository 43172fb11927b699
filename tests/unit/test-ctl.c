/* SPDX-License-Identifier: MIT */
/* The grammar of ctl and driver files, and the table of knobs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/desc.h"
#include "layout/ctl.h"
#include "tests/unit/test.h"

static const struct knob_endpoint bulk_in = {.in = true, .type = DESC_BULK};
static const struct knob_endpoint bulk_out = {.type = DESC_BULK, .siblings_in = 1 << 1 | 1 << 15};
static const struct knob_endpoint lonely_out = {.type = DESC_BULK};
static const struct knob_endpoint iso_in = {.in = true, .type = DESC_ISO};
static const struct knob_endpoint iso_out = {.type = DESC_ISO};
static const struct knob_endpoint super = {.in = true, .type = DESC_BULK, .max_streams = 16};

static char why[CTL_WHY_MAX];

/* The first command of TEXT: its verb in *ret, and what ctl_next() says. */
static int
first(enum layout_type type, const struct knob_endpoint *e, const char *text,
	struct ctl_command *ret)
{
	struct ctl_reader r = {.type = type, .endpoint = e, .text = text, .len = strlen(text)};

	why[0] = '\0';
	return ctl_next(&r, ret, why);
}

static void
check_verb(
	enum layout_type type, const struct knob_endpoint *e, const char *text, enum ctl_verb verb)
{
	struct ctl_command c;

	CHECK_EQ(first(type, e, text, &c), 1);
	CHECK_EQ(c.verb, verb);
}

/* TEXT is refused, and what is said of it contains SAID. */
static void
check_wrong(
	enum layout_type type, const struct knob_endpoint *e, const char *text, const char *said)
{
	struct ctl_command c = {.value = 77};

	CHECK_EQ(first(type, e, text, &c), -EINVAL);
	CHECK_EQ(c.value, 77); /* untouched */
	if (!strstr(why, said))
		CHECK_STR(why, said);
	CHECK(!strchr(why, '\n'));
}

static void
check_set(const struct knob_endpoint *e, const char *text, enum knob knob, uint32_t value)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_CTL, e, text, &c), 1);
	CHECK_EQ(c.verb, CTL_SET);
	CHECK_EQ(c.knob, knob);
	CHECK_EQ(c.value, value);
}

TEST(verbs)
{
	check_verb(LAYOUT_CTL, &bulk_in, "clear_halt", CTL_CLEAR_HALT);
	check_verb(LAYOUT_CTL, &bulk_in, "  flush \t\n", CTL_FLUSH);
	check_verb(LAYOUT_CTL, &bulk_in, "reset_stats", CTL_RESET_STATS);
	check_verb(LAYOUT_CTL, &bulk_out, "zlp", CTL_ZLP);
	check_verb(LAYOUT_CTL, &bulk_out, "drain", CTL_DRAIN);
	check_verb(LAYOUT_DEV_CTL, NULL, "reset\n", CTL_RESET);
	check_verb(LAYOUT_DRIVER, NULL, "none\n", CTL_DRIVER_NONE);
	check_verb(LAYOUT_DRIVER, NULL, "auto\n", CTL_DRIVER_AUTO);
}

static void
check_setting(const char *text, enum setting setting, const char *value)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_DEV_CTL, NULL, text, &c), 1);
	CHECK_EQ(c.verb, CTL_SETTING);
	CHECK_EQ(c.setting, setting);
	CHECK_STR(c.text, value);
}

TEST(settings_of_a_device)
{
	char buf[SETTING_TEXT_MAX];

	check_verb(LAYOUT_DEV_CTL, NULL, "remove", CTL_REMOVE);
	check_setting("power auto\n", SETTING_POWER, "auto");
	check_setting("power on", SETTING_POWER, "on");
	check_setting(" authorize \t off", SETTING_AUTHORIZE, "0");
	check_setting("authorize on", SETTING_AUTHORIZE, "1");
	check_setting("autosuspend_delay 2000", SETTING_AUTOSUSPEND_DELAY, "2000");
	check_setting("autosuspend_delay 2147483647", SETTING_AUTOSUSPEND_DELAY, "2147483647");
	check_setting("autosuspend_delay -7", SETTING_AUTOSUSPEND_DELAY, "-1");
	check_setting("autosuspend_delay -0", SETTING_AUTOSUSPEND_DELAY, "0");
	check_wrong(LAYOUT_DEV_CTL, NULL, "power", "power is: on, auto");
	check_wrong(LAYOUT_DEV_CTL, NULL, "power off", "power is: on, auto");
	check_wrong(LAYOUT_DEV_CTL, NULL, "autosuspend_delay", "milliseconds");
	check_wrong(LAYOUT_DEV_CTL, NULL, "autosuspend_delay 2147483648", "milliseconds");
	check_wrong(LAYOUT_DEV_CTL, NULL, "autosuspend_delay -", "milliseconds");
	check_wrong(LAYOUT_DEV_CTL, NULL, "autosuspend_delay 99999999999999999999", "milliseconds");
	check_wrong(LAYOUT_DEV_CTL, NULL, "nonsense", "authorize, reset, remove");
	check_wrong(LAYOUT_CTL, &bulk_in, "power on", "is not known");
	CHECK_STR(setting_print(SETTING_AUTHORIZE, "1\n", 2, buf), "on");
	CHECK_STR(setting_print(SETTING_AUTOSUSPEND_DELAY, "-1000\n", 6, buf), "-1");
	CHECK(!setting_print(SETTING_POWER, "?\n", 2, buf));
}

TEST(attributes_that_can_be_written)
{
	static const char text[] = "# so\n1\n";
	struct ctl_reader r = {
		.type = LAYOUT_SETTING, .attr = "authorized", .text = text, .len = strlen(text)};
	struct ctl_command c;

	CHECK_EQ(ctl_next(&r, &c, why), 1);
	CHECK_EQ(c.verb, CTL_SETTING);
	CHECK_EQ(c.setting, SETTING_AUTHORIZE);
	CHECK_STR(c.text, "1");
	CHECK_EQ(ctl_next(&r, &c, why), 0);
	check_verb(LAYOUT_PORT_POWER, NULL, "off\n", CTL_PORT_POWER);
	check_verb(LAYOUT_PORT_DISABLE, NULL, "1", CTL_PORT_DISABLE);
	check_verb(LAYOUT_PORT_INDICATOR, NULL, "green", CTL_PORT_INDICATOR);
	check_wrong(LAYOUT_PORT_POWER, NULL, "of", "it is: on, off");
	check_wrong(LAYOUT_PORT_POWER, NULL, "on off", "it is: on, off");
	check_wrong(LAYOUT_PORT_INDICATOR, NULL, "red", "it is: auto, amber, green, off");
}

TEST(alternate_settings)
{
	static const char *const wrong[] = {
		"x", "-1", "+1", "1 2", "0x1", "256", "1.", "99999999999999999999", "alternate 1"};
	static const struct {
		const char *text;
		uint32_t value;
	} right[] = {{" 2\n", 2}, {"0", 0}, {"255", 255}};
	struct ctl_command c;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check_wrong(LAYOUT_ALTERNATE, NULL, wrong[i], "number from 0 to 255");
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CHECK_EQ(first(LAYOUT_ALTERNATE, NULL, right[i].text, &c), 1);
		CHECK_EQ(c.verb, CTL_ALTERNATE);
		CHECK_EQ(c.value, right[i].value);
	}
	CHECK_EQ(first(LAYOUT_ALTERNATE, NULL, "\n", &c), 0);
	check_wrong(LAYOUT_CTL, &bulk_in, "1", "\"1\" is not known");
}

TEST(configurations)
{
	static const char *const wrong[] = {"x", "-2", "+1", "1 2", "0x1", "256", "-", "1-1"};
	static const struct {
		const char *text;
		uint32_t value;
	} right[] = {{" 2\n", 2}, {"0", 0}, {"255", 255}, {"-1\n", 0}};
	struct ctl_command c;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check_wrong(LAYOUT_CONFIG, NULL, wrong[i], "number from 0 to 255, 0 for none");
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CHECK_EQ(first(LAYOUT_CONFIG, NULL, right[i].text, &c), 1);
		CHECK_EQ(c.verb, CTL_CONFIG);
		CHECK_EQ(c.value, right[i].value);
	}
}

TEST(drivers)
{
	static const char *const wrong[] = {".", "a/b", "a\001b",
		"a-name-that-is-longer-than-any-driver-of-the-kernel-has-ever-had-until-now"};
	struct ctl_command c;

	check_verb(LAYOUT_DRIVER, NULL, "claim", CTL_CLAIM);
	check_verb(LAYOUT_DRIVER, NULL, "release", CTL_RELEASE);
	CHECK_EQ(first(LAYOUT_DRIVER, NULL, "none", &c), 1);
	CHECK(!c.association);
	CHECK_EQ(first(LAYOUT_DRIVER, NULL, " none\t association\n", &c), 1);
	CHECK_EQ(c.verb, CTL_DRIVER_NONE);
	CHECK(c.association);
	check_wrong(LAYOUT_DRIVER, NULL, "none associations", "or before association");
	check_wrong(LAYOUT_CTL, &bulk_in, "flush association", "flush stands alone");
	CHECK_EQ(first(LAYOUT_DRIVER, NULL, "usb-storage\n", &c), 1);
	CHECK_EQ(c.verb, CTL_BIND);
	CHECK_STR(c.name, "usb-storage");
	CHECK_EQ(first(LAYOUT_DRIVER, NULL, "Some driver 2", &c), 1);
	CHECK_STR(c.name, "Some driver 2");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check_wrong(LAYOUT_DRIVER, NULL, wrong[i], "or the name of a driver");
}

TEST(a_verb_belongs_to_its_file)
{
	check_wrong(LAYOUT_DRIVER, NULL, "../x", "line 1: \"../x\" is not known");
	check_wrong(LAYOUT_DRIVER, NULL, "..", "there is: none, auto, claim, release, or the name");
	check_wrong(LAYOUT_CTL, &bulk_in, "none", "clear_halt");
	check_wrong(LAYOUT_CTL, &bulk_in, "zlp", "\"zlp\" is not known");
	check_wrong(LAYOUT_CTL, &bulk_in, "drain", "\"drain\" is not known");
	check_wrong(LAYOUT_DATA, NULL, "flush", "");
}

TEST(knobs)
{
	check_set(&bulk_in, "depth 4", KNOB_DEPTH, 4);
	check_set(&bulk_in, "depth auto", KNOB_DEPTH, KNOB_AUTO);
	check_set(&bulk_in, "size 64k", KNOB_SIZE, 65536);
	check_set(&bulk_in, "size\t16M", KNOB_SIZE, 16 << 20);
	check_set(&bulk_in, "timeout none", KNOB_TIMEOUT, KNOB_NONE);
	check_set(&bulk_in, "timeout 3600000", KNOB_TIMEOUT, 3600000);
	check_set(&bulk_in, "framing length", KNOB_FRAMING, FRAMING_LENGTH);
	check_set(&bulk_in, "share broadcast", KNOB_SHARE, 1);
	check_set(&bulk_in, "auto_clear_halt on", KNOB_AUTO_CLEAR_HALT, 1);
	check_set(&bulk_in, "latency none", KNOB_LATENCY, KNOB_NONE);
	check_set(&bulk_in, "latency 5", KNOB_LATENCY, 5);
	check_set(&bulk_out, "end zlp", KNOB_END, 1);
	check_set(&bulk_out, "coalesce on", KNOB_COALESCE, 1);
	check_set(&bulk_out, "pair 8F", KNOB_PAIR, 0x8f);
	check_set(&bulk_out, "pair none", KNOB_PAIR, KNOB_NONE);
	check_set(&iso_in, "framing iso", KNOB_FRAMING, FRAMING_ISO);
	check_set(&iso_out, "rate 176400", KNOB_RATE, 176400);
	check_set(&iso_out, "size 192", KNOB_SIZE, 192);
	check_set(&iso_out, "unit 4", KNOB_UNIT, 4);
	check_set(&super, "stream 16", KNOB_STREAM, 16);
}

TEST(what_a_knob_does_not_take)
{
	check_wrong(LAYOUT_CTL, &bulk_in, "depth", "depth is: auto, or a number from 1 to 64");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth 0", "depth \"0\"");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth 65", "depth \"65\"");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth 4k", "depth \"4k\"");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth 4 5", "depth \"4 5\"");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth -1", "depth");
	check_wrong(LAYOUT_CTL, &bulk_in, "depth 99999999999999999999", "depth");
	check_wrong(LAYOUT_CTL, &bulk_in, "size 17M", "16777216");
	check_wrong(LAYOUT_CTL, &bulk_in, "size k", "size");
	check_wrong(LAYOUT_CTL, &bulk_in, "depthauto", "\"depthauto\" is not known");
	check_wrong(LAYOUT_CTL, &bulk_in, "framing iso", "framing is: stream, packet, hex, length");
	check_wrong(LAYOUT_CTL, &bulk_in, "pair 81", "\"pair\" is not known");
	check_wrong(LAYOUT_CTL, &bulk_in, "stream 1", "\"stream\" is not known");
	check_wrong(LAYOUT_CTL, &bulk_in, "end zlp", "\"end\" is not known");
	check_wrong(LAYOUT_CTL, &iso_in, "framing hex", "framing is: stream, iso");
	check_wrong(LAYOUT_CTL, &bulk_out, "pair 82", "pair is: none, 81, 8f");
	check_wrong(LAYOUT_CTL, &bulk_out, "pair 1", "pair \"1\"");
	check_wrong(LAYOUT_CTL, &bulk_out, "pair 811", "pair");
	check_wrong(LAYOUT_CTL, &bulk_out, "pair 02", "pair");
	check_wrong(LAYOUT_CTL, &lonely_out, "pair 81", "\"pair\" is not known");
	check_wrong(LAYOUT_CTL, &super, "stream 17", "from 1 to 16");
	check_wrong(LAYOUT_CTL, &iso_out, "unit 0", "unit is: a number from 1 to 1024");
	check_wrong(LAYOUT_CTL, &iso_out, "zlp", "\"zlp\" is not known");
	check_wrong(LAYOUT_CTL, &bulk_in, "flush 1", "flush stands alone");
}

TEST(what_is_said_is_safe_to_print)
{
	check_wrong(LAYOUT_CTL, &bulk_in, "\x1b[2J", "\"?[2J\"");
	check_wrong(LAYOUT_CTL, &bulk_in,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"aaa...\"");
}

TEST(lines)
{
	static const char text[] = "# a comment\n\n flush\n\t\npair 81\n#\nwhat";
	struct ctl_reader r = {
		.type = LAYOUT_CTL, .endpoint = &bulk_out, .text = text, .len = strlen(text)};
	struct ctl_command c;

	CHECK_EQ(ctl_next(&r, &c, why), 1);
	CHECK_EQ(c.verb, CTL_FLUSH);
	CHECK_EQ(r.line, 3);
	CHECK_EQ(ctl_next(&r, &c, why), 1);
	CHECK_EQ(c.knob, KNOB_PAIR);
	CHECK_EQ(ctl_next(&r, &c, why), -EINVAL);
	CHECK_EQ(r.line, 7);
	CHECK(strstr(why, "line 7"));
	CHECK_EQ(ctl_next(&r, &c, why), 0);
	CHECK_EQ(r.len, 0);
}

/* Every knob of every kind of endpoint reads back as it was, at its default and at its bounds. */
TEST(what_is_printed_can_be_set)
{
	static const struct knob_endpoint *const all[] = {
		&bulk_in, &bulk_out, &lonely_out, &iso_in, &iso_out, &super};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (unsigned k = 0; k < KNOB_COUNT; k++) {
			char value[16], line[64], allowed[200];
			struct ctl_command c;

			if (!knob_name(all[i], k))
				continue;
			knob_print(all[i], k, knob_default(all[i], k), value, sizeof(value));
			snprintf(line, sizeof(line), "%s %s", knob_name(all[i], k), value);
			check_set(all[i], line, k, knob_default(all[i], k));
			knob_explain(all[i], k, allowed, sizeof(allowed));
			CHECK(strstr(allowed, value));
			for (uint32_t v = 1; v < 70000; v += 7) {
				snprintf(line, sizeof(line), "%s %u", knob_name(all[i], k),
					(unsigned)v);
				if (k == KNOB_PAIR || first(LAYOUT_CTL, all[i], line, &c) < 0)
					continue;
				knob_print(all[i], k, c.value, value, sizeof(value));
				CHECK_EQ(knob_parse(all[i], k, value, strlen(value), &c.value), 0);
				CHECK_EQ(c.value, v);
			}
		}
	}
}

TEST(what_a_file_shows_is_no_command)
{
	struct ctl_command c;

	CHECK_EQ(first(LAYOUT_CTL, &bulk_in, ctl_text(LAYOUT_CTL, &bulk_in), &c), 0);
	CHECK_EQ(first(LAYOUT_CTL, &bulk_out, ctl_text(LAYOUT_CTL, &bulk_out), &c), 0);
	CHECK_EQ(first(LAYOUT_DEV_CTL, NULL, ctl_text(LAYOUT_DEV_CTL, NULL), &c), 0);
	CHECK_STR(ctl_text(LAYOUT_DATA, NULL), "");
}
