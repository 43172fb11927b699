# SPDX-License-Identifier: MIT
"""The fixtures. What they are made of is in tests/harness; see its __init__.py."""
import contextlib
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

pytest.register_assert_rewrite("harness.client", "harness.endpoint", "harness.events",
                               "harness.sim_bus", "harness.tally", "harness.usb_bus")

from harness import buses, client, daemon as daemons, limits, logcheck, mounts, paths
from harness import watchdog as watchdogs

PHASE = 30  # seconds for setting up, and for cleaning up

# By the names of their modules.
SECOND_GUEST = ("test_configuration", "test_confine", "test_control", "test_driver", "test_filter",
                "test_find", "test_hub", "test_journal", "test_permissions", "test_units",
                "test_verbs", "test_xattr")

# These are meson's.
collect_ignore = ["io", "unit", "usb"]


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): the test's wall-clock limit")
    config.addinivalue_line("markers", "soak: takes minutes on a real stack")
    config.addinivalue_line("markers", "sim: needs the simulated bus")
    config.addinivalue_line("markers", "usb: needs a real USB stack: the guest of tools/vm")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true",
                     help="write tests/golden anew instead of comparing with it")
    parser.addoption("--sim-too", action="store_true",
                     help="in the guest: run the tests of the simulated bus as well")
    parser.addoption("--guest", type=int, choices=(1, 2),
                     help="the part of the tests that tools/check gives to its first or its second "
                     "virtual machine")
    parser.addoption("--keep", action="store_true",
                     help="keep the private directory of every test, not only of failed ones")


def pytest_generate_tests(metafunc):
    """A test that takes a bus, or a device of one, is there once for every bus that can run it."""
    if "bus" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    names = buses.offering(set(buses.ALL) & marks or buses.ALL, metafunc.fixturenames)
    if not names:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: no bus has all that it asks for")
    metafunc.parametrize("bus", [pytest.param(name, marks=getattr(pytest.mark, name))
                                 for name in names], indirect=True)


def guest_of(item):
    """What takes long is in the second guest, mostly waiting, and with it what is about devices
    rather than their data."""
    second = item.get_closest_marker("soak") or item.path.stem.startswith(SECOND_GUEST)
    return 2 if second else 1


def pytest_collection_modifyitems(config, items):
    """Leaves out what belongs to a bus that is not here: it is not skipped, it runs elsewhere. In
    the guest that goes for all that needs no bus as well."""
    here = set(buses.here(config.getoption("sim_too")))
    keep, drop = [], []
    for item in items:
        wanted = {name for name in buses.ALL if item.get_closest_marker(name)}
        good = wanted <= here and (wanted or not paths.IN_VM)
        good = good and config.getoption("guest") in (None, guest_of(item))
        (keep if good else drop).append(item)
    items[:] = keep
    config.hook.pytest_deselected(items=drop)


# ---- limits ----

@pytest.fixture(scope="session")
def session_dir(request):
    """One directory a run, short because sockets live in it; removed unless something is left."""
    top = Path(tempfile.mkdtemp(prefix="usbfuse-"))
    yield top
    try:
        top.rmdir()
    except OSError:
        print(f"\nkept for a look: {top}")


class Supervisor:
    """The watchdog of this run. The hooks below need it before any fixture exists."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="usbfuse-watchdog-")
        self.watchdog = watchdogs.Watchdog(Path(self.directory) / "report")

    def stop(self):
        self.watchdog.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def pytest_sessionstart(session):
    # A shell that starts us in the background has us ignore Ctrl-C, and our children would as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    session.config.supervisor = Supervisor()


def pytest_sessionfinish(session):
    session.config.supervisor.stop()


def limited(item, phase, seconds):
    return limits.limited(item.config.supervisor.watchdog, item, phase, seconds)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    with limited(item, "setup", PHASE * paths.PATIENCE):
        outcome = yield
        outcome.get_result()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    with limited(item, "call", limits.limit_of(item)):
        outcome = yield
        outcome.get_result()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item):
    with limited(item, "teardown", PHASE * paths.PATIENCE):
        outcome = yield
        outcome.get_result()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Lets fixtures know at their end whether the test failed, and shows the daemons' logs and, in
    the guest, the kernel's."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.has_failed = True
        for daemon in getattr(item, "daemons", []):
            report.sections.append((f"log of usbfuse on {daemon.mount}", daemon.text()[-20000:]))
        if paths.IN_VM:
            report.sections.append(("log of the kernel", "\n".join(logcheck.kernel_log(60))))


# ---- what tests ask for ----

@pytest.fixture
def watchdog(request):
    return request.config.supervisor.watchdog


@pytest.fixture
def workdir(request, session_dir):
    """A private directory; stays when the test fails."""
    path = Path(tempfile.mkdtemp(prefix=request.node.name.partition("[")[0][:30] + "-",
                                 dir=session_dir))
    yield path
    # Never remove files below a mount: those are not ours.
    for point in mounts.below(path):
        mounts.abort(point)
    keep = request.config.getoption("keep") or getattr(request.node, "has_failed", False)
    if not keep and not mounts.below(path):
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def hardware():
    """What is to be undone after the daemons have ended: devices that are to be taken away."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def daemon(request, workdir, watchdog, hardware):
    """daemon(arguments…, allow=[regular expressions]): starts usbfuse and waits until it is
    mounted. At the end of the test it has to unmount, to exit with 0 and to have logged nothing
    suspicious."""
    paths.require_daemon()
    started = request.node.daemons = []

    def start(*arguments, allow=(), **kwargs):
        one = daemons.Daemon(workdir, len(started), watchdog, arguments, allow, **kwargs)
        started.append(one)
        return one.start()

    yield start
    wrong = [f"{one.mount}: {line}" for one in reversed(started) for line in one.stop()]
    if wrong:
        request.node.has_failed = True
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.fixture
def clients(workdir, watchdog, daemon):
    """Starts programs that use the tree. Those that are left at the end are killed, before the
    daemon is taken down, and none may resist that."""
    everyone = client.Clients(workdir, watchdog)
    yield everyone
    everyone.none_stuck()
    everyone.kill_all()


@pytest.fixture
def bus(request, workdir, daemon, hardware):
    """The bus that the test runs on; see harness/buses.py."""
    return buses.make(request.param, workdir, daemon, hardware)


def _device(kind):
    @pytest.fixture(name=kind)
    def fixture(bus):
        return bus.mount(kind)[0]

    fixture.__doc__ = f"A {kind} device, plugged in and mounted: harness.buses.Device."
    return fixture


for _kind in buses.KINDS:
    globals()[_kind] = _device(_kind)
