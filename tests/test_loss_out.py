# SPDX-License-Identifier: MIT
"""What a device has taken is what write(2) said, to the byte: the device stalls on a byte that is
not the next one, and counts."""
import random

import pytest

from harness import paths, tally

pytestmark = pytest.mark.sim

KNOBS = ["depth auto", "depth 1", "depth 2", "depth 7", "depth 16", "timeout none", "timeout 1",
         "timeout 7", "end none", "end zlp", "framing packet", "framing stream", "coalesce on",
         "coalesce off", "coalesce off"]


def disturb(device, tallies, writer, seed, *actions):
    """Something is done to the device whenever a few more writes are over, until the writer has
    ended."""
    choice = random.Random(seed)
    before = 0
    while writer.running():
        tallies.wait("calls", before + choice.randrange(1, 20), 20, writer)
        before = tallies.calls
        choice.choice(actions)(device, choice)


def change_a_knob(device, choice):
    device.out.ctl.write_text(choice.choice(KNOBS) + "\n")


def pause(device, _choice):
    """For as long as it takes to change a knob."""
    device.bus.pause(device, device.out)
    change_a_knob(device, _choice)
    device.bus.resume(device, device.out)


def stall(device, _choice):
    device.bus.stall(device, device.out)


def check_totals(device, tallies, timeouts=False):
    """TIMEOUTS: some may have ended a write in the middle, which then said how far it went and no
    error, though status counts one."""
    assert device.bus.total_taken(device, device.out) == tallies.position == tallies.total
    assert timeouts or device.out.count("errors") == 0 or tallies.epipes + tallies.etimedouts > 0


@pytest.mark.limit(90)
@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
def test_interrupted_while_knobs_change(trickle, clients, workdir, nonblock):
    tallies = tally.Tallies(workdir, goal_eintr=5000 if paths.SANITIZED else 20000)
    writer = tally.start(clients, "writer", trickle.out.data, tallies, interrupt=300, reopen=50,
                         nonblock=nonblock, seed=3, deadline=80)
    disturb(trickle, tallies, writer, 8, change_a_knob, change_a_knob, pause)
    tally.ended_well(writer)
    check_totals(trickle, tallies, timeouts=True)
    assert tallies.lost == 0


@pytest.mark.limit(90)
@pytest.mark.parametrize("knob", ["depth auto", "depth 8"])
def test_a_fast_stream_in_odd_pieces(torrent, clients, workdir, knob):
    torrent.out.ctl.write_text(knob + "\n")
    tallies = tally.Tallies(workdir, goal_total=128 << 20)
    tally.ended_well(tally.start(clients, "writer", torrent.out.data, tallies, interrupt=1000,
                                 reopen=300, deadline=80))
    check_totals(torrent, tallies)


@pytest.mark.limit(90)
@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
@pytest.mark.parametrize("depth", ["auto", "1", "8"])
def test_stalls_in_the_middle(trickle, clients, workdir, depth, nonblock):
    """What was accepted in vain is in `lost`: the writer takes it back and writes it again."""
    trickle.out.ctl.write_text(f"depth {depth}\n")
    tallies = tally.Tallies(workdir, goal_total=8 << 20)
    # With auto, large writes are pipelined that go well.
    writer = tally.start(clients, "writer", trickle.out.data, tallies, stalls=1, max=128 << 10,
                         interrupt=0 if depth == "auto" else 2000, nonblock=nonblock,
                         min=64 << 10 if depth == "auto" else 1, deadline=80)
    disturb(trickle, tallies, writer, 5, stall)
    tally.ended_well(writer)
    check_totals(trickle, tallies)
    assert tallies.epipes > 0
    assert depth == "1" or tallies.lost > 0, tallies


@pytest.mark.limit(60)
def test_writers_in_turn(trickle, clients, workdir):
    """One opens the file when another has closed it; close() waits for what is queued."""
    trickle.out.ctl.write_text("depth 4\n")
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    for number in range(30):
        writer = tally.start(clients, "writer", trickle.out.data, tallies, seed=number,
                             max=50000, interrupt=1000)
        tallies.wait("calls", tallies.calls + 1 + number % 5, 10, writer)
        writer.signal(15)
        tally.ended_well(writer)
        check_totals(trickle, tallies)
