/* SPDX-License-Identifier: MIT */
/*
 * The grammar of what may be written to ctl, driver, bAlternateSetting and bConfigurationValue
 * files: text to commands, or to a sentence that says which word is wrong and what is allowed. It
 * parses and runs nothing.
 */
#ifndef USBFUSE_CTL_H
#define USBFUSE_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "layout/knob.h"
#include "layout/layout.h"
#include "layout/setting.h"

enum ctl_verb {
	CTL_SET,            /* endpoint ctl: a knob */
	CTL_CLEAR_HALT,     /* endpoint ctl */
	CTL_FLUSH,          /* endpoint ctl: discard what is buffered */
	CTL_ZLP,            /* endpoint ctl, OUT: send a zero-length packet */
	CTL_DRAIN,          /* endpoint ctl, OUT: wait until all is taken */
	CTL_RESET_STATS,    /* endpoint ctl */
	CTL_RESET,          /* device ctl */
	CTL_REMOVE,         /* device ctl: as if it were unplugged */
	CTL_SETTING,        /* device ctl, and the attributes themselves */
	CTL_DRIVER_NONE,    /* driver: detach */
	CTL_RESCAN,         /* root ctl */
	CTL_DRIVER_AUTO,    /* driver: let the kernel bind its own again */
	CTL_CLAIM,          /* driver: claim and keep */
	CTL_RELEASE,        /* driver: the opposite; what was detached is given back */
	CTL_BIND,           /* driver: have the one called name */
	CTL_CONFIG,         /* bConfigurationValue: value is that; 0: none */
	CTL_ALTERNATE,      /* bAlternateSetting: value is the number of the setting */
	CTL_PORT_POWER,     /* power of a port: value is whether it is to be on */
	CTL_PORT_DISABLE,   /* disable of a port: value is whether it is to be off */
	CTL_PORT_INDICATOR, /* indicator of a port: value as of the request (USB 2.0 table 11-25) */
};

enum { CTL_NAME_MAX = 64 };

struct ctl_command {
	enum ctl_verb verb;
	enum knob knob; /* SET only */
	uint32_t value; /* SET, ALTERNATE, CONFIG, PORT */

	/* SETTING only: which, and what its attribute is to be */
	enum setting setting;
	char text[SETTING_TEXT_MAX];

	/* Those of `driver` only: */
	bool association;        /* all interfaces of the association together */
	char name[CTL_NAME_MAX]; /* BIND */
};

/* A text that is being read. Fill in the first block. */
struct ctl_reader {
	enum layout_type type;                /* of the file that it was written to */
	const struct knob_endpoint *endpoint; /* CTL and CONTROL_CTL only */
	const char *attr;                     /* SETTING only: which */
	const char *text;
	size_t len;

	unsigned line; /* of the last command, from 1; begin with 0 */
};

enum { CTL_WHY_MAX = 400 };

/* Takes the next command off the front: a word on a line of its own, with its argument behind it
 * where it has one. Empty lines, and those that begin with #, are skipped. 1: *ret is a command; 0:
 * there is no further one; -EINVAL: the next line is none, and WHY says in a line what is wrong
 * with it and what would be right. */
int ctl_next(struct ctl_reader *r, struct ctl_command *ret, char why[CTL_WHY_MAX]);

/* The verbs of a file of TYPE, as a comment line that ctl_next() skips; "" for a file without. */
const char *ctl_text(enum layout_type type, const struct knob_endpoint *e);

#endif
