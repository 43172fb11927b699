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

/* Has the node an ACL that counts? Linux does not look at it while the mode's group bits are all 0
 * (acl_permission_check() in fs/namei.c). */
static bool
has_acl(const struct snapshot *s)
{
	return s->n_acl > 0 && s->mode & 070;
}

/* The write bit, 02 or 0, of one entry of the ACL, after the mask. */
static mode_t
use_of_entry(const struct snapshot *s, const struct snapshot_acl *entry)
{
	return use(entry->bits & s->mode >> 3);
}

/* The write bits (0222) of the classes that may use the device, by mode and ACL of its node. With an
 * ACL the group's is not 0. */
static mode_t
use_of_classes(const struct layout *l, const struct snapshot *s)
{
	mode_t owner = use(s->mode >> 6), group = use(s->mode >> 3), other = use(s->mode);

	if (!has_acl(s))
		return owner << 6 | group << 3 | other;
	/* A mode alone would give the mask's bits to the owning group, and those of the others to
	 * users and groups who are named to have less. */
	if (l->no_acls)
		return owner << 6;
	/* Also if the mask lets nobody use the device: without group bits the ACL would not count,
	 * and who is named there would be one of the others. */
	return owner << 6 | 2 << 3 | other;
}

/* ---- files ---- */

/* Those of a file of the root. */
static mode_t
root_mode(enum layout_type type)
{
	return type == LAYOUT_ROOT_CTL ? 0644 : 0444;
}

/* The permission bits of a file of a device. W: the write bits of those classes who may use it. */
static mode_t
io_mode(const struct place *p, enum layout_type type, mode_t w)
{
	mode_t r = w << 1;

	switch (type) {
	case LAYOUT_DATA:
		return p->endpoint->address & 0x80 ? r : w;
	case LAYOUT_SETUP:
		return setup_is_written(p->setup) ? w : r;
	case LAYOUT_CONTROL_TEXT:
	case LAYOUT_CONTROL_DATA:
	case LAYOUT_CONTROL_CTL:
	case LAYOUT_CTL:
	case LAYOUT_DEV_CTL:
	case LAYOUT_PORT_POWER:
	case LAYOUT_PORT_DISABLE:
	case LAYOUT_PORT_INDICATOR:
		return r | w;
	case LAYOUT_PORT_STATUS:
		return r;
	case LAYOUT_DRIVER:
	case LAYOUT_ALTERNATE:
	case LAYOUT_CONFIG:
	case LAYOUT_SETTING:
		return 0444 | w;
	default:
		return 0444;
	}
}

/* Nobody makes anything in the directory of a device (fs says so), but the kernel lets only those set
 * attributes of it, user.*, who may write to it: whoever may use the device may. */
static mode_t
dir_mode(const struct place *p, mode_t w)
{
	switch (p->id.kind) {
	case KIND_DEVICE:
		return 0555 | w;
	case KIND_BY_NAME:
		return 0755;
	default:
		return 0555;
	}
}

/* The mode of a node of a device, if those of W may use the device. */
static mode_t
mode_for(const struct place *p, mode_t w)
{
	return place_type(p) == LAYOUT_DIR ? dir_mode(p, w) : io_mode(p, place_type(p), w);
}

mode_t
access_mode(const struct layout *l, const struct place *p)
{
	enum layout_type type = place_type(p);

	if (p->device)
		return mode_for(p, use_of_classes(l, p->device->snapshot));
	return type == LAYOUT_DIR ? dir_mode(p, 0) : root_mode(type);
}

size_t
layout_acl(const struct layout *l, uint64_t ino, struct snapshot_acl *ret, size_t n)
{
	struct snapshot *s;
	struct place p;
	size_t i;

	if (l->no_acls || place_find(l, ino, &p) < 0 || !p.device || place_type(&p) == LAYOUT_LINK)
		return 0;
	/* What anybody may read and nobody may write needs none. */
	if (mode_for(&p, 0) == mode_for(&p, 0222))
		return 0;
	s = p.device->snapshot;
	if (!has_acl(s))
		return 0;
	for (i = 0; i < s->n_acl && i < n; i++) {
		ret[i] = s->acl[i];
		ret[i].bits = mode_for(&p, use_of_entry(s, &s->acl[i])) & 7;
	}
	return i;
}

void
layout_without_acls(struct layout *l)
{
	l->no_acls = true;
}
