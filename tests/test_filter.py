# SPDX-License-Identifier: MIT
"""--allow and --deny: what they leave out is not there, whatever one looks at."""
import json
import subprocess

import pytest

from harness import usb_bus
from harness.daemon import oneshot
from harness.events import Listener

# A keyboard is hidden, a loopback is not.
RULES = {
    "deny-class": ["--deny", "class=03"],
    "deny-protocol": ["--deny=class=03/01/01"],
    "allow-class": ["--allow", "class=ff"],
    "both": ["--deny", "class=03/01", "--allow", "*:*"],
    "mount-option": ["-o", "deny=class=03,deny=class=08"],
}


@pytest.fixture(params=RULES)
def devices(request, bus):
    """The one that is there, and the one that is not."""
    bus.arguments = RULES[request.param]
    return bus.mount("loopback", hidden=["keyboard"])


def looked(device):
    """All devices that the bus has now have been looked at."""
    (device.mount / "ctl").write_text("rescan\n")


def everything(mount):
    """All names of the tree, and all that its lists say."""
    names = subprocess.run(["find", str(mount)], capture_output=True, text=True, check=True).stdout
    return names + (mount / "devices").read_text() + (mount / "devices.json").read_text()


def test_what_is_left_out_is_nowhere(devices):
    there, hidden = devices
    looked(there)
    assert there.find() and not hidden.find()
    said = everything(there.mount)
    assert there.dir.name in said
    assert "HID" not in said and "eyboard" not in said
    with Listener(there.mount) as listener:
        shown = [event[1] for event in listener.there()]
    listed = [entry["path"] for entry in json.loads((there.mount / "devices.json").read_bytes())]
    assert there.dir.name in shown
    assert sorted(shown) == sorted(listed)
    count = (there.mount / "status").read_text()
    assert f"devices: {len(shown)}\n" in count


def test_neither_when_it_comes_later(devices):
    there, hidden = devices
    looked(there)
    with Listener(there.mount) as listener:
        listener.there()
        hidden.bus.unplug(hidden)
        hidden.bus.plug(hidden)
        if hidden.bus.name == "usb":
            usb_bus.sysfs_name(hidden.hardware)
        looked(there)
        there.unplug()
        there.plug()
        names = {event[1] for event in listener.until("add", there.dir.name)}
    assert names == {there.dir.name}
    assert not hidden.find()


@pytest.mark.sim
@pytest.mark.parametrize("rules,names", [
    ([], "1-1 1-2 1-3 1-4.1 1-5 2-1"),
    (["--allow", "1-2"], "1-2"),
    (["--allow", "1-4"], ""),
    (["--allow", "1-4.*"], "1-4.1"),
    (["--allow", "1-*", "--deny", "1-4*"], "1-1 1-2 1-3 1-5"),
    (["--deny", "1-4*", "--allow=1-*"], "1-1 1-2 1-3 1-5"),
    (["-o", "allow=1-1,allow=2-*"], "1-1 2-1"),
    (["--deny", "*"], ""),
])
def test_by_port(daemon, rules, names):
    mount = daemon("--demo", *rules).mount
    there = [path.name for path in mount.iterdir() if (path / "ep00").exists()]
    assert sorted(there) == names.split()


@pytest.mark.sim
def test_of_two_buses(daemon):
    """Names are those of the tree."""
    mount = daemon("--demo", "--demo", "--allow", "101-1", "--allow", "1-2").mount
    assert sorted(path.name for path in mount.iterdir() if (path / "ep00").exists()) == [
        "1-2", "101-1"]


DESCRIPTION = """# SPDX-License-Identifier: MIT
device chameleon
    port 1-1
    config 1
        interface 0 class 08 06 50
    config 2
        interface 0 class 0e
        alternate 1 class 03 01 01
device plain
    port 1-2
    class ef 02 01
    config 1
        interface 0 class 08 06 50
"""


@pytest.mark.sim
@pytest.mark.parametrize("rules,names", [
    (["--deny", "class=03"], ["1-2"]), (["--allow", "class=03/01"], ["1-1"]),
    (["--allow", "class=0e"], ["1-1"]), (["--allow", "class=ef/02/01"], ["1-2"]),
    (["--allow", "class=08"], ["1-1", "1-2"]), (["--allow", "class=08/06/51"], [])])
def test_all_that_a_device_can_be_counts(daemon, workdir, rules, names):
    """Other configurations, other settings, and the device itself; so nothing changes later."""
    path = workdir / "two.dev"
    path.write_text(DESCRIPTION)
    mount = daemon("--bus", f"sim:{path}", *rules).mount
    assert sorted(path.name for path in mount.iterdir() if (path / "ep00").exists()) == names


@pytest.mark.parametrize("rule", ["", "storage", "class=8", "class=", "046d", "46d:c52b", "046d:x",
                                  "1", "1-2;1-3", "usb"])
@pytest.mark.parametrize("option", ["--allow=", "--deny=", "-oallow=", "-odeny="])
def test_nonsense(workdir, option, rule):
    mount = workdir / "mnt"
    mount.mkdir()
    status, out, err = oneshot("--demo", f"{option}{rule}", mount)
    assert (status, out) == (1, "")
    assert err.startswith("usbfuse: ") and err.count("\n") == 1
    assert f"'{rule}'" in err and option.strip("-o=") in err and "class=08" in err
