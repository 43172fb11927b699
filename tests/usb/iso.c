/* SPDX-License-Identifier: MIT */
/* The commands of usbio that move isochronous packets between a file and an endpoint. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/desc.h"
#include "tests/usb/command.h"
#include "tests/usb/worker.h"

struct iso {
	FILE *file;
	uint8_t interface, endpoint;
	unsigned packet, n_packets; /* bytes of a packet, packets of a transfer */
	size_t transfers;           /* IN: still to be submitted */

	/* Results. */
	size_t moved, packets, bad_packets, done;
	int bad_packet, status;
	unsigned flying;
};

/* Fills a transfer as the file goes, in the intervals after each other. false: nothing is left. */
static bool
fill(struct iso *iso, struct transfer *t)
{
	t->length = 0;
	t->n_packets = 0;
	while (t->n_packets < iso->n_packets) {
		struct transfer_packet *p = &t->packets[t->n_packets];

		p->length = iso->packet;
		if (!(iso->endpoint & 0x80)) {
			p->length = fread(t->buffer + t->length, 1, iso->packet, iso->file);
			if (p->length == 0)
				break;
		}
		t->n_packets++;
		t->length += p->length;
	}
	return t->n_packets > 0 && iso->transfers-- > 0;
}

static int
submit(struct iso *iso, struct transfer *t)
{
	int r;

	if (!fill(iso, t))
		return 0;
	r = backend_usb.submit(device, t);
	if (r == 0)
		iso->flying++;
	return r;
}

static void
count(struct iso *iso, const struct transfer *t)
{
	const unsigned char *data = t->buffer;

	for (unsigned i = 0; i < t->n_packets; i++) {
		const struct transfer_packet *p = &t->packets[i];

		iso->packets++;
		if (p->status < 0) {
			iso->bad_packets++;
			iso->bad_packet = p->status;
		}
		if (iso->endpoint & 0x80)
			fwrite(data, 1, p->actual, iso->file);
		data += p->length;
	}
	iso->moved += t->actual;
}

static void
done(struct transfer *t)
{
	struct iso *iso = t->user;
	int r = t->status;

	iso->flying--;
	iso->done++;
	count(iso, t);
	if (r == 0)
		r = submit(iso, t);
	if (r < 0 && iso->status == 0)
		iso->status = r;
}

static struct transfer *
free_all(struct transfer *t, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++) {
		free(t[i].buffer);
		free(t[i].packets);
	}
	free(t);
	return NULL;
}

static struct transfer *
start(struct iso *iso, unsigned depth)
{
	struct transfer *t = calloc(depth, sizeof(*t));

	if (!t)
		fail("malloc", -ENOMEM);
	for (unsigned i = 0; i < depth; i++) {
		t[i] = (struct transfer){
			.endpoint = iso->endpoint,
			.type = DESC_ISO,
			.interface = iso->interface,
			.buffer = malloc((size_t)iso->packet * iso->n_packets),
			.packets = calloc(iso->n_packets, sizeof(*t[i].packets)),
			.done = done,
			.user = iso,
		};
		if (!t[i].buffer || !t[i].packets)
			fail("malloc", -ENOMEM);
		check("submit", submit(iso, &t[i]));
	}
	return t;
}

/* TIMEOUT_MS: after this time what is in flight is cancelled. */
static int
run(char **arg, int timeout_ms)
{
	unsigned depth, n_optional = 0;
	struct transfer *t;
	struct iso iso = {
		.interface = number(arg[1]),
		.endpoint = number(arg[3]),
		.packet = number(arg[5]),
	};
	int r;

	while (n_optional < 3 && arg[6 + n_optional])
		n_optional++;
	iso.n_packets = n_optional > 0 ? number(arg[6]) : 8;
	depth = n_optional > 1 ? number(arg[7]) : 4;
	iso.transfers = n_optional > 2 ? number(arg[8]) : SIZE_MAX;
	iso.file = fopen(arg[4], iso.endpoint & 0x80 ? "wb" : "rb");
	if (!iso.file)
		fail("open", -errno);
	open_device(arg[0]);
	check("claim", backend_usb.claim(device, iso.interface));
	check("alt", backend_usb.set_alternate(device, iso.interface, number(arg[2])));
	t = start(&iso, depth);
	printf("started\n");
	fflush(stdout);
	r = worker_wait(device, &iso.flying, timeout_ms);
	if (r == -ETIMEDOUT) {
		iso.transfers = 0;
		for (unsigned i = 0; i < depth; i++)
			backend_usb.cancel(device, &t[i]);
		r = worker_wait(device, &iso.flying, 5000);
	}
	printf("moved %zu bytes in %zu packets of %zu transfers, %zu bad (%s), %s\n", iso.moved,
		iso.packets, iso.done, iso.bad_packets,
		iso.bad_packet ? strerrorname_np(-iso.bad_packet) : "none",
		iso.status ? strerrorname_np(-iso.status) : "OK");
	fclose(iso.file);
	if (iso.flying == 0)
		t = free_all(t, depth);
	check("dispatch", r);
	/* What the setting started, it ends: a sound card plays what it still has. */
	check("alt", backend_usb.set_alternate(device, iso.interface, 0));
	close_device();
	return iso.status ? 1 : 0;
}

int
cmd_iso(char **arg)
{
	return run(arg, 60000);
}

int
cmd_isocancel(char **arg)
{
	return run(arg, 100);
}
