/* SPDX-License-Identifier: MIT */
/* What the parts of bench-client share. */
#ifndef USBFUSE_BENCH_CLIENT_H
#define USBFUSE_BENCH_CLIENT_H

#include <stddef.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
long long now(void);

void die(const char *what) __attribute__((noreturn));

/* Prints {"median": …, "min": …, "p90": …, "mean": …} of times in nanoseconds; sorts them. */
void print_times(long long *ns, size_t n);

int cmd_poll(char **arg);
int cmd_block(char **arg);
int cmd_start(char **arg);

#endif
