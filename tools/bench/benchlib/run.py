# SPDX-License-Identifier: MIT
"""Starts what is measured, and takes it down again."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .idle import idle
from .measure import Skip

REPO = Path(__file__).resolve().parents[3]
IN_VM = os.environ.get("USBFUSE_VM") == "1"
# A guest whose clock counts instructions has its next timer at once while it waits for a file of
# the host's: by its clock minutes may pass until a program is loaded. What hangs is noticed all the
# same, as the idle guest's hours are short.
PATIENCE = 100 if os.environ.get("VM_COUNTED") == "1" else 1
LIMIT = 120 * PATIENCE  # seconds for one program
MOUNT = 10 * PATIENCE   # seconds until a file system is there, or gone


def until(predicate, what, limit=MOUNT, pause=0.002):
    end = time.monotonic() + limit
    while not (value := predicate()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {limit} s: {what}")
        time.sleep(pause)
    return value


def cpu(pid):
    """Nanoseconds of processor that a process has had, all threads together."""
    return time.clock_gettime_ns((~pid << 3) | 2)  # as clock_getcpuclockid() makes it


def bus_cpu(pid):
    """Of that, what the thread has had that is the simulated bus with its devices; 0: no such."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            if (task / "comm").read_text().strip() == "sim-bus":
                return int((task / "schedstat").read_text().split()[0])
    return 0


def field(pid, name, tid=None):
    """A number of /proc/PID/status."""
    path = Path(f"/proc/{pid}/task/{tid}/status" if tid else f"/proc/{pid}/status")
    for line in path.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def switches(pid):
    """How often the threads of a process have gone to sleep, or were made to wait."""
    return sum(field(pid, name, tid) for tid in os.listdir(f"/proc/{pid}/task")
               for name in ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"))


class Daemon:
    """A file system in a process of its own."""

    def __init__(self, words, mount):
        self.mount = mount
        mount.mkdir()
        self.process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        self.pid = self.process.pid
        until(lambda: os.path.ismount(mount) or self.process.poll() is not None,
              f"{words[0]} is mounted")
        if self.process.poll() is not None:
            raise RuntimeError(f"{words[0]} has ended with {self.process.returncode}")

    def stop(self):
        if self.process.poll() is not None:
            return
        unmount(self.mount)
        try:
            self.process.wait(MOUNT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def unmount(mount):
    words = ["umount"] if os.geteuid() == 0 else ["fusermount3", "-u"]
    if subprocess.run([*words, str(mount)], check=False, capture_output=True).returncode:
        subprocess.run([*words, "-l" if words[0] == "umount" else "-z", str(mount)], check=False)


class Bench:
    """What the rows need: how long, how often, and things that end with the row."""

    def __init__(self, build, rounds, quick):
        self.build = Path(build)
        self.rounds = rounds
        self.quick = quick
        self.seconds = 0.05 if quick else 1.0
        self.stack = contextlib.ExitStack()
        self.work = None
        self.number = 0

    def count(self, number):
        """So many, or fewer when it has to be quick."""
        return max(number // 50, 2) if self.quick else number

    @contextlib.contextmanager
    def row(self):
        """A directory in memory, and everything down at the end."""
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        with contextlib.ExitStack() as self.stack:
            self.work = Path(tempfile.mkdtemp(prefix="usbfuse-bench-", dir=base))
            self.stack.callback(shutil.rmtree, self.work, ignore_errors=True)
            yield

    def path(self, name):
        self.number += 1
        return self.work / f"{name}{self.number}"

    def program(self, name):
        return self.build / "tools" / "bench" / "src" / f"bench-{name}"

    # ---- file systems ----

    def _daemon(self, words, mount):
        daemon = Daemon(words, mount)
        self.stack.callback(daemon.stop)
        return daemon

    def usbfuse(self, *bus):
        """BUS: --bus and the like."""
        mount = self.path("usbfuse")
        return self._daemon([self.build / "usbfuse", "-f", *bus, mount], mount)

    def sim(self, description, *options):
        """A simulated bus of the devices that the text describes."""
        file = self.path("devices")
        file.write_text(description)
        return self.usbfuse("--bus", ",".join([f"sim:{file}", *map(str, options)]))

    def noop(self, rate=0):
        mount = self.path("noop")
        return self._daemon([self.program("noop"), "-f", "--rate", rate, mount], mount)

    def naive(self, device, out, inp):
        """The least that carries USB over FUSE; it has the interface until it is stopped."""
        mount = self.path("naive")
        return self._daemon([self.program("naive"), device, out, inp, mount], mount)

    def passthrough(self, directory, *options):
        mount = self.path("pass")
        return self._daemon([self.program("pass"), *options, directory, mount], mount)

    # ---- programs ----

    def output(self, *words):
        """What a program prints, which has to be JSON."""
        done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LIMIT, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def client(self, *words):
        return self.output(self.program("client"), *words)

    @contextlib.contextmanager
    def running(self, *words):
        """A program that goes on until it is killed."""
        process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def seconds_of(self, *words):
        """How long a program takes; what it prints and how it ends is nobody's business."""
        begin = time.monotonic()
        subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=LIMIT, check=False)
        return time.monotonic() - begin

    def watch(self, daemon, words, counter="rchar", out=None):
        """A program that reads (rchar) or writes (wchar) without an end, looked at from outside
        once it is under way; the same as bench-client prints."""
        with open(out or os.devnull, "wb", buffering=0) as sink:
            process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL,
                                       stdout=sink, stderr=subprocess.DEVNULL)
        pid = process.pid

        def moved():
            if process.poll() is not None:
                raise RuntimeError(f"{words[0]} has ended with {process.returncode}")
            for line in Path(f"/proc/{pid}/io").read_text().splitlines():
                if line.startswith(counter):
                    return int(line.split()[1])
            return 0

        def counters():
            return {"ns": time.monotonic_ns(), "bytes": moved(), "cpu": cpu(pid),
                    "daemon": cpu(daemon.pid), "bus": bus_cpu(daemon.pid), "idle": idle()}

        try:
            until(lambda: moved() > 1 << 18, f"{words[0]} moves data")
            time.sleep(0.25 * self.seconds)
            before = counters()
            time.sleep(self.seconds)
            # On a busy machine it may not have had a turn in a short time.
            until(lambda: moved() > before["bytes"], f"{words[0]} moves more data")
            after = counters()
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return {key: after[key] - before[key] for key in before}


def speed(result):
    """MB/s."""
    return result["bytes"] * 1e3 / result["ns"]


def share(result):
    """Processors in use."""
    return (result["cpu"] + result["daemon"]) / result["ns"]


def per_gib(ns, result):
    """Nanoseconds in milliseconds for a GiB of what was carried."""
    return ns / 1e6 / (result["bytes"] / (1 << 30))


def cost(result):
    """Milliseconds of processor for a GiB."""
    return per_gib(result["cpu"] + result["daemon"], result)


def whole_cost(result):
    """Likewise, of the whole machine, which does nothing else: with the interrupts, which the
    kernel puts down to whoever is running, and to nobody when nobody is."""
    return per_gib(result["ns"] * os.cpu_count() - result["idle"], result)


def bus_cost(result):
    """Of the daemon's, the simulated bus's."""
    return per_gib(result["bus"], result)


def microseconds(result):
    return result["median"] / 1e3


def need_program(name):
    found = shutil.which(name)
    if not found:
        raise Skip(f"there is no {name}")
    return found
