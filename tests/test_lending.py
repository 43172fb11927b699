# SPDX-License-Identifier: MIT
"""While nearly every request is for one device, its worker receives from the kernel. Nobody else
may notice that: not who uses another device or the tree, and not when that worker is stuck."""
import contextlib
import os
from concurrent import futures

import pytest

from harness import procs
from harness.endpoint import wait_blocked_reader
from harness.loop import read_exactly


def receivers(pid):
    """The daemon's epolls that wait for the kernel's requests."""
    directory, fuse, found = f"/proc/{pid}", set(), set()
    for fd in os.listdir(f"{directory}/fd"):
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(f"{directory}/fd/{fd}") == "/dev/fuse":
                fuse.add(fd)
    for fd in os.listdir(f"{directory}/fdinfo"):
        with contextlib.suppress(FileNotFoundError), \
                open(f"{directory}/fdinfo/{fd}", encoding="ascii") as info:
            if fuse & {line.split()[1] for line in info if line.startswith("tfd:")}:
                found.add(fd)
    return found


class Conversation:
    """Keeps both descriptors open, so that nothing but reads and writes is asked for."""

    def __init__(self, device, stack):
        self.out = stack.enter_context(open(device.out.data, "wb", buffering=0))
        self.inp = stack.enter_context(open(device.inp.data, "rb", buffering=0))

    def go_on(self, times=100):
        for number in range(times):
            message = b"%8d" % number
            assert self.out.write(message) == len(message)
            assert read_exactly(self.inp, len(message)) == message


@pytest.fixture
def busy(bus):
    """Two devices, the first of whose worker receives; and the main thread's epoll."""
    device, other = bus.mount("loopback", "source_sink")
    pid = bus.daemon.pid
    usual = receivers(pid)
    assert len(usual) == 1
    with contextlib.ExitStack() as stack:
        talk = Conversation(device, stack)
        talk.go_on()
        procs.eventually(lambda: receivers(pid) and not receivers(pid) & usual, 10,
                         "its worker receives")
        yield bus, device, other, talk, usual


def test_the_tree_and_others_are_served(busy, clients):
    """They come and go, the conversation goes on."""
    bus, device, other, talk, _ = busy
    for _ in range(3):
        clients.must('ls -lR "$1" > /dev/null', device.mount)
        clients.must('cat "$1"/*/descriptors.txt > /dev/null', device.mount)
        clients.must('head -c 100000 "$1" > /dev/null', other.inp.data)
        talk.go_on()
        clients.must('cat "$1" "$2" > /dev/null', device.inp.status, device.dir / "status")
        talk.go_on()


def test_it_is_given_back(busy, clients):
    """When others have as much to say, and when the device is not used any more."""
    bus, device, other, talk, usual = busy
    pid = bus.daemon.pid
    clients.must('find "$1" > /dev/null', device.mount)
    procs.eventually(lambda: receivers(pid) == usual, 10, "after find")
    talk.go_on()
    procs.eventually(lambda: not receivers(pid) & usual, 10, "a conversation")
    talk.out.close()
    talk.inp.close()
    procs.eventually(lambda: receivers(pid) == usual, 10, "the worker has ended")
    clients.must('head -c 1000 "$1" > /dev/null', other.inp.data)


def test_an_unmount_is_noticed(busy):
    bus, _, _, talk, _ = busy
    talk.out.close()
    talk.inp.close()
    assert bus.daemon.stop() == []


def test_who_waits_can_be_interrupted(busy, clients):
    _, device, _, talk, _ = busy
    reader = clients.start("cat", device.inp.data)
    wait_blocked_reader(device.inp)
    reader.kill()
    talk.go_on()


@pytest.mark.sim
def test_its_worker_never_comes_back(busy, clients):
    """The main thread steps in, and steps back when the worker does come back."""
    bus, device, other, _, usual = busy
    pid = bus.daemon.pid
    bus.wedge(device, "submit")
    stuck = clients.start_sh('exec cat /dev/zero > "$1"', device.out.data)
    procs.eventually(lambda: receivers(pid) >= usual, 10, "the main thread steps in")
    for _ in range(3):
        assert clients.sh('ls -lR "$1" > /dev/null', device.mount, deadline=5).status == 0
        assert clients.sh('head -c 100000 "$1" > /dev/null', other.inp.data, deadline=5).status == 0
    stuck.kill()
    bus.unwedge(device)
    procs.eventually(lambda: receivers(pid) == usual or not receivers(pid) & usual, 10,
                     "one of them receives")


@pytest.mark.sim
def test_its_worker_comes_back_and_nobody_asks_for_anything(busy):
    """Or the main thread takes every request before the worker sees one."""
    bus, device, _, talk, usual = busy
    pid = bus.daemon.pid
    bus.wedge(device, "submit")
    with futures.ThreadPoolExecutor(1) as background:
        written = background.submit(talk.out.write, b"12345678")
        procs.eventually(lambda: receivers(pid) >= usual, 10, "the main thread steps in")
        bus.unwedge(device)
        assert written.result(10) == 8
    procs.eventually(lambda: receivers(pid) == usual, 10, "the worker does not receive")
    assert read_exactly(talk.inp, 8) == b"12345678"
    talk.go_on()
    procs.eventually(lambda: not receivers(pid) & usual, 10, "it receives again")
