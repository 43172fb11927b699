/* SPDX-License-Identifier: MIT */
/* Making aliases, and keeping them in a file; see aliases.h. */
#include "fs/aliases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/allow.h"
#include "layout/alias.h"
#include "layout/event.h"

enum { FILE_MAX = 16 << 20 };

/* ---- the file ---- */

static int
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Whoever reads the file sees the old one or the new one, also after a crash. */
static int
store(struct fs *fs)
{
	_cleanup_free_ char *text = NULL, *fresh = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	if (!fs->aliases_file)
		return 0;
	r = layout_alias_text(fs->layout, &text, &len);
	if (r < 0)
		return r;
	if (asprintf(&fresh, "%s.new", fs->aliases_file) < 0)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, len);
	if (r == 0 && rename(fresh, fs->aliases_file) < 0)
		r = -errno;
	if (r < 0)
		unlink(fresh);
	return r;
}

static int
load(struct fs *fs, const char *path, unsigned *ret_line)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (len < (size_t)st.st_size &&
		(n = read(fd, text + len, (size_t)st.st_size - len)) != 0) {
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return layout_alias_load(fs->layout, text, len, ret_line);
}

/* FILE without links and relative parts: we leave the working directory. It need not exist, but its
 * directory must. */
static char *
full_path(const char *file)
{
	_cleanup_free_ char *dir = NULL;
	const char *slash = strrchr(file, '/');
	char *full = realpath(file, NULL), *copy;

	if (full || errno != ENOENT)
		return full;
	copy = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
	if (!copy)
		return NULL;
	dir = realpath(copy, NULL);
	free(copy);
	if (!dir || asprintf(&full, "%s/%s", dir, slash ? slash + 1 : file) < 0)
		return NULL;
	return full;
}

int
aliases_use_file(struct fs *fs, const char *file, char **ret_why)
{
	char *path = full_path(file);
	unsigned line = 0;
	int n, r = path ? load(fs, path, &line) : -errno;

	if (r == 0)
		r = allow_beside(path, ALLOW_READ | ALLOW_MAKE);
	if (r == 0) {
		fs->aliases_file = path;
		return 0;
	}
	if (line > 0)
		n = asprintf(ret_why,
			"%s, line %u: not \"NAME serial VVVV:PPPP:SERIAL\" or \"NAME port 1-2\", "
			"or the name is there already",
			file, line);
	else
		n = asprintf(ret_why, "cannot read the aliases in %s: %s", file, strerror(-r));
	if (n < 0)
		*ret_why = NULL;
	free(path);
	return r;
}

/* ---- what the user asks for ---- */

/* The device whose directory has that number; 0: it is no device's. */
static uint64_t
device_of(const struct fs *fs, uint64_t ino)
{
	_cleanup_free_ char *path = layout_path(fs->layout, ino);
	struct layout_stat s;

	if (!path || strchr(path, '/') || layout_stat(fs->layout, ino, &s) < 0 ||
		s.type != LAYOUT_DIR)
		return 0;
	return layout_seq(ino);
}

static uint64_t
device_of_node(const struct fs *fs, const char *node)
{
	for (uint64_t seq = 0; (seq = layout_next_device(fs->layout, seq)) > 0;) {
		const struct snapshot *s = layout_snapshot(fs->layout, seq);

		if (s->node && strcmp(s->node, node) == 0)
			return seq;
	}
	return 0;
}

static int
find_device(const struct fs *fs, const char *target, uint64_t *ret_seq)
{
	size_t len = fs->mountpoint ? strlen(fs->mountpoint) : 0;
	uint64_t ino = 0;
	int r;

	if (*target != '/') {
		r = layout_resolve(fs->layout, layout_aliases(), target, &ino);
		if (r < 0)
			r = layout_resolve(fs->layout, LAYOUT_ROOT, target, &ino);
	} else if (len > 0 && strncmp(target, fs->mountpoint, len) == 0 &&
		   (target[len] == '/' || !target[len])) {
		r = layout_resolve(fs->layout, LAYOUT_ROOT, target + len, &ino);
	} else {
		*ret_seq = device_of_node(fs, target);
		if (*ret_seq > 0)
			return 0;
		r = layout_resolve(fs->layout, LAYOUT_ROOT, strrchr(target, '/') + 1, &ino);
	}
	if (r < 0)
		return r;
	*ret_seq = device_of(fs, ino);
	return *ret_seq > 0 ? 0 : -EINVAL;
}

/* Keeps what has been changed, or, when that fails, goes back to what was. */
static int
keep_change(struct fs *fs, const char *before, size_t len)
{
	unsigned line;
	int r = store(fs);

	if (r < 0)
		layout_alias_load(fs->layout, before, len, &line);
	return r;
}

int
aliases_add(struct fs *fs, const char *target, const char *name, uint64_t *ret_ino)
{
	_cleanup_free_ char *before = NULL;
	uint64_t seq;
	size_t len;
	int r = find_device(fs, target, &seq);

	if (r == 0)
		r = layout_alias_text(fs->layout, &before, &len);
	if (r == 0)
		r = layout_alias_add(fs->layout, name, seq, ret_ino);
	return r == 0 ? keep_change(fs, before, len) : r;
}

int
aliases_remove(struct fs *fs, const char *name)
{
	_cleanup_free_ char *before = NULL;
	size_t len;
	int r = layout_alias_text(fs->layout, &before, &len);

	if (r == 0)
		r = layout_alias_remove(fs->layout, name);
	return r == 0 ? keep_change(fs, before, len) : r;
}

int
aliases_rename(struct fs *fs, const char *from, const char *to, bool keep)
{
	_cleanup_free_ char *before = NULL;
	size_t len;
	int r = layout_alias_text(fs->layout, &before, &len);

	if (r == 0)
		r = layout_alias_rename(fs->layout, from, to, keep);
	return r == 0 ? keep_change(fs, before, len) : r;
}
