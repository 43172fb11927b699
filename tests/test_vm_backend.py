# SPDX-License-Identifier: MIT
"""The usb backend without anything on top of it, where only a real stack can tell: isochronous
packets into QEMU's loudspeaker, bulk streams of its USB Attached SCSI adapter, usbfs's limits."""
import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from harness import paths, procs, speaker, usb_bus

pytestmark = pytest.mark.usb

LIMIT = Path("/sys/module/usbcore/parameters/usbfs_memory_mb")
ZEROS = "/dev/zero"


def usbio(*words):
    """Its exit status, and what it said."""
    done = subprocess.run([paths.BUILD_DIR / "tests/usb/usbio", *map(str, words)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout


def free(device, drivers):
    """Takes the interfaces from the kernel's drivers, once udev has bound them."""
    for number, driver in enumerate(drivers):
        link = Path(f"/sys/bus/usb/devices/{device}:1.{number}/driver")
        procs.eventually(lambda link=link, driver=driver:
                         os.path.islink(link) and os.path.basename(os.readlink(link)) == driver,
                         20, f"{driver} binds")
    for number in range(len(drivers)):
        status, said = usbio("detach", device, number)
        assert status == 0, said


@pytest.fixture
def plug(hardware):
    """plug(kind, driver…): the device's name in sysfs, with no driver on its interfaces."""
    def plug_one(kind, *drivers):
        name = usb_bus.sysfs_name(usb_bus.plugged(kind, hardware))
        free(name, drivers)
        return name
    return plug_one


@pytest.fixture
def loud(plug):
    return plug("audio", "snd-usb-audio", "snd-usb-audio")


@contextlib.contextmanager
def memory_limit(megabytes):
    before = LIMIT.read_text()
    LIMIT.write_text(str(megabytes))
    try:
        yield
    finally:
        LIMIT.write_text(before)


# ---- isochronous ----

@pytest.mark.parametrize("packets, depth", [(8, 4), (128, 2)])
def test_a_tone(loud, hardware, workdir, packets, depth):
    """What is sent in packets of a millisecond is heard: all of it, in order, without a gap."""
    tone = speaker.tone(1000)
    (workdir / "sound").write_bytes(tone + speaker.SILENCE)
    status, said = usbio("iso", loud, 1, 1, 0x01, workdir / "sound", speaker.PACKET, packets, depth)
    assert status == 0 and " 0 bad (none), OK" in said, said
    hardware.close()
    assert not speaker.difference(speaker.as_heard(tone), speaker.heard())


def test_cancelled(loud):
    """What has been played counts; what has not says so."""
    status, said = usbio("isocancel", loud, 1, 1, 0x01, ZEROS, speaker.PACKET, 32, 4)
    assert status == 1 and said.endswith("(EXDEV), ECANCELED\n"), said


def test_unplugged_while_it_plays(loud, hardware):
    with subprocess.Popen([paths.BUILD_DIR / "tests/usb/usbio", "iso", loud, "1", "1", "1", ZEROS,
                           str(speaker.PACKET), "8", "4"], stdout=subprocess.PIPE) as player:
        assert player.stdout.readline() == b"started\n"
        hardware.close()
        said = player.stdout.read()
    assert b"bad (EXDEV), ENODEV\n" in said, said


def test_wrong_packets(loud):
    for words, error in (((1, 0x01, ZEROS, speaker.PACKET + 1, 8), "EINVAL"),
                         ((1, 0x01, ZEROS, speaker.PACKET, 129), "EINVAL"),
                         ((0, 0x01, ZEROS, speaker.PACKET, 8), "ENOENT"),
                         ((1, 0x81, "/dev/null", speaker.PACKET, 8), "ENOENT")):
        assert usbio("iso", loud, 1, *words) == (1, f"submit: {error}\n"), words


# ---- usbfs's limit of what is in flight ----

def test_too_much_at_once(loud, plug):
    with memory_limit(1):
        assert usbio("iso", loud, 1, 1, 0x01, ZEROS, speaker.PACKET, 128, 64) == (
            1, "submit: ENOMEM\n")
        loopback = plug("loopback")
        for size, depth in ((2 << 20, 1), (64 << 10, 64)):
            assert usbio("read", loopback, 0, 0x81, 64 << 20, size, depth) == (
                1, "submit: ENOMEM\n")
    # What was in flight has been given back.
    status, said = usbio("loop", loopback, 0, 0x02, 0x81, 512, 1)
    assert status == 0, said


# ---- streams ----

def test_a_disk_answers_on_streams(plug):
    disk = plug("uas", "uas")
    status, said = usbio("uas", disk, 0, 0x01, 0x82, 0x83)
    assert status == 0, said
    with open(os.environ["VM_STICK"], "rb") as stick:
        blocks = [stick.read(512) for _ in range(4)]
    assert said.splitlines() == [
        "16 streams", "stream 0: EINVAL", "stream 17: EINVAL", "again: EINVAL",
        # In the order of the commands, not of the transfers.
        "order: data3 status3 data2 status2 data1 status1",
        *(f"stream {tag}: status 0, 512 bytes: {blocks[tag][:16].hex(' ')}" for tag in (1, 2, 3))]


def test_allocating_and_freeing(plug):
    disk = plug("uas", "uas")
    for asked, got in ((1, 1), (4, 4), (1000, 16)):
        assert usbio("streams", disk, 0, 0x83, asked) == (0, f"{got} streams\nafter alt: EINVAL\n")
    assert usbio("streams", disk, 0, 0x01, 4) == (1, "streams: EOPNOTSUPP\n")


def test_devices_without_streams(plug):
    """SuperSpeed on a controller that has them, and high speed."""
    stick = plug("storage", "usb-storage")
    assert usbio("streams", stick, 0, 0x81, 4) == (1, "streams: EOPNOTSUPP\n")
    loopback = plug("loopback")
    assert usbio("streams", loopback, 0, 0x81, 4) == (1, "streams: EOPNOTSUPP\n")
