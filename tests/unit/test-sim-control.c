/* SPDX-License-Identifier: MIT */
/* The control socket of the virtual bus, through a connection of its own for each question. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/sim-socket.h"
#include "tests/unit/test.h"

static const char text[] = "device d\n"
			   "	config 1\n"
			   "		interface 0\n"
			   "			endpoint 02 bulk 64\n"
			   "			endpoint 81 bulk 64\n";

static struct bus *
start(void)
{
	return socket_start(text);
}

TEST(socket_is_private)
{
	struct bus *b = start();
	struct stat st;

	CHECK_EQ(stat(socket_path, &st), 0);
	CHECK_EQ(st.st_mode & 07777, 0600);
	socket_stop(b);
}

TEST(plug_and_unplug)
{
	struct bus *b = start();
	struct snapshot *before = bus_snapshot(b), *after;
	struct xfer *in;
	struct backend_device *second;

	bus_open_device(b, 0);
	in = xfer_new(b, 0x81, 64);
	CHECK_EQ(submit(b, in), 0);
	CHECK_STR(ask("wait-pending d 81 1"), "ok");
	CHECK_STR(ask("unplug 1-1"), "ok");
	finish(b, in);
	CHECK_EQ(in->t.status, -ENODEV);
	CHECK_EQ(dispatch(b), -ENODEV);
	CHECK_STR(ask("unplug d"), "error it is not plugged in");
	CHECK_STR(ask("wait-plugged d 0"), "ok");
	CHECK_EQ(backend_sim.open(b->backend, before, &second), -ENODEV);
	CHECK(strncmp(ask("plug d"), "ok 1-1 ", 7) == 0);
	after = bus_snapshot(b);
	CHECK(after->seq != before->seq);
	CHECK(after->devnum != before->devnum);
	/* The old handle stays dead, the new one is alive. */
	CHECK_EQ(submit(b, in), -ENODEV);
	CHECK_EQ(backend_sim.open(b->backend, after, &second), 0);
	CHECK_EQ(backend_sim.claim(second, 0), 0);
	CHECK_STR(ask("opened d"), "ok open=1 times=1 claimed=0 configuration=1");
	backend_sim.close(second);
	CHECK_STR(ask("wait-opened d 0"), "ok");
	snapshot_unref(before);
	snapshot_unref(after);
	xfer_free(in);
	socket_stop(b);
}

TEST(give_and_take)
{
	struct bus *b = start();
	struct xfer *in, *out;

	bus_open_device(b, 0);
	in = xfer_new(b, 0x81, 128);
	out = xfer_new(b, 0x02, 67);
	CHECK_STR(ask("give d 81 \"hello \" 0a"), "ok");
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 7);
	CHECK(memcmp(in->buffer, "hello \n", 7) == 0);
	CHECK_STR(ask("zlp d 81"), "ok");
	CHECK_EQ(run(b, in), 0);
	CHECK_EQ(in->t.actual, 0);
	CHECK_STR(ask("babble d 81 65"), "ok");
	CHECK_EQ(run(b, in), -EOVERFLOW);
	CHECK_STR(ask("stall d 81"), "ok");
	CHECK_EQ(run(b, in), -EPIPE);
	CHECK_STR(ask("stall d 02"), "ok");
	CHECK_EQ(run(b, out), -EPIPE);
	CHECK_EQ(backend_sim.clear_halt(b->device, 0x02), 0);
	CHECK_EQ(run(b, out), 0);
	out->t.length = 0;
	CHECK_EQ(run(b, out), 0);
	out->t.length = 2;
	out->buffer[0] = 0xab;
	CHECK_EQ(run(b, out), 0);
	CHECK_STR(ask("wait-taken d 02 69"), "ok");
	CHECK(strncmp(ask("taken d 02 clear"), "ok total=69 packets=64,3,0,2 data=0000", 38) == 0);
	CHECK_STR(ask("taken d 02"), "ok total=0 packets= data=");
	CHECK_STR(ask("counters d 02"),
		"ok submitted=4 completed=4 cancelled=0 pending=0 max_pending=1 queued=0 missed=0 "
		"wrong=0");
	xfer_free(in);
	xfer_free(out);
	socket_stop(b);
}

TEST(pause_and_resume)
{
	struct bus *b = start();
	struct xfer *out;

	bus_open_device(b, 0);
	out = xfer_new(b, 0x02, 10);
	CHECK_STR(ask("pause d 02"), "ok");
	CHECK_EQ(submit(b, out), 0);
	dispatch(b);
	CHECK(!out->done);
	CHECK_STR(ask("resume d 02"), "ok");
	finish(b, out);
	CHECK_EQ(out->t.actual, 10);
	xfer_free(out);
	socket_stop(b);
}

TEST(waiting_holds_up_nobody_else)
{
	static const char lines[] = "wait-taken d 02 3\nlist\n";
	struct bus *b = start();
	struct pollfd p = {.events = POLLIN};
	struct xfer *out;

	bus_open_device(b, 0);
	out = xfer_new(b, 0x02, 3);
	p.fd = connect_socket();
	CHECK_EQ(write(p.fd, lines, strlen(lines)), strlen(lines));
	CHECK(strncmp(ask("list"), "ok d,1-1,", 9) == 0);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(run(b, out), 0);
	CHECK_STR(reply(p.fd), "ok");
	CHECK(strncmp(reply(p.fd), "ok d,1-1,", 9) == 0);
	/* Who goes away while it waits is forgotten. */
	CHECK_EQ(write(p.fd, lines, 18), 18);
	close(p.fd);
	CHECK_STR(ask("wait-claimed d 0 1"), "ok");
	xfer_free(out);
	socket_stop(b);
}

TEST(what_cannot_come_is_an_error)
{
	struct bus *b = start();
	int fd = connect_socket();

	CHECK_EQ(write(fd, "wait-pending d 81 1\n", 20), 20);
	CHECK(strncmp(ask("list"), "ok", 2) == 0);
	CHECK_STR(ask("unplug d"), "ok");
	CHECK_STR(reply(fd), "error it is not plugged in");
	CHECK_STR(ask("give d 81 00"), "error it is not plugged in");
	CHECK_STR(ask("nonsense"), "error no such command");
	CHECK_STR(ask(""), "error an empty line");
	CHECK_STR(
		ask("plug \"/nowhere/x.dev\""), "error /nowhere/x.dev: No such file or directory");
	CHECK_STR(ask("give \"d"), "error a quotation mark is missing");
	close(fd);
	socket_stop(b);
}

static void *
cancel_thread(void *arg)
{
	struct xfer *x = arg;

	cancel(x->bus, x);
	return NULL;
}

TEST(wedge_and_unwedge)
{
	struct bus *b = start();
	pthread_t thread;
	struct xfer *in;

	bus_open_device(b, 0);
	in = xfer_new(b, 0x81, 64);
	CHECK_EQ(submit(b, in), 0);
	CHECK_STR(ask("wedge d cancel reset"), "ok");
	CHECK_EQ(pthread_create(&thread, NULL, cancel_thread, in), 0);
	/* The device itself goes on meanwhile. */
	CHECK_STR(ask("counters d 81"),
		"ok submitted=1 completed=0 cancelled=0 pending=1 max_pending=1 queued=0 missed=0 "
		"wrong=0");
	CHECK_STR(ask("unwedge d"), "ok");
	CHECK_EQ(pthread_join(thread, NULL), 0);
	finish(b, in);
	CHECK_EQ(in->t.status, -ECANCELED);
	xfer_free(in);
	socket_stop(b);
}
