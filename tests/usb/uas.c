/* SPDX-License-Identifier: MIT */
/*
 * The commands of usbio about bulk streams. USB Attached SCSI is what uses them: the status and the
 * data of a command are on the stream that its tag says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/util/macro.h"
#include "tests/usb/command.h"
#include "tests/usb/worker.h"

enum {
	BLOCK = 512,
	TAGS = 3,
	COMMAND_IU = 0x01,
	STATUS_IU = 0x03,
	TEST_UNIT_READY = 0x00,
	READ_10 = 0x28,
	GOOD = 0x00,
};

/* One command that is under way, and how many of its transfers are. */
struct task {
	struct transfer command, status, data;
	unsigned flying;
	unsigned char command_iu[32], status_iu[128], block[1024];
};

static struct {
	uint8_t interface, command, status, data;
	char order[64]; /* what completed, in order */
} uas;

static void
done(struct transfer *t)
{
	struct task *task = t->user;
	size_t used = strlen(uas.order);

	task->flying--;
	if (t->stream)
		snprintf(uas.order + used, sizeof(uas.order) - used, " %s%u",
			t->endpoint == uas.data ? "data" : "status", (unsigned)t->stream);
}

static int
submit(struct task *task, struct transfer *t, uint8_t endpoint, uint32_t stream,
	unsigned char *buffer, size_t length)
{
	int r;

	*t = (struct transfer){
		.endpoint = endpoint,
		.type = DESC_BULK,
		.interface = uas.interface,
		.buffer = buffer,
		.length = length,
		.stream = stream,
		.done = done,
		.user = task,
	};
	r = backend_usb.submit(device, t);
	if (r == 0)
		task->flying++;
	return r;
}

static void
expect(struct task *task, uint16_t tag, bool data)
{
	check("submit status", submit(task, &task->status, uas.status, tag, task->status_iu,
				       sizeof(task->status_iu)));
	if (data)
		check("submit data",
			submit(task, &task->data, uas.data, tag, task->block, sizeof(task->block)));
}

static void
command(struct task *task, uint16_t tag, uint8_t opcode, uint8_t block)
{
	unsigned char *iu = task->command_iu;

	memset(iu, 0, sizeof(task->command_iu));
	iu[0] = COMMAND_IU;
	iu[2] = tag >> 8;
	iu[3] = tag & 0xff;
	iu[16] = opcode;
	iu[16 + 5] = block;
	iu[16 + 8] = opcode == READ_10;
	check("submit command",
		submit(task, &task->command, uas.command, 0, iu, sizeof(task->command_iu)));
}

static void
finish(struct task *task)
{
	check("dispatch", worker_wait(device, &task->flying, 10000));
}

/* -1: that is no status of this tag. */
static int
status_of(const struct task *task, uint16_t tag)
{
	const unsigned char *iu = task->status_iu;

	check("command", task->command.status);
	check("status", task->status.status);
	if (task->status.actual < 7 || iu[0] != STATUS_IU || (iu[2] << 8 | iu[3]) != tag)
		return -1;
	return iu[6];
}

/* A device that has just come says so once before it obeys. */
static void
wait_ready(void)
{
	struct task task = {0};

	for (int i = 0; i < 5; i++) {
		expect(&task, 1, false);
		command(&task, 1, TEST_UNIT_READY, 0);
		finish(&task);
		if (status_of(&task, 1) == GOOD)
			return;
	}
	fail("ready", -EIO);
}

static int
read_blocks(void)
{
	_cleanup_free_ struct task *tasks = calloc(TAGS + 1, sizeof(*tasks));
	int r = 0;

	if (!tasks)
		return 1;
	uas.order[0] = '\0';
	for (unsigned tag = 1; tag <= TAGS; tag++)
		expect(&tasks[tag], tag, true);
	/* Not in the order of the transfers. One at a time: a disk with several commands is free to
	 * answer in any order. */
	for (unsigned tag = TAGS; tag >= 1; tag--) {
		command(&tasks[tag], tag, READ_10, tag);
		finish(&tasks[tag]);
	}
	printf("order:%s\n", uas.order);
	for (unsigned tag = 1; tag <= TAGS; tag++) {
		struct task *task = &tasks[tag];
		int status = status_of(task, tag);

		check("data", task->data.status);
		printf("stream %u: status %d, %zu bytes:", tag, status, task->data.actual);
		for (size_t i = 0; i < 16; i++)
			printf(" %02x", task->block[i]);
		printf("\n");
		if (status != GOOD || task->data.actual != BLOCK)
			r = 1;
	}
	return r;
}

static void
try_wrong(unsigned n)
{
	struct transfer t;
	unsigned char byte[1024];
	unsigned streams[] = {0, n + 1};

	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		printf("stream %u: %s\n", streams[i],
			strerrorname_np(
				-submit(NULL, &t, uas.data, streams[i], byte, sizeof(byte))));
	printf("again: %s\n", strerrorname_np(-backend_usb.alloc_streams(device, uas.data, 16)));
}

int
cmd_uas(char **arg)
{
	int n, r;

	uas.interface = number(arg[1]);
	uas.command = number(arg[2]);
	uas.status = number(arg[3]);
	uas.data = number(arg[4]);
	open_device(arg[0]);
	check("claim", backend_usb.claim(device, uas.interface));
	check("streams", backend_usb.alloc_streams(device, uas.status, 256));
	n = backend_usb.alloc_streams(device, uas.data, 256);
	check("streams", n);
	printf("%d streams\n", n);
	try_wrong(n);
	wait_ready();
	r = read_blocks();
	check("free", backend_usb.free_streams(device, uas.data));
	check("free", backend_usb.free_streams(device, uas.status));
	close_device();
	return r;
}

/* Allocates, frees, allocates, lets the alternate setting free them, frees in vain. */
int
cmd_streams(char **arg)
{
	uint8_t interface = number(arg[1]), endpoint = number(arg[2]);
	int n;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, interface));
	n = backend_usb.alloc_streams(device, endpoint, number(arg[3]));
	check("streams", n);
	printf("%d streams\n", n);
	check("free", backend_usb.free_streams(device, endpoint));
	check("streams again", backend_usb.alloc_streams(device, endpoint, number(arg[3])));
	check("alt", backend_usb.set_alternate(device, interface, 0));
	printf("after alt: %s\n", strerrorname_np(-backend_usb.free_streams(device, endpoint)));
	check("streams at last", backend_usb.alloc_streams(device, endpoint, number(arg[3])));
	close_device();
	return 0;
}
