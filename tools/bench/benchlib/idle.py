# SPDX-License-Identifier: MIT
"""What the processors do not do."""


def idle():
    """Nanoseconds, of all of them together, since the machine was started."""
    with open("/proc/uptime", encoding="ascii") as file:
        return int(float(file.read().split()[1]) * 1e9)
