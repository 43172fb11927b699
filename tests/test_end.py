# SPDX-License-Identifier: MIT
"""How transfers end, and when what was written has gone: zero-length packets, drain, flush, and
writes that are joined."""
import errno
import mmap
import os
import signal

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_count, wait_waiting
from harness.loop import send

pytestmark = pytest.mark.sim  # the control socket tells what the device has taken

MIB = 1 << 20


@pytest.fixture
def writer(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    yield fd
    os.close(fd)


def taken(device, clear=True):
    return device.bus.control.taken(device.name, device.out.address, clear)


def pause(device):
    device.bus.control.pause(device.name, device.out.address)


def resume(device):
    device.bus.control.resume(device.name, device.out.address)


def queue(clients, device, *texts):
    """The device is busy: a client that has written TEXTS and keeps the file open until it is told
    to close it. (Not we: fork() and exec would close it, too, and wait.)"""
    pause(device)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "for text in sys.argv[2:]: os.write(fd, text.encode())\n"
        "print('written', flush=True); sys.stdin.readline(); os.close(fd)",
        device.out.data, *texts, stdin=True)
    client.wait_output(b"written\n")
    return client


def close(client):
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    return client.wait()


def large_write(fd, size, offset=0):
    """With a buffer that begins so far behind the beginning of a page."""
    memory = mmap.mmap(-1, size + 4096)
    with memoryview(memory) as view:
        assert os.write(fd, view[offset:offset + size]) == size


# ---- end zlp ----

@pytest.mark.parametrize("size", [1, 511, 512, 513, 1024])
def test_end_zlp(puppet, writer, size):
    """After whole packets, and only then."""
    puppet.out.set("end zlp")
    os.write(writer, bytes(size))
    packets = [512] * (size // 512) + [size % 512]
    assert taken(puppet).packets == packets


def test_without_it_whole_packets_stand_alone(puppet, writer):
    os.write(writer, bytes(1024))
    os.fsync(writer)
    assert taken(puppet).packets == [512, 512]


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", [MIB - 512, MIB, 2 * MIB, 2 * MIB + 512, 2 * MIB + 1])
@pytest.mark.parametrize("depth", ["auto", "4"])
def test_end_zlp_of_large_writes(puppet, writer, size, aligned, depth):
    """The kernel splits them, at places that depend on where the buffer is. One ZLP, at the end."""
    puppet.out.set("end zlp", f"depth {depth}")
    large_write(writer, size, 0 if aligned else 300)
    os.fsync(writer)
    assert taken(puppet).packets == [512] * (size // 512) + [size % 512]


@pytest.mark.parametrize("offset", [0, 300])
def test_end_zlp_comes_by_itself(puppet, writer, offset):
    """Without another write, fsync or close."""
    puppet.out.set("end zlp")
    for number in (1, 2):
        large_write(writer, MIB, offset)
        wait_count(puppet.out, "zlps", number)
    assert taken(puppet).packets == ([512] * 2048 + [0]) * 2


@pytest.mark.parametrize("offset", [0, 300])
def test_end_zlp_between_large_writes(puppet, writer, offset):
    puppet.out.set("end zlp")
    for _ in range(3):
        large_write(writer, MIB, offset)
    os.fsync(writer)
    assert taken(puppet).packets == ([512] * 2048 + [0]) * 3
    assert puppet.out.count("zlps") == 3


# ---- the verb zlp ----

def test_zlp_alone(puppet, clients):
    """It is the first thing that happens to the device."""
    clients.must('echo zlp > "$1"', puppet.out.ctl)
    assert taken(puppet).packets == [0]


def test_zlp_goes_behind_queued_writes(puppet, clients):
    pause(puppet)
    writers = []
    for number, size in enumerate([3, 5]):
        writers.append(clients.start("dd", "if=/dev/zero", f"of={puppet.out.data}", f"bs={size}",
                                     "count=1", "conv=notrunc", "status=none"))
        wait_armed(puppet.out)
        procs.eventually(lambda n=number: puppet.out.count("waiting") == n, 5, "it is in the queue")
    zlp = clients.start_sh('echo zlp > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out, 2)
    assert zlp.running(), "it returns when the ZLP has been taken"
    resume(puppet)
    for client in (*writers, zlp):
        assert client.wait().status == 0
    assert taken(puppet).packets == [3, 5, 0]


def test_zlp_hears_of_a_stall(puppet):
    puppet.bus.stall(puppet, puppet.out)
    fd = os.open(puppet.out.ctl, os.O_WRONLY)
    try:
        assert attempt(os.write, fd, b"zlp\n") == errno.EPIPE
        assert attempt(os.write, fd, b"clear_halt\nzlp\n") == 0
    finally:
        os.close(fd)


def test_zlp_can_be_interrupted(puppet, clients):
    pause(puppet)
    client = clients.start_sh('echo zlp > "$1"', puppet.out.ctl)
    wait_armed(puppet.out)
    client.kill()
    resume(puppet)
    procs.eventually(lambda: puppet.out.count("pending") == 0, 5, "it was taken back")
    assert taken(puppet).packets == []


# ---- drain ----

def test_drain_of_nothing(puppet):
    puppet.out.set("drain")


def test_drain_waits_until_all_is_taken(puppet, clients):
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "one", "two", "three")
    drain = clients.start_sh('echo drain > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out)
    assert drain.running() and taken(puppet).total == 0
    resume(puppet)
    assert drain.wait().status == 0
    assert taken(puppet).data == b"onetwothree"
    assert close(writer).status == 0


def test_drain_waits_for_the_zlp(puppet, writer):
    """That of a large write comes a moment after it was answered."""
    puppet.out.set("end zlp")
    large_write(writer, MIB)
    puppet.out.set("drain")
    assert taken(puppet).packets[-1] == 0


def test_drain_waits_for_no_one_who_has_not_finished(puppet, writer):
    puppet.out.set("framing hex")
    os.write(writer, b"01 ")
    puppet.out.set("drain")
    os.write(writer, b"02\n")
    puppet.out.set("framing stream", "coalesce on")
    os.write(writer, b"ab")
    puppet.out.set("drain")
    os.fsync(writer)
    assert taken(puppet).data == b"\1\2ab"


def test_a_drain_that_goes_on_and_a_close_behind_it(puppet, clients):
    """Both are over at the same moment, and the first one begins to wait again."""
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "abc")
    drain = clients.start_python(
        "os.write(os.open(sys.argv[1], os.O_WRONLY), b'drain\\n' * 3)", puppet.out.ctl)
    wait_waiting(puppet.out)
    writer.process.stdin.write(b"\n")
    writer.process.stdin.flush()
    wait_waiting(puppet.out, 2)
    resume(puppet)
    assert drain.wait().status == 0 and writer.wait().status == 0
    assert taken(puppet).data == b"abc"


def test_drain_can_be_interrupted(puppet, clients):
    puppet.out.set("depth 4")
    writer = queue(clients, puppet, "abc")
    drain = clients.start_sh('echo drain > "$1"', puppet.out.ctl)
    wait_waiting(puppet.out)
    drain.kill()
    resume(puppet)
    assert close(writer).status == 0
    assert taken(puppet).data == b"abc"


# ---- flush ----

@pytest.mark.parametrize("framing", ["stream", "hex"])
def test_flush_of_what_was_read_ahead(puppet, framing):
    """Also the rest of a message that somebody has begun to read."""
    puppet.inp.set("depth 3", f"framing {framing}")
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    try:
        for text in (b"abc", b"def", b"ghi"):
            puppet.bus.give(puppet, puppet.inp, text)
        os.read(fd, 1)
        wait_count(puppet.inp, "buffered", 7)
        puppet.inp.set("flush")
        assert puppet.inp.count("buffered") == 0
        puppet.bus.give(puppet, puppet.inp, b"x")
        assert os.read(fd, 100) == (b"78\n" if framing == "hex" else b"x")
    finally:
        os.close(fd)


def test_flush_forgets_an_error(puppet):
    """Like all that is buffered."""
    puppet.inp.set("auto_clear_halt on", "depth 2", "framing packet")
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    try:
        puppet.bus.give(puppet, puppet.inp, b"abc")
        assert os.read(fd, 512) == b"abc"
        puppet.bus.stall(puppet, puppet.inp)
        wait_count(puppet.inp, "errors", 1)
        puppet.inp.set("flush")
        puppet.bus.give(puppet, puppet.inp, b"def")
        assert os.read(fd, 512) == b"def"
    finally:
        os.close(fd)


def test_flush_of_what_is_queued(puppet):
    """What had been accepted is lost, and its writer hears so."""
    puppet.out.set("depth 4")
    pause(puppet)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"one") + os.write(fd, b"two") == 6
    puppet.out.set("flush")
    resume(puppet)
    assert puppet.out.count("lost") == 6 and puppet.out.count("pending") == 0
    assert attempt(os.close, fd) == errno.ECANCELED
    assert taken(puppet).total == 0


@pytest.mark.parametrize("framing", ["stream", "hex"])
def test_flush_ends_a_blocked_writer(puppet, clients, framing):
    """Its bytes are discarded; it must not think that it may try again."""
    puppet.out.set(f"framing {framing}")
    pause(puppet)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "try: print(os.write(fd, b'61\\n62\\n'))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", puppet.out.data)
    wait_armed(puppet.out)
    puppet.out.set("flush")
    assert client.wait().out == b"ECANCELED\n"
    resume(puppet)
    puppet.out.set("drain")
    assert taken(puppet).total == 0 and puppet.out.count("lost") == 0


def test_flush_of_an_unfinished_line(puppet):
    puppet.out.set("framing hex")
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"01 02") == 5
    puppet.out.set("flush")
    assert os.write(fd, b"03\n") == 3
    os.close(fd)
    assert taken(puppet).data == b"\3" and puppet.out.count("lost") == 5


# ---- coalesce ----

@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_coalesce_makes_one_transfer(loopback, clients, shell):
    """bash writes line by line; that is one message all the same."""
    loopback.out.set("coalesce on")
    clients.must(r"printf 'a\nb\nc\n' > " + '"$1"', loopback.out.data, shell=shell)
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert file.read(4096) == b"a\nb\nc\n"
    assert loopback.out.count("transfers") == 1


def test_coalesce_sends_at_fsync(puppet, writer):
    puppet.out.set("coalesce on")
    for text in (b"abc", b"d", b"ef"):
        assert os.write(writer, text) == len(text)
    assert taken(puppet).packets == []
    os.fsync(writer)
    found = taken(puppet)
    assert (found.packets, found.data) == ([6], b"abcdef")
    os.write(writer, b"gh")
    os.fsync(writer)
    assert taken(puppet).data == b"gh"


def test_coalesce_of_nothing(puppet, clients):
    puppet.out.set("coalesce on")
    clients.must(': > "$1"', puppet.out.data)
    assert taken(puppet).packets == []


@pytest.mark.parametrize("end,extra", [("none", []), ("zlp", [0])])
@pytest.mark.parametrize("size", [1024, MIB, 2 * MIB])
def test_coalesce_and_end_zlp(puppet, clients, size, end, extra):
    puppet.out.set("coalesce on", f"end {end}")
    clients.must('head -c $2 /dev/zero > "$1"', puppet.out.data, size)
    assert taken(puppet).packets == [512] * (size // 512) + extra


def test_coalesce_of_more_than_a_mebibyte(puppet, clients, workdir):
    """Whole packets go ahead; on the wire it is one transfer."""
    text = os.urandom(3 * MIB + 100)
    (workdir / "in").write_bytes(text)
    puppet.out.set("coalesce on")
    clients.must('cat "$1" > "$2"', workdir / "in", puppet.out.data)
    found = taken(puppet)
    assert found.packets == [512] * (len(text) // 512) + [100]
    assert found.data == text[:MIB]


def test_coalesce_shows_an_error_at_close(puppet):
    puppet.out.set("coalesce on")
    puppet.bus.stall(puppet, puppet.out)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"abc") == 3
    assert attempt(os.close, fd) == errno.EPIPE
    assert puppet.out.count("lost") == 3


def test_coalesce_leaves_no_hole(puppet):
    """When its beginning has not been taken the end is not sent."""
    puppet.out.set("coalesce on")
    pause(puppet)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, bytes(MIB + 100)) == MIB + 100
    wait_armed(puppet.out)
    puppet.bus.control.stall(puppet.name, puppet.out.address)
    resume(puppet)
    wait_count(puppet.out, "errors", 1)
    puppet.out.set("clear_halt")
    assert attempt(os.close, fd) == errno.EPIPE
    assert taken(puppet).total == 0
    assert puppet.out.count("lost") == MIB + 100


def test_coalesce_switched_off_sends(puppet, writer):
    puppet.out.set("coalesce on")
    os.write(writer, b"abc")
    puppet.out.set("coalesce off")
    os.write(writer, b"def")
    assert taken(puppet).packets == [3, 3]


def test_two_writers_coalesce_each_for_itself(puppet):
    puppet.out.set("coalesce on")
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    for fd, text in ((one, b"a"), (two, b"b"), (one, b"A"), (two, b"B")):
        os.write(fd, text)
    os.close(one)
    os.close(two)
    assert taken(puppet).packets == [2, 2]


# ---- pair ----

def test_request_and_reply_on_one_descriptor(loopback, clients):
    loopback.out.set(f"pair {loopback.inp.address:02x}")
    assert clients.must('exec 3<> "$1"; echo ask >&3; head -n 1 <&3', loopback.out.data) == b"ask\n"


def test_a_pair_keeps_its_own_knobs(loopback, clients):
    """Reading and writing each have the framing of their own endpoint."""
    loopback.out.set(f"pair {loopback.inp.address:02x}", "framing hex", "coalesce on")
    loopback.inp.set("framing length")
    fd = os.open(loopback.out.data, os.O_RDWR)
    try:
        os.write(fd, b"61 62\n")
        assert os.read(fd, 100) == b"\2\0\0\0ab"
        send(loopback, b"63\n")
        assert os.read(fd, 100) == b"\1\0\0\0c"
    finally:
        os.close(fd)


# ---- writers beside each other ----

def test_another_writer_waits_for_the_zlp(puppet):
    """Else its packets would belong to the transfer before."""
    puppet.out.set("end zlp")
    one, two = (os.open(puppet.out.data, os.O_WRONLY) for _ in range(2))
    large_write(one, MIB)
    os.write(two, b"abc")
    os.close(one)
    os.close(two)
    assert taken(puppet).packets == [512] * 2048 + [0, 3]


def test_the_verb_zlp_waits_for_what_was_written_before(puppet, writer):
    puppet.out.set("depth 4")
    large_write(writer, MIB - 212)
    puppet.out.set("zlp")
    assert taken(puppet).packets == [512] * 2047 + [300, 0]


@pytest.mark.parametrize("extra", [1, 512])
@pytest.mark.parametrize("depth", ["auto", "4"])
def test_large_writes_do_not_mix(puppet, clients, depth, extra):
    """The kernel splits them, and others write meanwhile. The sizes of the packets tell."""
    puppet.out.set("end zlp", f"depth {depth}")
    pause(puppet)
    writers = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "print(os.writev(fd, [memoryview(__import__('mmap').mmap(-1, int(sys.argv[2])))]))",
        puppet.out.data, 2 * MIB + extra) for _ in range(2)]
    wait_armed(puppet.out)
    procs.eventually(lambda: puppet.out.count("waiting") + puppet.out.count("pending") >= 2, 5,
                     "both write")
    resume(puppet)
    for client in writers:
        assert client.wait().out == b"%d\n" % (2 * MIB + extra)
    puppet.out.set("drain")
    one = [512] * ((2 * MIB + extra) // 512) + [extra % 512]
    assert taken(puppet).packets == one + one


# ---- at the end ----

@pytest.mark.parametrize("knob", ["coalesce on", "framing hex", "framing length"])
@pytest.mark.parametrize("how", ["terminate", "unplug"])
def test_the_end_with_something_unfinished(puppet, clients, knob, how):
    """The file is still open; its writer hears of it at close, if there is anybody left to tell."""
    puppet.out.set(knob)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY); os.write(fd, b'01'); print('ok', flush=True)\n"
        "sys.stdin.readline()\n"
        "try: os.close(fd)\n"
        "except OSError as error: print(errno.errorcode[error.errno], flush=True)",
        puppet.out.data, stdin=True)
    client.wait_output(b"ok\n")
    if how == "unplug":
        puppet.unplug()
    else:
        os.kill(puppet.bus.daemon.pid, signal.SIGTERM)
        procs.eventually(lambda: puppet.bus.daemon.process.poll() is not None, 10, "it ends")
    assert close(client).out in (b"ok\nENODEV\n", b"ok\nENOTCONN\n", b"ok\nECONNABORTED\n")


@pytest.mark.parametrize("how", ["terminate", "unplug"])
def test_the_end_with_something_queued(puppet, clients, how):
    puppet.out.set("depth 4")
    client = queue(clients, puppet, "one", "two", "three")
    if how == "unplug":
        puppet.unplug()
        assert f"[Errno {errno.ENODEV}]" in close(client).complaint
    else:
        os.kill(puppet.bus.daemon.pid, signal.SIGTERM)
        procs.eventually(lambda: puppet.bus.daemon.process.poll() is not None, 10, "it ends")
        close(client)
