/* SPDX-License-Identifier: MIT */
/* The commands of bench-client that wait for others: pollers, blocked readers, a daemon's start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bench/src/client.h"

extern char **environ;

struct poller {
	int out, in;
	size_t size, count;
	char *data;
	long long done; /* when the last read returned */
	pid_t tid;
	sem_t go, finished;
};

static void *
run_poller(void *argument)
{
	struct poller *p = argument;
	char *data = malloc(p->size);

	p->tid = gettid();
	for (size_t i = 0; i < p->count; i++) {
		struct pollfd fd = {.fd = p->in, .events = POLLIN};

		sem_post(&p->go);
		if (poll(&fd, 1, -1) < 0)
			die("poll");
		for (size_t got = 0; got < p->size;) {
			ssize_t n = read(p->in, data, p->size - got);

			if (n <= 0)
				die("read");
			got += (size_t)n;
		}
		p->done = now();
		sem_post(&p->finished);
	}
	free(data);
	return NULL;
}

/* Is the thread asleep? It is in poll() then, because it has said that it goes there. */
static int
asleep(pid_t tid)
{
	char path[64], text[512], *state;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (!f)
		die(path);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	state = strrchr(text, ')');
	return state && state[1] && state[2] == 'S';
}

static int
open_file(const char *path, int mode)
{
	int fd = open(path, mode);

	if (fd < 0)
		die(path);
	return fd;
}

int
cmd_poll(char **arg)
{
	struct poller p = {
		.size = strtoul(arg[2], NULL, 0),
		.count = strtoul(arg[3], NULL, 0),
	};
	long long *ns = calloc(p.count, sizeof(*ns));
	pthread_t thread;

	p.out = open_file(arg[0], O_WRONLY);
	p.in = open_file(arg[1], O_RDONLY);
	p.data = calloc(1, p.size);
	sem_init(&p.go, 0, 0);
	sem_init(&p.finished, 0, 0);
	if (pthread_create(&thread, NULL, run_poller, &p) != 0)
		die("pthread_create");
	for (size_t i = 0; i < p.count; i++) {
		const struct timespec rest = {.tv_nsec = 500000};
		long long begin;

		sem_wait(&p.go);
		/* On its way into poll() it may sleep for the answer of the daemon: a second look
		 * makes it likely that it is there. */
		do
			nanosleep(&rest, NULL);
		while (!asleep(p.tid));
		begin = now();
		if (write(p.out, p.data, p.size) != (ssize_t)p.size)
			die("write");
		sem_wait(&p.finished);
		ns[i] = p.done - begin;
	}
	pthread_join(thread, NULL);
	print_times(ns, p.count);
	free(p.data);
	free(ns);
	return 0;
}

static void *
run_blocked(void *argument)
{
	char byte;
	int fd = open_file(argument, O_RDONLY);

	(void)!read(fd, &byte, 1);
	return NULL;
}

int
cmd_block(char **arg)
{
	size_t count = strtoul(arg[0], NULL, 0);
	struct rlimit files;
	pthread_attr_t attr;
	pthread_t thread;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	for (char **path = arg + 1; *path; path++)
		for (size_t i = 0; i < count; i++)
			if (pthread_create(&thread, &attr, run_blocked, *path) != 0)
				die("pthread_create");
	printf("started\n");
	fflush(stdout);
	(void)!read(0, &byte, 1);
	/* They wait in read() for ever. */
	_exit(0);
}

int
cmd_start(char **arg)
{
	long long begin = now(), mounted;
	unsigned entries = 0;
	int status;
	pid_t pid;
	DIR *dir;

	if (posix_spawn(&pid, arg[1], NULL, NULL, arg + 1, environ) != 0)
		die(arg[1]);
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		die(arg[1]);
	mounted = now();
	dir = opendir(arg[0]);
	if (!dir)
		die(arg[0]);
	while (readdir(dir))
		entries++;
	closedir(dir);
	printf("{\"ns\": %lld, \"mounted\": %lld, \"entries\": %u}\n", now() - begin,
		mounted - begin, entries);
	return 0;
}
