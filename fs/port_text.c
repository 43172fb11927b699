/* SPDX-License-Identifier: MIT */
/* The status of a port in words; see port_text.h. */
#include "fs/port_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/util/macro.h"

enum {
	CONNECTION = 1 << 0,
	ENABLE = 1 << 1,
	SUSPEND = 1 << 2,
	OVER_CURRENT = 1 << 3,
	RESET = 1 << 4,
	POWER = 1 << 8,
	LOW_SPEED = 1 << 9,
	HIGH_SPEED = 1 << 10,
	INDICATOR = 1 << 12,

	SUPER_POWER = 1 << 9,
	SUPER_LINK_SHIFT = 5,
	SUPER_LINK_SUSPENDED = 3,
};

static bool
has_power(bool super, unsigned status)
{
	return status & (super ? SUPER_POWER : POWER);
}

static const char *
speed(bool super, unsigned status)
{
	if (!(status & CONNECTION))
		return "none";
	if (super)
		return "super";
	return status & LOW_SPEED ? "low" : status & HIGH_SPEED ? "high" : "full";
}

static void
print_status(FILE *out, bool super, unsigned status)
{
	static const char *const links[16] = {"U0", "U1", "U2", "U3", "disabled", "looking",
		"inactive", "polling", "recovery", "hot reset", "compliance", "loopback"};
	unsigned link = status >> SUPER_LINK_SHIFT & 15;
	bool suspended =
		super ? status & CONNECTION && link == SUPER_LINK_SUSPENDED : status & SUSPEND;
	const struct {
		const char *name;
		bool is;
	} bits[] = {
		{"connected", status & CONNECTION},
		{"enabled", status & ENABLE},
		{"suspended", suspended},
		{"reset", status & RESET},
		{"over_current", status & OVER_CURRENT},
	};

	fprintf(out, "power: %s\n", has_power(super, status) ? "on" : "off");
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		fprintf(out, "%s: %s\n", bits[i].name, bits[i].is ? "yes" : "no");
	fprintf(out, "speed: %s\n", speed(super, status));
	if (super)
		fprintf(out, "link: %s\n", links[link] ? links[link] : "unknown");
}

static const char *
indicator(bool super, unsigned status, unsigned set)
{
	static const char *const words[] = {"auto", "amber", "green", "off"};

	/* The bit says that it was set, not to what; another program may have done it. */
	if (!super && !(status & INDICATOR))
		return "auto";
	if (set > 0 && set < ARRAY_SIZE(words))
		return words[set];
	return super ? "auto" : "unknown";
}

int
port_text(enum layout_type type, bool super, unsigned status, unsigned set, char **ret,
	size_t *ret_len)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	if (type == LAYOUT_PORT_POWER)
		fputs(has_power(super, status) ? "on\n" : "off\n", out);
	else if (type == LAYOUT_PORT_DISABLE)
		fputs(has_power(super, status) ? "0\n" : "1\n", out);
	else if (type == LAYOUT_PORT_INDICATOR)
		fprintf(out, "%s\n", indicator(super, status, set));
	else
		print_status(out, super, status);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_len = len;
	return 0;
}
