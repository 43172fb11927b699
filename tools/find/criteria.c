/* SPDX-License-Identifier: MIT */
/* The command line of find; see criteria.h. */
#include "tools/find/criteria.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options that have no letter; those that have a value come first. */
enum {
	OPT_ID = 256,
	OPT_SERIAL,
	OPT_PORT,
	OPT_NAME,
	OPT_CLASS,
	OPT_ENDPOINT,
	OPT_PRINT,
	OPT_MOUNT,
	OPT_TIMEOUT,
	OPT_WAIT,
};

static const struct option options[] = {
	{"id", required_argument, NULL, OPT_ID},
	{"serial", required_argument, NULL, OPT_SERIAL},
	{"port", required_argument, NULL, OPT_PORT},
	{"name", required_argument, NULL, OPT_NAME},
	{"class", required_argument, NULL, OPT_CLASS},
	{"endpoint", required_argument, NULL, OPT_ENDPOINT},
	{"print", required_argument, NULL, OPT_PRINT},
	{"mount", required_argument, NULL, OPT_MOUNT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"null", no_argument, NULL, '0'},
	{"one", no_argument, NULL, '1'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int PRINTF_LIKE(2, 3) refuse(char **ret_why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (vasprintf(ret_why, format, ap) < 0)
		*ret_why = NULL;
	va_end(ap);
	return -EINVAL;
}

/* The LEN bytes at TEXT as a number of at most DIGITS hexadecimal digits, perhaps with 0x before
 * them; nothing is -1. */
static bool
hex(const char *text, size_t len, size_t digits, int *ret)
{
	char copy[8];
	char *end;

	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		text += 2;
		len -= 2;
	}
	if (len > digits || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	/* strtol() would take blanks and signs as well. */
	if (len > 0 && !isxdigit((unsigned char)copy[0]))
		return false;
	*ret = len > 0 ? (int)strtol(copy, &end, 16) : -1;
	return len == 0 || *end == '\0';
}

static bool
parse_id(struct criteria *c, const char *text)
{
	size_t len = strcspn(text, ":");
	const char *rest = text + len + (text[len] == ':');

	return hex(text, len, 4, &c->vendor) && hex(rest, strlen(rest), 4, &c->product) &&
	       (c->vendor >= 0 || c->product >= 0);
}

static int
class_named(const char *word, size_t len)
{
	static const struct {
		const char *name;
		int class;
	} names[] = {
		{"audio", 0x01},
		{"comm", 0x02},
		{"hid", 0x03},
		{"image", 0x06},
		{"printer", 0x07},
		{"storage", 0x08},
		{"hub", 0x09},
		{"data", 0x0a},
		{"smartcard", 0x0b},
		{"video", 0x0e},
		{"wireless", 0xe0},
		{"vendor", 0xff},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len && strncasecmp(word, names[i].name, len) == 0)
			return names[i].class;
	return -1;
}

/* As by-class, events and lsusb write it: with -, / or : in between. */
static bool
parse_class(struct criteria *c, const char *text)
{
	bool any = false;

	c->by_class = true;
	c->class[0] = c->class[1] = c->class[2] = -1;
	for (unsigned i = 0; i < CLASS_PARTS; i++) {
		size_t len = strcspn(text, ":-/");

		if (i == 0)
			c->class[0] = class_named(text, len);
		if (c->class[i] < 0 && !hex(text, len, 2, &c->class[i]))
			return false;
		any |= c->class[i] >= 0;
		text += len;
		if (*text == '\0')
			return any;
		text++;
	}
	return false;
}

static bool
endpoint_word(struct criteria *c, const char *word, size_t len)
{
	static const struct {
		const char *word, *type;
	} types[] = {
		{"bulk", "Bulk"},
		{"interrupt", "Interrupt"},
		{"isoc", "Isoc"},
		{"iso", "Isoc"},
		{"isochronous", "Isoc"},
		{"control", "Control"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i].word) == len && strncasecmp(word, types[i].word, len) == 0) {
			if (c->type)
				return false;
			c->type = types[i].type;
			return true;
		}
	}
	if ((len == 2 && strncasecmp(word, "in", len) == 0) ||
		(len == 3 && strncasecmp(word, "out", len) == 0)) {
		if (c->direction >= 0)
			return false;
		c->direction = len == 2 ? 0x80 : 0;
		return true;
	}
	if (c->address >= 0)
		return false;
	if (len == 4 && strncmp(word, "ep", 2) == 0) {
		word += 2;
		len -= 2;
	}
	return len >= 2 && hex(word, len, 2, &c->address);
}

/* bulk-in, bulk, in, 81, ep81 */
static bool
parse_endpoint(struct criteria *c, const char *text)
{
	c->by_endpoint = true;
	for (;;) {
		size_t len = strcspn(text, "-");

		if (!endpoint_word(c, text, len))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool
parse_print(enum level *ret, const char *text)
{
	static const char *const names[] = {"device", "interface", "endpoint"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum level)i;
			return true;
		}
	}
	return false;
}

static bool
parse_timeout(struct criteria *c, const char *text)
{
	char *end;
	double seconds;

	/* strtod() knows blanks, signs, and words. */
	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || !(seconds <= 1e9))
		return false;
	c->timeout = (int64_t)(seconds * 1000 + 0.999);
	c->wait = true;
	return true;
}

/* Why the value of an option makes no sense, or NULL. */
static const char *
take_value(struct criteria *c, int option, const char *value, enum level *print)
{
	switch (option) {
	case OPT_ID:
		return parse_id(c, value) ? NULL : "VVVV:PPPP, VVVV: or :PPPP, in hex";
	case OPT_SERIAL:
		c->serial = value;
		return NULL;
	case OPT_PORT:
		c->port = value;
		return strchr(value, '/') ? "the name of a device's directory, as 1-2.4" : NULL;
	case OPT_NAME:
		c->name = value;
		return strchr(value, '/') ? "a name in by-name" : NULL;
	case OPT_CLASS:
		return parse_class(c, value) ? NULL : "CC, CC:SS or CC:SS:PP, in hex, or as hid";
	case OPT_ENDPOINT:
		return parse_endpoint(c, value)
			       ? NULL
			       : "bulk, interrupt, isoc, control, in, out, both as bulk-in, or 81";
	case OPT_PRINT:
		return parse_print(print, value) ? NULL : "device, interface or endpoint";
	case OPT_MOUNT:
		c->mount = value;
		return NULL;
	default:
		return parse_timeout(c, value) ? NULL : "a number of seconds";
	}
}

int
criteria_parse(struct criteria *c, int argc, char **argv, char **ret_why)
{
	bool given[OPT_WAIT - OPT_ID] = {false}, print_given;
	enum level print = LEVEL_DEVICE;
	int option;

	*c = (struct criteria){
		.vendor = -1, .product = -1, .address = -1, .direction = -1, .timeout = -1};
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:01h", options, NULL)) != -1) {
		const char *wanted;

		switch (option) {
		case '?':
			/* Letters may stand together, and then optind is not behind them. */
			if (optopt > 0 && optopt < OPT_ID)
				return refuse(ret_why, "unknown option '-%c'", optopt);
			return refuse(ret_why, "unknown option '%s'", argv[optind - 1]);
		case ':':
			return refuse(ret_why, "'%s' wants a value", argv[optind - 1]);
		case '0':
			c->null = true;
			continue;
		case '1':
			c->one = true;
			continue;
		case 'h':
			c->help = true;
			continue;
		case OPT_WAIT:
			c->wait = true;
			continue;
		}
		/* A script whose variable is empty is to hear of it, not to get any device. */
		if (*optarg == '\0')
			return refuse(ret_why, "the value of --%s is empty",
				options[option - OPT_ID].name);
		if (given[option - OPT_ID])
			return refuse(
				ret_why, "--%s is there twice", options[option - OPT_ID].name);
		given[option - OPT_ID] = true;
		wanted = take_value(c, option, optarg, &print);
		if (wanted)
			return refuse(ret_why, "--%s '%s': is to be %s",
				options[option - OPT_ID].name, optarg, wanted);
	}
	if (optind < argc)
		return refuse(ret_why, "'%s' is no option; see usbfuse find --help", argv[optind]);
	print_given = given[OPT_PRINT - OPT_ID];
	c->print = print_given      ? print
		   : c->by_endpoint ? LEVEL_ENDPOINT
		   : c->by_class    ? LEVEL_INTERFACE
				    : LEVEL_DEVICE;
	return 0;
}

bool
criteria_class(const struct criteria *c, const unsigned class[CLASS_PARTS])
{
	for (unsigned i = 0; c->by_class && i < CLASS_PARTS; i++)
		if (c->class[i] >= 0 && (unsigned)c->class[i] != class[i])
			return false;
	return true;
}

bool
criteria_endpoint(const struct criteria *c, unsigned address, const char *type)
{
	if (!c->by_endpoint)
		return true;
	if (c->address >= 0 && (unsigned)c->address != address)
		return false;
	/* The control endpoint has both directions, which is none that can be asked for. */
	if (c->direction >= 0 && ((address & 0x7f) == 0 || (int)(address & 0x80) != c->direction))
		return false;
	return !c->type || strcmp(c->type, type) == 0;
}

bool
criteria_may_match(
	const struct criteria *c, const char *port, const char *id, const char *interfaces)
{
	unsigned vendor, product, class[CLASS_PARTS];

	if (c->port && strcmp(c->port, port) != 0)
		return false;
	if (sscanf(id, "%4x:%4x", &vendor, &product) == 2 &&
		((c->vendor >= 0 && (unsigned)c->vendor != vendor) ||
			(c->product >= 0 && (unsigned)c->product != product)))
		return false;
	while (c->by_class) {
		if (sscanf(interfaces, "%2x/%2x/%2x", &class[0], &class[1], &class[2]) == 3 &&
			criteria_class(c, class))
			return true;
		interfaces = strchr(interfaces, '+');
		if (!interfaces)
			return false;
		interfaces++;
	}
	return true;
}

void
criteria_print_help(void)
{
	fputs("usage: usbfuse find [options]\n"
	      "\n"
	      "Prints the directories of the mounted tree that match, one a line. What matches "
	      "has\n"
	      "to match all of:\n"
	      "\n"
	      "    --id VVVV:PPPP     vendor and product; or one of them: VVVV: or :PPPP\n"
	      "    --serial TEXT      the serial number\n"
	      "    --port PORT        the place, as 1-2.4\n"
	      "    --name NAME        a name of your own, in by-name\n"
	      "    --class CC:SS:PP   class of an interface, subclass, protocol; or less, or a "
	      "word:\n"
	      "                       03, hid, ff::01\n"
	      "    --endpoint WHAT    an endpoint: bulk-in, interrupt, out, 81, ...\n"
	      "\n"
	      "Printed are endpoints if --endpoint is given, else interfaces if --class is, else\n"
	      "devices.\n"
	      "\n"
	      "    --print LEVEL      device, interface or endpoint instead\n"
	      "    -1, --one          fail if there are several\n"
	      "    -0, --null         a zero byte after each instead of a newline\n"
	      "    --wait             wait until there is one\n"
	      "    --timeout SECONDS  likewise, but no longer than this\n"
	      "    --mount DIR        where the tree is mounted; by default $USBFUSE, or the only\n"
	      "                       one that there is\n"
	      "    -h, --help         this text\n"
	      "\n"
	      "Exit status: 0 printed; 1 there is none; 2 an error; 3 several, with --one.\n",
		stdout);
}
