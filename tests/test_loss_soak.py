# SPDX-License-Identifier: MIT
"""No byte is lost on any bus: a device numbers its bytes, and checks those that it takes, while
those who read and write are interrupted thousands of times, and knobs change. On a real USB stack
that takes minutes."""
import random
import signal

import pytest

from harness import paths, tally

pytestmark = [pytest.mark.soak, pytest.mark.limit(400)]

DEADLINE = 300

FLOW = ["depth auto", "depth 1", "depth 3", "depth 16", "timeout none", "timeout 1", "timeout 20"]
IN = FLOW + ["size auto", "size 512", "size 4k", "size 64k", "latency none", "latency 1",
             "latency auto", "framing packet", "framing stream"]
OUT = FLOW + ["end none", "end zlp", "coalesce on", "coalesce off", "coalesce off"]


def interruptions():
    return 2000 if paths.IN_VM else paths.rounds(5000)


def disturb(device, endpoint, tallies, programs, knobs):
    """Whenever some more calls are over, a knob is changed or the device pauses for a moment; until
    a program has ended."""
    choice = random.Random(1)
    while all(program.running() for program in programs):
        tallies.wait("calls", tallies.calls + choice.randrange(1, 20), 20, *programs)
        if choice.randrange(4) == 0:
            device.puppet.pause(endpoint.address)
        endpoint.ctl.write_text(choice.choice(knobs) + "\n")
        device.puppet.resume(endpoint.address)


@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
def test_reading(numbered, clients, workdir, nonblock):
    tallies = tally.Tallies(workdir, goal_eintr=interruptions())
    reader = tally.start(clients, "reader", numbered.inp.data, tallies, resume=1, reopen=50,
                         interrupt=3000 if paths.IN_VM else 300, nonblock=nonblock, max=200000,
                         deadline=DEADLINE)
    disturb(numbered, numbered.inp, tallies, [reader], IN)
    tally.ended_well(reader)


@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
def test_writing(numbered, clients, workdir, nonblock):
    tallies = tally.Tallies(workdir, goal_eintr=interruptions())
    writer = tally.start(clients, "writer", numbered.out.data, tallies, reopen=50,
                         interrupt=3000 if paths.IN_VM else 300, nonblock=nonblock, max=200000,
                         deadline=DEADLINE)
    disturb(numbered, numbered.out, tallies, [writer], OUT)
    tally.ended_well(writer)
    assert numbered.puppet.taken(numbered.out.address).total == tallies.position == tallies.total
    assert tallies.lost == 0


def test_readers_in_turn(numbered, clients, workdir):
    tallies = tally.Tallies(workdir, goal_total=(8 if paths.IN_VM else 64) << 20)
    readers = [tally.start(clients, "reader", numbered.inp.data, tallies, unit=4, min=4, seed=seed,
                           interrupt=3000, reopen=50, nonblock=seed % 2, deadline=DEADLINE)
               for seed in range(3)]
    disturb(numbered, numbered.inp, tallies, readers, IN)
    pieces = [piece for reader in readers for piece in tally.runs(reader.wait())]
    assert tally.tile(pieces) == tallies.total


def test_readers_that_come_and_go(numbered, clients, workdir):
    """Each is ended at some time by a signal that it handles; the next one goes on."""
    tallies = tally.Tallies(workdir, goal_total=1 << 60)
    for number in range(paths.rounds(200)):
        numbered.inp.ctl.write_text(FLOW[number % 4] + "\n")
        reader = tally.start(clients, "reader", numbered.inp.data, tallies, resume=1, seed=number,
                             max=30000, deadline=60)
        tallies.wait("calls", tallies.calls + 1 + number % 7, 20, reader)
        reader.signal(signal.SIGTERM)
        tally.ended_well(reader)


@pytest.mark.parametrize("depth", ["auto", "8"])
def test_stalls_in_the_middle(numbered, clients, workdir, depth):
    """What was accepted in vain is in `lost`: the writer takes it back and writes it again."""
    numbered.out.ctl.write_text(f"depth {depth}\n")
    tallies = tally.Tallies(workdir, goal_total=(8 if paths.IN_VM else 64) << 20)
    numbered.puppet.stall(numbered.out.address)  # one is certain, however fast the writer is
    writer = tally.start(clients, "writer", numbered.out.data, tallies, stalls=1, min=64 << 10,
                         max=128 << 10, deadline=DEADLINE)
    choice = random.Random(5)
    while writer.running():
        tallies.wait("calls", tallies.calls + choice.randrange(1, 20), 60, writer)
        numbered.puppet.stall(numbered.out.address)
    tally.ended_well(writer)
    assert numbered.puppet.taken(numbered.out.address).total == tallies.position == tallies.total
    assert tallies.epipes > 0


@pytest.fixture
def little_memory(hardware):
    """usbfs gives all its users 1 MiB together, until the end of the test."""
    path = "/sys/module/usbcore/parameters/usbfs_memory_mb"
    with open(path, encoding="ascii") as file:
        before = file.read()

    def write(text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    write("1\n")
    hardware.callback(write, before)


@pytest.mark.usb
@pytest.mark.parametrize("knobs", ["depth auto", "depth 16\nsize 256k"])
def test_reading_with_little_memory(little_memory, numbered, clients, workdir, knobs):
    """Fewer and smaller transfers, and no error."""
    numbered.inp.ctl.write_text(knobs + "\n")
    tallies = tally.Tallies(workdir, goal_total=8 << 20)
    tally.ended_well(tally.start(clients, "reader", numbered.inp.data, tallies, resume=1,
                                 min=1 << 20, deadline=DEADLINE))
    assert numbered.inp.count("backoffs") > 0
    assert numbered.inp.count("errors") == 0


@pytest.mark.usb
def test_writing_with_little_memory(little_memory, numbered, clients, workdir):
    numbered.out.ctl.write_text("depth 16\n")
    tallies = tally.Tallies(workdir, goal_total=8 << 20)
    tally.ended_well(tally.start(clients, "writer", numbered.out.data, tallies, max=512 << 10,
                                 min=256 << 10, deadline=DEADLINE))
    assert numbered.puppet.taken(numbered.out.address).total == tallies.position
    assert numbered.out.count("backoffs") > 0
    assert numbered.out.count("lost") == 0
