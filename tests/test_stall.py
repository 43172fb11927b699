# SPDX-License-Identifier: MIT
"""Replies of other lengths than were asked for, babble, and stalls in the middle of things."""
import errno
import os
import select

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_blocked_reader, wait_count


@pytest.fixture
def reader(puppet):
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def give(puppet, *messages):
    for message in messages:
        puppet.bus.give(puppet, puppet.inp, message)


def counters(device, endpoint):
    return device.bus.control.counters(device.name, endpoint.address)


def idle(puppet):
    """Waits until nothing of the IN endpoint is in flight."""
    procs.eventually(lambda: puppet.inp.count("pending") == 0, 10, "nothing is in flight")


@pytest.mark.parametrize("framing", ["stream", "packet"])
def test_a_reply_that_is_shorter(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}")
    give(puppet, b"abc", b"defg")
    assert os.read(reader, 10000) == b"abc"
    assert os.read(reader, 10000) == b"defg"


@pytest.mark.parametrize("framing", ["stream", "packet"])
def test_a_reply_that_is_longer(puppet, reader, framing):
    """What is not asked for stays where it is, or is kept: none is lost."""
    puppet.inp.set(f"framing {framing}")
    message = os.urandom(1300)
    give(puppet, message, b"next")
    got = b""
    while len(got) < len(message):
        part = os.read(reader, 100)
        assert part
        got += part
    assert got == message
    assert os.read(reader, 100) == b"next"


@pytest.mark.sim
@pytest.mark.parametrize("knob", ["depth auto", "depth 4", "framing packet", "framing hex"])
def test_babble_is_an_error_once(puppet, reader, knob):
    puppet.inp.set(knob, "framing packet")
    puppet.bus.babble(puppet, puppet.inp)
    assert attempt(os.read, reader, 512) == errno.EOVERFLOW
    give(puppet, b"abc")
    assert os.read(reader, 512) == b"abc"
    assert puppet.inp.count("errors") == 1
    assert "EOVERFLOW" in puppet.inp.said("last_error")


@pytest.mark.sim
def test_babble_behind_data(puppet, clients):
    """What had come of the transfer is delivered, then the error, then what comes next."""
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "for _ in range(3):\n"
        "    try: print(len(os.read(fd, 2048)), flush=True)\n"
        "    except OSError as error: print(errno.errorcode[error.errno], flush=True)",
        puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    give(puppet, bytes(1024))
    puppet.bus.babble(puppet, puppet.inp)
    client.wait_output(b"1024\nEOVERFLOW\n")
    give(puppet, b"abc")
    assert client.wait().out == b"1024\nEOVERFLOW\n3\n"


@pytest.mark.parametrize("framing", ["stream", "packet", "hex", "length"])
def test_a_stall_in_the_middle_of_a_message(puppet, clients, framing):
    """Data first, then EPIPE, once; a shell puts it right."""
    puppet.inp.set(f"framing {framing}")
    packet = puppet.inp.packet
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "for _ in range(3):\n"
        "    try: print(len(os.read(fd, 8192)), flush=True)\n"
        "    except OSError as error:\n"
        "        print(errno.errorcode[error.errno], flush=True); sys.stdin.readline()",
        puppet.inp.data, stdin=True)
    wait_blocked_reader(puppet.inp)
    give(puppet, bytes(packet))
    puppet.bus.stall(puppet, puppet.inp)
    extra = {"hex": 2 * packet, "length": 4}.get(framing, 0)
    client.wait_output(b"%d\nEPIPE\n" % (packet + extra))
    clients.must('echo clear_halt > "$1"', puppet.inp.ctl)
    give(puppet, b"a")
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    last = {"hex": 3, "length": 5}.get(framing, 1)
    assert client.wait().out == b"%d\nEPIPE\n%d\n" % (packet + extra, last)


def test_a_buffer_that_is_too_small_hears_of_the_stall_last(puppet, clients):
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); size = 2048\n"
        "for _ in range(4):\n"
        "    try: print(len(os.read(fd, size)), flush=True)\n"
        "    except OSError as error: print(errno.errorcode[error.errno], flush=True)\n"
        "    size = 200", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    give(puppet, bytes(512))
    puppet.bus.stall(puppet, puppet.inp)
    assert client.wait().out == b"512\nEPIPE\nEPIPE\nEPIPE\n", "a halt is at every new try"


def test_an_unheard_stall_is_forgotten_when_it_is_cleared(puppet, reader):
    """Nobody has read it, and there is nothing left to know."""
    assert select.select([reader], [], [], 0)[0] == []
    puppet.bus.stall(puppet, puppet.inp)
    assert select.select([reader], [], [], 10)[0] == [reader]
    assert "clear it" in puppet.inp.said("last_error")
    puppet.inp.set("clear_halt")
    assert "has been cleared" in puppet.inp.said("last_error")
    assert select.select([reader], [], [], 0)[0] == []
    give(puppet, b"abc")
    assert os.read(reader, 10) == b"abc"


@pytest.mark.parametrize("depth", [1, 4])
def test_auto_clear_halt(puppet, reader, depth):
    """EPIPE is still heard, once, and nothing else has to be done."""
    puppet.inp.set("auto_clear_halt on", f"depth {depth}", "framing packet")
    for text in (b"one", b"two"):
        puppet.bus.stall(puppet, puppet.inp)
        assert attempt(os.read, reader, 512) == errno.EPIPE
        give(puppet, text)
        assert os.read(reader, 512) == text
        assert "has been cleared" in puppet.inp.said("last_error")


def test_auto_clear_halt_for_writing(puppet):
    puppet.out.set("auto_clear_halt on")
    fd = os.open(puppet.out.data, os.O_WRONLY)
    try:
        puppet.bus.stall(puppet, puppet.out)
        assert attempt(os.write, fd, b"abc") == errno.EPIPE
        os.set_blocking(fd, False)
        assert os.write(fd, b"def") == 3
        assert puppet.bus.take(puppet, puppet.out) == b"def"
    finally:
        os.close(fd)


@pytest.mark.sim
def test_a_stall_with_several_transfers_in_flight(puppet, reader):
    """It is one error, not one for each of them, and the device is not asked again by itself."""
    puppet.inp.set("depth 4", "framing packet")
    give(puppet, b"first")
    assert os.read(reader, 512) == b"first"
    puppet.bus.control.wait_pending(puppet.name, puppet.inp.address, 4)
    puppet.bus.stall(puppet, puppet.inp)
    wait_count(puppet.inp, "errors", 1)
    idle(puppet)
    assert counters(puppet, puppet.inp).submitted == 5
    assert puppet.inp.count("errors") == 1
    assert attempt(os.read, reader, 512) == errno.EPIPE
    puppet.inp.set("clear_halt")
    give(puppet, b"again")
    assert os.read(reader, 512) == b"again"
    assert puppet.inp.count("errors") == 1


@pytest.mark.sim
def test_data_in_flight_before_the_stall_comes_first(puppet, reader):
    puppet.inp.set("depth 4", "framing packet")
    give(puppet, b"first")
    assert os.read(reader, 512) == b"first"
    puppet.bus.control.wait_pending(puppet.name, puppet.inp.address, 4)
    give(puppet, b"second", b"third")
    puppet.bus.stall(puppet, puppet.inp)
    wait_count(puppet.inp, "errors", 1)
    assert os.read(reader, 512) == b"second"
    assert os.read(reader, 512) == b"third"
    assert attempt(os.read, reader, 512) == errno.EPIPE
    puppet.inp.set("clear_halt")
    give(puppet, b"again")
    assert os.read(reader, 512) == b"again"


@pytest.mark.sim
def test_auto_clear_halt_with_several_transfers_in_flight(puppet, reader):
    puppet.inp.set("depth 4", "framing packet", "auto_clear_halt on")
    give(puppet, b"first")
    assert os.read(reader, 512) == b"first"
    puppet.bus.control.wait_pending(puppet.name, puppet.inp.address, 4)
    puppet.bus.stall(puppet, puppet.inp)
    give(puppet, b"second")
    assert attempt(os.read, reader, 512) == errno.EPIPE
    assert os.read(reader, 512) == b"second"
    assert puppet.inp.count("errors") == 1


@pytest.mark.sim
def test_a_stall_in_the_middle_of_a_write(loopback_full, clients):
    """The count is what the device has taken; the next write hears of the stall."""
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "for _ in range(2):\n"
        "    try: print(os.write(fd, bytes(8192)), flush=True)\n"
        "    except OSError as error: print(errno.errorcode[error.errno], flush=True)",
        loopback_full.out.data)
    control, out = loopback_full.bus.control, loopback_full.out
    control.wait_taken("loopback-full", out.address, 3000)
    control.pause("loopback-full", out.address)
    control.stall("loopback-full", out.address)
    got = client.wait().out.split()
    assert int(got[0]) == control.taken("loopback-full", out.address).total
    assert got[1] == b"EPIPE"
