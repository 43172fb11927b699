/* SPDX-License-Identifier: MIT */
/* Descriptions of virtual devices that are refused, with the line and the reason; and the one that
 * is built in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/sim-bus.h"
#include "tests/unit/test.h"

static void
check_error(const char *text, const char *why)
{
	char *path = text_file(text), *got = NULL, *expected = NULL;
	struct backend_config config = {.arg = path, .events = &bus_no_events};
	struct backend *backend;

	CHECK(backend_sim.start(&config, &backend, &got) < 0);
	CHECK(asprintf(&expected, "%s:%s", path, why) > 0);
	CHECK_STR(got, expected);
	free(got);
	free(expected);
	unlink(path);
	free(path);
}

TEST(errors_in_descriptions)
{
	check_error("\n# nothing\nport 1-1\n", "3: port: not in a device");
	check_error("device a\n\tprot 1-1\n", "2: \"prot\" is not a keyword");
	check_error("device a\nport 1-\n", "2: \"1-\" is not a port such as 1-2 or 1-2.4");
	check_error("device 1\n", "1: \"1\" is not a name: a letter first");
	check_error("device a\nproduct \"x\n", "2: a quotation mark is missing");
	check_error("device a\nproduct \"\\q\"\n", "2: an escape that is not known");
	check_error("device a\nproduct x\n", "2: product: a text in quotes is missing");
	check_error("device a\ninterface 0\n", "2: interface: not in a config");
	check_error("device a\nconfig 1\ninterface 0\nendpoint 80 bulk 64\n",
		"4: \"80\" is not the address of a data endpoint");
	check_error("device a\nconfig 1\ninterface 0\nendpoint 81 bulk\n",
		"4: endpoint: something is missing");
	check_error("device a\nloopback 02 81\n", "2: a has no endpoint 02");
	check_error("device a\ndescriptors 1\n", "2: \"1\": an odd number of hex digits");
	check_error("device a\ndescriptors \\\n\tzz\n", "2: \"zz\" is not bytes in hex");
	check_error("device a\nscript\nrepeat\nend\n",
		"3: repeat: no step before it waits for anything");
	check_error("device a\nscript\nunplug\n", "3: script: end is missing");
	check_error("device a\n\ndevice a\n", "3: the name a is taken");
	check_error("device a\nport 1-1\ndevice b\nport 1-1\n", "4: port 1-1 is taken");
	check_error("device a\nmemory x\n", "2: \"x\" is not a number of bytes");
	check_error(
		"device a\nspeed super\nconfig 1\ninterface 0\nendpoint 81 bulk 1024 streams 12\n",
		"5: streams: 12 is not a power of two");
	check_error(
		"device a\nspeed super\nconfig 1\ninterface 0\nendpoint 81 iso 1024 streams 2\n",
		"5: endpoint: \"streams\" is not known here");
	check_error("device a\nconfig 1\ninterface 0\nendpoint 81 bulk 512 streams 2\n",
		"4: endpoint: \"streams\" is not known here");
	check_error("device a\nconfig 1\ninterface 0\nendpoint 81 bulk 512\n"
		    "source 81 counter packets 12\n",
		"5: packets: endpoint 81 is not isochronous");
	check_error("device a\nport 1-1\nwedge opne\n", "3: wedge: \"opne\" is not a call");
	check_error("device a\nnode\n", "2: node: something is missing");
	check_error("device a\nnode 1000\n", "2: node: owner, group, mode or acl, not \"1000\"");
	check_error("device a\nnode owner\n", "2: node: a number is missing");
	check_error("device a\nnode group x\n", "2: \"x\" is not a number from 0 to 4294967294");
	check_error("device a\nnode owner 1 mode\n", "2: mode: three octal digits, as 660");
	check_error("device a\nnode mode 668\n", "2: mode: three octal digits, as 660");
	check_error("device a\nnode mode 1660\n", "2: mode: three octal digits, as 660");
	check_error("device a\nnode acl user::rw\n",
		"2: \"user::rw\" is not an entry such as user:1000:rw");
	check_error("device a\nnode acl mask::rw\n",
		"2: \"mask::rw\" is not an entry such as user:1000:rw");
	check_error("device a\nnode acl group:1\n",
		"2: \"group:1\" is not an entry such as user:1000:rw");
	check_error("device a\nnode acl user:-1:rw\n",
		"2: \"user:-1:rw\" is not an entry such as user:1000:rw");
	check_error("device a\nnode acl user:1:rq\n",
		"2: \"user:1:rq\": permissions are of the letters rwx");
	check_error("device a\ncontrol c0-1-0000-0000 accept\n",
		"2: \"c0-1-0000-0000\" is not RT-RQ-VVVV-IIII in hex");
}

TEST(missing_file)
{
	struct backend_config config = {.arg = "/nowhere/x.dev", .events = &bus_no_events};
	struct backend *backend;
	char *why = NULL;

	CHECK_EQ(backend_sim.start(&config, &backend, &why), -ENOENT);
	CHECK_STR(why, "/nowhere/x.dev: No such file or directory");
	free(why);
}

TEST(demonstration)
{
	struct backend_config config = {.arg = NULL, .events = &bus_no_events};
	struct backend *backend;
	char *why = NULL;

	CHECK_EQ(backend_sim.start(&config, &backend, &why), 0);
	backend_sim.stop(backend);
}
