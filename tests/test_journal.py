# SPDX-License-Identifier: MIT
"""The journal: what was taken from drivers is given back after a crash, if it can be and by no one
else than the next daemon."""
import errno
import fcntl
import os
import re
from pathlib import Path

import pytest

from harness import paths, procs, usbfs
from harness.client import attempt
from harness.daemon import oneshot

BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def journals(device):
    """The text of each file in the journal's directory."""
    directory = device.bus.daemon.journal
    return {file.name: file.read_text() for file in directory.iterdir()}


def outstanding(text):
    """The lines that are left, without their signs."""
    left = []
    for line in text.splitlines():
        sign, _, entry = line.partition(" ")
        if sign == "+":
            left.append(entry)
        else:
            left.remove(entry)
    return left


def interface_of(device, which=0):
    return sorted(device.dir.glob("config*/interface*/driver"))[which]


def detached(device):
    (number,) = re.findall(r"^drivers detached: (\d+)$", (device.dir / "status").read_text(), re.M)
    return int(number)


@pytest.fixture
def taken(modem):
    """A modem whose interfaces have been taken from cdc_acm."""
    for which in (0, 1):
        procs.eventually(lambda at=which: interface_of(modem, at).read_text() == "cdc_acm\n", 20,
                         "cdc_acm binds")
    interface_of(modem).write_text("none association\n")
    yield modem
    modem.bus.daemon.abandon()


# ---- what is written ----

def test_what_is_written(taken):
    (text,) = journals(taken).values()
    read = {name: (taken.dir / name).read_text().strip()
            for name in ("busnum", "devnum", "idVendor", "idProduct")}
    plug = (f"{BOOT} {taken.bus.name} {taken.dir.name} {read['busnum']} {read['devnum']} "
            f"{read['idVendor']}:{read['idProduct']} 1")
    assert sorted(outstanding(text)) == [f"{plug} {n} cdc_acm" for n in (0, 1)]
    interface_of(taken).write_text("release association\n")
    assert list(journals(taken).values()) == [""]


@pytest.mark.parametrize("how", ["unplug", "configuration"])
def test_what_is_owed_no_more(taken, how):
    if how == "unplug":
        taken.unplug()
    else:
        (taken.dir / "bConfigurationValue").write_text("0\n")
    procs.eventually(lambda: list(journals(taken).values()) == [""], 10, "it is empty")


def test_nothing_is_left_behind(taken):
    daemon = taken.bus.daemon
    assert daemon.stop() == []
    assert not list(daemon.journal.iterdir())


def test_what_fails_is_not_in_it(taken):
    interface = interface_of(taken)
    interface.write_text("auto association\n")
    with open(interface, "wb", buffering=0) as file:
        assert attempt(file.write, b"nosuchdriver\n") == errno.EINVAL
    assert list(journals(taken).values()) == [""]


# ---- crashes, with devices that outlive the daemon ----

def sysfs_driver(name, interface):
    link = f"/sys/bus/usb/devices/{name}:1.{interface}/driver"
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


@pytest.mark.usb
def test_the_next_start_gives_it_back(taken):
    name, bus = taken.dir.name, taken.bus
    bus.daemon.kill()
    assert [sysfs_driver(name, n) for n in (0, 1)] == [None, None]
    bus.restart()
    # Before anything is served: there is nothing to wait for.
    assert [sysfs_driver(name, n) for n in (0, 1)] == ["cdc_acm", "cdc_acm"]
    assert detached(taken) == 0
    assert list(journals(taken).values()) == [""]


@pytest.mark.usb
@pytest.mark.parametrize("kind,driver", [("keyboard", "usbhid"), ("storage", "usb-storage")])
def test_a_device_of_its_own_driver(bus, kind, driver):
    """… that is claimed when the daemon is killed."""
    device = bus.mount(kind)[0]
    procs.eventually(lambda: interface_of(device).read_text() == f"{driver}\n", 20, "it binds")
    interface_of(device).write_text("none\n")
    interface_of(device).write_text("claim\n")
    name = device.dir.name
    try:
        bus.daemon.kill()
        assert sysfs_driver(name, 0) is None
        bus.restart()
        assert sysfs_driver(name, 0) == driver
        interface_of(device).write_text("none\n")
        assert bus.daemon.stop() == []
        assert sysfs_driver(name, 0) == driver
    finally:
        bus.daemon.abandon()


@pytest.mark.usb
def test_a_living_daemon_is_left_alone(taken):
    """A second one that starts gives back nothing; a third one does when the first has died."""
    name, bus = taken.dir.name, taken.bus
    second = bus.start("--bus", "usb")
    assert sysfs_driver(name, 0) is None and detached(taken) == 2
    bus.daemon.kill()
    assert second.stop() == []
    assert sysfs_driver(name, 0) is None
    bus.start("--bus", "usb")
    assert sysfs_driver(name, 0) == "cdc_acm"
    assert len(journals(taken)) == 1


@pytest.mark.usb
def test_what_somebody_has_is_left_alone(taken):
    name, bus = taken.dir.name, taken.bus
    bus.daemon.kill()
    other = usbfs.Device(name)
    try:
        other.claim(0)
        bus.restart()
        assert sysfs_driver(name, 0) == "usbfs"
        other.claim(1)  # that has no driver of its own
    finally:
        other.close()
    assert list(journals(taken).values()) == [""]


@pytest.mark.usb
def test_another_plug_in_is_another_device(taken):
    name, bus = taken.dir.name, taken.bus
    bus.daemon.kill()
    bus.unplug(taken)
    bus.plug(taken)
    procs.eventually(lambda: sysfs_driver(name, 0) == "cdc_acm", 20, "cdc_acm binds")
    Path("/sys/bus/usb/drivers/cdc_acm/unbind").write_text(f"{name}:1.0")
    bus.restart()
    # Somebody else has taken it away.
    assert sysfs_driver(name, 0) is None
    assert list(journals(taken).values()) == [""]
    Path("/sys/bus/usb/drivers_probe").write_text(f"{name}:1.0")


@pytest.mark.usb
def test_a_daemon_of_other_devices_leaves_it(taken):
    name, bus = taken.dir.name, taken.bus
    bus.daemon.kill()
    demo = bus.start("--demo")
    assert sysfs_driver(name, 0) is None
    assert demo.stop() == []
    bus.restart()
    assert sysfs_driver(name, 0) == "cdc_acm"


@pytest.mark.usb
@pytest.mark.limit(120)
def test_killed_at_any_moment(taken, clients):
    """While it takes away and gives back: in the end the driver has both, or the next one sees
    to it."""
    name, bus = taken.dir.name, taken.bus
    for _ in range(4):
        writer = clients.start_sh(
            'while echo auto association > "$1" && echo none association > "$1"; do echo again; '
            'done 2>/dev/null', interface_of(taken))
        writer.wait_output(b"again\n")
        bus.daemon.kill()
        writer.wait()
        bus.restart()
        assert [sysfs_driver(name, n) for n in (0, 1)] == ["cdc_acm", "cdc_acm"]


# ---- the files themselves ----

@pytest.fixture
def prepared(bus, workdir):
    """prepared(text): writes it into a dead daemon's journal, and mounts a loopback device."""
    directory = workdir / "journal"
    directory.mkdir(mode=0o700)

    def start(text):
        (directory / "journal-1.0").write_text(text)
        return bus.mount("loopback")[0]
    return start


@pytest.fixture
def plug(daemon):
    """How the journal calls the device of the kind loopback."""
    one = daemon("--bus", f"sim:{paths.DEVICES / 'loopback.dev'}")
    (where,) = [d for d in one.mount.iterdir() if (d / "idVendor").exists() and not d.is_symlink()]
    read = [(where / name).read_text().strip()
            for name in ("busnum", "devnum", "idVendor", "idProduct")]
    assert one.stop() == []
    one.journal.rmdir()
    return f"{where.name} {read[0]} {read[1]} {read[2]}:{read[3]} 1"


@pytest.mark.sim
def test_it_is_tried_and_done_with(plug, prepared):
    """The kernel has no driver for it: that is known after the device has been asked."""
    device = prepared(f"+ {BOOT} sim {plug} 0 a driver\n")
    assert device.bus.times_opened(device) == 1
    assert list(journals(device).values()) == [""]
    assert detached(device) == 0


@pytest.mark.sim
@pytest.mark.parametrize("line", [
    "+ another-life sim {} 0 a driver", "+ {boot} sim {} 9 a driver", "- {boot} sim {} 0 a driver",
    "+ {boot} sim 9-{} 0 a driver", "+ {boot} sim {}", "nonsense", ""])
def test_what_is_about_nothing(plug, prepared, line):
    device = prepared(line.replace("{boot}", BOOT).replace("{}", plug) + "\n")
    assert device.bus.times_opened(device) == 0
    assert list(journals(device).values()) == [""]


@pytest.mark.sim
def test_a_line_that_was_cut_off(plug, prepared):
    device = prepared(f"+ {BOOT} sim {plug} 0 a driver\n- {BOOT} sim {plug} 0 a driv")
    assert device.bus.times_opened(device) == 1


@pytest.mark.sim
def test_other_buses_are_for_others(plug, prepared):
    kept = f"+ {BOOT} usb {plug} 0 a driver\n"
    device = prepared(f"+ {BOOT} sim {plug} 0 a driver\n{kept}")
    assert device.bus.times_opened(device) == 1
    texts = journals(device)
    assert outstanding(texts.pop("journal-1.0")) == [kept[2:].strip()]
    assert list(texts.values()) == [""]


@pytest.mark.sim
def test_a_locked_one_is_the_living(plug, bus, workdir):
    directory = workdir / "journal"
    directory.mkdir(mode=0o700)
    line = f"+ {BOOT} sim {plug} 0 a driver\n"
    with open(directory / "journal-1.0", "w", encoding="ascii") as file:
        file.write(line)
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        device = bus.mount("loopback")[0]
        assert device.bus.times_opened(device) == 0
        assert journals(device)["journal-1.0"] == line


@pytest.mark.sim
def test_what_a_driver_has_again(bus, workdir):
    """Nobody is disturbed: the device is not even opened."""
    path = paths.DEVICES / "hid-keyboard.dev"
    directory = workdir / "journal"
    directory.mkdir(mode=0o700)
    for number in (2, 3):
        (directory / f"journal-{number}.0").write_text(
            f"+ {BOOT} sim 1-5 1 {number} 046d:c31c 1 0 usbhid\n")
    bus.mount_file(path)
    assert bus.control.opened("keyboard").times == 0
    assert [file.read_text() for file in directory.iterdir()] == [""]


def test_a_directory_that_others_may_write(workdir):
    (workdir / "open").mkdir()
    (workdir / "open").chmod(0o777)
    (workdir / "mnt").mkdir()
    for place, why in ((workdir / "open", "others may write to the journal's directory"),
                       (workdir / "no" / "such", "cannot make the journal's directory")):
        status, out, err = oneshot("-f", "--demo", "-o", f"journal={place}", workdir / "mnt")
        assert (status, out) == (1, "") and why in err and err.count("\n") == 1


@pytest.mark.sim
def test_without_one(bus, workdir, daemon):
    one = daemon("-o", "journal=none", "--bus", f"sim:{paths.DEVICES / 'hid-keyboard.dev'}")
    driver = one.mount / "1-5" / "config1" / "interface0" / "driver"
    driver.write_text("none\n")
    assert not (workdir / "journal").exists()
    assert driver.read_text() == "none\n"
