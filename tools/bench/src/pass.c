/* SPDX-License-Identifier: MIT */
/*
 * A pass-through: shows a directory of another file system, to be walked and read.
 *
 *     bench-pass [--timeout SECONDS] [--plus] FROM DIR
 *
 * --timeout: how long the kernel may keep what it has learnt (default: 0); --plus: attributes come
 * with the entries of a directory, if the kernel wants them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/bench/src/serve.h"

/* What the kernel knows; it stays until the end. */
struct node {
	ino_t ino; /* below; 0: a free place */
	int parent;
	int fd; /* of a directory, O_PATH; else -1 */
	char *name;
};

struct directory {
	DIR *stream;
	struct node *node;
	struct dirent *entry; /* did not fit the last time */
};

static struct node *nodes; /* a hash table, with room for twice as many */
static size_t room = 1 << 22;
static double timeout;
static bool plus;

static struct node *
node_of(fuse_ino_t ino)
{
	return &nodes[ino];
}

static void
fail(fuse_req_t req, int err)
{
	fuse_reply_err(req, err);
}

static int
node_stat(const struct node *n, struct stat *st)
{
	if (n->fd >= 0)
		return fstatat(n->fd, "", st, AT_EMPTY_PATH);
	return fstatat(n->parent, n->name, st, AT_SYMLINK_NOFOLLOW);
}

static fuse_ino_t
node_get(int parent, const char *name, const struct stat *st)
{
	/* The number of a place is that of the inode for FUSE: not 0, nor that of the root. */
	size_t at = 2 + (st->st_ino * 2654435761U) % (room - 2);

	while (nodes[at].ino && nodes[at].ino != st->st_ino)
		at = at + 1 < room ? at + 1 : 2;
	if (nodes[at].ino)
		return at;
	nodes[at].ino = st->st_ino;
	nodes[at].parent = parent;
	nodes[at].name = strdup(name);
	nodes[at].fd = S_ISDIR(st->st_mode) ? openat(parent, name, O_PATH | O_DIRECTORY) : -1;
	return at;
}

static int
fill_entry(const struct node *parent, const char *name, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	e->ino = node_get(parent->fd, name, &e->attr);
	e->attr_timeout = e->entry_timeout = timeout;
	return 0;
}

static void
op_init(void *user, struct fuse_conn_info *conn)
{
	(void)user;
	if (!plus)
		conn->want &= ~(unsigned)FUSE_CAP_READDIRPLUS;
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	int err = fill_entry(node_of(parent), name, &e);

	if (err)
		fail(req, err);
	else
		fuse_reply_entry(req, &e);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	if (node_stat(node_of(ino), &st) < 0)
		fail(req, errno);
	else
		fuse_reply_attr(req, &st, timeout);
}

static void
op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char target[4096];
	ssize_t n =
		readlinkat(node_of(ino)->parent, node_of(ino)->name, target, sizeof(target) - 1);

	if (n < 0) {
		fail(req, errno);
		return;
	}
	target[n] = '\0';
	fuse_reply_readlink(req, target);
}

static void
op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct directory *d = calloc(1, sizeof(*d));
	int fd = openat(node_of(ino)->fd, ".", O_RDONLY | O_DIRECTORY);

	d->stream = fd < 0 ? NULL : fdopendir(fd);
	d->node = node_of(ino);
	if (!d->stream) {
		free(d);
		fail(req, EIO);
		return;
	}
	fi->fh = (uintptr_t)d;
	fuse_reply_open(req, fi);
}

static size_t
add(fuse_req_t req, char *to, size_t left, struct directory *d, bool with_attr)
{
	struct fuse_entry_param e = {
		.attr = {.st_ino = d->entry->d_ino, .st_mode = (mode_t)d->entry->d_type << 12}};
	const char *name = d->entry->d_name;

	if (!with_attr)
		return fuse_add_direntry(req, to, left, name, &e.attr, d->entry->d_off);
	if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		fill_entry(d->node, name, &e);
	return fuse_add_direntry_plus(req, to, left, name, &e, d->entry->d_off);
}

static void
read_directory(fuse_req_t req, size_t size, struct fuse_file_info *fi, bool with_attr)
{
	struct directory *d = (struct directory *)(uintptr_t)fi->fh;
	char *entries = malloc(size);
	size_t used = 0;

	/* Read in order: find does nothing else. */
	for (;;) {
		size_t n;

		if (!d->entry)
			d->entry = readdir(d->stream);
		if (!d->entry)
			break;
		n = add(req, entries + used, size - used, d, with_attr);
		if (n > size - used)
			break;
		used += n;
		d->entry = NULL;
	}
	fuse_reply_buf(req, entries, used);
	free(entries);
}

static void
op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	(void)off;
	read_directory(req, size, fi, false);
}

static void
op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	(void)off;
	read_directory(req, size, fi, true);
}

static void
op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct directory *d = (struct directory *)(uintptr_t)fi->fh;

	(void)ino;
	closedir(d->stream);
	free(d);
	fuse_reply_err(req, 0);
}

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int fd = openat(node_of(ino)->parent, node_of(ino)->name, O_RDONLY);

	if (fd < 0) {
		fail(req, errno);
		return;
	}
	fi->fh = (uint64_t)fd;
	fuse_reply_open(req, fi);
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct fuse_bufvec from = FUSE_BUFVEC_INIT(size);

	(void)ino;
	from.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	from.buf[0].fd = (int)fi->fh;
	from.buf[0].pos = off;
	fuse_reply_data(req, &from, FUSE_BUF_SPLICE_MOVE);
}

static void
op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	close((int)fi->fh);
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.open = op_open,
	.read = op_read,
	.release = op_release,
};

int
main(int argc, char **argv)
{
	struct rlimit files;
	int i = 1;

	for (; i < argc - 2; i++) {
		if (strcmp(argv[i], "--timeout") == 0)
			timeout = strtod(argv[++i], NULL);
		else if (strcmp(argv[i], "--plus") == 0)
			plus = true;
	}
	if (i != argc - 2) {
		fprintf(stderr, "usage: bench-pass [--timeout SECONDS] [--plus] FROM DIR\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	nodes = calloc(room, sizeof(*nodes));
	nodes[FUSE_ROOT_ID].fd = open(argv[i], O_PATH | O_DIRECTORY);
	if (!nodes || nodes[FUSE_ROOT_ID].fd < 0)
		return 1;
	return serve("bench-pass", &ops, argv[i + 1], true, NULL);
}
