/* SPDX-License-Identifier: MIT */
/*
 * A main() for fuzz targets without libFuzzer: runs every file given, or found in a directory
 * given, through the target. Each is a copy of exactly its size, so that a sanitizer or valgrind
 * sees what reads beyond it. What a fuzzer once found lives in the corpus and is tried again here.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/macro.h"
#include "tests/fuzz/fuzz.h"

static int
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int
run_file(const char *path, size_t size)
{
	/* malloc(0) may give a pointer that can be read from; this one cannot. */
	_cleanup_free_ uint8_t *data = size > 0 ? malloc(size) : NULL;
	FILE *f = fopen(path, "rb");
	int r = 0;

	if (!f || (size > 0 && (!data || fread(data, size, 1, f) != 1)))
		r = fail(path);
	if (f)
		fclose(f);
	if (r == 0) {
		/* So that a crash says which. */
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(data, size);
	}
	return r < 0 ? r : 1;
}

/* The number of inputs, or -1. */
static int
run_path(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *dir;
	int n = 0;

	if (stat(path, &st) < 0)
		return fail(path);
	if (!S_ISDIR(st.st_mode))
		return run_file(path, (size_t)st.st_size);
	dir = opendir(path);
	if (!dir)
		return fail(path);
	while (n >= 0 && (e = readdir(dir))) {
		char below[PATH_MAX];
		int r;

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) >= PATH_MAX)
			r = -1;
		else
			r = run_path(below);
		n = r < 0 ? r : n + r;
	}
	closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int n = run_path(argv[i]);

		/* A corpus that is empty tests nothing. */
		if (n <= 0)
			return 1;
		printf("%s: %d inputs\n", argv[i], n);
	}
	return argc < 2;
}
