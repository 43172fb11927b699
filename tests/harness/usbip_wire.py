# SPDX-License-Identifier: MIT
"""The messages of USB/IP (the kernel's Documentation/usb/usbip_protocol.rst) as vhci_hcd exchanges
them with a device, and its ports. All numbers are big-endian."""
import os
import socket
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")

# The numbers of enum usb_device_speed.
SPEEDS = {"full": 2, "high": 3, "super": 5}

_BASIC = struct.Struct(">5I")  # command, seqnum, devid, direction, ep
_SUBMIT = struct.Struct(">Iiiii8s")
_RET_SUBMIT = struct.Struct(">5Iiiiii8x")
_RET_UNLINK = struct.Struct(">5Ii24x")
_PACKET = struct.Struct(">IIIi")
HEADER = 48

CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
ZERO_PACKET = 0x40  # URB_ZERO_PACKET


@dataclass
class IsoPacket:
    """The bytes of one service interval of a URB."""
    offset: int
    length: int
    actual: int = 0
    status: int = 0


@dataclass(eq=False)
class Urb:
    """A transfer that the host has submitted; address: with the direction in bit 7, due: when the
    last of its packets is through."""
    seqnum: int
    address: int
    flags: int
    length: int
    setup: bytes
    data: bytes = b""  # what the host sends
    packets: list = field(default_factory=list)
    # What the device has got or given so far.
    parts: list = field(default_factory=list)
    actual: int = 0
    due: float = 0.0


@dataclass
class Unlink:
    seqnum: int
    victim: int


class Link:
    """The device's end of the connection."""

    def __init__(self, connection):
        self.socket = connection

    def _receive(self, size):
        data = bytearray(size)
        view, got = memoryview(data), 0
        while got < size:
            more = self.socket.recv_into(view[got:], 0, socket.MSG_WAITALL)
            if not more:
                raise EOFError
            got += more
        return data

    def receive(self, is_iso):
        """The next Urb or Unlink; EOFError: the host has detached the device. IS_ISO tells of an
        address whether its transfers have packets."""
        header = self._receive(HEADER)
        command, seqnum, _, direction, endpoint = _BASIC.unpack_from(header)
        if command == CMD_UNLINK:
            return Unlink(seqnum, struct.unpack_from(">I", header, _BASIC.size)[0])
        assert command == CMD_SUBMIT, command
        flags, length, _, packets, _, setup = _SUBMIT.unpack_from(header, _BASIC.size)
        urb = Urb(seqnum, endpoint | direction << 7, flags, length, setup)
        if not direction and length:
            urb.data = self._receive(length)
        if is_iso(urb.address):
            table = self._receive(packets * _PACKET.size)
            urb.packets = [IsoPacket(offset, size)
                           for offset, size, _, _ in _PACKET.iter_unpack(table)]
        return urb

    def _send(self, parts):
        parts = [memoryview(part) for part in parts if len(part)]
        while parts:
            sent = self.socket.sendmsg(parts[:64])
            while parts and sent >= len(parts[0]):
                sent -= len(parts.pop(0))
            if sent:
                parts[0] = parts[0][sent:]

    def complete(self, urb, status):
        """Gives a URB back with what has moved."""
        errors = sum(1 for packet in urb.packets if packet.status)
        head = _RET_SUBMIT.pack(RET_SUBMIT, urb.seqnum, 0, 0, 0, status, urb.actual, 0,
                                len(urb.packets), errors)
        table = b"".join(_PACKET.pack(packet.offset, packet.length, packet.actual, packet.status)
                         for packet in urb.packets)
        self._send([head, *(urb.parts if urb.address & 0x80 else ()), table])

    def unlinked(self, unlink, status):
        self._send([_RET_UNLINK.pack(RET_UNLINK, unlink.seqnum, 0, 0, 0, status)])


def _ports():
    """(number, whether it is SuperSpeed, whether it is free) of each port."""
    lines = (CONTROLLER / "status").read_text().splitlines()[1:]
    for hub, port, state, *_ in map(str.split, lines):
        yield int(port), hub == "ss", int(state) == 4


def port_is_free(number):
    return any(port == number and free for port, _, free in _ports())


def attach(speed):
    """Plugs a device into a free port; the port and the device's end of the connection."""
    if not CONTROLLER.exists():
        subprocess.run(["modprobe", "vhci-hcd"], check=True, timeout=60)
    port = next(number for number, is_super, free in _ports()
                if free and is_super == (speed == "super"))
    ours, theirs = socket.socketpair()
    with theirs:
        fd = os.open(CONTROLLER / "attach", os.O_WRONLY)
        try:
            os.write(fd, f"{port} {theirs.fileno()} {port + 1} {SPEEDS[speed]}".encode())
        except OSError:
            ours.close()
            raise
        finally:
            os.close(fd)
    return port, Link(ours)
