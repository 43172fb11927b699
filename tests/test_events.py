# SPDX-License-Identifier: MIT
"""The file events: everybody hears of all that is there, and of all that happens, once."""
import asyncio
import errno
import os
import signal
import stat

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.events import Listener, wait_listeners

QUEUE = 65536  # events that are kept for a slow reader

LOOP = 'while read -r action path id class rest; do echo "$action:$path:$id:$class:$rest"; done'

# Reads by read(2) itself, which Python's os.read() would repeat.
ERRNO_OF_READ = """
import ctypes
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, True)
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(sys.argv[1], os.O_RDONLY)
buffer = ctypes.create_string_buffer(4096)
while True:
    n = libc.read(fd, buffer, 4096)
    if n < 0:
        print(errno.errorcode[ctypes.get_errno()], flush=True)
        if ctypes.get_errno() != errno.EINTR:
            break
"""


@pytest.fixture
def listener(loopback):
    with Listener(loopback.mount) as one:
        yield one


def words(device):
    """What is said of a device behind action and path."""
    def text(directory, *names):
        return "/".join((directory / name).read_text().strip() for name in names)

    parts = ("Class", "SubClass", "Protocol")
    active = device.dir / f"config{text(device.dir, 'bConfigurationValue')}"
    return [f"{text(device.dir, 'idVendor')}:{text(device.dir, 'idProduct')}",
            text(device.dir, *(f"bDevice{part}" for part in parts)),
            "+".join(text(interface, *(f"bInterface{part}" for part in parts))
                     for interface in sorted(active.glob("interface*")))]


def test_what_is_there_comes_first(loopback, listener):
    found = listener.there()
    directories = {path.name for path in loopback.mount.iterdir()
                   if path.is_dir() and not path.name.startswith("by-")}
    assert {event[1] for event in found} == directories
    assert len(found) == len(directories)
    assert {event[0] for event in found} == {"add"}
    assert ["add", loopback.dir.name, *words(loopback)] in found


def test_then_what_happens(loopback, listener):
    name, said = loopback.dir.name, words(loopback)
    listener.there()
    loopback.unplug()
    assert listener.until("remove", name)[-1][2:] == said
    loopback.plug()
    assert listener.until("add", name)[-1][2:] == said


def test_a_shell_reads_it(loopback, clients):
    """bash reads byte by byte."""
    name, said = loopback.dir.name, words(loopback)
    reader = clients.start_sh(f'{LOOP} < "$1"', loopback.mount / "events", deadline=20)
    line = f":{name}:{':'.join(said)}\n".encode()
    reader.wait_output(b"add" + line)
    loopback.unplug()
    reader.wait_output(b"remove" + line)
    loopback.plug()
    reader.wait_output(b"remove" + line + b"add" + line)


def test_small_reads_lose_nothing(loopback, listener):
    with open(loopback.mount / "events", "rb", buffering=0) as small:
        for event in listener.there():
            line = (" ".join(event) + "\n").encode()
            assert b"".join(small.read(1) for _ in line) == line
        os.set_blocking(small.fileno(), False)
        assert small.read(1) is None


def test_nothing_to_read(loopback, listener):
    listener.there()
    assert attempt(os.read, listener.fd, 100) == errno.EAGAIN
    assert attempt(os.lseek, listener.fd, 0, os.SEEK_SET) == errno.ESPIPE
    assert stat.S_IMODE(os.stat(loopback.mount / "events").st_mode) == 0o444
    assert attempt(os.open, loopback.mount / "events", os.O_RDWR) == errno.EACCES


WAITERS = {
    "select": "select.select([fd], [], [])",
    "poll": "p = select.poll(); p.register(fd, select.POLLIN); p.poll()",
    "epoll": "p = select.epoll(); p.register(fd, select.EPOLLIN | select.EPOLLET); p.poll()\n"
             "drain(); print('again', flush=True); p.poll()",
}


@pytest.mark.parametrize("how", WAITERS)
def test_who_waits_is_woken(loopback, clients, how):
    waiting = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)\n"
        "def drain():\n"
        "    try:\n"
        "        while True: os.write(1, os.read(fd, 1000))\n"
        "    except BlockingIOError: pass\n"
        "drain()\nprint('ready', flush=True)\n" + WAITERS[how] + "\ndrain()\n",
        loopback.mount / "events")
    waiting.wait_output(b"ready\n")
    name = loopback.dir.name
    loopback.unplug()
    if how == "epoll":
        waiting.wait_output(b"again\n")
        loopback.plug()
    assert b"remove %s " % name.encode() in waiting.wait().out


def test_asyncio(loopback, listener):
    async def wait():
        loop, seen = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(listener.fd, seen.set)
        listener.there()
        seen.clear()
        await loop.run_in_executor(None, loopback.unplug)
        await asyncio.wait_for(seen.wait(), 10 * paths.PATIENCE)
        loop.remove_reader(listener.fd)

    asyncio.run(wait())
    assert any(event[0] == "remove" for event in listener.there())


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=lambda sig: sig.name)
def test_a_blocked_reader_ends(loopback, clients, sig):
    blocked = clients.start("cat", loopback.mount / "events")
    wait_listeners(loopback.mount, 1)
    blocked.signal(sig)
    assert blocked.wait(2).status == -sig
    wait_listeners(loopback.mount, 0)


def test_a_signal_that_is_handled_says_eintr(loopback, clients):
    client = clients.start_python(ERRNO_OF_READ, loopback.mount / "events")
    wait_listeners(loopback.mount, 1)
    os.kill(client.pid, signal.SIGUSR1)
    client.wait_output(b"EINTR\n")
    wait_listeners(loopback.mount, 1)


def test_the_end_of_the_daemon_wakes_readers(loopback, clients):
    client = clients.start_python(ERRNO_OF_READ, loopback.mount / "events")
    wait_listeners(loopback.mount, 1)
    os.kill(loopback.bus.daemon.pid, signal.SIGTERM)
    assert procs.wait_exit(loopback.bus.daemon.pid, 10 * paths.PATIENCE)
    assert client.wait().out in (b"ENODEV\n", b"ECONNABORTED\n", b"ENOTCONN\n")


def test_readers_of_one_file_share_the_events(loopback, clients):
    """Forked readers: each event goes to one of them, and none that is killed takes one along."""
    crowd = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "p = select.poll(); p.register(fd, select.POLLIN)\n"
        "while p.poll(0): os.read(fd, 1000)\n"
        "pids = []\n"
        "for _ in range(4):\n"
        "    pids.append(os.fork())\n"
        "    if pids[-1] == 0:\n"
        "        while True: os.write(1, os.read(fd, 1000))\n"
        "sys.stdin.readline()\n"
        "for pid in pids[:3]: os.kill(pid, signal.SIGKILL); os.wait()\n"
        "print('killed', flush=True)\n"
        "os.wait()", loopback.mount / "events", stdin=True)
    wait_listeners(loopback.mount, 4)
    crowd.process.stdin.write(b"\n")
    crowd.process.stdin.flush()
    crowd.wait_output(b"killed\n")
    wait_listeners(loopback.mount, 1)
    name = loopback.dir.name.encode()
    loopback.unplug()
    crowd.wait_output(b"remove " + name)
    loopback.plug()
    crowd.wait_output(b"add " + name)
    assert crowd.out.count(b"remove " + name) == crowd.out.count(b"add " + name) == 1


def test_many_openers(loopback):
    listeners = [Listener(loopback.mount) for _ in range(300)]
    try:
        for one in listeners[::2]:
            one.there()
        name = loopback.dir.name
        loopback.unplug()
        # Those who have not looked yet never hear of what was there and has gone.
        for number, one in enumerate(listeners):
            found = [event for event in one.there() if event[1] == name]
            assert [event[0] for event in found] == (["remove"] if number % 2 == 0 else [])
    finally:
        for one in listeners:
            one.close()


def test_binding_and_unbinding(keyboard, clients):
    name = keyboard.dir.name
    with Listener(keyboard.mount) as listener:
        # On a real stack the driver may come later than the device.
        procs.eventually(lambda: keyboard.inp.driver.read_text() == "usbhid\n", 20, "it binds")
        listener.there()
        clients.must('echo none > "$1"', keyboard.inp.driver)
        assert listener.until("unbind", name)[-1][5:] == ["0", "usbhid"]
        clients.must('echo auto > "$1"', keyboard.inp.driver)
        assert listener.until("bind", name)[-1][5:] == ["0", "usbhid"]


@pytest.mark.sim
@pytest.mark.limit(120)
def test_a_thousand_times(bus, clients):
    """Nothing is missed, nothing told twice, whenever one begins to listen."""
    device, keyboard = bus.mount("loopback", "keyboard")
    name, end = device.dir.name.encode(), f"remove {keyboard.dir.name} ".encode()
    rounds = 1000
    readers = []
    for number in range(rounds):
        if number % 100 == 0:
            readers.append(clients.start("cat", device.mount / "events", deadline=60))
        bus.unplug(device)
        bus.plug(device)
    wait_listeners(device.mount, len(readers))
    bus.unplug(keyboard)
    expected = [b"remove", b"add"] * rounds
    for reader in readers:
        # It may have begun to listen at any time before, but it has heard all since.
        reader.wait_output(end)
        heard = [line.split(b" ")[0] for line in reader.out.splitlines()
                 if line.split(b" ")[1] == name]
        assert heard == ([b"add"] + expected)[len(expected) + 1 - len(heard):]


@pytest.mark.sim
@pytest.mark.limit(120)
def test_all_of_a_thousand(bus):
    """One who listens from the start hears exactly as much as there was."""
    device, = bus.mount("loopback")
    with Listener(device.mount) as listener:
        assert listener.next()[0] == "add"
        for _ in range(1000):
            bus.unplug(device)
            bus.plug(device)
        for _ in range(1000):
            assert listener.next()[0] == "remove"
            assert listener.next()[0] == "add"
        assert listener.there() == []


@pytest.mark.sim
@pytest.mark.limit(300)
def test_a_slow_reader_starts_again(bus):
    """The queue has an end: then he hears so, and what there is now."""
    device, keyboard = bus.mount("loopback", "keyboard")
    name = keyboard.dir.name
    with Listener(device.mount) as slow:
        assert {slow.next()[0], slow.next()[0]} == {"add"}
        control = bus.control
        for _ in range(QUEUE // 2 // 64 + 1):
            for _ in range(64):
                control.send("unplug", device.name)
                control.send("plug", f'"{device.name}"')
            for _ in range(128):
                control.receive()
        device.wait()
        found = slow.there()
        assert found[0] == ["overflow"]
        assert sorted(event[:2] for event in found[1:3]) == sorted(
            [["add", name], ["add", device.dir.name]])
        assert [event[0] for event in found[3:]] == ["remove", "add"] * (len(found[3:]) // 2)
        device.unplug()
        assert slow.next()[:2] == ["remove", "1-1"]
