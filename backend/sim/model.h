/* SPDX-License-Identifier: MIT */
/*
 * What a device description says, once read: descriptors, strings and behaviours. A model is
 * constant after parsing and reference-counted; each plug-in of it is a struct sim_device.
 */
#ifndef USBFUSE_SIM_MODEL_H
#define USBFUSE_SIM_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/desc.h"
#include "backend/sim/bytes.h"
#include "backend/sim/node.h"
#include "backend/util/list.h"

enum sim_speed {
	SIM_LOW,
	SIM_FULL,
	SIM_HIGH,
	SIM_SUPER,
	SIM_SUPER_PLUS,
	SIM_SUPER_PLUS_X2,
};

/* Calls that can be told never to return. */
enum sim_wedge {
	SIM_WEDGE_OPEN = 1 << 0,
	SIM_WEDGE_CLOSE = 1 << 1,
	SIM_WEDGE_CLAIM = 1 << 2,
	SIM_WEDGE_SUBMIT = 1 << 3,
	SIM_WEDGE_CANCEL = 1 << 4,
	SIM_WEDGE_RESET = 1 << 5,
	SIM_WEDGE_ALTERNATE = 1 << 6,
	SIM_WEDGE_CONFIGURATION = 1 << 7,
	SIM_WEDGE_CLEAR_HALT = 1 << 8,
	SIM_WEDGE_ATTRIBUTE = 1 << 9,
};

/* The lowest two bits of wHubCharacteristics. */
enum sim_hub_switching { SIM_HUB_GANGED, SIM_HUB_INDIVIDUAL, SIM_HUB_UNSWITCHED };

enum sim_behaviour_kind {
	SIM_PLAIN, /* OUT: takes everything; IN: sends what it was given, else NAK */
	SIM_LOOPBACK,
	SIM_ECHO, /* as loopback, but a stream of bytes: boundaries are not kept */
	SIM_SOURCE,
	SIM_SINK,
	SIM_NAK,
	SIM_KEYBOARD,
};

enum sim_pattern { SIM_PATTERN_COUNTER, SIM_PATTERN_ZERO, SIM_PATTERN_NONE };

struct sim_behaviour {
	/* Where it applies; -1: in every one. */
	int config, interface, alternate;
	uint8_t endpoint;
	uint8_t peer; /* LOOPBACK, ECHO: the other endpoint of the pair */
	enum sim_behaviour_kind kind;
	enum sim_pattern pattern; /* SOURCE */
	bool check;               /* SINK: stalls on what is not the counter pattern */
	bool repeat;              /* KEYBOARD: types the text again and again */
	size_t buffer;            /* LOOPBACK, ECHO: bytes held, then NAK */
	uint64_t message;         /* SOURCE: bytes in a message; 0: endless */
	uint64_t total;           /* SOURCE: bytes until it NAKs for ever; 0: endless */
	uint64_t packet;          /* SOURCE: bytes in a service interval; 0: all that fit */
	unsigned every_ms;        /* KEYBOARD: between two reports */
	struct sim_bytes text;    /* KEYBOARD */
	unsigned line;            /* where it is written, for messages */
};

enum sim_step_kind {
	SIM_STEP_EXPECT, /* waits for these very bytes on an OUT endpoint; others are stalled */
	SIM_STEP_ANY,    /* waits for a packet on an OUT endpoint */
	SIM_STEP_GIVE,   /* queues data on an IN endpoint; no data: a ZLP */
	SIM_STEP_STALL,
	SIM_STEP_BABBLE,
	SIM_STEP_WAIT, /* until the host has taken what was given */
	SIM_STEP_AFTER,
	SIM_STEP_UNPLUG,
	SIM_STEP_REPEAT,
};

struct sim_step {
	enum sim_step_kind kind;
	uint8_t endpoint;
	unsigned number; /* AFTER: ms; BABBLE: bytes */
	struct sim_bytes data;
	unsigned line;
};

struct sim_script {
	struct sim_step *steps;
	size_t n_steps;
};

enum sim_control_action {
	SIM_CONTROL_ACCEPT,
	SIM_CONTROL_STALL,
	SIM_CONTROL_NAK,
	SIM_CONTROL_KEEP,       /* OUT: accepts and keeps the data stage */
	SIM_CONTROL_REPLY,      /* IN: answers with data */
	SIM_CONTROL_REPLY_KEPT, /* IN: answers with what was kept */
};

/* A control request that the device answers in a way of its own. */
struct sim_control_rule {
	int field[4]; /* bmRequestType, bRequest, wValue, wIndex; -1: any */
	enum sim_control_action action;
	struct sim_bytes data;
};

struct sim_string {
	uint8_t index;
	char *text; /* exact bytes as they appear in the snapshot */
	size_t len;
};

struct sim_driver {
	int config, interface; /* config -1: in every one */
	char *name;
};

/* The report descriptor of an HID interface. */
struct sim_report {
	int config, interface;
	struct sim_bytes data;
};

struct sim_model {
	atomic_uint refs;
	struct list node; /* of the list that sim_parse() fills */

	char *name;
	unsigned line;      /* of the keyword "device" */
	unsigned bus;       /* 1.., without bus_base; 0: none was given */
	char *port;         /* "2.4", or NULL: none was given */
	unsigned port_line; /* for messages */
	bool unplugged;     /* known, but not there at the start */
	enum sim_speed speed;
	uint64_t rate;   /* bytes a second; 0: as fast as the thread can */
	uint64_t memory; /* bytes of all transfers in flight; 0: no limit */
	unsigned wedges; /* enum sim_wedge, ORed */
	struct sim_node permissions;
	bool reset_replugs; /* a reset brings it back as another device */
	bool reset_unplugs; /* a reset is the end of it */
	bool locked;        /* its attributes cannot be written */

	unsigned n_ports; /* 0: it is no hub */
	enum sim_hub_switching hub_switching;
	bool hub_indicators;
	bool hub_disable; /* the kernel can disable its ports: attribute portN/disable */

	struct sim_bytes descriptors; /* of the device, then of all configurations */
	struct desc_index *index;     /* points into descriptors */
	struct sim_bytes bos;
	int active; /* bConfigurationValue at plug-in; 0: unconfigured */

	struct sim_bytes languages; /* LANGIDs, little-endian */
	struct sim_string *strings;
	size_t n_strings;
	struct sim_driver *drivers;
	size_t n_drivers;
	struct sim_report *reports;
	size_t n_reports;
	struct sim_behaviour *behaviours;
	size_t n_behaviours;
	struct sim_control_rule *rules;
	size_t n_rules;
	struct sim_script *scripts;
	size_t n_scripts;
};

struct sim_model *sim_model_new(void);
struct sim_model *sim_model_ref(struct sim_model *m);
/* Accepts NULL; returns NULL. */
struct sim_model *sim_model_unref(struct sim_model *m);

/* NULL: no such string. */
const struct sim_string *sim_model_string(const struct sim_model *m, unsigned index);

/* The kernel driver that is pretended for an interface, or NULL. */
const char *sim_model_driver(const struct sim_model *m, int config, int interface);

/* Its report descriptor, or NULL. */
const struct sim_bytes *sim_model_report(const struct sim_model *m, int config, int interface);

/* The behaviour of an endpoint in force, or NULL; what was said last counts. */
const struct sim_behaviour *sim_model_behaviour(
	const struct sim_model *m, int config, int interface, int alternate, uint8_t endpoint);

/* The bit of a wedge by its name ("open"), or 0. */
unsigned sim_wedge_by_name(const char *name);

#endif
