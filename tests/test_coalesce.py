# SPDX-License-Identifier: MIT
"""Writes that are joined: everything up to close() is one transfer."""
import errno
import os

import pytest

from harness.client import attempt
from harness.endpoint import wait_armed, wait_count
from harness.writing import pause, resume, taken

pytestmark = pytest.mark.sim  # the control socket tells what the device has taken

MIB = 1 << 20


@pytest.fixture
def writer(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_coalesce_makes_one_transfer(loopback, clients, shell):
    """bash writes line by line; that is one message all the same."""
    loopback.out.set("coalesce on")
    clients.must(r"printf 'a\nb\nc\n' > " + '"$1"', loopback.out.data, shell=shell)
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert file.read(4096) == b"a\nb\nc\n"
    assert loopback.out.count("transfers") == 1


def test_coalesce_sends_at_fsync(puppet, writer):
    puppet.out.set("coalesce on")
    for text in (b"abc", b"d", b"ef"):
        assert os.write(writer, text) == len(text)
    assert taken(puppet).packets == []
    os.fsync(writer)
    found = taken(puppet)
    assert (found.packets, found.data) == ([6], b"abcdef")
    os.write(writer, b"gh")
    os.fsync(writer)
    assert taken(puppet).data == b"gh"


def test_coalesce_of_nothing(puppet, clients):
    puppet.out.set("coalesce on")
    clients.must(': > "$1"', puppet.out.data)
    assert taken(puppet).packets == []


@pytest.mark.parametrize("end,extra", [("none", []), ("zlp", [0])])
@pytest.mark.parametrize("size", [1024, MIB, 2 * MIB])
def test_coalesce_and_end_zlp(puppet, clients, size, end, extra):
    puppet.out.set("coalesce on", f"end {end}")
    clients.must('head -c $2 /dev/zero > "$1"', puppet.out.data, size)
    assert taken(puppet).packets == [512] * (size // 512) + extra


def test_coalesce_of_more_than_a_mebibyte(puppet, clients, workdir):
    """Whole packets go ahead; on the wire it is one transfer."""
    text = os.urandom(3 * MIB + 100)
    (workdir / "in").write_bytes(text)
    puppet.out.set("coalesce on")
    clients.must('cat "$1" > "$2"', workdir / "in", puppet.out.data)
    found = taken(puppet)
    assert found.packets == [512] * (len(text) // 512) + [100]
    assert found.data == text[:MIB]


def test_coalesce_shows_an_error_at_close(puppet):
    puppet.out.set("coalesce on")
    puppet.bus.stall(puppet, puppet.out)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"abc") == 3
    assert attempt(os.close, fd) == errno.EPIPE
    assert puppet.out.count("lost") == 3


def test_coalesce_leaves_no_hole(puppet):
    """When its beginning has not been taken the end is not sent."""
    puppet.out.set("coalesce on")
    pause(puppet)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, bytes(MIB + 100)) == MIB + 100
    wait_armed(puppet.out)
    puppet.bus.control.stall(puppet.name, puppet.out.address)
    resume(puppet)
    wait_count(puppet.out, "errors", 1)
    puppet.out.set("clear_halt")
    assert attempt(os.close, fd) == errno.EPIPE
    assert taken(puppet).total == 0
    assert puppet.out.count("lost") == MIB + 100


def test_coalesce_switched_off_sends(puppet, writer):
    puppet.out.set("coalesce on")
    os.write(writer, b"abc")
    puppet.out.set("coalesce off")
    os.write(writer, b"def")
    assert taken(puppet).packets == [3, 3]


def test_two_writers_coalesce_each_for_itself(puppet):
    puppet.out.set("coalesce on")
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    for fd, text in ((one, b"a"), (two, b"b"), (one, b"A"), (two, b"B")):
        os.write(fd, text)
    os.close(one)
    os.close(two)
    assert taken(puppet).packets == [2, 2]
