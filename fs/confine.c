/* SPDX-License-Identifier: MIT */
/* Puts the parts of least privilege together, and into words; see confine.h. */
#include "fs/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/util/allow.h"
#include "backend/util/macro.h"

/*
 * The only capability that is of use: devices whose node belongs to somebody else can be opened by
 * root all the same, as those who may use them expect. It goes no further than Landlock lets it.
 */
#define KEEP (1ULL << CAP_DAC_OVERRIDE)

static const struct {
	const char *name;
	unsigned part;
} parts_by_name[] = {
	{"caps", CONFINE_CAPS},
	{"no_new_privs", CONFINE_NO_NEW_PRIVS},
	{"landlock", CONFINE_LANDLOCK},
	{"seccomp", CONFINE_SECCOMP},
	{"none", 0},
	{"all", CONFINE_ALL},
};

int
confine_parse(const char *words, unsigned *ret_parts, char **ret_why)
{
	_cleanup_free_ char *copy = strdup(words);
	char *rest = copy, *word;
	unsigned parts = 0;

	while ((word = strsep(&rest, ":"))) {
		size_t i = 0;

		while (i < ARRAY_SIZE(parts_by_name) && strcmp(parts_by_name[i].name, word) != 0)
			i++;
		if (i == ARRAY_SIZE(parts_by_name)) {
			if (asprintf(ret_why,
				    "confine=%s: '%s' is none of all, none, caps, no_new_privs, "
				    "landlock, seccomp",
				    words, word) < 0)
				*ret_why = NULL;
			return -EINVAL;
		}
		parts |= parts_by_name[i].part;
	}
	/* The kernel wants it so. */
	if (parts & (CONFINE_LANDLOCK | CONFINE_SECCOMP))
		parts |= CONFINE_NO_NEW_PRIVS;
	*ret_parts = parts;
	return 0;
}

static int
fail(char **ret_why, const char *what, int r)
{
	if (asprintf(ret_why, "cannot give up privileges, %s: %s; -o confine= leaves it out", what,
		    strerror(-r)) < 0)
		*ret_why = NULL;
	return r;
}

static int
apply(unsigned parts, bool report, FILE *out, char **ret_why)
{
	unsigned long long kept;
	int r, abi;

	if (parts & CONFINE_CAPS) {
		r = confine_caps(KEEP, &kept);
		if (r < 0)
			return fail(ret_why, "capabilities", r);
		fprintf(out, "caps %s", kept ? "dac_override" : "none");
	} else {
		fputs("all caps", out);
	}
	if (parts & CONFINE_NO_NEW_PRIVS) {
		r = confine_no_new_privs();
		if (r < 0)
			return fail(ret_why, "no_new_privs", r);
	}
	fprintf(out, ", %sno_new_privs", parts & CONFINE_NO_NEW_PRIVS ? "" : "not ");
	if (parts & CONFINE_LANDLOCK) {
		r = confine_landlock(&abi);
		if (r < 0 && r != -EOPNOTSUPP)
			return fail(ret_why, "Landlock", r);
		if (r == 0)
			fprintf(out, ", landlock %d", abi);
		else
			fputs(", no landlock: this kernel has none", out);
	} else {
		fputs(", no landlock", out);
	}
	/* The last one: it refuses what the others are made with. */
	if (parts & CONFINE_SECCOMP) {
		r = confine_seccomp(report);
		if (r < 0 && r != -EOPNOTSUPP)
			return fail(ret_why, "seccomp", r);
		if (r == 0)
			fputs(", seccomp", out);
		else if (CONFINE_SANITIZED)
			fputs(", no seccomp: there is a sanitizer", out);
		else
			fputs(", no seccomp: not on this machine", out);
	} else {
		fputs(", no seccomp", out);
	}
	return 0;
}

int
confine(unsigned parts, bool report, char **ret_status, char **ret_why)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r = out ? 0 : -ENOMEM;

	*ret_why = NULL;
	/* syslog() looks for the time zone, which it cannot read later. */
	tzset();
	if (r == 0) {
		r = apply(parts, report, out, ret_why);
		if (fclose(out) != 0 && r == 0)
			r = -ENOMEM;
	}
	allow_clear();
	if (r < 0)
		free(text);
	else
		*ret_status = text;
	return r;
}
