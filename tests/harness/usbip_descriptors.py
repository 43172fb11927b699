# SPDX-License-Identifier: MIT
"""Descriptors of the devices that tests emulate: making them, and finding the endpoints in them."""
import struct
from dataclasses import dataclass

CONTROL, ISO, BULK, INTERRUPT = range(4)


def device(speed, product=0x0110, strings=(1, 2, 3)):
    """A device descriptor; STRINGS: the indices of manufacturer, product and serial number."""
    version, ep0 = {"full": (0x0110, 64), "high": (0x0200, 64), "super": (0x0300, 9)}[speed]
    return struct.pack("<2BH4B3H4B", 18, 1, version, 0xff, 0, 0, ep0, 0x1d6b, product, 0x0100,
                       *strings, 1)


def interface(number, alternate, endpoints, klass=0xff):
    """ENDPOINTS: what endpoint() made."""
    return struct.pack("<9B", 9, 4, number, alternate, len(endpoints), klass, 0, 0, 0) + b"".join(
        endpoints)


def endpoint(address, kind, size, interval=0, burst=None):
    """BURST: at SuperSpeed, the bMaxBurst of the companion."""
    companion = b"" if burst is None else struct.pack("<4BH", 6, 0x30, burst, 0, (
        size * (burst + 1) if kind in (ISO, INTERRUPT) else 0))
    return struct.pack("<4BHB", 7, 5, address, kind, size, interval) + companion


def configuration(*interfaces, value=1):
    numbers = {text[2] for text in interfaces}
    total = 9 + sum(map(len, interfaces))
    return struct.pack("<2BH5B", 9, 2, total, len(numbers), value, 0, 0x80, 50) + b"".join(
        interfaces)


def string(text):
    data = text.encode("utf-16-le")
    return bytes([2 + len(data), 3]) + data


LANGUAGES = struct.pack("<2BH", 4, 3, 0x0409)
# USB 2.0 extension (LPM) and SuperSpeed capabilities, as every SuperSpeed device has them.
BOS = (struct.pack("<2BH B", 5, 15, 22, 2) + struct.pack("<3BI", 7, 16, 2, 2)
       + struct.pack("<4BH2BH", 10, 16, 3, 0, 0x0e, 1, 10, 0x7ff))


def usual(speed):
    """A configuration with an interface of bulk and interrupt endpoints, and one with isochronous
    endpoints in its second alternate setting."""
    burst = {"super": 0}.get(speed)
    bulk = {"full": 64, "high": 512, "super": 1024}[speed]
    iso, interval = {"full": (256, 1), "high": (1024, 1), "super": (1024, 1)}[speed]
    return configuration(
        interface(0, 0, [endpoint(0x81, BULK, bulk, 0, burst),
                         endpoint(0x02, BULK, bulk, 0, burst),
                         endpoint(0x83, INTERRUPT, 64, 4, burst)]),
        interface(1, 0, []),
        interface(1, 1, [endpoint(0x84, ISO, iso, interval, burst),
                         endpoint(0x05, ISO, iso, interval, burst)]))


@dataclass
class Endpoint:
    """What a descriptor says, in the alternate setting where it is."""
    address: int
    kind: int
    packet: int  # the most bytes of one packet; isochronous: of one service interval
    period: float  # seconds from one service interval to the next
    interface: int
    alternate: int


def endpoints(text, speed):
    """The endpoints of a configuration. Descriptors that make no sense are left out."""
    found, at, here, wide = [], 0, (0, 0), speed != "full"
    while at + 2 <= len(text) and text[at] >= 2:
        item = text[at:at + text[at]]
        at += len(item)
        if item[1] == 4 and len(item) >= 4:
            here = (item[2], item[3])
        elif item[1] == 5 and len(item) >= 7:
            kind, size = item[3] & 3, item[4] | item[5] << 8
            packet = size & 0x7ff
            if kind in (ISO, INTERRUPT) and speed == "high":
                packet *= 1 + (size >> 11 & 3)
            unit = 0.000125 if wide else 0.001
            period = unit * 2 ** (max(1, min(item[6], 16)) - 1)
            found.append(Endpoint(item[2], kind, packet, period, *here))
        elif item[1] == 0x30 and len(item) >= 6 and found and found[-1].kind == ISO:
            found[-1].packet = item[4] | item[5] << 8
    return found
