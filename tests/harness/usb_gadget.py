# SPDX-License-Identifier: MIT
"""Gadgets in the guest of tools/vm: those of tools/gadget, and a puppet of FunctionFS that sends
and takes what a test says."""
import os
import struct
import subprocess
import threading
from pathlib import Path

from . import paths, procs

CONFIGFS = Path("/sys/kernel/config/usb_gadget")

BURST = 3  # bMaxBurst of the puppet at SuperSpeed


def _free_controllers():
    used = {(gadget / "UDC").read_text().strip() for gadget in CONFIGFS.iterdir()}
    return sorted({udc.name for udc in Path("/sys/class/udc").iterdir()} - used)


class Gadget:
    """A gadget by its name in configfs; the name is its serial number as well. Made unplugged."""

    def __init__(self, name, function, *arguments):
        self.name = name
        self.directory = CONFIGFS / name
        self.udc = ""
        self._create(function, *arguments)
        self.udc = (self.directory / "UDC").read_text().strip()
        self.unplug()

    @property
    def identity(self):
        return {"serial": self.name}

    def _create(self, function, *arguments):
        subprocess.run([paths.REPO / "tools" / "gadget", "create", self.name, function,
                        *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)

    def plugged(self):
        return bool((self.directory / "UDC").read_text().strip())

    def unplug(self):
        if self.plugged():
            (self.directory / "UDC").write_text("\n")

    def plug(self):
        free = _free_controllers()
        if self.udc not in free:
            self.udc = free[0]
        (self.directory / "UDC").write_text(self.udc)

    def remove(self):
        subprocess.run([paths.REPO / "tools" / "gadget", "destroy", self.name], check=True,
                       timeout=60)


class Configurations(Gadget):
    """Two configurations: what is sent comes back; and a counter, and a sink."""

    FUNCTIONS = ("Loopback", "SourceSink")

    def __init__(self, name):
        super().__init__(name, None)

    def _places(self):
        """Of each configuration: its directory, its function, and the link to that."""
        for number, kind in enumerate(self.FUNCTIONS, 1):
            config = self.directory / f"configs/c.{number}"
            function = self.directory / f"functions/{kind}.{self.name}"
            yield config, function, config / function.name

    def _create(self, *_):
        for directory in (self.directory, self.directory / "strings/0x409"):
            directory.mkdir()
        (self.directory / "max_speed").write_text("high-speed")
        (self.directory / "idVendor").write_text("0x1d6b")
        (self.directory / "idProduct").write_text("0x0104")
        (self.directory / "strings/0x409/serialnumber").write_text(self.name)
        for config, function, link in self._places():
            config.mkdir()
            function.mkdir()
            link.symlink_to(function)
        (self.directory / "UDC").write_text(_free_controllers()[0])

    def remove(self):
        for config, function, link in self._places():
            link.unlink()
            config.rmdir()
            function.rmdir()
        for directory in (self.directory / "strings/0x409", self.directory):
            directory.rmdir()


def _descriptors():
    """A vendor interface with a bulk endpoint each way, for full, high and SuperSpeed."""
    def speed(size, burst=None):
        companion = b"" if burst is None else struct.pack("<4BH", 6, 0x30, burst, 0, 0)
        return (struct.pack("<9B", 9, 4, 0, 0, 2, 0xff, 0, 0, 1)
                + struct.pack("<BBBBHB", 7, 5, 0x81, 2, size, 0) + companion
                + struct.pack("<BBBBHB", 7, 5, 0x02, 2, size, 0) + companion)

    all_speeds = speed(64) + speed(512) + speed(1024, BURST)
    # Version 2: flags say that there are descriptors for each of the speeds, then their numbers.
    return struct.pack("<6I", 3, 24 + len(all_speeds), 7, 3, 3, 5) + all_speeds


def _strings():
    text = b"puppet\0"
    return struct.pack("<4IH", 2, 18 + len(text), 1, 1, 0x409) + text


class Puppet(Gadget):
    """A FunctionFS gadget. What nobody has asked for is NAKed. SPEED: "high" or "super"."""

    def __init__(self, name, speed="high"):
        self.speed = speed
        self.mount = Path("/run") / f"ffs-{name}"
        self.ep0 = -1
        self.threads = []
        super().__init__(name, "ffs")

    def _create(self, function, *_):
        function = f"{function}.{self.name}"
        for directory in ("", "strings/0x409", "configs/c.1", f"functions/{function}"):
            (self.directory / directory).mkdir()
        (self.directory / "max_speed").write_text(f"{self.speed}-speed")
        (self.directory / "idVendor").write_text("0x1d6b")
        (self.directory / "idProduct").write_text("0x0104")
        (self.directory / "strings/0x409/serialnumber").write_text(self.name)
        (self.directory / "strings/0x409/product").write_text("puppet")
        (self.directory / "configs/c.1" / function).symlink_to(
            self.directory / "functions" / function)
        self.mount.mkdir()
        subprocess.run(["mount", "-t", "functionfs", self.name, self.mount], check=True)
        self.ep0 = os.open(self.mount / "ep0", os.O_RDWR)
        os.write(self.ep0, _descriptors())
        os.write(self.ep0, _strings())
        (self.directory / "UDC").write_text(_free_controllers()[0])

    def _file(self, address):
        return self.mount / ("ep1" if address & 0x80 else "ep2")

    def give(self, _endpoint, data):
        """Queues DATA on the IN endpoint; a thread waits until the host has taken it."""
        fd = os.open(self._file(0x80), os.O_RDWR)

        def write():
            try:
                os.write(fd, data)
            except OSError:
                pass  # unplugged
            finally:
                os.close(fd)

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        self.threads.append(thread)
        # One at a time: the next one's place in the queue is behind this one's.
        procs.eventually(lambda: not thread.is_alive() or _blocked(thread), 10, "data is queued")

    def take(self, _endpoint, size=65536):
        """What the host sends in one transfer."""
        fd = os.open(self._file(0x02), os.O_RDWR)
        try:
            return os.read(fd, size)
        finally:
            os.close(fd)

    def stall(self, address):
        """To move data in the wrong direction is FunctionFS's way of saying so."""
        fd = os.open(self._file(address), os.O_RDWR)
        try:
            os.read(fd, 1) if address & 0x80 else os.write(fd, b"x")
        except OSError:
            pass
        finally:
            os.close(fd)

    def unplug(self):
        super().unplug()
        while self.threads:
            self.threads.pop().join(10)

    def remove(self):
        os.close(self.ep0)
        subprocess.run(["umount", self.mount], check=True, timeout=30)
        self.mount.rmdir()
        (self.directory / f"configs/c.1/ffs.{self.name}").unlink()
        for directory in ("configs/c.1", f"functions/ffs.{self.name}", "strings/0x409", ""):
            (self.directory / directory).rmdir()


def _blocked(thread):
    """Whether a thread of this process waits in the kernel, in FunctionFS."""
    return "ffs" in procs.read(f"/proc/self/task/{thread.native_id}/stack")
