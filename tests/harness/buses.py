# SPDX-License-Identifier: MIT
"""Devices by kind, on whichever bus the tests run: the simulated one on any machine, a real USB
stack in the guest of tools/vm. A test asks for a kind and does not know which it is."""
import errno
from pathlib import Path

from . import endpoint, paths, procs, sim_bus, usb_bus

_BUSES = {"sim": sim_bus.SimBus, "usb": usb_bus.UsbBus}
ALL = tuple(_BUSES)

# Every kind that some bus has. Each is a fixture of conftest.py.
KINDS = sorted(set(sim_bus.KINDS) | set(usb_bus.KINDS))


def here(sim_too=False):
    """The names of the buses that tests run on, on this machine."""
    if not paths.IN_VM:
        return ("sim",)
    return ALL if sim_too else ("usb",)


def offering(names, wanted):
    """Those of the buses NAMES that have every kind of device in WANTED."""
    return [name for name in ALL
            if name in names and set(wanted) & set(KINDS) <= set(_BUSES[name].kinds)]


class Device:
    """A device that is plugged in and can be seen in a mounted tree."""

    def __init__(self, bus, kind, mount, identity):
        self.bus = bus
        self.kind = kind
        self.mount = Path(mount)
        self.identity = identity  # attribute: its text
        # What makes it do things, by the methods of tests/sim.py that are about an endpoint:
        # give(0x81, b"abc"). None: it does what it does.
        self.puppet = None

    def _is(self, directory):
        try:
            return all((directory / name).read_text().strip() == text
                       for name, text in self.identity.items())
        except OSError as error:
            # Attributes that it lacks, or it went while we looked.
            if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENOTDIR, errno.ESTALE):
                return False
            raise

    def find(self):
        """Its directory, or None."""
        for directory in sorted(self.mount.iterdir()):
            if not directory.is_symlink() and self._is(directory):
                return directory
        return None

    @property
    def dir(self):
        found = self.find()
        assert found, f"no {self.kind} in {self.mount}: {sorted(self.mount.iterdir())}"
        return found

    @property
    def endpoints(self):
        return endpoint.of_device(self.dir)

    @property
    def inp(self):
        """Its first IN endpoint."""
        return next(e for e in self.endpoints if e.is_in)

    @property
    def out(self):
        """Its first OUT endpoint."""
        return next(e for e in self.endpoints if not e.is_in)

    def pattern(self, length):
        """The bytes that a source sends from its start."""
        return self.bus.pattern(self, length)

    def wait(self):
        """Waits until the tree shows it."""
        procs.eventually(self.find, 10, f"{self.kind} appears in {self.mount}")

    def plug(self):
        """Plugs it in again, and waits until the tree shows it."""
        self.bus.plug(self)
        self.wait()

    def unplug(self):
        """Unplugs it, and waits until the tree does not show it any more."""
        self.bus.unplug(self)
        procs.eventually(lambda: not self.find(), 10, f"{self.kind} leaves {self.mount}")


def make(name, workdir, daemon, hardware):
    """HARDWARE: an ExitStack for what is to be undone after the daemons have ended."""
    return _BUSES[name](Device, workdir, daemon, hardware)
