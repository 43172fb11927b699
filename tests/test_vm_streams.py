# SPDX-License-Identifier: MIT
"""Bulk streams on a real stack, through files: USB Attached SCSI spoken by writing and reading."""
import struct

import pytest

from harness import endpoint, procs

pytestmark = pytest.mark.usb

TEST_UNIT_READY, READ_10, INQUIRY = 0x00, 0x28, 0x12
STATUS_IU = 3


class Scsi:
    """A disk behind its four pipes; the tag of a command is the stream of what answers it."""

    def __init__(self, directory):
        pipes = {end.address: end for end in
                 (endpoint.Endpoint(data.parent) for data in directory.glob("ep*/data"))}
        self.command, self.status, self.data = pipes[0x01], pipes[0x82], pipes[0x83]

    def run(self, tag, opcode, block=b"", length=0):
        """Sends a command; the data that it brings, and its status."""
        for pipe in (self.status, self.data):
            pipe.ctl.write_text(f"stream {tag}\n")
        unit = struct.pack(">BBHBBBB8s16s", 1, 0, tag, 0, 0, 0, 0, b"",
                           (bytes([opcode]) + block).ljust(16, b"\0"))
        with open(self.command.data, "wb", buffering=0) as pipe:
            assert pipe.write(unit) == len(unit)
        data = b""
        if length:
            with open(self.data.data, "rb", buffering=0) as pipe:
                data = pipe.read(length)
        with open(self.status.data, "rb", buffering=0) as pipe:
            answer = pipe.read(1024)
        assert answer[0] == STATUS_IU and struct.unpack_from(">H", answer, 2) == (tag,)
        return data, answer[6]


@pytest.fixture
def disk(uas):
    """QEMU's adapter, taken from the kernel's driver."""
    interface = uas.dir / "config1" / "interface0"
    driver = interface / "driver"
    procs.eventually(lambda: driver.read_text() == "uas\n", 20,
                     f"its driver binds: {driver.read_text()}")
    driver.write_text("none\n")
    return Scsi(interface)


def test_a_disk_by_reading_and_writing(disk):
    assert disk.data.attribute("streams") == "16"
    # A device that has just come says so before it obeys.
    assert 0 in [disk.run(1, TEST_UNIT_READY)[1] for _ in range(5)]
    data, status = disk.run(3, INQUIRY, bytes([0, 0, 0, 36]), 36)
    assert (status, len(data)) == (0, 36)
    assert data[8:12] == b"QEMU"
    for tag in (2, 16, 1):
        block = struct.pack(">BIBHB", 0, tag, 0, 1, 0)
        data, status = disk.run(tag, READ_10, block, 512)
        assert (status, len(data)) == (0, 512)
