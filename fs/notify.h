/* SPDX-License-Identifier: MIT */
/* Tells a service manager how far we are, by the protocol of sd_notify(3). */
#ifndef USBFUSE_NOTIFY_H
#define USBFUSE_NOTIFY_H

/* Connects to who started us, if he wants to know (NOTIFY_SOCKET). A descriptor, or -1. */
int notify_open(void);

/* STATE: "READY=1", "STOPPING=1". FD -1: nobody wants to know. */
void notify(int fd, const char *state);

#endif
