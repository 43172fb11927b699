# SPDX-License-Identifier: MIT
"""A USB device that a test makes up, on the real USB stack: vhci_hcd has it attached by a socket
whose other end is here. It does what the test says, as a device of the simulated bus does, and has
the same methods as tests/sim.py's Sim for that. A thread takes what the host sends; everything
else happens on the thread of the test. The lock guards all of the device."""
import errno
import os
import select
import socket
import struct
import threading
import time

from sim import Taken

from . import paths, procs, usbip_wire
from .usbip_descriptors import BOS, BULK, INTERRUPT, ISO, LANGUAGES, device
from .usbip_descriptors import endpoints, string, usual
from .usbip_endpoint import STALL, In, Out, Sink, Source
from .usbip_iso import Iso, IsoIn, IsoOut

TIMEOUT = 10.0

ENDPOINT_HALT = 0
KEEP, REPLY_KEPT, NAK = 1, 2, 3  # vendor requests


class Stalled(Exception):
    """The device does not know this request."""


class Puppet:
    """SPEED: full, high or super. CONFIGURATION: its descriptors in bytes; DESCRIPTOR: that of the
    device. SOURCES: IN address: how it is a source, the arguments of Source or IsoIn. SINKS: the
    OUT addresses that check. Made unplugged."""

    def __init__(self, name, speed="high", configuration=None, descriptor=None, sources=None,
                 sinks=()):
        self.name = name
        self.speed = speed
        self.descriptor = descriptor or device(speed)
        self.configuration = configuration or usual(speed)
        self.strings = {1: "usbfuse", 2: "Puppet", 3: name}
        self.sources = sources or {}
        self.sinks = sinks
        self.changed = threading.Condition(threading.RLock())
        self.link = self.thread = self.port = None
        self.wake = os.eventfd(0)  # the clock is to be looked at anew
        self.failure = None
        self._power_on()

    @property
    def identity(self):
        return {"serial": self.name}

    # ---- coming and going ----

    def _power_on(self):
        self.value = 0  # of the configuration in force
        self.alternates = {}
        self.requests = []  # setup and data of each on endpoint 0
        self.ignored = {}  # those that are NAKed
        self.newest = 0  # the sequence number of the last URB
        self.early = {}  # Unlinks that have overtaken their URBs, by those
        self.kept = b""
        self.settings = endpoints(self.configuration, self.speed)
        # One for each address: what it is at stays over changes of the alternate setting.
        self.endpoints = {found.address: self._endpoint(found)
                          for found in reversed(self.settings)}
        self.timed = [one for one in self.endpoints.values() if isinstance(one, Iso)]

    def _endpoint(self, found):
        address, is_in = found.address, found.address & 0x80
        if found.kind == ISO:
            if is_in:
                return IsoIn(found, self._complete, **self.sources.get(address, {}))
            return IsoOut(found, self._complete)
        assert found.kind in (BULK, INTERRUPT)
        if address in self.sources:
            return Source(found, self._complete, **self.sources[address])
        if is_in:
            return In(found, self._complete)
        return (Sink if address in self.sinks else Out)(found, self._complete)

    def plugged(self):
        return self.link is not None

    def plug(self):
        """Plugs it in; what was before is forgotten. The kernel has not seen it yet on return."""
        assert not self.plugged()
        self._power_on()
        self.port, self.link = usbip_wire.attach(self.speed)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def unplug(self):
        """Unplugs it; its port is free again on return."""
        if not self.plugged():
            return
        self.link.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.link.socket.close()
        self.link = None
        procs.eventually(lambda: usbip_wire.port_is_free(self.port), 10, "the port is free")
        failure, self.failure = self.failure, None
        if failure:
            raise failure

    def remove(self):
        self.unplug()
        os.close(self.wake)

    # ---- the thread ----

    def _run(self):
        try:
            while True:
                self._wait()
                message = self.link.receive(self._is_iso)
                with self.changed:
                    self._take(message)
                    self.changed.notify_all()
        except (EOFError, ConnectionError, BrokenPipeError):
            pass  # unplugged, or detached by the host
        except BaseException as error:  # pylint: disable=broad-except
            with self.changed:
                self.failure = error
                self.changed.notify_all()
            self.link.socket.shutdown(socket.SHUT_RDWR)

    def _is_iso(self, address):
        return self.endpoints.get(address) in self.timed

    def _wait(self):
        """Until a message comes; meanwhile does what is to be done by the clock."""
        if not self.timed:
            return
        ready = []
        while self.link.socket not in ready:
            with self.changed:
                for one in self.timed:
                    one.run()
                self.changed.notify_all()
                due = min((one.due() for one in self.timed if one.due() is not None), default=None)
            timeout = None if due is None else max(0.0, due - time.monotonic())
            # Not poll(), whose timeout is in milliseconds.
            ready = select.select([self.link.socket, self.wake], [], [], timeout)[0]
            if self.wake in ready:
                os.eventfd_read(self.wake)

    def _take(self, message):
        if isinstance(message, usbip_wire.Unlink):
            self._unlink(message)
            return
        self.newest = message.seqnum
        if message.seqnum in self.early:
            self.link.unlinked(self.early.pop(message.seqnum), -errno.ECONNRESET)
        elif message.address & 0x7f == 0:
            self._control(message)
        elif message.address in self.endpoints:
            self.endpoints[message.address].submit(message)
        else:
            self._complete(message, -errno.EPIPE)

    def _unlink(self, message):
        """The kernel sends all new URBs and then all Unlinks, so an Unlink overtakes a URB that was
        submitted and cancelled meanwhile. It must not be answered before that has come: the kernel
        would forget the URB, and detach the device when that is given back."""
        if message.victim > self.newest:
            self.early[message.victim] = message
            return
        there = (self.ignored.pop(message.victim, None) is not None
                 or any(one.cancel(message.victim) for one in self.endpoints.values()))
        self.link.unlinked(message, -errno.ECONNRESET if there else 0)

    def _complete(self, urb, status):
        if self.link:
            self.link.complete(urb, status)

    # ---- endpoint 0 ----

    def _control(self, urb):
        try:
            reply = self._answer(urb.setup, bytes(urb.data))
        except Stalled:
            self._complete(urb, -errno.EPIPE)
            return
        if reply is None:
            self.ignored[urb.seqnum] = urb
            return
        if urb.address & 0x80:
            urb.parts = [reply[:urb.length]]
            urb.actual = len(urb.parts[0])
        else:
            urb.actual = urb.length
        self._complete(urb, 0)

    def _answer(self, setup, data):
        """The data, or None for a NAK."""
        kind, request, value, index, _ = struct.unpack("<2B3H", setup)
        self.requests.append(setup + data)
        if kind & 0x60:
            return self._request(kind, request, data)
        handler = {0x06: self._get_descriptor, 0x08: self._get_configuration,
                   0x09: self._set_configuration, 0x0a: self._get_interface,
                   0x0b: self._set_interface, 0x00: self._get_status,
                   0x01: self._clear_feature, 0x03: self._set_feature,
                   0x30: self._accept, 0x31: self._accept}.get(request)
        if not handler:
            raise Stalled
        return handler(kind & 0x1f, value, index) or b""

    def _request(self, kind, request, data):
        """Vendor requests, the same as in tests/devices/messages.dev."""
        if kind & 0x60 == 0x40:
            if request == KEEP and not kind & 0x80:
                self.kept = data
                return b""
            if request == REPLY_KEPT and kind & 0x80:
                return self.kept
            if request == NAK:
                return None
        raise Stalled

    def _get_descriptor(self, _recipient, value, _index):
        kind, number = value >> 8, value & 0xff
        if kind == 1:
            return self.descriptor
        if kind == 2 and number == 0:
            return self.configuration
        if kind == 3 and number == 0:
            return LANGUAGES
        if kind == 3 and number in self.strings:
            return string(self.strings[number])
        if kind == 15 and self.speed == "super":
            return BOS
        raise Stalled

    def _get_configuration(self, *_):
        return bytes([self.value])

    def _set_configuration(self, _recipient, value, _index):
        """Also what is left of a reset, which USB/IP does not tell: sources and sinks begin
        anew."""
        if value not in (0, self.configuration[5]):
            raise Stalled
        self.value = value
        self.alternates.clear()
        for one in self.endpoints.values():
            one.restart()

    def _get_interface(self, _recipient, _value, index):
        return bytes([self.alternates.get(index, 0)])

    def _set_interface(self, _recipient, value, index):
        self.alternates[index] = value
        for found in self.settings:
            if (found.interface, found.alternate) == (index, value):
                self.endpoints[found.address].set_up(found)

    def _get_status(self, recipient, _value, index):
        halted = recipient == 2 and index & 0x7f and self._at(index).halted
        return bytes([bool(halted), 0])

    def _clear_feature(self, recipient, value, index):
        if recipient == 2 and value == ENDPOINT_HALT and index & 0x7f:
            self._at(index).halted = False

    def _set_feature(self, recipient, value, index):
        if recipient == 2 and value == ENDPOINT_HALT and index & 0x7f:
            self._at(index).halted = True

    def _accept(self, *_):
        pass

    def _at(self, address):
        try:
            return self.endpoints[address]
        except KeyError:
            raise Stalled from None

    # ---- what a test makes it do; as tests/sim.py says ----

    def give(self, address, data):
        """As it does: packets, of which the last is short if that is the length. Nothing: a ZLP."""
        with self.changed:
            if data:
                self.endpoints[address].give(data)
            else:
                self.endpoints[address].put(b"")

    def zlp(self, address):
        self.give(address, b"")

    def packet(self, address, data=b"", status=0):
        """What an isochronous endpoint has in the next service interval: an error, perhaps. Of an
        OUT endpoint only the status counts."""
        with self.changed:
            self.endpoints[address].put(data, status=status)

    def stall(self, address, now=False):
        with self.changed:
            one = self.endpoints[address]
            if address & 0x80 and not now:
                one.put(STALL)
            else:
                one.halted = True
                one.run()

    def babble(self, address, size):
        with self.changed:
            self.endpoints[address].put(bytes(size))

    def pause(self, address):
        self.allow(address, 0)

    def allow(self, address, packets):
        """Lets so many packets through, and pauses then."""
        with self.changed:
            self.endpoints[address].allow(packets)
            os.eventfd_write(self.wake, 1)

    def resume(self, address):
        self.allow(address, None)

    # ---- what has happened ----

    def taken(self, address, clear=False):
        """What an OUT endpoint has taken; 0: the control requests, also those of the kernel."""
        with self.changed:
            if not address:
                data = b"".join(self.requests)
                result = Taken(len(data), list(map(len, self.requests)), data)
                if clear:
                    self.requests.clear()
                return result
            result = self.endpoints[address].taken()
            if clear:
                self.endpoints[address].clear()
            return result

    def take(self, address, size=65536):
        """What the host sends in one transfer."""
        self.wait_taken(address, 1)
        return self.taken(address, clear=True).data[:size]

    def counters(self, address):
        with self.changed:
            return self.endpoints[address].counters()

    def _wait_for(self, predicate, timeout):
        limit = (timeout or TIMEOUT) * paths.PATIENCE
        with self.changed:
            if not self.changed.wait_for(lambda: self.failure or predicate(), limit):
                raise TimeoutError
            if self.failure:
                raise self.failure

    def wait_taken(self, address, size, timeout=None):
        self._wait_for(lambda: self.endpoints[address].total >= size, timeout)

    def wait_pending(self, address, transfers, timeout=None):
        def waiting():
            number = len(self.endpoints[address].waiting if address else self.ignored)
            return number >= transfers if transfers else not number

        self._wait_for(waiting, timeout)

    def wait_alternate(self, interface, alternate, timeout=None):
        self._wait_for(lambda: self.alternates.get(interface, 0) == alternate, timeout)
