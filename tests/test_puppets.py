# SPDX-License-Identifier: MIT
"""The devices that a test makes speak: the same on every bus."""
import errno
import os

import pytest

from harness import counting
from harness.client import attempt

IN, OUT, REPORT = 0x81, 0x02, 0x83


@pytest.fixture
def opened(request):
    """Opens files of the tree until the end of the test."""
    def one(path, flags):
        fd = os.open(path, flags)
        request.addfinalizer(lambda: os.close(fd))
        return fd

    return one


def endpoint(device, address):
    return next(one for one in device.endpoints if one.address == address)


def test_what_is_given_is_read(messages, opened):
    fd = opened(messages.inp.data, os.O_RDONLY)
    for text in (b"a", bytes(range(256)) * 5, b"b" * 511):
        messages.puppet.give(IN, text)
        assert os.read(fd, 4096) == text
    messages.puppet.give(IN, b"c" * 1024)
    messages.puppet.zlp(IN)
    got = b""
    while len(got) < 1024:
        got += os.read(fd, 4096)
    assert got == b"c" * 1024
    reports = opened(endpoint(messages, REPORT).data, os.O_RDONLY)
    messages.puppet.give(REPORT, b"report")
    assert os.read(reports, 4096) == b"report"


def test_what_is_written_is_taken(messages, opened):
    fd = opened(messages.out.data, os.O_WRONLY)
    for size, packets in ((1, [1]), (511, [511]), (513, [512, 1]), (1025, [512, 512, 1])):
        text = os.urandom(size)
        assert os.write(fd, text) == size
        messages.puppet.wait_taken(OUT, size)
        taken = messages.puppet.taken(OUT, clear=True)
        assert (taken.total, taken.packets, taken.data) == (size, packets, text)


def test_who_pauses_naks(messages, clients):
    puppet = messages.puppet
    puppet.pause(OUT)
    writer = clients.start_sh('printf abc > "$1"', messages.out.data)
    puppet.wait_pending(OUT, 1)
    assert puppet.taken(OUT).total == 0
    puppet.resume(OUT)
    assert writer.wait().status == 0
    puppet.wait_pending(OUT, 0)
    assert puppet.taken(OUT).data == b"abc"


def test_errors(messages, opened):
    puppet, fd = messages.puppet, opened(messages.inp.data, os.O_RDONLY)
    puppet.babble(IN, 513)
    assert attempt(os.read, fd, 512) == errno.EOVERFLOW
    puppet.stall(IN)
    assert attempt(os.read, fd, 512) == errno.EPIPE
    messages.inp.ctl.write_text("clear_halt\n")
    puppet.give(IN, b"abc")
    assert os.read(fd, 512) == b"abc"


def test_every_byte_has_a_number(numbered, opened):
    """Whatever the sizes of the reads."""
    fd = opened(numbered.inp.data, os.O_RDONLY)
    got = b""
    for size in (1, 3, 511, 512, 513, 4096, 65536, 200000):
        part = os.read(fd, size)
        assert part
        got += part
    assert got == counting.pattern(len(got)) == numbered.pattern(len(got))


def test_numbered_messages(numbered, opened):
    fd = opened(endpoint(numbered, REPORT).data, os.O_RDONLY)
    assert [os.read(fd, 64) for _ in range(3)] == [
        counting.pattern(16, start) for start in (0, 16, 32)]


def test_the_sink_knows_the_numbers(numbered, opened):
    fd = opened(numbered.out.data, os.O_WRONLY)
    for start, size in ((0, 1), (1, 4095), (4096, 300000)):
        assert os.write(fd, counting.pattern(size, start)) == size
    numbered.puppet.wait_taken(OUT, 304096)
    # A packet that is left out: it is the one after it that is refused.
    assert attempt(os.write, fd, counting.pattern(512, 304608)) == errno.EPIPE
    assert numbered.puppet.taken(OUT).total == 304096
    numbered.out.ctl.write_text("clear_halt\n")
    assert os.write(fd, counting.pattern(512, 304096)) == 512
    numbered.puppet.wait_taken(OUT, 304608)


def test_the_counter_beyond_sixteen_bits():
    """The shortcut by which Python makes it is right where it is patched."""
    for start in (0, 0xfffe, 0x3ffff, 0x40001, 0x3fffffe, 0x4000001, 0x40000002):
        words = (int(at / 4).to_bytes(4, "little")[at % 4] for at in range(start, start + 9))
        assert counting.pattern(9, start) == bytes(words)
