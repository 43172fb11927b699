# SPDX-License-Identifier: MIT
"""One running usbfuse: started in the foreground with its output in a log, taken down at the end of
the test, and everything about that end checked."""
import os
import shlex
import subprocess

import pytest

from . import logcheck, mounts, paths, procs

START = 10  # seconds until it is mounted
END = 5     # seconds from the unmount to its exit


def environment():
    """Sanitizers must end a daemon at the first finding, with a status of their own."""
    env = dict(os.environ, LC_ALL="C.UTF-8")
    env.setdefault("ASAN_OPTIONS", "halt_on_error=1:exitcode=99")
    env.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1:exitcode=99")
    env.setdefault("TSAN_OPTIONS", "halt_on_error=0:second_deadlock_stack=1:exitcode=99")
    return env


class Daemon:
    """mount: where; pid; log: the file with its output; allow: regular expressions of log lines
    that would otherwise fail the test, which may be added to while it runs."""

    def __init__(self, workdir, number, watchdog, arguments, allow=(), binary=None, prefix=()):
        self.mount = workdir / f"mnt{number}"
        self.log = workdir / f"usbfuse{number}.log"
        self.allow = list(allow)
        self.watchdog = watchdog
        # What the machine's own daemons have detached is none of the tests' business.
        self.journal = workdir / "journal"
        # PREFIX: words of a program that starts it, and becomes it by exec.
        self.command = [*map(str, prefix), str(binary or paths.USBFUSE), "-f", "-d",
                        "-o", f"journal={self.journal}",
                        *map(str, arguments), str(self.mount)]
        self.process = None
        self.finished = False
        self.end = END
        # By hand, when a test is to be looked into:
        with open(workdir / "commands", "a", encoding="utf-8") as commands:
            commands.write(shlex.join(self.command) + "\n")

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Starts it and waits until it is mounted; fails the test when it is not."""
        if not mounts.mounted(self.mount):  # else what is left of a daemon that crashed
            self.mount.mkdir(exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(), start_new_session=True)
        self.watchdog.watch(self.pid, backtrace=True)
        self.watchdog.watch_mount(self.mount)
        how = mounts.wait_mounted(self.mount, self.pid, START * paths.PATIENCE)
        if how != "mounted":
            details = procs.report(self.pid, backtrace=True) if how == "timeout" else ""
            self.kill()
            pytest.fail(f"usbfuse did not mount ({how}): {shlex.join(self.command)}\n"
                        f"{self.text()}{details}", pytrace=False)
        return self

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self):
        """kill -9: as a crash. The dead mount stays until stop() or abandon()."""
        procs.kill_group(self.pid)
        procs.reap(self.process, END)

    def _forget(self):
        self.finished = True
        self.watchdog.unwatch(self.pid)
        self.watchdog.unwatch_mount(self.mount)

    def abandon(self):
        """Takes it down at any price and checks nothing."""
        if self.finished or self.process is None:
            return
        self.kill()
        mounts.abort(self.mount)
        self._forget()

    def stop(self):
        """Unmounts, and returns what is wrong with how it ended: a list of complaints, empty when
        it unmounted, exited with 0 in time and logged nothing suspicious."""
        if self.finished or self.process is None:
            return []
        wrong = []
        if mounts.mounted(self.mount):
            said = mounts.unmount(self.mount)
            if said:
                wrong.append(f"unmounting failed: {said}")
        limit = self.end * paths.PATIENCE
        status = None if wrong else procs.reap(self.process, limit)
        if status is None:
            wrong.append(f"still running {limit} s after the unmount\n"
                         + procs.report(self.pid, backtrace=True))
        elif status != 0:
            wrong.append(f"exit status {status}")
        self.abandon()
        return wrong + self.complaints()

    def complaints(self):
        lines = logcheck.complaints(self.text(), self.allow)
        return [f"in its log: {line}" for line in lines]


def oneshot(*arguments, timeout=START, **kwargs):
    """Runs usbfuse without the harness's options, for what is to fail or to daemonise: status,
    standard output and standard error."""
    done = subprocess.run([str(paths.USBFUSE), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=timeout,
                          env=environment(), check=False, start_new_session=True, **kwargs)
    return done.returncode, done.stdout, done.stderr
