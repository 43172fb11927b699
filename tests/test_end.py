# SPDX-License-Identifier: MIT
"""How transfers end, and when what was written has gone: zero-length packets and drain."""
import errno
import os

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_count, wait_waiting
from harness.writing import close, large_write, pause, queue, resume, taken

pytestmark = pytest.mark.sim  # the control socket tells what the device has taken

MIB = 1 << 20


@pytest.fixture
def writer(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    yield fd
    os.close(fd)


# ---- end zlp ----

@pytest.mark.parametrize("size", [1, 511, 512, 513, 1024])
def test_end_zlp(puppet, writer, size):
    """After whole packets, and only then."""
    puppet.out.set("end zlp")
    os.write(writer, bytes(size))
    packets = [512] * (size // 512) + [size % 512]
    assert taken(puppet).packets == packets


def test_without_it_whole_packets_stand_alone(puppet, writer):
    os.write(writer, bytes(1024))
    os.fsync(writer)
    assert taken(puppet).packets == [512, 512]


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", [MIB - 512, MIB, 2 * MIB, 2 * MIB + 512, 2 * MIB + 1])
@pytest.mark.parametrize("depth", ["auto", "4"])
def test_end_zlp_of_large_writes(puppet, writer, size, aligned, depth):
    """The kernel splits them, at places that depend on where the buffer is. One ZLP, at the end."""
    puppet.out.set("end zlp", f"depth {depth}")
    large_write(writer, size, 0 if aligned else 300)
    os.fsync(writer)
    assert taken(puppet).packets == [512] * (size // 512) + [size % 512]


@pytest.mark.parametrize("offset", [0, 300])
def test_end_zlp_comes_by_itself(puppet, writer, offset):
    """Without another write, fsync or close."""
    puppet.out.set("end zlp")
    for number in (1, 2):
        large_write(writer, MIB, offset)
        wait_count(puppet.out, "zlps", number)
    assert taken(puppet).packets == ([512] * 2048 + [0]) * 2


@pytest.mark.parametrize("offset", [0, 300])
def test_end_zlp_between_large_writes(puppet, writer, offset):
    puppet.out.set("end zlp")
    for _ in range(3):
        large_write(writer, MIB, offset)
    os.fsync(writer)
    assert taken(puppet).packets == ([512] * 2048 + [0]) * 3
    assert puppet.out.count("zlps") == 3


# ---- the verb zlp ----

def test_zlp_alone(puppet, clients):
    """It is the first thing that happens to the device."""
    clients.must('echo zlp > "$1"', puppet.out.ctl)
    assert taken(puppet).packets == [0]


def test_zlp_goes_behind_queued_writes(puppet, clients):
    pause(puppet)
    writers = []
    for number, size in enumerate([3, 5]):
        writers.append(clients.start("dd", "if=/dev/zero", f"of={puppet.out.data}", f"bs={size}",
                                     "count=1", "conv=notrunc", "status=none"))
        wait_armed(puppet.out)
        procs.eventually(lambda n=number: puppet.out.count("waiting") == n, 5, "it is in the queue")
    zlp = clients.start_sh('echo zlp > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out, 2)
    assert zlp.running(), "it returns when the ZLP has been taken"
    resume(puppet)
    for client in (*writers, zlp):
        assert client.wait().status == 0
    assert taken(puppet).packets == [3, 5, 0]


def test_zlp_hears_of_a_stall(puppet):
    puppet.bus.stall(puppet, puppet.out)
    fd = os.open(puppet.out.ctl, os.O_WRONLY)
    try:
        assert attempt(os.write, fd, b"zlp\n") == errno.EPIPE
        assert attempt(os.write, fd, b"clear_halt\nzlp\n") == 0
    finally:
        os.close(fd)


def test_zlp_can_be_interrupted(puppet, clients):
    pause(puppet)
    client = clients.start_sh('echo zlp > "$1"', puppet.out.ctl)
    wait_armed(puppet.out)
    client.kill()
    resume(puppet)
    procs.eventually(lambda: puppet.out.count("pending") == 0, 5, "it was taken back")
    assert taken(puppet).packets == []


# ---- drain ----

def test_drain_of_nothing(puppet):
    puppet.out.set("drain")


def test_drain_waits_until_all_is_taken(puppet, clients):
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "one", "two", "three")
    drain = clients.start_sh('echo drain > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out)
    assert drain.running() and taken(puppet).total == 0
    resume(puppet)
    assert drain.wait().status == 0
    assert taken(puppet).data == b"onetwothree"
    assert close(writer).status == 0


def test_drain_waits_for_the_zlp(puppet, writer):
    """That of a large write comes a moment after it was answered."""
    puppet.out.set("end zlp")
    large_write(writer, MIB)
    puppet.out.set("drain")
    assert taken(puppet).packets[-1] == 0


def test_drain_waits_for_no_one_who_has_not_finished(puppet, writer):
    puppet.out.set("framing hex")
    os.write(writer, b"01 ")
    puppet.out.set("drain")
    os.write(writer, b"02\n")
    puppet.out.set("framing stream", "coalesce on")
    os.write(writer, b"ab")
    puppet.out.set("drain")
    os.fsync(writer)
    assert taken(puppet).data == b"\1\2ab"


def test_a_drain_that_goes_on_and_a_close_behind_it(puppet, clients):
    """Both are over at the same moment, and the first one begins to wait again."""
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "abc")
    drain = clients.start_python(
        "os.write(os.open(sys.argv[1], os.O_WRONLY), b'drain\\n' * 3)", puppet.out.ctl)
    wait_waiting(puppet.out)
    writer.process.stdin.write(b"\n")
    writer.process.stdin.flush()
    wait_waiting(puppet.out, 2)
    resume(puppet)
    assert drain.wait().status == 0 and writer.wait().status == 0
    assert taken(puppet).data == b"abc"


def test_drain_can_be_interrupted(puppet, clients):
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "abc")
    drain = clients.start_sh('echo drain > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out)
    drain.kill()
    resume(puppet)
    assert close(writer).status == 0
    assert taken(puppet).data == b"abc"


# ---- writers beside each other ----

def test_another_writer_waits_for_the_zlp(puppet):
    """Else its packets would belong to the transfer before."""
    puppet.out.set("end zlp")
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    large_write(one, MIB)
    os.write(two, b"abc")
    os.close(one)
    os.close(two)
    assert taken(puppet).packets == [512] * 2048 + [0, 3]


def test_the_verb_zlp_waits_for_what_was_written_before(puppet, writer):
    puppet.out.set("depth 4")
    large_write(writer, MIB - 212)
    puppet.out.set("zlp")
    assert taken(puppet).packets == [512] * 2047 + [300, 0]


@pytest.mark.parametrize("extra", [1, 512])
@pytest.mark.parametrize("depth", ["auto", "4"])
def test_large_writes_do_not_mix(puppet, clients, depth, extra):
    """The kernel splits them, and others write meanwhile. The sizes of the packets tell."""
    puppet.out.set("end zlp", f"depth {depth}")
    pause(puppet)
    writers = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "print(os.writev(fd, [memoryview(__import__('mmap').mmap(-1, int(sys.argv[2])))]))",
        puppet.out.data, 2 * MIB + extra) for _ in range(2)]
    wait_armed(puppet.out)
    procs.eventually(lambda: puppet.out.count("waiting") + puppet.out.count("pending") >= 2, 5,
                     "both write")
    resume(puppet)
    for client in writers:
        assert client.wait().out == b"%d\n" % (2 * MIB + extra)
    puppet.out.set("drain")
    one = [512] * ((2 * MIB + extra) // 512) + [extra % 512]
    assert taken(puppet).packets == one + one
