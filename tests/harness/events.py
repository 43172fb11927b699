# SPDX-License-Identifier: MIT
"""The file events of a mounted tree, as a program reads it that does not want to wait for ever."""
import os
import re
import select

from . import paths, procs


class Listener:
    """An open file. Every line is a list of words."""

    def __init__(self, mount):
        self.fd = os.open(mount / "events", os.O_RDONLY | os.O_NONBLOCK)

    def close(self):
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def readable(self, timeout=0):
        return procs.wait_readable(self.fd, timeout, select.POLLIN)

    def next(self, deadline=10):
        """The next event, waiting for it."""
        assert self.readable(deadline * paths.PATIENCE), f"no event within {deadline} s"
        line = os.read(self.fd, 65536).decode()
        assert line.endswith("\n") and line.count("\n") == 1, line
        return line[:-1].split(" ")

    def there(self):
        """All events that are there."""
        found = []
        while self.readable():
            found.append(self.next())
        return found

    def until(self, action, path):
        """All events up to the first with that action and path."""
        found = [self.next()]
        while found[-1][:2] != [action, path]:
            found.append(self.next())
        return found


def wait_listeners(mount, waiting, deadline=10):
    """Waits until so many reads wait for an event."""
    def count():
        text = (mount / "status").read_text()
        return int(re.search(r"^listeners waiting: (\d+)$", text, re.MULTILINE).group(1))

    procs.eventually(lambda: count() == waiting, deadline, f"{waiting} wait for events")
