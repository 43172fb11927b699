# SPDX-License-Identifier: MIT
"""The programs of tests/io, which read and write numbered bytes and check each of them, and what
they count."""
import mmap
import struct

from . import paths, procs

# As in tests/io/counter.h.
NAMES = ("position", "total", "calls", "eintrs", "eagains", "etimedouts", "epipes", "zlps",
         "goal_total", "goal_eintr", "lost")


class Tallies:
    """Numbers in a file that programs share: tallies.total is the present one, and can be set."""

    def __init__(self, workdir, name="tallies", **values):
        self.__dict__["path"] = workdir / name
        self.path.write_bytes(bytes(8 * len(NAMES)))
        with open(self.path, "r+b") as file:
            self.__dict__["memory"] = mmap.mmap(file.fileno(), 0)
        for key, value in values.items():
            setattr(self, key, value)

    def __getattr__(self, name):
        if name not in NAMES:
            raise AttributeError(name)
        return struct.unpack_from("<Q", self.memory, 8 * NAMES.index(name))[0]

    def __setattr__(self, name, value):
        struct.pack_into("<Q", self.memory, 8 * NAMES.index(name), value)

    def __repr__(self):
        return " ".join(f"{name}={getattr(self, name)}" for name in NAMES)

    def wait(self, name, least, deadline, *clients):
        """Waits until a tally is LEAST, or one of CLIENTS has ended, which is for others to judge.
        Memory grows without an event."""
        procs.eventually(lambda: getattr(self, name) >= least
                         or any(not client.running() for client in clients),
                         deadline, f"{name} is {least}: {self}")


def start(clients, program, data, tallies, stdin=False, deadline=60, **options):
    """A running program of tests/io."""
    words = [f"{key}={int(value)}" for key, value in options.items()]
    return clients.start(paths.BUILD_DIR / "tests" / "io" / program, data, tallies.path, *words,
                         stdin=stdin, deadline=deadline)


def runs(result):
    """What a reader says that it got: pairs of a first byte and the one behind the last."""
    assert result.status == 0, result
    return [tuple(map(int, line.split())) for line in result.text.splitlines()
            if line and line[0].isdigit()]


def ended_well(client):
    result = client.wait()
    assert result.status == 0, result


def tile(pieces):
    """Where pieces, each from one byte to behind another, together end; they have to begin at 0
    and to have every byte once."""
    at = 0
    for begin, end in sorted(pieces):
        assert begin == at, f"after byte {at} comes {begin}"
        at = end
    return at
