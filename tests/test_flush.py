# SPDX-License-Identifier: MIT
"""What is discarded: by the verb flush, and at the end of the daemon or the device."""
import errno
import os
import signal

import pytest

from harness import procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_count
from harness.writing import close, pause, queue, resume, taken

pytestmark = pytest.mark.sim  # the control socket tells what the device has taken


@pytest.mark.parametrize("framing", ["stream", "hex"])
def test_flush_of_what_was_read_ahead(puppet, framing):
    """Also the rest of a message that somebody has begun to read."""
    puppet.inp.set("depth 3", f"framing {framing}")
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    try:
        for text in (b"abc", b"def", b"ghi"):
            puppet.bus.give(puppet, puppet.inp, text)
        os.read(fd, 1)
        wait_count(puppet.inp, "buffered", 7)
        puppet.inp.set("flush")
        assert puppet.inp.count("buffered") == 0
        puppet.bus.give(puppet, puppet.inp, b"x")
        assert os.read(fd, 100) == (b"78\n" if framing == "hex" else b"x")
    finally:
        os.close(fd)


def test_flush_forgets_an_error(puppet):
    """Like all that is buffered."""
    puppet.inp.set("auto_clear_halt on", "depth 2", "framing packet")
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    try:
        puppet.bus.give(puppet, puppet.inp, b"abc")
        assert os.read(fd, 512) == b"abc"
        puppet.bus.stall(puppet, puppet.inp)
        wait_count(puppet.inp, "errors", 1)
        puppet.inp.set("flush")
        puppet.bus.give(puppet, puppet.inp, b"def")
        assert os.read(fd, 512) == b"def"
    finally:
        os.close(fd)


def test_flush_of_what_is_queued(puppet):
    """What had been accepted is lost, and its writer hears so."""
    puppet.out.set("depth 4")
    pause(puppet)
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"one") + os.write(fd, b"two") == 6
    puppet.out.set("flush")
    resume(puppet)
    assert puppet.out.count("lost") == 6 and puppet.out.count("pending") == 0
    assert attempt(os.close, fd) == errno.ECANCELED
    assert taken(puppet).total == 0


@pytest.mark.parametrize("framing", ["stream", "hex"])
def test_flush_ends_a_blocked_writer(puppet, clients, framing):
    """Its bytes are discarded; it must not think that it may try again."""
    puppet.out.set(f"framing {framing}")
    pause(puppet)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "try: print(os.write(fd, b'61\\n62\\n'))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", puppet.out.data)
    wait_armed(puppet.out)
    puppet.out.set("flush")
    assert client.wait().out == b"ECANCELED\n"
    resume(puppet)
    puppet.out.set("drain")
    assert taken(puppet).total == 0 and puppet.out.count("lost") == 0


def test_flush_of_an_unfinished_line(puppet):
    puppet.out.set("framing hex")
    fd = os.open(puppet.out.data, os.O_WRONLY)
    assert os.write(fd, b"01 02") == 5
    puppet.out.set("flush")
    assert os.write(fd, b"03\n") == 3
    os.close(fd)
    assert taken(puppet).data == b"\3" and puppet.out.count("lost") == 5


# ---- at the end ----

@pytest.mark.parametrize("knob", ["coalesce on", "framing hex", "framing length"])
@pytest.mark.parametrize("how", ["terminate", "unplug"])
def test_the_end_with_something_unfinished(puppet, clients, knob, how):
    """The file is still open; its writer hears of it at close, if there is anybody left to tell."""
    puppet.out.set(knob)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY); os.write(fd, b'01'); print('ok', flush=True)\n"
        "sys.stdin.readline()\n"
        "try: os.close(fd)\n"
        "except OSError as error: print(errno.errorcode[error.errno], flush=True)",
        puppet.out.data, stdin=True)
    client.wait_output(b"ok\n")
    if how == "unplug":
        puppet.unplug()
    else:
        os.kill(puppet.bus.daemon.pid, signal.SIGTERM)
        procs.eventually(lambda: puppet.bus.daemon.process.poll() is not None, 10, "it ends")
    assert close(client).out in (b"ok\nENODEV\n", b"ok\nENOTCONN\n", b"ok\nECONNABORTED\n")


@pytest.mark.parametrize("how", ["terminate", "unplug"])
def test_the_end_with_something_queued(puppet, clients, how):
    puppet.out.set("depth 4")
    client = queue(clients, puppet, "one", "two", "three")
    if how == "unplug":
        puppet.unplug()
        assert f"[Errno {errno.ENODEV}]" in close(client).complaint
    else:
        os.kill(puppet.bus.daemon.pid, signal.SIGTERM)
        procs.eventually(lambda: puppet.bus.daemon.process.poll() is not None, 10, "it ends")
        close(client)


def test_flush_of_a_write_that_may_go_on(puppet, clients):
    """Other writers, who wait for that, go on at once."""
    client = clients.start_python(
        "import mmap, threading\n"
        "one, two, ctl = (os.open(path, os.O_WRONLY) for path in sys.argv[1:4])\n"
        "thread = threading.Thread(target=os.write, args=(two, b'abc'))\n"
        "os.write(one, mmap.mmap(-1, 1 << 20))\n"
        "thread.start()\n"
        "while b'waiting: 0' in open(sys.argv[4], 'rb').read() and thread.is_alive(): pass\n"
        "os.write(ctl, b'flush\\n'); thread.join()",
        puppet.out.data, puppet.out.data, puppet.out.ctl, puppet.out.status)
    assert client.wait().status == 0
    assert taken(puppet).packets == [512] * 2048 + [3]
