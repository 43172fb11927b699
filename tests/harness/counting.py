# SPDX-License-Identifier: MIT
"""The counter pattern: 32-bit little-endian words, each its own index from 0. Whoever reads such a
stream sees what is missing, and where; backend/sim/README.md has the definition."""
import struct

_WORDS = 1 << 16
BLOCK = 4 * _WORDS  # bytes in which only the lower halves of the words change
_LOW = struct.pack(f"<{_WORDS}I", *range(_WORDS))


class Counter:
    """Makes any part of the pattern, fast: in Python a word by itself would take too long."""

    def __init__(self):
        self._block = bytearray(_LOW)
        self._high = 0  # the upper half of the words in the block

    def _fill(self, high):
        changed = high ^ self._high
        if changed & 0xff:
            self._block[2::4] = bytes([high & 0xff]) * _WORDS
        if changed >> 8:
            self._block[3::4] = bytes([high >> 8]) * _WORDS
        self._high = high

    def bytes(self, start, length):
        """LENGTH bytes of the pattern from byte START on."""
        parts = []
        while length:
            high, offset = divmod(start, BLOCK)
            self._fill(high & 0xffff)
            parts.append(bytes(self._block[offset:offset + length]))
            start += len(parts[-1])
            length -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)


def pattern(length, start=0):
    return Counter().bytes(start, length)
