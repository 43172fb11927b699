# SPDX-License-Identifier: MIT
"""A copy for every reader: share broadcast, and waiting for one's own copy."""
import errno
import os
import select

import pytest

from harness.client import attempt
from harness.endpoint import wait_armed, wait_count


@pytest.fixture
def readers(puppet):
    """Two readers that each get their own copy."""
    puppet.inp.set("share broadcast", "framing packet")
    both = [os.open(puppet.inp.data, os.O_RDONLY) for _ in range(2)]
    yield both
    for fd in both:
        os.close(fd)


def ready(fd, timeout=10):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return dict(poll.poll(timeout * 1000)).get(fd, 0)


def test_everybody_gets_everything(puppet, readers):
    one, two = readers
    for text in (b"abc", b"def"):
        puppet.bus.give(puppet, puppet.inp, text)
        assert os.read(one, 100) == text
    assert os.read(two, 100) == b"abc"
    assert os.read(two, 100) == b"def"


def test_poll_wakes_everybody(puppet, clients):
    puppet.inp.set("share broadcast")
    waiting = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "p.poll(0); print('waits', flush=True); p.poll(); print(os.read(fd, 100))",
        puppet.inp.data) for _ in range(2)]
    for client in waiting:
        client.wait_output(b"waits\n")
    wait_armed(puppet.inp)
    puppet.bus.give(puppet, puppet.inp, b"abc")
    for client in waiting:
        assert client.wait().out == b"waits\nb'abc'\n"


def test_poll_is_of_ones_own_copy(puppet, readers):
    one, two = readers
    assert ready(one, 0) == 0
    puppet.bus.give(puppet, puppet.inp, b"abc")
    assert ready(one) == select.POLLIN
    assert os.read(one, 100) == b"abc"
    assert ready(one, 0) == 0
    assert ready(two, 0) == select.POLLIN
    assert os.read(two, 100) == b"abc"
    assert ready(two, 0) == 0


def test_poll_tells_everybody_of_a_zlp(puppet, readers):
    """There are no bytes to count, but there is something to read."""
    one, two = readers
    assert ready(one, 0) == 0
    puppet.bus.give(puppet, puppet.inp, b"")
    wait_count(puppet.inp, "zlps", 1)
    for fd in (one, two):
        assert ready(fd) == select.POLLIN
        assert os.read(fd, 100) == b""


def test_poll_tells_everybody_of_a_stall(puppet, readers):
    one, two = readers
    assert ready(one, 0) == 0
    puppet.bus.stall(puppet, puppet.inp)
    wait_count(puppet.inp, "errors", 1)
    for fd in (one, two):
        assert ready(fd) == select.POLLIN | select.POLLERR
        assert attempt(os.read, fd, 100) == errno.EPIPE


@pytest.mark.limit(60)
@pytest.mark.sim
def test_a_reader_that_falls_behind_with_short_messages(puppet, clients):
    """A transfer takes memory however little it has brought."""
    most, more = 16384, 100
    puppet.inp.set("share broadcast")
    slow = os.open(puppet.inp.data, os.O_RDONLY)
    reader = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "for _ in range(int(sys.argv[2])): os.read(fd, 100)", puppet.inp.data, most + more,
        deadline=50)
    wait_armed(puppet.inp)
    control = puppet.bus.control
    for _ in range((most + more) // 4):
        for _ in range(4):
            control.send("give", puppet.name, "81", "61")
        for _ in range(4):
            control.receive()
    assert reader.wait().status == 0
    assert f"reader {os.getpid()}: buffered {most}, lost {more}\n" in puppet.inp.status.read_text()
    os.close(slow)
