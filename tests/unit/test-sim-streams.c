/* SPDX-License-Identifier: MIT */
/* Bulk streams of the virtual bus: who may use which, and that each has data of its own. */
#include <errno.h>
#include <string.h>

#include "tests/unit/sim-socket.h"
#include "tests/unit/test.h"

static const char text[] = "device d\n"
			   "	speed super\n"
			   "	config 1\n"
			   "		interface 0\n"
			   "			endpoint 02 bulk 1024 streams 4\n"
			   "			endpoint 81 bulk 1024 burst 4 streams 16\n"
			   "			endpoint 83 bulk 1024\n"
			   "			endpoint 84 interrupt 64\n"
			   "		alternate 1\n"
			   "			endpoint 02 bulk 1024 streams 4\n"
			   "			endpoint 81 bulk 1024 streams 2\n"
			   "			loopback 02 81\n"
			   "		interface 1\n"
			   "			endpoint 85 bulk 1024 streams 65536\n"
			   "			source 85 counter messages 8\n";

static struct bus *
start(void)
{
	struct bus *b = socket_start(text);

	bus_open_device(b, 0);
	return b;
}

static int
alloc(struct bus *b, uint8_t endpoint, unsigned n)
{
	return backend_sim.alloc_streams(b->device, endpoint, n);
}

static struct xfer *
stream_new(struct bus *b, uint8_t endpoint, uint32_t stream, size_t len)
{
	struct xfer *x = xfer_new(b, endpoint, len);

	x->t.stream = stream;
	return x;
}

/* The error of using a stream, with a transfer that is cancelled if there is none. */
static int
try_stream(struct bus *b, uint8_t endpoint, uint32_t stream)
{
	struct xfer *x = stream_new(b, endpoint, stream, 1024);
	int r = submit(b, x);

	if (r == 0) {
		cancel(b, x);
		finish(b, x);
	}
	xfer_free(x);
	return r;
}

TEST(streams_are_for_those_who_have_them)
{
	struct bus *b = start();

	CHECK_EQ(alloc(b, 0x83, 4), -EOPNOTSUPP);
	CHECK_EQ(alloc(b, 0x84, 4), -EOPNOTSUPP);
	CHECK_EQ(alloc(b, 0x86, 4), -ENOENT);
	CHECK_EQ(alloc(b, 0x00, 4), -ENOENT);
	/* Not claimed. */
	CHECK_EQ(alloc(b, 0x85, 4), -EINVAL);
	CHECK_EQ(alloc(b, 0x81, 0), -EINVAL);
	CHECK_EQ(alloc(b, 0x81, 3), 3);
	CHECK_EQ(alloc(b, 0x81, 3), -EINVAL);
	/* As many as it can have. */
	CHECK_EQ(alloc(b, 0x02, 100), 4);
	CHECK_EQ(backend_sim.claim(b->device, 1), 0);
	CHECK_EQ(alloc(b, 0x85, 65536), 1024);
	CHECK_EQ(backend_sim.free_streams(b->device, 0x83), -EOPNOTSUPP);
	CHECK_EQ(backend_sim.free_streams(b->device, 0x85), 0);
	CHECK_EQ(backend_sim.free_streams(b->device, 0x85), -EINVAL);
	socket_stop(b);
}

TEST(every_transfer_belongs_to_a_stream_or_none_does)
{
	struct bus *b = start();
	struct xfer *in = stream_new(b, 0x81, 3, 1024);

	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	CHECK_EQ(try_stream(b, 0x81, 1), -EINVAL);
	CHECK_EQ(try_stream(b, 0x83, 1), -EINVAL);
	CHECK_EQ(alloc(b, 0x81, 3), 3);
	CHECK_EQ(try_stream(b, 0x81, 0), -EINVAL);
	CHECK_EQ(try_stream(b, 0x81, 1), 0);
	CHECK_EQ(try_stream(b, 0x81, 4), -EINVAL);
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.free_streams(b->device, 0x81), -EINVAL);
	cancel(b, in);
	finish(b, in);
	CHECK_EQ(in->t.status, -ECANCELED);
	CHECK_EQ(backend_sim.free_streams(b->device, 0x81), 0);
	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	CHECK_EQ(try_stream(b, 0x81, 1), -EINVAL);
	xfer_free(in);
	socket_stop(b);
}

TEST(streams_go_with_what_they_belong_to)
{
	struct bus *b = start();
	struct xfer *in = stream_new(b, 0x81, 2, 1024);

	CHECK_EQ(alloc(b, 0x81, 2), 2);
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 1), 0);
	finish(b, in);
	CHECK_EQ(in->t.status, -ECANCELED);
	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	/* The setting promises less than the other one. */
	CHECK_EQ(alloc(b, 0x81, 16), 2);
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.release(b->device, 0), 0);
	finish(b, in);
	CHECK_EQ(backend_sim.claim(b->device, 0), 0);
	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	CHECK_EQ(alloc(b, 0x81, 16), 16);
	backend_sim.close(b->device);
	bus_open_device(b, 0);
	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	CHECK_EQ(alloc(b, 0x81, 16), 16);
	CHECK_EQ(backend_sim.reset(b->device), 0);
	CHECK_EQ(try_stream(b, 0x81, 0), 0);
	xfer_free(in);
	socket_stop(b);
}

TEST(each_stream_has_its_own_data)
{
	struct bus *b = start();
	struct xfer *one = stream_new(b, 0x81, 1, 1024), *two = stream_new(b, 0x81, 2, 1024);
	struct xfer *out = stream_new(b, 0x02, 4, 3);

	/* A device may have something to say before anyone asks. */
	CHECK_STR(ask("give d 81 stream=2 \"two\""), "ok");
	CHECK_STR(ask("give d 81 \"none\""), "ok");
	CHECK_EQ(alloc(b, 0x81, 2), 2);
	CHECK_EQ(alloc(b, 0x02, 4), 4);
	CHECK_EQ(submit(b, one), 0);
	CHECK_STR(ask("wait-pending d 81 stream=1 1"), "ok");
	CHECK_EQ(run(b, two), 0);
	CHECK_EQ(two->t.actual, 3);
	CHECK(memcmp(two->buffer, "two", 3) == 0);
	CHECK(!one->done);
	CHECK_STR(ask("give d 81 stream=1 \"one\""), "ok");
	finish(b, one);
	CHECK(memcmp(one->buffer, "one", 3) == 0);
	memcpy(out->buffer, "abc", 3);
	CHECK_EQ(run(b, out), 0);
	CHECK_STR(ask("wait-taken d 02 stream=4 3"), "ok");
	CHECK_STR(ask("taken d 02 stream=4 clear"), "ok total=3 packets=3 data=616263");
	CHECK_STR(ask("taken d 02 stream=4"), "ok total=0 packets= data=");
	CHECK_STR(ask("taken d 02"), "ok total=0 packets= data=");
	/* Of the endpoint, all transfers are counted. */
	CHECK(strncmp(ask("counters d 81"), "ok submitted=2 completed=2 ", 27) == 0);
	CHECK(strncmp(ask("counters d 81 stream=1"), "ok submitted=1 completed=1 ", 27) == 0);
	CHECK_STR(ask("taken d 02 stream=5"), "error the endpoint has no such stream");
	CHECK_STR(ask("taken d 02 stream=0"), "error \"0\" is not a number from 1 to 65536");
	CHECK_STR(ask("give d 81 stream=1"), "error no bytes; zlp gives none");
	xfer_free(one);
	xfer_free(two);
	xfer_free(out);
	socket_stop(b);
}

TEST(loopback_and_source_by_stream)
{
	struct bus *b = start();
	struct xfer *out = stream_new(b, 0x02, 2, 5), *in = stream_new(b, 0x81, 2, 1024);
	struct xfer *other = stream_new(b, 0x81, 1, 1024), *lost = stream_new(b, 0x02, 3, 5);
	struct xfer *source = stream_new(b, 0x85, 1, 1024);

	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 1), 0);
	CHECK_EQ(alloc(b, 0x02, 4), 4);
	CHECK_EQ(alloc(b, 0x81, 2), 2);
	CHECK_EQ(submit(b, other), 0);
	memcpy(out->buffer, "hello", 5);
	CHECK_EQ(run(b, out), 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 5);
	CHECK(memcmp(in->buffer, "hello", 5) == 0);
	CHECK(!other->done);
	/* 81 has no stream 3 where it could come out. */
	CHECK_EQ(submit(b, lost), 0);
	dispatch(b);
	CHECK(!lost->done);
	cancel(b, lost);
	cancel(b, other);
	finish(b, lost);
	finish(b, other);
	CHECK_EQ(backend_sim.claim(b->device, 1), 0);
	CHECK_EQ(alloc(b, 0x85, 2), 2);
	source->t.interface = 1;
	CHECK_EQ(run(b, source), 0);
	CHECK_EQ(run(b, source), 0);
	CHECK_EQ(source->t.actual, 8);
	CHECK_EQ(source->buffer[4], 3);
	source->t.stream = 2;
	CHECK_EQ(run(b, source), 0);
	CHECK_EQ(source->buffer[4], 1);
	xfer_free(out);
	xfer_free(in);
	xfer_free(other);
	xfer_free(lost);
	xfer_free(source);
	socket_stop(b);
}

TEST(stall_is_of_the_whole_endpoint)
{
	struct bus *b = start();
	struct xfer *one = stream_new(b, 0x81, 1, 1024), *two = stream_new(b, 0x81, 2, 1024);

	CHECK_EQ(alloc(b, 0x81, 2), 2);
	CHECK_EQ(submit(b, one), 0);
	CHECK_STR(ask("stall d 81 stream=2"), "ok");
	CHECK_EQ(run(b, two), -EPIPE);
	finish(b, one);
	CHECK_EQ(one->t.status, -EPIPE);
	CHECK_EQ(backend_sim.clear_halt(b->device, 0x81), 0);
	CHECK_STR(ask("pause d 81 stream=1"), "ok");
	CHECK_STR(ask("give d 81 stream=1 01"), "ok");
	CHECK_STR(ask("give d 81 stream=2 02"), "ok");
	CHECK_EQ(submit(b, one), 0);
	CHECK_EQ(run(b, two), 0);
	CHECK(!one->done);
	CHECK_STR(ask("resume d 81 stream=1"), "ok");
	finish(b, one);
	CHECK_EQ(one->t.status, 0);
	CHECK_STR(ask("unplug d"), "ok");
	xfer_free(one);
	xfer_free(two);
	socket_stop(b);
}
