# SPDX-License-Identifier: MIT
"""Report descriptors of real HID devices: the bytes are the kernel's, and what they mean is what
the kernel and lsusb make of them."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import hid, paths, procs

sys.path.insert(0, str(paths.REPO / "tools"))
from vmlib.qmp import Qmp  # noqa: E402

pytestmark = [pytest.mark.usb, pytest.mark.limit(120)]

QEMU = ["kbd", "mouse", "tablet", "wacom-tablet"]
DEBUG = Path("/sys/kernel/debug")


def plug_gadget(hardware):
    tool = paths.REPO / "tools" / "gadget"
    made = subprocess.run([tool, "create", "hid-hid", "hid"], stdout=subprocess.PIPE, text=True,
                          timeout=60, check=True)
    hardware.callback(subprocess.run, [tool, "destroy", "hid-hid"], timeout=60, check=True)
    return made.stdout.strip()


def plug_qemu(kind, hardware):
    with Qmp() as qmp:
        name = qmp.plug(f"usb-{kind}", f"hid-{kind}")

    def unplug():
        with Qmp() as other:
            other.unplug(f"hid-{kind}")

    hardware.callback(unplug)
    return name


@pytest.fixture(name="interface", params=["gadget", *QEMU])
def _interface(request, daemon, hardware):
    """The first interface of a device that is plugged in while the tree is mounted."""
    mount = daemon("--bus", "usb").mount
    name = plug_gadget(hardware) if request.param == "gadget" else plug_qemu(request.param,
                                                                            hardware)
    directory = mount / name / "config1" / "interface0"
    procs.eventually(lambda: (directory / "report_descriptor").exists(), 30,
                     "the report descriptor is known")
    return directory


def hid_device(interface):
    """What usbhid has made of it, in sysfs."""
    name = interface.parent.parent.name
    found = list(Path(f"/sys/bus/usb/devices/{name}:1.0").glob("0003:*.*"))
    assert len(found) == 1, found
    return found[0]


def decoded(interface):
    """Its report_descriptor in descriptors.json."""
    document = json.loads((interface.parent.parent / "descriptors.json").read_text())
    config = document["descriptors"][0]["children"][0]
    nodes = [node for child in config["children"] for node in child["children"]]
    return next(node["report_descriptor"] for node in nodes if "report_descriptor" in node)


def take_away(interface):
    (interface / "driver").write_text("none\n")
    procs.eventually(lambda: (interface / "driver").read_text() == "none\n", 10, "it is taken away")


def test_raw(interface):
    """As sysfs has it; and it stays when sysfs has it no more."""
    raw = (interface / "report_descriptor").read_bytes()
    assert raw == (hid_device(interface) / "report_descriptor").read_bytes()
    text = (interface / "report_descriptor.txt").read_text()
    take_away(interface)
    assert not list(Path(f"/sys/bus/usb/devices/{interface.parent.parent.name}:1.0").glob("0003:*"))
    assert (interface / "report_descriptor").read_bytes() == raw
    assert (interface / "report_descriptor.txt").read_text() == text
    assert decoded(interface)["raw"] == raw.hex()


def test_lsusb_says_the_same(interface):
    """lsusb asks the device, for which it needs the interface."""
    report = decoded(interface)
    take_away(interface)
    where = [(interface.parent.parent / name).read_text().strip() for name in ("busnum", "devnum")]

    def theirs():
        return subprocess.run([paths.require_program("lsusb"), "-v", "-s", ":".join(where)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
                              check=True).stdout.decode(errors="replace")

    # We let go of the device a moment after its last use.
    procs.eventually(lambda: hid.of_lsusb(theirs()), 20, "lsusb gets the report descriptor")
    text = theirs()
    assert hid.differences(text, report) == [], text
    assert report["problems"] == []


def test_the_kernel_says_the_same(interface):
    """Where the fields are, and how long the reports."""
    if not (DEBUG / "hid").exists():
        subprocess.run(["mount", "-t", "debugfs", "debugfs", DEBUG], check=True, timeout=20)
    text = (DEBUG / "hid" / hid_device(interface).name / "rdesc").read_text()
    fields, report = hid.of_kernel(text), decoded(interface)
    assert fields
    for number in {(one["kind"], one["id"]) for one in report["reports"]}:
        assert (hid.elements(report, *number) == hid.kernels_elements(fields, *number)), text
    # Whole reports as hidraw would send them.
    assert {field["report"] for field in fields} <= {
        (one["kind"], one["id"]) for one in report["reports"]}


def test_a_driver_that_was_there_before(daemon, hardware):
    """A device that is there when the tree is mounted, and whose driver has gone before: nobody
    knows its report descriptor, and the text says how to get it."""
    name = plug_qemu("kbd", hardware)
    link = Path(f"/sys/bus/usb/devices/{name}:1.0/driver")
    procs.eventually(link.exists, 20, "usbhid binds")
    (link / "unbind").write_text(f"{name}:1.0")
    device = daemon("--bus", "usb").mount / name
    assert (device / "config1" / "interface0").is_dir()
    assert not (device / "config1" / "interface0" / "report_descriptor").exists()
    assert not (device / "config1" / "interface0" / "report_descriptor.txt").exists()
    assert ("Report Descriptor: not known to the system; cat ep00/setup/81-06-2200-0000-003f"
            in (device / "descriptors.txt").read_text())
    Path("/sys/bus/usb/drivers/usbhid/bind").write_text(f"{name}:1.0")
    procs.eventually(lambda: (device / "config1" / "interface0" / "report_descriptor").exists(), 20,
                     "it is known again")
