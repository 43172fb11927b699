# SPDX-License-Identifier: MIT
"""Writing with a framing: lines of hex and messages behind their length become transfers."""
import errno
import os
import re
import signal

import pytest

from harness import paths
from harness.client import attempt
from harness.endpoint import wait_armed

pytestmark = pytest.mark.sim  # the control socket tells what the device has taken


@pytest.fixture
def writer(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    yield fd
    os.close(fd)


def taken(device, clear=True):
    """What the device has taken: sizes of the packets, and bytes."""
    found = device.bus.control.taken(device.name, device.out.address, clear)
    return found.packets, found.data


def message(data):
    return len(data).to_bytes(4, "little") + data


# ---- hex ----

def test_a_line_is_a_transfer(puppet, writer):
    puppet.out.set("framing hex")
    assert os.write(writer, b"01 02 ff\n") == 9
    assert taken(puppet) == ([3], b"\x01\x02\xff")
    assert os.write(writer, b"0A0b\r\n") == 6
    assert taken(puppet) == ([2], b"\x0a\x0b")


@pytest.mark.parametrize("depth", ["auto", "1", "4"])
def test_several_lines_in_one_write(puppet, writer, depth):
    puppet.out.set("framing hex", f"depth {depth}")
    text = b"01\n02 03\n\n04 05 06\n"
    assert os.write(writer, text) == len(text)
    assert taken(puppet) == ([1, 2, 0, 3], bytes(range(1, 7)))


def test_a_line_in_several_writes(puppet, writer):
    puppet.out.set("framing hex")
    for part in (b"0", b"1 ", b"02", b" 0"):
        assert os.write(writer, part) == len(part)
        assert taken(puppet) == ([], b""), part
    assert os.write(writer, b"3\n04") == 4
    assert taken(puppet) == ([3], b"\1\2\3")
    assert os.write(writer, b"\n") == 1
    assert taken(puppet) == ([1], b"\4")


def test_a_long_line(puppet, writer):
    puppet.out.set("framing hex")
    data = os.urandom(1500)
    text = data.hex(" ").encode() + b"\n"
    assert os.write(writer, text) == len(text)
    assert taken(puppet) == ([512, 512, 476], data)


def test_close_ends_the_last_line(puppet, clients):
    puppet.out.set("framing hex")
    clients.must('printf "01\\n02" > "$1"', puppet.out.data, shell="dash")
    assert taken(puppet) == ([1, 1], b"\1\2")


def test_fsync_ends_the_last_line(puppet, writer):
    puppet.out.set("framing hex")
    os.write(writer, b"01 02")
    os.fsync(writer)
    assert taken(puppet) == ([2], b"\1\2")


@pytest.mark.parametrize("half", [b"01 0", b"0"])
def test_half_a_byte_at_close_is_an_error(puppet, half):
    puppet.out.set("framing hex")
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, half) == len(half)
    assert attempt(os.close, fd) == errno.EINVAL
    assert taken(puppet) == ([], b"")
    assert puppet.out.count("lost") == len(half)


@pytest.mark.parametrize("text", [b"01\n0x\n", b"01\n0 1\n", b"hello\n", b"01 2\n", b"\0\n"])
def test_bad_hex_sends_nothing(puppet, writer, text):
    """Not even the good lines in front of it."""
    puppet.out.set("framing hex")
    assert attempt(os.write, writer, text) == errno.EINVAL
    assert re.match("EINVAL .* no message", puppet.out.said("last_error"))
    assert taken(puppet) == ([], b"")
    assert os.write(writer, b"05\n") == 3
    assert taken(puppet) == ([1], b"\5")


def test_bad_hex_leaves_what_came_before(puppet, writer):
    """The beginning of a line that an earlier write brought is still there."""
    puppet.out.set("framing hex")
    assert os.write(writer, b"01 ") == 3
    assert attempt(os.write, writer, b"zz\n") == errno.EINVAL
    assert os.write(writer, b"02\n") == 3
    assert taken(puppet) == ([2], b"\1\2")


def test_an_empty_line_is_a_zlp(puppet, clients):
    puppet.out.set("framing hex")
    clients.must('echo > "$1"', puppet.out.data)
    assert taken(puppet) == ([0], b"")
    assert puppet.out.count("zlps") == 1


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_a_shell_converses_in_hex(loopback, clients, shell):
    paths.require_program(shell)
    loopback.out.set("framing hex", f"pair {loopback.inp.address:02x}")
    loopback.inp.set("framing hex")
    assert clients.must(
        'exec 3<> "$1"; for i in 1 2 3; do echo "0$i aa" >&3; read -r line <&3; '
        'echo "<$line>"; done', loopback.out.data, shell=shell) == b"<01 aa>\n<02 aa>\n<03 aa>\n"


def test_end_zlp_follows_whole_packets_only(puppet, writer):
    puppet.out.set("framing hex", "end zlp")
    os.write(writer, bytes(512).hex().encode() + b"\n01\n\n")
    assert taken(puppet)[0] == [512, 0, 1, 0]


# ---- length ----

def test_a_message_is_a_transfer(puppet, writer):
    puppet.out.set("framing length")
    text = message(b"abc") + message(b"") + message(b"x" * 600)
    assert os.write(writer, text) == len(text)
    assert taken(puppet) == ([3, 0, 512, 88], b"abc" + b"x" * 600)


def test_a_message_byte_by_byte(puppet, writer):
    puppet.out.set("framing length")
    for byte in message(b"abc") + message(b"de"):
        assert os.write(writer, bytes([byte])) == 1
    assert taken(puppet) == ([3, 2], b"abcde")


def test_a_long_message(puppet, clients, workdir):
    """The kernel splits the write(2); it is one transfer all the same."""
    data = os.urandom((2 << 20) + 100)
    (workdir / "in").write_bytes(message(data))
    puppet.out.set("framing length")
    clients.must('dd if="$1" of="$2" bs=4M status=none', workdir / "in", puppet.out.data)
    packets, head = taken(puppet)
    assert packets == [512] * (len(data) // 512) + [100]
    assert head == data[:1 << 20]
    assert puppet.out.count("transfers") == 1


@pytest.mark.parametrize("text", [b"\3", b"\3\0\0\0ab"])
def test_half_a_message_at_close_is_an_error(puppet, text):
    puppet.out.set("framing length")
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, text) == len(text)
    assert attempt(os.close, fd) == errno.EINVAL
    assert taken(puppet) == ([], b"")


def test_a_length_that_makes_no_sense(puppet, writer):
    puppet.out.set("framing length")
    assert attempt(os.write, writer, message(b"abc") + b"GET / HTTP/1.0") == errno.EINVAL
    assert taken(puppet) == ([], b"")
    assert os.write(writer, message(b"abc")) == 7
    assert taken(puppet) == ([3], b"abc")


# ---- both ----

def test_the_framing_changes_between_writes(puppet, writer):
    for framing, text in (("hex", b"61\n"), ("stream", b"b"), ("length", message(b"c"))):
        puppet.out.set(f"framing {framing}")
        os.write(writer, text)
    assert taken(puppet) == ([1, 1, 1], b"abc")


def test_what_is_unfinished_goes_before_another_framing(puppet, writer):
    puppet.out.set("framing hex")
    os.write(writer, b"61")
    puppet.out.set("framing stream")
    os.write(writer, b"b")
    assert taken(puppet) == ([1, 1], b"ab")


def test_two_writers_each_have_a_line(puppet):
    """What one has not finished does not mix with what another writes."""
    puppet.out.set("framing hex")
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    os.write(one, b"01 ")
    os.write(two, b"02\n")
    os.write(one, b"03\n")
    os.close(one)
    os.close(two)
    assert taken(puppet) == ([1, 2], b"\2\1\3")


# ---- a stall in the middle ----

@pytest.mark.parametrize("depth", ["auto", "1", "4"])
@pytest.mark.parametrize("framing", ["hex", "length"])
def test_a_stall_between_lines(picky, framing, depth):
    """The count says which lines the device has; to go on from there sends nothing twice."""
    text = {"hex": (b"01\n02\n", b"ff\n", b"03\n01\n"),
            "length": tuple(b"".join(message(bytes([n])) for n in numbers)
                            for numbers in ((1, 2), (255,), (3, 1)))}[framing]
    picky.out.set(f"framing {framing}", f"depth {depth}")
    fd = os.open(picky.out.data, os.O_WRONLY)
    try:
        assert os.write(fd, b"".join(text)) == len(text[0])
        assert attempt(os.write, fd, text[1] + text[2]) == errno.EPIPE
        picky.out.set("clear_halt")
        assert os.write(fd, text[2]) == len(text[2])
    finally:
        os.close(fd)
    assert taken(picky) == ([1, 1, 1, 1], b"\1\2\3\1")
    assert picky.out.count("lost") == 0


def test_a_stall_at_the_first_line(picky):
    picky.out.set("framing hex")
    fd = os.open(picky.out.data, os.O_WRONLY)
    try:
        assert attempt(os.write, fd, b"ff\n01\n") == errno.EPIPE
        picky.out.set("clear_halt")
        assert os.write(fd, b"01\n") == 3
    finally:
        os.close(fd)
    assert taken(picky) == ([1], b"\1")


def test_the_rest_of_a_line_that_stalled_is_not_sent(picky):
    """The beginning of the bad line had been accepted by an earlier write, and is lost."""
    picky.out.set("framing hex")
    fd = os.open(picky.out.data, os.O_WRONLY)
    try:
        assert os.write(fd, b"01\nf") == 4
        assert attempt(os.write, fd, b"f\n02\n") == errno.EPIPE
        assert picky.out.count("lost") == 1
        picky.out.set("clear_halt")
        assert os.write(fd, b"02\n") == 3
    finally:
        os.close(fd)
    assert taken(picky) == ([1, 1], b"\1\2")


INTERRUPTED_WRITER = """
import ctypes
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, True)
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(sys.argv[1], os.O_WRONLY)
text = sys.argv[2].encode()
n = libc.write(fd, text, len(text))
print(n, errno.errorcode.get(ctypes.get_errno()), flush=True)
"""


def test_an_interrupted_writer_is_told_how_far_it_went(loopback_full, clients):
    """The device takes some of the lines and NAKs then."""
    loopback_full.out.set("framing hex")
    line = "aa" * 500 + "\n"
    client = clients.start_python(INTERRUPTED_WRITER, loopback_full.out.data, line * 20)
    loopback_full.bus.control.wait_taken("loopback-full", loopback_full.out.address, 3000)
    os.kill(client.pid, signal.SIGUSR1)
    count = int(client.wait().out.split()[0])
    assert 0 < count < 20 * len(line) and count % len(line) == 0
    assert taken(loopback_full)[0].count(500 % 64) == count // len(line)


def test_interrupted_in_the_first_line(puppet, clients):
    puppet.out.set("framing hex")
    puppet.bus.control.pause(puppet.name, puppet.out.address)
    client = clients.start_python(INTERRUPTED_WRITER + "os.write(fd, b'03\\n')", puppet.out.data,
                                  "01\n02\n")
    wait_armed(puppet.out)
    os.kill(client.pid, signal.SIGUSR1)
    client.wait_output(b"-1 EINTR\n")
    wait_armed(puppet.out)
    puppet.bus.control.resume(puppet.name, puppet.out.address)
    assert client.wait().status == 0
    assert taken(puppet) == ([1], b"\3")
