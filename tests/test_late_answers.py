# SPDX-License-Identifier: MIT
"""Requests that the daemon has answered in place of a worker that was in the middle of a call: what
they had begun is ended all the same, once the call has returned."""
import signal
from pathlib import Path

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_waiting
from harness.writing import pause, resume, taken

pytestmark = pytest.mark.sim

# Writes its standard arguments' text; a signal makes that fail; then it waits to be told to close.
INTERRUPTIBLE = """
class Alarm(Exception): pass
def alarm(*_): raise Alarm
signal.signal(signal.SIGALRM, alarm)
fd = os.open(sys.argv[1], os.O_WRONLY)
try:
    print('open', flush=True)
    os.write(fd, sys.argv[2].encode())
    print('written', flush=True)
except Alarm:
    print('interrupted', flush=True)
sys.stdin.readline()
try:
    os.close(fd)
    print('closed', flush=True)
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
"""


def wait_open(device):
    """It has been opened, and what was to be done then has been done: a verb comes after it."""
    device.bus.control.wait_opened(device.name)
    attempt(device.inp.set, "flush")


def interrupt(client):
    client.signal(signal.SIGALRM)
    client.wait_output(b"interrupted\n")


def close(client):
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    return client.wait().out.splitlines()[-1]


def is_wedged(device):
    """A worker is in a call that does not return. Else it would wait for messages."""
    pid = device.bus.daemon.pid
    return any(procs.read(f"/proc/{pid}/task/{thread}/comm").startswith("usb-") and
               "futex" in procs.read(f"/proc/{pid}/task/{thread}/wchan")
               for thread in procs.threads(pid))


def waits(client, device):
    """It is in a call that the daemon has not answered, because the device does not."""
    client.wait_output(b"open\n")
    procs.eventually(lambda: is_wedged(device), 5, f"{device.kind} does not return")
    procs.eventually(lambda: Path(f"/proc/{client.pid}/wchan").read_text() == "request_wait_answer",
                     5, f"{client} waits")


def occupy(clients, device):
    """The worker is in a call that does not return, about the IN endpoint."""
    device.bus.wedge(device, "clear-halt")
    client = clients.start_python(INTERRUPTIBLE, device.inp.ctl, "clear_halt", stdin=True)
    waits(client, device)
    return client


def release(device, client):
    device.bus.unwedge(device)
    client.wait_output(b"written\n")
    assert close(client) == b"closed"


def test_a_line_is_ended(puppet, clients):
    puppet.out.set("framing hex")
    pause(puppet)
    client = clients.start_python(INTERRUPTIBLE, puppet.out.data, "61\n62\n63\n", stdin=True)
    wait_armed(puppet.out)
    other = occupy(clients, puppet)
    interrupt(client)
    release(puppet, other)
    procs.eventually(lambda: puppet.out.count("pending") == 0, 5, "it is taken back")
    resume(puppet)
    assert close(client) == b"closed"
    puppet.out.data.write_text("64\n")
    assert taken(puppet).data == b"d"


def test_a_write_is_ended(puppet, clients):
    pause(puppet)
    client = clients.start_python(INTERRUPTIBLE, puppet.out.data, "abc", stdin=True)
    wait_armed(puppet.out)
    other = occupy(clients, puppet)
    interrupt(client)
    release(puppet, other)
    procs.eventually(lambda: puppet.out.count("pending") == 0, 5, "it is taken back")
    resume(puppet)
    puppet.out.data.write_text("d")
    assert taken(puppet).data == b"d"
    assert close(client) == b"closed"


def test_a_verb_is_ended(puppet, clients):
    pause(puppet)
    writer = clients.start_sh('echo a > "$1"', puppet.out.data)
    wait_armed(puppet.out)
    verb = clients.start_python(INTERRUPTIBLE, puppet.out.ctl, "zlp", stdin=True)
    wait_waiting(puppet.out)
    other = occupy(clients, puppet)
    interrupt(verb)
    release(puppet, other)
    resume(puppet)
    writer.wait()
    assert close(verb) in (b"closed", b"EINTR")
    assert taken(puppet).packets == [2]


@pytest.mark.parametrize("file, text", [
    ("ep81/ctl", "clear_halt"), ("bAlternateSetting", "0")])
def test_an_error_that_comes_later_is_told_by_close(keyboard, clients, file, text):
    """Also where there is no OUT endpoint that could be waited for."""
    keyboard.bus.wedge(keyboard, "open")
    client = clients.start_python(INTERRUPTIBLE, keyboard.inp.dir.parent / file, text, stdin=True)
    waits(client, keyboard)
    interrupt(client)
    keyboard.bus.unwedge(keyboard)
    wait_open(keyboard)
    assert close(client) == b"EBUSY"
    assert keyboard.inp.said("state") == "owned by a kernel driver"
