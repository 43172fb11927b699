/* SPDX-License-Identifier: MIT */
/*
 * Which drivers have been taken away, in a file, so that they are given back even if this process is
 * killed. It is written before a driver is detached, and after it is back; a crash in between is an
 * entry too much, which does no harm: whoever reads it looks who has the interface.
 *
 * Each daemon has a file of its own in the journal's directory, and locks it for as long as it lives.
 * A file that can be locked is a dead one's: whoever finds it takes over what is in it. Nothing is
 * synced to a disk: no driver stays detached when the kernel starts anew.
 *
 * Workers and the main thread call this; a mutex is held for a write to the file, which no device can
 * delay.
 */
#ifndef USBFUSE_JOURNAL_H
#define USBFUSE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/snapshot.h"

struct journal;

/* Makes our file in DIRECTORY, which is made if need be (NULL: where they usually are). -errno: it
 * cannot be done, and *ret_why says why; -ENOENT: there is no usual place for this user. */
int journal_open(const char *directory, struct journal **ret, char **ret_why);

/* These accept NULL: no journal is kept. SCHEME: the kind of bus. */

/* In order: the file goes, unless something is still owed. */
void journal_close(struct journal *j);

/* Takes over what the dead have left behind about buses of that kind. */
void journal_take_over(struct journal *j, const char *scheme);

/* DRIVER is going to lose that interface. */
void journal_add(struct journal *j, const char *scheme, const struct snapshot *s, uint8_t interface,
	const char *driver);

/* It has it back, or has never lost it. */
void journal_remove(struct journal *j, uint64_t seq, uint8_t interface);

/* Is that interface in what was taken over from the dead? If so it is ours from now on. */
bool journal_adopt(
	struct journal *j, const char *scheme, const struct snapshot *s, uint8_t interface);

/* What nobody has adopted is about nothing that there is. */
void journal_adopt_end(struct journal *j);

#endif
