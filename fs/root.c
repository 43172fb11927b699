/* SPDX-License-Identifier: MIT */
/* ctl and status of the root; see root.h. */
#include "fs/root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/events.h"
#include "fs/ops.h"
#include "layout/alias.h"
#include "layout/ctl.h"
#include "layout/event.h"

struct rescan {
	struct list node; /* fs.rescans */
	uint64_t token;
	unsigned outstanding; /* backends */
	int error;
	struct request *request; /* a reference */
};

static void
status(FILE *out, const struct fs *fs)
{
	unsigned devices = 0, listeners, waiting;
	const char *away;

	for (uint64_t seq = 0; (seq = layout_next_device(fs->layout, seq)) > 0;)
		devices++;
	events_count(fs, &listeners, &waiting);
	fprintf(out, "version: %s\n", fs->version);
	fprintf(out, "devices: %u\n", devices);
	for (unsigned i = 0; i < fs->n_backends; i++)
		fprintf(out, "bus: %s\n", fs->backends[i]->ops->scheme);
	if (fs->confinement)
		fprintf(out, "confinement: %s\n", fs->confinement);
	fprintf(out, "listeners: %u\n", listeners);
	fprintf(out, "listeners waiting: %u\n", waiting);
	for (size_t i = 0; (away = layout_alias_away(fs->layout, i)); i++)
		fprintf(out, "alias away: %s\n", away);
	if (fs->ctl_error)
		fprintf(out, "last_ctl_error: %s\n", fs->ctl_error);
}

int
root_text(const struct fs *fs, enum layout_type type, char **ret, size_t *ret_len)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	if (type == LAYOUT_ROOT_STATUS)
		status(out, fs);
	else
		fputs(ctl_text(type, NULL), out);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_len = len;
	return 0;
}

static void
finish(struct rescan *s)
{
	list_del(&s->node);
	if (request_take(s->request)) {
		if (s->error < 0)
			request_reply_error(s->request, s->error);
		else
			request_reply_written(s->request, s->request->size);
	}
	request_unref(s->request);
	free(s);
}

static void
rescan(fuse_req_t req, struct file *f, size_t len)
{
	struct fs *fs = ops_fs(req);
	struct rescan *s = calloc(1, sizeof(*s));

	if (!s) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	s->request = request_new(fs, req, REQUEST_COMMAND, f);
	if (!s->request) {
		free(s);
		return;
	}
	s->request->size = len;
	s->token = ++fs->last_token;
	list_append(&fs->rescans, &s->node);
	for (unsigned i = 0; i < fs->n_backends; i++) {
		struct backend *b = fs->backends[i];
		int r = b->ops->rescan ? b->ops->rescan(b, s->token) : -EALREADY;

		s->outstanding += r == 0;
		if (r < 0 && r != -EALREADY)
			s->error = r;
	}
	if (s->outstanding == 0)
		finish(s);
}

void
root_write(fuse_req_t req, struct file *f, const char *text, size_t len)
{
	struct ctl_reader reader = {.type = f->type, .text = text, .len = len};
	struct fs *fs = ops_fs(req);
	char why[CTL_WHY_MAX];
	struct ctl_command c;
	bool any = false;
	int r;

	while ((r = ctl_next(&reader, &c, why)) > 0)
		any = true;
	free(fs->ctl_error);
	fs->ctl_error = r < 0 ? strdup(why) : NULL;
	if (r < 0)
		fuse_reply_err(req, -r);
	else if (any)
		rescan(req, f, len);
	else
		fuse_reply_write(req, len);
}

void
root_rescanned(struct fs *fs, uint64_t token)
{
	list_for_each (at, &fs->rescans) {
		struct rescan *s = list_entry(at, struct rescan, node);

		if (s->token != token)
			continue;
		if (--s->outstanding == 0)
			finish(s);
		return;
	}
}

void
root_interrupt(struct request *r)
{
	request_fail(r, -EINTR);
	request_unref(r);
}

void
root_stop(struct fs *fs)
{
	while (!list_empty(&fs->rescans)) {
		struct rescan *s = list_first(&fs->rescans, struct rescan, node);

		s->error = -ENODEV;
		finish(s);
	}
	free(fs->ctl_error);
	fs->ctl_error = NULL;
}
