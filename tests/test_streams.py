# SPDX-License-Identifier: MIT
"""Bulk streams of SuperSpeed endpoints: the knob `stream` says which one the file is."""
import errno

import pytest

from harness import endpoint, paths
from harness.client import attempt

NAME = "streams"
LOOPBACK, PUPPET = 0, 1

pytestmark = pytest.mark.sim


@pytest.fixture
def interface(bus):
    """interface(number, setting)"""
    directory = bus.mount_file(paths.DEVICES / "streams.dev") / "2-2" / "config1"
    return lambda number, setting=0: endpoint.Interface(directory / f"interface{number}", setting)


def test_the_knob_is_where_streams_are(interface):
    one = interface(PUPPET)
    assert "stream none\n" in one.inp.ctl.read_text()
    assert one.inp.attribute("streams") == "4"
    one.inp.ctl.write_text("stream 4\n")
    assert attempt(one.inp.ctl.write_text, "stream 5\n") == errno.EINVAL
    assert "stream is: none, or a number from 1 to 4" in one.inp.status.read_text()
    assert "stream 4\n" in one.inp.ctl.read_text()
    other = interface(PUPPET, 1)
    assert "\nstream " not in other.inp.ctl.read_text()


def test_reading_from_a_stream(interface, bus):
    inp = interface(PUPPET).inp
    for stream in (1, 3):
        bus.control.give(NAME, 0x83, b"from %d" % stream, stream=stream)
    for stream in (3, 1):
        inp.ctl.write_text(f"stream {stream}\n")
        with open(inp.data, "rb", buffering=0) as file:
            assert file.read(100) == b"from %d" % stream


def test_writing_to_a_stream(interface, bus):
    out = interface(PUPPET).out
    for stream in (2, 4):
        out.ctl.write_text(f"stream {stream}\n")
        with open(out.data, "wb", buffering=0) as file:
            file.write(b"to %d" % stream)
    assert bus.control.taken(NAME, 0x03, stream=2).data == b"to 2"
    assert bus.control.taken(NAME, 0x03, stream=4).data == b"to 4"


def test_a_blocked_reader_goes_with_the_knob(interface, bus, clients):
    """Its transfer is taken back from the old stream, and what comes on the new one is its."""
    inp = interface(PUPPET).inp
    inp.ctl.write_text("stream 1\n")
    reader = clients.start("head", "-c", "3", inp.data)
    endpoint.wait_blocked_reader(inp)
    inp.ctl.write_text("stream 2\n")
    bus.control.give(NAME, 0x83, b"two", stream=2)
    assert reader.wait().out == b"two"


def test_without_streams_again(interface, bus):
    inp = interface(PUPPET).inp
    inp.ctl.write_text("stream 1\n")
    inp.ctl.write_text("stream none\n")
    bus.control.give(NAME, 0x83, b"plain")
    with open(inp.data, "rb", buffering=0) as file:
        assert file.read(100) == b"plain"


def test_a_stream_outlives_closing_and_settings(interface, bus):
    """The device forgets its streams when it is closed, or gets another setting; the knob does
    not."""
    one = interface(PUPPET)
    one.inp.ctl.write_text("stream 2\n")
    bus.control.wait_opened(NAME, False)
    bus.control.give(NAME, 0x83, b"later", stream=2)
    with open(one.inp.data, "rb", buffering=0) as file:
        assert file.read(100) == b"later"
    again = interface(PUPPET, 0)
    bus.control.give(NAME, 0x83, b"still", stream=2)
    with open(again.inp.data, "rb", buffering=0) as file:
        assert file.read(100) == b"still"


def test_a_loop_on_each_stream(interface):
    loop = interface(LOOPBACK)
    for stream in (16, 1):
        for end in (loop.inp, loop.out):
            end.ctl.write_text(f"stream {stream}\n")
        with open(loop.out.data, "wb", buffering=0) as file:
            file.write(b"round %d" % stream)
        with open(loop.inp.data, "rb", buffering=0) as file:
            assert file.read(100) == b"round %d" % stream
