# SPDX-License-Identifier: MIT
"""Isochronous endpoints through files: as a stream at the endpoint's pace, and as records."""
import errno
import os
import signal
import struct

import pytest

from harness import endpoint, paths, procs
from harness.client import attempt

PACKET = 192  # of tests/devices/iso.dev at full speed: bytes in each millisecond
NAME = "iso-full"
LOOPBACK, PUPPET, SOURCE = 0, 1, 2


def counter(offset, length):
    """That part of the counting pattern."""
    first, last = offset // 4, (offset + length) // 4 + 1
    return struct.pack(f"<{last - first}I", *range(first, last))[offset % 4:][:length]


def record(data, status=0):
    return struct.pack("<II", status, len(data)) + data


def parse(stream):
    """The whole records at the beginning of STREAM: [(status, bytes)]."""
    found = []
    while len(stream) >= 8:
        status, length = struct.unpack_from("<II", stream)
        if len(stream) < 8 + length:
            break
        found.append((status, stream[8:8 + length]))
        stream = stream[8 + length:]
    return found


@pytest.fixture
def timed(bus):
    """timed(number, setting): an interface of the simulated device; timed.control: its bus."""
    mount = bus.mount_file(paths.DEVICES / "iso.dev")

    def use(number, alternate=1):
        return endpoint.Interface(mount / "1-27" / "config1" / f"interface{number}", alternate)

    use.control = bus.control
    use.bus = bus
    return use


pytestmark = pytest.mark.sim


def read_exactly(fd, size):
    data = b""
    while len(data) < size:
        data += os.read(fd, size - len(data))
    return data


# ---- reading ----

def test_what_is_sent_is_a_stream(timed):
    """Packet after packet, with nothing missing in between, for as long as somebody reads."""
    source = timed(SOURCE).inp
    with open(source.data, "rb", buffering=0) as file:
        data = read_exactly(file.fileno(), 100 * PACKET)
    assert data == counter(0, len(data))
    assert source.count("iso_packets") >= 100
    assert source.count("iso_errors") == 0
    assert source.count("gaps") == 0
    assert timed.control.counters(NAME, 0x83).missed == 0


def test_packets_shorter_than_their_room(timed):
    """176 bytes in packets with room for 192: no hole between them."""
    source = timed(SOURCE, 2).inp
    with open(source.data, "rb", buffering=0) as file:
        data = read_exactly(file.fileno(), 20 * 176)
    assert data == counter(0, len(data))


def test_several_transfers_are_in_flight(timed):
    source = timed(SOURCE).inp
    with open(source.data, "rb", buffering=0) as file:
        read_exactly(file.fileno(), 10 * PACKET)
    assert timed.control.counters(NAME, 0x83).max_pending >= 2


def test_records_tell_of_each_packet(timed):
    """Lengths, empty intervals, and errors in their place."""
    puppet = timed(PUPPET).inp
    puppet.ctl.write_text("framing iso\n")
    timed.control.pause(NAME, 0x82)
    for data in (b"one", b"", b"three"):
        if data:
            timed.control.give(NAME, 0x82, data)
    with open(puppet.data, "rb", buffering=0) as file:
        os.set_blocking(file.fileno(), False)
        assert file.read(1 << 16) is None  # asks for transfers
        os.set_blocking(file.fileno(), True)
        timed.control.resume(NAME, 0x82)
        first = parse(file.read(1 << 16))
        assert first[:2] == [(0, b"one"), (0, b"three")]
        assert all(packet == (0, b"") for packet in first[2:])
        timed.control.iso_error(NAME, 0x82, 2)
        later = []
        while sum(status != 0 for status, _ in later) < 2:
            later += parse(file.read(1 << 16))
    assert [packet for packet in later if packet[0]] == [(errno.EXDEV, b"")] * 2
    assert puppet.count("iso_errors") == 2
    assert puppet.count("zlps") == 0, "an interval without bytes is none"


def test_records_in_small_reads(timed):
    source = timed(SOURCE).inp
    source.ctl.write_text("framing iso\n")
    data = b""
    with open(source.data, "rb", buffering=0) as file:
        for size in [1, 3, 7, 199, 200, 201] * 10:
            data += read_exactly(file.fileno(), size)
    packets = parse(data)
    assert len(packets) > 20
    assert b"".join(part for _, part in packets) == counter(0, len(packets) * PACKET)


def test_nobody_reads_for_long(timed):
    """What is buffered has a bound, beyond which the bus is not listened to; that is a gap, and
    what was buffered before it is whole."""
    source = timed(SOURCE).inp
    with open(source.data, "rb", buffering=0) as file:
        data = read_exactly(file.fileno(), PACKET)
        procs.eventually(lambda: source.count("pending") == 0, 20,
                         f"the ring is full: {source.status.read_text()}")
        buffered = source.count("buffered")
        data += read_exactly(file.fileno(), buffered)
        assert data == counter(0, len(data))
        # The bus did not wait, and the pattern goes on by what was sent.
        read_exactly(file.fileno(), 10 * PACKET)
    assert source.count("gaps") == 1


def test_nothing_is_asked_for_when_nobody_has_it_open(timed):
    source = timed(SOURCE).inp
    with open(source.data, "rb", buffering=0) as file:
        read_exactly(file.fileno(), PACKET)
    procs.eventually(lambda: source.count("pending") == 0, 10,
                     f"its transfers end: {source.status.read_text()}")
    assert source.count("buffered") < 20 * 8 * PACKET


# ---- writing ----

def test_a_stream_in_whole_packets(timed, clients, workdir):
    """As cat writes it: full packets, the last one shorter, none late; close waits for the end."""
    sink = timed(PUPPET).out
    data = os.urandom(50 * PACKET + 32)
    (workdir / "sound").write_bytes(data)
    clients.must('cat "$1" > "$2"', workdir / "sound", sink.data)
    taken = timed.control.taken(NAME, 0x02)
    assert taken.data == data
    assert taken.packets == [PACKET] * 50 + [32]
    counters = timed.control.counters(NAME, 0x02)
    assert counters.missed == 0 and counters.max_pending >= 2
    assert sink.count("iso_packets") == 51
    assert sink.count("gaps") == 0


def test_writes_of_any_size_are_one_stream(timed):
    sink = timed(PUPPET).out
    data = os.urandom(40 * PACKET)
    with open(sink.data, "wb", buffering=0) as file:
        at = 0
        for size in [1, 191, 192, 193, 1000] * 100:
            if at >= len(data):
                break
            assert file.write(data[at:at + size]) == len(data[at:at + size])
            at += size
    taken = timed.control.taken(NAME, 0x02)
    assert taken.data == data
    assert taken.packets == [PACKET] * 40


def test_rate_and_unit(timed):
    """44.1 kHz, two channels of 16 bits: whole samples in a packet, the rate in the long run."""
    sink = timed(PUPPET).out
    sink.ctl.write_text("rate 176400\nunit 4\n")
    data = os.urandom(17640)  # a tenth of a second
    with open(sink.data, "wb", buffering=0) as file:
        file.write(data)
    taken = timed.control.taken(NAME, 0x02)
    assert taken.data == data
    assert set(taken.packets[:-1]) == {176, 180}
    assert len(taken.packets) in (100, 101)


def test_size(timed):
    sink = timed(PUPPET).out
    sink.ctl.write_text("size 96\n")
    with open(sink.data, "wb", buffering=0) as file:
        file.write(bytes(960))
    assert timed.control.taken(NAME, 0x02).packets == [96] * 10


def test_records_say_what_goes_into_a_packet(timed):
    sink = timed(PUPPET).out
    sink.ctl.write_text("framing iso\n")
    packets = [b"a", b"", b"bcd" * 60, b"", b"e" * PACKET]
    data = b"".join(map(record, packets))
    with open(sink.data, "wb", buffering=0) as file:
        file.write(data[:13])
        file.write(data[13:])
    taken = timed.control.taken(NAME, 0x02)
    assert taken.data == b"".join(packets)
    assert [size for size in taken.packets if size] == [1, 180, PACKET]


def test_a_record_that_no_packet_can_be(timed):
    sink = timed(PUPPET).out
    sink.ctl.write_text("framing iso\n")
    with open(sink.data, "wb", buffering=0) as file:
        with pytest.raises(OSError) as error:
            file.write(record(bytes(PACKET + 1)))
        assert error.value.errno == errno.EINVAL
        assert "no message" in sink.said("last_error")
        file.write(record(b"good"))
    assert timed.control.taken(NAME, 0x02).data == b"good"


def test_what_is_recorded_can_be_played(timed, clients):
    """Both ways have the same records, so cat is a recorder and a player."""
    loop = timed(LOOPBACK)
    loop.inp.ctl.write_text("framing iso\n")
    sound = os.urandom(30 * PACKET)
    recorder = clients.start("cat", loop.inp.data)
    endpoint.wait_armed(loop.inp)
    with open(loop.out.data, "wb", buffering=0) as file:
        file.write(sound)
    procs.eventually(lambda: sound in b"".join(d for _, d in parse(recorder.out)), 10, "the echo")
    recorder.kill()
    tape = recorder.out
    whole = parse(tape)
    sink = timed(PUPPET).out
    sink.ctl.write_text("framing iso\n")
    with open(sink.data, "wb", buffering=0) as file:
        file.write(b"".join(record(data, status) for status, data in whole))
    assert sound in timed.control.taken(NAME, 0x02).data


def test_a_writer_that_is_late_makes_a_gap(timed):
    sink = timed(PUPPET).out
    with open(sink.data, "wb", buffering=0) as file:
        file.write(bytes(2 * PACKET))
        timed.control.wait_taken(NAME, 0x02, 2 * PACKET)
        file.write(bytes(2 * PACKET))
    assert sink.count("gaps") == 1


def test_unplugged_while_streaming(timed):
    source, sink = timed(SOURCE).inp, timed(PUPPET).out
    with open(source.data, "rb", buffering=0) as reader, \
            open(sink.data, "wb", buffering=0) as writer:
        data = read_exactly(reader.fileno(), 4 * PACKET)
        writer.write(bytes(4 * PACKET))
        timed.control.unplug(NAME)
        with pytest.raises(OSError) as error:
            while True:
                data += reader.read(1 << 16)
        assert error.value.errno == errno.ENODEV
        with pytest.raises(OSError) as error:
            while True:
                writer.write(bytes(PACKET))
        assert error.value.errno == errno.ENODEV
    assert data == counter(0, len(data))


def test_ending_in_the_middle_of_a_write(timed, clients):
    """What is left of it is not played first."""
    interface = timed(PUPPET)
    daemon = timed.bus.daemon
    clients.start_sh('exec dd if=/dev/zero of="$1" bs=1M count=1', interface.out.data)
    endpoint.wait_count(interface.out, "pending", 4)
    os.kill(daemon.pid, signal.SIGTERM)
    assert procs.reap(daemon.process, 5 * paths.PATIENCE) == 0
    assert "abandoning" not in daemon.text()


def test_a_setting_that_ends_in_the_middle_of_a_write(timed, clients):
    """Its writer hears of that, and of nothing that was discarded."""
    interface = timed(PUPPET)
    writer = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "for _ in range(2):\n"
        "    try: print(os.write(fd, bytes(1 << 20)) > 0)\n"
        "    except OSError as error: print(errno.errorcode[error.errno])", interface.out.data)
    endpoint.wait_count(interface.out, "pending", 4)
    (interface.out.dir.parent / "bAlternateSetting").write_text("0\n")
    assert writer.wait().out == b"True\nESHUTDOWN\n"


def test_a_setting_that_ends_with_less_than_a_packet(timed):
    """What had been accepted is lost, and close() says so."""
    interface = timed(PUPPET)
    fd = os.open(interface.out.data, os.O_WRONLY)
    assert os.write(fd, b"abc") == 3
    (interface.out.dir.parent / "bAlternateSetting").write_text("0\n")
    assert attempt(os.close, fd) == errno.ESHUTDOWN
