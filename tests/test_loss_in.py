# SPDX-License-Identifier: MIT
"""No byte that a device has sent is lost, whatever happens to those who read: the device numbers
its bytes, and each has to come out once, in order."""
import random
import re
import signal

import pytest

from harness import paths, procs, tally

pytestmark = pytest.mark.sim

FLOW = ["depth auto", "depth 1", "depth 2", "depth 7", "depth 16", "size auto", "size 512",
        "size 4096", "size 64k", "size 1M", "timeout none", "timeout 1", "timeout 7",
        "latency none", "latency 1", "latency 20", "latency auto"]
RAW = ["framing packet", "framing stream"]
SHARE = ["share queue", "share broadcast"]
VERBS = ["clear_halt", "reset_stats"]  # with transfers under way


def change_knobs(endpoint, tallies, readers, seed, knobs):
    """A knob is changed whenever a few more reads are over, until a reader has ended."""
    choice = random.Random(seed)
    before = 0
    while all(reader.running() for reader in readers):
        tallies.wait("calls", before + choice.randrange(1, 20), 20, *readers)
        before = tallies.calls
        endpoint.ctl.write_text(choice.choice(knobs) + "\n")


@pytest.mark.limit(90)
@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
def test_interrupted_while_knobs_change(trickle, clients, workdir, nonblock):
    """Thousands of times; reads of any length, and the file is opened again now and then."""
    tallies = tally.Tallies(workdir, goal_eintr=5000 if paths.SANITIZED else 20000)
    reader = tally.start(clients, "reader", trickle.inp.data, tallies, resume=1, interrupt=300,
                         reopen=50, nonblock=nonblock, seed=7, deadline=80)
    change_knobs(trickle.inp, tallies, [reader], 11, FLOW + RAW + SHARE + VERBS)
    tally.ended_well(reader)
    assert tallies.eintrs >= tallies.goal_eintr and tallies.calls > 100, tallies


@pytest.mark.limit(90)
@pytest.mark.parametrize("knob", ["depth auto", "depth 4"])
def test_a_fast_stream_in_odd_pieces(torrent, clients, workdir, knob):
    torrent.inp.ctl.write_text(knob + "\n")
    tallies = tally.Tallies(workdir, goal_total=256 << 20)
    tally.ended_well(tally.start(clients, "reader", torrent.inp.data, tallies, resume=1,
                                 reopen=500, interrupt=1000, deadline=80))


@pytest.mark.limit(90)
@pytest.mark.parametrize("message", [1000, 1024])
def test_framings_change_while_reading(chapters, clients, workdir, message):
    """The reader knows where transfers end, and changes the framing there. Messages of 1024 bytes
    are two packets and, depending on the size of the transfers, a ZLP by itself."""
    endpoint = chapters.endpoints[message == 1024]
    tallies = tally.Tallies(workdir, goal_eintr=paths.rounds(5000), goal_total=200000)
    reader = tally.start(clients, "reframe", endpoint.data, tallies, message=message, max=5000,
                         interrupt=500, reopen=100, deadline=80)
    change_knobs(endpoint, tallies, [reader], 5, FLOW)
    tally.ended_well(reader)
    assert tallies.position >= 200000
    assert message == 1000 or tallies.zlps > 0, tallies


@pytest.mark.limit(90)
@pytest.mark.parametrize("kind", ["torrent", "trickle"])
def test_readers_in_turn(bus, clients, workdir, kind):
    """What four of them got, together, is everything."""
    device, = bus.mount(kind)
    tallies = tally.Tallies(workdir, goal_total=(128 if kind == "torrent" else 16) << 20)
    readers = [tally.start(clients, "reader", device.inp.data, tallies, unit=4, min=4, seed=seed,
                           max=1280 << 10, interrupt=700, reopen=100, nonblock=seed % 2,
                           deadline=80) for seed in range(4)]
    change_knobs(device.inp, tallies, readers, 3, FLOW)
    pieces = [piece for reader in readers for piece in tally.runs(reader.wait())]
    assert tally.tile(pieces) == tallies.total >= tallies.goal_total


def lines_of(endpoint):
    return re.sub(r"(?m)^last_error.*\n", "", endpoint.status.read_text())


def wait_nothing_on_its_way(device, endpoint):
    """The device is paused; waits until a reader is blocked that cannot be given anything: what is
    in flight waits at the device. There is no event for that."""
    def so():
        before = lines_of(endpoint)
        at_device = device.bus.control.counters(device.name, endpoint.address).pending
        return ("waiting: 1\n" in before and "buffered: 0\n" in before
                and f"pending: {at_device}\n" in before and lines_of(endpoint) == before)

    procs.eventually(so, 10, f"a reader is blocked: {endpoint.status.read_text()}")


@pytest.mark.limit(60)
def test_killed_while_blocked(trickle, clients, workdir):
    """With SIGKILL: the next reader goes on with the very next byte."""
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    trickle.inp.ctl.write_text("latency none\n")
    for number in range(100):
        trickle.inp.ctl.write_text(f"depth {number % 5 + 1}\nsize {['auto', '8k'][number % 2]}\n")
        trickle.bus.resume(trickle, trickle.inp)
        goal = tallies.calls + number % 7
        reader = tally.start(clients, "reader", trickle.inp.data, tallies, resume=1, seed=number,
                             max=100000)
        tallies.wait("calls", goal, 10, reader)
        trickle.bus.pause(trickle, trickle.inp)
        wait_nothing_on_its_way(trickle, trickle.inp)
        assert reader.running(), reader.wait()
        reader.kill()
    assert tallies.calls > 100


@pytest.mark.limit(60)
def test_killed_at_any_time(trickle, clients, workdir):
    """Who is killed in read(2) may take along what was being handed over to it, and not a byte
    more: the kernel waits for an answer that is on its way, and throws it away with the process."""
    longest = 32 << 10
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    trickle.inp.ctl.write_text("depth 4\n")
    for number in range(200):
        goal = tallies.calls + number % 11
        reader = tally.start(clients, "reader", trickle.inp.data, tallies, resume=1, seed=number,
                             skip=longest, unit=4, min=4, max=longest)
        tallies.wait("calls", goal, 10, reader)
        assert reader.running(), reader.wait()
        reader.kill()
    assert tallies.calls > 500


@pytest.mark.limit(60)
def test_a_long_read_in_a_crowd(torrent, clients, workdir):
    """The kernel splits a read of more than 1 MiB; what it says in the end is in one piece all the
    same, though others read in between."""
    torrent.inp.ctl.write_text("size 4M\ndepth 2\n")
    tallies = tally.Tallies(workdir, goal_total=1 << 30)
    readers = [tally.start(clients, "reader", torrent.inp.data, tallies, unit=4, seed=seed,
                           min=[1500 << 10, 4][seed % 2], max=3 << 20) for seed in range(4)]
    pieces = [piece for reader in readers for piece in tally.runs(reader.wait())]
    assert tally.tile(pieces) == tallies.total


@pytest.mark.limit(60)
@pytest.mark.parametrize("share", SHARE)
def test_the_device_is_closed_in_between(trickle, clients, workdir, share):
    """With transfers in flight that are partly filled: they are taken back when nobody has had a
    file open for a while, and what they brought is kept."""
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    trickle.inp.ctl.write_text(f"{share}\ndepth 3\nsize 100k\n")
    for number in range(5):
        reader = tally.start(clients, "reader", trickle.inp.data, tallies, resume=1, seed=number,
                             max=1000)
        tallies.wait("calls", tallies.calls + 300, 10, reader)
        reader.signal(signal.SIGTERM)
        tally.ended_well(reader)
        trickle.bus.control.wait_opened(trickle.name, False)
        assert trickle.inp.count("pending") == 0
