# SPDX-License-Identifier: MIT
"""Unplugging: under a blocked reader, an idle open file, a running copy. And plugging in again."""
import errno
import os
import select

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.endpoint import wait_armed, wait_blocked_reader
from harness.loop import receive, send

ERRNO_OF_READ = """
fd = os.open(sys.argv[1], os.O_RDONLY)
try:
    print(os.read(fd, 100))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def events(fd, timeout):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return dict(poll.poll(timeout * 1000)).get(fd, 0)


def test_a_blocked_reader_gets_enodev(loopback, clients):
    blocked = clients.start_python(ERRNO_OF_READ, loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    loopback.unplug()
    assert blocked.wait().out == b"ENODEV\n"


def test_a_blocked_writer_gets_enodev(silent, clients):
    blocked = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "try: print(os.write(fd, b'abc'))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", silent.out.data)
    wait_armed(silent.out)
    silent.unplug()
    assert blocked.wait().out == b"ENODEV\n"


def test_who_polls_is_woken(loopback, clients):
    polling = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "print(p.poll()[0][1])", loopback.inp.data)
    wait_armed(loopback.inp)
    loopback.unplug()
    seen = int(polling.wait().out)
    assert seen & select.POLLHUP and seen & select.POLLERR


def test_an_open_file_is_dead_for_ever(loopback):
    path = loopback.inp.data
    fd = os.open(path, os.O_RDONLY)
    try:
        loopback.unplug()
        for _ in range(3):
            assert attempt(os.read, fd, 1) == errno.ENODEV
            assert events(fd, 10) & (select.POLLHUP | select.POLLERR) == (
                select.POLLHUP | select.POLLERR)
        assert attempt(os.open, path, os.O_RDONLY) == errno.ENOENT
        loopback.plug()
        assert attempt(os.read, fd, 1) == errno.ENODEV
        assert events(fd, 10) & select.POLLHUP
    finally:
        os.close(fd)


def test_an_open_out_file_is_dead_for_ever(loopback):
    fd = os.open(loopback.out.data, os.O_WRONLY)
    try:
        loopback.unplug()
        loopback.plug()
        for _ in range(3):
            assert attempt(os.write, fd, b"x") == errno.ENODEV
    finally:
        os.close(fd)


def test_what_had_arrived_is_delivered_first(loopback):
    send(loopback, b"abcdef")
    fd = os.open(loopback.inp.data, os.O_RDONLY)
    try:
        assert os.read(fd, 3) == b"abc"
        loopback.unplug()
        assert os.read(fd, 3) == b"def"
        assert attempt(os.read, fd, 3) == errno.ENODEV
    finally:
        os.close(fd)


def test_the_path_leads_to_the_new_device(loopback):
    before = loopback.dir
    loopback.unplug()
    assert not before.exists()
    loopback.plug()
    assert loopback.dir == before
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


def test_inode_numbers_are_not_used_again(loopback):
    def numbers():
        return {entry.stat().st_ino for directory, _, names in os.walk(loopback.dir)
                for entry in os.scandir(directory) if entry.name in names}

    seen = set()
    for _ in range(5):
        now = numbers()
        assert now and not now & seen
        seen |= now
        loopback.unplug()
        loopback.plug()


def test_a_running_copy_ends_with_the_error(source_sink, clients):
    copy = clients.start_sh('cat "$1" | wc -c; echo "${PIPESTATUS[0]}"', source_sink.inp.data)
    procs.eventually(lambda: source_sink.inp.count("transfers") > 10, 10, "the copy runs")
    source_sink.unplug()
    result = copy.wait()
    taken, status = result.out.split()
    assert int(taken) > 0 and status == b"1"
    assert "No such device" in result.complaint


def test_the_directory_of_a_process_goes_away(loopback, clients):
    """A shell that stands in the device's directory does not hold anything up."""
    shell = clients.start_sh('cd "$1"; echo in; read -r _; ls; echo "$?"', loopback.dir, stdin=True)
    shell.wait_output(b"in\n")
    loopback.unplug()
    loopback.plug()
    shell.process.stdin.write(b"\n")
    shell.process.stdin.flush()
    shell.wait()


def blocked_reader(device, clients):
    client = clients.start_python(ERRNO_OF_READ, device.inp.data)
    wait_blocked_reader(device.inp)
    return client


def running_copy(device, clients):
    client = clients.start_sh('cat /dev/zero > "$1" & cat "$2" > /dev/null; wait',
                              device.out.data, device.inp.data)
    procs.eventually(lambda: device.inp.count("transfers") > 10, 10, "the copy runs")
    return client


def idle(_device, _clients):
    return None


@pytest.mark.limit(180)
def test_two_hundred_times(loopback, clients):
    """Under a blocked reader, an idle open file and a running copy. The daemon does not grow.
    (On a real stack fewer times here; tests/test_vm_devices.py has two hundred.)"""
    pid = loopback.bus.daemon.pid

    def once(number):
        fd = os.open(loopback.inp.data, os.O_RDONLY)
        try:
            client = (blocked_reader, idle, running_copy)[number % 3](loopback, clients)
            loopback.unplug()
            if client:
                client.wait()
            assert events(fd, 10) & select.POLLHUP
            loopback.plug()
        finally:
            os.close(fd)

    for number in range(paths.rounds(60)):  # until everything has its final size
        once(number)
    files, size = procs.open_files(pid), procs.resident_kib(pid)
    for number in range(paths.rounds(200)):
        once(number)
    procs.eventually(lambda: procs.open_files(pid) <= files, 10,
                     f"{procs.open_files(pid)} files are open, {files} were before")
    procs.eventually(lambda: len(procs.threads(pid)) <= 4, 10, "the workers end")
    # Sanitizers keep freed memory in quarantine, and look for leaks themselves. In the guest these
    # are too few rounds to tell: tests/test_vm_devices.py has enough.
    if not paths.SANITIZED and not paths.IN_VM:
        assert procs.resident_kib(pid) - size < 1024
