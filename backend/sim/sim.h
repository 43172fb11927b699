/* SPDX-License-Identifier: MIT */
/*
 * The virtual bus: which devices are known and which are plugged in, and the one thread that
 * reports their coming and going, runs their timers and serves the control socket.
 */
#ifndef USBFUSE_SIM_SIM_H
#define USBFUSE_SIM_SIM_H

#include <pthread.h>

#include "backend/sim/device.h"

struct sim_server;

/* A device that is known, plugged in or not. Lives as long as the bus. */
struct sim_slot {
	struct list node;
	struct sim_model *model;
	unsigned bus; /* as the model says or as was chosen, without bus_base */
	char *port;
	char *name;                /* "1-2.4", with bus_base */
	struct sim_device *device; /* NULL: not on the bus */
	bool inserted;             /* plugged in, with power at its port or without */
};

struct sim {
	struct backend base;

	/* constant after start() */
	atomic_uint refs;
	unsigned bus_base;
	const struct backend_events *events;
	void *user;
	int wake;  /* eventfd */
	int timer; /* timerfd */
	int epoll;
	pthread_t thread;
	bool running; /* that thread */

	atomic_bool quit;
	atomic_uint waiters; /* connections that wait for a change of state */

	pthread_mutex_t lock; /* the list, and device of the slots */
	struct list slots;

	/* the bus's thread, and start() before there is one */
	bool hubs;                 /* there are any among the slots */
	struct sim_server *server; /* or NULL */
	unsigned char last_devnum[256];
};

struct sim *sim_ref(struct sim *s);
struct sim *sim_unref(struct sim *s);

/* Any thread: makes the bus's thread look at all devices. */
void sim_wake(struct sim *s);

/* Adds the devices that TEXT describes; FILE is for messages. -errno, with a line in *ret_why. */
int sim_load(struct sim *s, const char *file, const char *text, size_t len, char **ret_why);
int sim_load_file(struct sim *s, const char *path, char **ret_why);

/* ---- on the bus's thread; these report to the events at once ---- */

/* By the name in the description, or by bus and port; NULL: no such device is known. */
struct sim_slot *sim_slot_find(struct sim *s, const char *name);
struct sim_slot *sim_slot_at(struct sim *s, unsigned bus, const char *port);
int sim_plug(struct sim *s, struct sim_slot *slot);
void sim_unplug(struct sim *s, struct sim_slot *slot);

/* Does SLOT have power, as far as the hub above it goes? */
bool sim_hub_powers(struct sim *s, const struct sim_slot *slot);

/* Tells the hub above SLOT what is in its port. */
void sim_hub_connect(struct sim *s, const struct sim_slot *slot);

/* Has devices below hubs go and come with their power. */
void sim_hubs_follow(struct sim *s);

/* Only for stop(), after the thread: forgets all devices and reports nothing. */
void sim_slots_free(struct sim *s);

/* Reports what has happened to devices meanwhile. */
void sim_report(struct sim *s);

#endif
