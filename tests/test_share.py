# SPDX-License-Identifier: MIT
"""Several readers of one endpoint: in turn, or each of them everything."""
import random
import re

import pytest

from harness import procs, tally
from harness.endpoint import wait_armed, wait_waiting

pytestmark = pytest.mark.sim

BEHIND_MAX = 4 << 20  # bytes that a reader may be behind before it loses the oldest ones


def readers_of(endpoint):
    """PID: (buffered, lost), from the status file."""
    lines = re.findall(r"^reader (\d+): buffered (\d+), lost (\d+)$", endpoint.status.read_text(),
                       re.MULTILINE)
    return {int(pid): (int(buffered), int(lost)) for pid, buffered, lost in lines}


def open_readers(clients, workdir, endpoint, number, goal, first=0, **options):
    """NUMBER readers with tallies of their own, that have opened the file and wait for go()."""
    readers = []
    for which in range(first, first + number):
        tallies = tally.Tallies(workdir, f"tallies{which}", goal_total=goal)
        options.setdefault("max", 256 << 10)
        reader = tally.start(clients, "reader", endpoint.data, tallies, stdin=True, gate=1,
                             unit=4, min=4, seed=which, **options)
        reader.wait_output(b"open\n")
        reader.tallies = tallies
        readers.append(reader)
    return readers


def go(*readers):
    for reader in readers:
        reader.process.stdin.write(b"\n")
        reader.process.stdin.flush()


def whole(reader, begin, least):
    """It got everything from byte BEGIN on."""
    (start, end), = tally.runs(reader.wait())
    assert start == begin and end - start >= least
    return end


@pytest.mark.limit(60)
def test_everyone_gets_everything(trickle, clients, workdir):
    """From the time on when they have opened the file; fast, interrupted and polling readers."""
    trickle.bus.pause(trickle, trickle.inp)
    trickle.inp.ctl.write_text("share broadcast\n")
    # So little that nobody can be too far behind.
    goal = 2 << 20
    readers = (open_readers(clients, workdir, trickle.inp, 2, goal)
               + open_readers(clients, workdir, trickle.inp, 2, goal, 2, interrupt=700)
               + open_readers(clients, workdir, trickle.inp, 2, goal, 4, nonblock=1))
    assert readers_of(trickle.inp) == {reader.pid: (0, 0) for reader in readers}
    go(*readers)
    trickle.bus.resume(trickle, trickle.inp)
    for reader in readers:
        whole(reader, 0, goal)
    assert not readers_of(trickle.inp)


@pytest.mark.limit(60)
def test_a_slow_reader(torrent, clients, workdir):
    """It loses its oldest bytes and nobody else any; its line in status says how many."""
    torrent.inp.ctl.write_text("share broadcast\nsize 64k\n")
    slow, = open_readers(clients, workdir, torrent.inp, 1, 8 << 20)
    fast, = open_readers(clients, workdir, torrent.inp, 1, 32 << 20, 1)
    go(fast)
    came = whole(fast, 0, 32 << 20)
    procs.eventually(lambda: fast.pid not in readers_of(torrent.inp), 10, "its file is closed")
    buffered, lost = readers_of(torrent.inp)[slow.pid]
    # What it has lost is the oldest, and as little as can be: a transfer is lost as a whole.
    assert BEHIND_MAX - (64 << 10) < buffered <= BEHIND_MAX
    assert buffered + lost >= came
    go(slow)
    whole(slow, lost, 8 << 20)


@pytest.mark.limit(60)
def test_joining_and_leaving(trickle, clients, workdir):
    """Whoever comes or goes, or is killed, the others do not notice. Who comes later gets what
    comes later."""
    trickle.bus.pause(trickle, trickle.inp)
    trickle.inp.ctl.write_text("share broadcast\n")
    goal = 3 << 20
    stays, = open_readers(clients, workdir, trickle.inp, 1, goal)
    go(stays)
    trickle.bus.resume(trickle, trickle.inp)
    choice = random.Random(1)
    number = 1
    while stays.running():
        at = stays.tallies.total
        guest, = open_readers(clients, workdir, trickle.inp, 1, 1 << 40, number)
        go(guest)
        guest.tallies.wait("calls", choice.randrange(1, 20), 10, guest, stays)
        stays.tallies.wait("calls", stays.tallies.calls + choice.randrange(5), 10, stays)
        if choice.randrange(2):
            guest.kill()
        else:
            guest.signal(15)
            # One piece, or it was too late for any.
            pieces = tally.runs(guest.wait())
            assert len(pieces) <= 1 and all(start >= at for start, _ in pieces)
        number += 1
    assert number > 5
    whole(stays, 0, goal)


@pytest.mark.limit(60)
def test_share_changes_while_reading(trickle, clients, workdir):
    """Nothing is lost on the way from one to the other, and nobody gets a byte twice."""
    readers = open_readers(clients, workdir, trickle.inp, 3, 2 << 20)
    go(*readers)
    knobs = ["share broadcast\n", "share queue\n"]
    tallies = readers[0].tallies
    while all(reader.running() for reader in readers):
        trickle.inp.ctl.write_text(knobs[0])
        knobs.reverse()
        tallies.wait("calls", tallies.calls + 3, 10, *readers)
    every = [tally.runs(reader.wait()) for reader in readers]
    for runs in every:
        assert all(one[1] <= other[0] for one, other in zip(runs, runs[1:])), runs
    at, least = 0, min(runs[-1][1] for runs in every)
    for begin, end in sorted(run for runs in every for run in runs):
        assert begin <= at or at >= least, f"nobody got {at} to {begin}"
        at = max(at, end)


def arm(device, clients, workdir, tallies, depth):
    """DEPTH transfers wait at the paused device, of a reader that has gone."""
    device.inp.ctl.write_text(f"depth {depth}\nsize 4096\n")
    first = tally.start(clients, "reader", device.inp.data, tallies, resume=1)
    tallies.wait("calls", 5, 10, first)
    device.bus.pause(device, device.inp)
    device.bus.control.wait_pending(device.name, device.inp.address, depth)
    first.signal(15)
    tally.ended_well(first)


def drained(device, clients, tallies):
    """A reader goes on where others have ended."""
    tallies.goal_total = tallies.total + (1 << 20)
    tally.ended_well(tally.start(clients, "reader", device.inp.data, tallies, resume=1))


@pytest.mark.parametrize("share", ["queue", "broadcast"])
@pytest.mark.limit(60)
def test_what_comes_when_nobody_reads(torrent, clients, workdir, share):
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    torrent.inp.ctl.write_text(f"share {share}\n")
    arm(torrent, clients, workdir, tallies, 4)
    torrent.bus.resume(torrent, torrent.inp)
    drained(torrent, clients, tallies)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.limit(60)
def test_readers_that_never_read(torrent, clients, workdir, number):
    """What came while they had the file open is there for the next one, when they have all gone."""
    tallies = tally.Tallies(workdir, goal_total=1 << 40)
    torrent.inp.ctl.write_text("share broadcast\n")
    arm(torrent, clients, workdir, tallies, 4)
    idle = open_readers(clients, workdir, torrent.inp, number, 1 << 40)
    torrent.bus.resume(torrent, torrent.inp)
    procs.eventually(lambda: torrent.inp.count("pending") == 0, 10, "the transfers come back")
    for reader in idle:
        reader.kill()
    drained(torrent, clients, tallies)


@pytest.mark.parametrize("event", ["stall", "text"])
@pytest.mark.limit(30)
def test_everyone_is_woken(puppet, clients, event):
    """Also readers that poll: by bytes, and by an error."""
    puppet.inp.ctl.write_text("share broadcast\n")
    pollers = [clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)\n"
        "poll = select.poll(); poll.register(fd, select.POLLIN)\n"
        "print('polls', flush=True)\n"
        "poll.poll()\n"
        "try: print(os.read(fd, 100))\n"
        "except OSError as error: print(errno.errorcode[error.errno])\n", puppet.inp.data)
        for _ in range(3)]
    for poller in pollers:
        poller.wait_output(b"polls\n")
        procs.eventually(lambda one=poller: "poll" in procs.read(f"/proc/{one.pid}/wchan")
                         or "poll" in procs.read(f"/proc/{one.pid}/stack"), 10, "it polls")
    wait_armed(puppet.inp)
    if event == "stall":
        puppet.bus.stall(puppet, puppet.inp)
    else:
        puppet.bus.give(puppet, puppet.inp, b"text")
    said = {"stall": b"EPIPE\n", "text": b"b'text'\n"}[event]
    for poller in pollers:
        assert poller.wait().out == b"polls\n" + said


@pytest.mark.limit(30)
def test_an_error_behind_bytes_that_one_has_read(puppet, clients):
    """Readers that have got to the error, or not yet, when the halt is cleared: both go on with
    what comes then."""
    puppet.inp.ctl.write_text("share broadcast\nframing packet\nsize 4096\n")
    reader = ("fd = os.open(sys.argv[1], os.O_RDONLY); print('open', flush=True)\n"
              "while True:\n"
              "    sys.stdin.readline(); print(len(os.read(fd, 4096)), flush=True)")
    late, early = [clients.start_python(reader, puppet.inp.data, stdin=True) for _ in range(2)]
    for one in (late, early):
        one.wait_output(b"open\n")
    go(early)
    wait_armed(puppet.inp)
    puppet.bus.give(puppet, puppet.inp, bytes(512))
    puppet.bus.stall(puppet, puppet.inp)
    early.wait_output(b"512\n")
    puppet.inp.ctl.write_text("clear_halt\n")
    go(early, late, late)
    late.wait_output(b"512\n")
    wait_armed(puppet.inp)
    puppet.bus.give(puppet, puppet.inp, bytes(3))
    early.wait_output(b"512\n3\n")
    late.wait_output(b"512\n3\n")


@pytest.mark.limit(30)
def test_what_one_leaves_is_what_another_waits_for(puppet, clients):
    """The bytes were one reader's alone; it goes without having read them."""
    puppet.inp.ctl.write_text("share broadcast\nsize 4096\ndepth 2\n")
    idle = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); print(os.read(fd, 100), flush=True)\n"
        "sys.stdin.readline()", puppet.inp.data, stdin=True)
    wait_armed(puppet.inp)
    puppet.bus.control.wait_pending(puppet.name, puppet.inp.address, 2)
    puppet.bus.give(puppet, puppet.inp, b"first")
    idle.wait_output(b"first")
    puppet.bus.give(puppet, puppet.inp, b"second")
    puppet.bus.give(puppet, puppet.inp, b"third")
    procs.eventually(lambda: readers_of(puppet.inp) == {idle.pid: (11, 0)}, 10, "it has both")
    puppet.inp.ctl.write_text("share queue\n")
    waits = clients.start("cat", puppet.inp.data)
    wait_waiting(puppet.inp)
    go(idle)
    waits.wait_output(b"secondthird")
