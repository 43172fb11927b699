# SPDX-License-Identifier: MIT
"""Alternate settings: a write to bAlternateSetting puts one in force, for as long as it takes."""
import errno
import os
import select
import signal

import pytest

from harness import paths, procs
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


class Interface:
    """The first interface of a device that has several settings, without a driver."""

    def __init__(self, device):
        self.device = device
        every = sorted(device.dir.glob("config*/interface*"))
        self.dir = next(i for i in every if len(self.numbers(i)) > 1)
        self.file = self.dir / "bAlternateSetting"
        # udev loads a module for it when it gets round to it, and it binds to both at once.
        if device.bus.name == "usb":
            procs.eventually(lambda: self.driver() == "snd-usb-audio", 20, "the driver binds")
            for interface in every:
                (interface / "driver").write_text("none\n")

    def driver(self):
        return (self.dir / "driver").read_text().strip()

    @staticmethod
    def numbers(directory):
        return sorted(int(a.name) for a in (directory / "altsettings").iterdir())

    def set(self, number):
        self.file.write_text(f"{number}\n")

    def number(self):
        return int(self.file.read_text())

    def endpoints(self):
        return sorted(e.name for e in self.dir.glob("ep*"))

    def endpoints_of(self, number):
        return sorted(e.name for e in (self.dir / "altsettings" / str(number)).glob("ep*"))

    def endpoint(self, name):
        return Endpoint(self.dir / name)


def is_open(device):
    return device.bus.is_open(device)


def wait_closed(device):
    procs.eventually(lambda: not is_open(device), 10, "the device closes")


def wait_linger(device):
    """Opens and closes DEVICE, and waits until the daemon has closed it, too: whatever else was to
    close before that, has."""
    device.inp.ctl.write_text("clear_halt\n")
    assert is_open(device)
    wait_closed(device)


def events(fd, timeout=10):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return dict(poll.poll(timeout * 1000)).get(fd, 0)


# ---- on any bus ----

def test_the_tree_shows_it_at_once(alternates):
    interface = Interface(alternates)
    numbers = interface.numbers(interface.dir)
    assert interface.number() == 0
    assert len({tuple(interface.endpoints_of(n)) for n in numbers}) > 1
    for number in (numbers + numbers[::-1]) * 5:
        interface.set(number)
        assert interface.number() == number
        assert interface.endpoints() == interface.endpoints_of(number)
        assert interface.file.read_text() == f"{number:2}\n"


def test_what_was_known_is_forgotten(alternates):
    """What somebody has seen before a change is not what he sees behind it."""
    interface = Interface(alternates)
    numbers = interface.numbers(interface.dir)
    for number in (numbers + numbers[::-1]) * 5:
        interface.set(number)
        seen = {name: [sorted(os.listdir(interface.dir / name)),
                       (interface.dir / name / "wMaxPacketSize").read_text()]
                for name in interface.endpoints()}
        described = interface.dir / "altsettings" / str(number)
        for name in {name for n in numbers for name in interface.endpoints_of(n)}:
            there = os.path.lexists(interface.dir / name)
            assert there == (name in seen) == (described / name).exists()
        for name, (_, packet) in seen.items():
            assert packet == (described / name / "wMaxPacketSize").read_text()


def test_who_is_inside_stays_there(alternates, clients):
    """A change does not take the working directory away, unless it is an endpoint that goes."""
    interface = Interface(alternates)
    out = clients.python("""
os.chdir(sys.argv[1])
for number in sys.argv[2:]:
    open("bAlternateSetting", "w").write(number)
    os.stat("ep00" if os.path.exists("ep00") else "driver")
    print(os.getcwd())
    os.chdir("altsettings")
    print(os.getcwd())
    os.chdir("..")
""", interface.dir, *map(str, interface.numbers(interface.dir)), 0).text
    assert set(out.split()) == {str(interface.dir), str(interface.dir / "altsettings")}


def test_a_shell_does_it(alternates, clients):
    interface = Interface(alternates)
    out = clients.must('cd "$1"; echo 1 > bAlternateSetting; cat bAlternateSetting; ls -d ep*',
                       interface.dir)
    assert out.decode().split() == ["1", *interface.endpoints_of(1)]
    # Several in one write: the last is in force afterwards.
    clients.must('/usr/bin/printf "1\\n0\\n1\\n0\\n" > "$1"', interface.file)
    assert interface.number() == 0
    assert interface.endpoints() == interface.endpoints_of(0)


def test_several_in_one_write(alternates):
    """Afterwards none but the last is to be seen, however often the others were the same."""
    interface = Interface(alternates)
    for last in (0, 1) * paths.rounds(25):
        with open(interface.file, "wb", buffering=0) as file:
            file.write(b"%d\n%d\n" % (last, 1 - last) * 3 + b"%d\n" % last)
        assert interface.number() == last
        assert interface.endpoints() == interface.endpoints_of(last)


def test_an_unmount_under_several_in_one_write(alternates, clients):
    """Whoever is told that all is done can rely on it. Who looks meanwhile, and closes the file,
    does not wait for that write."""
    interface = Interface(alternates)
    writer = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "try: print(os.write(fd, b'0\\n1\\n1\\n1\\n' * 500))\n"
        "except OSError as error: print(errno.errorcode[error.errno])", interface.file)
    procs.eventually(lambda: interface.number() == 1, 10, "it has begun")
    daemon = alternates.bus.daemon
    daemon.process.terminate()
    assert procs.reap(daemon.process, 5) == 0
    assert writer.wait().out in (b"ENODEV\n", b"ECONNABORTED\n")


@pytest.mark.parametrize("text", ["99", "255", "256", "-1", "x", "1 0", "0\n99\n1"])
def test_what_is_no_setting(alternates, text):
    interface = Interface(alternates)
    interface.set(1)
    with open(interface.file, "wb", buffering=0) as file:
        assert attempt(file.write, text.replace("0\n", "1\n").encode()) == errno.EINVAL
    assert interface.number() == 1
    assert interface.endpoints() == interface.endpoints_of(1)


def test_it_outlives_the_linger(alternates_and_another):
    device, other = alternates_and_another
    interface = Interface(device)
    interface.set(1)
    wait_linger(other)
    wait_linger(other)
    assert is_open(device) and interface.number() == 1
    assert interface.endpoints() == interface.endpoints_of(1)
    interface.set(0)
    wait_closed(device)
    assert interface.number() == 0


@pytest.fixture
def alternates_and_another(bus):
    return bus.mount("alternates", "silent")


def test_another_that_lingers_is_what_it_is_compared_with(alternates_and_another):
    """With setting 0 the device does close before the other one."""
    device, other = alternates_and_another
    interface = Interface(device)
    interface.set(0)
    wait_linger(other)
    assert not is_open(device)


def test_giving_it_back_ends_it(alternates):
    interface = Interface(alternates)
    interface.set(1)
    (interface.dir / "driver").write_text("auto\n")
    wait_closed(alternates)
    procs.eventually(lambda: interface.number() == 0, 10, "setting 0 is back")


def test_unplugging_ends_it(alternates):
    interface = Interface(alternates)
    interface.set(1)
    fd = os.open(interface.file, os.O_RDWR)
    try:
        alternates.unplug()
        assert attempt(os.write, fd, b"0\n") == errno.ENODEV
    finally:
        os.close(fd)
    alternates.plug()
    assert Interface(alternates).number() == 0


def test_a_driver_has_it(keyboard_with_driver):
    file = keyboard_with_driver / "bAlternateSetting"
    with open(file, "wb", buffering=0) as f:
        assert attempt(f.write, b"0\n") == errno.EBUSY
    assert int(file.read_text()) == 0


@pytest.fixture
def keyboard_with_driver(bus, request):
    """The interface directory of a keyboard that the kernel's driver owns."""
    if bus.name == "sim":
        mount = bus.mount_file(request.config.rootpath / "tests" / "devices" / "hid-keyboard.dev")
    else:
        mount = bus.mount("keyboard")[0].mount
    procs.eventually(lambda: [d for d in mount.glob("*/config1/interface0/driver")
                              if d.read_text() == "usbhid\n"], 20, "usbhid binds")
    return next(d.parent for d in mount.glob("*/config1/interface0/driver")
                if d.read_text() == "usbhid\n")


# ---- with a device that answers in every setting ----

@pytest.mark.sim
def test_bytes_move_in_each(alternates):
    interface = Interface(alternates)
    for number in (1, 2, 1, 2):
        interface.set(number)
        send(alternates, b"setting %d" % number)
        assert receive(alternates, 9) == b"setting %d" % number


@pytest.mark.sim
def test_a_blocked_reader_of_another_setting(alternates, clients):
    interface = Interface(alternates)
    interface.set(1)
    blocked = clients.start_python(ERRNO_OF_READ, interface.endpoint("ep81").data)
    wait_blocked_reader(interface.endpoint("ep81"))
    interface.set(2)
    assert blocked.wait().out == b"ESHUTDOWN\n"


@pytest.mark.sim
@pytest.mark.parametrize("back", [False, True])
def test_an_open_file_of_another_setting(alternates, back):
    interface = Interface(alternates)
    interface.set(1)
    fd = os.open(interface.endpoint("ep81").data, os.O_RDONLY)
    out = os.open(interface.endpoint("ep02").data, os.O_WRONLY)
    try:
        assert events(fd, 0) == 0
        interface.set(2)
        if back:
            interface.set(1)
        for _ in range(3):
            assert attempt(os.read, fd, 1) == errno.ESHUTDOWN
            assert attempt(os.write, out, b"x") == errno.ESHUTDOWN
            assert events(fd) & (select.POLLHUP | select.POLLERR) == (
                select.POLLHUP | select.POLLERR)
    finally:
        os.close(fd)
        os.close(out)
    if back:
        send(alternates, b"opened anew")
        assert receive(alternates, 11) == b"opened anew"


@pytest.mark.sim
def test_who_polls_is_woken(alternates, clients):
    interface = Interface(alternates)
    interface.set(1)
    polling = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_RDONLY); p = select.poll(); p.register(fd, select.POLLIN)\n"
        "print(p.poll()[0][1])", interface.endpoint("ep81").data)
    procs.eventually(lambda: interface.endpoint("ep81").count("pending"), 10, "it polls")
    interface.set(0)
    seen = int(polling.wait().out)
    assert seen & select.POLLHUP and seen & select.POLLERR


@pytest.mark.sim
def test_the_same_number_again(alternates, clients):
    """The endpoints stay what they are, and none is halted afterwards."""
    interface = Interface(alternates)
    interface.set(1)
    inp = interface.endpoint("ep81")
    blocked = clients.start("head", "-c", "5", inp.data)
    wait_blocked_reader(inp)
    interface.set(1)
    wait_blocked_reader(inp)
    send(alternates, b"later")
    assert blocked.wait().out == b"later"
    alternates.bus.control.stall(alternates.name, inp.address)
    with open(inp.data, "rb", buffering=0) as file:
        assert attempt(file.read, 1) == errno.EPIPE
        interface.set(1)
        send(alternates, b"again")
        assert file.read(5) == b"again"


SAME_ADDRESSES = """
device twins%u
    port 1-%u
    config 1
        interface 0 class ff
            endpoint 81 bulk 512
        alternate 1
            endpoint 81 bulk 512
"""


@pytest.mark.sim
def test_an_address_that_both_have(bus, workdir, clients):
    """Whoever reads in the one setting gets nothing of the other's, however it is timed: here a
    blocked reader and files that were opened before."""
    (workdir / "twins.dev").write_text(SAME_ADDRESSES % (1, 1))
    interface = bus.mount_file(workdir / "twins.dev") / "1-1" / "config1" / "interface0"
    data = interface / "ep81" / "data"
    for round_ in range(20):
        blocked = clients.start_python(ERRNO_OF_READ, data)
        wait_blocked_reader(Endpoint(data.parent))
        old = [os.open(data, os.O_RDONLY | os.O_NONBLOCK) for _ in range(3)]
        try:
            (interface / "bAlternateSetting").write_text(f"{(round_ + 1) % 2}\n")
            bus.control.give("twins1", 0x81, b"for the new")
            assert [attempt(os.read, fd, 20) for fd in old] == [errno.ESHUTDOWN] * 3
            assert blocked.wait().out == b"ESHUTDOWN\n"
            assert clients.must('head -c 11 "$1"', data) == b"for the new"
        finally:
            close_all(*old)


@pytest.mark.sim
def test_other_interfaces_go_on(alternates):
    interface = Interface(alternates)
    other = Endpoint(interface.dir.parent / "interface1" / "ep84")
    fd = os.open(other.data, os.O_RDONLY)
    try:
        got = os.read(fd, 512)
        for number in (1, 2, 0, 1):
            interface.set(number)
            got += os.read(fd, 512)
        assert got == alternates.pattern(len(got))
    finally:
        os.close(fd)


@pytest.mark.sim
def test_a_wrong_number_does_not_touch_the_device(alternates):
    interface = Interface(alternates)
    with open(interface.file, "wb", buffering=0) as file:
        assert attempt(file.write, b"3\n") == errno.EINVAL
    assert "last_ctl_error: interface 0 has no setting 3;" in (
        alternates.dir / "status").read_text()
    assert alternates.bus.times_opened(alternates) == 0


@pytest.mark.sim
def test_it_cannot_be_written_where_it_is_not_in_force(alternates):
    file = alternates.dir / "config2" / "interface0" / "bAlternateSetting"
    assert attempt(os.open, file, os.O_WRONLY) == errno.EACCES


@pytest.mark.sim
def test_resetting_ends_it(alternates):
    interface = Interface(alternates)
    interface.set(1)
    (alternates.dir / "ctl").write_text("reset\n")
    alternates.bus.control.wait_opened(alternates.name, False)
    procs.eventually(lambda: interface.number() == 0, 10, "setting 0 is back")


@pytest.mark.sim
def test_who_waits_can_be_killed(alternates, clients):
    interface = Interface(alternates)
    alternates.bus.wedge(alternates, "alternate")
    waiting = clients.start_sh('echo 1 > "$1"', interface.file)
    alternates.bus.control.wait_claimed(alternates.name, 0)
    waiting.kill()
    alternates.bus.unwedge(alternates)
    procs.eventually(lambda: interface.number() == 1, 10, "it comes to be in the end")


@pytest.mark.sim
def test_it_closes_also_when_setting_0_takes_long(alternates_and_another, clients):
    """… so long that nobody has a file open any more when it is done."""
    device, other = alternates_and_another
    interface = Interface(device)
    interface.set(1)
    inp = interface.endpoint("ep81")
    reader = clients.start("cat", inp.data)
    wait_blocked_reader(inp)
    device.bus.wedge(device, "alternate")
    writer = clients.start_sh('echo 0 > "$1"', interface.file)
    # The write has got as far as to have taken the reader's transfer back.
    device.bus.control.wait_pending(device.name, inp.address, 0)
    writer.kill()
    reader.kill()
    wait_linger(other)
    assert is_open(device)
    device.bus.unwedge(device)
    wait_closed(device)
    assert interface.number() == 0


@pytest.mark.sim
def test_ending_with_another_setting_in_force(bus, workdir):
    """Closing the devices puts setting 0 back, of which everyone hears amid the end. Files
    are open to the last."""
    (workdir / "twins.dev").write_text("".join(SAME_ADDRESSES % (n, n) for n in range(1, 21)))
    mount = bus.mount_file(workdir / "twins.dev")
    files = []
    try:
        for interface in mount.glob("*/config1/interface0"):
            (interface / "bAlternateSetting").write_text("1\n")
            files.append(os.open(interface / "ep81" / "data", os.O_RDONLY | os.O_NONBLOCK))
            assert attempt(os.read, files[-1], 1) == errno.EAGAIN
        assert len(files) == 20
        os.kill(bus.daemon.pid, signal.SIGTERM)
        assert procs.reap(bus.daemon.process, 5 * paths.PATIENCE) == 0
    finally:
        for fd in files:
            attempt(os.close, fd)  # it tells that the daemon has gone
    assert "do not answer" not in bus.daemon.text()


def test_knobs_stay(alternates):
    """An endpoint that comes back is as it was left."""
    interface = Interface(alternates)
    mine, other = sorted(interface.numbers(interface.dir),
                         key=lambda number: not interface.endpoints_of(number))[:2]
    name = interface.endpoints_of(mine)[0]
    interface.set(mine)
    interface.endpoint(name).ctl.write_text("depth 7\n")
    for _ in range(3):
        interface.set(other)
        interface.set(mine)
        assert "\ndepth 7\n" in interface.endpoint(name).ctl.read_text()
    interface.set(0)
    wait_closed(alternates)
    interface.set(mine)
    assert "\ndepth 7\n" in interface.endpoint(name).ctl.read_text()
