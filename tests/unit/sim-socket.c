/* SPDX-License-Identifier: MIT */
/* The control socket in tests; see sim-socket.h. */
#include "tests/unit/sim-socket.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/test.h"

char *socket_path;

struct bus *
socket_start(const char *text)
{
	char *more = NULL;
	struct bus *b;

	CHECK(asprintf(&socket_path, "/tmp/usbfuse-test-%d.sock", (int)getpid()) > 0);
	CHECK(asprintf(&more, ",control=%s", socket_path) > 0);
	unlink(socket_path);
	b = bus_start_arg(text, more);
	free(more);
	return b;
}

void
socket_stop(struct bus *b)
{
	bus_close(b);
	CHECK(access(socket_path, F_OK) < 0);
	free(socket_path);
}

int
connect_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, socket_path, sizeof(address.sun_path) - 1);
	CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

const char *
reply(int fd)
{
	static char line[4096];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		CHECK_EQ(poll(&p, 1, 8000), 1);
		CHECK_EQ(read(fd, line + n, 1), 1);
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	return line;
}

const char *
ask(const char *command)
{
	int fd = connect_socket();
	const char *answer;

	CHECK_EQ(write(fd, command, strlen(command)), strlen(command));
	CHECK_EQ(write(fd, "\n", 1), 1);
	answer = reply(fd);
	close(fd);
	return answer;
}
