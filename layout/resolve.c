/* SPDX-License-Identifier: MIT */
/* Paths to inode numbers, as the kernel would walk them; see alias.h. */
#include <errno.h>
#include <string.h>

#include "layout/alias.h"
#include "layout/links.h"

enum { MAX_LINKS = 40, NAME_ROOM = 512 };

static int
walk(const struct layout *l, uint64_t dir, const char *path, unsigned *links, uint64_t *ret)
{
	struct layout_stat s;
	int r = layout_stat(l, dir, &s);

	if (*path == '/')
		dir = LAYOUT_ROOT;
	while (r == 0 && *path) {
		size_t len = strcspn(path, "/");
		char name[NAME_ROOM], target[NAME_ROOM];
		uint64_t at = dir;

		if (len >= sizeof(name))
			return -ENOENT;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		while (*path == '/')
			path++;
		if (len > 0)
			r = layout_lookup(l, dir, name, &at);
		if (r == 0)
			r = layout_stat(l, at, &s);
		if (r == 0 && s.type == LAYOUT_LINK) {
			if (++*links > MAX_LINKS)
				return -ELOOP;
			r = layout_link(l, at, target, sizeof(target));
			if (r >= 0)
				r = walk(l, dir, target, links, &at);
		}
		dir = at;
	}
	if (r == 0)
		*ret = dir;
	return r;
}

int
layout_resolve(const struct layout *l, uint64_t dir, const char *path, uint64_t *ret_ino)
{
	unsigned links = 0;

	return *path ? walk(l, dir, path, &links, ret_ino) : -ENOENT;
}
