/* SPDX-License-Identifier: MIT */
/*
 * The process that waits to unmount; see unmounter.h. A byte asks it, an int is its answer; the end
 * of the daemon is an end of file, and its own end: a daemon that was killed leaves its mount, so
 * that whoever works in it gets an error and not the directory below.
 */
#include "fs/unmounter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/confine.h"

static void
set_title(struct unmounter_title t, const char *mountpoint)
{
	char *end = t.argv[t.argc - 1] + strlen(t.argv[t.argc - 1]);
	size_t room = (size_t)(end - t.argv[0]);

	prctl(PR_SET_NAME, "usbfuse-umount");
	memset(t.argv[0], 0, room);
	snprintf(t.argv[0], room, "usbfuse: unmounts %s", mountpoint);
}

/* It outlives the terminal and the working directory, and must hold nothing. */
static void
let_go(int keep)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (dup2(keep, 3) < 0 || close_range(4, ~0u, 0) < 0 || chdir("/") < 0)
		_exit(EXIT_FAILURE);
}

static int
by_fusermount(const char *mountpoint)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-q", "-z", "--", mountpoint,
			(char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EPERM;
}

static int
unmount(const char *mountpoint)
{
	if (umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	return errno == EPERM ? by_fusermount(mountpoint) : -errno;
}

/* Who can unmount by himself needs nothing else. Best effort: what does not work here does not work
 * in the daemon either, which says so. */
static void
confine_unmounter(void)
{
	unsigned long long kept;

	if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) <= 0 || geteuid() != 0)
		return;
	if (confine_caps(1ULL << CAP_SYS_ADMIN, &kept) == 0 && kept && confine_no_new_privs() == 0)
		confine_seccomp_unmounter();
}

static _Noreturn void
serve(const char *mountpoint, bool confined)
{
	sigset_t all;
	char byte;

	/* Those of the terminal are meant for the daemon, which then asks. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (confined)
		confine_unmounter();
	while (read(3, &byte, 1) == 1) {
		int r = unmount(mountpoint);

		if (write(3, &r, sizeof(r)) != (ssize_t)sizeof(r))
			break;
	}
	_exit(EXIT_SUCCESS);
}

int
unmounter_start(
	struct unmounter *u, const char *mountpoint, struct unmounter_title title, bool confined)
{
	int pair[2];

	u->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	u->pid = fork();
	if (u->pid < 0) {
		int r = -errno;

		close(pair[0]);
		close(pair[1]);
		return r;
	}
	if (u->pid == 0) {
		set_title(title, mountpoint);
		let_go(pair[1]);
		serve(mountpoint, confined);
	}
	close(pair[1]);
	u->fd = pair[0];
	return 0;
}

int
unmounter_unmount(struct unmounter *u)
{
	int r;

	if (send(u->fd, "", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	return read(u->fd, &r, sizeof(r)) == (ssize_t)sizeof(r) ? r : -ESRCH;
}

void
unmounter_stop(struct unmounter *u)
{
	if (u->fd < 0)
		return;
	close(u->fd);
	u->fd = -1;
	waitpid(u->pid, NULL, 0);
}
