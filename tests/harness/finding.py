# SPDX-License-Identifier: MIT
"""usbfuse find, as a script calls it."""
import os
import re

from . import daemon, paths, procs

NONE, ERROR, SEVERAL = 1, 2, 3


def environment(**variables):
    env = daemon.environment()
    env.pop("USBFUSE", None)
    return dict(env, **{name: str(value) for name, value in variables.items()})


def start(clients, mount, *arguments, **kwargs):
    """Starts it; MOUNT: None, where it finds that out by itself."""
    where = [] if mount is None else ["--mount", mount]
    env = environment(**kwargs.pop("variables", {}))
    return clients.start(paths.USBFUSE, "find", *where, *arguments, env=env, **kwargs)


def find(clients, mount, *arguments, **kwargs):
    """The paths that it prints, as texts relative to MOUNT; it has to succeed, or to find
    nothing."""
    result = start(clients, mount, *arguments, **kwargs).wait()
    assert result.err == b"", result
    assert (result.status, bool(result.out)) in ((0, True), (NONE, False)), result
    assert not result.out or result.out.endswith(b"\n")
    lines = os.fsdecode(result.out).splitlines()
    assert all(line.startswith(f"{mount}/") and os.path.isdir(line) for line in lines), result
    return [line[len(f"{mount}/"):] for line in lines]


def refused(clients, mount, *arguments, status=ERROR, **kwargs):
    """What it says when it fails: a line."""
    result = start(clients, mount, *arguments, **kwargs).wait()
    assert (result.status, result.out) == (status, b""), result
    assert re.fullmatch("usbfuse find: .*\n", result.complaint), result
    return result.complaint


def wait_listening(mount, number=1):
    """Waits until so many have the tree's events open."""
    procs.eventually(lambda: f"listeners: {number}\n" in (mount / "status").read_text(), 10,
                     f"{number} listen")
