/* SPDX-License-Identifier: MIT */
/*
 * What the files about writing share: out_queue.c, endpoint_out.c,
 * out_done.c, out_text.c, out_iso.c, tail.c. The worker's.
 */
#ifndef USBFUSE_OUT_H
#define USBFUSE_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct chunk;
struct endpoint;
struct file;
struct request;

enum { OUT_LARGE = 64 << 10 }; /* bytes: a write that is worth to be pipelined */

/* How large the write(2) is, as far as is known: R may be a part of it, see endpoint_out.c. */
size_t out_size(const struct request *r);

/* How many transfers may be in flight for a write of SIZE bytes to be taken. */
unsigned out_depth(const struct endpoint *e, size_t size);

/* Takes a step with R, which is at the front of the queue. */
void out_start(struct endpoint *e, struct request *r);

/* Puts C in flight; what becomes of it is told to its request, or, when it is late, to its file.
 * -errno: the chunk is still the caller's. */
int out_submit(struct chunk *c);

/* What C's request is told of it: the ACTUAL bytes that the device took, or ERR when it took none; or
 * its file, when the request has been answered. */
void out_answer(struct chunk *c, int err, size_t actual);

/* Keeps the last bytes of R for the request that brings the rest of the same write(2); or none, so
 * that nothing else goes before that, perhaps with a ZLP that is due if nothing follows. */
void out_hold(struct endpoint *e, struct request *r, size_t tail, bool zlp);

/* LOST bytes that had been accepted were not taken: the file's next write, or close, says so. */
void out_late_error(struct endpoint *e, struct file *f, int err, size_t lost);

/* Answers a request that is sent step by step, and takes it off the queue: r->position bytes of it
 * count; ERR is its answer if these are none. */
void out_finish(struct endpoint *e, struct request *r, int err);

/* Takes one step of a request at the front of the queue: submits something, or finishes it. */
void out_text_step(struct endpoint *e, struct request *r);
void out_iso_step(struct endpoint *e, struct request *r);

/* A transfer of a text request has ended. */
void out_text_done(struct chunk *c, int err);
/* Ends a text request that has begun and has nothing in flight, with r->wish. */
void out_text_stop(struct endpoint *e, struct request *r);

/* OUT transfers of an isochronous endpoint in flight at most. */
unsigned out_iso_depth(const struct endpoint *e);

/* A chunk with the whole of an isochronous tail in one packet. */
struct chunk *out_iso_rest(struct endpoint *e, const unsigned char *data, size_t len);

#endif
