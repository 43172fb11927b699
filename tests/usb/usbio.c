/* SPDX-License-Identifier: MIT */
/*
 * The usb backend from the command line, without anything on top of it: for tests in a machine
 * with real or virtual devices, and to measure it alone. Ends with 0, or with 1 and a message that
 * names the error: scripts look for it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/util/log.h"
#include "backend/util/macro.h"
#include "tests/usb/command.h"
#include "tests/usb/presence.h"
#include "tests/usb/worker.h"

static const char usage[] =
	"usage: usbio [-d] COMMAND\n"
	"  list [-v]                               the devices, -v with attributes\n"
	"  monitor EVENTS SECONDS                  print events until so many, or so long\n"
	"  cycle DEV SECONDS                       open and close DEV whenever it appears\n"
	"  read DEV IF EP TOTAL [SIZE [DEPTH]]     bulk or interrupt IN; prints the speed\n"
	"  write DEV IF EP TOTAL [SIZE [DEPTH]]    likewise OUT, of zeros; TOTAL 0: a ZLP\n"
	"  writez ...                              likewise, with a ZLP after full packets\n"
	"  loop DEV IF OUT IN SIZE COUNT           what is sent must come back\n"
	"  pending DEV IF EP SIZE DEPTH SECONDS    read until the device has gone\n"
	"  cancel DEV IF EP SIZE DEPTH             read for 100 ms, then cancel\n"
	"  iso DEV IF ALT EP FILE BYTES [PACKETS [DEPTH [TRANSFERS]]]\n"
	"                                          FILE in packets of so many bytes, or IN to it\n"
	"  isocancel ...                           likewise for 100 ms, then cancel\n"
	"  streams DEV IF EP N                     allocate and free N bulk streams\n"
	"  uas DEV IF COMMAND STATUS DATA          read blocks 1 to 3 on the streams 1 to 3\n"
	"  unclaimed DEV IF EP                     read without a claim\n"
	"  control DEV RT RQ VALUE INDEX LENGTH [IF]   in hex; claims IF first\n"
	"  claim|detach|attach DEV IF\n"
	"  alt DEV IF SETTING\n"
	"  altkill DEV IF EP                       go to setting 1, read, back to 0 meanwhile\n"
	"  config DEV VALUE\n"
	"  halt DEV IF EP                          clear the halt of an endpoint\n"
	"  reset DEV [IF]                          claims IF first, and keeps it\n"
	"  attr DEV IF NAME                        read_attr; IF -1: the device's\n";

struct backend_device *device;
struct snapshot *snapshot;

void
fail(const char *what, int r)
{
	printf("%s: %s\n", what, strerrorname_np(-r) ? strerrorname_np(-r) : "?");
	exit(1);
}

void
check(const char *what, int r)
{
	if (r < 0)
		fail(what, r);
}

unsigned
number(const char *text)
{
	return strtoul(text, NULL, 0);
}

void
open_device(const char *name)
{
	snapshot = presence_find(name);
	if (!snapshot)
		fail("find", -ENODEV);
	check("open", backend_usb.open(presence_backend(), snapshot, &device));
}

void
close_device(void)
{
	backend_usb.close(device);
	snapshot = snapshot_unref(snapshot);
	device = NULL;
}

static void
control_done(struct transfer *t)
{
	*(bool *)t->user = true;
}

static int
cmd_control(char **arg)
{
	unsigned value = strtoul(arg[3], NULL, 16), index = strtoul(arg[4], NULL, 16);
	unsigned length = strtoul(arg[5], NULL, 16);
	bool finished = false;
	_cleanup_free_ unsigned char *buffer = calloc(1, 8 + length);
	struct transfer t = {
		.buffer = buffer,
		.length = 8 + length,
		.timeout_ms = 1000,
		.done = control_done,
		.user = &finished,
	};
	const unsigned char setup[8] = {strtoul(arg[1], NULL, 16), strtoul(arg[2], NULL, 16), value,
		value >> 8, index, index >> 8, length, length >> 8};

	memcpy(buffer, setup, sizeof(setup));
	open_device(arg[0]);
	if (arg[6])
		check("claim", backend_usb.claim(device, number(arg[6])));
	check("submit", backend_usb.submit(device, &t));
	while (!finished) {
		struct pollfd fd = {.fd = backend_usb.fd(device), .events = POLLIN};

		poll(&fd, 1, 5000);
		backend_usb.dispatch(device);
	}
	for (size_t i = 0; i < t.actual; i++)
		printf("%02x%s", buffer[8 + i], i + 1 < t.actual ? " " : "\n");
	printf("control %s, %zu bytes\n", t.status ? strerrorname_np(-t.status) : "OK", t.actual);
	close_device();
	return t.status ? 1 : 0;
}

static int
cmd_interface(char **arg)
{
	unsigned interface = number(arg[1]), before = presence_wait(0, 0);
	const char *verb = arg[-1];
	int r;

	open_device(arg[0]);
	if (strcmp(verb, "claim") == 0)
		r = backend_usb.claim(device, interface);
	else if (strcmp(verb, "detach") == 0)
		r = backend_usb.detach_driver(device, interface);
	else
		r = backend_usb.attach_driver(device, interface);
	check(verb, r);
	printf("%s OK\n", verb);
	presence_wait(before + 1, 2000);
	close_device();
	return 0;
}

static int
cmd_alt(char **arg)
{
	unsigned before;

	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	presence_wait(UINT32_MAX, 300);
	before = presence_wait(0, 0);
	check("alt", backend_usb.set_alternate(device, number(arg[1]), number(arg[2])));
	presence_wait(before + 1, 2000);
	printf("alt OK\n");
	close_device();
	presence_wait(UINT32_MAX, 300);
	return 0;
}

static int
cmd_config(char **arg)
{
	open_device(arg[0]);
	check("config", backend_usb.set_configuration(device, (int)number(arg[1])));
	presence_wait(UINT32_MAX, 500);
	printf("config OK\n");
	close_device();
	return 0;
}

static int
cmd_halt(char **arg)
{
	open_device(arg[0]);
	check("claim", backend_usb.claim(device, number(arg[1])));
	check("halt", backend_usb.clear_halt(device, number(arg[2])));
	printf("halt OK\n");
	close_device();
	return 0;
}

static int
cmd_reset(char **arg)
{
	open_device(arg[0]);
	if (arg[1])
		check("claim", backend_usb.claim(device, number(arg[1])));
	check("reset", backend_usb.reset(device));
	presence_wait(UINT32_MAX, 300);
	if (arg[1])
		check("release", backend_usb.release(device, number(arg[1])));
	printf("reset OK\n");
	close_device();
	return 0;
}

static int
cmd_attr(char **arg)
{
	struct snapshot *s = presence_find(arg[0]);
	char text[4096];
	int r;

	if (!s)
		fail("find", -ENODEV);
	r = backend_usb.read_attr(presence_backend(), s, atoi(arg[1]), arg[2], text, sizeof(text));
	snapshot_unref(s);
	check("attr", r);
	printf("%.*s", r, text);
	return 0;
}

static int
cmd_cycle(char **arg)
{
	double until = now() + number(arg[1]);
	unsigned opened = 0, seen = 0;
	uint64_t last = 0;

	while (now() < until) {
		struct snapshot *s = presence_find(arg[0]);
		uint64_t seq = s ? s->seq : 0;

		snapshot_unref(s);
		if (seq != 0 && seq != last) {
			last = seq;
			seen++;
			snapshot = presence_find(arg[0]);
			if (snapshot &&
				backend_usb.open(presence_backend(), snapshot, &device) == 0) {
				opened++;
				worker_run_until_gone(device, 50);
				backend_usb.close(device);
			}
			snapshot = snapshot_unref(snapshot);
		}
		presence_wait(presence_wait(0, 0) + 1, 50);
	}
	printf("saw %u devices, opened %u\n", seen, opened);
	return 0;
}

static int
cmd_monitor(char **arg)
{
	presence_wait(number(arg[0]), number(arg[1]) * 1000);
	return 0;
}

static int
cmd_list(char **arg)
{
	presence_print(arg[0] && strcmp(arg[0], "-v") == 0);
	return 0;
}

static const struct {
	const char *name;
	int args; /* at least */
	bool events;
	int (*run)(char **arg);
} commands[] = {
	{"list", 0, false, cmd_list},
	{"monitor", 2, true, cmd_monitor},
	{"cycle", 2, false, cmd_cycle},
	{"read", 4, false, cmd_read},
	{"write", 4, false, cmd_read},
	{"writez", 4, false, cmd_writez},
	{"loop", 6, false, cmd_loop},
	{"pending", 6, true, cmd_pending},
	{"cancel", 5, false, cmd_cancel},
	{"iso", 6, false, cmd_iso},
	{"isocancel", 6, false, cmd_isocancel},
	{"streams", 4, false, cmd_streams},
	{"uas", 5, false, cmd_uas},
	{"unclaimed", 3, false, cmd_unclaimed},
	{"control", 6, false, cmd_control},
	{"claim", 2, true, cmd_interface},
	{"detach", 2, true, cmd_interface},
	{"attach", 2, true, cmd_interface},
	{"alt", 3, true, cmd_alt},
	{"altkill", 3, false, cmd_altkill},
	{"config", 2, true, cmd_config},
	{"halt", 3, false, cmd_halt},
	{"reset", 1, true, cmd_reset},
	{"attr", 3, false, cmd_attr},
};

int
main(int argc, char **argv)
{
	int r;

	while (argc > 1 && strcmp(argv[1], "-d") == 0) {
		log_set_level(LOG_LEVEL_DEBUG);
		argc--;
		argv++;
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0 || argc - 2 < commands[i].args)
			continue;
		presence_start(commands[i].events);
		r = commands[i].run(argv + 2);
		presence_stop();
		return r;
	}
	fputs(usage, stderr);
	return 2;
}
