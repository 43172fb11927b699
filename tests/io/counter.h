/* SPDX-License-Identifier: MIT */
/*
 * What the programs share that read and write the counter pattern: a stream of 32-bit little-endian
 * words, each its own index. They take options as NAME=NUMBER, are interrupted by a timer whose
 * signal restarts no system call, and count what happens to them in a file that the tests and other
 * programs map as well; so it is known even of those that are killed.
 */
#ifndef USBFUSE_TESTS_COUNTER_H
#define USBFUSE_TESTS_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of harness/tally.py. */
enum tally {
	POSITION, /* in the pattern: everything before it has been moved. Of one at a time */
	TOTAL,    /* bytes moved, by whomever */
	CALLS,    /* read(2) or write(2) that moved something */
	EINTRS,
	EAGAINS,
	ETIMEDOUTS,
	EPIPES,
	ZLPS,
	GOAL_TOTAL, /* go on until there are so many bytes in TOTAL */
	GOAL_EINTR, /* and so many interruptions */
	LOST,       /* accepted for writing, and then not taken */
	N_TALLIES,
};

struct counter {
	const char *path;
	int fd;
	int flags; /* of open(2) */
	_Atomic uint64_t *tallies;
	uint64_t random;
	unsigned char *buffer; /* room for max bytes at any place of its first page */
	unsigned char *expected;
	/* options */
	uint64_t min, max;  /* bytes of a call: */
	uint64_t unit;      /* a multiple of this */
	uint64_t interrupt; /* us from one signal to the next; 0: none */
	uint64_t reopen;    /* after so many calls, about; 0: never */
	uint64_t nonblock;
};

/* An option of the program's own. */
struct counter_option {
	const char *name;
	uint64_t *value;
};

/* PROGRAM PATH TALLIES [NAME=NUMBER…]; complains and exits when they make no sense. MODE: O_RDONLY
 * or O_WRONLY. */
void counter_start(struct counter *c, int argc, char **argv, int mode,
	const struct counter_option *own, size_t n_own);

void counter_open(struct counter *c);

/* Ends the program with a sentence on stderr. */
_Noreturn void counter_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Have the goals been reached, or has SIGTERM asked for an end? */
bool counter_is_over(const struct counter *c);

/* 0 to N - 1. */
uint64_t counter_random(struct counter *c, uint64_t n);
/* The length of the next call, and where its bytes are to be. */
size_t counter_length(struct counter *c);
unsigned char *counter_place(struct counter *c);

/* Bytes FROM to FROM + N of the pattern. */
void counter_fill(unsigned char *to, uint64_t from, size_t n);
bool counter_is(struct counter *c, const unsigned char *data, uint64_t from, size_t n);

/* After a call that failed: counts errno, or dies if there is no reason for it; waits for EVENTS
 * (of poll(2)) after EAGAIN. */
void counter_failed(struct counter *c, short events);

/* The file NAME in the directory of PATH. */
char *counter_beside(const char *path, const char *name);

/* Writes TEXT to PATH, as often as it takes until it is neither interrupted nor has waited
 * too long. */
void counter_command(const char *path, const char *text);

static inline uint64_t
counter_get(const struct counter *c, enum tally t)
{
	return atomic_load(&c->tallies[t]);
}

static inline void
counter_add(struct counter *c, enum tally t, uint64_t n)
{
	atomic_fetch_add(&c->tallies[t], n);
}

#endif
