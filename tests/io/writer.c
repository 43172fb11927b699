/* SPDX-License-Identifier: MIT */
/*
 * Writes the counter pattern to a file, from where TALLIES says. What write(2) says that it took
 * counts; after an error, what `lost` in the file STATUS says that was accepted but not taken is
 * taken back, the halt is cleared by CTL, and it goes on from there.
 *
 * stalls=1  EPIPE may happen.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/io/counter.h"

static struct counter counter;
static uint64_t stalls;
static char *status_path, *ctl_path;

static uint64_t
lost_so_far(void)
{
	unsigned long long lost = 0;
	char line[256];
	FILE *file;

	while (!(file = fopen(status_path, "re")))
		if (errno != EINTR)
			counter_die("%s: %s", status_path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "lost: %llu", &lost) == 1)
			break;
	fclose(file);
	return lost;
}

/* Bytes that had been counted, and did not arrive. */
static void
take_back(void)
{
	uint64_t lost = lost_so_far(), more = lost - counter_get(&counter, LOST);

	atomic_store(&counter.tallies[LOST], lost);
	atomic_fetch_sub(&counter.tallies[POSITION], more);
	atomic_fetch_sub(&counter.tallies[TOTAL], more);
}

static void
recover(void)
{
	if (errno == EPIPE && stalls) {
		counter_add(&counter, EPIPES, 1);
		take_back();
		counter_command(ctl_path, "clear_halt\n");
		return;
	}
	counter_failed(&counter, POLLOUT);
}

static void
reopen(void)
{
	/* Linux's close(2) closes, whatever it says; what it was to wait for goes on. */
	if (close(counter.fd) < 0)
		recover();
	counter_open(&counter);
}

int
main(int argc, char **argv)
{
	const struct counter_option own[] = {{"stalls", &stalls}};

	counter_start(&counter, argc, argv, O_WRONLY, own, 1);
	status_path = counter_beside(counter.path, "status");
	ctl_path = counter_beside(counter.path, "ctl");
	counter_open(&counter);
	while (!counter_is_over(&counter)) {
		unsigned char *place = counter_place(&counter);
		size_t len = counter_length(&counter);
		ssize_t n;

		counter_fill(place, counter_get(&counter, POSITION), len);
		n = write(counter.fd, place, len);
		if (n < 0) {
			recover();
		} else {
			if (n == 0 || (size_t)n > len)
				counter_die("write of %zu says %zd", len, n);
			counter_add(&counter, POSITION, (uint64_t)n);
			counter_add(&counter, TOTAL, (uint64_t)n);
			counter_add(&counter, CALLS, 1);
		}
		if (counter.reopen && counter_random(&counter, counter.reopen) == 0)
			reopen();
	}
	while (fsync(counter.fd) < 0)
		recover();
	/* What had been accepted by a close(2) that was interrupted may be on its way still. */
	counter_command(ctl_path, "drain\n");
	close(counter.fd);
	return 0;
}
