# SPDX-License-Identifier: MIT
"""QEMU's USB loudspeaker: what to play, and what was heard. tools/vm says where that is."""
import math
import os
import struct
import wave
from pathlib import Path

RATE = 48000
PACKET = 192  # bytes in a frame of 1 ms: 48 samples of two channels of 16 bits
# The device's own; no more than that is on its way when the device is told to stop.
BUFFER = 128 * PACKET
SILENCE = bytes(2 * BUFFER)
# Of 255, as the device comes.
VOLUME = 240


def tone(milliseconds):
    """A sine on the left and a saw tooth on the right: no two frames of it are equal."""
    return b"".join(struct.pack("<hh", int(20000 * math.sin(i * 2 * math.pi * 440 / RATE)),
                                i * 7 % 30000 - 15000)
                    for i in range(milliseconds * RATE // 1000))


def as_heard(played):
    """The samples as the volume leaves them, to the bit."""
    factor = (VOLUME << 32) // 255
    return b"".join(struct.pack("<h", ((sample << 16) * factor >> 32) >> 16)
                    for (sample,) in struct.iter_unpack("<h", played))


def heard():
    """All that the device played from plugging it in to unplugging it, once it is unplugged."""
    with wave.open(str(Path(os.environ["VM_OUT"]) / "speaker.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 2, 2)
        return file.readframes(file.getnframes())


def difference(wanted, sound):
    """Where the sound is not the wanted one, as text; "" when it has it in one piece."""
    if wanted in sound:
        return ""
    at = sound.find(wanted[:PACKET])
    if at < 0:
        return f"not even its beginning is in {len(sound)} bytes"
    same = next((i for i in range(0, len(wanted), PACKET)
                 if sound[at + i:at + i + PACKET] != wanted[i:i + PACKET]), len(wanted))
    then = wanted.find(sound[at + same:at + same + PACKET])
    return f"begins at {at}, is not the same after {same} bytes, goes on with its byte {then}"
