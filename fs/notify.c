/* SPDX-License-Identifier: MIT */
/* A datagram with a line of text to a socket; see notify.h. */
#include "fs/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "backend/util/log.h"
#include "backend/util/macro.h"

int
notify_open(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	size_t len = path ? strlen(path) : 0;
	int r;

	if (len == 0)
		return -1;
	if (len < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, len);
		/* Or an abstract one, whose name begins with a zero. */
		if (*path == '@')
			address.sun_path[0] = '\0';
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
		log_warn("cannot tell %s that we are ready; proceeding", path);
		return -1;
	}
	r = fd;
	fd = -1;
	return r;
}

void
notify(int fd, const char *state)
{
	if (fd >= 0 && send(fd, state, strlen(state), MSG_NOSIGNAL) < 0)
		log_warn("cannot tell the service manager %s: %s; proceeding", state,
			strerror(errno));
}
