/* SPDX-License-Identifier: MIT */
/* What the commands of usbio share: the device that one is about, and how it ends. */
#ifndef USBFUSE_TESTS_USB_COMMAND_H
#define USBFUSE_TESTS_USB_COMMAND_H

#include "backend/backend.h"

extern struct backend_device *device;
extern struct snapshot *snapshot;

/* Ends the program with a message that names the error. */
_Noreturn void fail(const char *what, int r);

/* Does so if R is one. */
void check(const char *what, int r);

unsigned number(const char *text);

void open_device(const char *name);
void close_device(void);

/* The commands that move data; ARG is what follows the command, ended by NULL. */
int cmd_read(char **arg);
int cmd_writez(char **arg);
int cmd_loop(char **arg);
int cmd_pending(char **arg);
int cmd_cancel(char **arg);
int cmd_unclaimed(char **arg);
int cmd_altkill(char **arg);
int cmd_iso(char **arg);
int cmd_isocancel(char **arg);
int cmd_uas(char **arg);
int cmd_streams(char **arg);

#endif
