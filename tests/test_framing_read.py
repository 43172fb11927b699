# SPDX-License-Identifier: MIT
"""Reading with a framing: transfers as packets, as lines of hex, behind their length."""
import os
import select

import pytest

from harness import paths
from harness.endpoint import wait_blocked_reader, wait_count

LENGTH = {"hex": lambda data: data.hex(" ").encode() + b"\n",
          "length": lambda data: len(data).to_bytes(4, "little") + data,
          "packet": lambda data: data}
SIZES = [1, 511, 512, 513, 1024, 1500]


@pytest.fixture
def reader(puppet):
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def give(puppet, *messages):
    """The device sends each of them as a message: one that fills its packets ends with a ZLP."""
    for message in messages:
        puppet.bus.give(puppet, puppet.inp, message)
        if message and len(message) % puppet.inp.packet == 0:
            puppet.bus.give(puppet, puppet.inp, b"")


def readable(fd, timeout=10):
    return bool(select.select([fd], [], [], timeout)[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", LENGTH)
def test_one_read_is_one_message(puppet, reader, framing, size):
    """Whether it ends with a short packet or with a ZLP."""
    puppet.inp.set(f"framing {framing}")
    one, two = os.urandom(size), os.urandom(size)
    give(puppet, one)
    assert os.read(reader, 8192) == LENGTH[framing](one)
    give(puppet, two)
    assert os.read(reader, 8192) == LENGTH[framing](two)


@pytest.mark.parametrize("framing", LENGTH)
def test_a_zlp_alone_is_a_message(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}")
    give(puppet, b"")
    assert os.read(reader, 100) == LENGTH[framing](b"")
    give(puppet, b"abc")
    assert os.read(reader, 100) == LENGTH[framing](b"abc")
    assert puppet.inp.count("zlps") == 1


def test_what_a_zlp_looks_like(puppet, reader):
    for framing, expected in (("packet", b""), ("hex", b"\n"), ("length", bytes(4))):
        puppet.inp.set(f"framing {framing}")
        give(puppet, b"")
        assert os.read(reader, 100) == expected, framing


def test_several_zlps_are_several_messages(puppet, reader):
    puppet.inp.set("framing packet")
    give(puppet, b"")
    assert os.read(reader, 100) == b""
    give(puppet, b"")
    assert os.read(reader, 100) == b""


@pytest.mark.parametrize("framing", LENGTH)
def test_whole_packets_without_a_zlp(puppet, reader, framing):
    """A transfer as long as the message is complete without one."""
    size = 2 * puppet.inp.packet
    puppet.inp.set(f"framing {framing}", f"size {size}")
    for message in (os.urandom(size), os.urandom(size)):
        puppet.bus.give(puppet, puppet.inp, message)
        assert os.read(reader, 8192) == LENGTH[framing](message)


@pytest.mark.parametrize("framing", LENGTH)
def test_too_small_a_buffer_loses_nothing(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}", "size 2k")
    message = os.urandom(700)
    give(puppet, message, b"next")
    expected = LENGTH[framing](message)
    got = b""
    for size in (1, 2, 3, 5, 7, 11, 13, 100, 512):
        got += os.read(reader, size)
    while len(got) < len(expected):
        got += os.read(reader, 8192)
    assert got == expected, "and nothing of the next one"
    assert os.read(reader, 8192) == LENGTH[framing](b"next")


@pytest.mark.parametrize("framing", ["hex", "length"])
@pytest.mark.limit(60)
def test_a_long_message_byte_by_byte(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}")
    message = os.urandom(600)
    give(puppet, message)
    expected = LENGTH[framing](message)
    assert b"".join(os.read(reader, 1) for _ in expected) == expected


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_a_shell_reads_lines_of_hex(puppet, clients, shell):
    paths.require_program(shell)
    puppet.inp.set("framing hex")
    give(puppet, b"\x01\x02", b"", b"a" * 100)
    client = clients.start_sh(
        'n=0; while read -r line; do echo "<$line>"; n=$((n + 1)); [ $n = 3 ] && break; done '
        '< "$1"', puppet.inp.data, shell=shell)
    assert client.wait().out == b"<01 02>\n<>\n<" + b" ".join([b"61"] * 100) + b">\n"


def test_cat_shows_hex_as_it_comes(puppet, clients):
    puppet.inp.set("framing hex")
    cat = clients.start("cat", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    give(puppet, b"\x01\x02")
    cat.wait_output(b"01 02\n")
    give(puppet, b"\x03")
    cat.wait_output(b"03\n")


def test_cat_ends_at_a_zlp_in_packet_framing(puppet, clients):
    """A read of nothing is the end of a file, to programs that think in files."""
    puppet.inp.set("framing packet")
    cat = clients.start("cat", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    give(puppet, b"abc")
    cat.wait_output(b"abc")
    give(puppet, b"")
    assert cat.wait().status == 0


def test_the_framing_changes_between_messages(puppet, reader):
    for framing in ("hex", "packet", "length", "stream", "hex"):
        puppet.inp.set(f"framing {framing}")
        give(puppet, b"ab")
        assert os.read(reader, 100) == LENGTH.get(framing, bytes)(b"ab"), framing


def test_the_framing_changes_in_the_middle_of_a_message(puppet, reader):
    """What has begun goes on as it began."""
    puppet.inp.set("framing hex")
    give(puppet, b"abc", b"def")
    assert os.read(reader, 4) == b"61 6"
    puppet.inp.set("framing length")
    assert os.read(reader, 100) == b"2 63\n"
    assert os.read(reader, 100) == b"\3\0\0\0def"


def test_raw_bytes_that_have_begun_stay_raw(puppet, reader):
    give(puppet, b"abcdef")
    assert os.read(reader, 2) == b"ab"
    puppet.inp.set("framing hex")
    assert os.read(reader, 100) == b"cdef"


def test_the_framing_changes_while_a_message_is_buffered(puppet, reader):
    """Nothing of it has been delivered yet, so it gets the new one."""
    puppet.inp.set("depth 2")
    give(puppet, b"abc", b"def")
    assert os.read(reader, 100) == b"abc"
    wait_count(puppet.inp, "buffered", 3)
    puppet.inp.set("framing hex")
    assert os.read(reader, 100) == b"64 65 66\n"


def test_the_framing_changes_while_a_reader_waits(puppet, clients):
    waiting = clients.start("dd", f"if={puppet.inp.data}", "bs=100", "count=1", "status=none")
    wait_blocked_reader(puppet.inp)
    puppet.inp.set("framing hex")
    give(puppet, b"abc")
    assert waiting.wait().out == b"61 62 63\n"


@pytest.mark.parametrize("framing", LENGTH)
def test_the_rest_of_a_message_outlives_close(puppet, framing):
    puppet.inp.set(f"framing {framing}")
    give(puppet, b"abcdef")
    expected = LENGTH[framing](b"abcdef")
    for part in (expected[:3], expected[3:5], expected[5:]):
        fd = os.open(puppet.inp.data, os.O_RDONLY)
        assert os.read(fd, len(part)) == part
        os.close(fd)


@pytest.mark.parametrize("framing", LENGTH)
def test_poll(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}")
    assert not readable(reader, 0)
    give(puppet, b"abc")
    assert readable(reader)
    expected = LENGTH[framing](b"abc")
    assert os.read(reader, 2) == expected[:2]
    assert readable(reader, 0), "the rest of the message"
    assert os.read(reader, 100) == expected[2:]
    assert not readable(reader, 0)


@pytest.mark.parametrize("framing", LENGTH)
def test_poll_tells_of_a_zlp(puppet, reader, framing):
    puppet.inp.set(f"framing {framing}")
    assert not readable(reader, 0)
    give(puppet, b"")
    assert readable(reader)
    os.set_blocking(reader, False)
    assert os.read(reader, 100) == LENGTH[framing](b"")


def test_poll_tells_nothing_of_a_zlp_in_a_stream(puppet, reader):
    assert not readable(reader, 0)
    give(puppet, b"")
    wait_count(puppet.inp, "zlps", 1)
    assert not readable(reader, 0)
    give(puppet, b"abc")
    assert readable(reader) and os.read(reader, 100) == b"abc"


def test_a_message_longer_than_the_transfer(puppet, reader):
    """The knob says how long a message may be."""
    puppet.inp.set("framing length", "size 20k")
    message = os.urandom(20000)
    give(puppet, message)
    assert os.read(reader, 65536) == LENGTH["length"](message)
    puppet.inp.set("size 1k")
    give(puppet, message[:1200])
    assert os.read(reader, 65536) == LENGTH["length"](message[:1024])
    assert os.read(reader, 65536) == LENGTH["length"](message[1024:1200])


def test_interrupt_reports_as_lines(keyboard, clients):
    clients.must('echo none > "$1"; echo framing hex > "$2"', keyboard.inp.driver,
                 keyboard.inp.ctl)
    fd = os.open(keyboard.inp.data, os.O_RDONLY)
    try:
        keyboard.bus.type_key(keyboard, "a")
        assert os.read(fd, 4096) == b"00 00 04 00 00 00 00 00\n"
        assert os.read(fd, 4096) == b"00 00 00 00 00 00 00 00\n"
    finally:
        os.close(fd)
