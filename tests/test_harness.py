# SPDX-License-Identifier: MIT
"""The harness itself: it has to notice what it is there for."""
import errno
import json
import os
import signal
import socket
import struct
import subprocess
import time

import pytest

from harness import client, counting, limits, logcheck, mounts, paths, procs
from harness import usbip_puppet, usbip_wire, watchdog as watchdogs


@pytest.mark.parametrize("line", [
    "usbfuse: error: cannot open it",
    "usbfuse: warning: no udev, proceeding",
    "==12==ERROR: AddressSanitizer: heap-use-after-free",
    "WARNING: ThreadSanitizer: data race (pid=1)",
    "fs/a.c:1:2: runtime error: signed integer overflow",
    "usbfuse: fs/a.c:12: f: Assertion `x' failed.",
    "double free or corruption (!prev)",
])
def test_a_suspicious_line_is_noticed(line):
    assert logcheck.complaints(f"usbfuse: info: mounted\n{line}\n") == [line]


@pytest.mark.parametrize("line", [
    "usbfuse: info: 1-2: config1/interface0/ep81: stalled",
    "usbfuse: debug: errors 0, warnings: none",
])
def test_an_innocent_line_is_not(line):
    assert logcheck.complaints(line) == []


def test_only_the_allowed_line_is_allowed():
    text = "usbfuse: error: a\nusbfuse: error: b\n"
    assert logcheck.complaints(text, [r"error: a$"]) == ["usbfuse: error: b"]


@pytest.fixture
def plain_clients(workdir, watchdog):
    """Clients without a daemon."""
    everyone = client.Clients(workdir, watchdog)
    yield everyone
    everyone.kill_all()


def test_a_client_that_hangs_fails_the_test(plain_clients):
    with pytest.raises(pytest.fail.Exception, match="still running"):
        plain_clients.start("cat", stdin=True, deadline=0.1).wait()
    assert plain_clients.running == []


def test_what_a_client_started_ends_with_it(plain_clients):
    result = plain_clients.sh("sleep 1000 & echo $!")
    assert result.status == 0
    assert procs.wait_exit(int(result.out), 2)


def test_the_outcome_of_a_client(plain_clients):
    result = plain_clients.sh("echo out; echo err >&2; exit 3")
    assert (result.status, result.out, result.err) == (3, b"out\n", b"err\n")


class Item:
    """As much of pytest's item as limits wants."""
    nodeid = "test"

    def __init__(self):
        self.sections = []

    def add_report_section(self, *section):
        self.sections.append(section)


def test_the_limit_interrupts(workdir):
    keeper = watchdogs.Watchdog(workdir / "report")
    reader, writer = os.pipe()
    left = signal.setitimer(signal.ITIMER_REAL, 0)[0]  # this test's own
    try:
        with pytest.raises(pytest.fail.Exception, match="not done within 0.1 s"):
            with limits.limited(keeper, Item(), "call", 0.1):
                os.read(reader, 1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        client.close_all(reader, writer)
        keeper.stop()


def test_the_watchdog_frees_who_hangs(workdir, monkeypatch):
    """Its time is up while a client hangs: it writes down where, and kills the client."""
    keeper = watchdogs.Watchdog(workdir / "report")
    hanging = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        keeper.watch(hanging.pid)
        monkeypatch.setattr(watchdogs, "GRACE", 0)
        keeper.arm("a phase", 0.1)
        assert procs.reap(hanging, 10) == -signal.SIGKILL
        said = keeper.disarm()
        assert "a phase did not end in time" in said
        assert f"process {hanging.pid}" in said
    finally:
        keeper.stop()
        hanging.kill()
        hanging.wait()


def test_the_watchdog_ends_tests_that_hang_for_good(workdir):
    """Whoever does not go on after that is killed."""
    tests = subprocess.Popen(["sleep", "1000"])
    program = ("import sys; sys.path.insert(0, sys.argv[1]); "
               "from harness import watchdog; watchdog.MERCY = 0.1; "
               "watchdog.Keeper(int(sys.argv[2]), sys.argv[3]).run(0)")
    keeper = subprocess.Popen(
        [paths.PYTHON, "-c", program, str(paths.REPO / "tests"), str(tests.pid),
         str(workdir / "report")],
        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        arm = {"op": "arm", "what": "a phase", "at": time.monotonic()}
        keeper.stdin.write(json.dumps(arm).encode() + b"\n")
        keeper.stdin.flush()
        assert procs.reap(tests, 10) == -signal.SIGKILL
    finally:
        keeper.stdin.close()
        assert procs.reap(keeper, 10) == 0
        tests.kill()
        tests.wait()


def test_mountinfo():
    assert mounts.mounted("/proc")[0][0] == "proc"
    assert mounts.mounted("/proc/self") == []
    assert "/proc" in mounts.below("/proc")


def test_a_transfer_that_is_cancelled_before_it_comes(monkeypatch):
    """On vhci_hcd one message can overtake the other."""
    ours, host = socket.socketpair()
    monkeypatch.setattr(usbip_wire, "attach", lambda _speed: (0, usbip_wire.Link(ours)))
    monkeypatch.setattr(usbip_wire, "port_is_free", lambda _port: True)
    puppet = usbip_puppet.Puppet("overtaken", sources={0x81: {}})
    puppet.plug()

    def submit(seqnum):
        host.sendall(struct.pack(">5IIiiii8x", usbip_wire.CMD_SUBMIT, seqnum, 0, 1, 1, 0, 512, 0, 0,
                                 0))

    def received(size):
        return host.recv(size, socket.MSG_WAITALL)

    with host:
        host.sendall(struct.pack(">5II24x", usbip_wire.CMD_UNLINK, 3, 0, 0, 0, 2))
        submit(2)
        submit(4)
        command, seqnum, status = struct.unpack_from(">2I12xi", received(usbip_wire.HEADER))
        assert (command, seqnum, status) == (usbip_wire.RET_UNLINK, 3, -errno.ECONNRESET)
        command, seqnum, status, actual = struct.unpack_from(">2I12x2i",
                                                             received(usbip_wire.HEADER))
        assert (command, seqnum, status, actual) == (usbip_wire.RET_SUBMIT, 4, 0, 512)
        assert received(512) == counting.pattern(512)
        puppet.remove()
