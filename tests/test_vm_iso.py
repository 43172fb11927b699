# SPDX-License-Identifier: MIT
"""Isochronous transfers on a real stack, through files: a tone into QEMU's loudspeaker, and what a
made-up device sends and takes."""
import errno
import struct

import pytest

from harness import counting, endpoint, procs, speaker

pytestmark = pytest.mark.usb


@pytest.fixture
def loud(audio):
    """The loudspeaker's endpoint, taken from the kernel's driver and put in force."""
    config = audio.dir / "config1"
    drivers = [config / f"interface{number}" / "driver" for number in (0, 1)]
    for driver in drivers:
        procs.eventually(lambda driver=driver: driver.read_text() == "snd-usb-audio\n", 20,
                         f"its driver binds: {driver.read_text()}")
    for driver in drivers:
        driver.write_text("none\n")
    return endpoint.Interface(config / "interface1", 1).out


def test_a_tone_by_cat(audio, loud, workdir, clients):
    """What cat plays is heard: every sample, in order, without a gap."""
    tone = speaker.tone(1000)
    (workdir / "tone").write_bytes(tone + speaker.SILENCE)
    clients.must('cat "$1" > "$2"', workdir / "tone", loud.data, deadline=30)
    assert (loud.count("iso_errors"), loud.count("gaps")) == (0, 0)
    audio.unplug()
    assert not speaker.difference(speaker.as_heard(tone), speaker.heard())


def test_a_tone_in_records(audio, loud, workdir, clients):
    """The same, packet by packet."""
    tone = speaker.tone(300)
    sound = tone + speaker.SILENCE
    records = b"".join(bytes(4) + len(part).to_bytes(4, "little") + part
                       for part in (sound[at:at + speaker.PACKET]
                                    for at in range(0, len(sound), speaker.PACKET)))
    (workdir / "records").write_bytes(records)
    loud.ctl.write_text("framing iso\n")
    clients.must('cat "$1" > "$2"', workdir / "records", loud.data, deadline=30)
    audio.unplug()
    assert not speaker.difference(speaker.as_heard(tone), speaker.heard())


def interface_of(device):
    return endpoint.Interface(device.dir / "config1" / "interface1", 1)


@pytest.mark.parametrize("kind", ["iso", "full_iso"])
def test_recording_by_head(bus, clients, kind):
    """A packet in each microframe, or in each frame: everything, in order."""
    device = bus.mount(kind)[0]
    source = interface_of(device).inp
    size = 300 * source.packet
    data = clients.must('head -c "$1" "$2"', str(size), source.data, deadline=30)
    assert data == counting.pattern(size)
    assert source.count("iso_errors") == 0


def test_errors_in_their_place(iso):
    source = interface_of(iso).inp
    source.ctl.write_text("framing iso\n")
    iso.puppet.wait_alternate(1, 1)
    iso.puppet.packet(source.address, b"first")
    iso.puppet.packet(source.address, status=-errno.EXDEV)
    iso.puppet.packet(source.address)
    records = (struct.pack("<II", 0, 5) + b"first" + struct.pack("<II", errno.EIO, 0)
               + struct.pack("<II", 0, 0) + struct.pack("<II", 0, source.packet))
    with open(source.data, "rb", buffering=0) as file:
        assert file.read(1 << 16)[:len(records)] == records
    assert source.count("iso_errors") == 1


def test_playing_to_a_device_that_listens(iso, clients, workdir):
    """Packets as large as the endpoint can take them, the last one shorter."""
    sink = interface_of(iso).out
    sound = counting.pattern(20 * sink.packet + 5)
    (workdir / "sound").write_bytes(sound)
    clients.must('cat "$1" > "$2"', workdir / "sound", sink.data, deadline=30)
    taken = iso.puppet.taken(sink.address)
    assert taken.data == sound
    assert taken.packets == [sink.packet] * 20 + [5]
