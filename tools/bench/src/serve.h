/* SPDX-License-Identifier: MIT */
/* What the benchmark's file systems share: mounting, and a directory with a few files. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>
#include <stdbool.h>

/* The inode number of the first of some files; those of the others follow. */
enum { SERVE_FIRST = FUSE_ROOT_ID + 1 };

/* Serves DIR until it is unmounted or a signal says so; FOREGROUND: in this process, else in one of its
 * own once it is mounted. *STOPPED, if not NULL, is called when no more requests come, before the
 * unmount. The exit status of the program NAME. */
int serve(const char *name, const struct fuse_lowlevel_ops *ops, const char *dir, bool foreground,
	void (*stopped)(void));

/* The same for a directory with FILES, whose last one is NULL, and what they have in common: names,
 * attributes, closing. OPS has the rest, open, read and write at least. */
int serve_files(const char *name, const char *const *files, struct fuse_lowlevel_ops ops,
	const char *dir, bool foreground, void (*stopped)(void));

/* Answers an open: FLAGS are FOPEN_ flags of the kernel's, for which libfuse has no fields. */
void serve_open(fuse_req_t req, unsigned flags);

/* Of a file like usbfuse's data files, for serve_open(). */
unsigned serve_data_flags(void);

#endif
