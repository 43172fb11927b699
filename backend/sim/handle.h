/* SPDX-License-Identifier: MIT */
/* The I/O half of backend_ops for virtual devices, see backend/backend.h. */
#ifndef USBFUSE_SIM_HANDLE_H
#define USBFUSE_SIM_HANDLE_H

#include "backend/backend.h"

int sim_open(struct backend *b, struct snapshot *s, struct backend_device **ret);
void sim_close(struct backend_device *bd);
int sim_fd(struct backend_device *bd);
int sim_dispatch(struct backend_device *bd);
int sim_claim(struct backend_device *bd, uint8_t interface);
int sim_release(struct backend_device *bd, uint8_t interface);
int sim_detach_driver(struct backend_device *bd, uint8_t interface);
int sim_attach_driver(struct backend_device *bd, uint8_t interface);
int sim_bind_driver(struct backend_device *bd, uint8_t interface, const char *driver);
int sim_set_alternate(struct backend_device *bd, uint8_t interface, uint8_t alternate);
int sim_set_configuration(struct backend_device *bd, int value);
int sim_clear_halt(struct backend_device *bd, uint8_t endpoint);
int sim_reset(struct backend_device *bd);

/* streams.c */
int sim_alloc_streams(struct backend_device *bd, uint8_t endpoint, unsigned n);
int sim_free_streams(struct backend_device *bd, uint8_t endpoint);

/* transfer.c */
int sim_submit(struct backend_device *bd, struct transfer *t);
void sim_cancel(struct backend_device *bd, struct transfer *t);

#endif
