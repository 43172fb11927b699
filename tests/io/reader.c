/* SPDX-License-Identifier: MIT */
/*
 * Reads the counter pattern from a file, and says at its end which parts of it it got: a line
 * "FROM TO" for each run of successive bytes.
 *
 * resume=1  begins where TALLIES says that others have ended, and tells them where it ends itself;
 *           every byte has to follow the one before. Without it, parts of the pattern that others
 *           got may be missing; to be recognised, its pieces have to begin at whole words (unit=4).
 * skip=N    with resume=1: up to N bytes may be missing at its beginning, which count as LOST.
 * gate=1    opens the file, says "open", and waits for a line on its standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/io/counter.h"

struct run {
	uint64_t from, to;
};

static struct counter counter;
static uint64_t resume, skip, gate;
static struct run *runs;
static size_t n_runs, room;

static void
begin_run(uint64_t at)
{
	if (n_runs == room) {
		room = room ? 2 * room : 64;
		runs = realloc(runs, room * sizeof(*runs));
		if (!runs)
			counter_die("no memory");
	}
	runs[n_runs++] = (struct run){at, at};
}

/* Where a piece is that begins at a whole word. */
static uint64_t
place_of(const unsigned char *data)
{
	return 4 * (data[0] | (uint64_t)data[1] << 8 | (uint64_t)data[2] << 16 |
			   (uint64_t)data[3] << 24);
}

static uint64_t
resumed(const unsigned char *data, size_t n)
{
	uint64_t position = counter_get(&counter, POSITION);
	uint64_t missing = n >= 4 ? place_of(data) - position : 0;

	if (skip == 0 || missing == 0 || missing > skip)
		return position;
	counter_add(&counter, LOST, missing);
	return position + missing;
}

static void
got(const unsigned char *data, size_t n)
{
	uint64_t at = n_runs ? runs[n_runs - 1].to : 0;

	if (n_runs == 0 && resume)
		begin_run(at = resumed(data, n));
	if (n_runs == 0 || !counter_is(&counter, data, at, n)) {
		if (resume || n < 4)
			counter_die("not byte %llu and the %zu after it, but %02x%02x%02x%02x",
				(unsigned long long)at, n - 1, data[0], n > 1 ? data[1] : 0,
				n > 2 ? data[2] : 0, n > 3 ? data[3] : 0);
		at = place_of(data);
		if (!counter_is(&counter, data, at, n))
			counter_die("%zu bytes that are no part of the pattern", n);
		begin_run(at);
	}
	runs[n_runs - 1].to += n;
	if (resume)
		atomic_store(&counter.tallies[POSITION], at + n);
	counter_add(&counter, CALLS, 1);
	counter_add(&counter, TOTAL, n);
}

static void
wait_at_gate(void)
{
	char line[16];

	puts("open");
	fflush(stdout);
	while (!fgets(line, sizeof(line), stdin)) {
		if (errno != EINTR || feof(stdin))
			counter_die("nobody opened the gate");
		clearerr(stdin);
	}
}

int
main(int argc, char **argv)
{
	const struct counter_option own[] = {{"resume", &resume}, {"skip", &skip}, {"gate", &gate}};

	counter_start(&counter, argc, argv, O_RDONLY, own, 3);
	counter_open(&counter);
	if (gate)
		wait_at_gate();
	while (!counter_is_over(&counter)) {
		unsigned char *place = counter_place(&counter);
		ssize_t n = read(counter.fd, place, counter_length(&counter));

		if (n > 0)
			got(place, (size_t)n);
		else if (n < 0)
			counter_failed(&counter, POLLIN);
		else
			counter_die("end of file");
		if (counter.reopen && counter_random(&counter, counter.reopen) == 0) {
			close(counter.fd);
			counter_open(&counter);
		}
	}
	close(counter.fd);
	for (size_t i = 0; i < n_runs; i++)
		printf("%llu %llu\n", (unsigned long long)runs[i].from,
			(unsigned long long)runs[i].to);
	return 0;
}
