/* SPDX-License-Identifier: MIT */
/* Which tree find looks into; see mounts.h. */
#include "tools/find/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/macro.h"

#define MOUNTINFO "/proc/self/mountinfo"

/* Takes PATH, which is malloc'ed, also when it fails. */
static int
open_at(char *path, struct mount *ret)
{
	struct mount m = {.path = path, .dir = -1, .events = -1};
	int r;

	m.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m.dir >= 0)
		m.events = openat(m.dir, "events", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (m.events >= 0) {
		*ret = m;
		return 0;
	}
	r = -errno;
	mount_close(&m);
	return r;
}

void
mount_close(struct mount *m)
{
	closep(&m->events);
	closep(&m->dir);
	free(m->path);
	*m = (struct mount){.dir = -1, .events = -1};
}

static int
complain(const char *path, int err, char **ret_why)
{
	const char *why = strerror(err);

	if (err == ENOENT)
		why = "no tree of usbfuse is mounted there";
	else if (err == EACCES)
		why = "that tree is another user's (its owner may share it: -o allow_other)";
	else if (err == ENOTCONN)
		why = "the usbfuse that was mounted there has died";
	if (asprintf(ret_why, "%s: %s", path, why) < 0)
		*ret_why = NULL;
	return -err;
}

static int
open_given(const char *given, struct mount *ret, char **ret_why)
{
	char *path = realpath(given, NULL);
	int r = path ? open_at(path, ret) : -errno;

	if (r == 0)
		return 0;
	return complain(given, -r, ret_why);
}

/* The kernel writes blanks, newlines and backslashes as \ and three octal digits. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* The mount point in a line of mountinfo, in place, if it is that of a tree; else NULL. */
static char *
mount_point(char *line)
{
	char *type = strstr(line, " - "), *save, *word;

	if (!type || strncmp(type, " - fuse.usbfuse ", 16) != 0)
		return NULL;
	word = strtok_r(line, " ", &save);
	for (int i = 0; word && i < 4; i++)
		word = strtok_r(NULL, " ", &save);
	if (word)
		unescape(word);
	return word;
}

/* The same tree may be there more than once: bound to another place, or with another one on top. */
static bool
same_tree(const struct mount *a, const struct mount *b)
{
	struct stat x, y;

	return fstat(a->dir, &x) == 0 && fstat(b->dir, &y) == 0 && x.st_dev == y.st_dev;
}

/* Trees that we may not look into count only where there is no other. */
static int
open_only(FILE *info, struct mount *ret, char **ret_why)
{
	_cleanup_free_ char *line = NULL, *closed = NULL;
	struct mount found = {.dir = -1, .events = -1}, m;
	size_t size = 0;
	int error = 0;
	char *point;

	while (getline(&line, &size, info) >= 0) {
		char *path;
		int r;

		point = mount_point(line);
		if (!point)
			continue;
		path = strdup(point);
		r = path ? open_at(path, &m) : -ENOMEM;
		if (r < 0) {
			error = -r;
			free(closed);
			closed = strdup(point);
		} else if (!found.path) {
			found = m;
		} else if (same_tree(&found, &m)) {
			mount_close(&m);
		} else {
			if (asprintf(ret_why,
				    "several trees are mounted, as %s and %s: say which, with "
				    "--mount or USBFUSE",
				    found.path, m.path) < 0)
				*ret_why = NULL;
			mount_close(&found);
			mount_close(&m);
			return -ENOTUNIQ;
		}
	}
	if (found.path) {
		*ret = found;
		return 0;
	}
	if (closed)
		return complain(closed, error, ret_why);
	*ret_why = strdup("no tree of usbfuse is mounted");
	return -ENOENT;
}

int
mount_open(const char *given, struct mount *ret, char **ret_why)
{
	FILE *info;
	int r;

	if (given)
		return open_given(given, ret, ret_why);
	info = fopen(MOUNTINFO, "re");
	if (!info)
		return complain(MOUNTINFO, errno, ret_why);
	r = open_only(info, ret, ret_why);
	fclose(info);
	return r;
}
