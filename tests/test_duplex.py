# SPDX-License-Identifier: MIT
"""Readers and writers at the same time, and several readers of one endpoint."""
import errno
import hashlib
import os

import pytest

from harness.endpoint import wait_blocked_reader
from harness.loop import send


@pytest.mark.limit(60)
def test_both_directions_at_once(loopback, clients, workdir):
    """A megabyte through the device: neither side waits for the other to end."""
    text = os.urandom(1 << 20)
    (workdir / "in").write_bytes(text)
    reader = clients.start("head", "-c", len(text), loopback.inp.data, deadline=50)
    writer = clients.start_sh('cat "$1" > "$2"', workdir / "in", loopback.out.data, deadline=50)
    assert writer.wait().status == 0
    assert hashlib.sha256(reader.wait().out).digest() == hashlib.sha256(text).digest()


def test_readers_are_served_in_order(loopback, clients):
    """Whoever came first gets the first transfer, whatever the buffer."""
    waiting = []
    for number, size in enumerate([64, 1, 4096, 2, 64]):
        waiting.append(clients.start("dd", f"if={loopback.inp.data}", f"bs={size}", "count=1",
                                     "status=none"))
        wait_blocked_reader(loopback.inp, number + 1)
    for client, text in zip(waiting, [b"first", b"2", b"third", b"45", b"fifth"]):
        send(loopback, text)
        assert client.wait().out == text


def test_a_long_transfer_serves_several_readers(loopback, clients):
    """The first takes what fits, the next goes on where it ended."""
    waiting = []
    for number in range(3):
        waiting.append(clients.start("dd", f"if={loopback.inp.data}", "bs=2", "count=1",
                                     "status=none"))
        wait_blocked_reader(loopback.inp, number + 1)
    send(loopback, b"abcdef")
    assert [client.wait().out for client in waiting] == [b"ab", b"cd", b"ef"]


def test_writers_do_not_mix(loopback, clients):
    """Each write arrives in one piece, whoever else writes."""
    writers = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "for i in range(20): os.write(fd, sys.argv[2].encode() * 50)",
        loopback.out.data, letter) for letter in "abcd"]
    with open(loopback.inp.data, "rb", buffering=0) as file:
        messages = [file.read(4096) for _ in range(80)]
    assert sorted(messages) == sorted(letter.encode() * 50 for letter in "abcd" for _ in range(20))
    for writer in writers:
        assert writer.wait().status == 0


def test_endpoints_do_not_hold_each_other_up(loopback, clients):
    """While one waits to read, another writes to the same device: two threads, one process."""
    client = clients.start_python(
        "import threading\n"
        "out = os.open(sys.argv[2], os.O_WRONLY); inp = os.open(sys.argv[1], os.O_RDONLY)\n"
        "got = []\n"
        "t = threading.Thread(target=lambda: got.append(os.read(inp, 100))); t.start()\n"
        "sys.stdin.readline()\n"
        "os.write(out, b'abc'); t.join(); print(got[0])",
        loopback.inp.data, loopback.out.data, stdin=True)
    wait_blocked_reader(loopback.inp)
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    assert client.wait().out == b"b'abc'\n"


def test_a_pair_reads_and_writes_on_one_descriptor(loopback, clients):
    """The reader is blocked when the writer comes: neither locks the other out."""
    (loopback.out.dir / "ctl").write_text(f"pair {loopback.inp.address:02x}\n")
    client = clients.start_python(
        "import threading\n"
        "fd = os.open(sys.argv[1], os.O_RDWR)\n"
        "got = []\n"
        "reader = threading.Thread(target=lambda: got.append(os.read(fd, 100)))\n"
        "reader.start()\n"
        "sys.stdin.readline()\n"
        "os.write(fd, b'ping')\n"
        "reader.join()\n"
        "print(got[0].decode())\n", loopback.out.data, stdin=True)
    wait_blocked_reader(loopback.inp)
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    assert client.wait().out.strip() == b"ping"


def test_a_pair_polls_both_ways(loopback, clients):
    (loopback.out.dir / "ctl").write_text(f"pair {loopback.inp.address:02x}\n")
    client = clients.python(
        "fd = os.open(sys.argv[1], os.O_RDWR)\n"
        "p = select.poll(); p.register(fd, select.POLLIN | select.POLLOUT)\n"
        "print(p.poll()[0][1] == select.POLLOUT)\n"
        "os.write(fd, b'ping')\n"
        "p.modify(fd, select.POLLIN)\n"
        "print(p.poll()[0][1] == select.POLLIN, os.read(fd, 9))\n", loopback.out.data)
    assert client.out.decode().split("\n")[:2] == ["True", "True b'ping'"]


def test_only_an_out_endpoint_has_a_pair_and_of_its_own_setting(loopback):
    def try_pair(endpoint, text):
        try:
            (endpoint.dir / "ctl").write_text(text)
        except OSError as error:
            return error.errno
        return 0

    there = f"pair {loopback.inp.address:02x}\n"
    assert try_pair(loopback.inp, there) == errno.EINVAL
    assert try_pair(loopback.out, "pair 8f\n") == errno.EINVAL
    assert try_pair(loopback.out, "pair\n") == errno.EINVAL
    assert try_pair(loopback.out, there) == 0
    assert there in loopback.out.ctl.read_text()
    assert try_pair(loopback.out, "pair none\n") == 0
    with pytest.raises(PermissionError):
        os.open(loopback.out.data, os.O_RDWR)


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
