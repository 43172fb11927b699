# SPDX-License-Identifier: MIT
"""Throughput and processor time on the simulated bus, against a FUSE file that costs nothing."""
import json
import statistics
import subprocess

from . import sim_devices
from .measure import Line, paired, pick, ratios, row, take_turns
from .run import bus_cost, cost, share, speed

KIB = 1 << 10
MIB = 1 << 20
FLOOR = "no-op FUSE"


@row("stream", "sim", "reads and writes as fast as it goes")
def stream(bench):
    ours = bench.sim(sim_devices.FAST)
    floor = bench.noop()
    interface = ours.mount / "1-1" / "config1" / "interface0"
    for word, endpoint in (("read", "ep81"), ("write", "ep02")):
        for block, goal in ((MIB, 0.9), (128 * KIB, 0.8)):
            results = take_turns(bench.rounds, {
                "usbfuse": lambda: bench.client(word, interface / endpoint / "data", block,
                                                bench.seconds, ours.pid),
                FLOOR: lambda: bench.client(word, floor.mount / "data", block, bench.seconds,
                                            floor.pid)})
            figures = pick(results, speed)
            size = "1 MiB" if block == MIB else "128 KiB"
            yield Line(f"{word} of {size}, unlimited", "MB/s", figures,
                       ratios(figures, "usbfuse", FLOOR), f"of {FLOOR}", (">=", goal),
                       headline=True, plot={"panel": "stream"})
            figures = pick(results, cost)
            yield Line("… processor time", "ms/GiB", figures,
                       ratios(figures, "usbfuse", FLOOR), f"of {FLOOR}")


@row("rate", "sim", "a device as fast as the bits of its bus")
def rate(bench):
    for mbit in sim_devices.SPEEDS:
        line = mbit / 8  # MB/s
        ours = bench.sim(sim_devices.limited(mbit))
        floor = bench.noop(mbit * 1000000 // 8)
        data = ours.mount / "1-1" / "config1" / "interface0" / "ep81" / "data"
        for program, words in (("cat", lambda path: ["cat", path]),
                               ("dd bs=1M", lambda path: ["dd", f"if={path}", "bs=1M"])):
            results = take_turns(bench.rounds, {
                "usbfuse": lambda: bench.watch(ours, words(data)),
                FLOOR: lambda: bench.watch(floor, words(floor.mount / "data"))})
            figures = pick(results, speed)
            reached = [figure / line for figure in figures[FLOOR]]
            beyond = "" if max(reached) >= 0.99 else "the no-op file is not that fast here"
            yield Line(f"{program} at {mbit / 1000:g} Gbit/s", "MB/s", figures,
                       [figure / line for figure in figures["usbfuse"]], "of the line",
                       (">=", 0.99), beyond=beyond, headline=program == "cat",
                       note=f"{line:g} MB/s")
            # For what was carried, when it was not the same.
            per_byte = pick(results, cost)
            device = pick(results, bus_cost)["usbfuse"]
            least = statistics.median(
                paired(lambda a, b: (a + b) / b, device, per_byte[FLOOR]))
            yield Line("… processors in use", "", pick(results, share),
                       ratios(per_byte, "usbfuse", FLOOR), f"of {FLOOR}, for a byte",
                       ("<=", 1.1), beyond=f"the thread that is the device makes it {least:.2f}"
                       if least > 1.1 else "")
            yield Line("… without the thread that is the device", "ms/GiB",
                       {**per_byte, "the device": device},
                       paired(lambda a, b, c: (a - b) / c, per_byte["usbfuse"], device,
                              per_byte[FLOOR]), f"of {FLOOR}, for a byte", ("<=", 1.1))
        ours.stop()
        floor.stop()


@row("parallel", "sim", "16 devices at once")
def parallel(bench):
    number = 16
    ours = bench.sim(sim_devices.fast_sources(number))

    def at_once(devices):
        clients = [subprocess.Popen(
            [str(bench.program("client")), "read",
             str(ours.mount / f"1-{n + 1}" / "config1" / "interface0" / "ep81" / "data"),
             str(128 * KIB), str(2 * bench.seconds), str(ours.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) for n in range(devices)]
        return [speed(json.loads(client.communicate()[0])) for client in clients]

    results = take_turns(bench.rounds, {"16 devices": lambda: at_once(number),
                                        "one device": lambda: at_once(1)})
    figures = pick(results, sum)
    yield Line("16 devices at once, together", "MB/s", figures,
               ratios(figures, "16 devices", "one device"), "of one device", (">=", 0.95),
               headline=True)
    spread = [max(abs(x - sum(all_) / number) for x in all_) / (sum(all_) / number)
              for all_ in results["16 devices"]]
    yield Line("… the share farthest from the mean", "", {"usbfuse": spread}, spread,
               "from the mean", ("<=", 0.2))
