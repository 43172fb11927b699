/* SPDX-License-Identifier: MIT */
/*
 * Reads the counter pattern from a file, and changes the framing now and then: between two
 * transfers, which it knows by their ends. The device sends messages, each in a transfer.
 *
 * message=BYTES  their size.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/io/counter.h"

enum framing { STREAM, PACKET, HEX, LENGTH, N_FRAMINGS };

static const char *const commands[] = {
	"framing stream\n", "framing packet\n", "framing hex\n", "framing length\n"};

static struct counter counter;
static uint64_t message;
static char *ctl_path;

/* The transfer that is being read. */
static enum framing framing;
static size_t at;     /* bytes of its text so far */
static size_t length; /* LENGTH: of its header; HEX: bytes so far */
static unsigned char half;

static void
got(const unsigned char *data, size_t n)
{
	uint64_t position = counter_get(&counter, POSITION);

	if (!counter_is(&counter, data, position, n))
		counter_die("not byte %llu and the %zu after it in framing %d",
			(unsigned long long)position, n - 1, framing);
	if (n > message - position % message)
		counter_die("%zu bytes at %llu are more than a message", n,
			(unsigned long long)position);
	counter_add(&counter, POSITION, n);
	counter_add(&counter, TOTAL, n);
}

static int
digit(unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	if (!found)
		counter_die("%02x is no hex digit", c);
	return (int)(found - digits);
}

/* One character of hex text; true: the line is over. */
static bool
take_hex(unsigned char c)
{
	size_t i = at++ % 3;

	if (at == 1 && c == '\n') {
		counter_add(&counter, ZLPS, 1);
		return true;
	}
	if (i == 0) {
		half = (unsigned char)(digit(c) << 4);
	} else if (i == 1) {
		half = (unsigned char)(half | digit(c));
		got(&half, 1);
	} else if (c == '\n') {
		return true;
	} else if (c != ' ') {
		counter_die("%02x between two bytes", c);
	}
	return false;
}

/* Text of length framing; true: the message is over. */
static bool
take_length(const unsigned char *data, size_t n)
{
	while (n > 0 && at < 4) {
		length = (at ? length : 0) | (size_t)*data << 8 * at;
		at++;
		data++;
		n--;
	}
	if (n > 0)
		got(data, n);
	at += n;
	if (at > 4 + length && at > 4)
		counter_die("%zu bytes in a message of %zu", at - 4, length);
	if (at == 4 && length == 0)
		counter_add(&counter, ZLPS, 1);
	return at >= 4 && at == 4 + length;
}

/* What one read has brought, which is never of two transfers. true: the transfer is over. */
static bool
take(const unsigned char *data, size_t n)
{
	switch (framing) {
	case HEX:
		for (size_t i = 0; i < n; i++)
			if (take_hex(data[i])) {
				if (i + 1 < n)
					counter_die("a read of two lines");
				return true;
			}
		return false;
	case LENGTH:
		return take_length(data, n);
	default:
		got(data, n);
		/* Where a ZLP ends it, that is another transfer for us, or none. */
		return counter_get(&counter, POSITION) % message == 0;
	}
}

static void
change_framing(void)
{
	if (counter_random(&counter, 2) == 0)
		return;
	framing = (enum framing)counter_random(&counter, N_FRAMINGS);
	counter_command(ctl_path, commands[framing]);
}

int
main(int argc, char **argv)
{
	const struct counter_option own[] = {{"message", &message}};
	bool over = true;

	counter_start(&counter, argc, argv, O_RDONLY, own, 1);
	if (message == 0)
		counter_die("message= is missing");
	ctl_path = counter_beside(counter.path, "ctl");
	counter_command(ctl_path, commands[framing]);
	counter_open(&counter);
	while (!counter_is_over(&counter)) {
		unsigned char *place = counter_place(&counter);
		ssize_t n;

		if (over) {
			change_framing();
			at = length = 0;
		}
		n = read(counter.fd, place, counter_length(&counter));
		if (n < 0) {
			counter_failed(&counter, POLLIN);
			over = false; /* nothing was delivered: the same transfer is awaited */
			continue;
		}
		if (n == 0 && (framing != PACKET || at > 0))
			counter_die("end of file in framing %d", framing);
		counter_add(&counter, n ? CALLS : ZLPS, 1);
		over = n == 0 || take(place, (size_t)n);
	}
	close(counter.fd);
	return 0;
}
