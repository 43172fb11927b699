/* SPDX-License-Identifier: MIT */
/* What has come of requests, as it is read from the file that has sent them; see control.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/control.h"
#include "fs/device.h"
#include "fs/file.h"
#include "fs/request.h"
#include "fs/worker.h"

/* Room for N more bytes of text. */
static bool
make_room(struct control_file *cf, size_t n)
{
	size_t room = cf->reply_room ? cf->reply_room : 256;
	unsigned char *grown;

	if (cf->reply_at > 0) {
		cf->reply_len -= cf->reply_at;
		memmove(cf->reply, cf->reply + cf->reply_at, cf->reply_len);
		cf->reply_at = 0;
	}
	while (room - cf->reply_len < n)
		room *= 2;
	if (room == cf->reply_room)
		return true;
	grown = realloc(cf->reply, room);
	if (!grown)
		return false;
	cf->reply = grown;
	cf->reply_room = room;
	return true;
}

static void
append(struct control_file *cf, const char *text, size_t len)
{
	if (!make_room(cf, len))
		return;
	memcpy(cf->reply + cf->reply_len, text, len);
	cf->reply_len += len;
}

int
control_reply_line(struct control_job *job, int err)
{
	struct control_file *cf = job->file->control;
	struct device *d = cf->control->device;
	size_t n = job->setup.type & SETUP_IN ? job->transfer.actual : 0, len = 0;
	char *line = NULL;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return -ENOMEM;
	if (err < 0) {
		fprintf(out, "error %s: ", strerrorname_np(-err));
		if (job->words)
			fputs(job->words, out);
		else
			control_explain(out, d, worker_snapshot(d), &job->setup, err);
	} else if (!(job->setup.type & SETUP_IN) || job->setup.length == 0) {
		fputs("ok", out);
	} else {
		for (size_t i = 0; i < n; i++)
			fprintf(out, "%s%02x", i ? " " : "", job->buffer[SETUP_BYTES + i]);
	}
	fputc('\n', out);
	if (fclose(out) != 0) {
		free(line);
		return -ENOMEM;
	}
	append(cf, line, len);
	free(line);
	return 0;
}

void
control_reply_keep(struct control_job *job, int err)
{
	struct control_file *cf = job->file->control;

	free(cf->reply);
	cf->reply = NULL;
	cf->reply_len = cf->reply_at = 0;
	cf->has_reply = err == 0;
	if (err == 0 && job->setup.type & SETUP_IN) {
		cf->reply = job->buffer;
		cf->reply_len = job->transfer.actual;
		job->buffer = NULL;
		memmove(cf->reply, cf->reply + SETUP_BYTES, cf->reply_len);
	}
}

void
control_reply_deliver(struct request *r, size_t at)
{
	struct control_file *cf = r->file->control;
	size_t left = at < cf->reply_len ? cf->reply_len - at : 0;
	size_t n = left < r->size ? left : r->size;

	request_reply_data(r, n ? cf->reply + at : NULL, n);
}
