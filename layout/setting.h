/* SPDX-License-Identifier: MIT */
/*
 * What is set of a device as a whole, by a line of its ctl file or by writing to the attribute
 * itself, as in sysfs: the names, the values, and how they are written. Pure: nothing is set here.
 */
#ifndef USBFUSE_SETTING_H
#define USBFUSE_SETTING_H

#include <stddef.h>

enum setting {
	SETTING_POWER,
	SETTING_AUTOSUSPEND_DELAY,
	SETTING_AUTHORIZE,
	SETTING_COUNT,
};

enum { SETTING_TEXT_MAX = 16 };

/* The setting whose line begins with that word, or that is that attribute; -ENOENT. */
int setting_find(const char *word, size_t len);
int setting_of_attr(const char *attr);

/* "autosuspend_delay"; "power/autosuspend_delay_ms". */
const char *setting_word(enum setting s);
const char *setting_attr(enum setting s);

/* The value that the LEN bytes at TEXT stand for, as the attribute takes it; -EINVAL. Both the words
 * of ctl and those of the attribute are understood. */
int setting_parse(enum setting s, const char *text, size_t len, char ret[SETTING_TEXT_MAX]);

/* What setting_parse() takes, in words: "on, auto". */
const char *setting_explain(enum setting s);

/* The word of ctl for what the attribute says, in BUF; NULL: it says nothing that can be set. */
const char *setting_print(enum setting s, const char *text, size_t len, char buf[SETTING_TEXT_MAX]);

#endif
