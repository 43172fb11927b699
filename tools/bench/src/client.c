/* SPDX-License-Identifier: MIT */
/*
 * Uses files as programs do, and prints in JSON what it cost: times in nanoseconds, and what the
 * processor did for this process and for the daemon PID (0: for none). Streams are measured after a
 * fifth of the time, once everything is under way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/src/client.h"

static const char usage[] =
	"usage: bench-client COMMAND\n"
	"  read PATH BLOCK SECONDS PID        \n"
	"  write PATH BLOCK SECONDS PID       \n"
	"  trip OUT IN SIZE COUNT             write, then read\n"
	"  reads PATH SIZE COUNT              reads, one at a time\n"
	"  writes PATH SIZE COUNT             \n"
	"  bot OUT IN SIZE SECONDS PID        a stick: READ (10), again and again\n"
	"  get PATH COUNT                     open, read, close\n"
	"  stat PATH COUNT                    \n"
	"  poll OUT IN SIZE COUNT             from a write to the end of a read after poll()\n"
	"  block COUNT PATH...                COUNT threads on each wait in read() until EOF on 0\n"
	"  start DIR COMMAND...               until COMMAND has ended and DIR is listed\n";

long long
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void
die(const char *what)
{
	fprintf(stderr, "bench-client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long
cpu_of(const char *pid)
{
	struct timespec ts;
	clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;

	if (pid && strcmp(pid, "0") == 0)
		return 0;
	if (pid && clock_getcpuclockid(atoi(pid), &clock) != 0)
		die("clock_getcpuclockid");
	if (clock_gettime(clock, &ts) < 0)
		die("clock_gettime");
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

void
print_times(long long *ns, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)ns[i];
	qsort(ns, n, sizeof(*ns), compare);
	printf("{\"median\": %lld, \"min\": %lld, \"p90\": %lld, \"mean\": %.0f}\n", ns[n / 2],
		ns[0], ns[n * 9 / 10], sum / (double)n);
}

static int
open_file(const char *path, int mode)
{
	int fd = open(path, mode);

	if (fd < 0)
		die(path);
	return fd;
}

static int
stream(char **arg, int writes)
{
	size_t block = strtoul(arg[1], NULL, 0);
	long long warm = (long long)(strtod(arg[2], NULL) * 2e8), begin, end, t, cpu, daemon;
	int fd = open_file(arg[0], writes ? O_WRONLY : O_RDONLY);
	unsigned long long bytes = 0, calls = 0;
	char *data = mmap(NULL, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		die("mmap");
	memset(data, 0, block);
	end = now() + warm;
	for (int measuring = 0; measuring < 2; measuring++) {
		begin = now();
		cpu = cpu_of(NULL);
		daemon = cpu_of(arg[3]);
		bytes = calls = 0;
		do {
			ssize_t n = writes ? write(fd, data, block) : read(fd, data, block);

			if (n <= 0)
				die(arg[0]);
			bytes += (size_t)n;
			calls++;
			t = now();
		} while (t < end);
		end = t + 4 * warm;
	}
	printf("{\"bytes\": %llu, \"calls\": %llu, \"ns\": %lld, \"cpu\": %lld, \"daemon\": "
	       "%lld}\n",
		bytes, calls, t - begin, cpu_of(NULL) - cpu, cpu_of(arg[3]) - daemon);
	close(fd);
	return 0;
}

static int
cmd_read(char **arg)
{
	return stream(arg, 0);
}

static int
cmd_write(char **arg)
{
	return stream(arg, 1);
}

static void
trip(int out, int in, char *data, size_t size)
{
	if (out >= 0 && write(out, data, size) != (ssize_t)size)
		die("write");
	for (size_t got = 0; in >= 0 && got < size;) {
		ssize_t n = read(in, data, size - got);

		if (n <= 0)
			die("read");
		got += (size_t)n;
	}
}

static int
trips(int out, int in, char **arg)
{
	size_t size = strtoul(arg[0], NULL, 0), count = strtoul(arg[1], NULL, 0);
	long long *ns = calloc(count, sizeof(*ns));
	char *data = calloc(1, size);

	for (size_t i = 0; i < 1 + count / 10; i++)
		trip(out, in, data, size);
	for (size_t i = 0; i < count; i++) {
		long long begin = now();

		trip(out, in, data, size);
		ns[i] = now() - begin;
	}
	print_times(ns, count);
	free(data);
	free(ns);
	return 0;
}

static int
cmd_trip(char **arg)
{
	return trips(open_file(arg[0], O_WRONLY), open_file(arg[1], O_RDONLY), arg + 2);
}

static int
cmd_reads(char **arg)
{
	return trips(-1, open_file(arg[0], O_RDONLY), arg + 1);
}

static int
cmd_writes(char **arg)
{
	return trips(open_file(arg[0], O_WRONLY), -1, arg + 1);
}

static void
move(int fd, void *data, size_t size, int writes)
{
	for (size_t got = 0; got < size;) {
		char *at = (char *)data + got;
		ssize_t n = writes ? write(fd, at, size - got) : read(fd, at, size - got);

		if (n <= 0)
			die(writes ? "write" : "read");
		got += (size_t)n;
	}
}

static int
cmd_bot(char **arg)
{
	enum { BLOCK = 512, BLOCKS = 8192 * 2 /* of the stick of tools/vm */ };
	int out = open_file(arg[0], O_WRONLY), in = open_file(arg[1], O_RDONLY);
	size_t size = strtoul(arg[2], NULL, 0), blocks = size / BLOCK, at = 0;
	long long warm = (long long)(strtod(arg[3], NULL) * 2e8), begin, end, t, cpu, daemon;
	unsigned long long bytes = 0;
	unsigned char *data = calloc(1, size), status[13];
	unsigned char cbw[31] = {'U', 'S', 'B', 'C', 1, 0, 0, 0, size & 255, size >> 8 & 255,
		size >> 16 & 255, size >> 24, 0x80, 0, 10, 0x28};

	cbw[22] = (unsigned char)(blocks >> 8);
	cbw[23] = (unsigned char)blocks;
	end = now() + warm;
	for (int measuring = 0; measuring < 2; measuring++) {
		begin = now();
		cpu = cpu_of(NULL);
		daemon = cpu_of(arg[4]);
		bytes = 0;
		do {
			cbw[19] = (unsigned char)(at >> 8);
			cbw[20] = (unsigned char)at;
			at = (at + blocks) % BLOCKS;
			move(out, cbw, sizeof(cbw), 1);
			move(in, data, size, 0);
			move(in, status, sizeof(status), 0);
			bytes += size;
			t = now();
		} while (t < end);
		end = t + 4 * warm;
	}
	printf("{\"bytes\": %llu, \"ns\": %lld, \"cpu\": %lld, \"daemon\": %lld}\n", bytes,
		t - begin, cpu_of(NULL) - cpu, cpu_of(arg[4]) - daemon);
	free(data);
	return 0;
}

static void
get(const char *path)
{
	char data[4096];
	int fd = open_file(path, O_RDONLY);

	if (read(fd, data, sizeof(data)) < 0)
		die(path);
	close(fd);
}

static void
look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		die(path);
}

static int
repeat(char **arg, void (*what)(const char *path))
{
	size_t count = strtoul(arg[1], NULL, 0);
	long long *ns = calloc(count, sizeof(*ns));

	what(arg[0]);
	for (size_t i = 0; i < count; i++) {
		long long begin = now();

		what(arg[0]);
		ns[i] = now() - begin;
	}
	print_times(ns, count);
	free(ns);
	return 0;
}

static int
cmd_get(char **arg)
{
	return repeat(arg, get);
}

static int
cmd_stat(char **arg)
{
	return repeat(arg, look);
}

static const struct {
	const char *name;
	int args; /* at least */
	int (*run)(char **arg);
} commands[] = {
	{"read", 4, cmd_read},
	{"write", 4, cmd_write},
	{"trip", 4, cmd_trip},
	{"reads", 3, cmd_reads},
	{"writes", 3, cmd_writes},
	{"bot", 5, cmd_bot},
	{"get", 2, cmd_get},
	{"stat", 2, cmd_stat},
	{"poll", 4, cmd_poll},
	{"block", 2, cmd_block},
	{"start", 2, cmd_start},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].args)
			return commands[i].run(argv + 2);
	fputs(usage, stderr);
	return 2;
}
