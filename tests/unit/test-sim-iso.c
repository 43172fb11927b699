/* SPDX-License-Identifier: MIT */
/*
 * Isochronous endpoints of the virtual bus. "pause" stops the clock of an endpoint, so what must be
 * simultaneous is set up while it stands; nothing here depends on how long anything takes.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/sim-socket.h"
#include "tests/unit/test.h"

static const char text[] = "device d\n"
			   "	speed full\n"
			   "	config 1\n"
			   "		interface 0\n"
			   "			endpoint 01 iso 192\n"
			   "			endpoint 81 iso 192\n"
			   "			endpoint 02 iso 100\n"
			   "			endpoint 82 iso 100\n"
			   "			endpoint 03 iso 8\n"
			   "			endpoint 83 iso 8\n"
			   "			source 82 counter packets 40 total 130\n"
			   "			sink 02 check\n"
			   "			loopback 03 83 buffer 100\n";

static struct bus *
start(void)
{
	struct bus *b = socket_start(text);

	bus_open_device(b, 0);
	return b;
}

/* A transfer of N packets with room for SIZE bytes each. */
static struct xfer *
iso_new(struct bus *b, uint8_t endpoint, unsigned n, unsigned size)
{
	struct xfer *x = xfer_new(b, endpoint, (size_t)n * size);

	x->t.type = DESC_ISO;
	x->t.n_packets = n;
	x->t.packets = calloc(n, sizeof(*x->t.packets));
	for (unsigned i = 0; i < n; i++)
		x->t.packets[i].length = size;
	return x;
}

static void
iso_free(struct xfer *x)
{
	free(x->t.packets);
	xfer_free(x);
}

static void
check_packet(const struct xfer *x, unsigned i, int status, unsigned actual)
{
	CHECK_EQ(x->t.packets[i].status, status);
	CHECK_EQ(x->t.packets[i].actual, actual);
}

/* How often a queue ran dry, as the control socket says. */
static unsigned
missed(const char *command)
{
	const char *at = strstr(ask(command), "missed=");

	CHECK(at != NULL);
	return (unsigned)strtoul(at + 7, NULL, 10);
}

TEST(given_data_goes_a_packet_in_an_interval)
{
	struct bus *b = start();
	struct xfer *in = iso_new(b, 0x81, 6, 192);
	char command[1024] = "give d 81 ";

	/* 400 bytes are two full packets and a short one. */
	for (unsigned i = 0; i < 400; i++)
		strcat(command, i == 192 ? "bb" : "aa");
	CHECK_STR(ask(command), "ok");
	CHECK_STR(ask("zlp d 81"), "ok");
	CHECK_STR(ask("give d 81 cc"), "ok");
	CHECK_EQ(run(b, in), 0);
	check_packet(in, 0, 0, 192);
	check_packet(in, 1, 0, 192);
	check_packet(in, 2, 0, 16);
	check_packet(in, 3, 0, 0);
	check_packet(in, 4, 0, 1);
	check_packet(in, 5, 0, 0);
	CHECK_EQ(in->t.actual, 401);
	/* Where a packet begins does not depend on those before. */
	CHECK_EQ(in->buffer[191], 0xaa);
	CHECK_EQ(in->buffer[192], 0xbb);
	CHECK_EQ(in->buffer[4 * 192], 0xcc);
	iso_free(in);
	socket_stop(b);
}

TEST(transfer_takes_its_time)
{
	struct bus *b = start();
	struct xfer *in = iso_new(b, 0x81, 20, 192);
	uint64_t begin = now_ns();

	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(dispatch(b), 0);
	finish(b, in);
	/* Not earlier; later it may be. */
	CHECK(now_ns() - begin >= 20 * UINT64_C(1000000));
	iso_free(in);
	socket_stop(b);
}

TEST(transfers_follow_one_another)
{
	struct bus *b = start();
	struct xfer *in[4];

	CHECK_STR(ask("pause d 82"), "ok");
	for (unsigned i = 0; i < 4; i++) {
		in[i] = iso_new(b, 0x82, 1, 100);
		CHECK_EQ(submit(b, in[i]), 0);
	}
	dispatch(b);
	CHECK(!in[0]->done);
	CHECK_STR(ask("resume d 82"), "ok");
	for (unsigned i = 0; i < 4; i++)
		finish(b, in[i]);
	for (unsigned i = 0; i < 4; i++) {
		CHECK_EQ(in[i]->t.status, 0);
		CHECK(i == 0 || in[i - 1]->order < in[i]->order);
	}
	/* The source has 130 bytes, 40 in an interval. */
	check_packet(in[0], 0, 0, 40);
	check_packet(in[2], 0, 0, 40);
	check_packet(in[3], 0, 0, 10);
	CHECK_EQ(in[1]->buffer[0], 10);
	CHECK_EQ(in[1]->buffer[4], 11);
	CHECK_EQ(missed("counters d 82"), 0);
	/* Nothing was queued behind the last one, so this one is late. */
	CHECK_EQ(run(b, in[0]), 0);
	check_packet(in[0], 0, 0, 0);
	CHECK_EQ(missed("counters d 82"), 1);
	for (unsigned i = 0; i < 4; i++)
		iso_free(in[i]);
	socket_stop(b);
}

TEST(queue_that_is_emptied_on_purpose_has_no_gap)
{
	struct bus *b = start();
	struct xfer *in[2] = {iso_new(b, 0x81, 3, 192), iso_new(b, 0x81, 3, 192)};

	CHECK_STR(ask("pause d 81"), "ok");
	CHECK_EQ(submit(b, in[0]), 0);
	CHECK_EQ(submit(b, in[1]), 0);
	cancel(b, in[1]);
	cancel(b, in[0]);
	for (unsigned i = 0; i < 2; i++) {
		finish(b, in[i]);
		CHECK_EQ(in[i]->t.status, -ECANCELED);
		check_packet(in[i], 0, -ECANCELED, 0);
	}
	CHECK_STR(ask("resume d 81"), "ok");
	CHECK_EQ(run(b, in[0]), 0);
	check_packet(in[0], 0, 0, 0);
	CHECK_EQ(missed("counters d 81"), 0);
	iso_free(in[0]);
	iso_free(in[1]);
	socket_stop(b);
}

TEST(cancelled_in_the_middle_keeps_what_has_passed)
{
	struct bus *b = start();
	struct xfer *first = iso_new(b, 0x01, 1, 1), *out = iso_new(b, 0x01, 100, 2);
	unsigned n = 0;
	char expected[64];

	CHECK_EQ(submit(b, first), 0);
	CHECK_EQ(submit(b, out), 0);
	finish(b, first);
	cancel(b, out);
	finish(b, out);
	CHECK(out->t.status == -ECANCELED || out->t.status == 0);
	while (n < 100 && out->t.packets[n].status == 0)
		n++;
	CHECK_EQ(out->t.actual, 2 * n);
	for (unsigned i = n; i < 100; i++)
		check_packet(out, i, -ECANCELED, 0);
	snprintf(expected, sizeof(expected), "ok total=%u packets=1", 1 + 2 * n);
	CHECK(strncmp(ask("taken d 01"), expected, strlen(expected)) == 0);
	iso_free(first);
	iso_free(out);
	socket_stop(b);
}

TEST(sizes_of_packets_are_those_of_the_transfer)
{
	struct bus *b = start();
	struct xfer *out = iso_new(b, 0x01, 4, 192);

	/* 44.1 kHz have such packets; an interval may also have none. */
	out->t.packets[0].length = 176;
	out->t.packets[1].length = 180;
	out->t.packets[2].length = 0;
	out->t.length = 176 + 180 + 192;
	out->buffer[0] = 1;
	out->buffer[176] = 2;
	out->buffer[356] = 3;
	CHECK_EQ(run(b, out), 0);
	CHECK_EQ(out->t.actual, out->t.length);
	check_packet(out, 2, 0, 0);
	check_packet(out, 3, 0, 192);
	CHECK(strncmp(ask("taken d 01"), "ok total=548 packets=176,180,192 data=0100", 41) == 0);
	iso_free(out);
	socket_stop(b);
}

TEST(packets_that_fail_are_lost)
{
	struct bus *b = start();
	struct xfer *in = iso_new(b, 0x82, 4, 100), *out = iso_new(b, 0x01, 4, 1);

	CHECK_STR(ask("iso-error d 82 2"), "ok");
	CHECK_EQ(run(b, in), 0);
	check_packet(in, 0, -EXDEV, 0);
	check_packet(in, 1, -EXDEV, 0);
	check_packet(in, 2, 0, 40);
	/* The source has gone on meanwhile. */
	CHECK_EQ(in->buffer[200], 20);
	check_packet(in, 3, 0, 10);
	CHECK_EQ(in->t.actual, 50);
	CHECK_STR(ask("iso-error d 01 3 io"), "ok");
	for (unsigned i = 0; i < 4; i++)
		out->buffer[i] = (unsigned char)(i + 1);
	CHECK_EQ(run(b, out), 0);
	check_packet(out, 0, -EIO, 0);
	check_packet(out, 2, -EIO, 0);
	check_packet(out, 3, 0, 1);
	CHECK_EQ(out->t.actual, 1);
	CHECK_STR(ask("taken d 01"), "ok total=1 packets=1 data=04");
	CHECK_STR(ask("iso-error d 01 3 ok"), "error io, or nothing, is what may follow");
	CHECK_STR(ask("stall d 81"), "error isochronous endpoints do not stall");
	iso_free(in);
	iso_free(out);
	socket_stop(b);
}

TEST(more_than_there_is_room_for)
{
	struct bus *b = start();
	struct xfer *in = iso_new(b, 0x81, 4, 4);

	CHECK_STR(ask("give d 81 0102030405"), "ok");
	CHECK_STR(ask("babble d 81 193"), "ok");
	CHECK_STR(ask("babble d 81 4"), "ok");
	CHECK_STR(ask("give d 81 01020304"), "ok");
	CHECK_EQ(run(b, in), 0);
	check_packet(in, 0, -EOVERFLOW, 0);
	check_packet(in, 1, -EOVERFLOW, 0);
	check_packet(in, 2, 0, 4);
	check_packet(in, 3, 0, 4);
	CHECK_EQ(in->buffer[15], 4);
	CHECK_EQ(in->t.actual, 8);
	iso_free(in);
	socket_stop(b);
}

TEST(sink_that_checks_cannot_stall)
{
	struct bus *b = start();
	struct xfer *out = iso_new(b, 0x02, 4, 100);

	for (unsigned i = 0; i < 400; i++)
		out->buffer[i] = (unsigned char)(i / 4 >> 8 * (i % 4));
	out->buffer[150]++;
	CHECK_EQ(run(b, out), 0);
	CHECK_EQ(out->t.actual, 400);
	check_packet(out, 1, 0, 100);
	CHECK_STR(ask("taken d 02"), "ok total=300 packets=100x3 data=");
	CHECK(strstr(ask("counters d 02"), " wrong=1") != NULL);
	iso_free(out);
	socket_stop(b);
}

TEST(microphone_hears_the_speaker)
{
	struct bus *b = start();
	struct xfer *out = iso_new(b, 0x03, 3, 8), *in = iso_new(b, 0x83, 4, 8);
	struct xfer *more = iso_new(b, 0x03, 20, 8);

	out->t.packets[1].length = 3;
	out->t.length = 19;
	memcpy(out->buffer, "01234567abcABCDEFGH", 19);
	CHECK_EQ(run(b, out), 0);
	CHECK_EQ(run(b, in), 0);
	check_packet(in, 0, 0, 8);
	check_packet(in, 1, 0, 3);
	check_packet(in, 2, 0, 8);
	check_packet(in, 3, 0, 0);
	CHECK(memcmp(in->buffer + 16, "ABCDEFGH", 8) == 0);
	/* What nobody fetches is lost one day, and nobody has to wait. */
	CHECK_EQ(run(b, more), 0);
	CHECK_EQ(more->t.actual, 160);
	CHECK(strncmp(ask("taken d 03"), "ok total=179", 12) != 0);
	CHECK_EQ(run(b, in), 0);
	check_packet(in, 0, 0, 8);
	iso_free(out);
	iso_free(in);
	iso_free(more);
	socket_stop(b);
}

TEST(bad_packets_are_refused)
{
	struct bus *b = start();
	struct xfer *in = iso_new(b, 0x81, 129, 1);

	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.n_packets = 128;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.length = 128;
	in->t.packets[0].length = 193;
	in->t.packets[1].length = 0;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.packets[0].length = in->t.packets[1].length = 1;
	in->t.stream = 1;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.stream = 0;
	CHECK_EQ(submit(b, in), 0);
	CHECK_STR(ask("unplug d"), "ok");
	finish(b, in);
	CHECK_EQ(in->t.status, -ENODEV);
	check_packet(in, 127, -ENODEV, 0);
	iso_free(in);
	socket_stop(b);
}

TEST(high_speed_has_microframes_and_alternate_settings)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "		alternate 1\n"
				 "			endpoint 81 iso 0x1400 interval 1\n"
				 "			source 81 zero\n"
				 "			endpoint 82 iso 64 interval 0\n",
		0);
	struct xfer *in = iso_new(b, 0x81, 8, 3072), *never = iso_new(b, 0x82, 1, 64);

	CHECK_EQ(submit(b, in), -ENOENT);
	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 1), 0);
	/* Three packets in a microframe. */
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 8 * 3072);
	CHECK_EQ(submit(b, never), -EINVAL);
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 0), 0);
	finish(b, in);
	iso_free(in);
	iso_free(never);
	bus_close(b);
}
