# SPDX-License-Identifier: MIT
"""Processes seen from outside: state, stacks, groups, waiting for the end without polling."""
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import paths


def read(path):
    """The text of a file of /proc, or "" when the process has gone or does not let us."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def field(pid, name, tid=None):
    """A field of /proc/PID/status, as text; "" when the process has gone."""
    where = f"/proc/{pid}/status" if tid is None else f"/proc/{pid}/task/{tid}/status"
    for line in read(where).splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return value.strip()
    return ""


def state(pid, tid=None):
    """R, S, D, Z, …; "" when the process has gone."""
    return field(pid, "State", tid)[:1]


def threads(pid):
    try:
        return sorted(int(t) for t in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return []


def open_files(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def opened(pid):
    """What its descriptors are of."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def resident_kib(pid):
    """Its own memory; how much it has in it of files, such as udev's database, is the kernel's to
    say."""
    return int(field(pid, "RssAnon").split()[0])


def group_members(pgid):
    """The processes of a process group, zombies left out."""
    members = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        stat = read(f"/proc/{entry}/stat").rpartition(")")[2].split()
        if len(stat) > 2 and int(stat[2]) == pgid and stat[0] != "Z":
            members.append(int(entry))
    return members


def kill_group(pgid, sig=signal.SIGKILL):
    try:
        os.killpg(pgid, sig)
    except ProcessLookupError:
        pass


def wait_exit(pid, timeout):
    """Waits for a process, not necessarily a child, to end. False: it still runs."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return wait_readable(fd, timeout)
    finally:
        os.close(fd)


def wait_group_gone(pgid, timeout):
    """Waits until every process of a group has ended; those that have not, when TIMEOUT is over."""
    end = time.monotonic() + timeout
    left = group_members(pgid)
    while left and all(wait_exit(pid, end - time.monotonic()) for pid in left):
        left = group_members(pgid)  # one of them may have forked meanwhile
    return left


def wait_readable(fd, timeout, events=select.POLLIN):
    """Waits for an event on one descriptor; a negative or past timeout looks once."""
    poll = select.poll()
    poll.register(fd, events)
    return bool(poll.poll(max(0, timeout) * 1000))


def reap(popen, timeout):
    """Waits for a subprocess.Popen; its status, or None when it still runs.
    subprocess's own wait(timeout) sleeps in between."""
    if popen.poll() is None and not wait_exit(popen.pid, timeout):
        return None
    return popen.wait()


def gdb_backtrace(pid, timeout=15):
    """Backtraces of all threads, if gdb is there. Never of a process in state D: gdb would hang
    with it."""
    if not shutil.which("gdb") or "D" in {state(pid, t) for t in threads(pid)}:
        return ""
    command = ["gdb", "-p", str(pid), "-batch", "-nx", "-ex", "set pagination off",
               "-ex", "thread apply all bt 20"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return "gdb took too long\n"
    return done.stdout


def report(pid, backtrace=False):
    """Where every thread of a process is, for people."""
    tids = threads(pid)
    if not tids:
        return f"process {pid}: gone\n"
    lines = [f"process {pid}: {read(f'/proc/{pid}/cmdline')[:300]!r}".replace("\\x00", " ")]
    for tid in tids:
        base = f"/proc/{pid}/task/{tid}"
        lines.append(f"  thread {tid} ({read(base + '/comm').strip()}): state {state(pid, tid)}, "
                     f"waits in {read(base + '/wchan') or '?'}")
        stack = read(base + "/stack")
        lines.extend("      " + frame for frame in stack.splitlines())
    text = "\n".join(lines) + "\n"
    return text + (gdb_backtrace(pid) if backtrace else "")


def eventually(predicate, deadline, what):
    """The last resort, for what has no event to wait for: asks PREDICATE again and again until it
    yields something true, for DEADLINE seconds. The only place in the tests that naps."""
    end = time.monotonic() + deadline * paths.PATIENCE
    pause = 0.001
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline} s: {what}")
        select.select([], [], [], pause)
        pause = min(pause * 2, 0.05)
