# SPDX-License-Identifier: MIT
"""The kernel's own interface to a USB device (linux/usbdevice_fs.h), to look at devices without
anything of ours in between."""
import ctypes
import errno
import os
import select
from pathlib import Path

from . import paths

# fcntl.ioctl() would pass a copy of a structure; the kernel remembers where a URB is.
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ioctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)

ISO, INTERRUPT, CONTROL, BULK = range(4)
_ISO_ASAP = 0x02
ZERO_PACKET = 0x40


class _Urb(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ubyte), ("endpoint", ctypes.c_ubyte), ("status", ctypes.c_int),
                ("flags", ctypes.c_uint), ("buffer", ctypes.c_void_p),
                ("buffer_length", ctypes.c_int), ("actual_length", ctypes.c_int),
                ("start_frame", ctypes.c_int), ("number_of_packets", ctypes.c_int),
                ("error_count", ctypes.c_int), ("signr", ctypes.c_uint),
                ("usercontext", ctypes.c_void_p)]


class _Packet(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint), ("actual", ctypes.c_uint), ("status", ctypes.c_int)]


def _number(direction, number, size):
    return direction << 30 | size << 16 | ord("U") << 8 | number


_SETINTERFACE = _number(2, 4, 8)
_SUBMITURB = _number(2, 10, ctypes.sizeof(_Urb))
_DISCARDURB = _number(0, 11, 0)
_REAPURBNDELAY = _number(1, 13, 8)
_CLAIMINTERFACE = _number(2, 15, 4)
_CLEAR_HALT = _number(2, 21, 4)
_RESET = _number(0, 20, 0)


class Transfer:
    """A URB. LENGTHS: those of its packets when it is isochronous."""

    def __init__(self, kind, endpoint, data, lengths=(), flags=0):
        class Whole(ctypes.Structure):
            _fields_ = [("urb", _Urb), ("packets", _Packet * len(lengths))]

        self.buffer = ctypes.create_string_buffer(bytes(data), max(1, len(data)))
        self.whole = Whole()
        urb = self.whole.urb
        urb.type, urb.endpoint, urb.flags = kind, endpoint, flags
        urb.buffer, urb.buffer_length = ctypes.addressof(self.buffer), len(data)
        if kind == ISO:
            urb.flags |= _ISO_ASAP
            urb.number_of_packets = len(lengths)
            for packet, length in zip(self.whole.packets, lengths):
                packet.length = length

    @property
    def address(self):
        return ctypes.addressof(self.whole)

    @property
    def status(self):
        return self.whole.urb.status

    @property
    def actual(self):
        return self.whole.urb.actual_length

    @property
    def data(self):
        """What it has received; a control transfer has its setup packet before."""
        start = 8 if self.whole.urb.type == CONTROL else 0
        return self.buffer.raw[start:start + self.actual]

    @property
    def packets(self):
        """(status, bytes) of each packet."""
        result, at = [], 0
        for packet in self.whole.packets:
            result.append((packet.status, self.buffer.raw[at:at + packet.actual]))
            at += packet.length
        return result


class Device:
    def __init__(self, name):
        """NAME: as in sysfs, "3-1"."""
        sysfs = Path("/sys/bus/usb/devices") / name
        bus, number = (int((sysfs / attribute).read_text()) for attribute in ("busnum", "devnum"))
        self.fd = os.open(f"/dev/bus/usb/{bus:03}/{number:03}", os.O_RDWR)
        self.flying = {}

    def close(self):
        os.close(self.fd)

    def _call(self, request, address):
        if _libc.ioctl(self.fd, request, address) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def _ioctl(self, request, *values):
        array = (ctypes.c_uint * len(values))(*values)
        self._call(request, ctypes.addressof(array))

    def claim(self, interface):
        self._ioctl(_CLAIMINTERFACE, interface)

    def set_interface(self, interface, alternate):
        self._ioctl(_SETINTERFACE, interface, alternate)

    def clear_halt(self, endpoint):
        self._ioctl(_CLEAR_HALT, endpoint)

    def reset(self):
        self._call(_RESET, None)

    def submit(self, transfer):
        self._call(_SUBMITURB, transfer.address)
        self.flying[transfer.address] = transfer
        return transfer

    def read(self, endpoint, size, kind=BULK):
        """Asks for SIZE bytes."""
        return self.submit(Transfer(kind, endpoint, bytes(size)))

    def write(self, endpoint, data, flags=0, kind=BULK):
        return self.submit(Transfer(kind, endpoint, data, flags=flags))

    def control(self, setup, data=b""):
        """SETUP: the 8 bytes; IN: DATA is room."""
        return self.submit(Transfer(CONTROL, 0, setup + data))

    def discard(self, transfer):
        """Cancels it, unless it has ended already."""
        try:
            self._call(_DISCARDURB, transfer.address)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise

    def reap(self, timeout=10):
        """The next transfer that has ended."""
        poll = select.poll()
        poll.register(self.fd, select.POLLOUT)
        if not poll.poll(timeout * paths.PATIENCE * 1000):
            raise TimeoutError
        address = ctypes.c_void_p()
        self._call(_REAPURBNDELAY, ctypes.addressof(address))
        return self.flying.pop(address.value)
