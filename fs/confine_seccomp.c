/* SPDX-License-Identifier: MIT */
/*
 * seccomp: which system calls there are. See confine.h.
 *
 * It is a list of what this program, its libraries and the C library use, everything else fails:
 * with EPERM, and what is younger than this file with ENOSYS, so that a newer C library takes the
 * older call. Nothing is killed, so that a call that is missing here costs a function and not the
 * mount. The kernel's log has each refusal, and with -d standard error as well, which is how the
 * tests notice.
 */
#include "fs/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "backend/util/macro.h"

/* What tells the machine's calls from those of another one that the same processor can do, and
 * where a signal's handler finds what the interrupted call returns. */
#if defined(__x86_64__) && defined(__LP64__)
#define MACHINE   AUDIT_ARCH_X86_64
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__) && defined(__AARCH64EL__) && defined(__LP64__)
#define MACHINE   AUDIT_ARCH_AARCH64
#define RESULT(u) ((u)->uc_mcontext.regs[0])
#endif

#if defined(MACHINE) && !CONFINE_SANITIZED

enum {
	FILTER_MAX = 400,
	/* cachestat(2), of Linux 6.5. All machines have had the same numbers since Linux 5.0. */
	YOUNGEST = 451,
};

/* ---- the lists ---- */

/* Whatever their arguments are. What some machines lack is older than what the others have. */
/* clang-format off */
static const int plain[] = {
	/* what is open */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_lseek,
	SYS_close, SYS_fcntl, SYS_dup, SYS_dup3, SYS_fsync, SYS_fdatasync, SYS_ftruncate,
	SYS_splice, SYS_vmsplice, SYS_pipe2,
	/* files: Landlock says which */
	SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat,
	SYS_readlinkat, SYS_getdents64, SYS_unlinkat, SYS_mkdirat, SYS_renameat, SYS_getxattr,
	SYS_lgetxattr, SYS_getcwd, SYS_chdir, SYS_flock,
	/* nodes whose permissions change */
	SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch,
	/* waiting */
	SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2,
	SYS_signalfd4, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
	SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres,
	SYS_gettimeofday, SYS_restart_syscall,
	/* sockets: udev, the log, the simulated bus; socket() is below */
	SYS_bind, SYS_listen, SYS_accept4, SYS_connect, SYS_shutdown, SYS_getsockname,
	SYS_getpeername, SYS_getsockopt, SYS_setsockopt, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
	SYS_recvfrom, SYS_recvmsg,
	/* threads and memory; clone(), mmap() and mprotect() are below */
	SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity,
	SYS_membarrier, SYS_gettid, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid, SYS_munmap,
	SYS_mremap, SYS_madvise, SYS_brk, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_sigaltstack,
	/* facts */
	SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups,
	SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_getrusage,
#ifdef SYS_renameat2
	SYS_renameat2,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_epoll_pwait2
	SYS_epoll_pwait2,
#endif
/* What only the elder machines have. */
#ifdef SYS_open
	SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_unlink, SYS_mkdir,
	SYS_rename, SYS_poll, SYS_select, SYS_epoll_wait, SYS_epoll_create, SYS_dup2, SYS_pipe,
	SYS_time,
#endif
};
/* clang-format on */

/* An argument that has to be one of two values. */
static const struct {
	int call, argument;
	uint32_t value[2];
} chosen[] = {
	{SYS_socket, 0, {AF_UNIX, AF_NETLINK}},
	/* The C library names memory, where the kernel can do that. */
	{SYS_prctl, 0, {PR_SET_NAME, PR_SET_VMA}},
	/* Limits are looked at, and of ourselves only. */
	{SYS_prlimit64, 2, {0, 0}},
};

/* Bits of an argument that must be there, or must not. */
static const struct {
	int call, argument;
	uint32_t bits;
	bool there;
} masked[] = {
	/* A thread, and not a process. */
	{SYS_clone, 0, CLONE_THREAD, true},
	/* No new code. */
	{SYS_mmap, 2, PROT_EXEC, false},
	{SYS_mprotect, 2, PROT_EXEC, false},
};

/* The class of an ioctl: usbfs, FUSE, and the terminals', of which only one is harmless. */
enum { CLASS_MASK = 0xff00, CLASS_USB = 'U' << 8, CLASS_FUSE = 229 << 8 };

/* For the process that unmounts. */
static const int unmounting[] = {
	SYS_read,
	SYS_write,
	SYS_umount2,
	SYS_exit_group,
	SYS_restart_syscall,
	SYS_rt_sigreturn,
};

/* ---- the filter ---- */

struct filter {
	struct sock_filter code[FILTER_MAX];
	unsigned short len;
	uint32_t refuse; /* the verdict */
};

static void
put(struct filter *f, uint16_t code, uint32_t k, unsigned if_so, unsigned if_not)
{
	if (f->len < FILTER_MAX)
		f->code[f->len] = (struct sock_filter){code, (uint8_t)if_so, (uint8_t)if_not, k};
	f->len++;
}

static void
load(struct filter *f, size_t offset)
{
	put(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half: all arguments that are looked at are ints, or flags that are in there. */
static void
load_argument(struct filter *f, int i)
{
	load(f, offsetof(struct seccomp_data, args) + 8 * (size_t)i);
}

static void
jump(struct filter *f, uint16_t test, uint32_t k, unsigned if_so, unsigned if_not)
{
	put(f, BPF_JMP | test | BPF_K, k, if_so, if_not);
}

static void
verdict(struct filter *f, uint32_t v)
{
	put(f, BPF_RET | BPF_K, v, 0, 0);
}

/* Leaves the call's number in the accumulator. */
static void
begin(struct filter *f)
{
	f->len = 0;
	load(f, offsetof(struct seccomp_data, arch));
	jump(f, BPF_JEQ, MACHINE, 1, 0);
	verdict(f, f->refuse);
	load(f, offsetof(struct seccomp_data, nr));
}

static void
allow(struct filter *f, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		jump(f, BPF_JEQ, (uint32_t)calls[i], 0, 1);
		verdict(f, SECCOMP_RET_ALLOW);
	}
}

static void
allow_chosen(struct filter *f, int call, int argument, const uint32_t value[2])
{
	jump(f, BPF_JEQ, (uint32_t)call, 0, 5);
	load_argument(f, argument);
	jump(f, BPF_JEQ, value[0], 2, 0);
	jump(f, BPF_JEQ, value[1], 1, 0);
	verdict(f, f->refuse);
	verdict(f, SECCOMP_RET_ALLOW);
}

static void
allow_masked(struct filter *f, int call, int argument, uint32_t bits, bool there)
{
	jump(f, BPF_JEQ, (uint32_t)call, 0, 4);
	load_argument(f, argument);
	jump(f, BPF_JSET, bits, there ? 1 : 0, there ? 0 : 1);
	verdict(f, f->refuse);
	verdict(f, SECCOMP_RET_ALLOW);
}

static void
allow_ioctl(struct filter *f)
{
	jump(f, BPF_JEQ, SYS_ioctl, 0, 8);
	load_argument(f, 1);
	jump(f, BPF_JEQ, TCGETS, 5, 0);
	jump(f, BPF_JEQ, FIONREAD, 4, 0);
	put(f, BPF_ALU | BPF_AND | BPF_K, CLASS_MASK, 0, 0);
	jump(f, BPF_JEQ, CLASS_USB, 2, 0);
	jump(f, BPF_JEQ, CLASS_FUSE, 1, 0);
	verdict(f, f->refuse);
	verdict(f, SECCOMP_RET_ALLOW);
}

/* Signals to ourselves: abort(). */
static void
allow_own_signals(struct filter *f)
{
	const uint32_t own[2] = {(uint32_t)getpid(), (uint32_t)getpid()};

	allow_chosen(f, SYS_tgkill, 0, own);
}

/* What the C library tries, to fall back on something older: on clone(), whose flags can be looked
 * at, instead of clone3(). The verdicts on these, and on all others. */
static void
too_young(struct filter *f, uint32_t young, uint32_t rest)
{
	jump(f, BPF_JEQ, SYS_clone3, 1, 0);
	jump(f, BPF_JGT, YOUNGEST, 0, 1);
	verdict(f, young);
	verdict(f, rest);
}

static int
install(struct filter *f, unsigned flags)
{
	struct sock_fprog program = {.len = f->len, .filter = f->code};
	long r;

	if (f->len > FILTER_MAX)
		return -E2BIG;
	/* No mitigations against programs that spy on themselves: there is no foreign code here,
	 * and they cost time. */
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		&program);
	if (r > 0)
		return -EBUSY; /* another thread has a filter of its own */
	if (r < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	return 0;
}

/* ---- telling ---- */

/* Of what a handler may call only write() is of use here. */
static void
on_refused(int sig, siginfo_t *info, void *context)
{
	static const char head[] = "usbfuse: error: refused system call ";
	ucontext_t *where = context;
	char line[sizeof(head) + 16], digits[12];
	unsigned call = (unsigned)info->si_syscall;
	size_t len = sizeof(head) - 1, n = 0;

	(void)sig;
	memcpy(line, head, len);
	do
		digits[n++] = (char)('0' + call % 10);
	while ((call /= 10) > 0);
	while (n > 0)
		line[len++] = digits[--n];
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		n = 0;
	RESULT(where) = -EPERM;
}

static int
report_refusals(void)
{
	struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_RESTART};

	return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

int
confine_seccomp(bool report)
{
	struct filter f = {.refuse = report ? SECCOMP_RET_TRAP : SECCOMP_RET_ERRNO | EPERM};
	int r = report ? report_refusals() : 0;

	if (r < 0)
		return r;
	/* A filter of its own, as all that one refuses goes to the kernel's log or nothing. And for
	 * every thread: there may still be one of the first look at the devices, which no driver
	 * lets go. */
	begin(&f);
	too_young(&f, SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ALLOW);
	r = install(&f, SECCOMP_FILTER_FLAG_TSYNC);
	if (r < 0)
		return r;
	begin(&f);
	/* First, as the transfers are ioctls; the answer for plain ones is one that kernels know by
	 * heart, but not for those whose arguments are looked at. */
	allow_ioctl(&f);
	for (size_t i = 0; i < ARRAY_SIZE(chosen); i++)
		allow_chosen(&f, chosen[i].call, chosen[i].argument, chosen[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(masked); i++)
		allow_masked(
			&f, masked[i].call, masked[i].argument, masked[i].bits, masked[i].there);
	allow_own_signals(&f);
	allow(&f, plain, ARRAY_SIZE(plain));
	too_young(&f, SECCOMP_RET_ALLOW, f.refuse);
	return install(&f, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG);
}

int
confine_seccomp_unmounter(void)
{
	struct filter f = {.refuse = SECCOMP_RET_ERRNO | EPERM};

	begin(&f);
	allow(&f, unmounting, ARRAY_SIZE(unmounting));
	verdict(&f, f.refuse);
	return install(&f, SECCOMP_FILTER_FLAG_LOG);
}

#else

int
confine_seccomp(bool report)
{
	(void)report;
	return -EOPNOTSUPP;
}

int
confine_seccomp_unmounter(void)
{
	return -EOPNOTSUPP;
}

#endif
