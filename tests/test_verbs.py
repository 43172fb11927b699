# SPDX-License-Identifier: MIT
"""Verbs and settings of a device as a whole: reset, remove, authorization, power management. When
the write returns the thing is done, and the tree shows it."""
import errno
import os
import re
import select
from pathlib import Path

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_blocked_reader
from harness.loop import receive, send

ERRNO_OF_READ = """
fd = os.open(sys.argv[1], os.O_RDONLY)
try:
    print(os.read(fd, 100))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def ctl(device, *lines):
    (device.dir / "ctl").write_text("".join(f"{line}\n" for line in lines))


def settings(device):
    lines = (device.dir / "ctl").read_text().splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


def power_of(device):
    """None while it is not there."""
    try:
        return settings(device).get("power")  # a device that has just gone has no settings
    except OSError:
        return None


def said(directory, key):
    found = re.search(rf"^{key}: (.*)$", (directory / "status").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def works(device):
    send(device, b"still alive")
    return receive(device, 11) == b"still alive"


# ---- reset ----

class Restless:
    def __init__(self, bus, name):
        self.mount = bus.mount_file(paths.DEVICES / "restless.dev")
        self.name = name
        self.dir = next(d for d in self.mount.iterdir()
                        if (d / "serial").exists() and name.upper() in (d / "serial").read_text())


@pytest.mark.sim
def test_a_reset_that_brings_it_back_as_another_device(bus, clients):
    device = Restless(bus, "firmware")
    reader = clients.start_python(ERRNO_OF_READ, device.dir / "config1/interface0/ep81/data")
    bus.control.wait_pending(device.name, 0x81, 1)
    before, inode = (device.dir / "devnum").read_text(), os.stat(device.dir).st_ino
    ctl(device, "reset")
    assert (device.dir / "devnum").read_text() != before
    assert os.stat(device.dir).st_ino != inode
    assert reader.wait().out == b"ENODEV\n"
    assert said(device.dir, "state") == "present"


@pytest.mark.sim
@pytest.mark.limit(30)
def test_a_reset_that_does_not_bring_it_back(bus, clients):
    device = Restless(bus, "fragile")
    result = clients.sh('echo reset > "$1"', device.dir / "ctl", deadline=20)
    assert result.status == 1 and b"No such device" in result.err
    assert not device.dir.exists()


@pytest.mark.sim
def test_who_waits_for_it_to_come_back_can_be_killed(bus, clients):
    device = Restless(bus, "fragile")
    waiting = clients.start_sh('echo reset > "$1"', device.dir / "ctl")
    bus.control.wait_plugged(device.name, False)
    assert waiting.running()
    waiting.kill()
    assert (device.mount / "1-1" / "devnum").read_text()


@pytest.mark.sim
def test_lines_after_a_reset_are_not_for_the_next_device(bus):
    device = Restless(bus, "firmware")
    with pytest.raises(OSError) as error:
        ctl(device, "reset", "power auto")
    assert error.value.errno == errno.ENODEV
    bus.control.wait_plugged(device.name)
    procs.eventually(lambda: power_of(device) == "on", 5, "it is back as it was")


@pytest.mark.usb
@pytest.mark.limit(60)
def test_a_reset_after_which_it_has_other_descriptors(messages, clients):
    """As a device has that was given firmware."""
    puppet, directory = messages.puppet, messages.dir
    reader = clients.start_python(ERRNO_OF_READ, messages.inp.data)
    wait_blocked_reader(messages.inp)
    before, inode = (directory / "devnum").read_text(), os.stat(directory).st_ino
    old = puppet.descriptor
    puppet.descriptor = old[:12] + bytes([0x34, 0x12]) + old[14:]
    try:
        clients.must('echo reset > "$1"', directory / "ctl", deadline=30)
        assert (directory / "bcdDevice").read_text() == "1234\n"
        assert (directory / "devnum").read_text() != before
        assert os.stat(directory).st_ino != inode
        assert reader.wait().out == b"ENODEV\n"
    finally:
        puppet.descriptor = old


@pytest.mark.sim
@pytest.mark.parametrize("call,line,state", [("reset", "reset", "resetting"),
                                             ("attribute", "remove", "removing"),
                                             ("attribute", "authorize off", "deauthorizing"),
                                             ("attribute", "power auto", "setting")])
def test_a_verb_that_hangs(bus, clients, call, line, state):
    wedged, loopback = bus.mount("silent", "loopback")
    bus.wedge(wedged, call)
    hanging = clients.start_sh('echo "$2" > "$1"', wedged.dir / "ctl", line)
    procs.eventually(lambda: re.fullmatch(rf"{state} since \d+ s", said(wedged.dir, "state")), 10,
                     "status says so")
    assert works(loopback)
    hanging.kill()
    bus.unwedge(wedged)


@pytest.mark.sim
@pytest.mark.limit(40)
def test_a_verb_that_hangs_keeps_nobody_out(bus, clients):
    """Not for long: opening with > needs the kernel's lock of the file, which a write holds."""
    (wedged,) = bus.mount("silent")
    bus.wedge(wedged, "reset")
    hanging = clients.start_sh('echo reset > "$1"', wedged.dir / "ctl")
    procs.eventually(lambda: said(wedged.dir, "state").startswith("resetting"), 10, "it hangs")
    second = clients.sh('echo power auto > "$1"', wedged.dir / "ctl", deadline=15)
    assert second.status == 1 and b"busy" in second.err
    assert said(wedged.dir, "last_error").startswith("EBUSY")
    assert hanging.running(), "it waits in close()"
    bus.unwedge(wedged)
    assert hanging.wait().status == 0
    assert settings(wedged)["power"] == "on"
    assert said(wedged.dir, "state") == "present"


@pytest.mark.sim
@pytest.mark.limit(40)
def test_close_tells_the_error_of_a_verb_that_took_long(bus, clients):
    device = Restless(bus, "fragile")
    bus.control.wedge(device.name, "reset")
    code = """
fd = os.open(sys.argv[1], os.O_WRONLY)
print(os.write(fd, b"reset\\n"), flush=True)
try:
    os.close(fd)
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    writer = clients.start_python(code, device.dir / "ctl", deadline=30)
    writer.wait_output(b"6\n")
    bus.control.unwedge(device.name)
    assert writer.wait().out == b"6\nENODEV\n"


@pytest.mark.sim
@pytest.mark.limit(40)
def test_who_waits_in_close_can_be_killed(bus, clients):
    (wedged,) = bus.mount("silent")
    bus.wedge(wedged, "reset")
    writer = clients.start_python("fd = os.open(sys.argv[1], os.O_WRONLY)\n"
                                  "print(os.write(fd, b'reset'), flush=True)\n"
                                  "os.close(fd)\n", wedged.dir / "ctl")
    writer.wait_output(b"5\n")
    writer.kill()
    bus.unwedge(wedged)
    procs.eventually(lambda: said(wedged.dir, "state") == "present", 10, "it ends")


# ---- authorization ----

def test_authorization(loopback, clients):
    reader = clients.start_python(ERRNO_OF_READ, loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    directory, data = loopback.dir, loopback.inp.data
    clients.must('echo authorize off > "$1"', directory / "ctl")
    assert (directory / "bConfigurationValue").read_text() == ""
    assert not data.exists() and not list(directory.glob("config*/interface*/driver"))
    assert (directory / "authorized").read_text() == "0\n"
    assert said(directory, "state") == "not authorized"
    assert settings(loopback)["authorize"] == "off"
    assert reader.wait().out == b"ESHUTDOWN\n"
    clients.must('echo authorize on > "$1"', directory / "ctl")
    assert (directory / "bConfigurationValue").read_text().strip()
    assert data.exists() and said(directory, "state") == "present"
    assert works(loopback)


def test_open_files_of_a_device_without_authorization(loopback):
    fd = os.open(loopback.inp.data, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert attempt(os.read, fd, 10) == errno.EAGAIN
        wait_armed(loopback.inp)
        ctl(loopback, "authorize off")
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        assert procs.eventually(lambda: [event & select.POLLHUP for _, event in poll.poll(0)], 10,
                                "POLLHUP")
        assert attempt(os.read, fd, 10) == errno.ESHUTDOWN
        ctl(loopback, "authorize on")
        assert attempt(os.read, fd, 10) == errno.ESHUTDOWN, "for ever"
        assert works(loopback)
    finally:
        os.close(fd)


def test_authorization_twice(loopback):
    for word in ("off", "off", "on", "on"):
        ctl(loopback, f"authorize {word}")
    ctl(loopback, "authorize off", "authorize on")
    assert works(loopback)


def test_authorization_as_in_sysfs(loopback, clients):
    file = loopback.dir / "authorized"
    clients.must('echo 0 > "$1"', file)
    assert (loopback.dir / "bConfigurationValue").read_text() == ""
    clients.must('echo 1 > "$1"', file)
    assert works(loopback)


@pytest.mark.usb
def test_authorization_by_others(loopback):
    ctl(loopback, "authorize off")
    (Path("/sys/bus/usb/devices") / loopback.dir.name / "authorized").write_text("1")
    procs.eventually(lambda: loopback.endpoints, 10, "it is configured")
    assert works(loopback)


def test_a_driver_comes_back_with_the_authorization(keyboard):
    keyboard.inp.driver.write_text("none\n")
    ctl(keyboard, "authorize off")
    ctl(keyboard, "authorize on")
    procs.eventually(lambda: keyboard.inp.driver.read_text() == "usbhid\n", 10, "it is bound")
    assert said(keyboard.dir, "drivers detached") == "0"


# ---- removing ----

def test_remove(bus, clients):
    loopback, other = bus.mount("loopback", "silent")
    directory = loopback.dir
    reader = clients.start_python(ERRNO_OF_READ, loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    clients.must('echo remove > "$1"', directory / "ctl")
    assert not directory.exists()
    assert reader.wait().out == b"ENODEV\n"
    assert other.dir.exists()
    # What was removed is not there to be unplugged for the simulated bus.
    if bus.name == "usb":
        loopback.hardware.unplug()
    loopback.plug()
    assert works(loopback)


@pytest.mark.usb
def test_a_root_hub_cannot_be_removed(loopback):
    hub = loopback.mount / f"usb{(loopback.dir / 'busnum').read_text().strip()}"
    assert attempt((hub / "ctl").write_text, "remove\n") == errno.EINVAL
    assert said(hub, "last_error").startswith("EINVAL") and "root hub" in said(hub, "last_error")
    assert works(loopback), "nothing has happened to what is below"


# ---- power management ----

def test_power_management(loopback, clients, workdir):
    control = loopback.dir / "power" / "control"
    delay = loopback.dir / "power" / "autosuspend_delay_ms"
    clients.must('cat "$1" > "$2"', loopback.dir / "ctl", workdir / "saved")
    before = settings(loopback)
    assert set(before) == {"power", "autosuspend_delay", "authorize"}
    ctl(loopback, "power auto", "autosuspend_delay 12345")
    assert (control.read_text(), delay.read_text()) == ("auto\n", "12345\n")
    assert settings(loopback) == {**before, "power": "auto", "autosuspend_delay": "12345"}
    ctl(loopback, "power on", "autosuspend_delay -1")
    assert control.read_text() == "on\n" and int(delay.read_text()) < 0
    assert settings(loopback)["autosuspend_delay"] == "-1"
    clients.must('cat "$2" > "$1"', loopback.dir / "ctl", workdir / "saved")
    assert settings(loopback) == before


def test_power_management_as_in_sysfs(loopback, clients):
    power = loopback.dir / "power"
    clients.must('echo auto > "$1/control"; echo 700 > "$1/autosuspend_delay_ms"', power)
    assert settings(loopback)["power"] == "auto"
    assert settings(loopback)["autosuspend_delay"] == "700"
    assert (power / "control").read_text() == "auto\n"
    clients.must('echo on > "$1/control"', power)
    assert settings(loopback)["power"] == "on"


# ---- what is refused ----

@pytest.mark.parametrize("line,words", [("power off", "power is: on, auto"),
                                        ("power", "power is: on, auto"),
                                        ("authorize maybe", "authorize is: on, off"),
                                        ("autosuspend_delay soon", "milliseconds"),
                                        ("remove it", "stands alone"),
                                        ("authorise on", "authorize, reset, remove")])
def test_a_bad_line_changes_nothing(loopback, line, words):
    before = settings(loopback)
    with pytest.raises(OSError) as error:
        ctl(loopback, "power auto" if before["power"] == "on" else "power on", line)
    assert error.value.errno == errno.EINVAL
    assert settings(loopback) == before
    assert words in said(loopback.dir, "last_ctl_error")


def test_bad_values_of_attributes(loopback):
    for name, text in (("power/control", "off"), ("authorized", "2"), ("authorized", "x"),
                       ("power/autosuspend_delay_ms", "1s")):
        before = (loopback.dir / name).read_text()
        assert attempt((loopback.dir / name).write_text, text) == errno.EINVAL
        assert (loopback.dir / name).read_text() == before
        assert f"{name} is:" in said(loopback.dir, "last_ctl_error")


@pytest.mark.sim
def test_what_is_not_permitted_changes_nothing(bus, clients):
    device = Restless(bus, "guarded")
    reader = clients.start("cat", device.dir / "config1/interface0/ep81/data")
    bus.control.wait_pending(device.name, 0x81, 1)
    for line in ("authorize off", "remove", "power auto", "autosuspend_delay 1"):
        with pytest.raises(OSError) as error:
            ctl(device, line)
        assert error.value.errno == errno.EACCES, line
        assert re.match(r"EACCES \d+\.\d s ago: .* is locked", said(device.dir, "last_error"))
    counters = bus.control.counters(device.name, 0x81)
    assert (counters.pending, counters.cancelled) == (1, 0), "the reader has not noticed"
    ctl(device, *(f"{key} {value}" for key, value in settings(device).items()))
    assert said(device.dir, "last_error") == "", "what is so already needs no permission"
    assert reader.running()
    reader.kill()


def test_settings_do_not_open_the_device(loopback):
    (loopback.dir / "ctl").read_text()
    (loopback.dir / "power" / "control").read_text()
    ctl(loopback, "power on", "authorize on")
    assert said(loopback.dir, "open") == "no"
