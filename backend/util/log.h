/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics on standard error, one line a message, prefixed with the level.
 * Any thread may log. layout/ and the descriptor walker never do: they are pure.
 */
#ifndef USBFUSE_UTIL_LOG_H
#define USBFUSE_UTIL_LOG_H

#include "backend/util/macro.h"

enum log_level {
	LOG_LEVEL_ERROR, /* something the user asked for was not done */
	LOG_LEVEL_WARNING, /* it goes on, but less well; the message ends "ignoring" or "proceeding" */
	LOG_LEVEL_INFO,    /* shown with -d */
	LOG_LEVEL_DEBUG, /* shown with -dd */
};

/* Messages above LEVEL are not printed. Call before the first thread starts. */
void log_set_level(enum log_level level);

/* From now on, messages go to syslog: standard error is about to be closed. */
void log_to_syslog(void);

void log_message(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_err(...)  log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_dbg(...)  log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
