/* SPDX-License-Identifier: MIT */
/*
 * ep00/setup: a directory in which every control request can be looked up, and some are listed; see
 * node.h. The request does not fit into an inode number: setup.h's table has numbers for them.
 */
#include "layout/node.h"
#include "layout/tree.h"

/* The number of a request is spread over the fields of an id that it does not need. */
static struct id
make_id(const struct layout_device *d, uint32_t number)
{
	return (struct id){
		.seq = d->snapshot->seq,
		.kind = KIND_SETUP_REQUEST,
		.endpoint = number & 0x1f,
		.alt = number >> 5 & 0xff,
		.interface = number >> 13 & 0xff,
		.config = number >> 21 & 0x1f,
	};
}

static uint32_t
number_of(struct id id)
{
	return id.endpoint | id.alt << 5 | id.interface << 13 | id.config << 21;
}

static bool
find(const struct layout_device *d, const struct setup *s, bool listed, struct id *ret)
{
	uint32_t number = setup_table_number(d->setups, s, listed);

	if (number == 0)
		return false;
	*ret = make_id(d, number);
	return true;
}

bool
setup_dir_entry(const struct place *p, size_t i, struct id *ret)
{
	struct setup s;

	/* A directory that has told a number must not give another one to who looks it up. */
	return setup_example(p->device->snapshot, p->device->index, i, &s) &&
	       find(p->device, &s, true, ret);
}

bool
setup_dir_lookup(const struct place *p, const char *name, struct id *ret)
{
	struct setup s;

	return setup_parse_name(name, &s) && find(p->device, &s, false, ret);
}

const struct setup *
setup_dir_find(const struct layout_device *d, struct id id)
{
	return setup_table_find(d->setups, number_of(id));
}

static struct layout_device *
device_of(const struct layout *l, struct id id)
{
	return id.kind == KIND_SETUP_REQUEST ? tree_device(l, id.seq) : NULL;
}

void
layout_remember(struct layout *l, uint64_t ino)
{
	struct id id = id_of(ino);
	struct layout_device *d = device_of(l, id);

	if (d)
		setup_table_remember(d->setups, number_of(id));
}

void
layout_forget(struct layout *l, uint64_t ino, uint64_t n)
{
	struct id id = id_of(ino);
	struct layout_device *d = device_of(l, id);

	if (d)
		setup_table_forget(d->setups, number_of(id), n);
}
