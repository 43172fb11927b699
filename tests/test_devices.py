# SPDX-License-Identifier: MIT
"""devices and devices.json: all devices at once, for people and for programs."""
import json
import re
import subprocess
from pathlib import Path

import pytest

from harness import paths, procs

# A line of each kind, with fields of any width, as the kernel's documentation has them.
LINES = {
    "T": r"Bus=\d+ Lev=\d+ Prnt=\d+ Port=\d+ Cnt=\d+ Dev#= *\d+ Spd=[\d.?]+ +MxCh= *\d+",
    "B": r"Alloc= *\d+/\d+ us \( *\d+%\), #Int= *\d+, #Iso= *\d+",
    "D": r"Ver= ?[\da-f]+\.\d\d Cls=[\da-f]{2}\(.{5,}\) Sub=[\da-f]{2} Prot=[\da-f]{2} "
         r"MxPS= ?\d+ #Cfgs= *\d+",
    "P": r"Vendor=[\da-f]{4} ProdID=[\da-f]{4} Rev= ?[\da-f]+\.[\da-f]{2}",
    "S": r"(Manufacturer|Product|SerialNumber)=.*",
    "C": r"#Ifs= *\d+ Cfg#= *\d+ Atr=[\da-f]{2} MxPwr= *\d+mA",
    "A": r"FirstIf#= *\d+ IfCount= *\d+ Cls=[\da-f]{2}\(.{5,}\) Sub=[\da-f]{2} Prot=[\da-f]{2}",
    "I": r"If#= *\d+ Alt= *\d+ #EPs= *\d+ Cls=[\da-f]{2}\(.{4,}\) Sub=[\da-f]{2} "
         r"Prot=[\da-f]{2} Driver=\S*",
    "E": r"Ad=[\da-f]{2}\([IOB]\) Atr=[\da-f]{2}\(.{4}\) MxPS= *\d+ Ivl=\d+[mu]s",
}


def blocks(text):
    return [block for block in text.split("\n\n") if block.strip()]


def check_lines(text):
    for line in text.splitlines():
        if line:
            assert re.fullmatch(rf"{line[0]}:[ *] {LINES[line[0]]}", line), line


def load(mount):
    return json.loads((mount / "devices.json").read_bytes().decode())


def text_of(path):
    return path.read_text(errors="replace").removesuffix("\n")


def check_against_tree(mount, devices):
    """What the array says is what the files say."""
    for device in devices:
        directory = mount / device["path"]
        for name in ("idVendor", "idProduct", "bcdDevice", "bDeviceClass", "bDeviceSubClass",
                     "bDeviceProtocol"):
            assert device.get(name, "") == (text_of(directory / name)
                                            if (directory / name).exists() else ""), directory
        assert str(device["busnum"]) == text_of(directory / "busnum")
        for name in ("product", "serial"):
            assert (device[name] is None) == (not (directory / name).exists())
        for config in device["configurations"]:
            assert str(config["bConfigurationValue"]) == text_of(
                mount / config["path"] / "bConfigurationValue")
            for interface in config["interfaces"]:
                for setting in interface["altsettings"]:
                    check_setting(mount, setting)


def check_setting(mount, setting):
    directory = mount / setting["path"]
    assert setting["bAlternateSetting"] == int(text_of(directory / "bAlternateSetting"))
    assert setting["bInterfaceClass"] == text_of(directory / "bInterfaceClass")
    for endpoint in setting["endpoints"]:
        for name in ("bEndpointAddress", "bmAttributes", "type", "direction", "interval"):
            assert endpoint[name] == text_of(mount / endpoint["path"] / name)
        assert (mount / endpoint["path"] / "data").exists() <= setting["active"]


def test_one_device(loopback):
    directory = loopback.dir
    device, = [one for one in load(loopback.mount) if one["path"] == directory.name]
    assert device["product"] == text_of(directory / "product")
    assert device["serial"] == text_of(directory / "serial")
    check_against_tree(loopback.mount, load(loopback.mount))
    text = (loopback.mount / "devices").read_text()
    check_lines(text)
    block, = [one for one in blocks(text) if f"S:  SerialNumber={device['serial']}\n" in one]
    assert f"Vendor={device['idVendor']} ProdID={device['idProduct']}" in block
    assert f"E:  Ad={loopback.inp.address:02x}(I)" in block


def test_sizes(loopback):
    for name in ("devices", "devices.json"):
        path = loopback.mount / name
        assert len(path.read_bytes()) == path.stat().st_size


def test_they_follow(loopback):
    """Also for those who keep the file open and rewind."""
    name = loopback.dir.name
    with open(loopback.mount / "devices.json", "rb", buffering=0) as kept:
        assert name in [device["path"] for device in json.loads(kept.read())]
        loopback.unplug()
        assert name not in [device["path"] for device in load(loopback.mount)]
        kept.seek(0)
        assert name not in [device["path"] for device in json.loads(kept.read())]
        loopback.plug()
        assert name in [device["path"] for device in load(loopback.mount)]


@pytest.mark.sim
@pytest.mark.parametrize("description", sorted(paths.DEVICES.glob("*.dev")),
                         ids=lambda path: path.stem)
def test_every_description(description, bus):
    """Hostile ones as well: both files keep their form whatever strings and descriptors say."""
    mount = bus.mount_file(description)
    devices = load(mount)
    assert {device["path"] for device in devices} == {
        path.name for path in mount.iterdir() if (path / "descriptors").exists()
        or (path / "ep00").exists()}
    check_against_tree(mount, devices)
    check_lines((mount / "devices").read_text())


@pytest.mark.sim
def test_python_and_jq_agree(loopback, clients):
    paths.require_program("jq")
    out = clients.must('jq -r ".[].configurations[].interfaces[].altsettings[].endpoints[].path" '
                       '"$1"', loopback.mount / "devices.json")
    assert set(out.decode().split()) == {str(e.dir.relative_to(loopback.mount))
                                         for e in loopback.endpoints}


def kernels_text(directory):
    """The kernel's own file; debugfs may have to be mounted first."""
    debug = Path("/sys/kernel/debug")
    if not (debug / "usb").exists():
        subprocess.run(["mount", "-t", "debugfs", "none", str(directory)], check=True)
        debug = directory
    return (debug / "usb" / "devices").read_text()


@pytest.mark.usb
def test_as_the_kernel_says(bus, workdir):
    """Everything but the bandwidth, of which nobody tells us."""
    loopback, keyboard = bus.mount("loopback", "keyboard")
    procs.eventually(lambda: keyboard.inp.driver.read_text() == "usbhid\n", 20, "the driver binds")
    directory = workdir / "debug"
    directory.mkdir()
    try:
        kernels = kernels_text(directory)
    finally:
        subprocess.run(["umount", str(directory)], check=False, stderr=subprocess.DEVNULL)

    def comparable(text):
        return sorted(re.sub(r"^B:.*\n", "", block.strip("\n") + "\n", flags=re.MULTILINE)
                      for block in blocks(text))

    check_lines(kernels)
    assert comparable((loopback.mount / "devices").read_text()) == comparable(kernels)
