# SPDX-License-Identifier: MIT
"""Devices on the simulated bus: descriptions in tests/devices, and a control socket."""
import functools
from pathlib import Path

from sim import Sim

from . import counting, paths

# Kind: the description's file, the device's name in it, and attributes by which it is known.
KINDS = {
    "loopback": ("loopback", "loopback", {"serial": "LOOP-1"}),
    "loopback_full": ("loopback-full", "loopback-full", {"serial": "LOOP-2"}),
    "picky": ("picky", "picky", {"serial": "PICKY-1"}),
    "source_sink": ("source-sink", "source-sink", {"serial": "FAST-1"}),
    "silent": ("nak", "nak", {"product": "Nothing"}),
    "alternates": ("two-configs", "two-configs", {"serial": "CONF-1"}),
    "configurations": ("configurations", "configurations", {"serial": "CONF-2"}),
    "modem": ("cdc-acm", "serial", {"serial": "ACM-1"}),
    "puppet": ("puppet", "puppet", {"serial": "PUPPET-1"}),
    "numbered": ("numbered", "numbered", {"serial": "NUMBERED-1"}),
    "torrent": ("flow", "torrent", {"serial": "TORRENT-1"}),
    "trickle": ("flow", "trickle", {"serial": "TRICKLE-1"}),
    "chapters": ("flow", "chapters", {"serial": "CHAPTERS-1"}),
    "messages": ("messages", "messages", {"serial": "MESSAGES-1"}),
    "hub": ("hubs", "hub", {"serial": "HUB-1"}),
    "keyboard": ("quiet-keyboard", "quiet-keyboard", {"product": "Quiet keyboard"}),
}

# The usages of a few keys, from the HID usage tables.
USAGES = {"a": 4, "b": 5, "s": 0x16, "u": 0x18, "1": 0x1e}


class Puppet:
    """A device of the bus, with the methods of Sim but for its name: give(0x81, b"…")."""

    def __init__(self, bus, name):
        self._bus = bus
        self._name = name

    def __getattr__(self, verb):
        return functools.partial(getattr(self._bus.control, verb), self._name)


class SimBus:
    name = "sim"
    kinds = KINDS

    def __init__(self, device, workdir, daemon, hardware):
        self.device = device
        self.start = daemon
        self.hardware = hardware
        self.socket = workdir / "control"
        self.daemon = None
        self.control = None
        self.arguments = []  # of usbfuse, beside the bus
        self.how = {}        # and of harness.daemon.Daemon

    def _start(self, files):
        uri = ",".join(["sim:" + ",".join(map(str, files)), f"control={self.socket}"])
        self.daemon = self.start("--bus", uri, *self.arguments, **self.how)
        self.control = self.hardware.enter_context(Sim(self.socket))

    def restart(self):
        """The same command line once more, after the daemon has died."""
        self.socket.unlink()
        self.daemon.start()
        self.control = self.hardware.enter_context(Sim(self.socket))

    def mount(self, *kinds, hidden=()):
        """Devices of those kinds, plugged in and mounted; those of the kinds in HIDDEN, which come
        last, are plugged in only."""
        kinds += tuple(hidden)
        self._start(dict.fromkeys(paths.DEVICES / f"{KINDS[kind][0]}.dev" for kind in kinds))
        devices = []
        for kind in kinds:
            device = self.device(self, kind, self.daemon.mount, KINDS[kind][2])
            device.name = KINDS[kind][1]
            device.puppet = Puppet(self, device.name)
            devices.append(device)
        return devices

    def mount_file(self, path):
        """All devices of a description; where they are mounted."""
        self._start([Path(path)])
        return self.daemon.mount

    def mount_described(self, path, kind):
        """A device of that kind, as a description of the test's own says."""
        device = self.device(self, kind, self.mount_file(path), KINDS[kind][2])
        device.name = KINDS[kind][1]
        return device

    def plug(self, device):
        self.control.plug(device.name)

    def unplug(self, device):
        self.control.unplug(device.name)

    @staticmethod
    def pattern(_device, length):
        return counting.pattern(length)

    def give(self, device, endpoint, data):
        """The device sends DATA as a transfer; nothing is a zero-length packet."""
        if data:
            self.control.give(device.name, endpoint.address, data)
        else:
            self.control.zlp(device.name, endpoint.address)

    def take(self, device, endpoint, size=65536):
        """What the host sends in one transfer."""
        self.control.wait_taken(device.name, endpoint.address, 1)
        return self.control.taken(device.name, endpoint.address, clear=True).data[:size]

    def stall(self, device, endpoint):
        self.control.stall(device.name, endpoint.address)

    def pause(self, device, endpoint):
        """NAKs from now on, until resume()."""
        self.control.pause(device.name, endpoint.address)

    def resume(self, device, endpoint):
        self.control.resume(device.name, endpoint.address)

    def total_taken(self, device, endpoint):
        """How many bytes the host has got rid of."""
        return self.control.taken(device.name, endpoint.address).total

    def babble(self, device, endpoint):
        self.control.babble(device.name, endpoint.address, endpoint.packet + 1)

    def type_key(self, device, key):
        for usage in (USAGES[key], 0):
            self.give(device, device.inp, bytes([0, 0, usage, 0, 0, 0, 0, 0]))

    def set_rights(self, device, rights):
        self.control.node(device.name, "owner", rights.uid, "group", rights.gid, "mode",
                          f"{rights.mode:03o}", "acl", *rights.acl)

    def wedge(self, device, call):
        """From now on calls of that kind do not return."""
        self.control.wedge(device.name, call)

    def unwedge(self, device):
        self.control.unwedge(device.name)

    def is_open(self, device):
        """Is the device open? Asked without opening any file of its own."""
        return self.control.opened(device.name).open > 0

    def times_opened(self, device):
        return self.control.opened(device.name).times
