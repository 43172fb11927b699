# SPDX-License-Identifier: MIT
"""QEMU's devices on its xHCI, which have drivers of the kernel's: a keyboard, a stick, a serial
adapter."""
import os
import select

import pytest

from harness import paths, procs
from harness.client import attempt

pytestmark = pytest.mark.usb


def bound_driver(device):
    """The kernel driver of the device's first interface, as sysfs has it."""
    link = f"/sys/bus/usb/devices/{device.dir.name}:1.0/driver"
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


def wait_driver(device, name):
    """udev loads modules and binds them when it gets round to it."""
    procs.eventually(lambda: bound_driver(device) == name, 20, f"{name} binds")


def take_away(device, driver):
    wait_driver(device, driver)
    procs.eventually(lambda: device.inp.driver.read_text() == driver + "\n", 10, "the tree knows")
    device.inp.driver.write_text("none\n")
    assert bound_driver(device) is None


# ---- the keyboard ----

def test_typed_keys_come_one_report_a_read(keyboard):
    take_away(keyboard, "usbhid")
    fd = os.open(keyboard.inp.data, os.O_RDONLY)
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    try:
        assert poll.poll(0) == []
        # u, s, b: the usages of the keyboard page, and all keys up again after each.
        for key, usage in (("u", 0x18), ("s", 0x16), ("b", 0x05)):
            keyboard.bus.type_key(keyboard, key)
            for report in (bytes([0, 0, usage, 0, 0, 0, 0, 0]), bytes(8)):
                assert poll.poll(10000) == [(fd, select.POLLIN)]
                assert os.read(fd, 4096) == report
        assert poll.poll(50) == []
    finally:
        os.close(fd)


def test_the_driver_is_back_after_the_unmount(keyboard):
    take_away(keyboard, "usbhid")
    name = keyboard.dir.name
    assert keyboard.bus.daemon.stop() == []
    link = f"/sys/bus/usb/devices/{name}:1.0/driver"
    assert os.path.basename(os.readlink(link)) == "usbhid"


def test_the_driver_is_not_taken_by_looking(keyboard, clients):
    wait_driver(keyboard, "usbhid")
    clients.must('grep -r --exclude=data . "$1" > /dev/null', keyboard.dir)
    with open(keyboard.inp.data, "rb", buffering=0) as file:
        assert attempt(file.read, 8) == 16  # EBUSY
    assert bound_driver(keyboard) == "usbhid"


# ---- the stick ----

@pytest.mark.limit(90)
def test_bulk_only_transport(storage, clients, workdir):
    """A program of forty lines reads the stick without the kernel's driver. Several times: QEMU's
    stick stalls when it is asked for more than it has, and whether it is was a matter of timing."""
    take_away(storage, "usb-storage")
    interface = storage.inp.dir.parent
    for _ in range(5):
        result = clients.sh('"$1" "$2" "$3" > "$4"', paths.PYTHON,
                            paths.REPO / "tools" / "examples" / "bot.py", interface,
                            workdir / "image", deadline=60)
        assert result.status == 0, result
        assert "QEMU" in result.complaint and "16384 blocks of 512 bytes" in result.complaint
        with open(os.environ["VM_STICK"], "rb") as stick:
            assert (workdir / "image").read_bytes() == stick.read(1 << 20)


def test_the_example_is_short():
    text = (paths.REPO / "tools" / "examples" / "bot.py").read_text()
    assert text.count("\n") <= 40


# ---- the serial adapter: an FTDI, whose far end is a port of this guest ----

@pytest.fixture
def port():
    fd = os.open("/dev/virtio-ports/ftdi", os.O_RDWR | os.O_NONBLOCK)
    yield fd
    os.close(fd)


def without_status(packets):
    """An FTDI begins each packet with two bytes about its lines."""
    return b"".join(packet[2:] for packet in packets)


def receive_bytes(fd, size, timeout=10):
    got = b""
    while len(got) < size:
        assert procs.wait_readable(fd, timeout), f"only {got!r}"
        got += os.read(fd, size - len(got))
    return got


def test_bytes_both_ways(serial, port, clients):
    take_away(serial, "ftdi_sio")
    clients.must('printf "to the port" > "$1"', serial.out.data)
    assert receive_bytes(port, 11) == b"to the port"

    fd = os.open(serial.inp.data, os.O_RDONLY)
    try:
        os.write(port, b"from the port")
        packets = []
        while len(without_status(packets)) < 13:
            packets.append(os.read(fd, 64))
        assert without_status(packets) == b"from the port"
    finally:
        os.close(fd)


# ---- device_del and device_add ----

@pytest.mark.soak
@pytest.mark.limit(900)
def test_two_hundred_times(keyboard, clients):
    """device_del under a blocked reader and an idle open file, device_add, again and again: the
    daemon does not grow. (tests/test_unplug.py does it with a gadget and a running copy.)"""
    pid = keyboard.bus.daemon.pid

    def once():
        take_away(keyboard, "usbhid")
        idle = os.open(keyboard.inp.data, os.O_RDONLY)
        try:
            blocked = clients.start("cat", keyboard.inp.data)
            procs.eventually(lambda: keyboard.inp.count("waiting"), 10, "the reader waits")
            keyboard.unplug()
            assert "No such device" in blocked.wait().complaint
            poll = select.poll()
            poll.register(idle, select.POLLIN)
            assert poll.poll(10000)[0][1] & select.POLLHUP
            keyboard.plug()
        finally:
            os.close(idle)

    for _ in range(40):  # until everything has its final size
        once()
    files, size = procs.open_files(pid), procs.resident_kib(pid)
    for _ in range(160):
        once()
    procs.eventually(lambda: procs.open_files(pid) <= files, 10, "files are closed")
    procs.eventually(lambda: len(procs.threads(pid)) <= 4, 10, "the workers end")
    assert procs.resident_kib(pid) - size < 1024
