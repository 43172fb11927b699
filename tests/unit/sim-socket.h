/* SPDX-License-Identifier: MIT */
/* A virtual bus with a control socket, and asking it. */
#ifndef USBFUSE_TESTS_SIM_SOCKET_H
#define USBFUSE_TESTS_SIM_SOCKET_H

#include "tests/unit/sim-bus.h"

/* Where the socket is, from socket_start() to socket_stop(). */
extern char *socket_path;

struct bus *socket_start(const char *text);
/* Closes all, and sees that the socket is gone. */
void socket_stop(struct bus *b);

int connect_socket(void);
/* A reply without its newline; valid until the next one. */
const char *reply(int fd);
/* The reply to a command, through a connection of its own; valid until the next one. */
const char *ask(const char *command);

#endif
