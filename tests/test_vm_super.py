# SPDX-License-Identifier: MIT
"""Gadgets at SuperSpeed: their descriptors are right, and data passes."""
import os

import pytest

pytestmark = pytest.mark.usb

MIB = 1 << 20
COMPANION = 0x30


def companions(device):
    """For each endpoint in the raw descriptors, the bMaxBurst of the companion behind it."""
    data = (device.dir / "descriptors").read_bytes()
    found, endpoint, at = {}, None, 0
    while at < len(data):
        length, kind = data[at], data[at + 1]
        if kind == 5:
            endpoint = data[at + 2]
            found[endpoint] = None
        elif kind == COMPANION:
            found[endpoint] = data[at + 2]
        at += length
    return found


def assert_super(device):
    assert (device.dir / "speed").read_text().strip() == "5000"
    assert device.inp.packet == 1024


@pytest.mark.limit(60)
def test_loopback(super_loopback, clients):
    assert_super(super_loopback)
    assert None not in companions(super_loopback).values()
    text = os.urandom(100000)
    reader = clients.start("head", "-c", len(text), super_loopback.inp.data, deadline=50)
    with open(super_loopback.out.data, "wb", buffering=0) as out:
        assert out.write(text) == len(text)
    assert reader.wait().out == text


@pytest.mark.limit(60)
def test_source_and_sink(super_source_sink, clients):
    assert_super(super_source_sink)
    pattern = super_source_sink.pattern(MIB)
    assert clients.must('head -c "$2" "$1"', super_source_sink.inp.data, MIB) == pattern
    with open(super_source_sink.out.data, "wb", buffering=0) as out:
        assert out.write(pattern) == len(pattern)


def test_puppet(super_puppet, clients):
    assert_super(super_puppet)
    assert companions(super_puppet) == {0x81: 3, 0x02: 3}
    fd = os.open(super_puppet.inp.data, os.O_RDONLY)
    try:
        for size in (1, 1023, 1025, 5000):
            super_puppet.bus.give(super_puppet, super_puppet.inp, bytes(size))
            assert os.read(fd, 8192) == bytes(size)
    finally:
        os.close(fd)
    writer = clients.start_sh('printf abc > "$1"', super_puppet.out.data)
    assert super_puppet.bus.take(super_puppet, super_puppet.out) == b"abc"
    assert writer.wait().status == 0
