# SPDX-License-Identifier: MIT
"""Endpoint directories of the mounted tree: finding them, and waiting for a blocked reader."""
import re
from pathlib import Path

from . import procs


class Endpoint:
    def __init__(self, directory):
        self.dir = Path(directory)
        self.data = self.dir / "data"
        self.ctl = self.dir / "ctl"
        self.status = self.dir / "status"
        self.driver = self.dir.parent / "driver"

    @property
    def address(self):
        return int(self.dir.name[2:], 16)

    @property
    def is_in(self):
        return bool(self.address & 0x80)

    @property
    def type(self):
        return self.attribute("type")

    @property
    def packet(self):
        return int(self.attribute("wMaxPacketSize"), 16) & 0x7ff

    def attribute(self, name):
        return (self.dir / name).read_text().strip()

    def count(self, what):
        """A number of the status file: the one in the line that begins with WHAT; 0: no line."""
        found = re.search(rf"^{what}\b\D*(\d+)", self.status.read_text(), re.MULTILINE)
        return int(found.group(1)) if found else 0

    def __repr__(self):
        return str(self.dir)


class Interface:
    """An interface by its directory, put into the alternate setting of that number."""

    def __init__(self, directory, alternate):
        (Path(directory) / "bAlternateSetting").write_text(f"{alternate}\n")
        ends = [Endpoint(data.parent) for data in sorted(Path(directory).glob("ep*/data"))]
        self.inp = next((e for e in ends if e.is_in), None)
        self.out = next((e for e in ends if not e.is_in), None)


def of_device(directory):
    """The endpoints in force below a device's directory, other than endpoint zero."""
    found = Path(directory).glob("config*/interface*/ep*/data")
    return [Endpoint(data.parent) for data in sorted(found)]


def wait_waiting(endpoint, number=1, deadline=10):
    """Waits until NUMBER requests wait for the endpoint. No event tells: its status file does."""
    procs.eventually(lambda: endpoint.count("waiting") >= number, deadline,
                     f"{number} waiting at {endpoint}: {endpoint.status.read_text()}")


def wait_blocked_reader(endpoint, number=1, deadline=10):
    """Waits until NUMBER readers are blocked and the device has been asked for data."""
    wait_waiting(endpoint, number, deadline)
    wait_armed(endpoint, deadline)


def wait_armed(endpoint, deadline=10):
    """Waits until a transfer is under way: data that the device has been asked for, or that it has
    not taken yet."""
    procs.eventually(lambda: endpoint.count("pending") >= 1, deadline,
                     f"a transfer pending at {endpoint}: {endpoint.status.read_text()}")
