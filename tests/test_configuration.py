# SPDX-License-Identifier: MIT
"""Configurations: a write to bConfigurationValue puts one in force, or none."""
import errno
import os
import re
import select

import pytest

from harness import paths, procs, usbfs
from harness.client import attempt, close_all
from harness.endpoint import Endpoint, wait_blocked_reader
from harness.loop import receive, send

ERRNO_OF_READ = """
fd = os.open(sys.argv[1], os.O_RDONLY)
try:
    print(os.read(fd, 100))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def number(device):
    return (device.dir / "bConfigurationValue").read_text()


def put(device, text):
    (device.dir / "bConfigurationValue").write_text(f"{text}\n")


def said(device, what="last_ctl_error"):
    found = re.search(rf"^{what}: (.*)$", (device.dir / "status").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def driver(device):
    return next(device.dir.glob("config*/interface0/driver"))


def in_force(device):
    """The configurations with usable endpoints."""
    return sorted({data.parents[2].name for data in device.dir.glob("config*/interface*/ep*/data")})


def is_hung_up(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    gone = select.POLLHUP | select.POLLERR
    return dict(poll.poll(10000)).get(fd, 0) & gone == gone


# ---- on any bus ----

def test_the_tree_shows_it_at_once(configurations):
    assert in_force(configurations) == ["config1"] and number(configurations) == "1\n"
    for value in [2, 1] * 5:
        put(configurations, value)
        assert number(configurations) == f"{value}\n"
        assert in_force(configurations) == [f"config{value}"]
        assert driver(configurations).parents[1].name == f"config{value}"


def test_several_in_one_write(configurations):
    """Afterwards none but the last is to be seen, however often the others were the same."""
    for last in (2, 1) * paths.rounds(20):
        put(configurations, f"{last}\n{3 - last}\n" * 3 + str(last))
        assert number(configurations) == f"{last}\n"
        assert in_force(configurations) == [f"config{last}"]


def test_none(configurations):
    for value in ("0", "-1"):
        put(configurations, value)
        assert number(configurations) == ""
        assert in_force(configurations) == []
        put(configurations, 1)
        assert in_force(configurations) == ["config1"]
    send(configurations, b"as before")
    assert receive(configurations, 9) == b"as before"


def test_a_shell_does_it(configurations, clients):
    out = clients.must('cd "$1"; echo 2 > bConfigurationValue; cat bConfigurationValue; '
                       'ls -d config*/interface0/ep81/data', configurations.dir)
    assert out.decode().split() == ["2", "config2/interface0/ep81/data"]


@pytest.mark.parametrize("text", ["9", "256", "-2", "x", "1 2", "2\n9"])
def test_what_is_no_configuration(configurations, text):
    with open(configurations.dir / "bConfigurationValue", "wb", buffering=0) as file:
        assert attempt(file.write, text.encode()) == errno.EINVAL
    assert number(configurations) == "1\n"
    assert in_force(configurations) == ["config1"]
    assert said(configurations).endswith(("no configuration 9; see config*", "0 for none"))
    put(configurations, 2)
    assert said(configurations) == ""


def test_bytes_move_in_each(configurations):
    for _ in range(3):
        send(configurations, b"in the first")
        assert receive(configurations, 12) == b"in the first"
        put(configurations, 2)
        with open(configurations.inp.data, "rb", buffering=0) as file:
            assert len(file.read(512)) == 512
        configurations.out.data.write_bytes(bytes(100))
        put(configurations, 1)


def test_a_blocked_reader(configurations, clients):
    blocked = [clients.start_python(ERRNO_OF_READ, configurations.inp.data) for _ in range(3)]
    wait_blocked_reader(configurations.inp, len(blocked))
    put(configurations, 2)
    for one in blocked:
        assert one.wait().out == b"ESHUTDOWN\n"


def test_who_polls_is_woken(configurations, clients):
    polling = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "print(p.poll()[0][1])", configurations.inp.data)
    procs.eventually(lambda: configurations.inp.count("pending"), 10, "it polls")
    put(configurations, 2)
    seen = int(polling.wait().out)
    assert seen & select.POLLHUP and seen & select.POLLERR


@pytest.mark.parametrize("texts", [["2"], ["2", "1"], ["2\n1"], ["0\n1"], ["0", "1"]])
@pytest.mark.parametrize("used", [False, True])
def test_open_files(configurations, texts, used):
    """Those of the old one are of no use any more, also when the same number comes back before
    anybody has seen the other; opened anew, they are."""
    inp, out = configurations.inp.data, configurations.out.data
    fds = [os.open(inp, os.O_RDONLY | os.O_NONBLOCK), os.open(out, os.O_WRONLY)]
    try:
        if used or texts[0].count("\n"):
            assert attempt(os.read, fds[0], 1) == errno.EAGAIN
            assert os.write(fds[1], b"x") == 1
        for text in texts:
            put(configurations, text)
        for _ in range(3):
            assert attempt(os.read, fds[0], 1) == errno.ESHUTDOWN
            assert attempt(os.write, fds[1], b"x") == errno.ESHUTDOWN
            assert all(is_hung_up(fd) for fd in fds)
    finally:
        close_all(*fds)
    if number(configurations) == "1\n":
        send(configurations, b"opened anew")
        assert receive(configurations, 11) == b"opened anew"


def test_what_was_buffered_is_gone(configurations):
    send(configurations, b"old")
    with open(configurations.inp.data, "rb", buffering=0) as file:
        assert file.read(1) == b"o"
    put(configurations, 2)
    put(configurations, 1)
    assert configurations.inp.count("buffered") == 0
    send(configurations, b"new")
    assert receive(configurations, 3) == b"new"


def test_the_same_number_again(configurations, clients):
    """Files stay what they are, and who waits goes on waiting."""
    blocked = clients.start("head", "-c", "5", configurations.inp.data)
    wait_blocked_reader(configurations.inp)
    put(configurations, 1)
    wait_blocked_reader(configurations.inp)
    send(configurations, b"later")
    assert blocked.wait().out == b"later"


def test_a_claim_is_given_up(configurations):
    driver(configurations).write_text("claim\n")
    assert said(configurations, "claims kept") == "1"
    put(configurations, 1)
    assert said(configurations, "claims kept") == "1"
    assert driver(configurations).read_text() == "usbfs\n"
    put(configurations, 2)
    assert said(configurations, "claims kept") == "0"
    assert driver(configurations).read_text() == "none\n"


def test_a_driver_file_of_another(configurations):
    """What was meant for one interface is not done to another of the same number."""
    with open(driver(configurations), "wb", buffering=0) as file:
        put(configurations, 2)
        assert attempt(file.write, b"claim\n") == errno.ESHUTDOWN
    assert said(configurations) == "configuration 1 is not in force"
    assert driver(configurations).read_text() == "none\n"


def test_a_driver_has_an_interface(modem):
    procs.eventually(lambda: driver(modem).read_text() == "cdc_acm\n", 20, "cdc_acm binds")
    with open(modem.dir / "bConfigurationValue", "wb", buffering=0) as file:
        for value in (b"1\n", b"0\n"):
            assert attempt(file.write, value) == errno.EBUSY
            assert said(modem) == ("the kernel's driver cdc_acm owns interface 0; take it away: "
                                   "echo none > config1/interface0/driver")
        driver(modem).write_text("none association\n")
        assert attempt(file.write, b"1\n") == 0
        # It is still owed.
        assert said(modem, "drivers detached") == "2"
        assert attempt(file.write, b"0\n") == 0
        assert said(modem, "drivers detached") == "0"
        assert attempt(file.write, b"1\n") == 0
    procs.eventually(lambda: driver(modem).read_text() == "cdc_acm\n", 20, "cdc_acm binds")


def test_a_refusal_disturbs_nobody(modem, clients):
    """Who waits in an interface that nobody else has goes on when another one is owned."""
    procs.eventually(lambda: driver(modem).read_text() == "cdc_acm\n", 20, "cdc_acm binds")
    control, data = sorted(modem.dir.glob("config1/interface*"))
    (control / "driver").write_text("none association\n")
    inp = next(e for e in modem.endpoints if e.is_in and e.dir.parent == data)
    blocked = clients.start("cat", inp.data)
    wait_blocked_reader(inp)
    if modem.bus.name == "sim":
        (control / "driver").write_text("cdc_acm\n")
        other = None
    else:
        other = usbfs.Device(modem.dir.name)
        other.claim(0)
    try:
        with open(modem.dir / "bConfigurationValue", "wb", buffering=0) as file:
            assert attempt(file.write, b"1\n") == errno.EBUSY
        assert said(modem) == ("another program has claimed interface 0" if other else
                               "the kernel's driver cdc_acm owns interface 0; take it away: "
                               "echo none > config1/interface0/driver")
        assert blocked.running() and inp.count("pending") == 1
        assert (data / "driver").read_text() == "usbfs\n"
    finally:
        if other:
            other.close()


def test_unplugging(configurations):
    put(configurations, 2)
    fds = [os.open(configurations.dir / "bConfigurationValue", os.O_RDWR),
           os.open(configurations.inp.data, os.O_RDONLY)]
    try:
        configurations.unplug()
        assert attempt(os.write, fds[0], b"1\n") == errno.ENODEV
        assert attempt(os.read, fds[1], 1) == errno.ENODEV
    finally:
        close_all(*fds)
    configurations.plug()
    assert number(configurations) == "1\n"


@pytest.mark.limit(60)
def test_unplugging_in_the_middle(configurations, clients):
    """At any moment: the writer gets an answer, and the daemon lives."""
    for round_ in range(3 if configurations.bus.name == "usb" else 30):
        writer = clients.start_sh('while echo 2 > "$1" && echo 1 > "$1"; do :; done 2>/dev/null',
                                  configurations.dir / "bConfigurationValue")
        reader = clients.start_sh('while :; do head -c 10 "$1"/config?/interface0/ep81/data; done '
                                  '> /dev/null 2>&1', configurations.dir)
        procs.eventually(lambda: number(configurations) == "2\n", 10, "it has begun")
        configurations.unplug()
        writer.wait()
        reader.kill()
        configurations.plug()
        assert round_ >= 0 and number(configurations) == "1\n"
        send(configurations, b"it lives")
        assert receive(configurations, 8) == b"it lives"


def test_several_at_once(configurations, clients):
    """Writers and readers that know nothing of each other: nothing waits for ever."""
    writers = [clients.start_sh('for i in 1 2 3 4 5 6 7 8; do echo "$2" > "$1"; done',
                                configurations.dir / "bConfigurationValue", value)
               for value in (1, 2, 1, 2)]
    for writer in writers:
        assert writer.wait().status == 0
    put(configurations, 1)
    send(configurations, b"in the end")
    assert receive(configurations, 10) == b"in the end"


# ---- with a device that does what it is told ----

@pytest.mark.sim
def test_bytes_that_have_come_are_delivered_first(configurations, clients):
    reader = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY)\n"
        "print(len(os.read(fd, 4096)), flush=True)\n"
        "try: os.read(fd, 1)\n"
        "except OSError as error: print(errno.errorcode[error.errno])\n", configurations.inp.data)
    wait_blocked_reader(configurations.inp)
    # A whole packet does not end the transfer.
    configurations.out.data.write_bytes(bytes(512))
    put(configurations, 2)
    assert reader.wait().out == b"512\nESHUTDOWN\n"


@pytest.mark.sim
def test_a_blocked_writer(configurations, clients):
    configurations.bus.pause(configurations, configurations.out)
    writer = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "try: print(os.write(fd, bytes(100)))\n"
        "except OSError as error: print(errno.errorcode[error.errno])\n", configurations.out.data)
    procs.eventually(lambda: configurations.out.count("pending"), 10, "it writes")
    put(configurations, 2)
    assert writer.wait().out == b"ESHUTDOWN\n"


@pytest.mark.sim
def test_the_same_number_clears_halts_and_settings(alternates):
    interface = alternates.dir / "config1" / "interface0"
    (interface / "bAlternateSetting").write_text("1\n")
    fd = os.open(interface / "ep81" / "data", os.O_RDONLY)
    source = Endpoint(alternates.dir / "config1" / "interface1" / "ep84")
    alternates.bus.control.stall(alternates.name, source.address, now=True)
    try:
        with open(source.data, "rb", buffering=0) as file:
            assert attempt(file.read, 512) == errno.EPIPE
            put(alternates, 1)
            assert file.read(512) == alternates.pattern(512)
        assert int((interface / "bAlternateSetting").read_text()) == 0
        assert not (interface / "ep81").exists()
        assert attempt(os.read, fd, 1) == errno.ESHUTDOWN and is_hung_up(fd)
    finally:
        os.close(fd)


@pytest.mark.sim
def test_who_waits_for_a_wedged_device_can_be_killed(configurations, clients):
    configurations.bus.wedge(configurations, "configuration")
    reader = clients.start("cat", configurations.inp.data)
    wait_blocked_reader(configurations.inp)
    writer = clients.start_sh('echo 2 > "$1"', configurations.dir / "bConfigurationValue")
    procs.eventually(lambda: configurations.inp.count("pending") == 0, 10, "it has begun")
    writer.kill()
    reader.kill()
    configurations.bus.unwedge(configurations)
    procs.eventually(lambda: number(configurations) == "2\n", 10, "it was under way")


@pytest.mark.sim
def test_what_does_not_exist_does_not_touch_the_device(configurations):
    with open(configurations.dir / "bConfigurationValue", "wb", buffering=0) as file:
        assert attempt(file.write, b"9\n") == errno.EINVAL
    assert configurations.bus.times_opened(configurations) == 0
