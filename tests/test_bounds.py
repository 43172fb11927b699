# SPDX-License-Identifier: MIT
"""The daemon's memory has a bound, whoever does not read."""
import pytest

from harness import paths, procs, tally

pytestmark = pytest.mark.sim

MIB = 1 << 20


@pytest.mark.limit(60)
@pytest.mark.parametrize("knobs", ["depth auto", "depth 16\nsize 1M", "share broadcast\nsize 64k"])
def test_nobody_reads(torrent, clients, workdir, knobs):
    """The device sends without an end, as much as it is asked for. Readers have come and gone, one
    has the file open: what the daemon keeps does not grow."""
    torrent.inp.ctl.write_text(knobs + "\n")
    idle = clients.start_python("fd = os.open(sys.argv[1], os.O_RDONLY)\n"
                                "print('open', flush=True)\n"
                                "sys.stdin.readline()", torrent.inp.data, stdin=True)
    idle.wait_output(b"open\n")

    def read(amount):
        # A reader of broadcasts begins somewhere.
        tallies = tally.Tallies(workdir, goal_total=amount)
        tally.runs(tally.start(clients, "reader", torrent.inp.data, tallies, unit=4,
                               min=256 << 10).wait())
        return procs.resident_kib(torrent.bus.daemon.pid)

    before = read(64 * MIB)
    for _ in range(5):
        after = read(64 * MIB)
    # Sanitizers keep what has been freed.
    assert paths.SANITIZED or after - before < 24 << 10, f"{before} KiB, then {after} KiB"
    assert torrent.inp.count("buffered") <= 17 * MIB
