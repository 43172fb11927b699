# SPDX-License-Identifier: MIT
"""Ctrl-C and kill -9. Whoever waits for a device ends at once, and takes no byte along."""
import os
import signal

import pytest

from harness import paths, procs
from harness.endpoint import wait_armed, wait_blocked_reader, wait_waiting
from harness.loop import receive, send

# Reads by read(2) itself, which Python's os.read() would repeat, and prints the bytes or the errno
# of each of argv[2] calls. A signal that only interrupts is SIGUSR1.
COUNTING_READER = """
import ctypes
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, True)
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(sys.argv[1], os.O_RDONLY)
buffer = ctypes.create_string_buffer(4096)
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    n = libc.read(fd, buffer, 4096)
    os.write(1, (buffer.raw[:n] if n >= 0 else errno.errorcode[ctypes.get_errno()].encode())
             + b"\\n")
"""


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=lambda sig: sig.name)
def test_a_blocked_reader_ends(loopback, clients, sig):
    blocked = clients.start("cat", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    blocked.signal(sig)
    assert blocked.wait(2).status == -sig


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
def test_a_blocked_writer_ends(silent, clients, sig):
    blocked = clients.start_sh('exec /bin/echo hello > "$1"', silent.out.data)
    wait_armed(silent.out)
    blocked.signal(sig)
    assert blocked.wait(2).status == -sig


def test_ctrl_c_in_a_terminal(loopback, clients):
    """The whole way: the key, the terminal, the process group in the foreground."""
    blocked = clients.start("script", "-qec", f"cat {loopback.inp.data}", "/dev/null", stdin=True)
    wait_blocked_reader(loopback.inp)
    blocked.process.stdin.write(b"\x03")
    blocked.process.stdin.flush()
    # script sees the end of its input only then; it passes the shell's status on.
    result = blocked.wait(5)
    assert result.status in (130, -signal.SIGINT, 2), result


def test_a_signal_that_is_handled_says_eintr(loopback, clients):
    client = clients.start_python(COUNTING_READER, loopback.inp.data, 2)
    wait_blocked_reader(loopback.inp)
    os.kill(client.pid, signal.SIGUSR1)
    client.wait_output(b"EINTR\n")
    wait_waiting(loopback.inp)
    send(loopback, b"abc")
    assert client.wait().out == b"ready\nEINTR\nabc\n"


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
def test_who_waits_in_close_ends(silent, clients, sig):
    """close() waits for what is queued; the kernel lets nobody interrupt that but the daemon."""
    blocked = clients.start_python(
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK); os.write(fd, b'abc')\n"
        "print('closes', flush=True); os.close(fd); print('closed', flush=True)", silent.out.data)
    blocked.wait_output(b"closes\n")
    wait_waiting(silent.out)
    blocked.signal(sig)
    assert blocked.wait(3).status == -sig


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
@pytest.mark.limit(60)
def test_the_next_reader_gets_the_data(loopback, clients, sig):
    """Many times, with the endpoint's transfer in flight all the time."""
    for number in range(paths.rounds(50)):
        blocked = clients.start("cat", loopback.inp.data)
        wait_blocked_reader(loopback.inp)
        blocked.signal(sig)
        assert blocked.wait(2).out == b""
        text = b"%03d" % number
        send(loopback, text)
        assert receive(loopback, 3) == text


@pytest.mark.limit(60)
def test_data_and_signal_at_the_same_moment(loopback, clients):
    """Every byte arrives once and in order, whichever wins. The reader counts for itself what it
    got and how often it was interrupted: no read may yield both or neither."""
    rounds = paths.rounds(300)
    client = clients.start_python(COUNTING_READER, loopback.inp.data, 1_000_000, deadline=60)
    client.wait_output(b"ready\n")
    expected = b""
    for number in range(rounds):
        text = b"%04d" % number
        with open(loopback.out.data, "wb", buffering=0) as out:
            if number % 2:
                os.kill(client.pid, signal.SIGUSR1)
                out.write(text)
            else:
                out.write(text)
                os.kill(client.pid, signal.SIGUSR1)
        expected += text

    def got():
        lines = client.out.split(b"\n")[1:-1]
        assert all(line == b"EINTR" or line.isdigit() for line in lines), lines
        return b"".join(line for line in lines if line != b"EINTR")

    procs.eventually(lambda: len(got()) >= len(expected), 10, "all that was sent is read")
    assert got() == expected


@pytest.mark.limit(60)
def test_readers_that_die_in_a_crowd(loopback, clients):
    """Twenty wait, in order; every other one is killed. The rest get one message each."""
    waiting = []
    for number in range(20):
        waiting.append(clients.start("dd", f"if={loopback.inp.data}", "bs=64", "count=1",
                                     "status=none"))
        wait_blocked_reader(loopback.inp, number + 1)
    for client in waiting[::2]:
        client.kill()
    procs.eventually(lambda: loopback.inp.count("waiting") == 10, 5, "ten still wait")
    for number, client in enumerate(waiting[1::2]):
        send(loopback, b"message %d" % number)
        assert client.wait().out == b"message %d" % number


def test_eintr_is_no_error_of_the_endpoint(loopback, clients):
    blocked = clients.start("cat", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    blocked.kill()
    assert loopback.inp.count("errors") == 0
    assert "last_error" not in loopback.inp.status.read_text()
