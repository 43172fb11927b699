# SPDX-License-Identifier: MIT
"""Reading an IN endpoint: transfers, what is left of them, and errors."""
import errno
import os
import stat

import pytest

from harness.client import attempt
from harness.endpoint import wait_blocked_reader
from harness.loop import send


@pytest.fixture
def reader(loopback):
    """The open IN data file of the loopback device."""
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_hello(loopback, clients):
    assert clients.must('echo hello > "$1"; head -c 6 < "$2"',
                        loopback.out.data, loopback.inp.data) == b"hello\n"


def test_a_read_yields_one_transfer(loopback, reader):
    send(loopback, b"one", b"twenty", b"3")
    assert [os.read(reader, 65536) for _ in range(3)] == [b"one", b"twenty", b"3"]


def test_what_did_not_fit_is_kept(loopback, reader):
    send(loopback, b"abcdefgh", b"xyz")
    assert [os.read(reader, 3) for _ in range(4)] == [b"abc", b"def", b"gh", b"xyz"]


def test_a_byte_at_a_time(loopback, reader):
    text = bytes(range(256))
    send(loopback, text)
    assert b"".join(os.read(reader, 1) for _ in text) == text


def test_what_is_buffered_outlives_close(loopback):
    send(loopback, b"abcdefgh")
    for expected in (b"abcd", b"efgh"):
        with open(loopback.inp.data, "rb", buffering=0) as file:
            assert file.read(4) == expected


def test_a_reader_waits_for_data(loopback, clients):
    waiting = clients.start("head", "-c", "3", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    assert waiting.running()
    send(loopback, b"abc")
    assert waiting.wait().out == b"abc"


def test_the_buffer_need_not_be_a_multiple_of_the_packet(loopback, reader):
    """A transfer shorter than its packets would be a babble error."""
    packet = loopback.inp.packet
    text = os.urandom(packet - 1)
    send(loopback, text)
    assert os.read(reader, packet // 2 + 1) + os.read(reader, packet) == text


def test_readv(loopback, reader):
    send(loopback, b"abcdefgh")
    first, second = bytearray(3), bytearray(3)
    assert os.readv(reader, [first, second]) == 6
    assert bytes(first + second) == b"abcdef"
    assert os.read(reader, 10) == b"gh"


def test_reading_nothing_waits_for_nothing(reader):
    assert os.read(reader, 0) == b""


def test_no_position(reader):
    assert attempt(os.pread, reader, 1, 100) == errno.ESPIPE
    assert attempt(os.lseek, reader, 0, os.SEEK_END) == errno.ESPIPE


def test_an_in_endpoint_cannot_be_written(loopback):
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
        assert attempt(os.open, loopback.inp.data, flags) == errno.EACCES


def test_looks_like_a_file(loopback):
    found = os.stat(loopback.inp.data)
    assert stat.S_ISREG(found.st_mode) and found.st_mode & 0o777 == 0o440
    assert found.st_size == 0


def test_two_descriptors_of_one_process(loopback):
    """What one has left, the other reads: bytes belong to the endpoint."""
    one, two = (os.open(loopback.inp.data, os.O_RDONLY) for _ in range(2))
    try:
        send(loopback, b"abcdef")
        assert os.read(one, 2) + os.read(two, 2) + os.read(one, 2) == b"abcdef"
    finally:
        os.close(one)
        os.close(two)


def test_nonblock_says_eagain_and_leaves_a_transfer(loopback):
    fd = os.open(loopback.inp.data, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert attempt(os.read, fd, 100) == errno.EAGAIN
        assert loopback.inp.count("pending") == 1
        send(loopback, b"abc")
        os.set_blocking(fd, True)
        assert os.read(fd, 100) == b"abc"
        os.set_blocking(fd, False)
        assert attempt(os.read, fd, 100) == errno.EAGAIN
    finally:
        os.close(fd)


@pytest.mark.parametrize("size", [1, 512, 4096, 65536, 1 << 20])
def test_the_source(source_sink, size):
    """Each byte tells its place in the stream; whatever the size of the reads, none is missing."""
    want = 2048 if size == 1 else size * 4
    got = b""
    with open(source_sink.inp.data, "rb", buffering=0) as file:
        while len(got) < want:
            got += file.read(size)
    assert got == source_sink.pattern(len(got))
