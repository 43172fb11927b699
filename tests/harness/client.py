# SPDX-License-Identifier: MIT
"""Programs that use the mounted tree. Each is a process group of its own with a deadline, so that
what hangs is a client and never the test itself."""
import os
import shlex
import signal
import subprocess
import time

import pytest

from . import paths, procs

DEADLINE = 10


class Result:
    """What a client that ended left: status (negative: the signal), out and err as bytes."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.decode(errors="replace")

    @property
    def complaint(self):
        return self.err.decode(errors="replace")

    def __repr__(self):
        return f"status {self.status}, out {self.out[:500]!r}, err {self.err[:2000]!r}"


class Client:
    """A running client. Its standard output and error go to files: it never waits for us to read
    them. Its standard input is a pipe when asked for, else /dev/null."""

    def __init__(self, clients, command, stdin=False, deadline=DEADLINE, **kwargs):
        self.clients = clients
        self.deadline = deadline
        self.command = command
        base = clients.workdir / f"client{clients.next_number()}"
        self.out_path, self.err_path = base.with_suffix(".out"), base.with_suffix(".err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True, **kwargs)
        self.started = time.monotonic()
        clients.add(self)

    @property
    def pid(self):
        return self.process.pid

    @property
    def out(self):
        """What it has printed so far."""
        return self.out_path.read_bytes()

    def wait_output(self, text):
        """Waits until it has printed TEXT, or ended. A file grows without an event."""
        procs.eventually(lambda: text in self.out or not self.running(), self.deadline,
                         f"{self} prints {text!r}, only {self.out[-500:]!r}")
        assert text in self.out, f"{self}: {self.err_path.read_bytes()[-2000:]!r}"

    def signal(self, sig):
        procs.kill_group(self.pid, sig)

    def running(self):
        return self.process.poll() is None

    def __repr__(self):
        return shlex.join(map(str, self.command))[:500]

    def wait(self, timeout=None):
        """Waits for its end; what it left. Fails the test when it takes longer than TIMEOUT."""
        limit = self.deadline if timeout is None else timeout
        status = procs.reap(self.process, limit * paths.PATIENCE)
        if status is None:
            details = "".join(map(procs.report, procs.group_members(self.pid)))
            self.kill()
            pytest.fail(f"still running: {self}\nprinted {self.out[-500:]!r} "
                        f"{self.err_path.read_bytes()[-500:]!r}\n{details}")
        self.finish()
        return Result(status, self.out, self.err_path.read_bytes())

    def finish(self):
        """It has ended: so has whatever it started."""
        procs.kill_group(self.pid)
        self._wait_killed(2)
        self.clients.remove(self)

    def kill(self, within=2):
        """SIGKILL, and it has to be gone at once: a client in state D is the daemon's fault."""
        self.signal(signal.SIGKILL)
        self._wait_killed(within)
        self.clients.remove(self)

    def _wait_killed(self, within):
        left = procs.wait_group_gone(self.pid, within * paths.PATIENCE)
        if left:
            self.clients.remove(self)
            pytest.fail(f"not even SIGKILL ends it: {self}\n" + "".join(map(procs.report, left)))
        self.process.wait()


class Clients:
    """Starts clients; ends those that are left at the end of the test."""

    def __init__(self, workdir, watchdog):
        self.workdir = workdir
        self.watchdog = watchdog
        self.running = []
        self.number = 0

    def next_number(self):
        self.number += 1
        return self.number

    def add(self, client):
        self.running.append(client)
        self.watchdog.watch(client.pid)

    def remove(self, client):
        if client in self.running:
            self.running.remove(client)
            self.watchdog.unwatch(client.pid)

    def start(self, *command, **kwargs):
        """Starts a program in the background: words of a command, as subprocess wants them."""
        return Client(self, [str(word) for word in command], **kwargs)

    def start_sh(self, snippet, *arguments, shell="bash", **kwargs):
        """Starts a shell snippet; ARGUMENTS are its $1, $2, …"""
        words = shell.split() + ["-c", snippet, shell, *arguments]
        return self.start(*words, **kwargs)

    def start_python(self, snippet, *arguments, **kwargs):
        """Starts a Python snippet; ARGUMENTS are its sys.argv[1:]."""
        prelude = "import errno, os, select, signal, sys\n"
        return self.start(paths.PYTHON, "-c", prelude + snippet, *arguments, **kwargs)

    def run(self, *command, **kwargs):
        return self.start(*command, **kwargs).wait()

    def sh(self, snippet, *arguments, **kwargs):
        return self.start_sh(snippet, *arguments, **kwargs).wait()

    def python(self, snippet, *arguments, **kwargs):
        return self.start_python(snippet, *arguments, **kwargs).wait()

    def must(self, snippet, *arguments, **kwargs):
        """A shell snippet that has to succeed; its output as bytes."""
        result = self.sh(snippet, *arguments, **kwargs)
        assert result.status == 0, result
        return result.out

    def kill_all(self):
        for client in list(self.running):
            client.signal(signal.SIGKILL)
        for client in list(self.running):
            client.kill()

    def none_stuck(self):
        """No client stays in state D: whoever waits for a device can be interrupted."""
        def stuck():
            return [pid for client in self.running for pid in procs.group_members(client.pid)
                    if procs.state(pid) == "D"]

        # A moment in state D is nothing unusual (a page fault is one).
        try:
            procs.eventually(lambda: not stuck(), 2, "no client in state D")
        except AssertionError:
            pytest.fail("in state D:\n" + "".join(map(procs.report, stuck())))


def attempt(function, *arguments):
    """Calls FUNCTION in this process; the errno it failed with, or 0. Only for calls that cannot
    wait for a device."""
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    return 0


def close_all(*descriptors):
    for descriptor in descriptors:
        os.close(descriptor)
