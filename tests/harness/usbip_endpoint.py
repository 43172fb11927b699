# SPDX-License-Identifier: MIT
"""The endpoints of a device that tests emulate: what waits at them, and what each does. Nothing
here locks or waits: that is for usbip_puppet.py, which also gives URBs back."""
import errno
from collections import deque

from sim import Counters, Taken

from . import counting
from .usbip_wire import ZERO_PACKET

REMEMBERED = 1 << 20  # bytes of what an OUT endpoint has taken

STALL = object()  # in the queue of an IN endpoint: it halts here


class Pending:
    """What the endpoints have in common: URBs that wait, the halt, pausing, counting.

    complete(urb, status) gives a URB back. A URB that is being filled or emptied is the first that
    waits; when it is cancelled, what it has moved counts."""

    def __init__(self, descriptor, complete):
        self.waiting = deque()
        self.set_up(descriptor)
        self.allowed = None  # how many packets may still pass; None: any number
        self._complete = complete
        self.submitted = self.completed = self.cancelled = self.most = 0

    def set_up(self, descriptor):
        """The alternate setting with that descriptor is in force."""
        self.packet = descriptor.packet
        self.period = descriptor.period
        self.halted = False

    def submit(self, urb):
        self.submitted += 1
        self.waiting.append(urb)
        self.run()
        self.most = max(self.most, len(self.waiting))

    def complete(self, status=0):
        """The first URB is done."""
        self.completed += 1
        self._complete(self.waiting.popleft(), status)

    def cancel(self, seqnum):
        """Takes a URB out, and gives back what has moved. False: it is not there any more."""
        for urb in self.waiting:
            if urb.seqnum == seqnum:
                self.waiting.remove(urb)
                self.forget(urb)
                self.cancelled += 1
                if urb.actual:
                    # The answer to an UNLINK has no room for a length. This has, and the kernel
                    # remembers that it has cancelled the URB.
                    self._complete(urb, -errno.ECONNRESET)
                    return False
                return True
        return False

    def forget(self, urb):
        """A URB has been cancelled."""

    def run(self):
        """Moves what can move now."""
        while self.waiting:
            if self.halted:
                self.complete(-errno.EPIPE)
            elif not self.step():
                break

    def step(self):
        """Moves something of the first URB; False when nothing can."""
        raise NotImplementedError

    def allow(self, packets):
        self.allowed = packets
        self.run()

    def _use(self, packets):
        if self.allowed is not None:
            self.allowed -= packets

    def restart(self):
        """The device has been configured anew."""
        self.halted = False

    def due(self):
        """When there is something to do by the clock, or None."""
        return None

    def queued(self):
        return 0

    def counters(self):
        return Counters(self.submitted, self.completed, self.cancelled, len(self.waiting),
                        self.most, self.queued())


class In(Pending):
    """Sends what it is given, else NAKs."""

    def __init__(self, descriptor, complete):
        super().__init__(descriptor, complete)
        self.queue = deque()

    def give(self, data):
        for at in range(0, len(data), self.packet):
            self.queue.append(bytes(data[at:at + self.packet]))
        self.run()

    def put(self, item, first=False):
        """A packet of exactly these bytes, or STALL."""
        (self.queue.appendleft if first else self.queue.append)(item)
        self.run()

    def step(self):
        if not self.queue or self.allowed == 0:
            return False
        item, urb = self.queue.popleft(), self.waiting[0]
        if item is STALL:
            self.halted = True
            return True
        self._use(1)
        if len(item) > min(self.packet, urb.length - urb.actual):
            self.complete(-errno.EOVERFLOW)
            return True
        urb.parts.append(item)
        urb.actual += len(item)
        if urb.actual == urb.length or len(item) < self.packet:
            self.complete()
        return True

    def queued(self):
        return sum(len(item) for item in self.queue if item is not STALL)


class Source(In):
    """Has the counter pattern without end, behind what it is given. MESSAGES: in messages of that
    size, each ended by a short packet or a ZLP."""

    def __init__(self, descriptor, complete, messages=0):
        super().__init__(descriptor, complete)
        self.messages = messages
        self.pattern = counting.Counter()
        self.position = 0  # of the next byte
        self.left = messages  # of the message under way

    def restart(self):
        super().restart()
        self.position, self.left = 0, self.messages

    def step(self):
        if self.queue or self.allowed == 0:
            return super().step()
        urb = self.waiting[0]
        size = urb.length - urb.actual
        if self.allowed is not None:
            size = min(size, self.packet)
        if self.messages:
            size = min(size, self.left)
        ends = self.messages and size == self.left and (not size or size % self.packet)
        if not ends:
            size -= size % self.packet
            if not size:
                self.complete(-errno.EOVERFLOW)
                return True
        urb.parts.append(self.pattern.bytes(self.position, size))
        urb.actual += size
        self.position += size
        self.left = self.messages if ends else self.left - size
        self._use(1)
        if ends or urb.actual == urb.length:
            self.complete()
        return True


class Out(Pending):
    """Takes everything, and remembers the first of it."""

    def __init__(self, descriptor, complete):
        super().__init__(descriptor, complete)
        self.zlp_owed = False
        self.clear()

    def clear(self):
        self.total, self.sizes, self.data = 0, [], bytearray()

    def taken(self):
        return Taken(self.total, list(self.sizes), bytes(self.data))

    def forget(self, urb):
        if urb.actual == urb.length:
            self.zlp_owed = False  # only the one in front can have moved anything

    def step(self):
        if self.allowed == 0:
            return False
        urb = self.waiting[0]
        size = urb.length - urb.actual
        if self.allowed is not None:
            size = min(size, self.packet)
        if size:
            taken = self.accept(urb.data, urb.actual, size)
            urb.actual += taken
            if taken < size:
                self.halted = True
                return True
            self.zlp_owed = (urb.actual == urb.length and urb.length % self.packet == 0
                             and bool(urb.flags & ZERO_PACKET))
        else:
            self.zlp()
            self.zlp_owed = False
        self._use(1)
        if urb.actual == urb.length and not self.zlp_owed:
            self.complete()
        return True

    def accept(self, data, start, size):
        """Takes bytes from START on: SIZE, or only the packets before one that it refuses."""
        self.total += size
        self.data += data[start:start + min(size, REMEMBERED - len(self.data))]
        self.sizes += [self.packet] * (size // self.packet)
        if size % self.packet:
            self.sizes.append(size % self.packet)
        return size

    def zlp(self):
        self.sizes.append(0)


class Sink(Out):
    """Takes the counter pattern, and halts on a packet that is anything else. Remembers only how
    much it has taken."""

    def __init__(self, descriptor, complete):
        super().__init__(descriptor, complete)
        self.pattern = counting.Counter()
        self.position = 0

    def restart(self):
        super().restart()
        self.position = 0

    def accept(self, data, start, size):
        good, right = size, self.pattern.bytes(self.position, size)
        if data[start:start + size] != right:
            wrong = next(at for at in range(size) if data[start + at] != right[at])
            good = wrong - wrong % self.packet
        self.total += good
        self.position += good
        return good

    def zlp(self):
        pass
