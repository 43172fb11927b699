# SPDX-License-Identifier: MIT
"""Hundreds of devices: walking the tree, memory, idleness, plugging, the start."""
import os
import socket
import subprocess
import threading
import time

from . import sim_devices
from .measure import Line, ratios, row, take_turns
from .run import cpu, field, switches, unmount, until

FLOOR = "no-op FUSE"
PASS = "pass-through"
CACHING = "caching pass-through"


def copy_tree(source, target):
    """Directories, links, and empty files in place of files; how many there are."""
    number = 0
    for entry in os.scandir(source):
        to = target / entry.name
        number += 1
        if entry.is_symlink():
            to.symlink_to(os.readlink(entry.path))
        elif entry.is_dir():
            to.mkdir()
            number += copy_tree(entry.path, to)
        else:
            to.touch()
    return number


@row("find", "sim", "find, 500 devices with 4 endpoints")
def find(bench):
    ours = bench.sim(sim_devices.many(bench.count(500)))
    copy = bench.path("tree")
    copy.mkdir()
    number = copy_tree(ours.mount, copy)
    plain = bench.passthrough(copy)
    caching = bench.passthrough(copy, "--timeout", 1, "--plus")
    figures = take_turns(bench.rounds, {
        "usbfuse": lambda: bench.seconds_of("find", ours.mount) * 1e3,
        PASS: lambda: bench.seconds_of("find", plain.mount) * 1e3,
        CACHING: lambda: bench.seconds_of("find", caching.mount) * 1e3})
    yield Line("find in 500 devices", "ms", figures, ratios(figures, "usbfuse", PASS),
               f"of the {PASS}", ("<=", 1.2), headline=True, note=f"{number} files")
    yield Line("… against one that keeps for a second what it knows", "ms", {},
               ratios(figures, "usbfuse", CACHING), f"of the {CACHING}", ("<=", 1.2))
    # Looks at every file, which takes longer: a tenth of them.
    some = [f"1-{n + 1}" for n in range(bench.count(50))]

    def ls(daemon):
        return bench.seconds_of("ls", "-lR", *(daemon.mount / name for name in some)) * 1e3

    figures = take_turns(bench.rounds, {
        "usbfuse": lambda: ls(ours), PASS: lambda: ls(plain), CACHING: lambda: ls(caching)})
    yield Line(f"ls -lR of {len(some)} of them", "ms", figures, ratios(figures, "usbfuse", PASS),
               f"of the {PASS}")


def anonymous_kib(daemon):
    return field(daemon.pid, "RssAnon")


@row("memory", "sim", "memory of idle and of streaming devices")
def memory(bench):
    number = bench.count(500)
    one = bench.sim(sim_devices.many(1))
    all_ = bench.sim(sim_devices.many(number))
    for when in ("at the start", "after find"):
        each = (anonymous_kib(all_) - anonymous_kib(one)) / (number - 1)
        yield Line(f"memory of an idle device, {when}", "KiB", {"usbfuse": [each]}, [each], "KiB",
                   ("<=", 16), headline=when == "after find")
        for daemon in (one, all_):
            bench.seconds_of("find", daemon.mount)
    number = bench.count(100)
    ours = bench.sim(sim_devices.many(number, 4000000))
    readers = [subprocess.Popen(["cat", str(sim_devices.directory(ours, n) / "ep81" / "data")],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
               for n in range(number)]
    try:
        time.sleep(3 * bench.seconds)
        total = field(ours.pid, "VmHWM") / 1024
    finally:
        for reader in readers:
            reader.kill()
        for reader in readers:
            reader.wait()
    yield Line("memory in all, 100 endpoints streaming", "MiB", {"usbfuse": [total]}, [total],
               "MiB", ("<=", 100), headline=True)


@row("idle", "sim", "500 devices and 1000 blocked readers")
def idle(bench):
    ours = bench.sim(sim_devices.many(bench.count(500)))
    files = [str(sim_devices.directory(ours, n) / "ep81" / "data")
             for n in range(bench.count(500))]
    readers = subprocess.Popen([str(bench.program("client")), "block", "2", *files],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        readers.stdout.readline()
        pause = max(bench.seconds, 0.3)

        def quiet():
            before = switches(ours.pid), len(os.listdir(f"/proc/{ours.pid}/task"))
            time.sleep(pause)
            return before == (switches(ours.pid), len(os.listdir(f"/proc/{ours.pid}/task")))

        threads = len(os.listdir(f"/proc/{ours.pid}/task"))
        settled = True
        try:
            until(quiet, "it is quiet", limit=10)
        except TimeoutError:
            settled = False
        threads = len(os.listdir(f"/proc/{ours.pid}/task"))
        before = switches(ours.pid), cpu(ours.pid)
        time.sleep(3 * pause)
        woken, used = switches(ours.pid) - before[0], (cpu(ours.pid) - before[1]) / 1e6
    finally:
        readers.kill()
        readers.wait()
    yield Line("wake-ups in 3 s, 500 devices, 1000 readers", "", {"usbfuse": [woken]}, [woken],
               "wake-ups", ("<=", 0), headline=True,
               note=f"{threads} threads" + ("" if settled else ", never quiet"))
    yield Line("… processor time", "ms", {"usbfuse": [used]}, [used], "ms", ("<=", 0))


class Listener(threading.Thread):
    """Counts the lines of a tree's events."""

    def __init__(self, mount):
        super().__init__(daemon=True)
        self.file = os.open(mount / "events", os.O_RDONLY)
        self.counts = {}

    def run(self):
        while True:
            try:
                line = os.read(self.file, 4096)
            except OSError:
                return
            word = line.split(b" ", 1)[0].decode()
            self.counts[word] = self.counts.get(word, 0) + 1


@row("plug", "sim", "plugging and unplugging 1000 times a second")
def plug(bench):
    control = bench.path("control")
    ours = bench.sim(sim_devices.many(2), f"control={control}")
    listener = Listener(ours.mount)
    listener.start()
    until(lambda: listener.counts.get("add") == 2, "the devices are told")
    bus = bench.stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    bus.connect(str(control))
    replies = bus.makefile("rb")
    pairs = bench.count(1500)
    done = 0
    sizes, rates = [], []
    for _ in range(max(bench.rounds, 2)):
        begin = time.monotonic()
        for n in range(pairs):
            bus.sendall(b"unplug d1\nplug d1\n")
            for _ in range(2):
                reply = replies.readline()
                if not reply.startswith(b"ok"):
                    raise RuntimeError(f"the bus says {reply}")
            # An unplugging and a plugging in two milliseconds.
            left = begin + (n + 1) * 0.002 - time.monotonic()
            if left > 0:
                time.sleep(left)
        done += pairs
        rates.append(2 * pairs / (time.monotonic() - begin))
        try:
            until(lambda: listener.counts.get("remove", 0) >= done
                  and listener.counts.get("add", 0) >= done + 2, "all events", limit=5)
        except TimeoutError:
            pass
        sizes.append(anonymous_kib(ours))
    seen = listener.counts.get("remove", 0) + listener.counts.get("add", 0) - 2
    missed = abs(2 * done - seen)
    yield Line("plugged and unplugged, times a second", "", {"usbfuse": rates}, rates,
               "times a second", (">=", 990))
    yield Line("… events missed", "", {"usbfuse": [missed]}, [missed], f"of {2 * done}",
               ("<=", 0), headline=True)
    grown = (sizes[-1] - sizes[0]) / (len(sizes) - 1) / pairs * 1000
    yield Line("… growth", "KiB", {"usbfuse": [grown]}, [grown], "KiB in 1000", ("<=", 4))


@row("start", "sim", "from the start to the first ls")
def start(bench):
    def milliseconds(words, mount):
        mount.mkdir()
        try:
            return bench.client("start", mount, *words, mount)["ns"] / 1e6
        finally:
            unmount(mount)

    def ours(devices):
        file = bench.path("devices")
        file.write_text(sim_devices.many(devices))
        return lambda: milliseconds([bench.build / "usbfuse", "--bus", f"sim:{file}"],
                                    bench.path("start"))

    number = bench.count(500)
    figures = take_turns(bench.rounds, {
        "usbfuse": ours(3), f"with {number} devices": ours(number),
        FLOOR: lambda: milliseconds([bench.program("noop")], bench.path("start"))})
    yield Line("from the start to the first ls", "ms", figures, figures["usbfuse"], "ms",
               ("<=", 20), headline=True)
