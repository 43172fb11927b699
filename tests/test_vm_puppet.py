# SPDX-License-Identifier: MIT
"""The devices on vhci_hcd by themselves, through usbfs: exact about what moves, also where a
transfer is cancelled or isochronous."""
import errno
import struct

import pytest

from harness import counting, usbfs
from harness.usbip_descriptors import BULK, configuration, endpoint, interface
from harness.usbip_descriptors import device as device_descriptor

pytestmark = pytest.mark.usb

IN, OUT, REPORT, ISO_IN, ISO_OUT = 0x81, 0x02, 0x83, 0x84, 0x05


@pytest.fixture
def opened(request):
    """Opens a device and claims an interface of it, until the end of the test."""
    def one(device, interface=0, alternate=0):
        handle = usbfs.Device(device.dir.name)
        request.addfinalizer(handle.close)
        handle.claim(interface)
        if alternate:
            handle.set_interface(interface, alternate)
        return handle

    return one


def outcome(transfer):
    return transfer.status, transfer.data


# ---- transfers ----

def test_packets_make_transfers(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    puppet.give(IN, bytes(600))
    puppet.zlp(IN)
    puppet.give(IN, bytes(1024))
    puppet.give(IN, b"abc")
    for expected in (600, 0, 1024, 3):
        handle.read(IN, 1024)
        assert outcome(handle.reap()) == (0, bytes(expected) if expected != 3 else b"abc")
    # A full packet alone does not end a transfer that has room.
    waiting = handle.read(IN, 1024)
    puppet.give(IN, bytes(512))
    puppet.wait_pending(IN, 1)
    puppet.give(IN, b"x")
    assert handle.reap() is waiting and waiting.actual == 513


def test_zlps_are_seen(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    for data, flags, packets in ((b"", 0, [0]), (bytes(1024), 0, [512, 512]),
                                 (bytes(1024), usbfs.ZERO_PACKET, [512, 512, 0]),
                                 (bytes(5), usbfs.ZERO_PACKET, [5])):
        handle.write(OUT, data, flags)
        assert handle.reap().status == 0
        assert puppet.taken(OUT, clear=True).packets == packets


def test_stall_and_babble(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    puppet.give(IN, bytes(512))
    puppet.stall(IN)
    puppet.give(IN, b"after")
    for expected in ((-errno.EPIPE, bytes(512)), (-errno.EPIPE, b"")):
        handle.read(IN, 1024)
        assert outcome(handle.reap()) == expected
    handle.clear_halt(IN)
    handle.read(IN, 1024)
    assert outcome(handle.reap()) == (0, b"after")
    puppet.babble(IN, 513)
    handle.read(IN, 1024)
    assert outcome(handle.reap()) == (-errno.EOVERFLOW, b"")
    puppet.stall(OUT)
    handle.write(OUT, b"abc")
    assert handle.reap().status == -errno.EPIPE
    handle.clear_halt(OUT)
    handle.write(OUT, b"abc")
    assert handle.reap().status == 0
    assert puppet.taken(OUT).data == b"abc"


def setup_packet(kind, request, length):
    return struct.pack("<2B3H", kind, request, 0, 0, length)


def test_control_requests(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    puppet.taken(0, clear=True)
    handle.control(setup_packet(0x40, 1, 4), b"kept")
    assert handle.reap().status == 0
    handle.control(setup_packet(0xc0, 2, 64), bytes(64))
    assert outcome(handle.reap()) == (0, b"kept")
    handle.control(setup_packet(0xc0, 9, 64), bytes(64))
    assert handle.reap().status == -errno.EPIPE
    assert puppet.taken(0).packets == [12, 8, 8]
    transfer = handle.control(setup_packet(0x40, 3, 0))
    handle.discard(transfer)
    assert handle.reap() is transfer and transfer.status == -errno.ENOENT


# ---- cancelling ----

def test_a_cancelled_read_keeps_what_it_has(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    transfer = handle.read(IN, 4096)
    puppet.wait_pending(IN, 1)
    puppet.give(IN, b"a" * 1024)  # full packets: the transfer goes on
    handle.discard(transfer)
    assert handle.reap() is transfer
    assert outcome(transfer) == (-errno.ENOENT, b"a" * 1024)
    puppet.give(IN, b"next")
    handle.read(IN, 4096)
    assert outcome(handle.reap()) == (0, b"next")
    assert puppet.counters(IN).cancelled == 1


def test_a_cancelled_write_says_what_was_taken(messages, opened):
    handle, puppet = opened(messages), messages.puppet
    for allowed in (0, 3):
        puppet.allow(OUT, allowed)
        transfer = handle.write(OUT, bytes(4096))
        puppet.wait_pending(OUT, 1)
        handle.discard(transfer)
        assert handle.reap() is transfer
        assert (transfer.status, transfer.actual) == (-errno.ENOENT, 512 * allowed)
        assert puppet.taken(OUT, clear=True).packets == [512] * allowed


@pytest.mark.limit(60)
def test_cancelling_leaves_no_hole(numbered, opened):
    """Whenever a transfer is cancelled, before, while and after the device has filled it."""
    handle, puppet, got = opened(numbered), numbered.puppet, 0
    for turn in range(200):
        puppet.allow(IN, turn % 20)
        transfers = [handle.read(IN, 4096) for _ in range(2)]
        if turn % 3:
            puppet.wait_pending(IN, 0 if turn % 20 >= 16 else 1)
        for transfer in reversed(transfers):
            handle.discard(transfer)
        for transfer in sorted((handle.reap() for _ in transfers), key=transfers.index):
            assert transfer.data == counting.pattern(transfer.actual, got)
            got += transfer.actual
    assert got


# ---- coming and going ----

def test_unplugging(messages, opened):
    handle = opened(messages)
    transfer = handle.read(IN, 512)
    messages.puppet.wait_pending(IN, 1)
    messages.unplug()
    assert handle.reap() is transfer
    assert transfer.status in (-errno.ESHUTDOWN, -errno.ENODEV, -errno.ECONNRESET)
    messages.plug()
    again = opened(messages)
    messages.puppet.give(IN, b"back")
    again.read(IN, 512)
    assert outcome(again.reap()) == (0, b"back")


def test_a_reset_begins_anew(numbered, opened):
    handle = opened(numbered)
    for start in (0, 4096):
        handle.read(IN, 4096)
        assert handle.reap().data == counting.pattern(4096, start)
    handle.reset()
    handle.read(IN, 4096)
    assert handle.reap().data == counting.pattern(4096)


def test_at_superspeed(super_messages, opened):
    handle, puppet = opened(super_messages), super_messages.puppet
    assert (super_messages.dir / "speed").read_text() == "5000\n"
    puppet.give(IN, bytes(1025))
    handle.read(IN, 2048)
    assert handle.reap().actual == 1025


# ---- a test's own descriptors ----

def test_any_descriptors(bus, opened):
    """Packets are as large as the alternate setting in force says."""
    first = device_descriptor("high", 0x0999)
    rest = configuration(
        interface(3, 0, [endpoint(IN, BULK, 512)]) + b"\x05\xffabc",
        interface(3, 1, [endpoint(IN, BULK, 8)]))
    device = bus.mount_puppet(descriptor=first, configuration=rest)
    assert (device.dir / "descriptors").read_bytes() == first + rest
    handle = opened(device, 3)
    device.puppet.give(IN, bytes(512))
    handle.read(IN, 512)
    assert handle.reap().actual == 512
    handle.set_interface(3, 1)
    device.puppet.babble(IN, 9)
    handle.read(IN, 512)
    assert handle.reap().status == -errno.EOVERFLOW


# ---- isochronous ----

def test_isochronous_packets(iso, opened):
    """Lengths, errors and bytes as the test says, then those of the counter."""
    handle, puppet = opened(iso, 1, 1), iso.puppet
    puppet.wait_alternate(1, 1)
    puppet.packet(ISO_IN, b"first")
    puppet.packet(ISO_IN, status=-errno.EXDEV)
    puppet.packet(ISO_IN)
    puppet.packet(ISO_IN, b"partly", status=-errno.EPROTO)
    puppet.packet(ISO_IN, bytes(1025))
    handle.submit(usbfs.Transfer(usbfs.ISO, ISO_IN, bytes(8 * 1024), [1024] * 8))
    transfer = handle.reap()
    assert transfer.status == 0
    assert transfer.packets == [
        (0, b"first"), (-errno.EXDEV, b""), (0, b""), (-errno.EPROTO, b"partly"),
        (-errno.EOVERFLOW, b"")] + [(0, counting.pattern(1024, at)) for at in (0, 1024, 2048)]


@pytest.mark.parametrize("packets", [1, 8, 128])
def test_isochronous_stream(iso, opened, packets):
    """Several transfers in flight, and one that is cancelled: no packet is lost."""
    handle, got = opened(iso, 1, 1), 0

    def submit():
        return handle.submit(usbfs.Transfer(usbfs.ISO, ISO_IN, bytes(packets * 1024),
                                            [1024] * packets))

    for _ in range(4):
        submit()
    for _ in range(8):
        for status, data in handle.reap().packets:
            assert (status, data) == (0, counting.pattern(1024, got))
            got += len(data)
        submit()
    for transfer in list(handle.flying.values()):
        handle.discard(transfer)
    while handle.flying:
        transfer = handle.reap()
        assert transfer.status == -errno.ENOENT or transfer.data == counting.pattern(
            transfer.actual, got)
        got += transfer.actual
    submit()
    assert handle.reap().packets[0] == (0, counting.pattern(1024, got))


def test_isochronous_at_full_speed(full_iso, opened):
    handle = opened(full_iso, 1, 1)
    handle.submit(usbfs.Transfer(usbfs.ISO, ISO_IN, bytes(4 * 256), [256] * 4))
    assert handle.reap().data == counting.pattern(1024)


def test_isochronous_out(iso, opened):
    handle, puppet = opened(iso, 1, 1), iso.puppet
    puppet.packet(ISO_OUT)
    puppet.packet(ISO_OUT, status=-errno.EXDEV)
    handle.submit(usbfs.Transfer(usbfs.ISO, ISO_OUT, b"abcdefghij", [4, 3, 0, 3]))
    transfer = handle.reap()
    assert [status for status, _ in transfer.packets] == [0, -errno.EXDEV, 0, 0]
    taken = puppet.taken(ISO_OUT)
    assert (taken.packets, taken.data) == ([4, 0, 3], b"abcdhij")


def test_isochronous_pause(iso, opened):
    """A device that stops, and goes on with the next packet."""
    handle, puppet = opened(iso, 1, 1), iso.puppet
    puppet.pause(ISO_IN)
    for _ in range(2):
        handle.submit(usbfs.Transfer(usbfs.ISO, ISO_IN, bytes(128 * 1024), [1024] * 128))
    puppet.wait_pending(ISO_IN, 2)
    puppet.resume(ISO_IN)
    assert [handle.reap().data for _ in range(2)] == [
        counting.pattern(128 * 1024, start) for start in (0, 128 * 1024)]
