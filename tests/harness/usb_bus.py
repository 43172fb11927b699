# SPDX-License-Identifier: MIT
"""Devices on a real USB stack, in the guest of tools/vm: gadgets on dummy_hcd, devices that the
tests make up on vhci_hcd, and QEMU's own, that come and go through its monitor."""
import atexit
import os
import subprocess
import sys
from pathlib import Path

from . import counting, paths, procs, speaker, usb_gadget, usbip_puppet

sys.path.insert(0, str(paths.REPO / "tools"))
from vmlib.qmp import Qmp  # noqa: E402


class Virtual:
    """A device of QEMU's."""

    def __init__(self, identity, **properties):
        self.identity = identity
        self.properties = properties
        self.plugged = False

    def plug(self):
        with Qmp() as qmp:
            self.add(qmp)
        self.plugged = True

    def add(self, qmp):
        qmp.cmd("device_add", bus="xhci.0", **self.properties)

    def unplug(self):
        if self.plugged:
            with Qmp() as qmp:
                qmp.unplug(self.properties["id"])
            self.plugged = False

    def remove(self):
        pass  # unplugged, it is nothing


class Disk(Virtual):
    """A USB Attached SCSI adapter; it is attached to the bus when it has got its disk."""

    def add(self, qmp):
        super().add(qmp)
        name = self.properties["id"]
        qmp.cmd("device_add", driver="scsi-hd", id=f"{name}-disk", bus=f"{name}.0", drive="stick0")
        qmp.cmd("qom-set", path=f"/machine/peripheral/{name}", property="attached", value=True)


class Hub(Virtual):
    """A hub that can switch its ports, with a keyboard in the third. It stays until the kernel has
    done with the keyboard: what is asked of a hub that is not there takes seconds to fail."""

    PORT = 8  # of the root hub

    def add(self, qmp):
        super().add(qmp)
        qmp.cmd("device_add", bus="xhci.0", driver="usb-kbd", port=f"{self.PORT}.3",
                id=f"{self.properties['id']}-keyboard")

    def plug(self):
        super().plug()
        hub = Path("/sys/bus/usb/devices") / sysfs_name(self)
        self.child = hub.with_name(f"{hub.name}.3")
        procs.eventually(lambda: list(self.child.glob("*:*/driver")), 20, "the keyboard is there")

    def unplug(self):
        if self.plugged:
            with Qmp() as qmp:
                qmp.unplug(f"{self.properties['id']}-keyboard")
            procs.eventually(lambda: not self.child.exists(), 20, "the keyboard has gone")
        super().unplug()


def _gadget(function, *arguments):
    return lambda name: usb_gadget.Gadget(name, function, *arguments)


def _virtual(identity, driver, **properties):
    return lambda name: Virtual(identity, driver=driver, id=name, **properties)


def _puppet(**arguments):
    return lambda name: usbip_puppet.Puppet(name, **arguments)


KINDS = {
    "messages": _puppet(),
    "super_messages": _puppet(speed="super"),
    "numbered": _puppet(sources={0x81: {}, 0x83: {"messages": 16}}, sinks=[0x02]),
    "iso": _puppet(sources={0x84: {"sizes": [1024]}}),
    "full_iso": _puppet(speed="full", sources={0x84: {"sizes": [256]}}),
    "loopback": _gadget("loopback"),
    "source_sink": _gadget("sourcesink", "pattern=1"),
    "super_loopback": _gadget("loopback", "--speed", "super"),
    "super_source_sink": _gadget("sourcesink", "--speed", "super", "pattern=1"),
    "super_puppet": lambda name: usb_gadget.Puppet(name, "super"),
    "configurations": usb_gadget.Configurations,
    "modem": _gadget("acm"),
    "silent": usb_gadget.Puppet,
    "puppet": usb_gadget.Puppet,
    "alternates": _virtual({"product": "QEMU USB Audio"}, "usb-audio"),
    "hub": lambda name: Hub({"product": "QEMU USB Hub"}, driver="usb-hub", id=name,
                            port=str(Hub.PORT), **{"port-power": True}),
    "keyboard": _virtual({"product": "QEMU USB Keyboard"}, "usb-kbd"),
    "storage": _virtual({"product": "QEMU USB HARDDRIVE"}, "usb-storage", drive="stick0"),
    "audio": _virtual({"product": "QEMU USB Audio"}, "usb-audio", audiodev="speaker",
                      buffer=speaker.BUFFER),
    "uas": lambda name: Disk({"product": "USB Attached SCSI HBA"}, driver="usb-uas", id=name),
    "serial": _virtual({"product": "QEMU USB SERIAL"}, "usb-serial", chardev="ftdi"),
}


# To make a gadget takes seconds, so they stay from one test to the next, unplugged.
_made = {}


@atexit.register
def _remove():
    while _made:
        _made.popitem()[1].remove()


def plugged(kind, hardware):
    """The hardware of that kind, plugged in until the end of the test, if not before."""
    if kind not in _made:
        _made[kind] = KINDS[kind](f"{kind.replace('_', '-')}-{os.getpid()}")
    _made[kind].plug()
    hardware.callback(_made[kind].unplug)
    return _made[kind]


def sysfs_name(hardware):
    """What is plugged in, as the kernel calls it: waits until it is configured."""
    def find():
        for device in Path("/sys/bus/usb/devices").iterdir():
            if (procs.read(device / "bConfigurationValue").strip() and
                    all(procs.read(device / attribute).strip() == text
                        for attribute, text in hardware.identity.items())):
                return device.name
        return None
    return procs.eventually(find, 20, f"{hardware.identity} is configured")


class UsbBus:
    name = "usb"
    kinds = KINDS

    def __init__(self, device, _workdir, daemon, hardware):
        self.device = device
        self.start = daemon
        self.hardware = hardware
        self.daemon = None
        self.devices = []
        self.arguments = []  # of usbfuse, beside the bus
        self.how = {}        # and of harness.daemon.Daemon

    def _add(self, kind, hardware):
        device = self.device(self, kind, "", hardware.identity)
        device.hardware = hardware
        if isinstance(hardware, usbip_puppet.Puppet):
            device.puppet = hardware
        self.devices.append(device)

    def _start(self):
        self.daemon = self.start("--bus", "usb", *self.arguments, **self.how)
        for device in self.devices:
            device.mount = self.daemon.mount
            device.wait()
        return self.devices

    def mount(self, *kinds, hidden=()):
        """Devices of those kinds, plugged in and mounted; those of the kinds in HIDDEN, which come
        last, are plugged in only."""
        for kind in kinds:
            self._add(kind, plugged(kind, self.hardware))
        others = [plugged(kind, self.hardware) for kind in hidden]
        for hardware in others:
            sysfs_name(hardware)
        found = list(self._start())
        for kind, hardware in zip(hidden, others):
            device = self.device(self, kind, self.daemon.mount, hardware.identity)
            device.hardware = hardware
            found.append(device)
        return found

    def mount_puppet(self, **arguments):
        """A device with the caller's own descriptors, as usbip_puppet.Puppet takes them."""
        puppet = usbip_puppet.Puppet(f"puppet-{os.getpid()}", **arguments)
        self.hardware.callback(puppet.remove)
        puppet.plug()
        self._add("puppet", puppet)
        return self._start()[0]

    def restart(self):
        """The same command line once more, after the daemon has died."""
        self.daemon.start()
        for device in self.devices:
            device.wait()

    @staticmethod
    def plug(device):
        device.hardware.plug()

    @staticmethod
    def unplug(device):
        device.hardware.unplug()

    @staticmethod
    def pattern(device, length):
        """The counter; or f_sourcesink's pattern 1: modulo 63, anew in every packet."""
        if device.puppet:
            return counting.pattern(length)
        packet = device.inp.packet
        one = bytes(i % 63 for i in range(packet))
        return (one * (length // packet + 1))[:length]

    @staticmethod
    def give(device, endpoint, data):
        device.hardware.give(endpoint.address, data)

    @staticmethod
    def take(device, endpoint, size=65536):
        return device.hardware.take(endpoint.address, size)

    @staticmethod
    def stall(device, endpoint):
        device.hardware.stall(endpoint.address)

    @staticmethod
    def node(device):
        """The path of its node, as the tree has its numbers."""
        bus, number = (int((device.dir / name).read_text()) for name in ("busnum", "devnum"))
        return Path(f"/dev/bus/usb/{bus:03}/{number:03}")

    def set_rights(self, device, rights):
        # What udev's rules say comes first.
        subprocess.run(["udevadm", "settle", "--timeout=20"], check=True)
        rights.set(self.node(device))

    def is_open(self, device):
        """Has the daemon got the device's node open? Only the first time a file of the device is
        looked at, which would put off its being closed."""
        if not hasattr(device, "sysfs"):
            device.sysfs = Path("/sys/bus/usb/devices") / device.dir.name
        bus, number = (int((device.sysfs / name).read_text()) for name in ("busnum", "devnum"))
        node = f"/dev/bus/usb/{bus:03}/{number:03}"
        return node in procs.opened(self.daemon.pid)

    @staticmethod
    def babble(device, endpoint):
        device.hardware.babble(endpoint.address, endpoint.packet + 1)

    @staticmethod
    def type_key(_device, key):
        with Qmp() as qmp:
            qmp.send_keys(key)
