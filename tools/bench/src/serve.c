/* SPDX-License-Identifier: MIT */
/* Mounting, and a directory with a few files; see serve.h. */
#include "tools/bench/src/serve.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const *names;

int
serve(const char *name, const struct fuse_lowlevel_ops *ops, const char *dir, bool foreground,
	void (*stopped)(void))
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session;
	int r;

	fuse_opt_add_arg(&args, name);
	session = fuse_session_new(&args, ops, sizeof(*ops), NULL);
	if (!session || fuse_session_mount(session, dir) != 0)
		return 1;
	fuse_set_signal_handlers(session);
	if (!foreground)
		fuse_daemonize(0);
	r = fuse_session_loop(session);
	fuse_remove_signal_handlers(session);
	if (stopped)
		stopped();
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	fuse_opt_free_args(&args);
	return r < 0;
}

/* ---- a directory with a few files ---- */

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

/* Requests are taken from the kernel as usbfuse does. */
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

	for (unsigned i = 0; parent == FUSE_ROOT_ID && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			e.ino = SERVE_FIRST + i;
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
op_done(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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
	for (unsigned i = (unsigned)off; ino == FUSE_ROOT_ID && names[i]; i++) {
		struct stat st;

		fill_attr(SERVE_FIRST + i, &st);
		used += fuse_add_direntry(
			req, entries + used, sizeof(entries) - used, names[i], &st, (off_t)i + 1);
	}
	fuse_reply_buf(req, entries, used < size ? used : size);
}

void
serve_open(fuse_req_t req, unsigned flags)
{
	struct fuse_open_out out = {.open_flags = flags};

	fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

unsigned
serve_data_flags(void)
{
	unsigned flags = FOPEN_DIRECT_IO | FOPEN_STREAM;

#ifdef FOPEN_PARALLEL_DIRECT_WRITES
	flags |= FOPEN_PARALLEL_DIRECT_WRITES;
#endif
	return flags;
}

int
serve_files(const char *name, const char *const *files, struct fuse_lowlevel_ops ops,
	const char *dir, bool foreground, void (*stopped)(void))
{
	names = files;
	ops.init = op_init;
	ops.lookup = op_lookup;
	ops.getattr = op_getattr;
	ops.setattr = op_setattr;
	ops.flush = op_done;
	ops.release = op_done;
	ops.readdir = op_readdir;
	return serve(name, &ops, dir, foreground, stopped);
}
