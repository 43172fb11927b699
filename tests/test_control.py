# SPDX-License-Identifier: MIT
"""The control endpoint by itself: what is sent, what comes back, and what is refused. The device
knows three vendor requests: 40-01 keeps its data, c0-02 gives that back, 40-03 and c0-03 NAK."""
import errno
import os
import stat

import pytest

from harness.client import attempt
from harness.control import Control, error_of, packed, read_all

KEEP, KEPT, NAK = "40-01-0000-0000", "c0-02-0000-0000", "c0-03-0000-0000"


@pytest.fixture
def control(messages):
    return Control(messages)


@pytest.fixture
def opened(request):
    """Opens files of the tree until the end of the test."""
    def one(path, flags):
        fd = os.open(path, flags)
        request.addfinalizer(lambda: os.close(fd))
        return fd

    return one


def vendor_requests(device):
    """What the device has seen, without what the kernel asks it."""
    text, found = device.puppet.taken(0), []
    at = 0
    for size in text.packets:
        one = text.data[at:at + size]
        at += size
        if one[0] & 0x60 == 0x40:
            found.append(one)
    return found


# ---- setup ----

def test_a_descriptor(control):
    everything = (control.device.dir / "descriptors").read_bytes()
    assert control.get("80-06-0100-0000-0012") == everything[:18]
    assert control.get("80-06-0100-0000-0008") == everything[:8]
    assert control.get("80-06-0200-0000") == everything[18:]
    assert control.get("80-06-0200-0000-1000") == everything[18:]


def test_each_read_from_the_beginning_asks_anew(control, opened):
    fd = opened(control.setup / f"{KEPT}-0010", os.O_RDONLY)
    for text in (b"first", b"second"):
        control.put(KEEP, text)
        assert os.pread(fd, 3, 0) == text[:3]
        control.put(KEEP, b"another")
        assert os.pread(fd, 100, 3) == text[3:]
        assert os.pread(fd, 100, len(text)) == b""
    # Who begins in the middle has asked, too.
    other = opened(control.setup / f"{KEPT}-0010", os.O_RDONLY)
    assert os.pread(other, 100, 3) == b"ther"


@pytest.mark.parametrize("size", [0, 1, 2, 64, 65, 255, 4095, 4096])
def test_data_both_ways(control, size):
    data = os.urandom(size)
    if size:
        assert control.put(KEEP, data) == size
    else:
        assert control.get(f"{KEEP}-0000") == b""
    assert vendor_requests(control.device)[-1] == packed(0x40, 1, length=size) + data
    assert control.get(f"{KEPT}-1000") == data
    assert control.get(KEPT) == data


def test_more_than_can_be_moved(control):
    before = vendor_requests(control.device)
    assert attempt(control.put, KEEP, bytes(4097)) == errno.E2BIG
    assert "4096" in control.said("last_error")
    assert attempt(control.put, KEEP, bytes(1 << 20)) == errno.E2BIG
    assert attempt(control.get, f"{KEPT}-1001") == errno.E2BIG
    assert attempt(control.put, f"{KEEP}-1001", bytes(4097)) == errno.E2BIG
    assert vendor_requests(control.device) == before


def test_data_comes_in_pieces(control, opened):
    fd = opened(control.setup / f"{KEEP}-0005", os.O_WRONLY)
    for piece in (b"a\n", b"b", b"c\n"):
        os.write(fd, piece)
    assert vendor_requests(control.device)[-1] == packed(0x40, 1, length=5) + b"a\nbc\n"
    os.write(fd, b"other")
    assert control.get(KEPT) == b"other"


def test_data_of_another_length(control, opened):
    fd = opened(control.setup / f"{KEEP}-0003", os.O_WRONLY)
    before = vendor_requests(control.device)
    assert attempt(os.write, fd, b"four") == errno.EINVAL
    assert "takes 3 bytes, and 4 were written" in control.said("last_error")
    os.write(fd, b"ab")
    assert attempt(os.close, os.dup(fd)) == errno.EINVAL
    assert "only 2 were written" in control.said("last_error")
    assert vendor_requests(control.device) == before
    os.write(fd, b"abc")
    assert control.get(KEPT) == b"abc"


def test_only_reading_and_writing_send(control, clients):
    device = control.device
    device.puppet.taken(0, clear=True)
    clients.must('ls -lR "$1"; find "$1" -exec stat {} + ; test -r "$1"/setup/80-06-0100-0000-0012;'
                 'for f in "$1"/setup/*; do : < $f; done; : > "$1/setup/40-01-0000-0000"',
                 control.dir)
    assert not vendor_requests(device)
    if device.bus.name == "sim":
        assert device.puppet.taken(0).total == 0
        assert device.bus.times_opened(device) == 0


def test_names(control):
    first = os.stat(control.setup / "c0-ab-cdef-1234-0001")
    assert os.stat(control.setup / "C0-AB-CDEF-1234-0001").st_ino == first.st_ino
    assert os.stat(control.setup / "c0-ab-cdef-1234-0002").st_ino != first.st_ino
    for name in ("80", "80-06", "80-06-0100-0000-12", "80-06-0100-0000-00120", "x",
                 "80-6-0100-0000"):
        assert attempt(os.stat, control.setup / name) == errno.ENOENT
    assert attempt(os.open, control.setup / "x", os.O_WRONLY | os.O_CREAT) == errno.EPERM


def test_modes(control, opened):
    def mode(name):
        return stat.S_IMODE(os.stat(control.setup / name).st_mode)

    node = stat.S_IMODE(os.stat(control.request).st_mode)
    assert mode("80-06-0100-0000") == mode("40-01-0000-0000-0000") == node & 0o444
    assert mode("40-01-0000-0000") == mode("40-01-0000-0000-0001") == node & 0o222
    assert attempt(os.open, control.setup / KEEP, os.O_RDONLY) == errno.EACCES
    assert attempt(os.open, control.setup / f"{KEEP}-0000", os.O_WRONLY) == errno.EACCES
    assert attempt(os.open, control.setup / KEPT, os.O_RDWR) == errno.EACCES


def test_what_is_listed_can_be_read(control):
    names = os.listdir(control.setup)
    assert "80-06-0100-0000-0012" in names and "80-00-0000-0000-0002" in names
    for name in names:
        length = int(name[-4:], 16)
        got = control.get(name)
        assert 0 < len(got) <= length, name
        if "80-06-0200" in name:
            assert len(got) == length


def test_stall_and_then_the_next(control):
    for _ in range(3):
        assert attempt(control.get, "c0-77-0000-0000-0001") == errno.EPIPE
        assert "EPIPE" in control.said("last_error")
        assert "c0-77-0000-0000-0001" in control.said("last_error")
        assert len(control.get("80-06-0100-0000-0012")) == 18
        assert attempt(control.put, "40-77-0000-0000", b"abc") == errno.EPIPE
        assert control.put(KEEP, b"abc") == 3
        assert control.get(KEPT) == b"abc"


# ---- request ----

def test_text(control):
    device = (control.device.dir / "descriptors").read_bytes()[:18]
    assert control.ask("80 06 0100 0000 12") == [device.hex(" ")]
    assert control.ask("80-06-0100-0000-0012", "get_descriptor device", "# no", "",
                       "get_configuration") == [device.hex(" ")] * 2 + ["01"]
    assert control.ask("40 01 0000 0000 0004 de ad BEEF", "c0 02 0 0") == ["ok", "de ad be ef"]
    assert control.ask("40 1 0 0", "c0 2 0 0 4") == ["ok", ""]


def test_standard_requests_by_name(control):
    everything = (control.device.dir / "descriptors").read_bytes()
    product = control.device.identity.get("product", "")
    lines = control.ask("get_descriptor config 0", "get_status device", "get_descriptor string 2",
                        "get_descriptor string 2 0409", "get_status endpoint 81",
                        "get_status interface 0", "get_interface 0")
    assert bytes.fromhex(lines[0]) == everything[18:]
    assert lines[2] == lines[3]
    text = bytes.fromhex(lines[2])
    assert text[0] == len(text) and text[2:].decode("utf-16-le").strip()
    assert not product or text[2:].decode("utf-16-le") == product
    assert lines[4:] == ["00 00", "00 00", "00"]


def test_errors_in_text(control, opened):
    fd = opened(control.request, os.O_RDWR)
    assert attempt(os.write, fd, b"c0 77 0 0 1\n40 1 0 0 1 ff\n") == errno.EPIPE
    assert os.read(fd, 1000).startswith(b"error EPIPE: stalled")
    assert read_all(fd) == b""
    assert vendor_requests(control.device)[-1] == packed(0xc0, 0x77, length=1)
    before = vendor_requests(control.device)
    for text, number, words in ((b"40 1 0 0 1 ff\nget_foo", errno.EINVAL, b"line 2: \"get_foo\""),
                                (b"00 05 1 0 0", errno.EPERM, b"SET_ADDRESS"),
                                (b"c0 2 0 0 1001", errno.E2BIG, b"4096"),
                                (b"x" * 20000, errno.E2BIG, b"16384")):
        assert attempt(os.write, fd, text) == number
        name = errno.errorcode[number].encode()
        got = read_all(fd)
        assert got.startswith(b"error " + name) and words in got, got
        assert words.decode() in control.said("last_error")
    assert vendor_requests(control.device) == before
    os.write(fd, b"get_configuration")
    assert read_all(fd) == b"01\n"


def test_replies_wait_for_who_reads(control, opened):
    fd = opened(control.request, os.O_RDWR)
    for number in range(20):
        os.write(fd, b"40 01 %04x 0 1 %02x\nc0 02 0 0 1\n" % (number, number))
    assert read_all(fd) == b"".join(b"ok\n%02x\n" % number for number in range(20))


def test_nobody_reads_the_replies(control, opened):
    fd = opened(control.request, os.O_RDWR)
    control.put(KEEP, bytes(4096))
    for number in range(100):
        if attempt(os.write, fd, b"c0 02 0 0 1000") == errno.ENOBUFS:
            break
    assert 80 < number < 99
    assert len(read_all(fd)) == number * 4096 * 3
    os.write(fd, b"get_configuration")
    assert read_all(fd) == b"01\n"


def test_help(control, opened):
    text = control.request.read_text()
    assert "get_descriptor device" in text and "exec 3<>" in text
    assert max(map(len, text.splitlines())) <= 92
    fd = opened(control.request, os.O_RDWR)
    assert os.read(fd, 7) == text[:7].encode()
    os.write(fd, b"get_configuration\n")
    assert read_all(fd) == b"01\n"


# ---- data ----

def test_bytes(control, opened):
    fd = opened(control.data, os.O_RDWR)
    assert os.write(fd, packed(0x80, 6, 0x100, 0, 18)) == 8
    device = (control.device.dir / "descriptors").read_bytes()[:18]
    assert os.read(fd, 10) == device[:10]
    assert os.read(fd, 100) == device[10:]
    assert os.read(fd, 100) == os.read(fd, 100) == b""
    for size in (0, 1, 4096):
        data = os.urandom(size)
        assert os.write(fd, packed(0x40, 1, length=size) + data) == 8 + size
        assert os.read(fd, 4096) == b""
        os.write(fd, packed(0xc0, 2, length=4096))
        assert os.read(fd, 4096) == data


def test_bytes_that_are_no_request(control, opened):
    fd = opened(control.data, os.O_RDWR)
    assert attempt(os.read, fd, 1) == errno.ENODATA
    for text, number in ((b"short", errno.EINVAL), (packed(0x80, 6, 0x100, 0, 18) + b"x",
                                                    errno.EINVAL),
                         (packed(0x40, 1, length=4) + b"abc", errno.EINVAL),
                         (packed(0x40, 1, length=4097) + bytes(4097), errno.E2BIG),
                         (packed(0xc0, 2, length=4097), errno.E2BIG),
                         (packed(0x00, 5, 1), errno.EPERM)):
        assert attempt(os.write, fd, text) == number
        assert errno.errorcode[number] in control.said("last_error")
        assert attempt(os.read, fd, 1) == errno.ENODATA
    assert attempt(os.write, fd, packed(0xc0, 0x77, length=1)) == errno.EPIPE
    assert attempt(os.read, fd, 1) == errno.ENODATA
    os.write(fd, packed(0x80, 8, length=1))
    assert os.read(fd, 100) == b"\x01"


# ---- ctl and status ----

def test_the_timeout(control):
    assert control.ctl.read_text() == "# verbs: reset_stats\ntimeout 5000\n"
    control.ctl.write_text("timeout 100\n")
    error, seconds = error_of(control.get, f"{NAK}-0001")
    assert error == "ETIMEDOUT" and 0.09 < seconds < 4
    assert "did not answer in time" in control.said("last_error")
    assert len(control.get("80-06-0100-0000-0012")) == 18
    control.ctl.write_text("timeout none\nreset_stats\n")
    assert "timeout none" in control.ctl.read_text()
    assert not control.said("last_error") and control.said("errors") == "0"
    with pytest.raises(OSError):
        control.ctl.write_text("timeout 300\ntimeout x\n")
    assert "timeout none" in control.ctl.read_text()
    assert "timeout is: none" in control.said("last_ctl_error")


def test_status(control):
    control.ctl.write_text("reset_stats\n")
    control.put(KEEP, b"abcd")
    control.get(f"{KEPT}-0002")
    assert (control.said("transfers"), control.said("bytes")) == ("2", "6")
    assert (control.said("state"), control.said("errors")) == ("idle", "0")
