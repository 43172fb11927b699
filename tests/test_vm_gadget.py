# SPDX-License-Identifier: MIT
"""Bulk data through Linux's own USB stack, both ends of it: identical whatever the block size."""
import hashlib
import os

import pytest

pytestmark = pytest.mark.usb

MIB = 1 << 20

SIZES = [1, 13, 511, 512, 513, 4096, 65536, 131072, 1048676]

# 4 MiB, but where that would take an hour under emulation: a write is a transfer, which dummy_hcd
# moves once a millisecond at best, and a read is a round trip of the kernel and the daemon. With
# USBFUSE_FULL=1 in the environment it is 4 MiB everywhere.
FULL = os.environ.get("USBFUSE_FULL") == "1"
WRITTEN = {} if FULL else {1: 2 << 10, 13: 32 << 10}
READ = {} if FULL else {1: 128 << 10, 13: MIB}
LIMIT = 7200 if FULL else 240


def through(loopback, clients, workdir, amount, writing, reading, deadline):
    """AMOUNT random bytes go through the gadget, by dd with these block sizes."""
    text = os.urandom(amount)
    (workdir / "in").write_bytes(text)
    reader = clients.start("dd", f"if={loopback.inp.data}", f"of={workdir / 'out'}",
                           f"bs={reading}", f"count={amount}", "iflag=fullblock,count_bytes",
                           "status=none", deadline=deadline)
    writer = clients.start("dd", f"if={workdir / 'in'}", f"of={loopback.out.data}", f"bs={writing}",
                           "status=none", deadline=deadline)
    result = writer.wait()
    assert result.status == 0, result
    result = reader.wait()
    assert result.status == 0, result
    got = (workdir / "out").read_bytes()
    assert hashlib.sha256(got).digest() == hashlib.sha256(text).digest(), first_difference(
        got, text)


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("size", SIZES)
def test_dd_writes_in_blocks(loopback, clients, workdir, size):
    """Each block is a transfer of its own, the reader uses the same size."""
    through(loopback, clients, workdir, WRITTEN.get(size, 4 * MIB), size, size, LIMIT - 10)


@pytest.mark.limit(LIMIT)
@pytest.mark.parametrize("size", SIZES)
def test_dd_reads_in_blocks(loopback, clients, workdir, size):
    """What was written in transfers of 64 KiB comes out whole, read in whatever pieces."""
    through(loopback, clients, workdir, READ.get(size, 4 * MIB), 65536, size, LIMIT - 10)


def first_difference(got, text):
    for place, (one, other) in enumerate(zip(got, text)):
        if one != other:
            return f"they differ from byte {place} on"
    return f"{len(got)} bytes instead of {len(text)}"


@pytest.mark.limit(60)
def test_one_write_is_one_transfer(puppet, clients, workdir):
    """Also where the kernel splits it, and where the caller's buffer is not aligned: the gadget
    gets full packets and a short one at the end, and nothing in between."""
    size = MIB + 100
    writer = clients.start_python(
        "import mmap\n"
        "memory = mmap.mmap(-1, 4 << 20); memory[100:100 + int(sys.argv[2])] = "
        "os.urandom(int(sys.argv[2]))\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "print(os.write(fd, memoryview(memory)[100:100 + int(sys.argv[2])]))",
        puppet.out.data, size, deadline=50)
    got = 0
    while got < size:
        # A read of the gadget's ends at a short packet: only the last one may be short.
        piece = len(puppet.bus.take(puppet, puppet.out, 65536))
        assert piece == min(65536, size - got), got
        got += piece
    assert writer.wait().out == b"%d\n" % size


def test_the_sink_takes_everything(source_sink, clients):
    """f_sourcesink halts its endpoint on bytes that are not its pattern."""
    pattern = source_sink.pattern(MIB)
    with open(source_sink.out.data, "wb", buffering=0) as out:
        assert out.write(pattern) == len(pattern)
    assert source_sink.out.count("errors") == 0


def test_the_devices_of_this_machine(loopback):
    """What the tree says is what sysfs says."""
    sysfs = f"/sys/bus/usb/devices/{loopback.dir.name}"
    for name in ("idVendor", "idProduct", "bcdDevice", "bDeviceClass", "manufacturer", "product",
                 "serial", "speed", "busnum", "devnum", "devpath", "version", "bMaxPacketSize0",
                 "bNumConfigurations", "bConfigurationValue"):
        with open(f"{sysfs}/{name}", encoding="utf-8") as file:
            assert (loopback.dir / name).read_text() == file.read(), name
    with open(f"{sysfs}/descriptors", "rb") as file:
        assert (loopback.dir / "descriptors").read_bytes() == file.read()


def test_looking_wakes_nothing(loopback, clients):
    """The kernel counts the URBs of a device; looking at the whole tree makes none. Reading data,
    or a request, is no looking."""
    counter = f"/sys/bus/usb/devices/{loopback.dir.name}/urbnum"
    with open(counter, encoding="ascii") as file:
        before = file.read()
    clients.must('grep -r --exclude=data --exclude-dir=setup . "$1" > /dev/null; '
                 'ls -lR "$1" > /dev/null', loopback.dir)
    with open(counter, encoding="ascii") as file:
        assert file.read() == before
