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
#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 2, LOOP, TEXT, FILES };

enum { BURST_NS = 5 * 1000 * 1000, BUFFER = 1 << 20 };

static const char *const names[FILES] = {[DATA] = "data", [LOOP] = "loop", [TEXT] = "text"};
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
fill_attr(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	st->st_uid = getuid();
	st->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0660;
	/* As usbfuse: a write beyond the size would lock the file. */
	st->st_size = ino == FUSE_ROOT_ID ? 0 : INT64_MAX / 2;
}

static void
op_init(void *user, struct fuse_conn_info *conn)
{
	(void)user;
	conn->want &= ~((unsigned)FUSE_CAP_SPLICE_READ | (unsigned)FUSE_CAP_READDIRPLUS);
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = {0};

	for (fuse_ino_t ino = DATA; parent == FUSE_ROOT_ID && ino < FILES; ino++)
		if (strcmp(names[ino], name) == 0)
			e.ino = ino;
	if (!e.ino) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	fill_attr(e.ino, &e.attr);
	fuse_reply_entry(req, &e);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill_attr(ino, &st);
	fuse_reply_attr(req, &st, 0);
}

static void
op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int set, struct fuse_file_info *fi)
{
	(void)st;
	(void)set;
	op_getattr(req, ino, fi);
}

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO | FOPEN_STREAM};

	(void)ino;
	(void)fi;
#ifdef FOPEN_PARALLEL_DIRECT_WRITES
	out.open_flags |= FOPEN_PARALLEL_DIRECT_WRITES;
#endif
	if (ino == TEXT)
		out.open_flags = FOPEN_DIRECT_IO;
	fuse_reply_buf(req, (const char *)&out, sizeof(out));
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

static void
op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	fuse_reply_err(req, 0);
}

static void
op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	char entries[512];
	size_t used = 0;

	(void)fi;
	for (fuse_ino_t n = (fuse_ino_t)off + DATA; ino == FUSE_ROOT_ID && n < FILES; n++) {
		struct stat st;

		fill_attr(n, &st);
		used += fuse_add_direntry(req, entries + used, sizeof(entries) - used, names[n],
			&st, (off_t)(n - DATA + 1));
	}
	fuse_reply_buf(req, entries, used < size ? used : size);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.poll = op_poll,
	.flush = op_flush,
	.release = op_flush,
	.readdir = op_readdir,
};

int
main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session;
	int foreground = 0, i = 1, r;

	for (; i < argc - 1; i++) {
		if (strcmp(argv[i], "-f") == 0)
			foreground = 1;
		else if (strcmp(argv[i], "--rate") == 0)
			rate = strtod(argv[++i], NULL);
	}
	if (i != argc - 1) {
		fprintf(stderr, "usage: bench-noop [-f] [--rate BYTES] DIR\n");
		return 2;
	}
	fuse_opt_add_arg(&args, "bench-noop");
	session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!session || fuse_session_mount(session, argv[i]) != 0)
		return 1;
	fuse_set_signal_handlers(session);
	fuse_daemonize(foreground);
	r = fuse_session_loop(session);
	fuse_remove_signal_handlers(session);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	return r < 0;
}
