/* SPDX-License-Identifier: MIT */
/* The commands of usbio that move data. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/desc.h"
#include "backend/util/macro.h"
#include "tests/usb/command.h"
#include "tests/usb/presence.h"
#include "tests/usb/worker.h"

static uint8_t
type_of(uint8_t endpoint)
{
	struct desc_index *index = desc_index_new(snapshot->descriptors, snapshot->descriptors_len);
	uint8_t type = DESC_BULK;

	for (size_t c = 0; index && c < index->n_configs; c++)
		for (size_t i = 0; i < index->configs[c].n_interfaces; i++) {
			const struct desc_interface *in = &index->configs[c].interfaces[i];

			for (size_t a = 0; a < in->n_alts; a++) {
				const struct desc_endpoint *e =
					desc_endpoint(&in->alts[a], endpoint);

				if (e)
					type = e->attributes & 3;
			}
		}
	desc_index_free(index);
	return type;
}

static struct stream
stream_of(char **arg, size_t size, unsigned depth)
{
	return (struct stream){
		.device = device,
		.interface = number(arg[0]),
		.endpoint = number(arg[1]),
		.type = type_of(number(arg[1])),
		.size = size,
		.depth = depth,
	};
}

static void
print_stream(const struct stream *s, double seconds)
{
	printf("moved %zu bytes in %zu transfers (%zu short), %.1f MB/s, %s\n", s->moved,
		s->transfers, s->short_ones, seconds > 0 ? s->moved / seconds / 1e6 : 0,
		s->status ? strerrorname_np(-s->status) : "OK");
}

static int
run_stream(char **arg, unsigned flags)
{
	struct stream s;
	double start;
	int r;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	s = stream_of(
		arg + 1, arg[4] ? number(arg[4]) : 16384, arg[4] && arg[5] ? number(arg[5]) : 1);
	s.total = number(arg[3]);
	s.flags = flags;
	start = now();
	check("submit", stream_start(&s));
	r = worker_run(device, &s, 60000);
	print_stream(&s, now() - start);
	if (r == -ETIMEDOUT) {
		stream_cancel(&s);
		worker_run(device, &s, 2000);
	}
	check("dispatch", r);
	check("transfer", s.status);
	stream_free(&s);
	close_device();
	return 0;
}

int
cmd_read(char **arg)
{
	return run_stream(arg, 0);
}

int
cmd_writez(char **arg)
{
	return run_stream(arg, TRANSFER_ADD_ZLP);
}

int
cmd_loop(char **arg)
{
	size_t size = number(arg[4]);
	_cleanup_free_ unsigned char *back = calloc(1, size + 511);

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	for (unsigned i = 0; i < number(arg[5]); i++) {
		char *in_arg[] = {arg[1], arg[3]};
		struct stream out = stream_of(arg + 1, size, 1), in = stream_of(in_arg, size, 1);

		/* A short packet, or a ZLP in its place, makes the gadget send it back. */
		out.total = size;
		out.flags = TRANSFER_ADD_ZLP;
		in.size = (size + 511) / 512 * 512;
		in.total = 1;
		out.fill = i + 1;
		in.first = back;
		memset(back, 0, size);
		check("submit out", stream_start(&out));
		check("submit in", stream_start(&in));
		check("dispatch", worker_run(device, &out, 5000));
		check("dispatch", worker_run(device, &in, 5000));
		check("out", out.status);
		check("in", in.status);
		for (size_t n = 0; n < in.moved; n++)
			if (back[n] != (unsigned char)(i + 1))
				fail("compare", -EIO);
		stream_free(&out);
		stream_free(&in);
	}
	printf("loop OK\n");
	close_device();
	return 0;
}

int
cmd_pending(char **arg)
{
	struct stream s;
	int r;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	s = stream_of(arg + 1, number(arg[3]), number(arg[4]));
	s.total = (size_t)1 << 60;
	check("submit", stream_start(&s));
	printf("pending\n");
	fflush(stdout);
	r = worker_run_until_gone(device, number(arg[5]) * 1000);
	printf("dispatch %s, %u in flight, %u done, status %s\n", strerrorname_np(-r), s.flying,
		s.done, s.status ? strerrorname_np(-s.status) : "OK");
	if (s.flying)
		return 1;
	printf("again: submit %s, claim %s, dispatch %s\n",
		strerrorname_np(-backend_usb.submit(device, &s.t[0])),
		strerrorname_np(-backend_usb.claim(device, 7)),
		strerrorname_np(-backend_usb.dispatch(device)));
	stream_free(&s);
	close_device();
	return r == -ENODEV ? 0 : 1;
}

int
cmd_cancel(char **arg)
{
	struct stream s;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	s = stream_of(arg + 1, number(arg[3]), number(arg[4]));
	s.total = (size_t)1 << 60;
	check("submit", stream_start(&s));
	worker_run(device, &s, 100);
	stream_cancel(&s);
	check("dispatch", worker_run(device, &s, 5000));
	print_stream(&s, 0.1);
	stream_free(&s);
	close_device();
	/* All may have been faster than the cancellation. */
	return s.status == -ECANCELED || s.status == 0 ? 0 : 1;
}

int
cmd_unclaimed(char **arg)
{
	struct stream s;
	int r;

	open_device(arg[0]);
	s = stream_of(arg + 1, 512, 1);
	s.total = 512;
	r = stream_start(&s);
	printf("submit: %s\n", r ? strerrorname_np(-r) : "OK");
	stream_free(&s);
	close_device();
	return r == -EINVAL ? 0 : 1;
}

int
cmd_altkill(char **arg)
{
	struct stream s;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	check("alt", backend_usb.set_alternate(device, number(arg[1]), 1));
	s = stream_of(arg + 1, 4096, 4);
	s.total = (size_t)1 << 60;
	check("submit", stream_start(&s));
	worker_run(device, &s, 100);
	s.total = 0;
	check("alt", backend_usb.set_alternate(device, number(arg[1]), 0));
	check("dispatch", worker_run(device, &s, 5000));
	print_stream(&s, 0);
	stream_free(&s);
	close_device();
	return s.status == -ECANCELED ? 0 : 1;
}
