# SPDX-License-Identifier: MIT
"""Speaks to QEMU's monitor from inside the guest: hot-plug and key strokes.

    from vmlib.qmp import Qmp
    with Qmp() as qmp:
        name = qmp.plug("usb-kbd", "kbd0")
        qmp.send_keys("Hello")
        qmp.unplug("kbd0")

The monitor's session outlives the process that opens the port, so what an
earlier process left unread is thrown away, and every reply is known by an id.
"""

import contextlib
import errno
import glob
import itertools
import json
import os
import select
import subprocess
import time

PORT = "/dev/virtio-ports/qmp"
SHIFTED = dict(zip('!@#$%^&*()_+{}|:"~<>?', "1234567890-=[]\\;'`,./"))
NAMES = {
    " ": "spc", "\n": "ret", "\t": "tab", "\b": "backspace", "\x1b": "esc",
    "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
    "\\": "backslash", ";": "semicolon", "'": "apostrophe", "`": "grave_accent",
    ",": "comma", ".": "dot", "/": "slash",
}


class QmpError(Exception):
    """The monitor refused a command; kind is QMP's error class."""

    def __init__(self, kind, text):
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def key_codes(char):
    """The QEMU key codes to hold for one character of a US keyboard."""
    codes = []
    if char in SHIFTED or char.isupper():
        codes.append("shift")
        char = SHIFTED.get(char, char.lower())
    return [*codes, NAMES.get(char, char)]


def configured_devices():
    """The sysfs names of the configured devices on QEMU's own controllers."""
    names = set()
    for path in glob.glob("/sys/bus/usb/devices/*/bConfigurationValue"):
        device = os.path.dirname(path)
        if not os.path.realpath(device).startswith("/sys/devices/pci"):
            continue
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            if file.read().strip():
                names.add(os.path.basename(device))
    return names


class Qmp:
    """One process's turn at the monitor; the port is opened by one at a time."""

    def __init__(self, port=PORT, timeout=10):
        self.timeout = timeout
        self.ids = (f"{os.getpid()}-{number}" for number in itertools.count())
        self.input = b""
        self.events = []
        self.file = self._open(port)
        # An unfinished command of an earlier process becomes a syntax error.
        self._write(b"\n")
        # The greeting may still come; a second negotiation is only an error.
        with contextlib.suppress(QmpError):
            self.cmd("qmp_capabilities")
        self.events.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        os.close(self.file)

    def _open(self, port):
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                return os.open(port, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as err:
                if err.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _wait(self, events, deadline):
        poll = select.poll()
        poll.register(self.file, events)
        left = max(0, deadline - time.monotonic())
        if not poll.poll(left * 1000):
            raise TimeoutError("QEMU's monitor is silent")

    def _write(self, data):
        deadline = time.monotonic() + self.timeout
        while data:
            self._wait(select.POLLOUT, deadline)
            data = data[os.write(self.file, data):]

    def _read(self, deadline):
        """The next message; lines that are none are skipped."""
        while True:
            line, newline, rest = self.input.partition(b"\n")
            if newline:
                self.input = rest
                with contextlib.suppress(ValueError):
                    message = json.loads(line)
                    if isinstance(message, dict):
                        return message
                continue
            self._wait(select.POLLIN, deadline)
            with contextlib.suppress(BlockingIOError):
                self.input += os.read(self.file, 65536)

    def cmd(self, name, arguments=None, /, **more):
        """Run a command and return what it returns."""
        ident = next(self.ids)
        request = {"execute": name, "id": ident, "arguments": {**(arguments or {}), **more}}
        if not request["arguments"]:
            del request["arguments"]
        self._write(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + self.timeout
        while True:
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)
            elif message.get("id") == ident:
                if "error" in message:
                    raise QmpError(message["error"]["class"], message["error"]["desc"])
                return message["return"]

    def wait_event(self, name, timeout=None, **data):
        """Take the first event of that name with these data fields."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            for event in self.events:
                found = event.get("data", {})
                if event["event"] == name and all(found.get(k) == v for k, v in data.items()):
                    self.events.remove(event)
                    return event
            message = self._read(deadline)
            if "event" in message:
                self.events.append(message)

    def plug(self, driver, device, timeout=20, attach=False, **properties):
        """Add a device to xhci.0; returns its sysfs name when it is configured.

        attach: it is one that stays unplugged until it is told otherwise.
        """
        before = configured_devices()
        self.cmd("device_add", driver=driver, id=device, bus="xhci.0", **properties)
        if attach:
            self.cmd("qom-set", path=f"/machine/peripheral/{device}", property="attached",
                     value=True)
        deadline = time.monotonic() + timeout
        while not (new := configured_devices() - before):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{device} was not configured")
            time.sleep(0.01)
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["udevadm", "settle", "--timeout=10"], check=False)
        return new.pop()

    def unplug(self, device):
        """Remove a device and wait until QEMU has forgotten it.

        A device that the kernel is still configuring answers no more, and the
        kernel then waits for it, 5 to 45 seconds: plug() first waits.
        """
        self.cmd("device_del", id=device)
        return self.wait_event("DEVICE_DELETED", device=device)

    def send_keys(self, text, hold=20):
        """Type on the keyboard plugged in last; returns when it is typed.

        hold: milliseconds between changes; the keyboard remembers 16 of them.
        """
        for char in text:
            keys = [{"type": "qcode", "data": code} for code in key_codes(char)]
            self.cmd("send-key", {"keys": keys, "hold-time": hold})
            # QEMU waits so long after each press and after each release.
            time.sleep(2 * len(keys) * hold / 1000)
