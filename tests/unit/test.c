/* SPDX-License-Identifier: MIT */
/* Runs the tests of an executable, each in a child process; see test.h. */
#include "tests/unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TIME_LIMIT_S = 10,
	EXIT_FAILED = 1,
	EXIT_SKIPPED = 77,
};

static struct test *first, **last = &first;

void
test_register(struct test *t)
{
	*last = t;
	last = &t->next;
}

/* One write, so that what two threads say does not mix; TAP wants comments to start with #. */
static void
say(const char *text)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "# %s", text);
	size_t len = n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1;

	for (size_t i = 0; i < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	line[len++] = '\n';
	if (write(STDOUT_FILENO, line, len) < 0)
		_exit(EXIT_FAILED);
}

_Noreturn void
test_fail(const char *file, int line, const char *format, ...)
{
	char text[4000];
	int n = snprintf(text, sizeof(text), "%s:%d: ", file, line);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	say(text);
	/* Not exit(): other threads may be running, and leaks do not matter any more. */
	_exit(EXIT_FAILED);
}

_Noreturn void
test_skip(const char *why)
{
	say(why);
	_exit(EXIT_SKIPPED);
}

void
test_check_eq(
	const char *file, int line, const char *a_text, const char *b_text, intmax_t a, intmax_t b)
{
	if (a != b)
		test_fail(file, line, "%s == %s: %jd (0x%jx), expected %jd (0x%jx)", a_text, b_text,
			a, (uintmax_t)a, b, (uintmax_t)b);
}

void
test_check_str(const char *file, int line, const char *a_text, const char *b_text, const char *a,
	const char *b)
{
	if (a == b || (a && b && strcmp(a, b) == 0))
		return;
	test_fail(file, line, "%s == %s: \"%s\", expected \"%s\"", a_text, b_text, a ? a : "(NULL)",
		b ? b : "(NULL)");
}

/* As much of it as a line holds. */
static const char *
hex(char *text, size_t size, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < len && at + 4 < size; i++)
		at += (size_t)snprintf(text + at, size - at, " %02x", bytes[i]);
	return text;
}

void
test_check_mem(const char *file, int line, const char *text, const void *a, size_t a_len,
	const void *b, size_t b_len)
{
	char a_hex[1000], b_hex[1000];

	if (a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0))
		return;
	test_fail(file, line, "%s: %zu bytes%s, expected %zu bytes%s", text, a_len,
		hex(a_hex, sizeof(a_hex), a, a_len), b_len, hex(b_hex, sizeof(b_hex), b, b_len));
}

/* Open descriptors of this process, or -1 where /proc is missing. */
static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static _Noreturn void
run_here(const struct test *t)
{
	int before = count_fds(), after;

	alarm(TIME_LIMIT_S);
	t->run();
	after = count_fds();
	if (before != after)
		test_fail(t->name, 0, "%d descriptors are open, %d were", after, before);
	/* exit(), so that a leak checker has its say, too. */
	exit(0);
}

/* Returns how the child ended, as for wait(). */
static int
run_in_child(const struct test *t)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run_here(t);
	if (pid < 0) {
		perror("fork");
		exit(EXIT_FAILED);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool
wanted(const struct test *t, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (strcmp(t->name, *names) == 0)
			return true;
	return false;
}

/* Prints the line of one test; true: it did not fail. */
static bool
report(const struct test *t, unsigned number, int status)
{
	if (WIFSIGNALED(status))
		printf("# %s%s\n", strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGALRM ? ": it takes too long" : "");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
		printf("ok %u - %s # SKIP\n", number, t->name);
		return true;
	}
	printf("%s %u - %s\n", status == 0 ? "ok" : "not ok", number, t->name);
	return status == 0;
}

int
main(int argc, char **argv)
{
	unsigned n = 0, failed = 0;

	(void)argc;
	for (const struct test *t = first; t; t = t->next)
		n += wanted(t, argv + 1);
	/* No test at all is a mistake, not a success. */
	if (n == 0)
		failed = 1;
	printf("1..%u\n", n);
	n = 0;
	for (const struct test *t = first; t; t = t->next) {
		if (!wanted(t, argv + 1))
			continue;
		failed += !report(t, ++n, run_in_child(t));
	}
	return failed ? EXIT_FAILED : 0;
}
