# SPDX-License-Identifier: MIT
"""When the kernel has no memory for further transfers, streams go on with fewer and smaller
ones."""
import pytest

from harness import paths, procs, tally
from harness.endpoint import wait_armed, wait_count

pytestmark = pytest.mark.sim

MIB = 1 << 20


def limited(bus, workdir, memory, kind="torrent", file="flow"):
    """The fast device, or another, on a bus with so much memory for transfers."""
    text = (paths.DEVICES / f"{file}.dev").read_text().replace(
        f"device {kind}\n", f"device {kind}\n\tmemory {memory}\n")
    (workdir / "limited.dev").write_text(text)
    return bus.mount_described(workdir / "limited.dev", kind)


@pytest.mark.limit(60)
@pytest.mark.parametrize("knobs, memory", [
    (knobs, memory) for knobs, memories in {
        "depth auto\nsize auto": ["512", "6k", "100k"],
        "depth 16\nsize 1M": ["512", "6k", "100k", "3M"],
        "depth 4\nsize 2k": ["512", "6k"]}.items() for memory in memories])
def test_reading_with_little_memory(bus, clients, workdir, knobs, memory):
    """Down to a packet; no error reaches the reader, and no byte is lost."""
    device = limited(bus, workdir, memory)
    device.inp.ctl.write_text(knobs + "\n")
    tallies = tally.Tallies(workdir, goal_total=4 * MIB)
    tally.ended_well(tally.start(clients, "reader", device.inp.data, tallies, resume=1,
                                 interrupt=1000, reopen=100))
    assert device.inp.count("backoffs") > 0
    assert device.inp.count("errors") == 0


@pytest.mark.limit(60)
@pytest.mark.parametrize("nonblock", [False, True], ids=["blocking", "poll"])
@pytest.mark.parametrize("depth", ["auto", "16"])
def test_writing_with_little_memory(bus, clients, workdir, depth, nonblock):
    device = limited(bus, workdir, "1500k")
    device.out.ctl.write_text(f"depth {depth}\n")
    device.bus.pause(device, device.out)
    tallies = tally.Tallies(workdir, goal_total=32 * MIB)
    writer = tally.start(clients, "writer", device.out.data, tallies, min=600 << 10, seed=3,
                           nonblock=nonblock)
    wait_armed(device.out)
    if depth != "auto":
        procs.eventually(lambda: device.out.count("backoffs") > 0, 10, "there is no more memory")
    device.bus.resume(device, device.out)
    tally.ended_well(writer)
    assert device.bus.total_taken(device, device.out) == tallies.position
    assert device.out.count("lost") == 0
    assert device.out.count("errors") == 0


def test_a_split_write_with_little_memory(bus, clients, workdir):
    """The kernel cuts it within a packet; what is held back waits for memory as well."""
    device = limited(bus, workdir, "3M", "puppet", "puppet")
    device.out.set("depth 16")
    bus.pause(device, device.out)
    size = (4 << 20) - 200
    writer = clients.start_python(
        "import mmap\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "n = int(sys.argv[2])\n"
        "print(os.write(fd, memoryview(mmap.mmap(-1, n + 200))[100:100 + n]), flush=True)\n"
        "os.close(fd)", device.out.data, size)
    wait_count(device.out, "backoffs", 1)
    bus.resume(device, device.out)
    assert writer.wait().out == b"%d\n" % size
    assert bus.total_taken(device, device.out) == size
    assert device.out.count("lost") == device.out.count("errors") == 0
