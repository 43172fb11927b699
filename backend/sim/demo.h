/* SPDX-License-Identifier: MIT */
/* The text of demo.dev, made into a C file by embed.py at build time. */
#ifndef USBFUSE_SIM_DEMO_H
#define USBFUSE_SIM_DEMO_H

#include <stddef.h>

extern const char sim_demo[];
extern const size_t sim_demo_len;

#endif
