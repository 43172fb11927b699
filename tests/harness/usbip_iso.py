# SPDX-License-Identifier: MIT
"""Isochronous endpoints of a device that tests emulate: a packet in each service interval, by the
clock. A host that is late finds the stream where it left it, so nothing is lost but what a test
wants to be lost."""
import errno
import time
from collections import deque

from sim import Taken

from . import counting
from .usbip_endpoint import REMEMBERED, Pending


class Iso(Pending):
    """queue: the next packets, as (bytes, status); OUT: b"", and what becomes of the host's."""

    def __init__(self, descriptor, complete):
        super().__init__(descriptor, complete)
        self.queue = deque()
        self.free = 0.0  # when the last packet that was asked for is through

    def give(self, data):
        for at in range(0, len(data), self.packet):
            self.put(bytes(data[at:at + self.packet]))

    def put(self, data, first=False, status=0):
        (self.queue.appendleft if first else self.queue.append)((data, status))

    def submit(self, urb):
        self.free = max(self.free, time.monotonic()) + len(urb.packets) * self.period
        urb.due = self.free
        super().submit(urb)

    def due(self):
        return self.waiting[0].due if self.waiting and self.allowed != 0 else None

    def step(self):
        urb = self.waiting[0]
        if self.allowed == 0 or urb.due > time.monotonic():
            return False
        for packet in urb.packets:
            self.move(urb, packet)
        urb.actual = sum(packet.actual for packet in urb.packets)
        self.complete()
        return True

    def move(self, urb, packet):
        raise NotImplementedError

    def queued(self):
        return sum(len(data) for data, _ in self.queue)


class IsoIn(Iso):
    """Sends the packets that it is given, else the counter pattern if it is a source, else empty
    ones. SIZES: those of the pattern's packets, over and over."""

    def __init__(self, descriptor, complete, sizes=()):
        super().__init__(descriptor, complete)
        self.sizes = sizes
        self.pattern = counting.Counter()
        self.restart()

    def restart(self):
        super().restart()
        self.position = self.number = 0

    def _next(self):
        if self.queue:
            return self.queue.popleft()
        if not self.sizes:
            return b"", 0
        size = self.sizes[self.number % len(self.sizes)]
        data = self.pattern.bytes(self.position, size)
        self.number += 1
        self.position += size
        return data, 0

    def move(self, urb, packet):
        data, packet.status = self._next()
        if len(data) > packet.length:
            data, packet.status = b"", -errno.EOVERFLOW
        packet.actual = len(data)
        urb.parts.append(data)


class IsoOut(Iso):
    """Takes packets, and remembers the first of them."""

    def __init__(self, descriptor, complete):
        super().__init__(descriptor, complete)
        self.clear()

    def clear(self):
        self.total, self.sizes, self.data = 0, [], bytearray()

    def taken(self):
        return Taken(self.total, list(self.sizes), bytes(self.data))

    def move(self, urb, packet):
        _, packet.status = self.queue.popleft() if self.queue else (b"", 0)
        if packet.status:
            return
        packet.actual = packet.length
        self.total += packet.length
        self.sizes.append(packet.length)
        size = min(packet.length, REMEMBERED - len(self.data))
        self.data += urb.data[packet.offset:packet.offset + size]
