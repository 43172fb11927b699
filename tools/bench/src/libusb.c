/* SPDX-License-Identifier: MIT */
/*
 * The alternative: a program of one's own with libusb. Prints the same as bench-client.
 *
 *     bench-libusb sync DEV EP SIZE SECONDS            one transfer after the other
 *     bench-libusb async DEV EP SIZE SECONDS DEPTH     DEPTH in flight
 *     bench-libusb mapped ...                          likewise, in memory of the kernel's
 *     bench-libusb trip DEV OUT IN SIZE COUNT          write, then read
 *     bench-libusb control DEV COUNT                   read the device descriptor
 *     bench-libusb bot DEV OUT IN SIZE SECONDS         a stick: READ (10), again and again
 *
 * DEV is named as in sysfs ("3-1"), endpoints are in hex.
 */
#include <libusb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/bench/src/device.h"

enum { TIMEOUT_MS = 10000, BLOCK = 512 };

static long long begin, end, cpu, idle, warm;
static unsigned long long bytes, calls;
static unsigned flying;
static bool measuring;

static long long
read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long
now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Of all processors together, since the machine was started. */
static long long
read_idle(void)
{
	FILE *file = fopen("/proc/uptime", "re");
	double seconds = 0;

	if (!file || fscanf(file, "%*f %lf", &seconds) != 1)
		perror("bench-libusb: /proc/uptime");
	if (file)
		fclose(file);
	return (long long)(seconds * 1e9);
}

static void
start_clock(const char *seconds)
{
	warm = (long long)(strtod(seconds, NULL) * 2e8);
	begin = now();
	end = begin + warm;
}

/* N bytes more. False: time is over. */
static bool
count(int n)
{
	long long t = now();

	bytes += (unsigned)n;
	calls++;
	if (t < end)
		return true;
	if (measuring)
		return false;
	measuring = true;
	bytes = calls = 0;
	begin = t;
	end = t + 4 * warm;
	cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	idle = read_idle();
	return true;
}

static void
print_stream(void)
{
	printf("{\"bytes\": %llu, \"calls\": %llu, \"ns\": %lld, \"cpu\": %lld, \"daemon\": 0, "
	       "\"idle\": %lld}\n",
		bytes, calls, now() - begin, read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu,
		read_idle() - idle);
}

static int
compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

static void
print_times(long long *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), compare);
	printf("{\"median\": %lld, \"min\": %lld, \"p90\": %lld}\n", ns[n / 2], ns[0],
		ns[n * 9 / 10]);
}

static void
cmd_sync(char **arg)
{
	unsigned char endpoint = (unsigned char)strtoul(arg[1], NULL, 16);
	int size = atoi(arg[2]), n = 0;
	unsigned char *data = calloc(1, (size_t)size);

	device_claim(endpoint);
	start_clock(arg[3]);
	do
		device_check("transfer",
			libusb_bulk_transfer(device_handle, endpoint, data, size, &n, TIMEOUT_MS));
	while (count(n));
	print_stream();
	free(data);
}

static void LIBUSB_CALL
transfer_done(struct libusb_transfer *t)
{
	if (t->status == LIBUSB_TRANSFER_COMPLETED && count(t->actual_length) &&
		libusb_submit_transfer(t) == 0)
		return;
	if (t->status != LIBUSB_TRANSFER_COMPLETED && t->status != LIBUSB_TRANSFER_CANCELLED)
		fprintf(stderr, "bench-libusb: a transfer ended with %d\n", t->status);
	flying--;
}

static void
run_async(char **arg, bool mapped)
{
	unsigned char endpoint = (unsigned char)strtoul(arg[1], NULL, 16);
	int size = atoi(arg[2]);
	unsigned depth = (unsigned)atoi(arg[4]), whole;
	struct libusb_transfer **all = calloc(depth, sizeof(struct libusb_transfer *));

	device_claim(endpoint);
	start_clock(arg[3]);
	for (unsigned i = 0; i < depth; i++) {
		unsigned char *data = mapped ? libusb_dev_mem_alloc(device_handle, (size_t)size)
					     : calloc(1, (size_t)size);

		if (!data)
			device_check("memory", LIBUSB_ERROR_NO_MEM);
		all[i] = libusb_alloc_transfer(0);
		libusb_fill_bulk_transfer(
			all[i], device_handle, endpoint, data, size, transfer_done, NULL, 0);
		device_check("submit", libusb_submit_transfer(all[i]));
		flying++;
	}
	whole = flying;
	while (flying == whole)
		device_check("events", libusb_handle_events_completed(NULL, NULL));
	print_stream();
	for (unsigned i = 0; i < depth; i++)
		libusb_cancel_transfer(all[i]);
	while (flying)
		device_check("events", libusb_handle_events_completed(NULL, NULL));
}

static void
cmd_async(char **arg)
{
	run_async(arg, false);
}

static void
cmd_mapped(char **arg)
{
	run_async(arg, true);
}

static void
bulk(unsigned char endpoint, void *data, int size)
{
	int n;

	device_check("transfer",
		libusb_bulk_transfer(device_handle, endpoint, data, size, &n, TIMEOUT_MS));
}

static void
cmd_trip(char **arg)
{
	unsigned char out = (unsigned char)strtoul(arg[1], NULL, 16);
	unsigned char in = (unsigned char)strtoul(arg[2], NULL, 16);
	int size = atoi(arg[3]), times = atoi(arg[4]);
	long long *ns = calloc((size_t)times, sizeof(*ns));
	/* A device that sends more than is asked for babbles: whole packets are asked for. */
	unsigned char *data = calloc(1, (size_t)size + 1024);

	device_claim(in);
	for (int i = -1 - times / 10; i < times; i++) {
		long long start = now();

		bulk(out, data, size);
		bulk(in, data, (size + 1023) / 1024 * 1024);
		if (i >= 0)
			ns[i] = now() - start;
	}
	print_times(ns, (size_t)times);
	free(data);
	free(ns);
}

static void
cmd_control(char **arg)
{
	int times = atoi(arg[1]);
	long long *ns = calloc((size_t)times, sizeof(*ns));
	unsigned char data[18];

	for (int i = 0; i < times; i++) {
		long long start = now();

		device_check("control", libusb_control_transfer(device_handle, 0x80, 6, 0x100, 0,
						data, sizeof(data), TIMEOUT_MS));
		ns[i] = now() - start;
	}
	print_times(ns, (size_t)times);
	free(ns);
}

static void
cmd_bot(char **arg)
{
	unsigned char out = (unsigned char)strtoul(arg[1], NULL, 16);
	unsigned char in = (unsigned char)strtoul(arg[2], NULL, 16);
	unsigned size = (unsigned)atoi(arg[3]), blocks = size / BLOCK, at = 0;
	unsigned char *data = calloc(1, size), status[13];
	unsigned char cbw[31] = {'U', 'S', 'B', 'C', 1, 0, 0, 0, size & 255, size >> 8 & 255,
		size >> 16 & 255, size >> 24, 0x80, 0, 10, 0x28};

	device_claim(in);
	cbw[22] = (unsigned char)(blocks >> 8);
	cbw[23] = (unsigned char)blocks;
	start_clock(arg[4]);
	do {
		cbw[19] = (unsigned char)(at >> 8);
		cbw[20] = (unsigned char)at;
		/* The stick of tools/vm has 8 MiB. */
		at = (at + blocks) % (8192 * 2);
		bulk(out, cbw, sizeof(cbw));
		bulk(in, data, (int)size);
		bulk(in, status, sizeof(status));
	} while (count((int)size));
	print_stream();
	free(data);
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **arg);
} commands[] = {
	{"sync", 4, cmd_sync},
	{"async", 5, cmd_async},
	{"mapped", 5, cmd_mapped},
	{"trip", 5, cmd_trip},
	{"control", 2, cmd_control},
	{"bot", 5, cmd_bot},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0 || argc - 2 != commands[i].args)
			continue;
		device_open(argv[2]);
		commands[i].run(argv + 2);
		/* The kernel releases the interface, and gives it back to its driver. */
		libusb_close(device_handle);
		libusb_exit(NULL);
		return 0;
	}
	fprintf(stderr, "usage: bench-libusb COMMAND DEV ...\n");
	return 2;
}
