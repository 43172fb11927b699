/* SPDX-License-Identifier: MIT */
/*
 * `usbfuse find`; see find.h. The file events of the tree is opened first: it names the devices that
 * are there, and then tells what happens. So nothing is missed, nothing has to be asked for again
 * and again, and what changed while it was looked at is looked at once more.
 */
#include "tools/find/find.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/find/criteria.h"
#include "tools/find/match.h"
#include "tools/find/mounts.h"

enum { FOUND, NONE, ERROR, SEVERAL };

struct search {
	struct criteria c;
	struct mount mount;
	struct matches found;
	/* Devices that are to be looked at. */
	char **names;
	size_t n, room;
	/* What has been read of a line. */
	char line[16384];
	size_t len;
};

static int
say(const char *why)
{
	fprintf(stderr, "usbfuse find: %s\n", why ? why : strerror(ENOMEM));
	return ERROR;
}

/* ---- what is to be looked at ---- */

static void
pass_over(struct search *s, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (name && strcmp(s->names[i], name) != 0)
			s->names[kept++] = s->names[i];
		else
			free(s->names[i]);
	}
	s->n = kept;
}

static int
look_later(struct search *s, const char *name)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 16;
		char **names = reallocarray(s->names, room, sizeof(*names));

		if (!names)
			return -ENOMEM;
		s->names = names;
		s->room = room;
	}
	s->names[s->n] = strdup(name);
	return s->names[s->n] ? (s->n++, 0) : -ENOMEM;
}

static int
look(struct search *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = match_device(&s->c, s->mount.dir, s->names[i], &s->found);
	pass_over(s, NULL);
	return r;
}

/* ---- events ---- */

/* Undoes the %xx of a word. */
static void
unescape(char *s)
{
	unsigned byte;
	char *to = s;

	for (; *s; s++) {
		if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1 && s[2]) {
			*to++ = (char)byte;
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* usbfuse-tree(5) says what is in a line. */
static int
take_line(struct search *s, char *line)
{
	char *save, *words[5];

	words[0] = strtok_r(line, " \n", &save);
	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		words[i] = words[i - 1] ? strtok_r(NULL, " \n", &save) : NULL;
	if (words[0] && strcmp(words[0], "overflow") == 0) {
		matches_forget(&s->found, NULL);
		pass_over(s, NULL);
		return 0;
	}
	if (!words[4])
		return -EPROTO;
	unescape(words[1]);
	matches_forget(&s->found, words[1]);
	pass_over(s, words[1]);
	if (strcmp(words[0], "remove") == 0 ||
		!criteria_may_match(&s->c, words[1], words[2], words[4]))
		return 0;
	return look_later(s, words[1]);
}

/* Takes all that has happened. */
static int
listen(struct search *s)
{
	for (;;) {
		size_t room = sizeof(s->line) - 1 - s->len;
		ssize_t n = room > 0 ? read(s->mount.events, s->line + s->len, room) : 0;
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return -EPROTO; /* it has no end, and no lines like that */
		s->len += (size_t)n;
		if (s->line[s->len - 1] != '\n')
			continue;
		s->line[s->len] = '\0';
		s->len = 0;
		r = take_line(s, s->line);
		if (r < 0)
			return r;
	}
}

/* ---- waiting ---- */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 1: something has happened; 0: DEADLINE (-1: none) is over; -errno. */
static int
wait_for_event(const struct search *s, int64_t deadline)
{
	struct pollfd p = {.fd = s->mount.events, .events = POLLIN};

	for (;;) {
		int64_t left = deadline < 0 ? 60000 : deadline - now_ms();
		int r;

		if (left <= 0)
			return 0;
		r = poll(&p, 1, left < 60000 ? (int)left : 60000);
		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

/* 1: found; 0: there is none; -errno. */
static int
search(struct search *s)
{
	int64_t deadline = s->c.timeout < 0 ? -1 : now_ms() + s->c.timeout;
	int r;

	for (;;) {
		/* Until nothing has happened while we were looking. */
		while ((r = listen(s)) == 0 && s->n > 0) {
			r = look(s);
			if (r < 0)
				return r;
		}
		if (r < 0)
			return r;
		if (s->found.n > 0 || !s->c.wait)
			return s->found.n > 0;
		r = wait_for_event(s, deadline);
		if (r <= 0)
			return r;
	}
}

/* ---- the answer ---- */

static int
print(const struct search *s)
{
	char end = s->c.null ? '\0' : '\n';

	if (!s->c.null && strchr(s->mount.path, '\n'))
		return say("there is a newline in the name of the mount point: use -0");
	for (size_t i = 0; i < s->found.n; i++)
		printf("%s/%s%c", s->mount.path, s->found.all[i].path, end);
	if (fflush(stdout) != 0 || ferror(stdout))
		return say(strerror(errno));
	return FOUND;
}

static int
several(const struct search *s)
{
	fprintf(stderr, "usbfuse find: %zu match:", s->found.n);
	for (size_t i = 0; i < s->found.n; i++)
		fprintf(stderr, " %s", s->found.all[i].path);
	fputc('\n', stderr);
	return SEVERAL;
}

static int
failed(const struct search *s, int err)
{
	fprintf(stderr, "usbfuse find: %s: %s\n", s->mount.path,
		err == EPROTO                                             ? "not a tree of usbfuse"
		: err == ENOTCONN || err == ECONNABORTED || err == ENODEV ? "it has been unmounted"
									  : strerror(err));
	return ERROR;
}

static int
run(struct search *s)
{
	const char *given = s->c.mount ? s->c.mount : getenv("USBFUSE");
	_cleanup_free_ char *why = NULL;
	int r;

	if (mount_open(given && *given ? given : NULL, &s->mount, &why) < 0)
		return say(why);
	r = search(s);
	if (r < 0)
		return failed(s, -r);
	if (r == 0)
		return NONE;
	matches_sort(&s->found);
	return s->c.one && s->found.n > 1 ? several(s) : print(s);
}

int
find_main(int argc, char **argv)
{
	struct search s = {.mount = {.dir = -1, .events = -1}};
	_cleanup_free_ char *why = NULL;
	int status;

	if (criteria_parse(&s.c, argc, argv, &why) < 0)
		return say(why);
	if (s.c.help) {
		criteria_print_help();
		return FOUND;
	}
	status = run(&s);
	matches_forget(&s.found, NULL);
	pass_over(&s, NULL);
	free(s.found.all);
	free(s.names);
	mount_close(&s.mount);
	return status;
}
