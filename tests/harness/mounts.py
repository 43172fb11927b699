# SPDX-License-Identifier: MIT
"""Mount points: waiting for one, taking one down, whatever state it is in."""
import errno
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

from . import procs


def mounted(path):
    """The mounts on PATH, topmost last, as (fstype, source, device number) each. Reads a list of
    the kernel's: never touches the mounted file system, which may hang."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split()
        point = fields[4].encode().decode("unicode_escape")
        if point == str(path):
            fstype, source = tail.split()[:2]
            found.append((fstype, source, fields[2]))
    return found


def alive(path):
    """Whether something is mounted on PATH, and not left over from a daemon that has died."""
    if not mounted(path):
        return False
    try:
        os.statvfs(path)  # the kernel may remember what stat() would say
    except OSError as error:
        return error.errno != errno.ENOTCONN
    return True


def below(path):
    """Mount points at or below PATH, innermost first."""
    points = []
    for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
        point = line.split()[4].encode().decode("unicode_escape")
        if point == str(path) or point.startswith(f"{path}/"):
            points.append(point)
    return points[::-1]


def wait_mounted(path, pid, timeout):
    """Waits until something is mounted on PATH, or process PID has ended; which of both.
    The kernel tells about changes of its mount list by POLLPRI."""
    end = time.monotonic() + timeout
    poll = select.poll()
    with open("/proc/self/mountinfo", "rb") as info:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            return "exited"
        try:
            poll.register(info, select.POLLPRI)
            poll.register(pidfd, select.POLLIN)
            while True:
                if alive(path):
                    return "mounted"
                events = dict(poll.poll(max(0, end - time.monotonic()) * 1000))
                if pidfd in events:
                    return "mounted" if alive(path) else "exited"
                if not events and time.monotonic() >= end:
                    return "timeout"
        finally:
            os.close(pidfd)


def wait_unmounted(path, timeout):
    """Waits until nothing is mounted on PATH any more. False: still is."""
    end = time.monotonic() + timeout
    with open("/proc/self/mountinfo", "rb") as info:
        while mounted(path):
            left = end - time.monotonic()
            if left <= 0:
                return False
            procs.wait_readable(info, left, select.POLLPRI)
    return True


def _command(*command, timeout=10):
    """Runs a helper that may hang on a sick mount. 0 or what it said."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return f"{command[0]}: still running after {timeout} s"
    return "" if done.returncode == 0 else done.stdout or f"{command[0]}: {done.returncode}"


def unmount(path):
    """Unmounts as a user would. "" or the complaint."""
    if shutil.which("fusermount3"):
        return _command("fusermount3", "-u", str(path))
    return _command("umount", str(path))


def abort(path):
    """Gets rid of a mount at any price: ends its connection, so that whoever waits for the daemon
    goes on, and takes it out of the tree."""
    for _ in range(8):
        if not mounted(path):
            return
        if os.geteuid() == 0:
            _command("umount", "-f", str(path))
            _command("umount", "-l", str(path))
        else:
            _command("fusermount3", "-u", "-z", str(path))
