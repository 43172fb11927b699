# SPDX-License-Identifier: MIT
"""descriptors.txt says all that `lsusb -v` says, of every device that this guest can have."""
import contextlib
import json
import subprocess
import sys

import pytest

from harness import lsusb, paths, procs

sys.path.insert(0, str(paths.REPO / "tools"))
from vmlib.qmp import Qmp  # noqa: E402

pytestmark = [pytest.mark.usb, pytest.mark.limit(120)]

GADGETS = ["loopback", "sourcesink", "hid", "acm", "mass_storage", "printer", "midi", "ecm", "ncm",
           "rndis", "eem"]
QEMU = {
    "audio": {},
    "bot": {},
    "uas": {},
    "ccid": {},
    "hub": {},
    "kbd": {},
    "mouse": {},
    "tablet": {},
    "wacom-tablet": {},
    "net": {},
    "serial": {"chardev": "ftdi"},
    "storage": {"drive": "stick0"},
}


# They wait for disks, and do without.
UNATTACHED = {"bot", "uas"}

# Where lsusb is wrong: the protocol of this device's interface is none that exists, and lsusb takes
# the feature unit for a selector unit.
WRONG = {"audio": {"audiocontrol interface descriptor: " + fact for fact in (
    "bDescriptorSubtype 6 (SELECTOR_UNIT)", "bNrInPins 1", "baSourceID(0) 2", "iSelector 1 QEMU")}}


def compare(mount, name, wrong=frozenset()):
    """Every fact of lsusb's about the device NAME, but for those that are WRONG."""
    directory = mount / name
    procs.eventually(lambda: (directory / "descriptors.txt").exists(), 20, f"{name} appears")
    where = [(directory / number).read_text().strip() for number in ("busnum", "devnum")]
    result = subprocess.run([paths.require_program("lsusb"), "-v", "-s", ":".join(where)],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                            check=True)
    theirs = result.stdout.decode(errors="replace")
    facts = lsusb.of_lsusb(theirs)
    assert len(facts) >= 3 and facts[0].fields, theirs
    ours = directory / "descriptors.txt"
    bos = (directory / "bos_descriptor").exists()

    def lacks():
        return sorted(set(lsusb.missing(theirs, ours.read_text(), bos)) - wrong)

    # The strings come a moment after the device.
    with contextlib.suppress(AssertionError):
        procs.eventually(lambda: not lacks(), 1, "all of them")
    assert lacks() == [], "\n".join([*lacks(), theirs, ours.read_text()])
    document = json.loads((directory / "descriptors.json").read_text())
    assert document["descriptors"][0]["meaning"].get("idVendor"), "the database's name"


@pytest.mark.parametrize("function", GADGETS)
def test_gadget(function, daemon, hardware):
    tool = paths.REPO / "tools" / "gadget"
    made = subprocess.run([tool, "create", f"lsusb-{function}", function], stdout=subprocess.PIPE,
                          text=True, timeout=60, check=True)
    hardware.callback(subprocess.run, [tool, "destroy", f"lsusb-{function}"], timeout=60,
                      check=True)
    compare(daemon("--bus", "usb").mount, made.stdout.strip())


@pytest.mark.parametrize("kind", QEMU)
def test_device_of_qemus(kind, daemon, hardware):
    with Qmp() as qmp:
        name = qmp.plug(f"usb-{kind}", f"lsusb-{kind}", attach=kind in UNATTACHED, **QEMU[kind])

    def unplug():
        with Qmp() as other:
            other.unplug(f"lsusb-{kind}")

    hardware.callback(unplug)
    compare(daemon("--bus", "usb").mount, name, WRONG.get(kind, set()))


def test_root_hubs(daemon):
    mount = daemon("--bus", "usb").mount
    hubs = [path.name for path in mount.iterdir() if path.name.startswith("usb")]
    assert hubs
    for name in hubs:
        compare(mount, name)
