/* SPDX-License-Identifier: MIT */
/*
 * libfuse's operations on open files: descriptive files are answered here, what moves bytes or
 * changes a device becomes a request to the device's worker. Those of data files may be on that
 * worker already: receive.h.
 */
#include "fs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/command.h"
#include "fs/control.h"
#include "fs/device.h"
#include "fs/endpoint.h"
#include "fs/events.h"
#include "fs/file.h"
#include "fs/outcome.h"
#include "fs/patience.h"
#include "fs/port.h"
#include "fs/receive.h"
#include "fs/request.h"
#include "fs/root.h"
#include "fs/status.h"
#include "fs/worker.h"

enum {
	LIVE_MAX = 4096, /* of an attribute: a page, as in sysfs */
};

static struct file *
file_of(const struct fuse_file_info *fi)
{
	return (struct file *)(uintptr_t)fi->fh;
}

static bool
is_data(const struct file *f)
{
	return f->type == LAYOUT_DATA;
}

/* Of the control endpoint: does it go on where it is, whatever the position? */
static bool
is_stream(const struct file *f)
{
	return f->control && (f->type != LAYOUT_SETUP || setup_is_written(&f->control->setup));
}

/* Fills f->text with what the file says now. */
static int
refresh(struct fs *fs, struct file *f)
{
	struct layout_target t;
	char *text = NULL, name[64];
	size_t len = 0;
	int r;

	switch (f->type) {
	case LAYOUT_TEXT:
	case LAYOUT_ALTERNATE:
	case LAYOUT_CONFIG:
		r = layout_text(fs->layout, f->ino, &text, &len);
		break;
	case LAYOUT_LIVE:
	case LAYOUT_SETTING:
		r = layout_target(fs->layout, f->ino, &t);
		if (r < 0)
			break;
		text = malloc(LIVE_MAX);
		if (!text)
			return -ENOMEM;
		if (t.port > 0)
			snprintf(name, sizeof(name), "port%d/%s", t.port, t.attr);
		else
			snprintf(name, sizeof(name), "%s", t.attr);
		r = f->device->backend->ops->read_attr
			    ? f->device->backend->ops->read_attr(f->device->backend, t.snapshot,
				      t.interface, name, text, LIVE_MAX)
			    : -EOPNOTSUPP;
		if (r >= 0)
			len = (size_t)r;
		break;
	case LAYOUT_ROOT_CTL:
	case LAYOUT_ROOT_STATUS:
		r = root_text(fs, f->type, &text, &len);
		break;
	default:
		r = status_text(f, &text, &len);
	}
	if (r < 0) {
		free(text);
		return r == -ESTALE ? -ENODEV : r;
	}
	free(f->text);
	f->text = text;
	f->text_len = len;
	return 0;
}

/* An open file for INO, not yet known to the kernel; *ret is untouched on failure. */
static int
make_file(struct fs *fs, fuse_ino_t ino, struct file **ret)
{
	struct layout_target t;
	struct file *f;
	int r;

	r = layout_target(fs->layout, ino, &t);
	if (r < 0)
		return r;
	if (t.type == LAYOUT_DIR)
		return -EISDIR;
	if (t.type == LAYOUT_LINK)
		return -ELOOP;
	f = file_new(t.type, ino);
	if (!f)
		return -ENOMEM;
	if (t.snapshot) {
		f->device = device_find(fs, t.snapshot->seq);
		if (!f->device) {
			file_unref(f);
			return -ENODEV;
		}
	}
	f->interface = t.interface;
	f->config = t.config;
	f->port = t.port;
	f->attr = t.attr;
	if (control_is_type(t.type) && control_open(f, &t) < 0) {
		file_unref(f);
		return -ENOMEM;
	}
	if (t.type == LAYOUT_DATA || t.type == LAYOUT_CTL || t.type == LAYOUT_STATUS) {
		f->endpoint = endpoint_get(f->device, &t);
		if (!f->endpoint) {
			file_unref(f);
			return -ENOMEM;
		}
	}
	*ret = f;
	return 0;
}

size_t
ops_text_size(struct fs *fs, fuse_ino_t ino)
{
	struct file *f;
	size_t len;

	if (make_file(fs, ino, &f) < 0)
		return 0;
	len = refresh(fs, f) < 0 ? 0 : f->text_len;
	file_unref(f);
	return len;
}

mode_t
ops_pair_mode(struct fs *fs, fuse_ino_t ino, mode_t mode)
{
	struct layout_target t;
	struct device *d;

	if (layout_target(fs->layout, ino, &t) < 0 || t.endpoint & 0x80)
		return 0;
	d = device_find(fs, t.snapshot->seq);
	return d && endpoint_is_paired(d, &t) ? (mode & 0222) << 1 : 0;
}

/* The kernel has F open no more. */
static void
close_file(struct file *f)
{
	struct device *d = f->device;

	events_close(f);
	worker_close_file(f);
	if (d)
		device_closed(d);
}

/* libfuse has no field for FOPEN_STREAM, without which a reader and a writer of one descriptor lock
 * each other out; so the answer to OPEN is put together here. */
static void
reply_open(fuse_req_t req, struct file *f, int mode)
{
	struct fuse_open_out out = {.fh = (uintptr_t)f, .open_flags = FOPEN_DIRECT_IO};

	if (is_data(f) || f->events || is_stream(f))
		out.open_flags |= FOPEN_STREAM | FOPEN_NONSEEKABLE;
#ifdef FOPEN_PARALLEL_DIRECT_WRITES
	if (is_data(f) || is_stream(f))
		out.open_flags |= FOPEN_PARALLEL_DIRECT_WRITES;
#endif
#ifdef FOPEN_NOFLUSH
	/* Who has only read has nothing to wait for. To ask for a flush the kernel would lock the
	 * inode, and wait in state D for somebody else's write that is under way. */
	if (mode == O_RDONLY && !is_data(f) && !f->control)
		out.open_flags |= FOPEN_NOFLUSH;
#endif
	if (f->device)
		device_opened(f->device);
	list_append(&ops_fs(req)->files, &f->node);
	if (fuse_reply_buf(req, (const char *)&out, sizeof(out)) == -ENOENT) {
		list_del(&f->node);
		/* The opener was killed meanwhile: no RELEASE will come. */
		close_file(f);
	}
}

/* Decides where reads and writes go. Also for root, whom no permission bits stop, a transfer has
 * one direction; an OUT endpoint with a pair reads from that. */
static int
set_direction(struct fs *fs, struct file *f, int mode)
{
	unsigned pair = endpoint_knob(f->endpoint, KNOB_PAIR);
	struct layout_target t;
	uint64_t ino;

	f->writes = mode != O_RDONLY;
	if (endpoint_is_in(f->endpoint)) {
		f->reader = f->endpoint;
		return f->writes ? -EACCES : 0;
	}
	if (mode == O_WRONLY)
		return 0;
	if (!pair || layout_sibling(fs->layout, f->ino, (uint8_t)pair, &ino) < 0 ||
		layout_target(fs->layout, ino, &t) < 0)
		return -EACCES;
	f->reader = endpoint_get(f->device, &t);
	return f->reader ? 0 : -ENOMEM;
}

void
ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = ops_fs(req);
	int mode = fi->flags & O_ACCMODE;
	struct file *f;
	int r = make_file(fs, ino, &f);

	if (r < 0) {
		fuse_reply_err(req, r == -ESTALE ? ENOENT : -r);
		return;
	}
	if (is_data(f))
		r = set_direction(fs, f, mode);
	else if (f->control)
		r = control_check_mode(f, mode);
	else if (mode != O_RDONLY &&
		 (f->type == LAYOUT_TEXT || f->type == LAYOUT_LIVE || f->type == LAYOUT_STATUS ||
			 f->type == LAYOUT_DEV_STATUS || f->type == LAYOUT_EVENTS ||
			 f->type == LAYOUT_ROOT_STATUS || f->type == LAYOUT_CONTROL_STATUS ||
			 f->type == LAYOUT_PORT_STATUS))
		r = -EACCES;
	else if (f->type == LAYOUT_EVENTS)
		r = events_open(fs, f);
	else if (!is_data(f) && !port_is_asked(f))
		r = refresh(fs, f);
	if (r < 0) {
		file_unref(f);
		fuse_reply_err(req, -r);
		return;
	}
	f->pid = fuse_req_ctx(req)->pid;
	/* Before the answer: from then on nothing may be missed. */
	if (is_data(f) && f->reader && endpoint_knob(f->reader, KNOB_SHARE))
		worker_join(f);
	reply_open(req, f, mode);
}

static void
read_text(fuse_req_t req, struct file *f, size_t size, off_t off)
{
	int r = 0;

	/* A descriptor that is kept open and rewound sees the present. */
	if (off == 0 && (f->type != LAYOUT_TEXT || !f->device))
		r = refresh(ops_fs(req), f);
	if (r < 0)
		fuse_reply_err(req, -r);
	else if ((uint64_t)off >= f->text_len)
		fuse_reply_buf(req, NULL, 0);
	else if (size < f->text_len - (size_t)off)
		fuse_reply_buf(req, f->text + off, size);
	else
		fuse_reply_buf(req, f->text + off, f->text_len - (size_t)off);
}

static void
send_io(fuse_req_t req, enum request_kind kind, struct fuse_file_info *fi, const char *data,
	size_t size, off_t off)
{
	struct fs *fs = ops_fs(req);
	struct request *r;

	/* First: from then on it can be interrupted, and closed. */
	atomic_store(&file_of(fi)->known_to_worker, true);
	r = request_new(fs, req, kind, file_of(fi));
	if (!r)
		return;
	r->endpoint = kind == REQUEST_READ ? r->file->reader : r->file->endpoint;
	r->size = size;
	r->offset = (uint64_t)off;
	r->nonblock = fi->flags & O_NONBLOCK;
	if (data) {
		r->data = (const unsigned char *)data;
		r->buffer = receive_take_buffer();
	}
	if (kind == REQUEST_COMMAND && outcome_tells(r->file))
		patience_begin(r);
	worker_send_request(r);
}

void
ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	if (is_data(file_of(fi)))
		send_io(req, REQUEST_READ, fi, NULL, size, off);
	else if (file_of(fi)->control && fi->lock_owner == 0)
		/* Into the page cache, by sendfile(2) or mmap(2), where others would find it. Who is
		 * refused that, as busybox's cat is, reads. */
		fuse_reply_err(req, EINVAL);
	else if (file_of(fi)->control)
		control_read(ops_fs(req), req, file_of(fi), size, off, fi->flags & O_NONBLOCK);
	else if (port_is_asked(file_of(fi)))
		send_io(req, REQUEST_QUERY, fi, NULL, size, off);
	else if (file_of(fi)->type == LAYOUT_EVENTS)
		events_read(req, file_of(fi), size, fi->flags & O_NONBLOCK);
	else
		read_text(req, file_of(fi), size, off);
}

void
ops_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	struct file *f = file_of(fi);

	(void)ino;
	if (f->type == LAYOUT_ROOT_CTL)
		root_write(req, f, buf, size);
	else if (control_is_type(f->type))
		control_write(ops_fs(req), req, f, buf, size, fi->flags & O_NONBLOCK);
	else if (!is_data(f) && command_check(f, buf, size) < 0)
		fuse_reply_err(req, EINVAL);
	else
		send_io(req, is_data(f) ? REQUEST_WRITE : REQUEST_COMMAND, fi, buf, size, off);
}

void
ops_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct file *f = file_of(fi);

	(void)ino;
	if (f->control && control_incomplete(f) < 0) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	/* Only OUT endpoints have anything to wait for: commands that wait, or bytes. */
	if (atomic_load(&f->commands) > 0 && outcome_tells(f))
		patience_flush(req, f);
	else if (atomic_load(&f->commands) > 0)
		send_io(req, REQUEST_FLUSH, fi, NULL, 0, 0);
	else if (is_data(f) && !endpoint_is_in(f->endpoint) &&
		 atomic_load(&f->endpoint->unfinished))
		send_io(req, REQUEST_FLUSH, fi, NULL, 0, 0);
	else
		fuse_reply_err(req, -atomic_exchange(&f->late_error, 0));
}

void
ops_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)datasync;
	ops_flush(req, ino, fi);
}

void
ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct file *f = file_of(fi);

	(void)ino;
	fuse_reply_err(req, 0);
	list_del(&f->node);
	close_file(f);
}

void
ops_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
	struct file *f = file_of(fi);
	bool want_in = fi->poll_events & (POLLIN | POLLRDNORM);
	unsigned ready;

	(void)ino;
	if (f->events) {
		events_poll(req, f, ph);
		return;
	}
	if (f->control) {
		control_poll(req, f, ph);
		return;
	}
	if (!is_data(f)) {
		/* As for any regular file. */
		fuse_reply_poll(req, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
		if (ph)
			fuse_pollhandle_destroy(ph);
		return;
	}
	ready = endpoint_readiness_of(f);
	atomic_store(&f->known_to_worker, true);
	fuse_reply_poll(req, ready);
	if (ph || (want_in && !ready))
		worker_send_poll(f, ph, want_in, ready);
}
