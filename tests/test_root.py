# SPDX-License-Identifier: MIT
"""ctl and status in the root."""
import errno
import os
import re
import signal

import pytest

from harness import procs
from harness.client import attempt
from harness.events import Listener

DEVICE = bytes.fromhex("1201000200000040 6b1d0401 0106 010203 01")
CONFIG = bytes.fromhex("09020900000100 80 01")


def test_status(loopback):
    text = (loopback.mount / "status").read_text()
    assert re.search(r"^version: \d", text, re.MULTILINE)
    count = int(re.search(r"^devices: (\d+)$", text, re.MULTILINE).group(1))
    assert count == sum((path / "ep00").exists() for path in loopback.mount.iterdir())
    assert f"bus: {loopback.bus.name}\n" in text
    assert "listeners: 0\n" in text
    with Listener(loopback.mount):
        assert "listeners: 1\n" in (loopback.mount / "status").read_text()


def test_verbs(loopback):
    ctl = loopback.mount / "ctl"
    assert ctl.read_text() == "# verbs: rescan\n"
    ctl.write_text(ctl.read_text() + "\nrescan\n")
    for wrong in ("nonsense\n", "rescan now\n", "reset\n", "x" * 5000):
        with pytest.raises(OSError) as error:
            ctl.write_text(wrong)
        assert error.value.errno == errno.EINVAL
    assert loopback.dir.exists()


def test_what_was_wrong_is_said(loopback):
    status = loopback.mount / "status"
    assert attempt((loopback.mount / "ctl").write_text, "nonsense\n") == errno.EINVAL
    assert 'last_ctl_error: line 1: "nonsense" is not known; there is: rescan\n' in (
        status.read_text())
    (loopback.mount / "ctl").write_text("rescan\n")
    assert "last_ctl_error" not in status.read_text()


def plug_in(root, name):
    directory = root / "bus" / "usb" / "devices" / name
    directory.mkdir(parents=True)
    for key, value in {"busnum": "1", "devnum": name.rpartition("-")[2], "speed": "480",
                       "bConfigurationValue": "1"}.items():
        (directory / key).write_text(value + "\n")
    (directory / "descriptors").write_bytes(DEVICE + CONFIG)


@pytest.fixture
def silent(workdir, daemon, monkeypatch):
    """The bus of a machine on which nobody says what is plugged in: where its sysfs is, and the
    mount."""
    root = workdir / "sys"
    plug_in(root, "1-1")
    monkeypatch.setenv("SYSFS_PATH", str(root))
    return root, daemon("--bus", "usb").mount


def test_rescan(silent):
    """Synchronous: when the write returns the tree has followed, and so have events."""
    root, mount = silent
    with Listener(mount) as listener:
        assert listener.next()[:2] == ["add", "1-1"]
        plug_in(root, "1-2")
        assert not (mount / "1-2").exists()
        (mount / "ctl").write_text("rescan\n")
        assert (mount / "1-2").exists()
        assert [event[:2] for event in listener.there()] == [["add", "1-2"]]
        (root / "bus/usb/devices/1-1").rename(root / "away")
        (mount / "ctl").write_text("rescan\n")
        assert not (mount / "1-1").exists()
        assert [event[:2] for event in listener.there()] == [["remove", "1-1"]]
        (mount / "ctl").write_text("rescan\nrescan\n")
        assert listener.there() == []


def test_rescan_can_be_interrupted(silent, clients):
    """By a device that keeps its lock, as far as we can make one: the daemon does not care."""
    root, mount = silent
    os.mkfifo(root / "bus/usb/devices/1-1/product")
    plug_in(root, "1-2")
    writer = clients.start_sh('echo rescan > "$1"', mount / "ctl")
    procs.eventually(lambda: (mount / "1-2").exists() or not writer.running(), 10, "it is noticed")
    writer.signal(signal.SIGKILL)
    assert writer.wait(2).status in (0, -signal.SIGKILL)
