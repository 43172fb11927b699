# SPDX-License-Identifier: MIT
"""Isochronous transfers on a real stack, through files: a tone into QEMU's loudspeaker."""
import pytest

from harness import endpoint, procs, speaker

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
