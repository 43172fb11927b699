/* SPDX-License-Identifier: MIT */
/* The list of what will be needed; see allow.h. */
#include "backend/util/allow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/macro.h"

static struct allowed *list;
static size_t n_list;

static int
add(int fd, unsigned rights)
{
	struct allowed *grown;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	grown = realloc(list, (n_list + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list = grown;
	list[n_list++] = (struct allowed){fd, rights, S_ISDIR(st.st_mode)};
	return 0;
}

/* PATH becomes the directory above it; false: there is none. */
static bool
climb(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == path && path[1])
		path[1] = '\0';
	else if (slash && slash != path)
		*slash = '\0';
	else if (!slash && strcmp(path, ".") != 0)
		strcpy(path, ".");
	else
		return false;
	return true;
}

int
allow_path(const char *path, unsigned rights)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;
	int r;

	/* At least one character, for climb(). */
	if (!copy || !*copy)
		return copy ? -ENOENT : -ENOMEM;
	while ((fd = open(copy, O_PATH | O_CLOEXEC)) < 0)
		if ((errno != ENOENT && errno != ENOTDIR) || !climb(copy))
			return -errno;
	r = add(fd, rights);
	if (r == 0)
		fd = -1;
	return r;
}

int
allow_beside(const char *path, unsigned rights)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy || !*copy)
		return copy ? -ENOENT : -ENOMEM;
	climb(copy);
	return allow_path(copy, rights);
}

const struct allowed *
allow_list(size_t *ret_n)
{
	*ret_n = n_list;
	return list;
}

void
allow_clear(void)
{
	for (size_t i = 0; i < n_list; i++)
		close(list[i].fd);
	free(list);
	list = NULL;
	n_list = 0;
}
