/* SPDX-License-Identifier: MIT */
/* The counter pattern, and what its readers and writers share; see counter.h. */
#include "tests/io/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static volatile sig_atomic_t told_to_end;

void
counter_die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void
on_alarm(int signal)
{
	(void)signal;
}

static void
on_term(int signal)
{
	(void)signal;
	told_to_end = 1;
}

static void
catch_signals(uint64_t interval)
{
	struct sigaction alarm = {.sa_handler = on_alarm}, term = {.sa_handler = on_term};
	struct itimerval it = {
		.it_interval = {(time_t)(interval / 1000000), (suseconds_t)(interval % 1000000)}};

	it.it_value = it.it_interval;
	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGTERM, &term, NULL);
	if (interval && setitimer(ITIMER_REAL, &it, NULL) < 0)
		counter_die("setitimer: %s", strerror(errno));
}

static void
map_tallies(struct counter *c, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *mem = MAP_FAILED;

	if (fd >= 0)
		mem = mmap(NULL, N_TALLIES * sizeof(*c->tallies), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		counter_die("%s: %s", path, strerror(errno));
	close(fd);
	c->tallies = mem;
}

static bool
set_option(const struct counter_option *options, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(options[i].name) != len || strncmp(options[i].name, word, len) != 0)
			continue;
		*options[i].value = strtoull(word + len + 1, NULL, 0);
		return true;
	}
	return false;
}

void
counter_start(struct counter *c, int argc, char **argv, int mode, const struct counter_option *own,
	size_t n_own)
{
	const struct counter_option common[] = {
		{"min", &c->min},
		{"max", &c->max},
		{"unit", &c->unit},
		{"interrupt", &c->interrupt},
		{"reopen", &c->reopen},
		{"nonblock", &c->nonblock},
		{"seed", &c->random},
	};

	if (argc < 3)
		counter_die("usage: %s PATH TALLIES [NAME=NUMBER…]", argv[0]);
	c->path = argv[1];
	c->fd = -1;
	c->unit = c->min = c->random = 1;
	c->max = 1 << 20;
	for (int i = 3; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");

		if (argv[i][len] != '=' ||
			(!set_option(common, sizeof(common) / sizeof(*common), argv[i], len) &&
				!set_option(own, n_own, argv[i], len)))
			counter_die("no such option: %s", argv[i]);
	}
	map_tallies(c, argv[2]);
	/* xorshift knows no zero; small seeds need some rounds to tell from one another. */
	c->random = c->random * 0x9e3779b97f4a7c15u | 1;
	c->flags = mode | O_CLOEXEC | (c->nonblock ? O_NONBLOCK : 0);
	if (posix_memalign((void **)&c->buffer, PAGE, c->max + PAGE) != 0 ||
		!(c->expected = malloc(c->max + 8)))
		counter_die("no memory");
	memset(c->buffer, 0xa5, c->max + PAGE);
	catch_signals(c->interrupt);
}

void
counter_open(struct counter *c)
{
	/* It is not known whether an open(2) that is interrupted has happened: it is repeated. */
	while ((c->fd = open(c->path, c->flags)) < 0)
		if (errno != EINTR)
			counter_die("open: %s", strerror(errno));
}

bool
counter_is_over(const struct counter *c)
{
	return told_to_end || (counter_get(c, TOTAL) >= counter_get(c, GOAL_TOTAL) &&
				      counter_get(c, EINTRS) >= counter_get(c, GOAL_EINTR));
}

uint64_t
counter_random(struct counter *c, uint64_t n)
{
	uint64_t x = c->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	c->random = x;
	return (x >> 16) % n;
}

size_t
counter_length(struct counter *c)
{
	/* As many of each order of magnitude. */
	uint64_t bound = c->max;
	size_t n;

	while (bound > c->min + 1 && counter_random(c, 4) > 0)
		bound = c->min + (bound - c->min) / 4;
	n = (size_t)(c->min + counter_random(c, bound - c->min + 1));
	n -= n % c->unit;
	return n ? n : (size_t)c->unit;
}

unsigned char *
counter_place(struct counter *c)
{
	/* The kernel splits long calls at pages: also there pieces begin at whole units. */
	return c->buffer + counter_random(c, PAGE / c->unit) * c->unit;
}

void
counter_fill(unsigned char *to, uint64_t from, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t word = (uint32_t)((from + i) / 4);

		if ((from + i) % 4 == 0 && n - i >= 4) {
			to[i] = (unsigned char)word;
			to[i + 1] = (unsigned char)(word >> 8);
			to[i + 2] = (unsigned char)(word >> 16);
			to[i + 3] = (unsigned char)(word >> 24);
			i += 4;
		} else {
			to[i] = (unsigned char)(word >> 8 * ((from + i) % 4));
			i++;
		}
	}
}

bool
counter_is(struct counter *c, const unsigned char *data, uint64_t from, size_t n)
{
	counter_fill(c->expected, from, n);
	return memcmp(c->expected, data, n) == 0;
}

void
counter_failed(struct counter *c, short events)
{
	struct pollfd p = {.fd = c->fd, .events = events};

	switch (errno) {
	case EINTR:
		counter_add(c, EINTRS, 1);
		return;
	case ETIMEDOUT:
		counter_add(c, ETIMEDOUTS, 1);
		return;
	case EAGAIN:
		counter_add(c, EAGAINS, 1);
		if (!c->nonblock)
			counter_die("EAGAIN without O_NONBLOCK");
		if (poll(&p, 1, -1) < 0) {
			if (errno != EINTR)
				counter_die("poll: %s", strerror(errno));
			counter_add(c, EINTRS, 1);
		} else if (p.revents & ~events) {
			counter_die("poll says %#x", (unsigned)p.revents);
		}
		return;
	default:
		counter_die("at %llu of the pattern: %s",
			(unsigned long long)counter_get(c, POSITION), strerror(errno));
	}
}

char *
counter_beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *result;

	if (!slash || asprintf(&result, "%.*s/%s", (int)(slash - path), path, name) < 0)
		counter_die("no directory in %s", path);
	return result;
}

void
counter_command(const char *path, const char *text)
{
	int fd;

	while ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		if (errno != EINTR)
			counter_die("%s: %s", path, strerror(errno));
	while (write(fd, text, strlen(text)) < 0)
		if (errno != EINTR && errno != ETIMEDOUT)
			counter_die("%s to %s: %s", text, path, strerror(errno));
	close(fd);
}
