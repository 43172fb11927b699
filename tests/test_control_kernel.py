# SPDX-License-Identifier: MIT
"""Control requests of which the kernel has to know, and those to interfaces that somebody owns."""
import errno
import os

import pytest

from harness import procs
from harness.client import attempt
from harness.control import Control, packed


# ---- what is done otherwise than by a transfer ----

def test_set_address_is_refused(messages):
    control = Control(messages)
    assert attempt(control.get, "00-05-0001-0000-0000") == errno.EPERM
    assert attempt(control.put, "00-05-0001-0000", b"x") == errno.EPERM
    assert "SET_ADDRESS" in control.said("last_error")


def test_what_looks_like_it_is_refused(messages):
    control = Control(messages)
    assert attempt(control.put, "00-09-0001-0000", b"x") == errno.EINVAL
    assert attempt(control.get, "80-09-0001-0000-0001") == errno.EINVAL
    assert attempt(control.get, "00-0b-0001-0000-0000") == errno.EINVAL


@pytest.fixture
def interface(alternates):
    """An interface with several settings, that no driver has."""
    every = sorted(alternates.dir.glob("config*/interface*"))
    found = next(i for i in every if len(list((i / "altsettings").iterdir())) > 1)
    if alternates.bus.name == "usb":
        procs.eventually(lambda: (found / "driver").read_text() == "snd-usb-audio\n", 20,
                         "the driver binds")
        for one in every:
            (one / "driver").write_text("none\n")
    return found


def setting(interface):
    return int((interface / "bAlternateSetting").read_text())


def test_set_interface(alternates, interface):
    control = Control(alternates)
    number = int((interface / "bInterfaceNumber").read_text(), 16)
    for _ in range(5):
        for to in (1, 0):
            assert control.get(f"01-0b-{to:04x}-{number:04x}-0000") == b""
            assert setting(interface) == to
            shown = sorted(e.name for e in interface.glob("ep*"))
            assert shown == sorted(
                e.name for e in (interface / "altsettings" / str(to)).glob("ep*"))
    assert control.ask(f"set_interface {number} 1", f"get_interface {number}",
                       f"set_interface {number} 0", f"set_interface {number} 1") == [
                           "ok", "01", "ok", "ok"]
    assert setting(interface) == 1
    fd = os.open(control.data, os.O_RDWR)
    try:
        assert os.write(fd, packed(1, 11, 0, number)) == 8
        assert setting(interface) == 0
        assert os.read(fd, 10) == b""
        assert attempt(os.write, fd, packed(1, 11, 99, number)) == errno.EINVAL
        assert "no setting 99" in control.said("last_error")
    finally:
        os.close(fd)


@pytest.mark.sim
def test_set_configuration(alternates):
    control = Control(alternates)
    # Our own claims are no reason to refuse it.
    assert control.ask("get_interface 0", "get_interface 1") == ["00", "00"]
    for value in (2, 1, 2):
        control.get(f"00-09-{value:04x}-0000-0000")
        assert control.get("80-08-0000-0000-0001") == bytes([value])
        procs.eventually(lambda v=value: int((alternates.dir / "bConfigurationValue").read_text())
                         == v, 10, "the tree follows")
    assert control.ask("set_configuration 1", "get_configuration") == ["ok", "01"]
    assert attempt(control.get, "00-09-0009-0000-0000") in (errno.ENOENT, errno.EINVAL)
    assert "no configuration 9" in control.said("last_error")


@pytest.mark.parametrize("seen", [False, True], ids=["closed", "open"])
def test_clear_feature(messages, seen):
    """Resets the toggles on both sides, as clear_halt does, and the endpoint's status knows it."""
    control = Control(messages)
    fd = os.open(messages.inp.data, os.O_RDONLY)
    try:
        messages.puppet.stall(0x81)
        assert attempt(os.read, fd, 512) == errno.EPIPE
        if not seen:
            os.close(fd)
            procs.eventually(lambda: not messages.bus.is_open(messages), 10, "it is closed")
            fd = os.open(messages.inp.data, os.O_RDONLY)
        assert "clear it" in messages.inp.said("last_error")
        assert control.ask("get_status endpoint 81", "clear_feature endpoint_halt 81",
                           "get_status endpoint 81") == ["01 00", "ok", "00 00"]
        procs.eventually(lambda: "cleared since" in messages.inp.said("last_error"), 10, "known")
        messages.puppet.give(0x81, b"abc")
        assert os.read(fd, 512) == b"abc"
    finally:
        os.close(fd)


def test_set_feature(messages):
    control = Control(messages)
    assert control.ask("set_feature endpoint_halt 02", "get_status endpoint 02") == ["ok", "01 00"]
    fd = os.open(messages.out.data, os.O_WRONLY)
    try:
        assert attempt(os.write, fd, b"abc") == errno.EPIPE
        control.get("02-01-0000-0002-0000")
        assert os.write(fd, b"abc") == 3
    finally:
        os.close(fd)


def test_what_is_not_there(messages):
    control = Control(messages)
    assert attempt(control.get, "81-00-0000-0009-0002") == errno.ENOENT
    assert "no interface 9" in control.said("last_error")
    for name in ("82-00-0000-008e-0002", "02-01-0000-008e-0000"):
        assert attempt(control.get, name) == errno.ENOENT
        assert "no endpoint 8e" in control.said("last_error")


# ---- who owns the interface ----

@pytest.fixture
def owned(bus, request):
    """A keyboard that usbhid has: its directory's Control."""
    if bus.name == "sim":
        mount = bus.mount_file(request.config.rootpath / "tests" / "devices" / "hid-keyboard.dev")
    else:
        mount = bus.mount("keyboard")[0].mount

    def find():
        return next((d.parents[2] for d in mount.glob("*/config1/interface0/driver")
                     if d.read_text() == "usbhid\n"), None)

    class Device:
        dir = procs.eventually(find, 20, "usbhid binds")

    return Control(Device)


def driver_of(control):
    return control.device.dir / "config1" / "interface0" / "driver"


def report_names(control):
    return [name for name in os.listdir(control.setup) if name.startswith("81-06-22")]


def test_a_driver_has_the_interface(owned):
    assert len(owned.get("80-06-0100-0000-0012")) == 18
    for name in ("81-06-2200-0000-0040", "a1-01-0100-0000-0008", "82-00-0000-0081-0002",
                 "81-0a-0000-0000-0001", "01-0b-0000-0000-0000", "02-01-0000-0081-0000"):
        assert attempt(owned.get, name) == errno.EBUSY, name
        said = owned.said("last_error")
        assert "usbhid owns interface 0" in said, said
        assert "echo none > ../config1/interface0/driver" in said
    assert attempt(owned.put, "21-09-0200-0000", b"\0") == errno.EBUSY
    # Nobody need own it for that, and nobody has taken it away.
    assert attempt(owned.get, "c1-77-0000-0000-0001") == errno.EPIPE
    assert driver_of(owned).read_text() == "usbhid\n"


def test_hid_requests(owned):
    assert not report_names(owned)
    driver_of(owned).write_text("none\n")
    procs.eventually(lambda: report_names(owned), 10, "its report descriptor is listed")
    (name,) = report_names(owned)
    report = owned.get(name)
    assert len(report) == int(name[-4:], 16) and report[:4] == bytes.fromhex("05010906")
    assert bytes.fromhex(owned.ask("get_descriptor report 0")[0]) == report
    # SET_IDLE, and SET_REPORT, which is for the LEDs.
    assert owned.get("21-0a-0000-0000-0000") == b""
    assert owned.put("21-09-0200-0000-0001", b"\2") == 1
    driver_of(owned).write_text("auto\n")
    assert driver_of(owned).read_text() == "usbhid\n"


def test_looking_at_everything_takes_nothing_away(owned, clients):
    clients.must('grep -r --exclude=data . "$1" > /dev/null', owned.device.dir)
    clients.must('find "$1" -type f ! -name data -exec file {} + > /dev/null', owned.device.dir)
    assert driver_of(owned).read_text() == "usbhid\n"


@pytest.mark.usb
def test_get_report(owned):
    driver_of(owned).write_text("none\n")
    assert owned.get("a1-01-0100-0000-0008") == bytes(8)
