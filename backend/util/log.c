/* SPDX-License-Identifier: MIT */
/* Diagnostics; see log.h. Each message is one write(2), so that threads do not mix lines. */
#include "backend/util/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static enum log_level log_max = LOG_LEVEL_WARNING;
static bool log_syslog;

void
log_set_level(enum log_level level)
{
	log_max = level;
}

void
log_to_syslog(void)
{
	openlog("usbfuse", LOG_PID, LOG_DAEMON);
	log_syslog = true;
}

void
log_message(enum log_level level, const char *format, ...)
{
	static const char *const prefix[] = {"error", "warning", "info", "debug"};
	static const int priority[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	char line[1024];
	va_list ap;
	int n;
	size_t len;

	if (level > log_max)
		return;
	n = snprintf(line, sizeof(line), "usbfuse: %s: ", prefix[level]);
	va_start(ap, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	if (log_syslog) {
		syslog(priority[level], "%s", line + n);
		return;
	}
	len = strlen(line);
	line[len++] = '\n';
	/* Nobody is left to tell when standard error itself fails. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
