# SPDX-License-Identifier: MIT
"""The process that ends a test whose own process hangs.

A test's Python may end up in a FUSE call that no signal interrupts; then nothing in that process
can be relied on. So another process keeps the time: it is told, over a pipe, when a phase of a test
begins and by when it has to be over, and which daemons and clients belong to it. When the time is
up it writes down where everyone hangs, kills daemons and clients, takes the mounts down (which ends
every FUSE call with an error), and if the test's process does not go on after that either, kills
it.

The pipe carries one JSON object a line. End of file means that the tests are over, or died: what is
still registered is cleaned up then.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

if __package__:
    from . import mounts, paths, procs
else:  # run as a program, see Watchdog.start()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from harness import mounts, procs

# How much longer than the test's own alarm it waits, and then for the test's process to go on.
GRACE = 8
MERCY = 15


class Watchdog:
    """The tests' end of the pipe."""

    def __init__(self, report):
        self.report = Path(report)
        self.process = subprocess.Popen(
            [paths.PYTHON, __file__, str(os.getpid()), str(report)],
            stdin=subprocess.PIPE, start_new_session=True)

    def _tell(self, **message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def arm(self, what, seconds):
        self._tell(op="arm", what=what, at=time.monotonic() + seconds + GRACE)

    def disarm(self):
        """What the watchdog has to say about the phase that ends now; "": it did nothing."""
        self._tell(op="disarm")
        if not self.report.exists():
            return ""
        text = self.report.read_text(errors="replace")
        self.report.unlink()
        return text

    def watch(self, pid, backtrace=False):
        """PID leads a process group of its own, which is killed when the time is up."""
        self._tell(op="watch", pid=pid, backtrace=backtrace)

    def unwatch(self, pid):
        self._tell(op="unwatch", pid=pid)

    def watch_mount(self, path):
        self._tell(op="mount", path=str(path))

    def unwatch_mount(self, path):
        self._tell(op="unmount", path=str(path))

    def stop(self):
        self.process.stdin.close()
        procs.reap(self.process, 30)


class Keeper:
    """The other end: what is registered, and what to do when the time is up."""

    def __init__(self, tests, report):
        self.tests = tests
        self.report = Path(report)
        self.what = ""
        self.at = None
        self.groups = {}
        self.mounts = []

    def handle(self, message):
        op = message["op"]
        if op == "arm":
            self.what, self.at = message["what"], message["at"]
        elif op == "disarm":
            self.at = None
        elif op == "watch":
            self.groups[message["pid"]] = message["backtrace"]
        elif op == "unwatch":
            self.groups.pop(message["pid"], None)
        elif op == "mount":
            self.mounts.append(message["path"])
        elif op == "unmount" and message["path"] in self.mounts:
            self.mounts.remove(message["path"])

    def describe(self):
        parts = [f"watchdog: {self.what} did not end in time", "the tests:",
                 procs.report(self.tests)]
        for pgid, backtrace in self.groups.items():
            for pid in procs.group_members(pgid)[:20]:
                parts.append(procs.report(pid, backtrace))
        return "\n".join(parts) + "\n"

    def clear(self):
        for pgid in self.groups:
            procs.kill_group(pgid)
        for path in self.mounts:
            mounts.abort(path)
        self.groups.clear()
        self.mounts.clear()

    def expire(self):
        """The first time: whoever hangs is freed. The second time, the tests end."""
        text = self.describe()
        again = self.report.exists()
        with open(self.report, "a", encoding="utf-8") as out:
            out.write(text)
        self.clear()
        if again:
            sys.stderr.write(text)
            os.kill(self.tests, signal.SIGKILL)
            self.at = None
        else:
            self.at = time.monotonic() + MERCY

    def run(self, fd):
        pending = b""
        while True:
            left = 3600 if self.at is None else self.at - time.monotonic()
            if not procs.wait_readable(fd, left):
                if self.at is not None and time.monotonic() >= self.at:
                    self.expire()
                continue
            chunk = os.read(fd, 65536)
            if not chunk:
                self.clear()
                return
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self.handle(json.loads(line))


if __name__ == "__main__":
    # Ctrl-C is for the tests; this goes on until they close the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Keeper(int(sys.argv[1]), sys.argv[2]).run(0)
