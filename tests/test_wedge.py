# SPDX-License-Identifier: MIT
"""A device that does not answer, or whose calls never return, is its own problem: the tree and
every other device go on as if it were not there."""
import pytest

from harness import procs
from harness.endpoint import wait_armed, wait_blocked_reader
from harness.loop import receive, send


def everything_else_works(device, clients):
    """The tree answers, and I/O on DEVICE goes on."""
    for command in ('ls -lR "$1"', 'df "$1"', 'stat -f "$1"', 'find "$1" -type f -name "b*"',
                    'cat "$1"/*/ctl', 'cat "$1"/*/status'):
        # In the guest ls takes 5 s when all is well, for a dozen of root hubs; and it may be busy.
        assert clients.sh(command + " > /dev/null", device.mount, deadline=15).status == 0, command
    send(device, b"still alive")
    assert receive(device, 11) == b"still alive"


def test_a_device_that_is_silent(bus, clients):
    """It NAKs for ever, both to a reader and to a writer."""
    silent, loopback = bus.mount("silent", "loopback")
    reader = clients.start("cat", silent.inp.data)
    wait_blocked_reader(silent.inp)
    writer = clients.start_sh('exec cat /dev/zero > "$1"', silent.out.data)
    wait_armed(silent.out)
    everything_else_works(loopback, clients)
    assert reader.running() and writer.running()
    reader.kill()
    writer.kill()
    everything_else_works(loopback, clients)


def wait_state(endpoint, state):
    procs.eventually(lambda: endpoint.said("state") == state, 10, state)


@pytest.mark.sim
@pytest.mark.parametrize("call", ["open", "claim", "submit", "cancel", "reset", "clear-halt",
                                  "alternate", "configuration", "close"])
def test_a_call_that_never_returns(bus, clients, call):
    """… into the device's own worker. Who waits for it can be killed, and the daemon ends."""
    wedged, loopback = bus.mount("silent", "loopback")
    bus.wedge(wedged, call)
    reader = clients.start("cat", wedged.inp.data)
    words = {"reset": (wedged.dir / "ctl", "reset"),
             "clear-halt": (wedged.inp.ctl, "clear_halt"),
             "alternate": (wedged.inp.dir.parent / "bAlternateSetting", "0"),
             "configuration": (wedged.dir / "bConfigurationValue", "1")}
    if call in ("open", "claim"):
        wait_state(wedged.inp, "waiting for the kernel")
    command = clients.start_sh('echo "$2" > "$1"', *words[call]) if call in words else None
    everything_else_works(loopback, clients)
    reader.kill()
    if command:
        command.kill()
    everything_else_works(loopback, clients)
    bus.unwedge(wedged)


@pytest.mark.sim
def test_the_daemon_ends_without_a_device_that_never_returns(bus, clients):
    (wedged,) = bus.mount("silent")
    bus.wedge(wedged, "submit")
    clients.start("cat", wedged.inp.data)
    bus.control.wait_opened(wedged.name)
    bus.daemon.allow.append(r"error: 1 devices do not answer; leaving without them$")
    bus.daemon.end = 8  # it waits for its workers for five seconds


@pytest.mark.sim
def test_it_goes_on_when_the_device_comes_back(bus, clients):
    wedged, loopback = bus.mount("silent", "loopback")
    bus.wedge(loopback, "submit")
    waiting = clients.start_sh('echo hello > "$1"; head -c 6 "$2"', loopback.out.data,
                               loopback.inp.data)
    clients.must('ls -lR "$1" > /dev/null', wedged.mount)
    assert waiting.running()
    bus.unwedge(loopback)
    assert waiting.wait().out == b"hello\n"
