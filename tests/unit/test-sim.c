/* SPDX-License-Identifier: MIT */
/*
 * The virtual bus, driven as fs drives it: USB semantics of transfers, and the state of devices.
 * Descriptions with mistakes are in test-sim-parse.c, the control socket is in test-sim-control.c,
 * control requests are in test-sim-request.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/sim-bus.h"
#include "tests/unit/test.h"

static const char loop_text[] = "device loop\n"
				"	config 1\n"
				"		interface 0\n"
				"			endpoint 02 bulk 64\n"
				"			endpoint 81 bulk 64\n"
				"			loopback 02 81 buffer 1k\n";

/* An IN transfer for what one OUT transfer of LEN bytes brings; what came, or -errno. */
static ssize_t
round_trip(struct bus *b, size_t len, unsigned flags, size_t in_len)
{
	struct xfer *out = xfer_new(b, 0x02, len), *in = xfer_new(b, 0x81, in_len);
	ssize_t r;

	for (size_t i = 0; i < len; i++)
		out->buffer[i] = (unsigned char)(i * 7 + 1);
	out->t.flags = flags;
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(submit(b, out), 0);
	finish(b, out);
	CHECK_EQ(out->t.status, 0);
	CHECK_EQ(out->t.actual, len);
	if (!in->done) {
		/* Neither full nor ended by a short packet. */
		cancel(b, in);
		finish(b, in);
		CHECK_EQ(in->t.status, -ECANCELED);
	}
	CHECK(memcmp(out->buffer, in->buffer, in->t.actual) == 0);
	r = in->t.status ? in->t.status : (ssize_t)in->t.actual;
	if (in->t.status == -ECANCELED)
		CHECK_EQ(in->t.actual, len);
	xfer_free(out);
	xfer_free(in);
	return r;
}

TEST(short_packet_ends_a_transfer)
{
	struct bus *b = bus_open(loop_text, 0);

	CHECK_EQ(round_trip(b, 1, 0, 64), 1);
	CHECK_EQ(round_trip(b, 63, 0, 512), 63);
	CHECK_EQ(round_trip(b, 130, 0, 512), 130);
	bus_close(b);
}

TEST(full_packets_do_not_end_a_transfer)
{
	struct bus *b = bus_open(loop_text, 0);

	CHECK_EQ(round_trip(b, 128, 0, 128), 128);
	CHECK_EQ(round_trip(b, 128, 0, 256), -ECANCELED);
	CHECK_EQ(round_trip(b, 128, TRANSFER_ADD_ZLP, 256), 128);
	CHECK_EQ(round_trip(b, 0, 0, 64), 0);
	CHECK_EQ(round_trip(b, 3, TRANSFER_ADD_ZLP, 64), 3);
	/* The ZLP was not of the transfer that its data filled, so it is the next one. */
	CHECK_EQ(round_trip(b, 64, TRANSFER_ADD_ZLP, 64), 64);
	CHECK_EQ(round_trip(b, 5, 0, 64), 0);
	bus_close(b);
}

TEST(full_buffer_naks)
{
	struct bus *b = bus_open(loop_text, 0);
	struct xfer *out = xfer_new(b, 0x02, 4096), *in = xfer_new(b, 0x81, 4096);

	for (size_t i = 0; i < 4096; i++)
		out->buffer[i] = (unsigned char)(i / 3);
	CHECK_EQ(submit(b, out), 0);
	dispatch(b);
	CHECK(!out->done);
	CHECK_EQ(submit(b, in), 0);
	finish(b, in);
	finish(b, out);
	CHECK_EQ(in->t.actual, 4096);
	CHECK_EQ(out->t.actual, 4096);
	CHECK(memcmp(in->buffer, out->buffer, 4096) == 0);
	xfer_free(in);
	xfer_free(out);
	bus_close(b);
}

TEST(cancelled_out_tells_what_it_moved)
{
	struct bus *b = bus_open(loop_text, 0);
	struct xfer *out = xfer_new(b, 0x02, 4096);

	CHECK_EQ(submit(b, out), 0);
	cancel(b, out);
	/* Never from inside cancel(). */
	CHECK(!out->done);
	finish(b, out);
	CHECK_EQ(out->t.status, -ECANCELED);
	CHECK(out->t.actual > 0 && out->t.actual <= 1024 && out->t.actual % 64 == 0);
	/* Again is harmless. */
	CHECK_EQ(dispatch(b), 0);
	xfer_free(out);
	bus_close(b);
}

TEST(completions_keep_their_order)
{
	struct bus *b = bus_open(loop_text, 0);
	struct xfer *in[4], *out = xfer_new(b, 0x02, 10);

	for (unsigned i = 0; i < 4; i++) {
		in[i] = xfer_new(b, 0x81, 64);
		CHECK_EQ(submit(b, in[i]), 0);
	}
	cancel(b, in[1]);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(submit(b, out), 0);
		finish(b, out);
		out->done = false;
	}
	dispatch(b);
	for (unsigned i = 0; i < 4; i++)
		CHECK_EQ(in[i]->t.status, i == 1 ? -ECANCELED : 0);
	CHECK(in[1]->order < in[0]->order);
	CHECK(in[0]->order < in[2]->order && in[2]->order < in[3]->order);
	for (unsigned i = 0; i < 4; i++)
		xfer_free(in[i]);
	xfer_free(out);
	bus_close(b);
}

TEST(stall_lasts_until_clear_halt)
{
	struct bus *b = bus_open(
		"device d\n"
		"	config 1\n"
		"		interface 0\n"
		"			endpoint 81 bulk 64\n"
		"	script\n"
		"		give 81 000102030405060708090a0b0c0d0e0f \\\n"
		"			\"0123456789abcdef0123456789abcdef0123456789abcdef\"\n"
		"		stall 81\n"
		"		give 81 aa\n"
		"		babble 81 65\n"
		"		give 81 bb\n"
		"	end\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 128);

	/* The packet before the stall counts. */
	CHECK_EQ(run(b, in), -EPIPE);
	CHECK_EQ(in->t.actual, 64);
	CHECK_EQ(in->buffer[16], '0');
	CHECK_EQ(run(b, in), -EPIPE);
	CHECK_EQ(in->t.actual, 0);
	CHECK_EQ(backend_sim.clear_halt(b->device, 0x81), 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 1);
	CHECK_EQ(in->buffer[0], 0xaa);
	CHECK_EQ(run(b, in), -EOVERFLOW);
	CHECK_EQ(in->t.actual, 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->buffer[0], 0xbb);
	xfer_free(in);
	bus_close(b);
}

TEST(bad_submits_are_refused)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "		interface 1\n"
				 "			endpoint 82 bulk 64\n"
				 "			endpoint 83 iso 64\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 64);

	in->t.length = 63;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.length = 0;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.length = 64;
	in->t.type = DESC_INTERRUPT;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.type = DESC_BULK;
	in->t.interface = 1;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.endpoint = 0x82;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.endpoint = 0x02;
	CHECK_EQ(submit(b, in), -ENOENT);
	CHECK_EQ(backend_sim.claim(b->device, 1), 0);
	/* An isochronous one without packets. */
	in->t.endpoint = 0x83;
	CHECK_EQ(submit(b, in), -EINVAL);
	in->t.type = DESC_ISO;
	CHECK_EQ(submit(b, in), -EINVAL);
	CHECK_EQ(backend_sim.claim(b->device, 7), -ENOENT);
	xfer_free(in);
	bus_close(b);
}

TEST(alternate_settings)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "		alternate 1\n"
				 "			endpoint 82 interrupt 8\n"
				 "			source 82 counter\n",
		0);
	struct xfer *old = xfer_new(b, 0x81, 64), *new = xfer_new(b, 0x82, 8);
	unsigned before = bus_changes(b);

	new->t.type = DESC_INTERRUPT;
	CHECK_EQ(submit(b, new), -ENOENT);
	CHECK_EQ(submit(b, old), 0);
	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 2), -ENOENT);
	CHECK_EQ(backend_sim.set_alternate(b->device, 0, 1), 0);
	finish(b, old);
	CHECK_EQ(old->t.status, -ECANCELED);
	CHECK_EQ(submit(b, old), -ENOENT);
	CHECK_EQ(run(b, new), 0);
	CHECK_EQ(new->t.actual, 8);
	CHECK_EQ(new->buffer[4], 1);
	bus_wait_changes(b, before + 1);
	bus_wait_alternate(b, 0, 1);
	/* The kernel puts setting 0 back when the interface is let go. */
	CHECK_EQ(backend_sim.release(b->device, 0), 0);
	bus_wait_alternate(b, 0, 0);
	xfer_free(old);
	xfer_free(new);
	bus_close(b);
}

TEST(configurations)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "	config 2\n"
				 "		interface 3 driver fancy\n"
				 "			endpoint 84 bulk 64\n",
		0);

	CHECK_EQ(backend_sim.set_configuration(b->device, 2), -EBUSY);
	CHECK_EQ(backend_sim.release(b->device, 0), 0);
	CHECK_EQ(backend_sim.set_configuration(b->device, 9), -ENOENT);
	CHECK_EQ(backend_sim.set_configuration(b->device, 2), 0);
	bus_wait_config(b, 2);
	CHECK_EQ(backend_sim.claim(b->device, 0), -ENOENT);
	CHECK_EQ(backend_sim.claim(b->device, 3), -EBUSY);
	CHECK_EQ(backend_sim.set_configuration(b->device, 1), -EBUSY);
	CHECK_EQ(backend_sim.detach_driver(b->device, 3), 0);
	CHECK_EQ(backend_sim.detach_driver(b->device, 3), -ENOENT);
	CHECK_EQ(backend_sim.claim(b->device, 3), 0);
	bus_wait_driver(b, 3, "usbfs");
	CHECK_EQ(backend_sim.attach_driver(b->device, 3), -EBUSY);
	CHECK_EQ(backend_sim.release(b->device, 3), 0);
	CHECK_EQ(backend_sim.attach_driver(b->device, 3), 0);
	bus_wait_driver(b, 3, "fancy");
	bus_close(b);
}

TEST(source_and_sink)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "			endpoint 82 bulk 64\n"
				 "			endpoint 03 bulk 64\n"
				 "			source 81 counter messages 130 total 300\n"
				 "			source 82 none\n"
				 "			sink 03 check\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 1024), *out = xfer_new(b, 0x03, 1024);
	struct xfer *none = xfer_new(b, 0x82, 1024);

	memset(none->buffer, 0x55, 1024);
	CHECK_EQ(run(b, none), 0);
	CHECK_EQ(none->t.actual, 1024);
	for (unsigned i = 0; i < 1024; i++)
		CHECK_EQ(none->buffer[i], 0);
	for (unsigned i = 0; i < 1024; i++)
		out->buffer[i] = (unsigned char)(i / 4 >> 8 * (i % 4));
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 130);
	CHECK(memcmp(in->buffer, out->buffer, 130) == 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 130);
	CHECK(memcmp(in->buffer, out->buffer + 130, 130) == 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 40);
	CHECK_EQ(submit(b, in), 0);
	dispatch(b);
	CHECK(!in->done);
	cancel(b, in);
	finish(b, in);

	CHECK_EQ(run(b, out), 0);
	CHECK_EQ(run(b, out), -EPIPE);
	CHECK_EQ(out->t.actual, 0);
	CHECK_EQ(backend_sim.clear_halt(b->device, 0x03), 0);
	for (unsigned i = 0; i < 1024; i++)
		out->buffer[i] = (unsigned char)((i + 1024) / 4 >> 8 * (i % 4));
	out->buffer[200]++;
	CHECK_EQ(run(b, out), -EPIPE);
	CHECK_EQ(out->t.actual, 192);
	xfer_free(in);
	xfer_free(out);
	xfer_free(none);
	bus_close(b);
}

TEST(rate_is_kept)
{
	struct bus *b = bus_open("device d\n"
				 "	rate 1M\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 512\n"
				 "			source 81 zero\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 128 << 10);
	uint64_t begin = now_ns(), took;

	CHECK_EQ(run(b, in), 0);
	took = now_ns() - begin;
	/* 125 ms, less what an idle bus has saved up; a busy machine may only be slower. */
	CHECK(took > 90 * UINT64_C(1000000));
	xfer_free(in);
	bus_close(b);
}

TEST(memory_is_limited)
{
	struct bus *b = bus_open("device d\n"
				 "	memory 1k\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "			endpoint 02 bulk 64\n",
		0);
	struct xfer *in[3], *out = xfer_new(b, 0x02, 1024);

	/* More than there is, whoever has it. */
	for (unsigned i = 0; i < 3; i++)
		in[i] = xfer_new(b, 0x81, 512);
	CHECK_EQ(submit(b, in[0]), 0);
	CHECK_EQ(submit(b, out), -ENOMEM);
	CHECK_EQ(submit(b, in[1]), 0);
	CHECK_EQ(submit(b, in[2]), -ENOMEM);
	out->t.length = 1;
	CHECK_EQ(submit(b, out), -ENOMEM);
	/* It is free when the transfer has been fetched, not before. */
	cancel(b, in[0]);
	CHECK_EQ(submit(b, in[2]), -ENOMEM);
	finish(b, in[0]);
	CHECK_EQ(submit(b, in[2]), 0);
	cancel(b, in[1]);
	cancel(b, in[2]);
	finish(b, in[1]);
	finish(b, in[2]);
	out->t.length = 1024;
	CHECK_EQ(run(b, out), 0);
	out->t.length = 1025;
	CHECK_EQ(submit(b, out), -ENOMEM);
	for (unsigned i = 0; i < 3; i++)
		xfer_free(in[i]);
	xfer_free(out);
	bus_close(b);
}

TEST(scripts)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 02 bulk 64\n"
				 "			endpoint 81 bulk 64\n"
				 "			endpoint 83 interrupt 8\n"
				 "			keyboard 83 \"aB\" every 0\n"
				 "	script\n"
				 "		on 02 expect \"ping\"\n"
				 "		give 81 \"pong\"\n"
				 "		wait 81\n"
				 "		on 02 any\n"
				 "		after 2\n"
				 "		zlp 81\n"
				 "		wait 81\n"
				 "		unplug\n"
				 "	end\n",
		0);
	struct xfer *out = xfer_new(b, 0x02, 4), *in = xfer_new(b, 0x81, 64);
	struct xfer *key = xfer_new(b, 0x83, 8);

	key->t.type = DESC_INTERRUPT;
	CHECK_EQ(run(b, key), 0);
	CHECK(memcmp(key->buffer, "\0\0\x04\0\0\0\0\0", 8) == 0);
	CHECK_EQ(run(b, key), 0);
	CHECK(memcmp(key->buffer, "\0\0\0\0\0\0\0\0", 8) == 0);
	CHECK_EQ(run(b, key), 0);
	CHECK(memcmp(key->buffer, "\2\0\x05\0\0\0\0\0", 8) == 0);

	memcpy(out->buffer, "pint", 4);
	CHECK_EQ(run(b, out), -EPIPE);
	CHECK_EQ(backend_sim.clear_halt(b->device, 0x02), 0);
	memcpy(out->buffer, "ping", 4);
	CHECK_EQ(run(b, out), 0);
	/* The device does not listen until its answer is fetched. */
	CHECK_EQ(submit(b, out), 0);
	dispatch(b);
	CHECK(!out->done);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 4);
	CHECK(memcmp(in->buffer, "pong", 4) == 0);
	finish(b, out);
	CHECK_EQ(out->t.status, 0);
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 0);
	bus_wait_removed(b);
	CHECK_EQ(submit(b, in), -ENODEV);
	CHECK_EQ(dispatch(b), -ENODEV);
	xfer_free(out);
	xfer_free(in);
	xfer_free(key);
	bus_close(b);
}

TEST(dispatch_does_not_run_for_ever)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "			source 81 none\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 64);

	in->again = 1000000;
	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.dispatch(b->device), 0);
	CHECK(in->again < 1000000 && in->again > 990000);
	/* And there is more to do. */
	CHECK(readable(b));
	in->again = 0;
	finish(b, in);
	dispatch(b);
	CHECK(!readable(b));
	xfer_free(in);
	bus_close(b);
}

TEST(reset_that_replugs)
{
	struct bus *b = bus_open("device d\n"
				 "	reset replugs\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n",
		0);
	struct xfer *in = xfer_new(b, 0x81, 64);
	struct snapshot *before = bus_snapshot(b), *after;

	CHECK_EQ(submit(b, in), 0);
	CHECK_EQ(backend_sim.reset(b->device), -ENODEV);
	finish(b, in);
	CHECK_EQ(in->t.status, -ENODEV);
	CHECK_EQ(dispatch(b), -ENODEV);
	bus_wait_added(b, 2);
	after = bus_snapshot(b);
	CHECK(after->seq != before->seq);
	CHECK_STR(after->name, "1-1");
	snapshot_unref(before);
	snapshot_unref(after);
	xfer_free(in);
	bus_close(b);
}

static void *
claim_for_ever(void *arg)
{
	struct bus *b = arg;

	backend_sim.claim(b->device, 0);
	return NULL;
}

TEST(stop_leaves_a_wedged_thread_behind)
{
	struct bus *b = bus_start("device d\n"
				  "	wedge claim\n"
				  "	config 1\n"
				  "		interface 0\n");
	struct snapshot *s = bus_snapshot(b);
	pthread_t thread;

	CHECK_EQ(backend_sim.open(b->backend, s, &b->device), 0);
	snapshot_unref(s);
	CHECK_EQ(pthread_create(&thread, NULL, claim_for_ever, b), 0);
	pthread_detach(thread);
	/* It may or may not be inside by now; both must be survived. */
	bus_stop_backend(b);
	/* The thread keeps what it uses, so do not look for leaks. */
	_exit(0);
}
