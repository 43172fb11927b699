/* SPDX-License-Identifier: MIT */
/*
 * The language of device descriptions: text in, models out. README.md describes it for users. The
 * text is untrusted: it may be the work of a fuzzer. No I/O.
 */
#ifndef USBFUSE_SIM_PARSE_H
#define USBFUSE_SIM_PARSE_H

#include <stddef.h>

#include "backend/sim/model.h"

/* Appends the devices of the text to the list MODELS, by their nodes, each with a reference for
 * the caller. -ENOMEM, or -EINVAL with "FILE:LINE: what is wrong" in *ret_why; then there may be
 * some on the list as well. */
int sim_parse(const char *file, const char *text, size_t len, struct list *models, char **ret_why);

#endif
