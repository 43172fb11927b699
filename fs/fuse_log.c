/* SPDX-License-Identifier: MIT */
/* libfuse's messages; see fuse_log.h. It may send one line in several pieces. */
#include "fs/fuse_log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/log.h"
#include "fs/fuse.h"

static bool collecting;
static char collected[1024]; /* up to its first newline it is the first line */

static void
on_message(enum fuse_log_level level, const char *format, va_list ap)
{
	char line[512];
	size_t len;

	if (collecting) {
		len = strlen(collected);
		if (level <= FUSE_LOG_ERR && !strchr(collected, '\n'))
			vsnprintf(collected + len, sizeof(collected) - len, format, ap);
		return;
	}
	vsnprintf(line, sizeof(line), format, ap);
	len = strlen(line);
	while (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	if (level <= FUSE_LOG_ERR)
		log_err("%s", line);
	else if (level <= FUSE_LOG_WARNING)
		log_warn("%s", line);
	else
		log_dbg("%s", line);
}

void
fuse_log_collect(void)
{
	collecting = true;
	collected[0] = '\0';
	fuse_set_log_func(on_message);
}

char *
fuse_log_take(void)
{
	char *line;

	collected[strcspn(collected, "\n")] = '\0';
	line = collected[0] ? strdup(collected) : NULL;
	collected[0] = '\0';
	return line;
}

void
fuse_log_forward(void)
{
	collecting = false;
}
