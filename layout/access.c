/* SPDX-License-Identifier: MIT */
/* Permissions of a device's node to those of its files; see access.h. */
#include "layout/access.h"

enum { READ_WRITE = 6 };

/* The write bit of a class, given its bits, if they are enough to open the node. */
static mode_t
use(mode_t bits)
{
	return (bits & READ_WRITE) == READ_WRITE ? 2 : 0;
}

bool
access_has_acl(const struct snapshot *s)
{
	return s->n_acl > 0 && s->mode & 070;
}

mode_t
access_entry(const struct snapshot *s, const struct snapshot_acl *entry)
{
	return use(entry->bits & s->mode >> 3);
}

mode_t
access_mode(const struct layout *l, const struct snapshot *s)
{
	mode_t owner = use(s->mode >> 6), group = use(s->mode >> 3), other = use(s->mode);

	if (!access_has_acl(s))
		return owner << 6 | group << 3 | other;
	/* A mode alone would give the mask's bits to the owning group, and those of the others to
	 * users and groups who are named to have less. */
	if (l->no_acls)
		return owner << 6;
	/* Also if the mask lets nobody use the device: without group bits the ACL would not count,
	 * and who is named there would be one of the others. */
	return owner << 6 | 2 << 3 | other;
}
