# SPDX-License-Identifier: MIT
"""The knobs that say how long things wait: timeout, and latency for transfers partly filled."""
import errno
import os
import re
import select

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_blocked_reader, wait_count

NEVER = 0.05  # seconds in which something is not to happen


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


# ---- timeout ----

@pytest.mark.parametrize("framing", ["stream", "packet", "hex", "length"])
def test_a_read_times_out_and_loses_nothing(puppet, reader, framing):
    puppet.inp.set("timeout 20", f"framing {framing}")
    assert attempt(os.read, reader, 100) == errno.ETIMEDOUT
    assert puppet.inp.count("pending") == 1, "the transfer stays"
    assert re.match("ETIMEDOUT .* see timeout in ctl", puppet.inp.said("last_error"))
    puppet.inp.set("timeout none")
    give(puppet, b"abc")
    expected = {"hex": b"61 62 63\n", "length": b"\3\0\0\0abc"}.get(framing, b"abc")
    assert os.read(reader, 100) == expected


def test_data_in_time(puppet, reader):
    puppet.inp.set("timeout 3600000")
    give(puppet, b"abc")
    assert os.read(reader, 100) == b"abc"
    assert puppet.inp.count("errors") == 0


def test_each_reader_waits_for_itself(puppet, clients, reader):
    """Who waits without a limit goes on waiting when another one's time is up."""
    patient = clients.start("dd", f"if={puppet.inp.data}", "bs=10", "count=1", "status=none")
    wait_blocked_reader(puppet.inp)
    puppet.inp.set("timeout 20")
    assert attempt(os.read, reader, 100) == errno.ETIMEDOUT
    assert patient.running() and puppet.inp.count("waiting") == 1
    give(puppet, b"abc")
    assert patient.wait().out == b"abc"


def test_poll_knows_no_timeout(puppet, reader):
    puppet.inp.set("timeout 1")
    assert select.select([reader], [], [], NEVER)[0] == []
    give(puppet, b"abc")
    assert select.select([reader], [], [], 10)[0] == [reader]


def test_a_write_times_out(silent):
    """Its transfer is taken back: there is nothing to wait for in close()."""
    silent.out.set("timeout 20")
    fd = os.open(silent.out.data, os.O_WRONLY)
    assert attempt(os.write, fd, b"abc") == errno.ETIMEDOUT
    assert silent.out.count("pending") == 0
    assert attempt(os.write, fd, b"abc") == errno.ETIMEDOUT, "and can be tried again"
    assert attempt(os.close, fd) == 0
    assert silent.out.count("lost") == 0


@pytest.mark.sim
def test_what_was_taken_in_time_counts(loopback_full):
    device = loopback_full
    device.out.set("timeout 50")
    fd = os.open(device.out.data, os.O_WRONLY)
    try:
        count = os.write(fd, os.urandom(8192))
    finally:
        os.close(fd)
    assert 0 < count < 8192
    assert device.bus.control.taken(device.name, device.out.address).total == count
    assert counters(device, device.out).pending == 0


@pytest.mark.sim
def test_lines_that_were_taken_in_time_count(loopback_full):
    device = loopback_full
    device.out.set("timeout 50", "framing hex")
    line = b"aa" * 500 + b"\n"
    fd = os.open(device.out.data, os.O_WRONLY)
    try:
        count = os.write(fd, line * 20)
    finally:
        os.close(fd)
    assert 0 < count < 20 * len(line) and count % len(line) == 0


def test_a_write_that_waits_its_turn_times_out(silent, clients):
    first = clients.start_python("os.write(os.open(sys.argv[1], os.O_WRONLY), b'abc')",
                                 silent.out.data)
    wait_armed(silent.out)
    silent.out.set("timeout 20")
    fd = os.open(silent.out.data, os.O_WRONLY)
    assert attempt(os.write, fd, b"def") == errno.ETIMEDOUT
    assert first.running() and silent.out.count("pending") == 1
    first.kill()
    # Not before: older kernels' close() waits for a write(2) that somebody else is in.
    assert attempt(os.close, fd) == 0


def test_close_times_out(silent):
    """What was accepted is still on its way, and counts as lost when it is given up."""
    silent.out.set("timeout 20")
    fd = os.open(silent.out.data, os.O_WRONLY | os.O_NONBLOCK)
    assert os.write(fd, b"abc") == 3
    assert attempt(os.close, fd) == errno.ETIMEDOUT
    silent.out.set("flush")
    assert silent.out.count("lost") == 3 and silent.out.count("pending") == 0


# ---- latency ----

@pytest.fixture
def left_behind(puppet, clients):
    """A reader has asked for 128 KiB and was killed; its transfer is still in flight."""
    cat = clients.start("dd", f"if={puppet.inp.data}", "bs=128k", "count=1", "status=none")
    wait_blocked_reader(puppet.inp)
    cat.kill()
    assert puppet.inp.count("pending") == 1


@pytest.mark.parametrize("latency", ["auto", "20"])
def test_whole_packets_in_a_transfer_left_behind(puppet, left_behind, reader, latency):
    """512 bytes do not end a transfer of 128 KiB; who asks for no more gets them all the same."""
    puppet.inp.set(f"latency {latency}")
    for text in (b"a" * 512, b"b" * 512):
        give(puppet, text)
        assert os.read(reader, 512) == text


@pytest.mark.parametrize("latency", ["auto", "20"])
def test_poll_and_a_transfer_left_behind(puppet, left_behind, reader, latency):
    puppet.inp.set(f"latency {latency}")
    os.set_blocking(reader, False)
    assert attempt(os.read, reader, 512) == errno.EAGAIN
    give(puppet, b"a" * 512)
    assert select.select([reader], [], [], 10)[0] == [reader]
    assert os.read(reader, 512) == b"a" * 512


@pytest.mark.sim
def test_who_asked_for_more_can_wait_for_it(puppet, reader):
    """A device may be slow, and one that is interrupted in what it does may not like it."""
    os.set_blocking(reader, False)
    assert attempt(os.read, reader, 1 << 17) == errno.EAGAIN
    assert attempt(os.read, reader, 512) == errno.EAGAIN
    assert select.select([reader], [], [], 3 * NEVER)[0] == []
    assert puppet.bus.control.counters(puppet.name, puppet.inp.address).cancelled == 0
    give(puppet, b"short")
    assert select.select([reader], [], [], 10)[0] == [reader]
    assert os.read(reader, 512) == b"short"


def test_without_latency_a_transfer_fills(puppet, left_behind, reader):
    puppet.inp.set("latency none")
    give(puppet, b"a" * 512)
    assert select.select([reader], [], [], 3 * NEVER)[0] == []
    give(puppet, b"b")
    assert os.read(reader, 1024) == b"a" * 512 + b"b"


def test_latency_for_messages_of_whole_packets(puppet, clients):
    """A device that sends no ZLPs, read by cat."""
    puppet.inp.set("latency 20")
    cat = clients.start("cat", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    for text in (b"a" * 512, b"b" * 1024):
        give(puppet, text)
        cat.wait_output(text)


@pytest.mark.parametrize("framing", ["hex", "length"])
def test_latency_ends_messages(puppet, reader, framing):
    puppet.inp.set("latency 20", f"framing {framing}")
    for text in (b"a" * 512, b"b" * 1024):
        give(puppet, text)
        expected = {"hex": text.hex(" ").encode() + b"\n",
                    "length": len(text).to_bytes(4, "little") + text}[framing]
        assert os.read(reader, 8192) == expected


# ---- what ends a transfer does not end the waiting ----

POLLER = ("fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll()\n"
          "p.register(fd, select.POLLIN); p.poll(); print(os.read(fd, 100))")


@pytest.mark.sim
def test_a_poll_outlives_the_latency(puppet, clients):
    """Transfers come back empty and are started anew for as long as somebody waits."""
    puppet.inp.set("latency 10")
    client = clients.start_python(POLLER, puppet.inp.data)
    procs.eventually(lambda: counters(puppet, puppet.inp).cancelled >= 2, 5, "two have come back")
    give(puppet, b"abc")
    assert client.wait().out == b"b'abc'\n"


def test_a_poll_outlives_a_zlp(puppet, clients):
    client = clients.start_python(POLLER, puppet.inp.data)
    wait_armed(puppet.inp)
    give(puppet, b"", b"abc")
    assert client.wait().out == b"b'abc'\n"


@pytest.mark.parametrize("verb", ["clear_halt", "flush"])
def test_a_poll_outlives_a_verb(puppet, clients, verb):
    client = clients.start_python(POLLER, puppet.inp.data)
    wait_armed(puppet.inp)
    puppet.inp.set(verb)
    give(puppet, b"abc")
    assert client.wait().out == b"b'abc'\n"


def test_a_reader_outlives_a_verb(puppet, clients):
    waiting = clients.start("dd", f"if={puppet.inp.data}", "bs=100", "count=1", "status=none")
    wait_blocked_reader(puppet.inp)
    puppet.inp.set("clear_halt", "flush", "framing hex", "depth 3", "size 512", "latency 10")
    give(puppet, b"abc")
    assert waiting.wait().out == b"61 62 63\n"
    wait_count(puppet.inp, "transfers", 1)
