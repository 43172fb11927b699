# SPDX-License-Identifier: MIT
"""What the kernel remembers of the tree is what is true."""
import os
import signal
from pathlib import Path

import pytest

from harness import paths
from harness.client import attempt
from harness.events import Listener

# Their sizes are those of texts that change without a sign.
CHANGING = ("driver", "urbnum", "authorized", "authorized_default",
            "interface_authorized_default", "avoid_reset_quirk")


def walk(top):
    """Everything below TOP, in order: path and what lstat says."""
    found = []
    for directory, names, files in os.walk(top):
        for name in names + files:
            path = os.path.join(directory, name)
            found.append((path, tuple(os.lstat(path))))
    return sorted(found)


def is_constant(path):
    """Directories have been read, which is what an access time would tell; and there are more
    requests than a directory can list."""
    if not path.is_file() or path.name in CHANGING or path.parent.name in ("setup", "power"):
        return False
    return not (path.name == "data" and path.stat().st_mode & 0o222)


def test_what_is_known_is_not_asked_for_again(loopback, clients):
    """It can be had from a daemon that does not move."""
    known = [path for path, _ in walk(loopback.dir) if is_constant(Path(path))]
    assert len(known) > 50
    daemon = loopback.bus.daemon
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        told = clients.python("for path in sys.argv[1:]: print(os.lstat(path).st_ino)", *known)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    assert told.text.split() == [str(os.lstat(path).st_ino) for path in known]


@pytest.mark.limit(60)
def test_who_hears_of_it_sees_it(loopback):
    """When a line of `events` says that it has gone, its path leads nowhere."""
    for _ in range(paths.rounds(50)):
        with Listener(loopback.mount) as listener:
            listener.there()
            directory = loopback.dir
            known = walk(directory)
            inside = os.open(directory / "ep00", os.O_RDONLY | os.O_DIRECTORY)
            try:
                loopback.bus.unplug(loopback)
                listener.until("remove", directory.name)
                assert not os.path.lexists(directory)
                for path, _ in known:
                    assert not os.path.lexists(path)
                # Also from within.
                assert attempt(lambda: os.stat("type", dir_fd=inside)) != 0
            finally:
                os.close(inside)
            loopback.bus.plug(loopback)
            listener.until("add", directory.name)
            loopback.wait()
            again = walk(directory)
            assert not {stat[1] for _, stat in again} & {stat[1] for _, stat in known}


@pytest.mark.limit(60)
def test_walking_while_it_comes_and_goes(loopback, clients):
    """Many look around all the time."""
    lookers = [clients.start_sh('while :; do find "$1" -ls; done > /dev/null 2>&1',
                                loopback.mount) for _ in range(4)]
    for _ in range(paths.rounds(50)):
        with Listener(loopback.mount) as listener:
            listener.there()
            directory = loopback.dir
            loopback.bus.unplug(loopback)
            listener.until("remove", directory.name)
            assert not os.path.lexists(directory)
            loopback.bus.plug(loopback)
            listener.until("add", directory.name)
            loopback.wait()
    assert all(looker.running() for looker in lookers)
    # So many at once wait for the lock of a directory, one or the other of them, all the time.
    for looker in lookers:
        looker.kill()


def test_what_outlived_a_change_goes_with_the_device(configurations):
    directory = configurations.dir
    known = walk(directory)
    before = directory.stat().st_mtime_ns
    (directory / "bConfigurationValue").write_text("2\n")
    assert directory.stat().st_mtime_ns > before
    with Listener(configurations.mount) as listener:
        listener.there()
        configurations.bus.unplug(configurations)
        listener.until("remove", directory.name)
        assert not os.path.lexists(directory)
        assert not any(os.path.lexists(path) for path, _ in known)
