/* SPDX-License-Identifier: MIT */
/* fs/confine*.c and backend/util/allow.c: each test confines its own process, and tries. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "backend/util/allow.h"
#include "fs/confine.h"
#include "tests/unit/test.h"

#define SECRET "/etc/passwd"

static char dir[] = "/tmp/usbfuse-confine-XXXXXX";

/* Who is confined cannot clean up, nor send a signal: so somebody waits for the end of him. */
static void
clean_up_later(void)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, getpid(), 0), .events = POLLIN};
	pid_t pid = fork();

	CHECK(end.fd >= 0 && pid >= 0);
	if (pid > 0) {
		close(end.fd);
		return;
	}
	close(STDOUT_FILENO);
	poll(&end, 1, -1);
	execlp("rm", "rm", "-rf", dir, (char *)NULL);
	_exit(1);
}

/* The framework looks at /proc/self/fd when the test is over. */
static void
set_up(void)
{
	CHECK(mkdtemp(dir));
	clean_up_later();
	CHECK_EQ(chdir(dir), 0);
	CHECK_EQ(mkdir("mine", 0700), 0);
	CHECK_EQ(mkdir("read", 0700), 0);
	CHECK_EQ(mkdir("other", 0700), 0);
	CHECK_EQ(close(creat("read/file", 0600)), 0);
	CHECK_EQ(close(creat("other/file", 0600)), 0);
	CHECK_EQ(close(creat("single", 0600)), 0);
	CHECK_EQ(allow_path("/proc", ALLOW_READ), 0);
}

static bool
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		CHECK_EQ(errno, EACCES);
	else
		close(fd);
	return fd >= 0;
}

static void
need_landlock(void)
{
	int abi, r;

	if (CONFINE_SANITIZED)
		test_skip("a sanitizer may read everything");
	r = confine_no_new_privs();
	CHECK_EQ(r, 0);
	r = confine_landlock(&abi);
	allow_clear();
	if (r == -EOPNOTSUPP)
		test_skip("this kernel has no Landlock");
	CHECK_EQ(r, 0);
	CHECK(abi >= 1);
}

TEST(files_that_are_not_allowed)
{
	set_up();
	CHECK_EQ(allow_path("mine", ALLOW_READ | ALLOW_MAKE), 0);
	CHECK_EQ(allow_path("read", ALLOW_READ), 0);
	CHECK_EQ(allow_path("single", ALLOW_READ | ALLOW_WRITE), 0);
	need_landlock();

	CHECK(try_open("mine/new", O_RDWR | O_CREAT));
	CHECK(try_open("mine/new", O_RDWR | O_TRUNC));
	CHECK_EQ(rename("mine/new", "mine/newer"), 0);
	CHECK_EQ(unlink("mine/newer"), 0);
	CHECK(try_open("single", O_RDWR));
	CHECK(try_open("read/file", O_RDONLY));
	CHECK(try_open("read", O_RDONLY | O_DIRECTORY));

	CHECK(!try_open("read/file", O_WRONLY));
	CHECK(!try_open("read/new", O_WRONLY | O_CREAT));
	CHECK(unlink("read/file") < 0 && errno == EACCES);
	CHECK(!try_open("other/file", O_RDONLY));
	CHECK(!try_open("other", O_RDONLY | O_DIRECTORY));
	CHECK(!try_open(SECRET, O_RDONLY));
	CHECK(!try_open("/dev/null", O_WRONLY));
	CHECK(rename("read/file", "mine/file") < 0);
	CHECK(mkdir("mine/directory", 0700) < 0 && errno == EACCES);
	/* Nor can what is mounted be changed. */
	CHECK(umount2("/proc", MNT_DETACH) < 0 && errno == EPERM);
}

TEST(files_that_are_open_stay_usable)
{
	int fd;

	set_up();
	fd = open(SECRET, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	need_landlock();
	CHECK(read(fd, dir, 1) == 1);
	close(fd);
}

TEST(what_is_not_there_yet)
{
	set_up();
	CHECK_EQ(allow_path("mine/deep/deeper", ALLOW_READ | ALLOW_MAKE), 0);
	CHECK_EQ(allow_beside("read/file", ALLOW_READ), 0);
	need_landlock();
	CHECK(try_open("mine/new", O_RDWR | O_CREAT));
	CHECK(try_open("read/file", O_RDONLY));
	CHECK(!try_open("other/file", O_RDONLY));
}

TEST(what_is_allowed)
{
	const struct allowed *all;
	size_t n;

	CHECK_EQ(allow_path("", ALLOW_READ), -ENOENT);
	CHECK_EQ(allow_path("nowhere/at/all", ALLOW_READ), 0);
	CHECK_EQ(allow_path("/nowhere/at/all", ALLOW_READ), 0);
	CHECK_EQ(allow_path(SECRET "/below", ALLOW_WRITE), 0);
	CHECK_EQ(allow_beside(SECRET, ALLOW_WRITE), 0);
	all = allow_list(&n);
	CHECK_EQ(n, 4);
	CHECK(all[0].directory && all[1].directory && !all[2].directory && all[3].directory);
	allow_clear();
	CHECK((all = allow_list(&n), n == 0));
}

/* ---- system calls ---- */

static void
need_seccomp(bool report)
{
	int r;

	CHECK_EQ(confine_no_new_privs(), 0);
	r = confine_seccomp(report);
	if (r == -EOPNOTSUPP)
		test_skip("no seccomp on this machine, or in this build");
	CHECK_EQ(r, 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE) < 0 ? errno : 0, EPERM); /* it is in force */
}

#define REFUSED(call)                                                                              \
	do {                                                                                       \
		errno = 0;                                                                         \
		CHECK_EQ((long)(call), -1);                                                        \
		CHECK_EQ(errno, EPERM);                                                            \
	} while (0)

TEST(calls_that_nobody_needs)
{
	char *const none[] = {NULL};

	need_seccomp(false);
	REFUSED(execve("/bin/true", none, none));
	REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	REFUSED(mount("none", "/mnt", "tmpfs", 0, NULL));
	REFUSED(umount2("/mnt", 0));
	REFUSED(unshare(CLONE_NEWUSER));
	REFUSED(setuid(0));
	REFUSED(kill(getppid(), 0));
	REFUSED(syscall(SYS_tgkill, getppid(), getppid(), 0));
	REFUSED(syscall(SYS_bpf, 0, NULL, 0));
	REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	REFUSED(syscall(SYS_io_uring_setup, 1, NULL));
	REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_PACKET, SOCK_RAW, 0));
	REFUSED(ioctl(STDIN_FILENO, TIOCSTI, "x"));
	REFUSED(prctl(PR_SET_DUMPABLE, 1));
	REFUSED(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	REFUSED(fork());
	/* What the kernel may get one day, and the C library tries. */
	CHECK(syscall(2000) < 0 && errno == ENOSYS);
}

static void *
be_a_thread(void *arg)
{
	REFUSED(setuid(0));
	return arg;
}

TEST(calls_that_are_needed)
{
	pthread_t thread;
	void *got;
	int fd;

	need_seccomp(false);
	CHECK_EQ(pthread_create(&thread, NULL, be_a_thread, dir), 0);
	CHECK_EQ(pthread_join(thread, &got), 0);
	CHECK(got == dir);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(prctl(PR_SET_NAME, "confined"), 0);
	CHECK(!isatty(-1) && errno == EBADF);
	CHECK_EQ(raise(0), 0);
	free(malloc(64 << 20));
}

TEST(a_refusal_is_told)
{
	char said[200] = "";
	int p[2], stderr_copy = dup(STDERR_FILENO);

	CHECK_EQ(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	close(p[1]);
	need_seccomp(true);
	REFUSED(setuid(0));
	REFUSED(fork());
	CHECK(read(p[0], said, sizeof(said) - 1) > 0);
	close(p[0]);
	dup2(stderr_copy, STDERR_FILENO);
	close(stderr_copy);
	CHECK(strstr(said, "usbfuse: error: refused system call 1"));
}

/* ---- the rest ---- */

static unsigned long long
status(const char *key)
{
	unsigned long long value = 0;
	char line[200];
	FILE *f = fopen("/proc/self/status", "re");

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':')
			value = strtoull(strchr(line, ':') + 1, NULL, 16);
	fclose(f);
	return value;
}

TEST(capabilities)
{
	unsigned long long keep = 1ULL << CAP_DAC_OVERRIDE, had = status("CapPrm"), kept = 1;
	bool may = had & 1ULL << CAP_SETPCAP;

	CHECK_EQ(confine_caps(keep, &kept), 0);
	CHECK_EQ(kept, had & keep);
	CHECK_EQ(status("CapPrm"), kept);
	CHECK_EQ(status("CapEff"), kept);
	CHECK_EQ(status("CapInh"), 0);
	CHECK_EQ(status("CapAmb"), 0);
	if (may)
		CHECK_EQ(status("CapBnd"), 0);
	CHECK_EQ(confine_caps(0, &kept), 0);
	CHECK_EQ(kept, 0);
	CHECK_EQ(status("CapPrm"), 0);
}

TEST(all_of_it)
{
	char *said = NULL, *why = NULL;

	set_up();
	CHECK_EQ(confine(CONFINE_ALL, false, &said, &why), 0);
	CHECK(strstr(said, "caps ") == said && strstr(said, ", no_new_privs, "));
	CHECK_EQ(status("NoNewPrivs"), 1);
	CHECK_EQ(status("Seccomp"), strstr(said, "no seccomp") ? 0 : 2);
	if (!strstr(said, "no landlock") && !CONFINE_SANITIZED)
		CHECK(!try_open(SECRET, O_RDONLY));
	free(said);
}

TEST(none_of_it)
{
	char *said = NULL, *why = NULL;

	set_up();
	CHECK_EQ(confine(0, false, &said, &why), 0);
	CHECK_STR(said, "all caps, not no_new_privs, no landlock, no seccomp");
	CHECK(try_open(SECRET, O_RDONLY));
	free(said);
}

TEST(the_option)
{
	char *why = NULL;
	unsigned parts = 99;

	CHECK_EQ(confine_parse("none", &parts, &why), 0);
	CHECK_EQ(parts, 0);
	CHECK_EQ(confine_parse("all", &parts, &why), 0);
	CHECK_EQ(parts, CONFINE_ALL);
	CHECK_EQ(confine_parse("caps:landlock", &parts, &why), 0);
	CHECK_EQ(parts, CONFINE_CAPS | CONFINE_LANDLOCK | CONFINE_NO_NEW_PRIVS);
	CHECK_EQ(confine_parse("caps", &parts, &why), 0);
	CHECK_EQ(parts, CONFINE_CAPS);
	CHECK_EQ(confine_parse("caps:nonsense", &parts, &why), -EINVAL);
	CHECK_STR(why, "confine=caps:nonsense: 'nonsense' is none of all, none, caps, "
		       "no_new_privs, landlock, seccomp");
	free(why);
	CHECK_EQ(confine_parse("", &parts, &why), -EINVAL);
	free(why);
	CHECK_EQ(parts, CONFINE_CAPS);
}
