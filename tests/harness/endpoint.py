# SPDX-License-Identifier: MIT
"""Endpoint directories of the mounted tree: finding them, their knobs, and waiting for what their
status file says."""
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

    def set(self, *lines):
        """Knobs and verbs, all in one write(2): "framing hex"."""
        self.ctl.write_text("".join(f"{line}\n" for line in lines))

    def knobs(self):
        """Its knobs as ctl shows them: {"depth": "auto", …}."""
        lines = (line.split() for line in self.ctl.read_text().splitlines())
        return {words[0]: words[1] for words in lines if words[0] != "#"}

    def said(self, what):
        """The line of the status file that begins with WHAT; "": there is none."""
        found = re.search(rf"^{what}: (.*)$", self.status.read_text(), re.MULTILINE)
        return found.group(1) if found else ""

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


def wait_count(endpoint, what, number, deadline=10):
    """Waits until the status file says that there are at least NUMBER of WHAT."""
    procs.eventually(lambda: endpoint.count(what) >= number, deadline,
                     f"{number} {what} at {endpoint}: {endpoint.status.read_text()}")


def wait_waiting(endpoint, number=1, deadline=10):
    """Waits until NUMBER requests wait for the endpoint. No event tells: its status file does."""
    wait_count(endpoint, "waiting", number, deadline)


def wait_blocked_reader(endpoint, number=1, deadline=10):
    """Waits until NUMBER readers are blocked and the device has been asked for data."""
    wait_waiting(endpoint, number, deadline)
    wait_armed(endpoint, deadline)


def wait_armed(endpoint, deadline=10):
    """Waits until a transfer is under way: data that the device has been asked for, or that it has
    not taken yet."""
    wait_count(endpoint, "pending", 1, deadline)
