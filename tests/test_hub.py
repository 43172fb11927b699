# SPDX-License-Identifier: MIT
"""Ports of hubs: what is plugged in there, and their power. On every bus the hub has something in
its third port, and can switch each port by itself."""
import errno
import os
import re

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.loop import receive, send

STATUS = ["power", "connected", "enabled", "suspended", "reset", "over_current", "speed"]


class Port:
    def __init__(self, hub, number=3):
        self.hub = hub
        self.dir = hub / f"port{number}"
        self.power = self.dir / "power"
        # What is in it: where it is in the tree, while it is.
        name = hub.name
        self.child = hub.parent / (f"{name[3:]}-{number}" if name.startswith("usb")
                                   else f"{name}.{number}")

    def status(self):
        return dict(line.split(": ") for line in (self.dir / "status").read_text().splitlines())

    def wait_child(self):
        procs.eventually((self.child / "config1").exists, 20, f"{self.child} is there")


def said(directory, key):
    found = re.search(rf"^{key}: (.*)$", (directory / "status").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


@pytest.fixture
def port(hub):
    port = Port(hub.dir)
    port.wait_child()
    return port


@pytest.fixture
def others(bus):
    """The hubs of tests/devices/hubs.dev by name."""
    mount = bus.mount_file(paths.DEVICES / "hubs.dev")
    return {"simple": mount / "3-2", "dull": mount / "3-3"}


# ---- the tree ----

def test_ports(hub, port):
    number = int((hub.dir / "maxchild").read_text())
    assert sorted(p.name for p in hub.dir.glob("port*")) == sorted(
        f"port{n + 1}" for n in range(number))
    assert os.readlink(port.dir / "device") == f"../../{port.child.name}"
    assert (port.dir / "device" / "idVendor").read_text()
    assert not os.path.lexists(hub.dir / "port1" / "device")
    assert (port.dir / "over_current_count").read_text() == "0\n"
    assert (port.dir / "connect_type").read_text()
    assert not list(port.child.glob("port*")), "that is no hub"


def test_looking_does_not_open_the_hub(hub, port, clients):
    clients.must('ls -lR "$1"/port*; cat "$1"/port*/connect_type "$1"/port*/over_current_count',
                 hub.dir)
    assert said(hub.dir, "open") == "no"
    assert port.power.read_text() == "on\n"
    assert said(hub.dir, "open") == "yes"


def test_what_a_port_says(hub, port):
    status = port.status()
    assert list(status) == STATUS
    assert status["connected"] == "yes" and status["over_current"] == "no"
    assert status["speed"] in ("low", "full", "high")
    empty = Port(hub.dir, 1).status()
    assert (empty["power"], empty["connected"], empty["speed"]) == ("on", "no", "none")


def test_reading_bit_by_bit(port, clients):
    assert clients.must('read -r word < "$1"; echo "<$word>"; dd bs=1 if="$1" status=none',
                        port.power) == b"<on>\non\n"
    with open(port.dir / "status", encoding="ascii") as file:
        first = file.read()
        file.seek(0)
        assert file.read() == first


# ---- power ----

def test_power(port, clients):
    inode = os.stat(port.child).st_ino
    clients.must('echo off > "$1"', port.power)
    assert not port.child.exists() and not os.path.lexists(port.dir / "device")
    assert port.power.read_text() == "off\n"
    assert (port.status()["power"], port.status()["connected"]) == ("off", "no")
    clients.must('echo off > "$1"', port.power)
    clients.must('echo on > "$1"', port.power)
    assert port.power.read_text() == "on\n"
    port.wait_child()
    assert os.stat(port.child).st_ino != inode, "it is another device"
    assert os.readlink(port.dir / "device") == f"../../{port.child.name}"


def test_disable(port, clients):
    disable = port.dir / "disable"
    assert disable.read_text() == "0\n"
    clients.must('echo 1 > "$1"', disable)
    assert not port.child.exists() and disable.read_text() == "1\n"
    assert port.power.read_text() == "off\n"
    clients.must('echo 0 > "$1"', disable)
    port.wait_child()
    assert disable.read_text() == "0\n"


@pytest.mark.parametrize("name,text", [("power", "maybe"), ("power", "on off"), ("disable", "2"),
                                       ("indicator", "red")])
def test_a_word_that_is_none(hub, port, name, text):
    assert attempt((port.dir / name).write_text, text) == errno.EINVAL
    assert f'"{text}"; it is: ' in said(hub.dir, "last_ctl_error")
    assert port.child.exists()


def test_what_is_only_read(port):
    for name in ("status", "over_current_count", "connect_type"):
        assert attempt(os.open, port.dir / name, os.O_WRONLY) == errno.EACCES


@pytest.mark.sim
def test_files_of_a_device_that_loses_its_power(bus, port, clients):
    reader = clients.start("cat", port.child / "config1/interface0/ep81/data")
    bus.control.wait_pending("lamp", 0x81, 1)
    port.power.write_text("off\n")
    assert b"No such device" in reader.wait().err


@pytest.mark.sim
def test_a_hub_whose_ports_the_kernel_cannot_disable(others):
    port = Port(others["simple"], 1)
    assert not (port.dir / "disable").exists()
    port.power.write_text("off\n")
    assert not port.child.exists() and port.power.read_text() == "off\n"
    port.power.write_text("on\n")
    port.wait_child()


@pytest.mark.sim
def test_a_hub_that_cannot_switch(others):
    port = Port(others["dull"], 1)
    assert attempt(port.power.write_text, "off") == errno.EOPNOTSUPP
    assert "cannot switch" in said(port.hub, "last_error")
    assert port.power.read_text() == "on\n"


@pytest.mark.sim
def test_over_current(bus, hub, port):
    bus.control.over_current(hub.name, 3)
    procs.eventually(lambda: not port.child.exists(), 10, "its power is off")
    assert (port.status()["over_current"], port.status()["power"]) == ("yes", "off")
    assert (port.dir / "over_current_count").read_text() == "1\n"
    bus.control.over_current(hub.name, 3, False)
    port.power.write_text("on\n")
    port.wait_child()
    assert port.status()["over_current"] == "no"


# ---- indicators ----

@pytest.mark.sim
def test_indicators(port):
    indicator = port.dir / "indicator"
    assert indicator.read_text() == "auto\n"
    for word in ("amber", "green", "off", "auto"):
        indicator.write_text(f"{word}\n")
        assert indicator.read_text() == f"{word}\n"


@pytest.mark.usb
def test_no_indicators(hub, port):
    assert attempt((port.dir / "indicator").read_text) == errno.EOPNOTSUPP
    assert "no indicators" in said(hub.dir, "last_error")
    assert attempt((port.dir / "indicator").write_text, "green") == errno.EOPNOTSUPP


# ---- hubs that are in the way, or go away ----

@pytest.mark.sim
@pytest.mark.parametrize("command", ['cat "$1"', 'echo on > "$1"'])
def test_a_hub_that_does_not_answer(bus, clients, command):
    hub, loopback = bus.mount("hub", "loopback")
    port = Port(hub.dir)
    bus.control.pause(hub.name, 0)
    waiting = clients.start_sh(command, port.power)
    bus.control.wait_pending(hub.name, 0, 1)
    send(loopback, b"still alive")
    assert receive(loopback, 11) == b"still alive"
    clients.must('ls -lR "$1" > /dev/null', hub.mount)
    assert waiting.running()
    waiting.kill()
    bus.control.wait_pending(hub.name, 0, 0)
    bus.control.resume(hub.name, 0)
    assert port.power.read_text() == "on\n"


@pytest.mark.sim
@pytest.mark.limit(30)
def test_a_hub_that_never_answers(bus, hub, port, clients):
    bus.control.pause(hub.name, 0)
    result = clients.sh('cat "$1"', port.power, deadline=20)
    assert result.status == 1 and b"timed out" in result.err
    assert said(hub.dir, "last_error").startswith("ETIMEDOUT")


@pytest.mark.sim
@pytest.mark.parametrize("command", ['cat "$1"', 'echo off > "$1"'])
def test_a_hub_that_is_unplugged(bus, hub, port, clients, command):
    bus.control.pause(hub.name, 0)
    waiting = clients.start_sh(command, port.power)
    bus.control.wait_pending(hub.name, 0, 1)
    bus.unplug(hub)
    assert b"No such device" in waiting.wait().err
    procs.eventually(lambda: not port.child.exists(), 10, "what was in it has gone with it")
    bus.plug(hub)
    hub.wait()
    port.wait_child()


@pytest.mark.sim
def test_a_hub_that_is_busy_at_the_end(bus, hub, port, clients):
    """The daemon ends all the same."""
    bus.control.pause(hub.name, 0)
    clients.start("cat", port.power)
    bus.control.wait_pending(hub.name, 0, 1)


@pytest.mark.sim
def test_a_hub_that_is_reset_while_it_is_asked(bus, hub, port, clients):
    bus.control.pause(hub.name, 0)
    waiting = clients.start("cat", port.power)
    bus.control.wait_pending(hub.name, 0, 1)
    (hub.dir / "ctl").write_text("reset\n")
    assert waiting.wait().status == 1
    bus.control.resume(hub.name, 0)
    assert port.power.read_text() == "on\n"


@pytest.mark.sim
def test_a_hub_that_is_removed(bus, hub, port, clients):
    """With all that is below it."""
    clients.must('echo remove > "$1"; test ! -e "$2"', hub.dir / "ctl", port.child)
    bus.plug(hub)
    hub.wait()
    port.wait_child()


# ---- root hubs ----

@pytest.mark.usb
def test_root_hubs(hub, clients):
    """That of QEMU's xHCI cannot switch its ports."""
    bus, port = hub.dir.name.split("-")
    root = Port(hub.mount / f"usb{bus}", port)
    assert root.child == hub.dir
    assert os.readlink(root.dir / "device") == f"../../{hub.dir.name}"
    assert root.status()["connected"] == "yes" and root.power.read_text() == "on\n"
    assert attempt(root.power.write_text, "off\n") == errno.EOPNOTSUPP
    assert root.child.exists()
    peer = root.dir / "peer"
    assert os.readlink(peer).startswith("../../usb")
    assert "link: " in (peer / "status").read_text()
    # It does not come back by itself: without power that goes, no change is seen at the port.
    clients.must('echo 1 > "$1"; test ! -e "$2"', root.dir / "disable", root.child)
    assert not (root.child.parent / f"{root.child.name}.3").exists(), "nor is what was below it"
    clients.must('echo 0 > "$1"', root.dir / "disable")
