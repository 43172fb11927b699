/* SPDX-License-Identifier: MIT */
/*
 * The daemon: puts the parts together, goes into the background once the mount works, and says on
 * standard error, in one line and with status 1, why it does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "backend/util/allow.h"
#include "backend/util/log.h"
#include "fs/aliases.h"
#include "fs/cache.h"
#include "fs/confine.h"
#include "fs/device.h"
#include "fs/driver.h"
#include "fs/fuse_log.h"
#include "fs/journal.h"
#include "fs/mountpoint.h"
#include "fs/notify.h"
#include "fs/options.h"
#include "fs/presence.h"
#include "fs/session.h"
#include "tools/find/find.h"

static int
say(const char *why)
{
	fprintf(stderr, "usbfuse: %s\n", why ? why : "out of memory");
	return EXIT_FAILURE;
}

/* Forks; the parent waits until the child says that the mount works, or ends. Returns in the child,
 * with the descriptor to write a byte to. */
static int
fork_into_background(void)
{
	int p[2];
	pid_t pid;
	char ok;

	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close(p[0]);
		setsid();
		return p[1];
	}
	close(p[1]);
	/* End of file without the byte: the child has failed, and has said why. */
	_exit(read(p[0], &ok, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void
mount_works(int tell)
{
	int null;

	log_to_syslog();
	if (chdir("/") < 0)
		log_warn("cannot leave the working directory: %s; ignoring", strerror(errno));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	if (write(tell, "", 1) != 1)
		log_warn("the parent has gone; proceeding");
	close(tell);
}

static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* A device in use costs half a dozen descriptors, and there may be hundreds. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int
fs_init(struct fs *fs)
{
	struct timespec now;
	int r;

	list_init(&fs->devices);
	list_init(&fs->interrupted);
	list_init(&fs->files);
	list_init(&fs->changes);
	list_init(&fs->streams);
	list_init(&fs->rescans);
	list_init(&fs->outcomes);
	list_init(&fs->closes);
	fs->version = USBFUSE_VERSION;
	r = loop_init(&fs->loop);
	if (r == 0)
		r = mailbox_init(&fs->inbox);
	if (r < 0)
		return r;
	clock_gettime(CLOCK_REALTIME, &now);
	fs->layout = layout_new(getuid(), getgid(), (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	return fs->layout ? 0 : -ENOMEM;
}

/* Without a journal one can live, unless it was asked for. */
static int
open_journal(struct fs *fs, const char *directory, char **ret_why)
{
	_cleanup_free_ char *why = NULL;
	int r;

	if (directory && strcmp(directory, "none") == 0)
		return 0;
	r = journal_open(directory, &fs->journal, &why);
	if (r < 0 && directory) {
		*ret_why = TAKE_PTR(why);
		return r;
	}
	if (r == -ENOENT)
		log_info("%s", why);
	else if (r < 0)
		log_warn("%s; proceeding without a journal", why ? why : strerror(-r));
	return 0;
}

/* Everything from the buses to the mount. 0, or -errno with *ret_why. */
static int
start(struct fs *fs, const struct options *o, struct fuse_args *args, const char *mountpoint,
	char **ret_why)
{
	int r;

	fs->mountpoint = mountpoint;
	fs->filter = &o->filter;
	if (o->aliases) {
		r = aliases_use_file(fs, o->aliases, ret_why);
		if (r < 0)
			return r;
	}
	r = open_journal(fs, o->journal, ret_why);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < o->n_buses; i++) {
		r = presence_start(fs, o->buses[i], ret_why);
		if (r < 0)
			return r;
	}
	r = session_start(fs, args, mountpoint, ret_why);
	/* For mount_works(). */
	if (r == 0)
		r = allow_path("/dev/null", ALLOW_READ | ALLOW_WRITE);
	/* The last moment at which there is but one thread. */
	if (r == 0)
		r = confine(o->confine, o->debug > 0, &fs->confinement, ret_why);
	if (r == 0)
		r = cache_start(fs);
	if (r == 0)
		r = presence_run(fs, ret_why);
	if (r == 0)
		driver_recover(fs);
	return r;
}

/* The counterpart of start(), also of one that failed half-way. */
static void
stop(struct fs *fs)
{
	bool wedged = fs->session && !session_stop(fs);

	unmounter_stop(&fs->unmounter);
	/* The thread of a wedged device still uses all this: it must not be taken away. */
	if (wedged)
		_exit(EXIT_SUCCESS);
	presence_stop(fs);
	allow_clear();
	device_free_all(fs);
	journal_close(fs->journal);
	layout_free(fs->layout);
	free(fs->aliases_file);
	free(fs->confinement);
	mailbox_deinit(&fs->inbox);
	loop_deinit(&fs->loop);
}

/* Mounts and serves; returns the exit status. */
static int
run(const struct options *o, struct fuse_args *args, const char *mountpoint, int tell)
{
	struct fs fs = {.unmounter.fd = -1};
	char *why = NULL;
	int r, manager = notify_open();

	/* First, so that it has next to nothing of ours. */
	r = unmounter_start(&fs.unmounter, mountpoint, o->title, o->confine & CONFINE_CAPS);
	if (r == 0)
		r = fs_init(&fs);
	if (r < 0)
		return say(strerror(-r));
	r = start(&fs, o, args, mountpoint, &why);
	if (r < 0) {
		say(why ? why : strerror(-r));
		free(why);
	} else {
		if (tell >= 0)
			mount_works(tell);
		notify(manager, "READY=1");
		r = session_run(&fs);
		notify(manager, "STOPPING=1");
		if (r < 0)
			log_err("waiting for events failed: %s", strerror(-r));
	}
	stop(&fs);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Buffers of many pages come and go on many threads. Left to itself the C library begins to take them
 * from heaps, one for each thread, as soon as the first has been freed, and keeps them. */
static void
bound_heap(void)
{
#ifdef __GLIBC__
	enum { MAPPED_FROM = 256 << 10 };

	mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
#endif
}

/* What the command line asks for; returns the exit status. */
static int
act(const struct options *o, struct fuse_args *args)
{
	_cleanup_free_ char *mountpoint = NULL;
	_cleanup_free_ char *why = NULL;
	int tell = -1;

	if (o->help) {
		options_print_help();
		return EXIT_SUCCESS;
	}
	if (o->version) {
		printf("usbfuse %s\nlibfuse %s\n", USBFUSE_VERSION, fuse_pkgversion());
		return EXIT_SUCCESS;
	}
	log_set_level(LOG_LEVEL_WARNING + (o->debug > 2 ? 2 : o->debug));
	if (mountpoint_prepare(o->mountpoint, &mountpoint, &why) < 0)
		return say(why);
	/* Before any thread: threads do not survive a fork. */
	if (!o->foreground && (tell = fork_into_background()) < 0)
		return say(strerror(-tell));
	block_signals();
	raise_descriptor_limit();
	bound_heap();
	/* Ours first: what the user says overrides it. */
	fuse_opt_insert_arg(args, 1,
		"-odefault_permissions,nosuid,nodev,noexec,fsname=usbfuse,subtype=usbfuse");
	return run(o, args, mountpoint, tell);
}

static int
daemon_main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct options o = {.confine = CONFINE_ALL, .title = {argc, argv}};
	int status;

	fuse_log_collect();
	if (options_parse(&o, &args) < 0)
		status = say(o.why);
	else
		status = act(&o, &args);
	fuse_opt_free_args(&args);
	options_free(&o);
	return status;
}

int
main(int argc, char **argv)
{
	/* The same program, for whoever has a tree: nothing of what follows concerns it. */
	if (argc > 1 && strcmp(argv[1], "find") == 0)
		return find_main(argc - 1, argv + 1);
	return daemon_main(argc, argv);
}
