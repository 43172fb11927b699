# SPDX-License-Identifier: MIT
"""What goes wrong, as an errno to programs and in words to people."""
import errno
import os

import pytest

from harness.client import attempt
from harness.endpoint import wait_blocked_reader
from harness.loop import receive, send


@pytest.fixture
def reader(loopback):
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def puppet_reader(puppet):
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_stall_is_epipe_until_it_is_cleared(puppet, puppet_reader):
    puppet.bus.stall(puppet, puppet.inp)
    assert attempt(os.read, puppet_reader, 10) == errno.EPIPE
    assert "clear_halt" in puppet.inp.status.read_text()
    assert attempt(os.read, puppet_reader, 10) == errno.EPIPE, "the endpoint is still halted"
    puppet.inp.ctl.write_text("clear_halt\n")
    puppet.bus.give(puppet, puppet.inp, b"abc")
    assert os.read(puppet_reader, 10) == b"abc"


def test_a_blocked_reader_hears_of_a_stall(puppet, clients):
    blocked = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "try: print(os.read(fd, 100))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    puppet.bus.stall(puppet, puppet.inp)
    assert blocked.wait().out == b"EPIPE\n"


def test_stalled_writes(puppet):
    fd = os.open(puppet.out.data, os.O_WRONLY)
    try:
        puppet.bus.stall(puppet, puppet.out)
        assert attempt(os.write, fd, b"abc") == errno.EPIPE
        assert "clear_halt" in puppet.out.status.read_text()
        puppet.out.ctl.write_text("clear_halt\n")
        os.set_blocking(fd, False)
        assert os.write(fd, b"abc") == 3
        assert puppet.bus.take(puppet, puppet.out) == b"abc"
    finally:
        os.close(fd)


def test_what_arrived_before_a_stall_comes_first(puppet, puppet_reader, clients):
    """The transfer asks for a thousand bytes; the device sends a packet, and stalls."""
    packet = bytes(puppet.inp.packet)
    blocked = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "print(len(os.read(fd, 2048)), flush=True)\n"
        "try: print(os.read(fd, 2048))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", puppet.inp.data)
    wait_blocked_reader(puppet.inp)
    puppet.bus.give(puppet, puppet.inp, packet)
    puppet.bus.stall(puppet, puppet.inp)
    assert blocked.wait().out == b"%d\nEPIPE\n" % len(packet)


def test_a_zlp_is_not_the_end(puppet, puppet_reader):
    puppet.bus.give(puppet, puppet.inp, b"")
    puppet.bus.give(puppet, puppet.inp, b"abc")
    assert os.read(puppet_reader, 10) == b"abc"
    assert puppet.inp.count("zlps") == 1


@pytest.mark.sim
def test_babble_is_eoverflow(puppet, puppet_reader):
    puppet.bus.babble(puppet, puppet.inp)
    assert attempt(os.read, puppet_reader, 10) == errno.EOVERFLOW
    assert "babble" in puppet.inp.status.read_text()
    puppet.bus.give(puppet, puppet.inp, b"abc")
    assert os.read(puppet_reader, 10) == b"abc", "an error is reported once"


@pytest.mark.parametrize("text", ["", "nonsense", "clear_halt now", "CLEAR_HALT", "\0", "x" * 5000])
def test_what_is_no_command_is_einval(loopback, text):
    for path in (loopback.inp.ctl, loopback.dir / "ctl", loopback.inp.driver):
        fd = os.open(path, os.O_WRONLY)
        try:
            if text:  # a write of nothing never gets there
                assert attempt(os.write, fd, text.encode()) == errno.EINVAL, path
        finally:
            os.close(fd)


@pytest.mark.parametrize("text", ["flush", "flush\n", "  flush \n"])
def test_flush_discards_what_is_buffered(loopback, reader, text):
    send(loopback, b"abcdef")
    assert os.read(reader, 2) == b"ab"
    loopback.inp.ctl.write_text(text)
    send(loopback, b"xyz")
    assert os.read(reader, 10) == b"xyz"


def test_ctl_says_what_it_knows(loopback, clients):
    """Someone who does not know the words reads the file."""
    assert b"clear_halt" in clients.must('cat "$1"', loopback.inp.ctl)
    assert b"reset" in clients.must('cat "$1"', loopback.dir / "ctl")


def test_clear_halt_of_an_endpoint_that_is_not_halted(loopback):
    send(loopback, b"abc")
    loopback.inp.ctl.write_text("clear_halt\n")


def test_reset(loopback):
    """Returns when the device is back."""
    (loopback.dir / "ctl").write_text("reset\n")
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


def test_status_is_for_everyone_and_for_scripts(loopback, clients):
    text = clients.must('cat "$1"', loopback.inp.status).decode()
    assert all(": " in line for line in text.splitlines())
    assert text.startswith("state: idle\n")
    assert b"state: present" in clients.must('cat "$1"', loopback.dir / "status")


# ---- drivers ----

def test_a_driver_owns_it(keyboard, clients):
    """Neither reading nor opening takes a keyboard away from whoever types on it."""
    before = keyboard.inp.driver.read_text()
    assert before.strip() == "usbhid"
    fd = os.open(keyboard.inp.data, os.O_RDONLY)
    try:
        assert attempt(os.read, fd, 8) == errno.EBUSY
    finally:
        os.close(fd)
    said = keyboard.inp.status.read_text()
    assert "usbhid" in said and "echo none >" in said
    assert keyboard.inp.driver.read_text() == before


def test_taking_a_driver_away_and_giving_it_back(keyboard, clients):
    clients.must('echo none > "$1"', keyboard.inp.driver)
    assert keyboard.inp.driver.read_text() != "usbhid\n"
    fd = os.open(keyboard.inp.data, os.O_RDONLY | os.O_NONBLOCK)
    assert attempt(os.read, fd, 8) == errno.EAGAIN
    os.close(fd)
    clients.must('echo auto > "$1"', keyboard.inp.driver)
    assert keyboard.inp.driver.read_text() == "usbhid\n"


def test_a_report_is_a_read(keyboard, clients):
    """Typing comes out one report per read: a key down, a key up."""
    clients.must('echo none > "$1"', keyboard.inp.driver)
    fd = os.open(keyboard.inp.data, os.O_RDONLY)
    try:
        for key, code in (("a", 4), ("b", 5), ("1", 30)):
            keyboard.bus.type_key(keyboard, key)
            assert os.read(fd, 4096) == bytes([0, 0, code, 0, 0, 0, 0, 0])
            assert os.read(fd, 4096) == bytes(8)
    finally:
        os.close(fd)
