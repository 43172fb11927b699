/* SPDX-License-Identifier: MIT */
/* The grammar of ctl and driver files, as one table; see ctl.h. */
#include "layout/ctl.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/macro.h"

/* pair's argument: an endpoint's two hex digits, as in the names of the directories, or none. */
static bool
parse_pair(const char *arg, size_t len, unsigned *ret)
{
	char digits[3] = "", *end;

	if (len == 4 && memcmp(arg, "none", 4) == 0) {
		*ret = 0;
		return true;
	}
	if (len != 2 || !isxdigit((unsigned char)arg[0]))
		return false;
	memcpy(digits, arg, 2);
	*ret = (unsigned)strtoul(digits, &end, 16);
	return *end == '\0' && (*ret & 0x80);
}

static const struct {
	enum layout_type type;
	enum ctl_verb verb;
	const char *word;
	bool (*parse)(const char *arg, size_t len, unsigned *ret); /* NULL: takes no argument */
} words[] = {
	{LAYOUT_CTL, CTL_CLEAR_HALT, "clear_halt", NULL},
	{LAYOUT_CTL, CTL_FLUSH, "flush", NULL},
	{LAYOUT_CTL, CTL_PAIR, "pair", parse_pair},
	{LAYOUT_DEV_CTL, CTL_RESET, "reset", NULL},
	{LAYOUT_DRIVER, CTL_DRIVER_NONE, "none", NULL},
	{LAYOUT_DRIVER, CTL_DRIVER_AUTO, "auto", NULL},
};

/* The next line without the white space around it; false: there is none. */
static bool
next_line(const char **text, size_t *len, const char **ret, size_t *ret_len)
{
	const char *line = *text, *end;
	size_t n;

	if (*len == 0)
		return false;
	end = memchr(line, '\n', *len);
	n = end ? (size_t)(end - line) : *len;
	*text += end ? n + 1 : n;
	*len -= end ? n + 1 : n;
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	while (n > 0 && isspace((unsigned char)line[0])) {
		line++;
		n--;
	}
	*ret = line;
	*ret_len = n;
	return true;
}

static int
parse_line(enum layout_type type, const char *line, size_t len, struct ctl_command *ret)
{
	size_t word = 0, arg;

	while (word < len && !isspace((unsigned char)line[word]))
		word++;
	for (arg = word; arg < len && isspace((unsigned char)line[arg]); arg++)
		;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct ctl_command c = {.verb = words[i].verb};

		if (words[i].type != type || strlen(words[i].word) != word ||
			memcmp(words[i].word, line, word) != 0)
			continue;
		if (words[i].parse ? !words[i].parse(line + arg, len - arg, &c.value) : arg < len)
			return -EINVAL;
		*ret = c;
		return 1;
	}
	return -EINVAL;
}

int
ctl_next(enum layout_type type, const char **text, size_t *len, struct ctl_command *ret)
{
	const char *line;
	size_t n;

	while (next_line(text, len, &line, &n))
		if (n > 0 && line[0] != '#')
			return parse_line(type, line, n, ret);
	return 0;
}

const char *
ctl_text(enum layout_type type)
{
	switch (type) {
	case LAYOUT_CTL:
		return "# verbs: clear_halt, flush\n";
	case LAYOUT_DEV_CTL:
		return "# verbs: reset\n";
	default:
		return "";
	}
}
