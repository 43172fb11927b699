/* SPDX-License-Identifier: MIT */
/*
 * A virtual device from plug-in to unplug, and the handles through which workers use it. When it is
 * plugged in again it is another struct sim_device with another seq; the old one stays gone for as
 * long as someone holds it.
 *
 * Locks. Transfers are submitted on the device's worker, but data, stalls and the unplug also come
 * from the bus's thread (timers, the control socket), so each device has a mutex. It is held for
 * the copying of bytes, never while a callback runs or a thread blocks. The bus has another one for
 * its list of devices; who needs both takes that of the bus first.
 *
 * References. A thread that is stuck in a wedged call keeps using its handle, the device and the
 * bus for ever, also after the backend was stopped. So a handle holds a reference to its device and
 * a device one to its bus.
 */
#ifndef USBFUSE_SIM_DEVICE_H
#define USBFUSE_SIM_DEVICE_H

#include <pthread.h>

#include "backend/backend.h"
#include "backend/sim/model.h"
#include "backend/sim/queue.h"

struct sim;

/* How many of one size came one after the other. */
struct sim_packets {
	uint32_t size, count;
};

enum {
	SIM_TAKEN_MAX = 1 << 20,   /* bytes that an OUT endpoint remembers */
	SIM_PACKETS_MAX = 1 << 16, /* entries of its list of packets, ditto */
	SIM_QUEUE_MAX = 1 << 16,   /* bytes that a script queues ahead of the host */
	SIM_ENDPOINTS = 32,        /* 0: control, 1-15: OUT, 17-31: IN */
	SIM_STREAMS_MAX = 1024,    /* of an endpoint: what our host controller can do */
};

/* An endpoint, or one stream of it: each stream has its own transfers and its own data. */
struct sim_endpoint {
	/* constant while the endpoint is in force */
	bool in_force;
	uint8_t address;
	uint8_t interface;
	uint8_t type;         /* enum desc_transfer_type */
	bool scripted;        /* OUT: a script waits for data here from time to time */
	unsigned packet;      /* ISO: all that goes in a service interval */
	uint64_t interval;    /* ISO: ns of a service interval; 0: it makes no sense */
	unsigned max_streams; /* 0: it has none */
	enum sim_behaviour_kind kind;
	const struct sim_behaviour *behaviour; /* NULL with SIM_PLAIN */
	struct sim_endpoint *peer;             /* LOOPBACK, ECHO, both ways; else NULL */

	bool halted;
	bool paused;  /* NAKs, by order of the control socket */
	bool zlp_due; /* SOURCE: the message ended with a full packet */
	struct list pending;
	unsigned n_pending;
	struct sim_queue queue; /* IN */
	uint64_t position;      /* SOURCE, SINK: bytes of the pattern; KEYBOARD: reports */
	uint64_t due;           /* KEYBOARD: ns; when the next report is ready */

	/* OUT: what came, for the control socket */
	uint64_t taken_total;
	struct sim_bytes taken;
	struct sim_packets *packets;
	size_t n_packets;

	uint64_t submitted, completed, cancelled;
	unsigned max_pending;

	/* see streams.c */
	struct sim_endpoint *owner;   /* of a stream: what it belongs to; else NULL */
	struct sim_endpoint *streams; /* number 1 first; NULL: nobody has used one yet */
	unsigned n_streams;           /* how many those are: none or max_streams */
	unsigned streams_in_use;      /* by the host; 0: transfers have no stream */

	/* ISO, see iso.c */
	uint64_t schedule;  /* ns; where the intervals of all submitted transfers end */
	uint64_t paused_at; /* ns; valid while paused */
	bool running;       /* transfers follow one another, until the last is cancelled */
	unsigned errors;    /* how many more packets fail */
	int error;          /* with what */
	uint64_t missed;    /* how often it ran dry and was started again */
	uint64_t wrong;     /* packets that a device looked at and did not like */
};

/* What a stall stalls and a pause pauses: the whole endpoint. */
static inline struct sim_endpoint *
sim_endpoint_owner(struct sim_endpoint *e)
{
	return e->owner ? e->owner : e;
}

struct sim_interface {
	uint8_t number;
	uint8_t alternate;
	bool driver_bound;          /* the pretended kernel driver has it */
	struct sim_handle *claimer; /* or NULL */
};

struct sim_running_script {
	size_t pc;
	uint64_t due;   /* AFTER: ns; 0: not started */
	size_t matched; /* EXPECT: bytes */
};

/* A port of a hub. */
struct sim_port {
	bool power, over_current;
	bool child;           /* there is something in it, and it has power */
	enum sim_speed speed; /* of that */
	uint8_t indicator;    /* as set by the host; 0: automatic */
	unsigned over_currents;
};

struct sim_device {
	/* constant once published */
	atomic_uint refs;
	struct sim *sim;
	struct sim_model *model;
	uint64_t seq;
	char *name; /* "1-2.4", with bus_base */
	const char *devpath;
	unsigned busnum, devnum;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t unwedged;
	unsigned wedges; /* enum sim_wedge */
	struct sim_node permissions;
	bool gone;
	bool changed; /* the bus's thread has to report it */
	bool replug;  /* likewise: it goes and comes back as another device */
	int config;   /* bConfigurationValue in force, 0: none */
	const struct desc_config *config_desc; /* likewise, or NULL */
	struct sim_interface *interfaces;
	size_t n_interfaces;
	struct sim_endpoint endpoints[SIM_ENDPOINTS];
	uint32_t dirty;     /* endpoints that may be able to move something */
	unsigned next;      /* the endpoint whose turn it is, for fairness under a rate */
	uint64_t bus_free;  /* ns; when the rate allows the next packet */
	uint64_t due;       /* ns; when sim_device_run() has to be called again; 0: need not */
	bool remote_wakeup; /* SET_FEATURE */
	bool authorized;
	bool may_suspend; /* power/control is "auto"; nothing ever suspends here */
	int autosuspend_delay_ms;
	struct sim_port *ports; /* of a hub: model->n_ports of them */
	bool ports_changed;     /* the bus's thread has to look at what is plugged in there */
	struct sim_running_script *scripts;
	struct sim_bytes kept; /* by the control action "keep" */
	struct list handles;
	unsigned times_opened;
	uint64_t urbnum;
	uint64_t memory; /* lengths of the transfers whose done() has not run */
};

/* What the contract calls a backend_device. */
struct sim_handle {
	struct backend_device base;
	struct sim_device *device;
	int fd;
	bool dispatching; /* the caller's thread */

	/* under the lock of the device */
	struct list node;
	struct list done; /* transfers whose done() has to run */
	unsigned in_flight;
	bool signalled; /* fd is readable */
};

/* The handle that was given out as D. */
struct sim_handle *sim_handle_of(struct backend_device *d);

/* Plugs in, but publishes nothing: seq is still 0. */
int sim_device_new(struct sim *sim, struct sim_model *model, unsigned busnum, const char *port,
	unsigned devnum, struct sim_device **ret);
struct sim_device *sim_device_ref(struct sim_device *d);
/* Accepts NULL; returns NULL. */
struct sim_device *sim_device_unref(struct sim_device *d);

/* ---- with the lock of the device held ---- */

/* The endpoint with that address, in force or not. */
struct sim_endpoint *sim_device_endpoint(struct sim_device *d, uint8_t address);

/* Has to be looked at by the next sim_device_run(). */
void sim_device_touch(struct sim_device *d, struct sim_endpoint *e);

/* Moves all that can move now: bytes, script steps. Afterwards d->due is up to date. */
void sim_device_run(struct sim_device *d);

/* sim_device_run() has to be called again by then. */
void sim_device_due(struct sim_device *d, uint64_t due);

/* It has been pulled out: everything pending fails. */
void sim_device_unplug(struct sim_device *d);

/* A transfer is over: its handle's dispatch() runs done(). */
void sim_device_complete(
	struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int status);

/* Cancels what is pending on the endpoints of INTERFACE; -1: of all, the control one included. */
void sim_device_cancel(struct sim_device *d, int interface);

/* Puts a configuration in force, 0 for none, alternate settings 0, drivers bound. -ENOENT: there
 * is no such configuration. */
int sim_device_configure(struct sim_device *d, int config);

/* The driver that the kernel would say is bound to I, usbfs for a claim; NULL: none. Locked. */
const char *sim_device_driver(const struct sim_device *d, const struct sim_interface *i);

struct sim_interface *sim_device_interface(struct sim_device *d, uint8_t number);

/* -ENOENT: there is no such setting. */
int sim_device_alternate(struct sim_device *d, struct sim_interface *i, uint8_t alternate);

/* Port reset: queues, halts, patterns and scripts begin anew. */
void sim_device_reset(struct sim_device *d);

/* fd() of the handle becomes readable. */
void sim_handle_signal(struct sim_handle *h);

/* The state has changed in a way that the bus's thread has to look at or may be waiting for. */
void sim_device_notify(struct sim_device *d);

/* Blocks while calls of that kind are wedged; gives the lock away meanwhile. */
void sim_device_wedge(struct sim_device *d, enum sim_wedge what);

/* Builds what is known of the device at the moment. 0 or -ENOMEM. */
int sim_describe(struct sim_device *d, struct snapshot **ret);

/* The text of an attribute that changes; its length, or -ENOENT. */
int sim_device_attr(struct sim_device *d, const char *name, char *buf, size_t size);

/* A class request to a hub: 0, or -EPIPE. */
int sim_hub_request(struct sim_device *d, struct transfer *t);
/* Port N, from 1, or NULL. */
struct sim_port *sim_hub_port(struct sim_device *d, unsigned n);
void sim_hub_power(struct sim_device *d, struct sim_port *p, bool on);

/* Answers what is pending on the control endpoint. */
void sim_control_run(struct sim_device *d);

/* Takes steps of the scripts until each of them waits for something. */
void sim_script_run(struct sim_device *d);
/* A scripted OUT endpoint is offered a packet. 1: taken; 0: NAK; -EPIPE: stalled. */
int sim_script_take(struct sim_device *d, struct sim_endpoint *e, const uint8_t *data, size_t len);

/* Queues the next report of a keyboard, if it is time. */
void sim_keyboard_run(struct sim_device *d, struct sim_endpoint *e);

/* Moves what can be moved on a data endpoint. */
void sim_endpoint_run(struct sim_device *d, struct sim_endpoint *e);

/* An OUT endpoint remembers what it took: packets of its size, the last one perhaps shorter. */
void sim_endpoint_record(struct sim_endpoint *e, const uint8_t *data, size_t len, bool keep);

/* A source sends N more bytes: writes them to TO, or drops them if that is NULL. */
void sim_source_send(struct sim_endpoint *e, uint8_t *to, size_t n);

/* The streams of E are there from now on, if it can have any. 0 or -ENOMEM. */
int sim_streams_need(struct sim_device *d, struct sim_endpoint *e);
/* The streams of loopbacks are joined, by number. */
void sim_streams_pair(struct sim_device *d);
/* Nothing is pending on them. */
void sim_streams_free(struct sim_endpoint *e);
/* Stream N; 0: E itself; NULL: there is no such stream. */
struct sim_endpoint *sim_streams_get(struct sim_endpoint *e, uint32_t n);

/* Gives a transfer its place in time; it is pending afterwards. */
void sim_iso_submit(struct sim_device *d, struct sim_endpoint *e, struct transfer *t);
/* Completes the transfers whose intervals have passed. */
void sim_iso_run(struct sim_device *d, struct sim_endpoint *e);
/* A transfer is to end with STATUS, before its time or at it: what has passed of it counts. */
void sim_iso_abort(struct sim_device *d, struct sim_endpoint *e, struct transfer *t, int status);
/* Its clock stands still, or goes on where it stood. */
void sim_iso_pause(struct sim_device *d, struct sim_endpoint *e, bool pause);

unsigned sim_speed_kbit(enum sim_speed speed);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t sim_now(void);

#endif
