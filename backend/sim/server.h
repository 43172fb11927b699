/* SPDX-License-Identifier: MIT */
/*
 * The control socket of a virtual bus: lines of text by which tests plug, unplug, give data, stall
 * and wait. Everything here runs on the bus's thread. README.md has the protocol.
 */
#ifndef USBFUSE_SIM_SERVER_H
#define USBFUSE_SIM_SERVER_H

struct epoll_event;
struct sim;
struct sim_server;

/* Listens at PATH, which must not exist. -errno, with a line in *ret_why. */
int sim_server_new(struct sim *s, const char *path, struct sim_server **ret, char **ret_why);

/* Closes all connections and removes the socket. Accepts NULL; returns NULL. */
struct sim_server *sim_server_free(struct sim_server *server);

/* An event of the bus's epoll that belongs to the server. */
void sim_server_ready(struct sim_server *server, struct epoll_event *event);

/* Something may have changed: answers the connections that have waited for it. */
void sim_server_check(struct sim_server *server);

#endif
