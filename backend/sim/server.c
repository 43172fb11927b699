/* SPDX-License-Identifier: MIT */
/*
 * Connections of the control socket. A connection that waits for something is not read from until
 * it has its answer, so that replies come in the order of the commands; the others go on.
 */
#include "backend/sim/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "backend/sim/command.h"
#include "backend/util/allow.h"

enum {
	LINE_LEN_MAX = 64 << 20,
	CONNECTIONS_MAX = 128,
};

struct connection {
	struct list node;
	int fd;
	struct sim_bytes in, out;
	size_t sent;  /* of out */
	bool writing; /* epoll waits for room */
	bool over;    /* the peer has gone, or is about to be made to */
	struct sim_wait wait;
};

struct sim_server {
	struct sim *sim;
	int fd;
	char *path;
	struct list connections;
	unsigned n_connections;
};

static int
fail(char **ret_why, const char *path, int error)
{
	if (asprintf(ret_why, "control=%s: %s", path, strerror(error)) < 0)
		*ret_why = NULL;
	return -error;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Linux takes the mode for the path from here, so that it never is anything else. */
	if (fd < 0 || fchmod(fd, 0600) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (listen(fd, 16) < 0) {
		r = -errno;
		unlink(path);
		return r;
	}
	r = fd;
	fd = -1;
	return r;
}

int
sim_server_new(struct sim *s, const char *path, struct sim_server **ret, char **ret_why)
{
	struct sim_server *server = calloc(1, sizeof(*server));
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = server};
	_cleanup_free_ char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
	int r;

	if (!server)
		return -ENOMEM;
	server->sim = s;
	list_init(&server->connections);
	/* It is removed at the end, when a daemon's working directory is another one. */
	if (asprintf(&server->path, "%s%s%s", cwd ? cwd : "", cwd ? "/" : "", path) < 0) {
		free(server);
		return -ENOMEM;
	}
	server->fd = listen_at(path);
	if (server->fd < 0) {
		r = fail(ret_why, path, -server->fd);
		free(server->path);
		free(server);
		return r;
	}
	r = epoll_ctl(s->epoll, EPOLL_CTL_ADD, server->fd, &e) < 0 ? -errno : 0;
	/* It is removed at the end. And there clients may have files for plug. */
	if (r == 0)
		r = allow_beside(server->path, ALLOW_READ | ALLOW_MAKE);
	if (r < 0) {
		r = fail(ret_why, path, -r);
		sim_server_free(server);
		return r;
	}
	*ret = server;
	return 0;
}

static void
end_wait(struct sim_server *server, struct connection *c)
{
	if (c->wait.kind != SIM_WAIT_NONE)
		atomic_fetch_sub(&server->sim->waiters, 1);
	c->wait.kind = SIM_WAIT_NONE;
}

static void
connection_free(struct sim_server *server, struct connection *c)
{
	end_wait(server, c);
	list_del(&c->node);
	server->n_connections--;
	close(c->fd);
	sim_bytes_free(&c->in);
	sim_bytes_free(&c->out);
	free(c);
}

struct sim_server *
sim_server_free(struct sim_server *server)
{
	if (!server)
		return NULL;
	list_for_each_safe (pos, next, &server->connections)
		connection_free(server, list_entry(pos, struct connection, node));
	close(server->fd);
	unlink(server->path);
	free(server->path);
	free(server);
	return NULL;
}

static void
accept_one(struct sim_server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct connection *c;
	struct epoll_event e = {.events = EPOLLIN};

	if (fd < 0)
		return;
	c = server->n_connections < CONNECTIONS_MAX ? calloc(1, sizeof(*c)) : NULL;
	e.data.ptr = c;
	if (!c || epoll_ctl(server->sim->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
		close(fd);
		free(c);
		return;
	}
	c->fd = fd;
	list_append(&server->connections, &c->node);
	server->n_connections++;
}

static void
flush(struct sim_server *server, struct connection *c)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
	bool writing;

	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			c->over = true;
			return;
		}
		c->sent += (size_t)n;
	}
	writing = c->sent < c->out.len;
	if (!writing)
		c->out.len = c->sent = 0;
	if (writing == c->writing)
		return;
	c->writing = writing;
	if (writing)
		e.events |= EPOLLOUT;
	epoll_ctl(server->sim->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

/* Runs the lines that are there, up to one that waits. */
static void
run_lines(struct sim_server *server, struct connection *c)
{
	size_t done = 0;

	while (c->wait.kind == SIM_WAIT_NONE && !c->over) {
		const char *line = (const char *)c->in.data + done;
		const char *end = c->in.len > done ? memchr(line, '\n', c->in.len - done) : NULL;

		if (!end)
			break;
		done += (size_t)(end - line) + 1;
		if (sim_command(server->sim, line, (size_t)(end - line), &c->out, &c->wait) < 0)
			c->over = true;
		if (c->wait.kind == SIM_WAIT_NONE)
			continue;
		/* Counted in before the first look, see sim_device_notify(). */
		atomic_fetch_add(&server->sim->waiters, 1);
		if (sim_wait_over(&c->wait, &c->out))
			end_wait(server, c);
	}
	if (done) {
		memmove(c->in.data, c->in.data + done, c->in.len - done);
		c->in.len -= done;
	}
	flush(server, c);
}

static void
read_some(struct connection *c)
{
	char block[16384];
	ssize_t n = recv(c->fd, block, sizeof(block), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		c->over = true;
	else if (n > 0 && (c->in.len > LINE_LEN_MAX || sim_bytes_add(&c->in, block, (size_t)n) < 0))
		c->over = true;
}

void
sim_server_ready(struct sim_server *server, struct epoll_event *event)
{
	struct connection *c = event->data.ptr;

	if (event->data.ptr == server) {
		accept_one(server);
		return;
	}
	if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(c);
	run_lines(server, c);
	if (c->over)
		connection_free(server, c);
}

void
sim_server_check(struct sim_server *server)
{
	list_for_each_safe (pos, next, &server->connections) {
		struct connection *c = list_entry(pos, struct connection, node);

		if (c->wait.kind == SIM_WAIT_NONE || !sim_wait_over(&c->wait, &c->out))
			continue;
		end_wait(server, c);
		run_lines(server, c);
		if (c->over)
			connection_free(server, c);
	}
}
