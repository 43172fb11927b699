/* SPDX-License-Identifier: MIT */
/* Control requests to the devices of the virtual bus. */
#include <errno.h>
#include <string.h>

#include "tests/unit/sim-bus.h"
#include "tests/unit/test.h"

static int
control(struct bus *b, const char *setup, struct xfer **ret)
{
	size_t data = (unsigned char)setup[6] | (size_t)(unsigned char)setup[7] << 8;
	struct xfer *x = xfer_new(b, 0, 8 + data);

	x->t.type = DESC_CONTROL;
	x->t.timeout_ms = 20;
	memcpy(x->buffer, setup, 8);
	*ret = x;
	return run(b, x);
}

TEST(control_requests)
{
	struct bus *b = bus_open("device d\n"
				 "	product \"caf\\xc3\\xa9\"\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "	control c0-01-*-0002 reply \"hello\"\n"
				 "	control 40-02-*-* keep\n"
				 "	control c0-02-*-* reply kept\n"
				 "	control c0-03-*-* nak\n",
		0);
	struct xfer *x, *y;

	CHECK_EQ(control(b, "\x80\x06\x00\x01\x00\x00\x40\x00", &x), 0);
	CHECK_EQ(x->t.actual, 18);
	xfer_free(x);
	CHECK_EQ(control(b, "\x80\x06\x01\x03\x09\x04\xff\x00", &x), 0);
	CHECK_EQ(x->t.actual, 10);
	CHECK(memcmp(x->buffer + 8,
		      "\x0a\x03"
		      "c\0a\0f\0\xe9\0",
		      10) == 0);
	xfer_free(x);
	CHECK_EQ(control(b, "\x80\x06\x00\x02\x00\x00\x09\x00", &x), 0);
	CHECK_EQ(x->t.actual, 9);
	xfer_free(x);
	CHECK_EQ(control(b, "\xc0\x01\x00\x00\x02\x00\x03\x00", &x), 0);
	CHECK_EQ(x->t.actual, 3);
	xfer_free(x);
	CHECK_EQ(control(b, "\xc0\x01\x00\x00\x03\x00\x03\x00", &x), -EPIPE);
	xfer_free(x);
	CHECK_EQ(control(b, "\x40\x02\x00\x00\x00\x00\x04\x00", &x), 0);
	CHECK_EQ(x->t.actual, 4);
	CHECK_EQ(control(b, "\xc0\x02\x00\x00\x00\x00\x09\x00", &y), 0);
	CHECK_EQ(y->t.actual, 4);
	CHECK(memcmp(x->buffer + 8, y->buffer + 8, 4) == 0);
	xfer_free(x);
	xfer_free(y);
	CHECK_EQ(control(b, "\xc0\x03\x00\x00\x00\x00\x01\x00", &x), -ETIMEDOUT);
	xfer_free(x);
	/* SET_FEATURE(ENDPOINT_HALT), GET_STATUS */
	CHECK_EQ(control(b, "\x02\x03\x00\x00\x81\x00\x00\x00", &x), 0);
	xfer_free(x);
	CHECK_EQ(control(b, "\x82\x00\x00\x00\x81\x00\x02\x00", &x), 0);
	CHECK_EQ(x->buffer[8], 1);
	/* SET_CONFIGURATION is not a request. */
	memcpy(x->buffer, "\x00\x09\x01\x00\x00\x00\x00\x00", 8);
	CHECK_EQ(submit(b, x), -EINVAL);
	xfer_free(x);
	bus_close(b);
}

/* As with usbfs, but that does it on the quiet. */
TEST(control_requests_to_an_interface_need_it)
{
	struct bus *b = bus_open("device d\n"
				 "	config 1\n"
				 "		interface 0\n"
				 "			endpoint 81 bulk 64\n"
				 "	control *-77-*-* accept\n",
		0);
	static const char *const setups[] = {
		"\x21\x77\0\0\0\0\0\0", "\x22\x77\0\0\x81\0\0\0", "\x81\0\0\0\0\0\2\0"};
	struct xfer *x;

	for (size_t i = 0; i < ARRAY_SIZE(setups); i++) {
		CHECK_EQ(control(b, setups[i], &x), 0);
		CHECK_EQ(backend_sim.release(b->device, 0), 0);
		CHECK_EQ(submit(b, x), -EINVAL);
		CHECK_EQ(backend_sim.claim(b->device, 0), 0);
		xfer_free(x);
	}
	CHECK_EQ(backend_sim.release(b->device, 0), 0);
	CHECK_EQ(control(b, "\x41\x77\0\0\0\0\0\0", &x), 0);
	xfer_free(x);
	CHECK_EQ(control(b, "\x20\x77\0\0\0\0\0\0", &x), 0);
	xfer_free(x);
	CHECK_EQ(control(b, "\xc0\x77\0\0\0\0\1\x10", &x), -EINVAL);
	xfer_free(x);
	bus_close(b);
}
