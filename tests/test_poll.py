# SPDX-License-Identifier: MIT
"""Waiting with select, poll, epoll and asyncio. Asking is enough to make data arrive."""
import errno
import os
import select

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_blocked_reader
from harness.loop import send

NEVER = 0.05  # seconds in which something is not to happen


@pytest.fixture
def reader(loopback):
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def events(fd, timeout, mask=select.POLLIN):
    poll = select.poll()
    poll.register(fd, mask)
    return dict(poll.poll(timeout * 1000)).get(fd, 0)


def test_an_idle_endpoint_is_not_readable(reader):
    assert events(reader, NEVER) == 0
    assert select.select([reader], [], [], NEVER) == ([], [], [])


def test_the_end_of_its_worker_is_no_unplugging(bus, loopback):
    """It ends when nobody has used the device for a while; what it had asked for ends with it."""
    pid = bus.daemon.pid
    usual = len(procs.threads(pid))
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    assert events(fd, NEVER) == 0
    assert len(procs.threads(pid)) > usual
    os.close(fd)
    procs.eventually(lambda: len(procs.threads(pid)) == usual, 10, "the worker has ended")
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    assert events(fd, NEVER) == 0
    os.close(fd)


def test_asking_arms_a_transfer(loopback, reader):
    """poll() that does not wait is told no, and makes the answer change."""
    assert events(reader, 0) == 0
    send(loopback, b"abc")
    assert events(reader, 10) & select.POLLIN
    assert os.read(reader, 10) == b"abc"


# Each says READY when it waits for good, and prints what it reads once it is told to.
WAITERS = {
    "select": "select.select([fd], [], [])\nprint(os.read(fd, 100))",
    "poll": "p = select.poll(); p.register(fd, select.POLLIN); p.poll()\nprint(os.read(fd, 100))",
    "epoll": "p = select.epoll(); p.register(fd, select.EPOLLIN); p.poll()\n"
             "print(os.read(fd, 100))",
    "epoll-edge": "p = select.epoll(); p.register(fd, select.EPOLLIN | select.EPOLLET); p.poll()\n"
                  "print(os.read(fd, 100))",
    "asyncio": "import asyncio\n"
               "async def main():\n"
               "    loop = asyncio.get_running_loop(); got = loop.create_future()\n"
               "    loop.add_reader(fd, lambda: got.set_result(os.read(fd, 100)))\n"
               "    print(await got); loop.remove_reader(fd)\n"
               "asyncio.run(main())",
}


@pytest.mark.parametrize("waiter", WAITERS)
def test_waiting_ends_when_data_comes(loopback, clients, waiter):
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)\n" + WAITERS[waiter],
        loopback.inp.data)
    wait_armed(loopback.inp)
    assert client.running()
    send(loopback, b"abc")
    assert client.wait().out == b"b'abc'\n"


def test_readable_means_that_a_read_does_not_block(loopback, reader):
    send(loopback, b"abcdef")
    assert events(reader, 10) & select.POLLIN
    assert os.read(reader, 2) == b"ab"
    assert events(reader, 0) & select.POLLIN, "the rest of the transfer is there"
    assert os.read(reader, 10) == b"cdef"
    assert events(reader, NEVER) == 0


def test_every_transfer_wakes_edge_triggered_waiting(loopback, reader):
    epoll = select.epoll()
    try:
        epoll.register(reader, select.EPOLLIN | select.EPOLLET)
        for text in (b"one", b"two", b"three"):
            send(loopback, text)
            assert epoll.poll(10), text
            assert os.read(reader, 100) == text
            os.set_blocking(reader, False)
            assert attempt(os.read, reader, 100) == errno.EAGAIN
    finally:
        epoll.close()


def test_several_pollers_are_all_woken(loopback, clients):
    waiting = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "print('waits', flush=True); print(p.poll()[0][1])", loopback.inp.data) for _ in range(3)]
    for client in waiting:
        client.wait_output(b"waits\n")
    send(loopback, b"abc")
    for client in waiting:
        assert client.wait().out == b"waits\n%d\n" % select.POLLIN


def test_one_descriptor_among_others(loopback, reader):
    """A pipe beside it is heard while the endpoint is quiet."""
    pipe_out, pipe_in = os.pipe()
    try:
        os.write(pipe_in, b"x")
        assert select.select([reader, pipe_out], [], [], 10)[0] == [pipe_out]
    finally:
        os.close(pipe_out)
        os.close(pipe_in)
    send(loopback, b"abc")
    assert select.select([reader], [], [], 10)[0] == [reader]


def test_a_blocked_reader_and_a_poller(loopback, clients, reader):
    """The data goes to the one who reads; the one who polls is not told a lie for ever."""
    blocked = clients.start("head", "-c", "3", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    assert events(reader, NEVER) == 0
    send(loopback, b"abc")
    assert blocked.wait().out == b"abc"
    assert events(reader, NEVER) == 0


def test_out_is_writable_at_once(loopback):
    fd = os.open(loopback.out.data, os.O_WRONLY)
    try:
        assert events(fd, 10, select.POLLOUT) == select.POLLOUT
    finally:
        os.close(fd)


def test_out_is_not_writable_while_the_device_is_behind(silent, clients):
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK); os.write(fd, b'abc')\n"
        "p = select.poll(); p.register(fd, select.POLLOUT); print(p.poll(50), flush=True)\n"
        "signal.pause()", silent.out.data)
    client.wait_output(b"\n")
    assert client.out == b"[]\n"
    client.kill()


def test_descriptive_files_are_always_ready(loopback):
    with open(loopback.dir / "idVendor", "rb") as file:
        assert events(file.fileno(), 10) & select.POLLIN


def test_nothing_is_asked_for_when_nobody_waits(puppet, clients):
    """A poll that is over leaves nothing behind: what a device is asked for beyond its reply, some
    answer by stalling."""
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "p.poll(); print(os.read(fd, 100), flush=True)\n"
        "sys.stdin.read()\n", puppet.inp.data, stdin=True)
    wait_armed(puppet.inp)
    puppet.bus.give(puppet, puppet.inp, b"reply")
    client.wait_output(b"reply")
    assert puppet.inp.count("pending") == 0
