/* SPDX-License-Identifier: MIT */
/*
 * The grammar of what may be written to ctl and driver files: text to a command, and back to a
 * sentence that says what is allowed. It parses and runs nothing.
 */
#ifndef USBFUSE_CTL_H
#define USBFUSE_CTL_H

#include <stddef.h>

#include "layout/layout.h"

enum ctl_verb {
	CTL_CLEAR_HALT,  /* endpoint ctl */
	CTL_FLUSH,       /* endpoint ctl: discard what is buffered */
	CTL_PAIR,        /* endpoint ctl, OUT: value is the address of an IN endpoint, or 0 */
	CTL_RESET,       /* device ctl */
	CTL_DRIVER_NONE, /* driver: detach */
	CTL_DRIVER_AUTO, /* driver: let the kernel bind its own again */
};

struct ctl_command {
	enum ctl_verb verb;
	unsigned value;
};

/* Takes the next command for a file of TYPE off the front of the LEN bytes at *TEXT: a word on a
 * line of its own, with its argument behind it where it has one. Empty lines, and those that begin with #, are skipped. 1: *ret is a command; 0:
 * there is no further one; -EINVAL: the next line is none. */
int ctl_next(enum layout_type type, const char **text, size_t *len, struct ctl_command *ret);

/* A comment with the verbs of a file of TYPE, as a line; "" for a file without. */
const char *ctl_text(enum layout_type type);

#endif
