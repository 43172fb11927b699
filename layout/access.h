/* SPDX-License-Identifier: MIT */
/*
 * Who may use a device: those who may open its node for reading and writing, which every transfer
 * needs. Private to layout/.
 */
#ifndef USBFUSE_ACCESS_H
#define USBFUSE_ACCESS_H

#include "layout/tree.h"

/* Has the node an ACL that counts? Linux does not look at it while the mode's group bits are all 0
 * (acl_permission_check() in fs/namei.c). */
bool access_has_acl(const struct snapshot *s);

/* The write bits (0222) of the classes that may use the device, by mode and ACL of its node. With an
 * ACL the group's is that of the mask, and it is not 0. */
mode_t access_mode(const struct layout *l, const struct snapshot *s);

/* The same of one entry of the ACL, after the mask: 02, or 0. */
mode_t access_entry(const struct snapshot *s, const struct snapshot_acl *entry);

#endif
