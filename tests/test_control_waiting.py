# SPDX-License-Identifier: MIT
"""A control request that the device does not answer: who waits can leave, and holds nobody up.
Requests 40-03 and c0-03 are NAKed for ever."""
import errno
import os
import select
import signal

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.control import Control, packed
from harness.loop import receive, send

KEEP, KEPT = "40-01-0000-0000", "c0-02-0000-0000"
NAK_IN, NAK_OUT = "c0-03-0000-0000-0001", "40-03-0000-0000"

# A blocked client for each of the doors: sys.argv[1] is the directory.
BLOCKED = {
    "setup, read": f"os.read(os.open(sys.argv[1] + '/setup/{NAK_IN}', os.O_RDONLY), 100)",
    "setup, written": f"os.write(os.open(sys.argv[1] + '/setup/{NAK_OUT}', os.O_WRONLY), b'abc')",
    "request": "os.write(os.open(sys.argv[1] + '/request', os.O_RDWR), b'c0 3 0 0 1')",
    "data": "os.write(os.open(sys.argv[1] + '/data', os.O_RDWR), "
            "bytes([0xc0, 3, 0, 0, 0, 0, 1, 0]))",
}


@pytest.fixture
def control(messages):
    control = Control(messages)
    control.ctl.write_text("timeout none\n")
    return control


@pytest.fixture(params=BLOCKED.values(), ids=BLOCKED)
def blocked(request, control, clients):
    client = clients.start_python(
        "try:\n    " + request.param + "\nexcept OSError as error:\n"
        "    print(errno.errorcode[error.errno])", control.dir)
    control.device.puppet.wait_pending(0, 1)
    return client


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
def test_a_blocked_client_ends(control, blocked, sig):
    blocked.signal(sig)
    result = blocked.wait(2)
    assert result.status == -sig or b"KeyboardInterrupt" in result.err
    control.device.puppet.wait_pending(0, 0)
    assert control.put(KEEP, b"abc") == 3
    assert control.get(KEPT) == b"abc"


def test_unplugging(control, blocked):
    control.device.unplug()
    result = blocked.wait()
    # A write that has waited for a second has returned.
    assert result.out in (b"ENODEV\n", b"")
    control.device.plug()
    assert Control(control.device).get("80-08-0000-0000-0001") == b"\x01"


def test_unplugging_is_told(control, clients):
    client = clients.start_python(
        f"try: os.read(os.open(sys.argv[1] + '/setup/{NAK_IN}', os.O_RDONLY), 100)\n"
        "except OSError as error: print(errno.errorcode[error.errno])", control.dir)
    control.device.puppet.wait_pending(0, 1)
    control.device.unplug()
    assert client.wait().out == b"ENODEV\n"


def test_files_of_a_device_that_has_gone(control):
    files = [os.open(path, flags) for path, flags in (
        (control.setup / KEPT, os.O_RDONLY), (control.request, os.O_RDWR),
        (control.data, os.O_RDWR))]
    os.write(files[1], b"get_configuration")
    control.device.unplug()
    try:
        assert attempt(os.read, files[0], 1) == errno.ENODEV
        assert os.read(files[1], 100) == b"01\n"
        assert attempt(os.read, files[1], 100) == errno.ENODEV
        for fd in files[1:]:
            assert attempt(os.write, fd, packed(0x80, 8, length=1)) in (errno.ENODEV, errno.EINVAL)
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            assert poll.poll(1000)[0][1] & select.POLLHUP
        assert attempt(os.write, files[2], packed(0x80, 8, length=1)) == errno.ENODEV
    finally:
        for fd in files:
            os.close(fd)


def test_other_endpoints_go_on(control, blocked):
    device = control.device
    fd = os.open(device.inp.data, os.O_RDONLY)
    try:
        for number in range(50):
            device.puppet.give(0x81, b"%d" % number)
            assert os.read(fd, 100) == b"%d" % number
            device.out.data.write_bytes(b"abc")
            device.puppet.wait_taken(0x02, 3)
            assert device.puppet.taken(0x02, clear=True).data == b"abc"
    finally:
        os.close(fd)
    assert blocked.running() or b"" == blocked.wait().out


def test_other_devices_and_the_tree_go_on(bus, clients):
    one, other = bus.mount("messages", "puppet")
    control = Control(one)
    control.ctl.write_text("timeout none\n")
    clients.start("cat", control.setup / NAK_IN)
    one.puppet.wait_pending(0, 1)
    assert len(Control(other).get("80-06-0100-0000-0012")) == 18
    assert "waiting for the device to answer" in control.status.read_text()
    assert os.listdir(control.setup)


def test_who_comes_behind(control, clients):
    """Waits its turn, can leave, and gets its own reply."""
    first = clients.start("cat", control.setup / NAK_IN)
    control.device.puppet.wait_pending(0, 1)
    second = clients.start("cat", control.setup / "80-08-0000-0000-0001")
    third = clients.start_sh('{ echo get_configuration >&0; cat; } <> "$1"', control.request)
    procs.eventually(lambda: control.said("waiting") == "3", 10, "three wait")
    second.signal(signal.SIGKILL)
    assert second.wait(2).status == -signal.SIGKILL
    procs.eventually(lambda: control.said("waiting") == "2", 10, "it has left")
    assert third.running()
    first.signal(signal.SIGKILL)
    assert first.wait(2).status == -signal.SIGKILL
    assert third.wait(5).out == b"01\n"


def test_a_writer_waits_in_close(control, clients):
    """After a second, and nobody is locked out from opening the file with >."""
    control.ctl.write_text("timeout 3000\n")
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "print(os.write(fd, b'abc'), flush=True)\n"
        "try: os.close(fd)\n"
        "except OSError as error: print(errno.errorcode[error.errno])",
        control.setup / NAK_OUT)
    client.wait_output(b"3\n")
    assert client.running()
    os.close(os.open(control.setup / NAK_OUT, os.O_WRONLY | os.O_TRUNC))
    assert client.wait().out == b"3\nETIMEDOUT\n"


def test_the_reply_comes_late(control):
    """Whoever asks first is told of an error, once."""
    control.ctl.write_text("timeout 1500\n")
    fd = os.open(control.request, os.O_RDWR)
    data = os.open(control.data, os.O_RDWR)
    try:
        assert os.write(fd, b"c0 3 0 0 1") == 10
        assert os.read(fd, 1000).startswith(b"error ETIMEDOUT: ")
        assert attempt(os.fsync, fd) == 0
        assert os.write(fd, b"c0 3 0 0 1") == 10
        assert attempt(os.fsync, fd) == errno.ETIMEDOUT
        assert attempt(os.fsync, fd) == 0
        assert os.read(fd, 1000).startswith(b"error ETIMEDOUT: ")
        assert os.write(data, packed(0xc0, 3, length=1)) == 8
        assert attempt(os.read, data, 1) == errno.ETIMEDOUT
        assert attempt(os.read, data, 1) == errno.ENODATA
    finally:
        os.close(fd)
        os.close(data)


def test_two_shells_never_see_each_others_reply(control, clients):
    rounds = paths.rounds(30)
    script = ('exec 3<> "$1"; for i in $(seq "$3"); do echo "80 06 030$2 0409 ff" >&3; '
              'read -r a <&3; echo "$a"; cat "$4/80-06-030$2-0409-00ff" | xxd -p -c 999; done')
    running = [clients.start_sh(script, control.request, number, rounds, control.setup,
                                deadline=60) for number in (1, 2, 3, 1, 2)]
    expected = {n: control.get(f"80-06-030{n}-0409-00ff") for n in (1, 2, 3)}
    assert len(set(expected.values())) == 3
    for client, number in zip(running, (1, 2, 3, 1, 2)):
        text = expected[number]
        assert client.wait().out.decode() == f"{text.hex(' ')}\n{text.hex()}\n" * rounds


def test_many_that_are_killed(control, clients):
    """None leaves anything behind that disturbs the next."""
    for number in range(paths.rounds(20)):
        client = clients.start_sh(
            'cat "$1" & cat "$2/80-06-0100-0000-0012" & '
            '{ echo c0 3 0 0 1 >&0; cat; } <> "$3" & wait', control.setup / NAK_IN, control.setup,
            control.request)
        control.device.puppet.wait_pending(0, 1)
        client.kill()
        control.put(KEEP, b"%d" % number)
        assert control.get(KEPT) == b"%d" % number
    control.wait_idle()


# ---- without waiting ----

def ready(fd, timeout=0):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(timeout))


def test_names_wait_all_the_same(control):
    """Like regular files: grep -r and file(1) open them so, and do not know EAGAIN."""
    control.put(KEEP, b"abcdef")
    fd = os.open(control.setup / KEPT, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert ready(fd)
        assert os.read(fd, 3) == b"abc"
        assert os.read(fd, 10) == b"def"
        assert os.read(fd, 10) == b""
    finally:
        os.close(fd)


def test_nonblocking_dialogue(control):
    fd = os.open(control.request, os.O_RDWR | os.O_NONBLOCK)
    try:
        for _ in range(20):
            assert os.write(fd, b"get_configuration") == 17
            assert ready(fd, 10000)
            assert os.read(fd, 100) == b"01\n"
            assert os.read(fd, 100) == b""
        os.write(fd, b"c0 3 0 0 1")
        assert attempt(os.write, fd, b"get_configuration") == errno.EAGAIN
        assert attempt(os.read, fd, 100) == errno.EAGAIN
        assert not ready(fd)
        control.device.puppet.wait_pending(0, 1)
        control.device.unplug()
        assert ready(fd, 10000)
        assert read_error_line(fd)
    finally:
        os.close(fd)
    control.device.plug()


def read_error_line(fd):
    return os.read(fd, 1000).startswith(b"error ENODEV: ")


def test_no_request_after_the_last_close(control, clients):
    """What nobody waits for any more is taken back, and the device is closed."""
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)\n"
        "os.write(fd, bytes([0xc0, 3, 0, 0, 0, 0, 1, 0]))\n"
        "print('closes', flush=True); os.close(fd); print('closed', flush=True)", control.data)
    client.wait_output(b"closes\n")
    control.device.puppet.wait_pending(0, 1)
    client.signal(signal.SIGKILL)
    assert client.wait(2).out == b"closes\n"
    control.device.puppet.wait_pending(0, 0)
    procs.eventually(lambda: not control.device.bus.is_open(control.device), 10, "it is closed")


# ---- calls that do not return ----

@pytest.mark.sim
def test_a_wedged_device_does_not_hold_its_clients(control, clients):
    control.device.puppet.wedge("open")
    control.device.bus.daemon.allow.append("abandon|do not answer|wedged")
    blocked = clients.start("cat", control.setup / "80-08-0000-0000-0001")
    procs.eventually(lambda: control.said("waiting") == "1", 10, "it waits")
    assert "waiting for the kernel" in control.status.read_text()
    blocked.kill()
    control.device.puppet.unwedge()


@pytest.mark.sim
def test_unmounting_with_a_request_in_flight(control, clients):
    blocked = clients.start_python(
        f"try: os.read(os.open(sys.argv[1] + '/setup/{NAK_IN}', os.O_RDONLY), 100)\n"
        "except OSError as error: print(errno.errorcode[error.errno])", control.dir)
    control.device.puppet.wait_pending(0, 1)
    os.kill(control.device.bus.daemon.pid, signal.SIGTERM)
    assert blocked.wait().out in (b"ENODEV\n", b"ECONNABORTED\n", b"ENOTCONN\n")


# ---- beside everything else ----

def test_a_reset_ends_what_is_in_flight(control, clients):
    client = clients.start_python(
        f"try: os.read(os.open(sys.argv[1] + '/setup/{NAK_IN}', os.O_RDONLY), 100)\n"
        "except OSError as error: print(errno.errorcode[error.errno])", control.dir)
    control.device.puppet.wait_pending(0, 1)
    (control.device.dir / "ctl").write_text("reset\n")
    assert client.wait().out == b"EIO\n"
    assert control.get("80-08-0000-0000-0001") == b"\x01"


def test_beside_a_stream(loopback, clients):
    control = Control(loopback)
    for number in range(20):
        send(loopback, b"%03d" % number)
        assert len(control.get("80-06-0100-0000-0012")) == 18
        assert receive(loopback, 3) == b"%03d" % number
