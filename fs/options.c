/* SPDX-License-Identifier: MIT */
/* The command line; see options.h. libfuse splits it, one table says what is ours. */
#include "fs/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "fs/confine.h"
#include "fs/fuse_log.h"

enum {
	KEY_BUS,
	KEY_DEMO,
	KEY_FOREGROUND,
	KEY_DEBUG,
	KEY_HELP,
	KEY_VERSION,
	KEY_ALIASES,
	KEY_JOURNAL,
	KEY_ALLOW,
	KEY_DENY,
	KEY_CONFINE
};

static const struct fuse_opt table[] = {
	FUSE_OPT_KEY("--bus ", KEY_BUS),
	FUSE_OPT_KEY("--bus=", KEY_BUS),
	FUSE_OPT_KEY("bus=", KEY_BUS), /* -o, for fstab */
	FUSE_OPT_KEY("aliases=", KEY_ALIASES),
	FUSE_OPT_KEY("journal=", KEY_JOURNAL),
	FUSE_OPT_KEY("--allow ", KEY_ALLOW),
	FUSE_OPT_KEY("--allow=", KEY_ALLOW),
	FUSE_OPT_KEY("allow=", KEY_ALLOW),
	FUSE_OPT_KEY("--deny ", KEY_DENY),
	FUSE_OPT_KEY("--deny=", KEY_DENY),
	FUSE_OPT_KEY("deny=", KEY_DENY),
	FUSE_OPT_KEY("confine=", KEY_CONFINE),
	FUSE_OPT_KEY("--demo", KEY_DEMO),
	FUSE_OPT_KEY("-f", KEY_FOREGROUND),
	FUSE_OPT_KEY("-d", KEY_DEBUG),
	FUSE_OPT_KEY("-dd", KEY_DEBUG),
	FUSE_OPT_KEY("-h", KEY_HELP),
	FUSE_OPT_KEY("--help", KEY_HELP),
	FUSE_OPT_KEY("-V", KEY_VERSION),
	FUSE_OPT_KEY("--version", KEY_VERSION),
	FUSE_OPT_END,
};

static void PRINTF_LIKE(2, 3) complain(struct options *o, const char *format, ...)
{
	va_list ap;

	if (o->why)
		return; /* the first cause is the one to tell */
	va_start(ap, format);
	if (vasprintf(&o->why, format, ap) < 0)
		o->why = NULL;
	va_end(ap);
}

static void
add_bus(struct options *o, const char *uri)
{
	const char *arg;

	if (o->n_buses == FS_MAX_BUSES)
		complain(o, "more than %d buses", FS_MAX_BUSES);
	else if (!backend_find(uri, &arg))
		complain(o, "unknown bus '%s': usb, or sim:FILE", uri);
	else
		o->buses[o->n_buses++] = strdup(uri);
}

/* What follows an option's NAME, which begins with two dashes: those are not there behind -o, and
 * "--bus URI" comes as "--busURI". */
static const char *
value_of(const char *arg, const char *name)
{
	arg += strlen(arg[0] == '-' ? name : name + 2);
	return arg + (*arg == '=');
}

static void
add_rule(struct options *o, bool allow, const char *spec)
{
	int r = filter_add(&o->filter, allow, spec);

	if (r == -EINVAL)
		complain(o, "%s: '%s' is no rule such as " FILTER_SPELLING,
			allow ? "allow" : "deny", spec);
	else if (r < 0)
		complain(o, "%s", strerror(-r));
}

static int
positional(struct options *o, const char *arg)
{
	if (!o->mountpoint) {
		o->mountpoint = strdup(arg);
	} else if (!o->source) {
		/* mount(8) calls us with the source first. */
		o->source = o->mountpoint;
		o->mountpoint = strdup(arg);
	} else {
		complain(o, "too many arguments: '%s'", arg);
	}
	return 0;
}

static int
take(void *data, const char *arg, int key, struct fuse_args *out)
{
	struct options *o = data;
	char *why = NULL;

	(void)out;
	switch (key) {
	case KEY_BUS:
		add_bus(o, value_of(arg, "--bus"));
		return 0;
	case KEY_ALLOW:
		add_rule(o, true, value_of(arg, "--allow"));
		return 0;
	case KEY_DENY:
		add_rule(o, false, value_of(arg, "--deny"));
		return 0;
	case KEY_ALIASES:
		free(o->aliases);
		o->aliases = strdup(arg + strlen("aliases="));
		return 0;
	case KEY_JOURNAL:
		free(o->journal);
		o->journal = strdup(arg + strlen("journal="));
		return 0;
	case KEY_CONFINE:
		if (confine_parse(arg + strlen("confine="), &o->confine, &why) < 0)
			complain(o, "%s", why ? why : "out of memory");
		free(why);
		return 0;
	case KEY_DEMO:
		add_bus(o, "sim");
		return 0;
	case KEY_FOREGROUND:
		o->foreground = true;
		return 0;
	case KEY_DEBUG:
		o->debug += (unsigned)strlen(arg) - 1;
		return 0;
	case KEY_HELP:
		o->help = true;
		return 0;
	case KEY_VERSION:
		o->version = true;
		return 0;
	case FUSE_OPT_KEY_NONOPT:
		return positional(o, arg);
	default:
		/* libfuse knows long options by --help and the like only: what is left over with
		 * two dashes, or one and a letter, is a mistake. -o comes here by its parts. */
		if (arg[0] == '-') {
			complain(o, "unknown option '%s'", arg);
			return 0;
		}
		return 1;
	}
}

int
options_parse(struct options *o, struct fuse_args *args)
{
	const char *arg;

	if (fuse_opt_parse(args, o, table, take) < 0) {
		_cleanup_free_ char *cause = fuse_log_take();

		complain(o, "%s", cause ? cause : "the command line makes no sense");
	}
	if (o->source && o->n_buses == 0 && backend_find(o->source, &arg))
		add_bus(o, o->source);
	if (!o->why && !o->help && !o->version && !o->mountpoint)
		complain(o, "no mount point given; see usbfuse --help");
	if (o->n_buses == 0)
		add_bus(o, "usb");
	return o->why ? -EINVAL : 0;
}

void
options_free(struct options *o)
{
	for (unsigned i = 0; i < o->n_buses; i++)
		free(o->buses[i]);
	free(o->mountpoint);
	free(o->source);
	free(o->aliases);
	free(o->journal);
	free(o->why);
	filter_free(&o->filter);
	*o = (struct options){.n_buses = 0};
}

void
options_print_help(void)
{
	fputs("usage: usbfuse [options] [SOURCE] MOUNTPOINT\n"
	      "       usbfuse find [criteria]\n"
	      "\n"
	      "Presents USB devices as files: cat and echo are enough to talk to them.\n"
	      "MOUNTPOINT/README says how to use the tree.\n"
	      "\n"
	      "    --bus URI      which devices: usb (default; those of this machine), or\n"
	      "                   sim:FILE[,FILE...] (simulated ones); may be repeated\n"
	      "    --allow RULE   only devices such as 046d:c52b, 046d:*, class=08, 1-2 or 1-2.*;\n"
	      "                   may be repeated\n"
	      "    --deny RULE    not those; may be repeated\n"
	      "    --demo         a simulated bus with a few instructive devices\n"
	      "    -f             stay in the foreground\n"
	      "    -d             say more on standard error; -dd: still more\n"
	      "    -o OPT,...     mount options; bus=URI as above, aliases=FILE (keeps the names\n"
	      "                   that are made in by-name), journal=DIR (notes which drivers\n"
	      "                   were detached), allow=RULE, deny=RULE, confine=none (keeps\n"
	      "                   privileges, to debug), allow_other, and others of fuse(8)\n"
	      "    -h, --help     this text\n"
	      "    -V, --version  the version\n"
	      "\n"
	      "SOURCE is for mount -t fuse.usbfuse and fstab: a URI as for --bus, or none.\n"
	      "Unmount with: fusermount3 -u MOUNTPOINT\n",
		stdout);
}
