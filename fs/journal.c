/* SPDX-License-Identifier: MIT */
/* The files of detached drivers; see journal.h. What is in them is in journal_entry.c. */
#include "fs/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/util/allow.h"
#include "backend/util/log.h"
#include "fs/journal_entry.h"

#define PREFIX "journal-"

enum { FILE_MAX = 1 << 20, NAMES_MAX = 100 };

struct journal {
	pthread_mutex_t lock;
	int directory, file;
	char name[32];
	char boot[64];
	struct list entries;
	bool complained; /* that it cannot be written */
};

static void
read_boot_id(char *buf, size_t size)
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, " \n")] = '\0';
	if (!buf[0])
		snprintf(buf, size, "unknown");
}

/* ---- the directory ---- */

static int PRINTF_LIKE(3, 4) fail(int err, char **ret_why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (vasprintf(ret_why, format, ap) < 0)
		*ret_why = NULL;
	va_end(ap);
	return err;
}

static char *
usual_directory(void)
{
	const char *top = getuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	char *path;

	if (!top || top[0] != '/' || asprintf(&path, "%s/usbfuse", top) < 0)
		return NULL;
	return path;
}

static int
open_directory(const char *path, char **ret_why)
{
	struct stat st;
	int fd, r;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(-errno, ret_why, "cannot make the journal's directory %s: %s", path,
			strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(-errno, ret_why, "cannot open the journal's directory %s: %s", path,
			strerror(errno));
	/* Whoever else can write there could have us give away what he likes. */
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022)) {
		close(fd);
		return fail(-EPERM, ret_why,
			"others may write to the journal's directory %s, or own it", path);
	}
	/* What dead daemons have left is opened and removed later. */
	r = allow_path(path, ALLOW_READ | ALLOW_MAKE);
	if (r < 0) {
		close(fd);
		return fail(r, ret_why, "cannot open the journal's directory %s: %s", path,
			strerror(-r));
	}
	return fd;
}

/* ---- files ---- */

/* Locks FD, which NAME has led to. false: somebody has it, or it is not what NAME leads to now. */
static bool
lock_file(int directory, const char *name, int fd)
{
	struct stat a, b;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return false;
	return fstat(fd, &a) == 0 && fstatat(directory, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* One that is ours alone. Between its making and its locking, another daemon may take it for a dead
 * one's, and remove it: then the next name is tried. */
static int
make_file(struct journal *j, char **ret_why)
{
	int err = EEXIST;

	for (unsigned n = 0; n < NAMES_MAX && err == EEXIST; n++) {
		snprintf(j->name, sizeof(j->name), PREFIX "%d.%u", (int)getpid(), n);
		j->file = openat(j->directory, j->name,
			O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		err = j->file < 0 ? errno : 0;
		if (err == 0 && !lock_file(j->directory, j->name, j->file)) {
			close(j->file);
			j->file = -1;
			err = EEXIST;
		}
	}
	if (err)
		return fail(-err, ret_why, "cannot make a journal: %s", strerror(err));
	return 0;
}

static void
write_line(struct journal *j, char sign, const struct journal_entry *e)
{
	char line[JOURNAL_LINE_MAX];
	int len = journal_line(line, sizeof(line), sign, e);

	if (len < (int)sizeof(line) && write(j->file, line, (size_t)len) == len)
		return;
	if (!j->complained)
		log_warn("cannot write to the journal of detached drivers, proceeding without it");
	j->complained = true;
}

/* With nothing in it, it need not grow. */
static void
shorten(struct journal *j)
{
	if (list_empty(&j->entries) && ftruncate(j->file, 0) < 0)
		log_warn("cannot shorten the journal: %s, proceeding", strerror(errno));
}

static void
free_entries(struct list *entries)
{
	list_for_each_safe (at, tmp, entries)
		journal_entry_free(list_entry(at, struct journal_entry, node));
}

/* Has everything in that file been dealt with? What is about other buses than SCHEME is not ours to
 * judge: the next daemon that has them finds it. */
static bool
take_entries(struct journal *j, const char *scheme, int fd, struct list *found)
{
	char line[JOURNAL_LINE_MAX];
	bool all = true;

	list_for_each_safe (at, tmp, found) {
		struct journal_entry *e = list_entry(at, struct journal_entry, node);
		int len = journal_line(line, sizeof(line), '-', e);

		if (journal_entry_is(e, j->boot, NULL) && !journal_entry_is(e, j->boot, scheme)) {
			all = false;
			continue;
		}
		/* Those of an earlier life of the kernel are done with. */
		if (journal_entry_is(e, j->boot, scheme) &&
			!journal_entry_find(&j->entries, e->key)) {
			list_del(&e->node);
			list_append(&j->entries, &e->node);
			write_line(j, '+', e);
		}
		/* Only now: it is in ours. */
		if (len < (int)sizeof(line) && write(fd, line, (size_t)len) != len)
			log_warn("cannot write to an old journal: %s, proceeding", strerror(errno));
	}
	return all;
}

static void
take_over(struct journal *j, const char *scheme, const char *name)
{
	_cleanup_close_ int fd =
		openat(j->directory, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = malloc(FILE_MAX);
	struct list found;
	ssize_t n;

	if (fd < 0 || !text || !lock_file(j->directory, name, fd))
		return;
	list_init(&found);
	n = read(fd, text, FILE_MAX);
	if (n >= 0 && journal_replay(&found, text, (size_t)n) == 0 &&
		take_entries(j, scheme, fd, &found))
		unlinkat(j->directory, name, 0);
	free_entries(&found);
}

void
journal_take_over(struct journal *j, const char *scheme)
{
	int copy;
	DIR *dir;
	struct dirent *entry;

	if (!j)
		return;
	copy = openat(j->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		if (copy >= 0)
			close(copy);
		return;
	}
	pthread_mutex_lock(&j->lock);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
			strcmp(entry->d_name, j->name) != 0)
			take_over(j, scheme, entry->d_name);
	pthread_mutex_unlock(&j->lock);
	closedir(dir);
}

static void
destroy(struct journal *j)
{
	free_entries(&j->entries);
	if (j->file >= 0)
		close(j->file);
	if (j->directory >= 0)
		close(j->directory);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

int
journal_open(const char *directory, struct journal **ret, char **ret_why)
{
	_cleanup_free_ char *usual = directory ? NULL : usual_directory();
	struct journal *j;
	int r;

	if (!directory && !usual)
		return fail(-ENOENT, ret_why, "there is no XDG_RUNTIME_DIR for a journal");
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	pthread_mutex_init(&j->lock, NULL);
	list_init(&j->entries);
	j->file = -1;
	read_boot_id(j->boot, sizeof(j->boot));
	r = j->directory = open_directory(directory ? directory : usual, ret_why);
	if (r >= 0)
		r = make_file(j, ret_why);
	if (r < 0) {
		destroy(j);
		return r;
	}
	*ret = j;
	return 0;
}

void
journal_close(struct journal *j)
{
	if (!j)
		return;
	/* May be forbidden by now: an empty file is removed by the next daemon. */
	if (list_empty(&j->entries) && unlinkat(j->directory, j->name, 0) < 0)
		log_dbg("cannot remove the journal: %s", strerror(errno));
	destroy(j);
}

/* ---- entries ---- */

static struct journal_entry *
find(struct journal *j, uint64_t seq, uint8_t interface)
{
	list_for_each (at, &j->entries) {
		struct journal_entry *e = list_entry(at, struct journal_entry, node);

		if (e->seq == seq && e->interface == interface)
			return e;
	}
	return NULL;
}

void
journal_add(struct journal *j, const char *scheme, const struct snapshot *s, uint8_t interface,
	const char *driver)
{
	char key[JOURNAL_LINE_MAX], word[128];
	struct journal_entry *e;

	if (!j)
		return;
	/* What the kernel calls it, in one line in any case. */
	snprintf(word, sizeof(word), "%s", driver);
	for (char *c = word; *c; c++)
		if (*c == '\n')
			*c = '?';
	if (journal_key(key, sizeof(key), j->boot, scheme, s, interface) >= (int)sizeof(key))
		return;
	pthread_mutex_lock(&j->lock);
	e = find(j, s->seq, interface);
	if (!e || strcmp(e->driver, word) != 0) {
		if (e)
			journal_entry_free(e);
		e = journal_entry_new(key, word);
		if (e) {
			e->seq = s->seq;
			e->interface = interface;
			list_append(&j->entries, &e->node);
			write_line(j, '+', e);
		} else {
			log_err("no memory to note that %s loses an interface", word);
		}
	}
	pthread_mutex_unlock(&j->lock);
}

void
journal_remove(struct journal *j, uint64_t seq, uint8_t interface)
{
	struct journal_entry *e;

	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	e = find(j, seq, interface);
	if (e) {
		write_line(j, '-', e);
		journal_entry_free(e);
		shorten(j);
	}
	pthread_mutex_unlock(&j->lock);
}

bool
journal_adopt(struct journal *j, const char *scheme, const struct snapshot *s, uint8_t interface)
{
	struct journal_entry *e = NULL;
	char key[JOURNAL_LINE_MAX];

	if (!j)
		return false;
	pthread_mutex_lock(&j->lock);
	if (journal_key(key, sizeof(key), j->boot, scheme, s, interface) < (int)sizeof(key))
		e = journal_entry_find(&j->entries, key);
	if (e && e->seq == 0) {
		e->seq = s->seq;
		e->interface = interface;
	} else {
		e = NULL;
	}
	pthread_mutex_unlock(&j->lock);
	return e;
}

void
journal_adopt_end(struct journal *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	list_for_each_safe (at, tmp, &j->entries) {
		struct journal_entry *e = list_entry(at, struct journal_entry, node);

		if (e->seq != 0)
			continue;
		write_line(j, '-', e);
		journal_entry_free(e);
	}
	shorten(j);
	pthread_mutex_unlock(&j->lock);
}
