# SPDX-License-Identifier: MIT
"""descriptors.txt says all that `lsusb -v` says, of every device that this guest can have."""
import contextlib
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from harness import lsusb, paths, procs, usbfs

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


def run_lsusb(name):
    directory = Path("/sys/bus/usb/devices") / name
    where = [(directory / number).read_text().strip() for number in ("busnum", "devnum")]
    result = subprocess.run([paths.require_program("lsusb"), "-v", "-s", ":".join(where)],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                            check=True)
    return result.stdout.decode(errors="replace")


def compare(mount, name, wrong=frozenset()):
    """Every fact of lsusb's about the device NAME, but for those that are WRONG."""
    directory = mount / name
    procs.eventually(lambda: (directory / "descriptors.txt").exists(), 20, f"{name} appears")
    theirs = run_lsusb(name)
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


def bos_of(name):
    """The BOS of the device NAME, which this kernel does not keep: asked for."""
    handle = usbfs.Device(name)
    try:
        def read(length):
            handle.control(struct.pack("<BBHHH", 0x80, 6, 0x0f00, 0, length), bytes(length))
            return handle.reap().data

        return read(int.from_bytes(read(5)[2:4], "little"))
    finally:
        handle.close()


def super_gadget(hardware):
    tool = paths.REPO / "tools" / "gadget"
    made = subprocess.run([tool, "create", "lsusb-super", "loopback", "--speed", "super"],
                          stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    hardware.callback(subprocess.run, [tool, "destroy", "lsusb-super"], timeout=60, check=True)
    return made.stdout.strip()


def super_stick(hardware):
    def unplug():
        with Qmp() as other:
            other.unplug("lsusb-super")

    with Qmp() as qmp:
        name = qmp.plug("usb-storage", "lsusb-super", drive="stick0")
    hardware.callback(unplug)
    return name


def super_hub(_):
    return next(path.parent.name for path in Path("/sys/bus/usb/devices").glob("usb*/speed")
                if path.read_text().strip() == "5000")


@pytest.mark.parametrize("make", [super_gadget, super_stick, super_hub])
def test_bos(make, daemon, hardware, workdir):
    """A simulated device gets the BOS of a real one, of which lsusb tells."""
    name = make(hardware)
    theirs = run_lsusb(name)
    assert "Binary Object Store Descriptor:" in theirs
    bos = bos_of(name)
    assert len(bos) >= 5 and bos[1] == 0x0f
    (workdir / "bos.dev").write_text(f"device bos\n\tspeed super\n\tbos {bos.hex(' ')}\n"
                                     "\tconfig 1\n\t\tinterface 0\n")
    device = daemon("--bus", f"sim:{workdir / 'bos.dev'}").mount / "1-1"
    assert (device / "bos_descriptor").read_bytes() == bos
    ours = (device / "descriptors.txt").read_text()
    theirs = theirs[theirs.index("Binary Object Store Descriptor:"):]
    assert len(lsusb.of_lsusb(theirs)) >= 2, theirs
    assert lsusb.missing(theirs, ours) == [], theirs + ours


def test_root_hubs(daemon):
    mount = daemon("--bus", "usb").mount
    hubs = [path.name for path in mount.iterdir() if path.name.startswith("usb")]
    assert hubs
    for name in hubs:
        compare(mount, name)
