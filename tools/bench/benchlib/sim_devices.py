# SPDX-License-Identifier: MIT
"""Descriptions of simulated devices; the format is that of backend/sim/README.md."""

FAST = """
device fast
    port 1-1
    speed super-plus-x2
    class ff
    config 1
        interface 0 class ff
            endpoint 81 bulk 1024 burst 15
            source 81 none
            endpoint 02 bulk 1024 burst 15
            sink 02
            endpoint 83 bulk 1024
            endpoint 03 bulk 1024
            loopback 03 83
            endpoint 84 interrupt 64 interval 4
            endpoint 04 interrupt 64 interval 4
            loopback 04 84
"""

# In Mbit/s: how sim says it, and what a packet has.
SPEEDS = {480: ("high", 512), 5000: ("super", 1024), 10000: ("super-plus", 1024),
          20000: ("super-plus-x2", 1024)}


def limited(mbit):
    """A source that is as fast as the bits of its bus."""
    word, packet = SPEEDS[mbit]
    return f"""
device limited
    port 1-1
    speed {word}
    rate {mbit * 1000000 // 8}
    class ff
    config 1
        interface 0 class ff
            endpoint 81 bulk {packet}
            source 81 none
"""


def many(number, rate=0):
    """NUMBER devices with four endpoints each: a silent one, a sink, and a loop. With a RATE the
    first is a source of so many bytes a second."""
    return "".join(f"""
device d{n}
    port {1 + n // 100}-{n % 100 + 1}
    speed high
    serial "BENCH-{n}"
    {f"rate {rate}" if rate else ""}
    class ff
    config 1
        interface 0 class ff
            endpoint 81 bulk 512
            {"source 81 none" if rate else "nak 81"}
            endpoint 02 bulk 512
            sink 02
            endpoint 83 bulk 512
            endpoint 03 bulk 512
            loopback 03 83
""" for n in range(number))


def directory(daemon, n):
    """Of the interface of device N of many()."""
    return daemon.mount / f"{1 + n // 100}-{n % 100 + 1}" / "config1" / "interface0"


def fast_sources(number):
    return "".join(f"""
device s{n}
    port 1-{n + 1}
    speed super
    class ff
    config 1
        interface 0 class ff
            endpoint 81 bulk 1024
            source 81 none
""" for n in range(number))
