/* SPDX-License-Identifier: MIT */
/*
 * The least that carries USB over FUSE: one thread that takes a request, waits for its transfer, and
 * answers. Nobody would want to use it (a device that does not answer stops all there is, nothing
 * can be interrupted or waited for), but there is nothing that could be left out: how near to
 * libusb alone one can get.
 *
 *     bench-naive DEV OUT IN DIR
 *
 * DEV is named as in sysfs ("3-1"), endpoints are in hex.
 *
 * DIR/out, DIR/in              a synchronous transfer for each request
 * DIR/out-queue, DIR/in-queue  transfers of 128 KiB, always so many of them on their way; only for
 *                              requests of that size
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/src/device.h"
#include "tools/bench/src/serve.h"

enum { OUT = SERVE_FIRST, IN, OUT_QUEUE, IN_QUEUE };

enum { TIMEOUT_MS = 10000, PACKET = 1024, BUFFER = 1 << 20, QUEUED = 128 << 10, DEPTH = 8 };

/* In that order. */
static const char *const names[] = {"out", "in", "out-queue", "in-queue", NULL};
static unsigned char out, in, buffer[BUFFER];

/* Of one direction, that of the first request. */
static struct slot {
	struct libusb_transfer *transfer;
	int flying;
} queue[DEPTH];
static unsigned next_slot;

/* ---- the queue ---- */

static void
slot_done(struct libusb_transfer *t)
{
	((struct slot *)t->user_data)->flying = 0;
}

static void
slot_submit(struct slot *s, int length)
{
	s->transfer->length = length;
	s->flying = 1;
	device_check("submit", libusb_submit_transfer(s->transfer));
}

static void
queue_start(unsigned char endpoint)
{
	for (unsigned i = 0; i < DEPTH; i++) {
		struct slot *s = &queue[i];
		unsigned char *data = libusb_dev_mem_alloc(device_handle, QUEUED);

		s->transfer = libusb_alloc_transfer(0);
		if (!data)
			data = malloc(QUEUED);
		libusb_fill_bulk_transfer(
			s->transfer, device_handle, endpoint, data, QUEUED, slot_done, s, 0);
		if (endpoint & 0x80)
			slot_submit(s, QUEUED);
	}
}

/* Whose turn it is, when it is back. */
static struct slot *
queue_next(unsigned char endpoint)
{
	struct slot *s = &queue[next_slot];

	if (!s->transfer)
		queue_start(endpoint);
	while (s->flying)
		device_check("events", libusb_handle_events(NULL));
	if (s->transfer->status != LIBUSB_TRANSFER_COMPLETED)
		device_check("transfer", LIBUSB_ERROR_IO);
	next_slot = (next_slot + 1) % DEPTH;
	return s;
}

static void
queue_read(fuse_req_t req, size_t size)
{
	struct slot *s = queue_next(in);
	size_t n = (size_t)s->transfer->actual_length;

	/* Mapped memory cannot be given to /dev/fuse. */
	memcpy(buffer, s->transfer->buffer, n);
	slot_submit(s, QUEUED);
	fuse_reply_buf(req, (char *)buffer, n < size ? n : size);
}

static void
queue_write(fuse_req_t req, const char *data, size_t size)
{
	struct slot *s = queue_next(out);

	size = size < QUEUED ? size : QUEUED;
	memcpy(s->transfer->buffer, data, size);
	slot_submit(s, (int)size);
	fuse_reply_write(req, size);
}

static void
queue_stop(void)
{
	for (unsigned i = 0; i < DEPTH; i++) {
		if (queue[i].flying)
			libusb_cancel_transfer(queue[i].transfer);
		while (queue[i].flying)
			device_check("events", libusb_handle_events(NULL));
	}
}

/* ---- requests ---- */

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	serve_open(req, serve_data_flags());
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	/* A device that sends more than is asked for babbles: whole packets are asked for. */
	size_t whole = (size + PACKET - 1) / PACKET * PACKET;
	int n, r;

	(void)off;
	(void)fi;
	if (ino == IN_QUEUE) {
		queue_read(req, size);
		return;
	}
	r = libusb_bulk_transfer(
		device_handle, in, buffer, (int)(whole < BUFFER ? whole : BUFFER), &n, TIMEOUT_MS);
	if (r < 0)
		fuse_reply_err(req, EIO);
	else
		fuse_reply_buf(req, (char *)buffer, (size_t)n < size ? (size_t)n : size);
}

static void
op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	int n, r;

	(void)off;
	(void)fi;
	if (ino == OUT_QUEUE) {
		queue_write(req, data, size);
		return;
	}
	r = libusb_bulk_transfer(
		device_handle, out, (unsigned char *)(uintptr_t)data, (int)size, &n, TIMEOUT_MS);
	if (r < 0)
		fuse_reply_err(req, EIO);
	else
		fuse_reply_write(req, (size_t)n);
}

int
main(int argc, char **argv)
{
	const struct fuse_lowlevel_ops ops = {.open = op_open, .read = op_read, .write = op_write};

	if (argc != 5) {
		fprintf(stderr, "usage: bench-naive DEV OUT IN DIR\n");
		return 2;
	}
	out = (unsigned char)strtoul(argv[2], NULL, 16);
	in = (unsigned char)strtoul(argv[3], NULL, 16);
	device_open(argv[1]);
	device_claim(in);
	return serve_files("bench-naive", names, ops, argv[4], true, queue_stop);
}
