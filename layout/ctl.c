/* SPDX-License-Identifier: MIT */
/* The grammar of ctl and driver files: lines, verbs, and what is said of a bad one; see ctl.h. */
#include "layout/ctl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/util/macro.h"
#include "layout/word.h"

static const struct {
	enum layout_type type;
	enum ctl_verb verb;
	const char *word;
	enum where { ANY, OUT, MESSAGES_OUT } where;
} verbs[] = {
	{LAYOUT_CTL, CTL_CLEAR_HALT, "clear_halt", ANY},
	{LAYOUT_CTL, CTL_FLUSH, "flush", ANY},
	{LAYOUT_CTL, CTL_RESET_STATS, "reset_stats", ANY},
	{LAYOUT_CTL, CTL_ZLP, "zlp", MESSAGES_OUT},
	{LAYOUT_CTL, CTL_DRAIN, "drain", OUT},
	{LAYOUT_CONTROL_CTL, CTL_RESET_STATS, "reset_stats", ANY},
	{LAYOUT_DEV_CTL, CTL_RESET, "reset", ANY},
	{LAYOUT_DEV_CTL, CTL_REMOVE, "remove", ANY},
	{LAYOUT_ROOT_CTL, CTL_RESCAN, "rescan", ANY},
	{LAYOUT_DRIVER, CTL_DRIVER_NONE, "none", ANY},
	{LAYOUT_DRIVER, CTL_DRIVER_AUTO, "auto", ANY},
	{LAYOUT_DRIVER, CTL_CLAIM, "claim", ANY},
	{LAYOUT_DRIVER, CTL_RELEASE, "release", ANY},
};

/* Files that take one word, and nothing else. */
static const struct {
	enum layout_type type;
	const char *word;
	enum ctl_verb verb;
	uint32_t value;
} words[] = {
	{LAYOUT_PORT_POWER, "on", CTL_PORT_POWER, 1},
	{LAYOUT_PORT_POWER, "off", CTL_PORT_POWER, 0},
	{LAYOUT_PORT_DISABLE, "0", CTL_PORT_DISABLE, 0},
	{LAYOUT_PORT_DISABLE, "1", CTL_PORT_DISABLE, 1},
	{LAYOUT_PORT_INDICATOR, "auto", CTL_PORT_INDICATOR, 0},
	{LAYOUT_PORT_INDICATOR, "amber", CTL_PORT_INDICATOR, 1},
	{LAYOUT_PORT_INDICATOR, "green", CTL_PORT_INDICATOR, 2},
	{LAYOUT_PORT_INDICATOR, "off", CTL_PORT_INDICATOR, 3},
};

/* The first word of LINE, which becomes the rest. */
static struct word
first_word(struct word *line)
{
	struct word word = {line->text, 0};
	size_t next;

	while (word.len < line->len && !isspace((unsigned char)line->text[word.len]))
		word.len++;
	for (next = word.len; next < line->len && isspace((unsigned char)line->text[next]); next++)
		;
	line->text += next;
	line->len -= next;
	return word;
}

static bool
has_verb(size_t i, enum layout_type type, const struct knob_endpoint *e)
{
	if (verbs[i].type != type)
		return false;
	if (verbs[i].where == ANY || !e)
		return true;
	return !e->in && (verbs[i].where == OUT || e->type != DESC_ISO);
}

static bool
has_knobs(enum layout_type type)
{
	return type == LAYOUT_CTL || type == LAYOUT_CONTROL_CTL;
}

/* All words that a file of TYPE takes, in BUF. */
static void
list_words(enum layout_type type, const struct knob_endpoint *e, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned k = 0; has_knobs(type) && e && k < KNOB_COUNT && len < size; k++) {
		const char *name = knob_name(e, k);

		if (name)
			len += (size_t)snprintf(
				buf + len, size - len, "%s%s", len ? ", " : "", name);
	}
	for (unsigned s = 0; type == LAYOUT_DEV_CTL && s < SETTING_COUNT && len < size; s++)
		len += (size_t)snprintf(
			buf + len, size - len, "%s%s", len ? ", " : "", setting_word(s));
	for (size_t i = 0; i < ARRAY_SIZE(words) && len < size; i++)
		if (words[i].type == type)
			len += (size_t)snprintf(
				buf + len, size - len, "%s%s", len ? ", " : "", words[i].word);
	for (size_t i = 0; i < ARRAY_SIZE(verbs) && len < size; i++)
		if (has_verb(i, type, e))
			len += (size_t)snprintf(
				buf + len, size - len, "%s%s", len ? ", " : "", verbs[i].word);
}

static int
parse_knob(const struct ctl_reader *r, struct word word, struct word rest, struct ctl_command *ret,
	char *why)
{
	const struct knob_endpoint *e = r->endpoint;
	int knob = has_knobs(r->type) && e ? knob_find(e, word.text, word.len) : -ENOENT;
	struct ctl_command c = {.verb = CTL_SET};
	char shown[WORD_SHOWN_MAX], allowed[200];

	if (knob < 0) {
		list_words(r->type, e, allowed, sizeof(allowed));
		snprintf(why, CTL_WHY_MAX, "line %u: \"%s\" is not known; there is: %s", r->line,
			word_quote(word, shown), allowed);
		return -EINVAL;
	}
	c.knob = (enum knob)knob;
	if (knob_parse(e, c.knob, rest.text, rest.len, &c.value) == 0) {
		*ret = c;
		return 1;
	}
	knob_explain(e, c.knob, allowed, sizeof(allowed));
	snprintf(why, CTL_WHY_MAX, "line %u: %s \"%s\"; %s is: %s", r->line, knob_name(e, c.knob),
		word_quote(rest, shown), knob_name(e, c.knob), allowed);
	return -EINVAL;
}

/* Every line that is no verb may be the name of a driver of the kernel, which may have spaces. */
static int
parse_driver(const struct ctl_reader *r, struct word line, struct ctl_command *ret, char *why)
{
	struct ctl_command c = {.verb = CTL_BIND};
	char shown[WORD_SHOWN_MAX], allowed[200];

	for (size_t i = 0; i < line.len; i++)
		if (!isprint((unsigned char)line.text[i]) || line.text[i] == '/')
			goto wrong;
	if (line.len >= sizeof(c.name) || word_is(line, ".") || word_is(line, ".."))
		goto wrong;
	memcpy(c.name, line.text, line.len);
	*ret = c;
	return 1;
wrong:
	list_words(r->type, NULL, allowed, sizeof(allowed));
	snprintf(why, CTL_WHY_MAX,
		"line %u: \"%s\" is not known; there is: %s, or the name of a driver", r->line,
		word_quote(line, shown), allowed);
	return -EINVAL;
}

static int
parse_setting(const struct ctl_reader *r, enum setting s, struct word value,
	struct ctl_command *ret, char *why)
{
	struct ctl_command c = {.verb = CTL_SETTING, .setting = s};
	const char *name = r->attr ? r->attr : setting_word(s);
	char shown[WORD_SHOWN_MAX];

	if (setting_parse(s, value.text, value.len, c.text) < 0) {
		snprintf(why, CTL_WHY_MAX, "line %u: %s \"%s\"; %s is: %s", r->line, name,
			word_quote(value, shown), name, setting_explain(s));
		return -EINVAL;
	}
	*ret = c;
	return 1;
}

static int
parse_line(const struct ctl_reader *r, struct word line, struct ctl_command *ret, char *why)
{
	struct word whole = line, word = first_word(&line);
	bool association = r->type == LAYOUT_DRIVER && word_is(line, "association");
	char shown[WORD_SHOWN_MAX];
	int setting;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!has_verb(i, r->type, r->endpoint) || !word_is(word, verbs[i].word))
			continue;
		if (line.len > 0 && !association) {
			snprintf(why, CTL_WHY_MAX, "line %u: %s \"%s\"; %s stands alone%s", r->line,
				verbs[i].word, word_quote(line, shown), verbs[i].word,
				r->type == LAYOUT_DRIVER ? ", or before association" : "");
			return -EINVAL;
		}
		*ret = (struct ctl_command){.verb = verbs[i].verb, .association = association};
		return 1;
	}
	if (r->type == LAYOUT_DRIVER)
		return parse_driver(r, whole, ret, why);
	setting = r->type == LAYOUT_DEV_CTL ? setting_find(word.text, word.len) : -ENOENT;
	if (setting >= 0)
		return parse_setting(r, (enum setting)setting, line, ret, why);
	return parse_knob(r, word, line, ret, why);
}

/* What the file takes is one of a few words. */
static int
parse_word(const struct ctl_reader *r, struct word line, struct ctl_command *ret, char *why)
{
	char shown[WORD_SHOWN_MAX], allowed[100];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].type != r->type || !word_is(line, words[i].word))
			continue;
		*ret = (struct ctl_command){.verb = words[i].verb, .value = words[i].value};
		return 1;
	}
	list_words(r->type, NULL, allowed, sizeof(allowed));
	snprintf(why, CTL_WHY_MAX, "line %u: \"%s\"; it is: %s", r->line, word_quote(line, shown),
		allowed);
	return -EINVAL;
}

/* What bAlternateSetting and bConfigurationValue take has no word: a decimal number that fits the
 * field. As in sysfs, -1 is no configuration as well. */
static int
parse_number(const struct ctl_reader *r, struct word line, struct ctl_command *ret, char *why)
{
	bool alternate = r->type == LAYOUT_ALTERNATE;
	unsigned value = 0;
	char shown[WORD_SHOWN_MAX];
	size_t i;

	for (i = 0; i < line.len && line.text[i] >= '0' && line.text[i] <= '9'; i++) {
		value = value * 10 + (unsigned)(line.text[i] - '0');
		if (value > UINT8_MAX)
			break;
	}
	if (i < line.len && (alternate || !word_is(line, "-1"))) {
		snprintf(why, CTL_WHY_MAX, "line %u: \"%s\"; a %s is a number from 0 to 255%s",
			r->line, word_quote(line, shown), alternate ? "setting" : "configuration",
			alternate ? "" : ", 0 for none");
		return -EINVAL;
	}
	*ret = (struct ctl_command){.verb = alternate ? CTL_ALTERNATE : CTL_CONFIG, .value = value};
	return 1;
}

static int
parse(const struct ctl_reader *r, struct word line, struct ctl_command *ret, char *why)
{
	switch (r->type) {
	case LAYOUT_ALTERNATE:
	case LAYOUT_CONFIG:
		return parse_number(r, line, ret, why);
	case LAYOUT_SETTING:
		return parse_setting(r, (enum setting)setting_of_attr(r->attr), line, ret, why);
	case LAYOUT_PORT_POWER:
	case LAYOUT_PORT_DISABLE:
	case LAYOUT_PORT_INDICATOR:
		return parse_word(r, line, ret, why);
	default:
		return parse_line(r, line, ret, why);
	}
}

int
ctl_next(struct ctl_reader *r, struct ctl_command *ret, char why[CTL_WHY_MAX])
{
	struct word line;

	return word_line(&r->text, &r->len, &r->line, &line) ? parse(r, line, ret, why) : 0;
}

const char *
ctl_text(enum layout_type type, const struct knob_endpoint *e)
{
	switch (type) {
	case LAYOUT_CTL:
		if (e && e->in)
			return "# verbs: clear_halt, flush, reset_stats\n";
		if (e && e->type == DESC_ISO)
			return "# verbs: clear_halt, flush, reset_stats, drain\n";
		return "# verbs: clear_halt, flush, reset_stats, zlp, drain\n";
	case LAYOUT_CONTROL_CTL:
		return "# verbs: reset_stats\n";
	case LAYOUT_DEV_CTL:
		return "# verbs: reset, remove\n";
	case LAYOUT_ROOT_CTL:
		return "# verbs: rescan\n";
	default:
		return "";
	}
}
