/* SPDX-License-Identifier: MIT */
/* A virtual bus with one open device, and transfers on it: what the tests of backend/sim share. */
#ifndef USBFUSE_TESTS_SIM_BUS_H
#define USBFUSE_TESTS_SIM_BUS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/backend.h"
#include "backend/desc.h"

struct bus {
	struct backend *backend;
	struct backend_device *device;
	char *path;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t news;
	struct snapshot *snapshot; /* the newest */
	unsigned added, changed, removed;
};

struct xfer {
	struct transfer t; /* first */
	struct bus *bus;
	unsigned char *buffer;
	bool done;
	unsigned order; /* of completion, over all transfers */
	int again;      /* how often it submits itself again */
};

/* Counts nothing; for buses whose devices do not matter. */
extern const struct backend_events bus_no_events;

/* A temporary file with that text; the caller removes and frees. */
char *text_file(const char *text);

/* Starts a bus with the devices of TEXT. */
struct bus *bus_start(const char *text);
/* The same with MORE at the end of the URI. */
struct bus *bus_start_arg(const char *text, const char *more);
/* Opens the device that was added last, and claims an interface. */
void bus_open_device(struct bus *b, uint8_t interface);
/* Both at once. */
struct bus *bus_open(const char *text, uint8_t interface);
void bus_close(struct bus *b);
/* Stops the backend and leaves the rest to a thread that may still use it. */
void bus_stop_backend(struct bus *b);

/* The newest snapshot, with a reference for the caller. */
struct snapshot *bus_snapshot(struct bus *b);
unsigned bus_changes(struct bus *b);
/* These fail the test when it takes too long. */
void bus_wait_changes(struct bus *b, unsigned at_least);
void bus_wait_added(struct bus *b, unsigned at_least);
void bus_wait_removed(struct bus *b);
void bus_wait_alternate(struct bus *b, uint8_t interface, uint8_t alternate);
void bus_wait_config(struct bus *b, int value);
void bus_wait_driver(struct bus *b, uint8_t interface, const char *driver);

struct xfer *xfer_new(struct bus *b, uint8_t endpoint, size_t len);
void xfer_free(struct xfer *x);
int submit(struct bus *b, struct xfer *x);
void cancel(struct bus *b, struct xfer *x);
/* Runs what is there. */
int dispatch(struct bus *b);
/* Waits until the transfer is over. */
void finish(struct bus *b, struct xfer *x);
/* submit() and finish(); its status, or the error of submit(). */
int run(struct bus *b, struct xfer *x);
bool readable(struct bus *b);
uint64_t now_ns(void);

#endif
