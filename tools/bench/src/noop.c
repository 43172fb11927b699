/* SPDX-License-Identifier: MIT */
/*
 * The floor: a FUSE file system whose files cost nothing, with the options that usbfuse has. What
 * is left is what the kernel, libfuse and copying cost.
 *
 *     bench-noop [-f] [--rate BYTES] DIR
 *
 * DIR/data  any number of bytes, taken or given; --rate: so many a second
 * DIR/loop  a message that is written can be read, once; readers and poll() wait for one
 * DIR/text  a few bytes of text
 */
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/bench/src/serve.h"

enum { DATA = SERVE_FIRST, LOOP, TEXT };

enum { BURST_NS = 5 * 1000 * 1000, BUFFER = 1 << 20 };

static const char *const names[] = {"data", "loop", "text", NULL}; /* in that order */
static const char text[18] = "12 01 00 02 00 00";
static char buffer[BUFFER];

static double rate; /* bytes a second; 0: any */
static long long next_ns;

static size_t message; /* bytes that wait in loop */
static fuse_req_t reader;
static size_t reader_size;
static struct fuse_pollhandle *poller;

static long long
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Nothing else is to be done meanwhile: there is one client. */
static void
pace(size_t bytes)
{
	struct timespec until;
	long long t = now();

	if (rate <= 0)
		return;
	if (next_ns + BURST_NS < t)
		next_ns = t - BURST_NS;
	until.tv_sec = next_ns / 1000000000;
	until.tv_nsec = next_ns % 1000000000;
	if (next_ns > t)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	next_ns += (long long)((double)bytes * 1e9 / rate);
}

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	serve_open(req, ino == TEXT ? FOPEN_DIRECT_IO : serve_data_flags());
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	if (ino == TEXT) {
		size_t from = off < (off_t)sizeof(text) ? (size_t)off : sizeof(text);

		size = size < sizeof(text) - from ? size : sizeof(text) - from;
		fuse_reply_buf(req, text + from, size);
	} else if (ino == LOOP && message == 0) {
		reader = req;
		reader_size = size;
	} else if (ino == LOOP) {
		size = message < size ? message : size;
		message = 0;
		fuse_reply_buf(req, buffer, size);
	} else {
		size = size < BUFFER ? size : BUFFER;
		pace(size);
		fuse_reply_buf(req, buffer, size);
	}
}

static void
op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	(void)data;
	(void)off;
	(void)fi;
	if (ino == DATA)
		pace(size);
	if (ino == LOOP && reader) {
		fuse_reply_buf(reader, buffer, size < reader_size ? size : reader_size);
		reader = NULL;
	} else if (ino == LOOP) {
		message = size < BUFFER ? size : BUFFER;
		if (poller) {
			fuse_lowlevel_notify_poll(poller);
			fuse_pollhandle_destroy(poller);
			poller = NULL;
		}
	}
	fuse_reply_write(req, size);
}

static void
op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
	(void)fi;
	if (ph && poller)
		fuse_pollhandle_destroy(poller);
	if (ph)
		poller = ph;
	fuse_reply_poll(req, (ino == LOOP && message == 0 ? 0 : POLLIN) | POLLOUT);
}

int
main(int argc, char **argv)
{
	const struct fuse_lowlevel_ops ops = {
		.open = op_open, .read = op_read, .write = op_write, .poll = op_poll};
	bool foreground = false;
	int i = 1;

	for (; i < argc - 1; i++) {
		if (strcmp(argv[i], "-f") == 0)
			foreground = true;
		else if (strcmp(argv[i], "--rate") == 0)
			rate = strtod(argv[++i], NULL);
	}
	if (i != argc - 1) {
		fprintf(stderr, "usage: bench-noop [-f] [--rate BYTES] DIR\n");
		return 2;
	}
	return serve_files("bench-noop", names, ops, argv[i], foreground, NULL);
}
