# SPDX-License-Identifier: MIT
"""The control endpoint of a device in the mounted tree: its files, and what its status says."""
import errno
import os
import re
import struct
import time

from . import procs


class Control:
    def __init__(self, device):
        self.device = device
        self.dir = device.dir / "ep00"
        self.setup = self.dir / "setup"
        self.request = self.dir / "request"
        self.data = self.dir / "data"
        self.ctl = self.dir / "ctl"
        self.status = self.dir / "status"

    def said(self, what):
        """The line of the status file that begins with WHAT; "": there is none."""
        found = re.search(rf"^{what}: (.*)$", self.status.read_text(), re.MULTILINE)
        return found.group(1) if found else ""

    def wait_pending(self):
        """Waits until a request is in flight. No event tells: the status file does."""
        procs.eventually(lambda: self.said("pending") == "1", 10, "a request is in flight")

    def wait_idle(self):
        procs.eventually(lambda: self.said("waiting") == "0", 10, "no request is left")

    def get(self, name):
        """Sends the request that is NAME by reading it."""
        return (self.setup / name).read_bytes()

    def put(self, name, data):
        """Sends DATA by a request that is NAME, in one write."""
        fd = os.open(self.setup / name, os.O_WRONLY)
        try:
            return os.write(fd, data)
        finally:
            os.close(fd)

    def ask(self, *lines):
        """The replies to lines of text."""
        fd = os.open(self.request, os.O_RDWR)
        try:
            os.write(fd, "\n".join(lines).encode())
            return read_all(fd).decode().splitlines()
        finally:
            os.close(fd)


def read_all(fd):
    got = b""
    while True:
        part = os.read(fd, 65536)
        if not part:
            return got
        got += part


def packed(kind, request, value=0, index=0, length=0):
    """Eight bytes of setup."""
    return struct.pack("<2B3H", kind, request, value, index, length)


def error_of(function, *arguments):
    """The errno that FUNCTION fails with, and how long that took."""
    start = time.monotonic()
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno], time.monotonic() - start
    return "", time.monotonic() - start
