# SPDX-License-Identifier: MIT
"""The wall-clock limit of a test: an alarm in its own process, and the watchdog behind it.

The alarm interrupts whatever the test waits for and fails it with an ordinary traceback, which says
most. Where it does not get through, the watchdog (watchdog.py) does.
"""
import contextlib
import signal

import pytest

from . import paths

DEFAULT = 30


def limit_of(item):
    """The seconds that a test may take: @pytest.mark.limit(seconds), or the default."""
    marker = item.get_closest_marker("limit")
    return (marker.args[0] if marker else DEFAULT) * paths.PATIENCE


@contextlib.contextmanager
def limited(watchdog, item, phase, seconds):
    """Fails what runs inside when it takes longer."""
    what = f"{phase} of {item.nodeid}"

    def alarm(_signal, _frame):
        pytest.fail(f"{what}: not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, alarm)
    watchdog.arm(what, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        said = watchdog.disarm()
        if said:
            item.add_report_section(phase, "watchdog", said)
    if said:
        pytest.fail(f"{what}: the watchdog had to step in", pytrace=False)
