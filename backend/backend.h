/* SPDX-License-Identifier: MIT */
/*
 * The contract between usbfuse and a source of USB devices. "usb" (libudev and libusb), "sim" (a
 * bus in this process) and others to come are peers behind it: nothing above may ask which it is.
 * A backend knows no paths of the mounted tree, no FUSE and no policy.
 *
 * It has two halves.
 *
 * PRESENCE: struct backend. Says which devices there are, by snapshots (backend/snapshot.h).
 *   start() first reports each device that is present by events->added(), on the calling thread,
 *   and then returns; from run() on events come on one thread of the backend's own. Events of one
 *   device are in order: added, any number of changed, removed. No event comes after stop().
 *   Between the two the process gives up its privileges, so that start() opens what needs them, and
 *   says by allow_path() (backend/util/allow.h) which files are opened later.
 *
 * I/O: struct backend_device, one for each open device. Every function that takes a backend_device
 *   is called on one and the same thread, the device's worker, which is not the thread of any other
 *   device; so a backend needs no locks there, and a call may block without hurting anyone else. It
 *   may even never return: the worker is then given up.
 *   The worker waits for fd() to be readable and then calls dispatch(), which runs completions.
 *
 * ERRORS are 0 or a negative errno, everywhere, with these meanings:
 *   -EPIPE stalled           -ETIMEDOUT timed out      -EOVERFLOW babble: the device sent too much
 *   -ENODEV unplugged        -EBUSY owned by a driver or another program
 *   -EACCES not permitted    -ECANCELED cancelled      -ENOMEM no memory, usbfs's limit included
 *   -ENOENT no such interface, endpoint or setting     -EINVAL the request makes no sense
 *   -EOPNOTSUPP this backend or device cannot do it    -EIO anything else
 */
#ifndef USBFUSE_BACKEND_H
#define USBFUSE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/snapshot.h"
#include "backend/util/list.h"

struct backend;
struct backend_device;
struct transfer;

/* What a backend reports. The callee takes a reference of its own if it keeps the snapshot. All
 * return quickly and never call back into the backend. */
struct backend_events {
	void (*added)(struct backend *b, struct snapshot *s, void *user);
	void (*changed)(struct backend *b, struct snapshot *s, void *user); /* same seq */
	void (*removed)(struct backend *b, uint64_t seq, void *user);
	void (*rescanned)(struct backend *b, uint64_t token, void *user); /* what rescan() said */
};

struct backend_config {
	const char *arg;   /* what follows "scheme:" on the command line, or NULL */
	unsigned bus_base; /* added to the bus numbers that the backend makes up; usb ignores it */
	const struct backend_events *events;
	void *user;
};

enum transfer_flags {
	/* OUT: after a transfer that is a multiple of the packet size, send a ZLP as well. */
	TRANSFER_ADD_ZLP = 1 << 0,
};

enum { TRANSFER_MAX_PACKETS = 128 }; /* what usbfs takes in one */

/* What moves in one service interval of an isochronous endpoint. */
struct transfer_packet {
	unsigned length; /* IN: room for it; OUT: its bytes, 0 for none in this interval */
	unsigned actual; /* valid in done(), as is status: 0 or an error as of a transfer */
	int status;      /* -EXDEV: not sent or received in its interval */
};

/*
 * One transfer on an endpoint. The submitter fills the first block, owns the structure and must
 * not touch it or the buffer between submit() and done().
 *
 * IN: length must be a multiple of the endpoint's packet size, or an unlucky packet overflows
 * (USB 2.0 section 5.8.3). OUT: length 0 sends a ZLP.
 * Control (endpoint 0): buffer holds the 8 bytes of setup, then the data stage; length counts
 * both; actual counts the data stage only, which has 4096 bytes at most. A standard or class request
 * to an interface or an endpoint needs the interface to be claimed, but for a printer's
 * GET_DEVICE_ID: -EINVAL.
 * Isochronous: packets says how the buffer is divided, one entry for each service interval in which
 * something is to move: packet i's bytes begin behind those of the packets before, as long as their
 * lengths say, whatever was received (USB 2.0 section 5.6). length is the sum of the lengths,
 * actual that of the actuals. A packet that fails does not make the transfer fail.
 */
struct transfer {
	uint8_t endpoint;  /* bEndpointAddress; 0: control */
	uint8_t type;      /* enum desc_transfer_type */
	uint8_t interface; /* the claimed interface it belongs to */
	unsigned flags;
	unsigned char *buffer;
	size_t length;
	unsigned timeout_ms; /* control only; 0: none */
	/* Bulk: the stream, 1 to what alloc_streams() returned; 0: the endpoint has none in use. */
	uint32_t stream;
	/* Isochronous only, the submitter's like the buffer: 1 to TRANSFER_MAX_PACKETS. */
	struct transfer_packet *packets;
	unsigned n_packets;

	/* Called exactly once, from dispatch(), never from inside submit() or cancel(). It may
	 * submit again, also this very transfer, but must not close the device, nor dispatch(). */
	void (*done)(struct transfer *t);
	void *user;

	/* Valid in done(): 0 or an error as above. actual is valid in both cases: a transfer that
	 * failed or was cancelled may have moved bytes, and they count. */
	int status;
	size_t actual;

	/* The backend's, from submit() to done(); list_init()ed or zero before. */
	struct list node;
	void *priv;
	uint64_t due;
};

struct backend_ops {
	const char *scheme; /* "usb", "sim" */

	/* ---- presence: called on the main thread ---- */

	/* -errno with one line in *ret_why (malloc'ed, the caller frees; may be left NULL) says
	 * that the backend cannot be used at all. No devices is not an error. */
	int (*start)(const struct backend_config *config, struct backend **ret, char **ret_why);

	/* Starts the backend's thread. Once. */
	int (*run)(struct backend *b);

	/* Joins the backend's threads, bounded in time, and frees. Every device is closed or given
	 * up by then. Also without run(). */
	void (*stop)(struct backend *b);

	/* Reads an attribute that changes without an event (urbnum, power/runtime_status) afresh:
	 * INTERFACE is -1 for the device's own. Never blocks: only attributes for which the kernel
	 * takes no lock of the device. Returns the length (not NUL-terminated), or -errno. Any
	 * thread. Optional. "portN/NAME" is
	 * that of a hub's port. "driver" of an interface is the name of what is bound to it now, usbfs
	 * for a claim, without a newline; -ENOENT: nothing is. */
	int (*read_attr)(struct backend *b, const struct snapshot *s, int interface,
		const char *name, char *buf, size_t size);

	/* Writes an attribute as sysfs has it: "authorized", "remove", "power/control",
	 * "power/autosuspend_delay_ms", and "portN/disable" of a hub's port. Called on the device's
	 * worker, because it may block for as long as the device likes; the device need not be
	 * open, or be fit to be opened. Returns when it is done: "authorized" 0 has ended the
	 * configuration, "remove" has disconnected the device. The snapshot follows by changed() or
	 * removed(), if it does not at once. VALUE NULL: changes nothing, and says only whether it
	 * could be written. -EACCES: not permitted; -ENOENT: there is no such attribute; -EINVAL:
	 * not that value. Upon an error *ret_why may be one line that says what was in the way
	 * (malloc'ed, the caller frees). Optional. */
	int (*set_attr)(struct backend *b, const struct snapshot *s, const char *name,
		const char *value, char **ret_why);

	/* Looks whether devices have come, gone or changed without an event, as where nobody sends
	 * these. Returns at once; when everything has been looked at and reported, comes
	 * events->rescanned() with TOKEN. Optional: nothing can be missed. */
	int (*rescan)(struct backend *b, uint64_t token);

	/* ---- I/O: called on the device's worker, any of it may block ---- */

	/* Opens the device of that snapshot. Claims nothing. -ENODEV when it has gone. */
	int (*open)(struct backend *b, struct snapshot *s, struct backend_device **ret);

	/* Releases what is claimed and closes. No transfer is in flight. */
	void (*close)(struct backend_device *d);

	/* Readable when dispatch() has something to do. The same from open() to close(). */
	int (*fd)(struct backend_device *d);

	/* Runs the completions that are there and returns; 0, or -ENODEV when the device has gone
	 * and nothing is in flight any more. */
	int (*dispatch)(struct backend_device *d);

	/* Claims an interface of the configuration in force. -EBUSY: a kernel driver is bound to
	 * it, or someone else has claimed it. Never detaches anything. */
	int (*claim)(struct backend_device *d, uint8_t interface);
	int (*release)(struct backend_device *d, uint8_t interface);

	/* Unbinds the kernel's driver (-ENOENT: there is none), and lets the kernel bind its
	 * driver again (the interface is not claimed then). The snapshot follows by changed(). */
	int (*detach_driver)(struct backend_device *d, uint8_t interface);
	int (*attach_driver)(struct backend_device *d, uint8_t interface);

	/* Has that very driver of the kernel bound to an interface. -ENOENT: the kernel has no such
	 * driver; -EACCES: that takes more than the right to use the device; -EINVAL: the driver
	 * does not want the interface; and only if none of these is known, -EBUSY: something is
	 * bound to it, a claim included. */
	int (*bind_driver)(struct backend_device *d, uint8_t interface, const char *driver);

	int (*set_alternate)(struct backend_device *d, uint8_t interface, uint8_t alternate);

	/* 0: none. -ENOENT: there is no such configuration; -EBUSY: an interface of the one in force
	 * has an owner, our own claims included. With the value that is in force, every interface
	 * goes back to its first setting, and no endpoint is halted. With another one, the kernel
	 * binds its drivers to what comes. The snapshot follows by changed(). */
	int (*set_configuration)(struct backend_device *d, int value);

	/* Clears the halt of an endpoint and resets its data toggle, on both sides. */
	int (*clear_halt)(struct backend_device *d, uint8_t endpoint);

	/* Gives a bulk endpoint of SuperSpeed N streams (USB 3.2 section 8.12.1.4), or as many as it
	 * can have, and returns how many those are, numbered from 1. Until they are freed, or the
	 * alternate setting changes, each of its transfers belongs to one. Nothing is in flight,
	 * the interface is claimed. -EOPNOTSUPP: the device or the host controller has none. */
	int (*alloc_streams)(struct backend_device *d, uint8_t endpoint, unsigned n);
	int (*free_streams)(struct backend_device *d, uint8_t endpoint);

	/* Resets the port. -ENODEV: it came back as another device, this handle is dead. */
	int (*reset)(struct backend_device *d);

	/* Starts a transfer, or returns an error and done() is not called. The transfers of one
	 * endpoint complete in the order of submission. */
	int (*submit)(struct backend_device *d, struct transfer *t);

	/* A wish: done() still comes, with -ECANCELED or with the result that won. */
	void (*cancel)(struct backend_device *d, struct transfer *t);
};

/* Every backend embeds this first. */
struct backend {
	const struct backend_ops *ops;
};

/* Likewise. */
struct backend_device {
	const struct backend_ops *ops;
};

extern const struct backend_ops backend_usb;
extern const struct backend_ops backend_sim;

/* The backend for a URI such as "usb" or "sim:FILE", and the part after the colon (or NULL).
 * NULL: no such scheme. */
const struct backend_ops *backend_find(const char *uri, const char **ret_arg);

#endif
