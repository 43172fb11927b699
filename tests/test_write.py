# SPDX-License-Identifier: MIT
"""Writing an OUT endpoint: one write(2) is one transfer, and returns when the device has it."""
import errno
import os
import stat

import pytest

from harness import paths
from harness.client import attempt
from harness.endpoint import wait_armed
from harness.loop import receive, send


@pytest.fixture
def writer(loopback):
    """The open OUT data file of the loopback device."""
    fd = os.open(loopback.out.data, os.O_WRONLY)
    yield fd
    os.close(fd)


def test_a_write_is_a_transfer(loopback, writer):
    """The loopback device sends back what it took in one transfer as one transfer."""
    messages = [b"a", b"bcd", b"e" * 100]
    for message in messages:
        assert os.write(writer, message) == len(message)
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert [file.read(4096) for _ in messages] == messages


def test_writev_is_one_transfer(loopback, writer):
    assert os.writev(writer, [b"abc", b"de", b"f"]) == 6
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert file.read(4096) == b"abcdef"


def test_writing_nothing_sends_nothing(loopback, writer):
    assert os.write(writer, b"") == 0
    assert loopback.out.count("transfers") == 0


@pytest.mark.parametrize("redirect", [">", ">>", "1<>", ">|"])
def test_redirections(loopback, clients, redirect):
    """Truncating and appending are what shells do to files; here they mean nothing.
    1<> opens for both directions, which an endpoint does not have."""
    result = clients.sh(f'/bin/echo hello {redirect} "$1"', loopback.out.data)
    if redirect == "1<>":
        assert result.status != 0 and "Permission denied" in result.complaint
        return
    assert result.status == 0, result
    assert receive(loopback, 6) == b"hello\n"


def test_truncate_is_harmless(loopback, writer):
    os.truncate(loopback.out.data, 0)
    os.ftruncate(writer, 0)
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


def test_no_position(writer):
    assert attempt(os.pwrite, writer, b"x", 100) == errno.ESPIPE


def test_an_out_endpoint_cannot_be_read(loopback):
    for flags in (os.O_RDONLY, os.O_RDWR):
        assert attempt(os.open, loopback.out.data, flags) == errno.EACCES


def test_looks_like_a_file(loopback):
    found = os.stat(loopback.out.data)
    assert stat.S_ISREG(found.st_mode) and found.st_mode & 0o777 == 0o220


def test_fsync(writer):
    os.write(writer, b"abc")
    os.fsync(writer)


@pytest.mark.parametrize("shell,expected", [
    ("bash", [b"ab\n", b"cd\n", b"ef"]),  # its built-ins write line by line
    ("dash", [b"ab\ncd\nef"]),
    ("busybox sh", [b"ab\ncd\nef"]),
])
def test_printf(loopback, clients, shell, expected):
    paths.require_program(shell.split()[0])
    clients.must(r'printf "ab\ncd\nef" > "$1"', loopback.out.data, shell=shell)
    with open(loopback.inp.data, "rb", buffering=0) as file:
        assert [file.read(4096) for _ in expected] == expected


def test_a_writer_waits_for_the_device(silent, clients):
    """The device NAKs: the writer blocks, can be interrupted, and nothing else is held up."""
    blocked = clients.start_sh('exec /bin/echo x > "$1"', silent.out.data)
    wait_armed(silent.out)
    assert blocked.running()
    os.stat(silent.out.data)
    blocked.kill()


def test_nonblock_says_eagain_when_the_device_is_behind(silent, clients):
    """The first write is under way; close would wait for it, until it is killed."""
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)\n"
        "print(os.write(fd, b'abc'), flush=True)\n"
        "try: os.write(fd, b'def')\n"
        "except BlockingIOError: print('again', flush=True)\n"
        "signal.pause()", silent.out.data)
    client.wait_output(b"3\nagain\n")
    client.kill()
