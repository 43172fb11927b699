/* SPDX-License-Identifier: MIT */
/*
 * The main thread's event loop: descriptors and timers. Everything here is called on that thread
 * alone. No thread of its own, no locks.
 */
#ifndef USBFUSE_LOOP_H
#define USBFUSE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/util/list.h"
#include "fs/timer.h"

/* Embedded in its owner, which must outlive the registration. */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source, uint32_t events);
};

struct loop {
	int epoll;
	struct list timers; /* struct timer */
	bool quit;
};

int loop_init(struct loop *l);
void loop_deinit(struct loop *l);

/* EVENTS as in epoll, level-triggered. 0 or -errno. */
int loop_add(struct loop *l, struct loop_source *source, uint32_t events);
void loop_remove(struct loop *l, struct loop_source *source);

/* Runs until loop_quit(), then returns 0; or -errno when waiting itself fails. */
int loop_run(struct loop *l);
void loop_quit(struct loop *l);

/* Handles what is there or comes within MS milliseconds, once. */
int loop_step(struct loop *l, int ms);

#endif
