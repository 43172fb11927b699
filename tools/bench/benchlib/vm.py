# SPDX-License-Identifier: MIT
"""Real transfers: gadgets on dummy_hcd, and QEMU's stick, in the guest of tools/vm."""
import importlib.util
import os
import statistics
import subprocess
from pathlib import Path

from .latency import measure_setup
from .measure import Line, paired, pick, ratios, row, take_turns
from .run import REPO, microseconds, need_program, speed, until, whole_cost

KIB = 1 << 10
FLOOR = "no-op FUSE"
BARE = "bare loop"  # of FUSE around libusb
HERE = Path(__file__).parent
DEVICES = Path("/sys/bus/usb/devices")
STICK = "usb-storage,bus=xhci.0,id=stick,drive=stick0"
QUEUES = [(size * KIB, depth) for size in (16, 32, 64, 128, 256) for depth in (2, 4, 8, 16)]


def gadget(bench, function, speed_, *attributes):
    """Plugs one in; its name on the host side."""
    name = f"bench-{function}-{speed_}"
    tool = str(REPO / "tools" / "gadget")
    device = subprocess.run([tool, "create", name, function, "--speed", speed_, *attributes],
                            check=True, capture_output=True, text=True).stdout.strip()
    bench.stack.callback(subprocess.run, [tool, "destroy", name], check=False,
                         stdout=subprocess.DEVNULL)
    return device


def released(device, interface=0):
    """Waits until nobody holds the interface: a program that ends does so at once, usbfuse half a
    second later."""
    link = DEVICES / f"{device}:1.{interface}" / "driver"
    until(lambda: not os.path.lexists(link), f"{link} is free")


def endpoint(device, way):
    """The bulk endpoint of that direction in the setting in force, as "81"."""
    for directory in sorted((DEVICES / f"{device}:1.0").glob("ep_*")):
        if (directory / "direction").read_text().strip() == way:
            return directory.name[3:]
    raise RuntimeError(f"{device} has no endpoint {way}")


def bare_loop(bench, device, out, inp, measure):
    """What MEASURE, a function of it, says of the least that carries USB over FUSE."""
    released(device)
    daemon = bench.naive(device, out, inp)
    try:
        return measure(daemon)
    finally:
        daemon.stop()


def interface_of(daemon, device):
    directory = daemon.mount / device / "config1" / "interface0"
    until(directory.is_dir, f"{directory} is there")
    return directory


class Stream:
    """The contenders for one endpoint of one gadget."""

    def __init__(self, bench, device, daemon, floor, way):
        self.bench, self.device, self.daemon, self.floor = bench, device, daemon, floor
        self.endpoint = endpoint(device, way)
        self.is_in = way == "in"
        self.queue = (128 * KIB, 4)
        self.zeros = bench.work / "zeros"
        self.zeros.touch()
        os.truncate(self.zeros, 1 << 40)

    @property
    def data(self):
        return interface_of(self.daemon, self.device) / f"ep{self.endpoint}" / "data"

    def files(self, words_in, words_out, path=None, daemon=None):
        """cat and the like, on our file or another."""
        if not path:
            released(self.device)
            path = self.data
        if self.is_in:
            return self.bench.watch(daemon or self.daemon, [*words_in(path)])
        return self.bench.watch(daemon or self.daemon, words_out, counter="wchar", out=path)

    def cat(self, path=None, daemon=None):
        return self.files(lambda file: ["cat", file], ["cat", self.zeros], path, daemon)

    def dd(self):
        return self.files(lambda file: ["dd", f"if={file}", "bs=128k"],
                          ["dd", f"if={self.zeros}", "bs=128k"])

    def libusb(self, how, size, *depth, seconds=None):
        released(self.device)
        return self.bench.output(self.bench.program("libusb"), how, self.device, self.endpoint,
                                 size, seconds or self.bench.seconds, *depth)

    def python(self, script, size, *depth):
        released(self.device)
        return self.bench.output("/usr/bin/python3", HERE / script, self.device, self.endpoint,
                                 size, self.bench.seconds, *depth)

    def tune(self):
        """The queue with which libusb is fastest."""
        queues = QUEUES[::5] if self.bench.quick else QUEUES
        self.queue = max(queues, key=lambda queue: speed(
            self.libusb("async", *queue, seconds=min(0.3, self.bench.seconds))))
        return f"{self.queue[0] // KIB} KiB × {self.queue[1]}"

    def contenders(self):
        all_ = {
            "usbfuse, cat": self.cat,
            "usbfuse, dd": self.dd,
            "libusb asynchronous": lambda: self.libusb("async", *self.queue),
            "libusb synchronous": lambda: self.libusb("sync", 128 * KIB),
            "libusb asynchronous, mapped": lambda: self.libusb("mapped", *self.queue),
            FLOOR: lambda: self.cat(self.floor.mount / "data", self.floor)}
        all_[BARE] = lambda: bare_loop(
            self.bench, self.device, endpoint(self.device, "out"), endpoint(self.device, "in"),
            lambda daemon: self.cat(
                daemon.mount / ("in-queue" if self.is_in else "out-queue"), daemon))
        if importlib.util.find_spec("usb"):
            all_["pyusb"] = lambda: self.python("alt_pyusb.py", 128 * KIB)
        if importlib.util.find_spec("usb1"):
            all_["python-libusb1"] = lambda: self.python("alt_libusb1.py", *self.queue)
        return all_


def stream(bench, speed_, way):
    # A gadget that does not look at what it gets: that would be most of the time, of our processor.
    device = gadget(bench, "sourcesink", speed_, "pattern=2")
    ours = bench.usbfuse()
    measured = Stream(bench, device, ours, bench.noop(), way)
    queue = measured.tune()
    results = take_turns(bench.rounds, measured.contenders())
    figures = pick(results, speed)
    shown = {name: of for name, of in figures.items() if name != FLOOR}
    title = f"bulk {way.upper()}, {speed_} speed"
    costs = pick(results, whole_cost)

    def beyond(least, name, words, goal):
        reached = statistics.median(ratios(figures, least, name))
        return f"{words} {reached:.2f}" if reached < goal else ""

    for program, ours_ in (("cat", "usbfuse, cat"), ("dd bs=128k", "usbfuse, dd")):
        first = program == "cat"
        yield Line(f"{title}: {program}", "MB/s", shown if first else {},
                   ratios(figures, ours_, "libusb asynchronous"), "of asynchronous libusb",
                   (">=", 0.95), headline=first, note=f"best queue: {queue}" if first else "",
                   beyond=beyond(BARE, "libusb asynchronous", "a bare loop reaches", 0.95),
                   plot={"panel": f"{speed_}-{way}"} if first else {})
        yield Line(f"{title}: {program}", "", {}, ratios(figures, ours_, "libusb synchronous"),
                   "of synchronous libusb", (">=", 1.5), headline=first,
                   beyond=beyond("libusb asynchronous", "libusb synchronous",
                                 "asynchronous libusb itself reaches", 1.5)
                   or beyond(BARE, "libusb synchronous", "a bare loop reaches", 1.5))

    def cost_of_both(name):
        return paired(lambda a, b, c: a / (b + c), costs[name], costs["libusb asynchronous"],
                      costs[FLOOR])

    bare = statistics.median(cost_of_both(BARE))
    yield Line(f"{title}: processor time of cat, interrupts included", "ms/GiB", costs,
               cost_of_both("usbfuse, cat"), "of asynchronous libusb and no-op FUSE",
               ("<=", 1.1), beyond=f"a bare loop needs {bare:.2f}" if bare > 1.1 else "")


def sourcesink(speed_, way):
    @row(f"vm-{speed_}-{way}", "count", f"SourceSink, bulk {way.upper()} at {speed_} speed")
    def measure(bench):
        yield from stream(bench, speed_, way)
    return measure


for SPEED in ("high", "super"):
    sourcesink(SPEED, "in")
    sourcesink(SPEED, "out")


def loopback(bench, speed_):
    device = gadget(bench, "loopback", speed_)
    out, inp = endpoint(device, "out"), endpoint(device, "in")
    ours = bench.usbfuse()
    floor = bench.noop()
    loop = floor.mount / "loop"
    count = bench.count(1000)

    def files(command, times):
        released(device)
        interface = interface_of(ours, device)
        return bench.client(command, interface / f"ep{out}" / "data",
                            interface / f"ep{inp}" / "data", 64, times)

    def libusb():
        released(device)
        return bench.output(bench.program("libusb"), "trip", device, out, inp, 64, count)

    def beyond(over, without=""):
        least = statistics.median(over)
        return f"a bare loop needs {least:.1f}{without}" if least > 2.2 else ""

    results = take_turns(bench.rounds, {
        "usbfuse": lambda: files("trip", count),
        "libusb synchronous": libusb,
        BARE: lambda: bare_loop(bench, device, out, inp, lambda daemon: bench.client(
            "trip", daemon.mount / "out", daemon.mount / "in", 64, count)),
        FLOOR: lambda: bench.client("trip", loop, loop, 64, count),
        "usbfuse, poll": lambda: files("poll", bench.count(300)),
        "no-op write": lambda: bench.client("writes", floor.mount / "data", 64, count)})
    figures = pick(results, microseconds)
    libusb_alone, floor_trip = figures["libusb synchronous"], figures[FLOOR]

    def above_libusb(name):
        return paired(lambda a, b, c: 2 * (a - b) / c, figures[name], libusb_alone, floor_trip)

    # The write that starts it is half over when its transfer begins.
    def since_transfer(name):
        return paired(lambda a, b, c: (a - b) / c - 0.5, figures[name], libusb_alone,
                      figures["no-op write"])

    yield Line(f"write, then read 64 bytes, {speed_} speed", "µs",
               {name: figures[name] for name in ("usbfuse", "libusb synchronous", BARE, FLOOR)},
               above_libusb("usbfuse"), "no-op round trips above synchronous libusb",
               ("<=", 2.2), headline=True, beyond=beyond(above_libusb(BARE)))
    yield Line(f"write, wake up from poll(), read, {speed_} speed", "µs",
               {name: figures[name] for name in
                ("usbfuse, poll", "libusb synchronous", BARE, "no-op write")},
               since_transfer("usbfuse, poll"), "no-op round trips after the transfer",
               ("<=", 2.2), beyond=beyond(since_transfer(BARE), ", without poll()"))


for SPEED in ("high", "super"):
    row(f"vm-trip-{SPEED}", "count", f"Loopback, 64 bytes there and back at {SPEED} speed")(
        lambda bench, speed_=SPEED: loopback(bench, speed_))


@row("vm-setup", "vm", "a control request through ep00/setup")
def setup(bench):
    device = gadget(bench, "loopback", "high")
    ours = bench.usbfuse()
    yield from measure_setup(bench, interface_of(ours, device).parents[1], bench.noop())


@row("vm-tree", "vm", "looking at all devices")
def tree(bench):
    need_program("lsusb")
    for number, function in enumerate(("loopback", "sourcesink", "acm", "mass_storage")):
        gadget(bench, function, "high" if number % 2 else "super")
    ours = bench.usbfuse()
    until(lambda: len([entry for entry in ours.mount.iterdir() if "-" in entry.name]) >= 4,
          "the devices are there")
    figures = take_turns(bench.rounds, {
        "usbfuse": lambda: bench.seconds_of(
            "sh", "-c", f"exec cat {ours.mount}/[0-9u]*/descriptors.txt") * 1e3,
        "lsusb -v": lambda: bench.seconds_of("lsusb", "-v") * 1e3})
    yield Line("all descriptors as text", "ms", figures, ratios(figures, "usbfuse", "lsusb -v"),
               "of lsusb -v")
    figures = take_turns(bench.rounds, {
        "usbfuse": lambda: bench.seconds_of(
            "sh", "-c", f"exec grep . {ours.mount}/[0-9]*/product") * 1e3,
        "sysfs": lambda: bench.seconds_of("sh", "-c", f"exec grep . {DEVICES}/*/product") * 1e3,
        "lsusb": lambda: bench.seconds_of("lsusb") * 1e3})
    yield Line("what is plugged in", "ms", figures, ratios(figures, "usbfuse", "sysfs"),
               "of sysfs")


@row("vm-stick", "vm", "a stick on xHCI, read without its driver")
def stick(bench):
    found = [path.parent.name for path in DEVICES.glob("*/product")
             if path.read_text().startswith("QEMU USB HARDDRIVE")]
    if not found:
        raise RuntimeError("no stick is plugged in")
    device = found[0]
    ours = bench.usbfuse()
    interface = interface_of(ours, device)
    endpoints = {(endpoint / "direction").read_text().strip(): endpoint
                 for endpoint in interface.glob("ep*")}
    out, inp = endpoints["out"], endpoints["in"]
    (interface / "driver").write_text("none\n")
    for size in (4 * KIB, 64 * KIB):
        def files():
            released(device)
            return bench.client("bot", out / "data", inp / "data", size, bench.seconds, ours.pid)

        def libusb():
            released(device)
            return bench.output(bench.program("libusb"), "bot", device, out.name[2:], inp.name[2:],
                                size, bench.seconds)

        def bare():
            return bare_loop(bench, device, out.name[2:], inp.name[2:],
                             lambda daemon: bench.client(
                                 "bot", daemon.mount / "out", daemon.mount / "in", size,
                                 bench.seconds, daemon.pid))

        results = take_turns(bench.rounds, {"usbfuse": files, "libusb synchronous": libusb,
                                            BARE: bare})
        figures = pick(results, speed)
        yield Line(f"a stick, commands of {size // KIB} KiB", "MB/s", figures,
                   ratios(figures, "usbfuse", "libusb synchronous"), "of synchronous libusb")
        yield Line("… the same", "", {}, ratios(figures, "usbfuse", BARE), f"of the {BARE}")
    (interface / "driver").write_text("auto\n")
