/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef USBFUSE_OPTIONS_H
#define USBFUSE_OPTIONS_H

#include "fs/fs.h"
#include "layout/filter.h"

struct options {
	char *buses[FS_MAX_BUSES]; /* URIs, in the order given */
	unsigned n_buses;
	char *mountpoint;
	bool foreground, help, version;
	unsigned debug;   /* how many -d */
	char *why;        /* what is wrong with the command line, one line; NULL: nothing */
	char *aliases;    /* the file of aliases, or NULL */
	char *journal;    /* the directory of the journal, "none", or NULL */
	char *source;     /* mount(8)'s first argument, when there are two */
	unsigned confine; /* enum confine_part */
	struct unmounter_title title;
	struct filter filter; /* --allow and --deny */
};

/* Takes our own options out of ARGS and leaves libfuse's. 0, or -EINVAL with o->why. */
int options_parse(struct options *o, struct fuse_args *args);

void options_free(struct options *o);

void options_print_help(void);

#endif
