# SPDX-License-Identifier: MIT
"""Cost over three orders of magnitude: in devices, endpoints, readers and bytes."""
import subprocess

from . import sim_devices
from .measure import Line, row, take_turns
from .run import microseconds, unmount, until

FLOOR = "no-op FUSE"


def numbers(bench):
    return (1, 3, 10) if bench.quick else (1, 10, 100, 1000)


def line(title, unit, points, panel, series):
    """POINTS: {number: figures}. How much more it costs at the end than at the beginning."""
    first, last = min(points), max(points)
    return Line(title, unit, {f"{n}": figures for n, figures in points.items()},
                [b / a for a, b in zip(points[first], points[last])],
                f"times from {first} to {last}", plot={"panel": panel, "series": series})


@row("devices", "sim", "cost by the number of devices")
def devices(bench):
    trips, stats, starts = {}, {}, {}
    count = bench.count(2000)
    for number in numbers(bench):
        file = bench.path("devices")
        file.write_text(sim_devices.many(number))
        ours = bench.usbfuse("--bus", f"sim:{file}")
        where = sim_devices.directory(ours, number - 1)
        results = take_turns(bench.rounds, {
            "trip": lambda: microseconds(bench.client(
                "trip", where / "ep03" / "data", where / "ep83" / "data", 64, count)),
            "stat": lambda: microseconds(bench.client("stat", where / "bInterfaceNumber", count))})
        trips[number], stats[number] = results["trip"], results["stat"]
        ours.stop()
        starts[number] = []
        for _ in range(bench.rounds):
            mount = bench.path("start")
            mount.mkdir()
            starts[number].append(bench.client("start", mount, bench.build / "usbfuse", "--bus",
                                               f"sim:{file}", mount)["ns"] / 1e3)
            unmount(mount)
    yield line("round trip, by devices", "µs", trips, "devices", "round trip")
    yield line("stat, by devices", "µs", stats, "devices", "stat")
    yield line("start to ls, by devices", "µs", starts, "devices", "start")


class Blocked:
    """READERS readers in read() on each of the files; a context."""

    def __init__(self, bench, files, readers):
        self.bench = bench
        self.words = [str(bench.program("client")), "block", str(readers), *map(str, files)]
        self.files = files
        self.readers = readers
        self.process = None

    def waiting(self):
        def of(file):
            text = (file.parent / "status").read_text()
            return int(text.split("waiting: ")[1].split()[0])
        return all(of(file) >= self.readers for file in self.files)

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()
        until(self.waiting, "all readers wait", limit=30, pause=0.05)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


@row("endpoints", "sim", "cost by the number of endpoints in use")
def endpoints(bench):
    points = {}
    number = max(numbers(bench))
    ours = bench.sim(sim_devices.many(number + 1))
    where = sim_devices.directory(ours, number)
    for n in numbers(bench):
        files = [sim_devices.directory(ours, k) / "ep81" / "data" for k in range(n)]
        with Blocked(bench, files, 1):
            points[n] = take_turns(bench.rounds, {"": lambda: microseconds(bench.client(
                "trip", where / "ep03" / "data", where / "ep83" / "data", 64,
                bench.count(2000)))})[""]
    yield line("round trip, by endpoints that others read", "µs", points, "endpoints",
               "round trip")


@row("readers", "sim", "cost by the number of readers")
def readers(bench):
    points = {}
    ours = bench.sim(sim_devices.many(1))
    where = sim_devices.directory(ours, 0)
    for n in numbers(bench):
        with Blocked(bench, [where / "ep81" / "data"], n):
            points[n] = take_turns(bench.rounds, {"": lambda: microseconds(bench.client(
                "trip", where / "ep03" / "data", where / "ep83" / "data", 64,
                bench.count(2000)))})[""]
    yield line("round trip, by readers beside it", "µs", points, "readers", "round trip")


@row("bytes", "sim", "cost by the number of bytes")
def sizes(bench):
    ours = bench.sim(sim_devices.FAST)
    floor = bench.noop()
    data = ours.mount / "1-1" / "config1" / "interface0" / "ep81" / "data"
    for name, file in (("usbfuse", data), (FLOOR, floor.mount / "data")):
        points = {size: take_turns(bench.rounds, {"": lambda: microseconds(bench.client(
            "reads", file, size, bench.count(2000)))})[""]
            for size in (1024, 1024 << 3, 1024 << 7, 1024 << 10)}
        yield line(f"a read, by bytes, {name}", "µs", points, "bytes", name)
