# SPDX-License-Identifier: MIT
"""A thousand blocked readers: none holds a thread, each can be killed, the tree answers."""
import os
import signal

import pytest

from harness import procs
from harness.endpoint import wait_waiting
from harness.loop import send

READERS = 1000

# Forks argv[2] readers, prints their numbers, and for each that ends its number, a colon and what
# it had read, or the signal that ended it.
CROWD = """
pids = []
pipes = {}
for _ in range(int(sys.argv[2])):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(w, os.read(os.open(sys.argv[1], os.O_RDONLY), 64))
        except OSError as error:
            os.write(w, errno.errorcode[error.errno].encode())
        os._exit(0)
    os.close(w)
    pids.append(pid)
    pipes[pid] = r
print(*pids, flush=True)
for _ in pids:
    pid, status = os.wait()
    print(f"{pid}:{os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.read(pipes[pid], 64)}",
          flush=True)
    os.close(pipes[pid])
"""


@pytest.fixture
def crowd(loopback, clients):
    client = clients.start_python(CROWD, loopback.inp.data, READERS, deadline=60)
    wait_waiting(loopback.inp, READERS, 60)
    client.wait_output(b"\n")
    return client


@pytest.mark.limit(120)
def test_a_thousand_readers(loopback, clients, crowd):
    pids = [int(word) for word in crowd.out.split(b"\n")[0].split()]
    assert len(procs.threads(loopback.bus.daemon.pid)) <= 8
    assert loopback.inp.count("pending") <= 16, "a transfer each would exhaust usbfs's memory"

    # The tree and the rest of the device answer meanwhile.
    clients.must('ls -lR "$1" > /dev/null && df "$1" > /dev/null', loopback.mount)
    assert clients.start("stat", loopback.inp.data).wait(2).status == 0

    # Killed one by one, from anywhere in the queue, each ends at once.
    for pid in pids[::2]:
        os.kill(pid, signal.SIGKILL)
        crowd.wait_output(b"\n%d:9\n" % pid)
    wait_gone(loopback.inp, READERS // 2)

    # And a message serves the one who has waited longest.
    for pid in pids[1:20:2]:
        send(loopback, b"for %d" % pid)
        crowd.wait_output(b":b'for %d'\n" % pid)


def wait_gone(endpoint, left):
    procs.eventually(lambda: endpoint.count("waiting") == left, 10, f"{left} still wait")


@pytest.mark.limit(120)
def test_unplugging_ends_them_all(loopback, crowd):
    loopback.unplug()
    assert crowd.wait().out.count(b":b'ENODEV'\n") == READERS
