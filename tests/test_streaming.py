# SPDX-License-Identifier: MIT
"""Several transfers in flight: reading ahead, writes that are answered before they are taken, and
the knobs size and depth."""
import errno
import mmap
import os
import random
import select

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_count, wait_waiting
from harness.writing import pause, resume, taken

pytestmark = pytest.mark.sim  # the control socket counts transfers

KIB = 1 << 10
MIB = 1 << 20


@pytest.fixture
def reader(puppet):
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def source(source_sink):
    fd = os.open(source_sink.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def counters(device, endpoint):
    return device.bus.control.counters(device.name, endpoint.address)


def give(puppet, *messages):
    for message in messages:
        puppet.bus.give(puppet, puppet.inp, message)


def quiet(device):
    """Waits until nothing of the IN endpoint is in flight."""
    procs.eventually(lambda: device.inp.count("pending") == 0, 10, "nothing is in flight")


# ---- size ----

@pytest.mark.parametrize("size,whole", [("1", 512), ("1000", 1024), ("4k", 4096)])
def test_size_is_that_of_a_transfer(source_sink, source, size, whole):
    """In whole packets, however much a reader asks for."""
    source_sink.inp.set(f"size {size}")
    assert [len(os.read(source, 64 * KIB)) for _ in range(4)] == [whole] * 4


def test_size_of_a_small_read(puppet, reader):
    """More is fetched than is asked for, and kept."""
    puppet.inp.set("size 4k")
    give(puppet, b"abcdef")
    assert os.read(reader, 2) == b"ab"
    assert puppet.inp.count("buffered") == 4
    puppet.inp.set("size auto")
    assert os.read(reader, 100) == b"cdef"


def test_size_of_an_interrupt_endpoint(keyboard, clients):
    """A packet, unless the knob says more: then reports are joined."""
    clients.must('echo none > "$1"; echo size 64 > "$2"', keyboard.inp.driver, keyboard.inp.ctl)
    fd = os.open(keyboard.inp.data, os.O_RDONLY)
    try:
        for key in "ab1s":
            keyboard.bus.type_key(keyboard, key)
        assert len(os.read(fd, 4096)) == 64
    finally:
        os.close(fd)


# ---- depth and reading ahead ----

@pytest.mark.parametrize("offset", [0, 300])
@pytest.mark.parametrize("size,most", [(512, 16), (64 * KIB, 16), (256 * KIB, 4), (MIB, 2)])
def test_a_stream_is_read_ahead(source_sink, source, size, most, offset):
    """About a mebibyte, and no more than 16 transfers, also with a buffer that begins somewhere in
    a page, for which the kernel splits large reads."""
    got = b""
    memory = mmap.mmap(-1, size + 4096)
    with memoryview(memory) as view:
        for _ in range(12):
            got += view[offset:offset + os.readv(source, [view[offset:offset + size]])]
    assert got == source_sink.pattern(len(got))
    # How many wait at a device that is this fast is chance; none are left when nobody reads.
    quiet(source_sink)
    ahead = source_sink.inp.count("bytes") - len(got)
    assert ahead == source_sink.inp.count("buffered")
    assert size - KIB <= ahead <= most * size


def test_reading_ahead_begins_with_the_third_read(puppet, reader):
    give(puppet, bytes(512))
    os.read(reader, 512)
    assert puppet.inp.count("pending") == 0
    for _ in range(8):
        give(puppet, bytes(512))
        os.read(reader, 512)
    assert counters(puppet, puppet.inp).max_pending == 16


def test_a_short_packet_ends_it(puppet, reader):
    """What is in flight stays there, and no more is asked for."""
    for _ in range(8):
        give(puppet, bytes(512))
        os.read(reader, 512)
    in_flight = puppet.inp.count("pending")
    assert in_flight > 1
    for number in range(in_flight):
        give(puppet, b"%d" % number)
        assert os.read(reader, 512) == b"%d" % number
    assert puppet.inp.count("pending") == 0


def test_a_reply_is_no_stream(puppet, reader):
    """Where requests are written, a few filled reads are a long reply: a device may not like to be
    asked for more than that. Very many are a stream."""
    puppet.out.data.write_bytes(b"request")
    for _ in range(20):
        give(puppet, bytes(512))
        os.read(reader, 512)
    assert counters(puppet, puppet.inp).max_pending == 1
    puppet.out.data.write_bytes(b"another")
    for _ in range(20):
        give(puppet, bytes(512))
        os.read(reader, 512)
    assert counters(puppet, puppet.inp).max_pending == 1
    for _ in range(20):
        give(puppet, bytes(512))
        os.read(reader, 512)
    assert counters(puppet, puppet.inp).max_pending > 1


def test_messages_are_not_read_ahead(puppet, reader):
    for number in range(20):
        give(puppet, b"%d" % number)
        assert os.read(reader, 512) == b"%d" % number
    assert counters(puppet, puppet.inp).max_pending == 1
    assert puppet.inp.count("pending") == 0


def test_a_stream_goes_on_for_the_next_reader(source_sink, clients):
    """What was read ahead for the one who went is there for the one who comes."""
    got = b""
    for size in (1_000_000, 300_001, 77_777):
        got += clients.must('head -c $2 "$1"', source_sink.inp.data, size)
    assert got == source_sink.pattern(len(got))


def test_a_reader_that_is_killed_takes_no_byte_along(source_sink, source, clients):
    first = os.read(source, 64 * KIB)
    os.read(source, 64 * KIB)
    other = clients.start("cat", source_sink.inp.data)
    procs.eventually(lambda: len(other.out) > 4 * MIB, 10, "it has read a lot")
    other.kill()
    quiet(source_sink)
    rest = os.read(source, 64 * KIB)
    position = int.from_bytes(rest[:4], "little") * 4
    assert first == source_sink.pattern(len(first))
    assert position % (64 * KIB) == 0 or position % 512 == 0
    assert rest == source_sink.pattern(position + len(rest))[position:]


@pytest.mark.parametrize("depth", [1, 3, 64])
def test_depth(puppet, reader, depth):
    """From the first read on, so many are in flight."""
    puppet.inp.set(f"depth {depth}")
    give(puppet, b"abc")
    assert os.read(reader, 512) == b"abc"
    in_flight = depth if depth > 1 else 0
    assert puppet.inp.count("pending") == in_flight
    assert counters(puppet, puppet.inp).max_pending == depth


def test_depth_1_reads_nothing_ahead(source_sink, source):
    source_sink.inp.set("depth 1")
    got = b"".join(os.read(source, 4096) for _ in range(50))
    assert got == source_sink.pattern(len(got))
    found = counters(source_sink, source_sink.inp)
    assert (found.max_pending, found.submitted) == (1, 50)


def test_depth_bounds_what_is_buffered(puppet, reader):
    """With nobody reading the device is NAKed: it keeps the rest."""
    puppet.inp.set("depth 4", "framing packet")
    give(puppet, *(b"%d" % number for number in range(10)))
    assert os.read(reader, 512) == b"0"
    wait_count(puppet.inp, "buffered", 4)
    assert puppet.inp.count("pending") == 0
    assert counters(puppet, puppet.inp).submitted == 5
    assert [os.read(reader, 512) for _ in range(9)] == [b"%d" % n for n in range(1, 10)]


def test_depth_lowered_while_transfers_are_in_flight(puppet, reader):
    puppet.inp.set("depth 8")
    give(puppet, b"abc")
    assert os.read(reader, 512) == b"abc"
    puppet.inp.set("depth 2")
    for number in range(12):
        give(puppet, b"%d" % number)
        assert os.read(reader, 512) == b"%d" % number
    assert puppet.inp.count("pending") == 2


# ---- writes that are answered before they are taken ----

@pytest.fixture
def writer(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    yield fd
    attempt(os.close, fd)


def stall_now(puppet):
    """What is in flight fails."""
    puppet.bus.control.command("stall", puppet.name, f"{puppet.out.address:02x}", "now")
    resume(puppet)


def write_until_full(fd, data):
    """How many writes are taken while the device takes nothing."""
    os.set_blocking(fd, False)
    number = 0
    while attempt(os.write, fd, data) == 0:
        number += 1
    os.set_blocking(fd, True)
    return number


@pytest.mark.parametrize("size,most", [(64 * KIB, 16), (256 * KIB, 4), (MIB, 2)])
def test_large_writes_are_pipelined(puppet, writer, size, most):
    """The first is waited for, and those behind it, up to a mebibyte or two of them, are not."""
    data = bytes(size)
    assert os.write(writer, data) == size
    pause(puppet)
    for _ in range(most - 1):
        assert os.write(writer, data) == size
    assert puppet.out.count("pending") >= most - 1, "the kernel has split some of them"
    resume(puppet)
    os.fsync(writer)
    assert taken(puppet).total == most * size
    assert counters(puppet, puppet.out).max_pending <= 16


def test_no_more_than_so_many(puppet, writer):
    data = bytes(64 * KIB)
    os.write(writer, data)
    pause(puppet)
    assert write_until_full(writer, data) == 16
    resume(puppet)
    os.fsync(writer)
    assert taken(puppet).total == 17 * len(data)


@pytest.mark.parametrize("size,depth", [(1000, "auto"), (64 * KIB, "1")])
def test_what_is_waited_for(puppet, writer, clients, size, depth):
    """Small writes, and all of them when the depth is 1."""
    puppet.out.set(f"depth {depth}")
    for _ in range(3):
        os.write(writer, bytes(64 * KIB))
    pause(puppet)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "print(os.write(fd, bytes(int(sys.argv[2]))), flush=True)", puppet.out.data, size)
    wait_armed(puppet.out)
    assert client.running() and client.out == b""
    resume(puppet)
    assert client.wait().out == b"%d\n" % size


@pytest.mark.parametrize("depth", [2, 5])
def test_depth_of_small_writes(puppet, writer, depth):
    puppet.out.set(f"depth {depth}")
    pause(puppet)
    assert write_until_full(writer, b"abc") == depth
    assert counters(puppet, puppet.out).pending == depth
    resume(puppet)
    os.fsync(writer)
    assert taken(puppet).packets == [3] * depth


def test_poll_knows_the_depth(puppet, writer):
    puppet.out.set("depth 2")
    pause(puppet)

    def writable(timeout):
        return bool(select.select([], [writer], [], timeout)[1])

    for _ in range(2):
        assert writable(10)
        os.write(writer, b"abc")
    assert not writable(0)
    resume(puppet)
    assert writable(10)


def test_writes_stay_in_order(puppet, writer):
    """Large and small ones, those that are waited for and those that are not."""
    texts = [os.urandom(size) for size in (64 * KIB, 64 * KIB, 3, 100_000, 70_001, 5, 64 * KIB)]
    for text in texts:
        assert os.write(writer, text) == len(text)
    os.fsync(writer)
    assert taken(puppet).data == b"".join(texts)


def test_an_error_shows_at_the_next_write(puppet, writer):
    puppet.out.set("depth 4")
    pause(puppet)
    for text in (b"one", b"two", b"three"):
        os.write(writer, text)
    stall_now(puppet)
    wait_count(puppet.out, "lost", 11)
    assert attempt(os.write, writer, b"four") == errno.EPIPE
    puppet.out.set("clear_halt")
    assert os.write(writer, b"five") == 4
    assert attempt(os.fsync, writer) == 0, "it was told once"
    assert puppet.out.count("errors") == 1
    assert taken(puppet).data == b"five"
    assert puppet.out.count("lost") == 11


@pytest.mark.parametrize("how", [os.fsync, os.close], ids=["fsync", "close"])
def test_an_error_shows_at_fsync_and_close(puppet, how):
    puppet.out.set("depth 4")
    pause(puppet)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    os.write(fd, b"one")
    os.write(fd, b"two")
    stall_now(puppet)
    assert attempt(how, fd) == errno.EPIPE
    if how is os.fsync:
        assert attempt(os.close, fd) == 0, "it was told once"
    assert puppet.out.count("lost") == 6 and taken(puppet).total == 0


def test_an_error_is_that_of_the_file(puppet):
    """Another writer of the same endpoint has nothing to do with it."""
    puppet.out.set("depth 4")
    pause(puppet)
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    os.write(one, b"one")
    stall_now(puppet)
    wait_count(puppet.out, "lost", 3)
    puppet.out.set("clear_halt")
    assert os.write(two, b"two") == 3
    assert attempt(os.close, two) == 0
    assert attempt(os.close, one) == errno.EPIPE


def test_what_is_behind_a_failed_write_is_not_sent(picky):
    """There would be a hole."""
    picky.out.set("depth 4")
    fd = os.open(picky.out.data, os.O_WRONLY)
    written = 0
    for text in (b"\1", b"\xff", b"\2"):
        if attempt(os.write, fd, text) == 0:
            written += 1
    assert picky.bus.control.taken(picky.name, picky.out.address).data == b"\1"
    failed = attempt(os.close, fd)
    assert picky.out.count("lost") == written - 1
    assert failed in (0, errno.EPIPE) and picky.out.count("errors") >= 1


def test_close_waits_for_what_is_queued(puppet, clients):
    puppet.out.set("depth 4")
    pause(puppet)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY); os.write(fd, b'abc'); os.write(fd, b'def')\n"
        "print('written', flush=True); os.close(fd)", puppet.out.data)
    client.wait_output(b"written\n")
    wait_waiting(puppet.out)
    assert client.running()
    resume(puppet)
    assert client.wait().status == 0
    assert taken(puppet).data == b"abcdef"


def test_a_large_file_arrives_as_it_is(loopback, clients, workdir):
    """Both directions with several transfers in flight."""
    text = os.urandom(5 * MIB + 7)
    (workdir / "in").write_bytes(text)
    loopback.inp.set("depth 8", "size 16k")
    loopback.out.set("depth 8")
    reader = clients.start("head", "-c", len(text), loopback.inp.data)
    clients.must('dd if="$1" of="$2" bs=10007 status=none', workdir / "in", loopback.out.data)
    assert reader.wait().out == text


# ---- all of it together ----

@pytest.mark.limit(60)
def test_knobs_change_while_a_stream_is_read(source_sink, source):
    """Whatever is set meanwhile, no byte is lost or comes twice."""
    chance = random.Random(1)
    knobs = {"depth": ["auto", "1", "3", "16", "64"], "size": ["auto", "512", "5000", "64k", "1M"],
             "latency": ["auto", "none", "1"], "timeout": ["none", "60000"],
             "framing": ["stream", "packet"], "auto_clear_halt": ["on", "off"],
             "share": ["queue", "broadcast"]}
    got = 0
    pattern = source_sink.pattern(64 * MIB)
    for _ in range(150):
        knob = chance.choice(list(knobs))
        source_sink.inp.set(f"{knob} {chance.choice(knobs[knob])}")
        for _ in range(chance.randrange(6)):
            data = os.read(source, chance.choice([1, 100, 512, 4096, 65536, 300_000]))
            assert data and data == pattern[got:got + len(data)]
            got += len(data)


@pytest.mark.limit(60)
def test_knobs_change_while_writing(puppet, writer):
    chance = random.Random(2)
    knobs = {"depth": ["auto", "1", "3", "16"], "end": ["none", "zlp"],
             "timeout": ["none", "60000"], "auto_clear_halt": ["on", "off"],
             "coalesce": ["on", "off"], "framing": ["stream", "hex", "length"]}
    for _ in range(150):
        knob = chance.choice(list(knobs))
        puppet.out.set(f"{knob} {chance.choice(knobs[knob])}")
        framing = puppet.out.knobs()["framing"]
        expected = b""
        for _ in range(chance.randrange(5)):
            data = os.urandom(chance.choice([1, 100, 512, 4096, 65536, 100_000]))
            expected += data
            text = {"stream": data, "hex": data.hex().encode() + b"\n",
                    "length": len(data).to_bytes(4, "little") + data}[framing]
            assert os.write(writer, text) == len(text)
        os.fsync(writer)
        assert taken(puppet).data == expected
