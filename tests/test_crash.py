# SPDX-License-Identifier: MIT
"""The daemon dies: whoever waits is told at once, and it can be started again."""
import errno
import os
import select

import pytest

from harness import mounts, procs
from harness.client import attempt
from harness.endpoint import wait_blocked_reader
from harness.loop import receive, send


@pytest.fixture
def crashed(loopback):
    """The device, whose daemon is killed when the test says so."""
    yield loopback
    loopback.bus.daemon.abandon()


def test_a_blocked_reader_is_told_at_once(crashed, clients):
    blocked = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "try: print(os.read(fd, 100))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", crashed.inp.data)
    wait_blocked_reader(crashed.inp)
    crashed.bus.daemon.kill()
    assert blocked.wait(2).out in (b"ECONNABORTED\n", b"ENOTCONN\n")


def test_open_files_are_dead_and_say_so(crashed):
    fd = os.open(crashed.inp.data, os.O_RDONLY)
    try:
        crashed.bus.daemon.kill()
        assert attempt(os.read, fd, 1) in (errno.ENOTCONN, errno.ECONNABORTED)
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        assert dict(poll.poll(2000)).get(fd, 0) & select.POLLERR
    finally:
        attempt(os.close, fd)  # its flush fails as well


def test_the_next_start_takes_the_mount_point_over(crashed):
    """The dead mount is still there: nothing but an error to be had from it."""
    bus = crashed.bus
    bus.daemon.kill()
    assert mounts.mounted(crashed.mount)
    assert attempt(os.listdir, crashed.mount) == errno.ENOTCONN
    bus.restart()
    assert len(mounts.mounted(crashed.mount)) == 1
    send(crashed, b"abc")
    assert receive(crashed, 3) == b"abc"


def test_sigterm_unmounts(loopback, clients):
    """A daemon that is told to end ends in order, also while someone waits."""
    blocked = clients.start("cat", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    daemon = loopback.bus.daemon
    daemon.process.terminate()
    assert procs.reap(daemon.process, 5) == 0
    assert not mounts.mounted(daemon.mount)
    assert blocked.wait(2).status != 0


def test_unmounting_lazily_under_a_blocked_reader(loopback, clients):
    """The tree goes at once, the daemon when the last reader has."""
    blocked = clients.start("cat", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    daemon = loopback.bus.daemon
    clients.must('fusermount3 -u -z "$1" || umount -l "$1"', daemon.mount)
    assert not mounts.mounted(daemon.mount)
    blocked.kill()
    assert procs.reap(daemon.process, 5) == 0


def test_unmounting_is_refused_while_in_use(loopback, clients):
    """… and nothing is lost by trying."""
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert mounts.unmount(loopback.mount) != ""
        send(loopback, b"abc")
        assert file.read(3) == b"abc"
