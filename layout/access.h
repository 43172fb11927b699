/* SPDX-License-Identifier: MIT */
/*
 * Who may use a device: those who may open its node for reading and writing, which every transfer
 * needs. And who may look at the rest: everybody. Private to layout/; what a file's ACL is (layout_acl()
 * of layout.h) is here as well.
 */
#ifndef USBFUSE_ACCESS_H
#define USBFUSE_ACCESS_H

#include "layout/tree.h"

/* The permission bits of a node that is not a link. With an ACL the group's are those of the mask. */
mode_t access_mode(const struct layout *l, const struct place *p);

#endif
