/* SPDX-License-Identifier: MIT */
/* The table of settings; see setting.h. */
#include "layout/setting.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "backend/util/macro.h"

static const struct {
	const char *word;
	const char *attr;
	/* Words of ctl, and what the attribute has for them; none: a number. */
	struct {
		const char *word, *text;
	} values[2];
	const char *explain;
} rows[SETTING_COUNT] = {
	[SETTING_POWER] = {"power", "power/control", {{"on", "on"}, {"auto", "auto"}}, "on, auto"},
	[SETTING_AUTOSUSPEND_DELAY] = {"autosuspend_delay", "power/autosuspend_delay_ms",
		{{NULL, NULL}}, "a number of milliseconds; -1: never suspend"},
	[SETTING_AUTHORIZE] = {"authorize", "authorized", {{"on", "1"}, {"off", "0"}}, "on, off"},
};

static bool
is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

int
setting_find(const char *word, size_t len)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		if (is(word, len, rows[s].word))
			return s;
	return -ENOENT;
}

int
setting_of_attr(const char *attr)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		if (strcmp(attr, rows[s].attr) == 0)
			return s;
	return -ENOENT;
}

const char *
setting_word(enum setting s)
{
	return rows[s].word;
}

const char *
setting_attr(enum setting s)
{
	return rows[s].attr;
}

const char *
setting_explain(enum setting s)
{
	return rows[s].explain;
}

/* Any negative number means what -1 means; the kernel's is an int. */
static int
parse_number(const char *text, size_t len, char ret[SETTING_TEXT_MAX])
{
	bool minus = len > 0 && text[0] == '-';
	long long value = 0;
	size_t i;

	for (i = minus; i < len && text[i] >= '0' && text[i] <= '9' && value <= INT_MAX; i++)
		value = value * 10 + (text[i] - '0');
	if (i < len || i == minus || value > INT_MAX)
		return -EINVAL;
	snprintf(ret, SETTING_TEXT_MAX, "%lld", minus && value ? -1 : value);
	return 0;
}

int
setting_parse(enum setting s, const char *text, size_t len, char ret[SETTING_TEXT_MAX])
{
	if (!rows[s].values[0].word)
		return parse_number(text, len, ret);
	for (size_t i = 0; i < ARRAY_SIZE(rows[s].values); i++) {
		if (!is(text, len, rows[s].values[i].word) &&
			!is(text, len, rows[s].values[i].text))
			continue;
		snprintf(ret, SETTING_TEXT_MAX, "%s", rows[s].values[i].text);
		return 0;
	}
	return -EINVAL;
}

const char *
setting_print(enum setting s, const char *text, size_t len, char buf[SETTING_TEXT_MAX])
{
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (setting_parse(s, text, len, buf) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows[s].values); i++)
		if (rows[s].values[i].word && strcmp(buf, rows[s].values[i].text) == 0)
			return rows[s].values[i].word;
	return buf;
}
