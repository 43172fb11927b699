# SPDX-License-Identifier: MIT
"""What one small thing costs: a round trip, waking up from poll(), a control request."""
import contextlib
import importlib.util
import shutil
import statistics

from . import sim_devices
from .measure import Line, Skip, paired, pick, ratios, row, take_turns
from .run import microseconds

FLOOR = "no-op FUSE"
SETUP = "ep00/setup/80-06-0100-0000-0012"


@row("trip", "sim", "64 bytes there and back")
def trip(bench):
    ours = bench.sim(sim_devices.FAST)
    floor = bench.noop()
    interface = ours.mount / "1-1" / "config1" / "interface0"
    count = bench.count(10000)
    for word, out, inp in (("bulk", "ep03", "ep83"), ("interrupt", "ep04", "ep84")):
        results = take_turns(bench.rounds, {
            "usbfuse": lambda: bench.client("trip", interface / out / "data",
                                            interface / inp / "data", 64, count),
            FLOOR: lambda: bench.client("trip", floor.mount / "loop", floor.mount / "loop", 64,
                                        count)})
        figures = pick(results, microseconds)
        # The floor's is two round trips of FUSE: a write and a read.
        yield Line(f"write, then read 64 bytes, {word}", "µs", figures,
                   [2 * ratio for ratio in ratios(figures, "usbfuse", FLOOR)],
                   "no-op round trips", ("<=", 2.2), headline=word == "bulk",
                   note="the simulated device counts as nothing")


@row("fair", "sim", "a small report beside a stream on the same device")
def fair(bench):
    ours = bench.sim(sim_devices.FAST)
    interface = ours.mount / "1-1" / "config1" / "interface0"
    source, sink = interface / "ep81" / "data", interface / "ep02" / "data"
    count = bench.count(5000)

    def beside(*words):
        with contextlib.ExitStack() as stack:
            if words:
                stack.enter_context(bench.running("dd", *words))
            return bench.client("trip", interface / "ep04" / "data", interface / "ep84" / "data",
                                8, count)

    results = take_turns(bench.rounds, {
        "alone": beside,
        "beside dd bs=128k": lambda: beside(f"if={source}", "of=/dev/null", "bs=128k"),
        "beside dd bs=1M": lambda: beside(f"if={source}", "of=/dev/null", "bs=1M"),
        "beside dd bs=1M, OUT": lambda: beside("if=/dev/zero", f"of={sink}", "bs=1M")})
    figures = pick(results, microseconds)
    slowest = [max(of) for of in zip(*(of for name, of in figures.items() if name != "alone"))]
    yield Line("8 bytes there and back, interrupt", "µs", figures,
               paired(lambda a, b: a / b, slowest, figures["alone"]),
               "times as long beside the worst stream")


def since_transfer(poll, write, one_trip):
    """Round trips from when a transfer was over to when its data was read. It was over about in
    the middle of the write that caused it."""
    return (poll - write / 2) / one_trip


@row("poll", "sim", "from the transfer to the data, with poll()")
def poll(bench):
    ours = bench.sim(sim_devices.FAST)
    floor = bench.noop()
    interface = ours.mount / "1-1" / "config1" / "interface0"
    out, inp, loop = (interface / "ep03" / "data", interface / "ep83" / "data",
                      floor.mount / "loop")
    count = bench.count(1000)
    results = take_turns(bench.rounds, {
        "usbfuse": lambda: bench.client("poll", out, inp, 64, count),
        FLOOR: lambda: bench.client("poll", loop, loop, 64, count),
        "its write": lambda: bench.client("writes", interface / "ep02" / "data", 64, 5 * count),
        "no-op write": lambda: bench.client("writes", floor.mount / "data", 64, 5 * count)})
    figures = pick(results, microseconds)
    yield Line("write, wake up from poll(), read", "µs", figures,
               paired(since_transfer, figures["usbfuse"], figures["its write"],
                      figures["no-op write"]), "no-op round trips after the transfer",
               ("<=", 2.2), headline=True)
    yield Line("… the same of the no-op file", "µs", {FLOOR: figures[FLOOR]},
               paired(since_transfer, figures[FLOOR], figures["no-op write"],
                      figures["no-op write"]), "no-op round trips after the transfer")


def starters(bench):
    """Programs that are started for a control request: {name: function}."""
    found = {}
    if shutil.which("lsusb"):
        found["lsusb"] = lambda: bench.seconds_of("lsusb") * 1e6
    python = ("import usb.core\n"
              "try: usb.core.find(find_all=False)\n"
              "except usb.core.NoBackendError: pass\n")
    if importlib.util.find_spec("usb"):
        found["pyusb"] = lambda: bench.seconds_of("/usr/bin/python3", "-c", python) * 1e6
    return found


def measure_setup(bench, device, floor):
    path = device / SETUP
    if not path.parent.is_dir():
        raise Skip(f"this build has no {SETUP.rpartition('/')[0]}")
    others = starters(bench)
    if not others:
        raise Skip("there is neither lsusb nor pyusb")
    count = bench.count(2000)
    figures = take_turns(bench.rounds, {
        "usbfuse": lambda: microseconds(bench.client("get", path, count)),
        **others,
        FLOOR: lambda: microseconds(bench.client("get", floor.mount / "text", count))})
    for number, name in enumerate(others):
        first = number == 0
        most = statistics.median(ratios(figures, name, FLOOR))
        yield Line("a control request by its file's name" if first else "… the same",
                   "µs" if first else "", figures if first else {},
                   paired(lambda a, b: b / a, figures["usbfuse"], figures[name]),
                   f"times as fast as starting {name}", (">=", 20), headline=first,
                   beyond=f"a file of the no-op FUSE reaches {most:.1f}" if most < 20 else "")


@row("setup", "sim", "a control request through ep00/setup")
def setup(bench):
    ours = bench.sim(sim_devices.FAST)
    yield from measure_setup(bench, ours.mount / "1-1", bench.noop())
