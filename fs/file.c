/* SPDX-License-Identifier: MIT */
/* Open files; see file.h. */
#include "fs/file.h"

#include <assert.h>
#include <stdlib.h>

#include "fs/control.h"

struct file *
file_new(enum layout_type type, uint64_t ino)
{
	static atomic_ullong serials;
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	atomic_init(&f->late_error, 0);
	f->type = type;
	f->serial = atomic_fetch_add(&serials, 1) + 1;
	f->ino = ino;
	f->interface = f->port = -1;
	list_init(&f->node);
	list_init(&f->join.node);
	list_init(&f->close.node);
	for (unsigned i = 0; i < 2; i++) {
		list_init(&f->pollers[i].node);
		f->pollers[i].file = f;
	}
	list_init(&f->reader_node);
	list_init(&f->backlog);
	tail_init(&f->tail);
	return f;
}

struct file *
file_ref(struct file *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void
file_unref(struct file *f)
{
	if (atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	assert(!f->events && !f->poll && list_empty(&f->node));
	assert(list_empty(&f->reader_node) && list_empty(&f->backlog));
	tail_deinit(&f->tail);
	control_file_free(f->control);
	free(f->text);
	free(f->answer);
	free(f);
}
