# SPDX-License-Identifier: MIT
"""The file `driver`: taking an interface away, giving it back, claiming it, choosing a driver; for
one interface or for an association."""
import errno
import re

import pytest

from harness import procs, usbfs
from harness.client import attempt
from harness.endpoint import wait_blocked_reader
from harness.loop import receive, send

ERRNO_OF_READ = """
fd = os.open(sys.argv[1], os.O_RDONLY)
try:
    print(os.read(fd, 100))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def said(device, what="last_ctl_error"):
    found = re.search(rf"^{what}: (.*)$", (device.dir / "status").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def detached(device):
    return int(said(device, "drivers detached"))


class Interface:
    def __init__(self, device, which=0):
        self.device = device
        self.file = sorted(device.dir.glob("config*/interface*/driver"))[which]

    @property
    def driver(self):
        return self.file.read_text().strip()

    def wait(self, driver):
        procs.eventually(lambda: self.driver == driver, 20, f"{driver} binds")

    def write(self, text):
        self.file.write_text(f"{text}\n")

    def attempt(self, text):
        """The errno of writing TEXT."""
        with open(self.file, "wb", buffering=0) as file:
            return attempt(file.write, f"{text}\n".encode())


@pytest.fixture
def keyboard_interface(bus, request):
    """That of a keyboard, which usbhid owns."""
    if bus.name == "sim":
        path = request.config.rootpath / "tests" / "devices" / "hid-keyboard.dev"
        device = bus.mount_described(path, "keyboard")
        device.identity = {"product": "USB Keyboard"}
        device.name = "keyboard"
    else:
        device = bus.mount("keyboard")[0]
    interface = Interface(device)
    interface.wait("usbhid")
    return interface


@pytest.fixture
def modem_interfaces(modem):
    interfaces = [Interface(modem, which) for which in (0, 1)]
    for interface in interfaces:
        interface.wait("cdc_acm")
    return interfaces


def drivers(interfaces):
    return [interface.driver for interface in interfaces]


# ---- claim and release ----

@pytest.fixture
def loopback_and_another(bus):
    return bus.mount("loopback", "silent")


def wait_linger(device):
    """Opens and closes DEVICE, and waits until the daemon has closed it, too."""
    device.inp.ctl.write_text("clear_halt\n")
    assert device.bus.is_open(device)
    procs.eventually(lambda: not device.bus.is_open(device), 10, "the device closes")


def test_a_claim_outlives_the_linger(loopback_and_another):
    device, other = loopback_and_another
    interface = Interface(device)
    assert interface.driver == "none"
    interface.write("claim")
    assert interface.driver == "usbfs" and said(device, "claims kept") == "1"
    wait_linger(other)
    wait_linger(other)
    assert device.bus.is_open(device)
    assert interface.driver == "usbfs"
    send(device, b"claimed")
    assert receive(device, 7) == b"claimed"
    wait_linger(other)
    interface.write("claim")
    assert said(device, "claims kept") == "1"
    interface.write("release")
    assert interface.driver == "none" and said(device, "claims kept") == "0"
    procs.eventually(lambda: not device.bus.is_open(device), 10, "the device closes")


def test_what_is_used_is_claimed_and_let_go(loopback_and_another):
    """Without claim the interface is free again when the device closes; release says so at once."""
    device, other = loopback_and_another
    interface = Interface(device)
    send(device, b"x")
    assert interface.driver == "usbfs"
    wait_linger(other)
    assert interface.driver == "none"
    assert receive(device, 1) == b"x"
    with open(device.out.data, "wb", buffering=0):
        send(device, b"y")
        assert interface.driver == "usbfs"
        interface.write("release")
        assert interface.driver == "none"


def test_who_waits_claims_it_again(loopback, clients):
    interface = Interface(loopback)
    blocked = clients.start("head", "-c", "4", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    interface.write("claim")
    interface.write("release")
    assert said(loopback, "claims kept") == "0"
    wait_blocked_reader(loopback.inp)
    send(loopback, b"word")
    assert blocked.wait().out == b"word"


def test_a_driver_is_not_claimed_away(keyboard_interface):
    assert keyboard_interface.attempt("claim") == errno.EBUSY
    assert said(keyboard_interface.device) == (
        "the kernel's driver usbhid owns interface 0; take it away: "
        "echo none > config1/interface0/driver")
    assert keyboard_interface.driver == "usbhid"
    assert said(keyboard_interface.device, "claims kept") == "0"


def test_released_means_given_back(keyboard_interface):
    """… what was detached, whether it was claimed then or not."""
    device = keyboard_interface.device
    for verbs in (["none"], ["none", "claim"], ["none", "claim", "claim"]):
        for verb in verbs:
            keyboard_interface.write(verb)
        assert keyboard_interface.driver == {"none": "none", "claim": "usbfs"}[verbs[-1]]
        assert detached(device) == 1
        keyboard_interface.write("release")
        assert keyboard_interface.driver == "usbhid"
        assert detached(device) == 0 and said(device, "claims kept") == "0"


def test_releasing_nothing(keyboard_interface):
    keyboard_interface.write("release")
    assert keyboard_interface.driver == "usbhid"


def test_unplugging_ends_a_claim(loopback):
    Interface(loopback).write("claim")
    loopback.unplug()
    loopback.plug()
    assert Interface(loopback).driver == "none" and said(loopback, "claims kept") == "0"
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


# ---- none and auto ----

def test_a_detached_driver_stays_away(keyboard_interface):
    """… from one command to the next, however the device is opened and closed."""
    device = keyboard_interface.device
    for _ in range(3):
        keyboard_interface.write("none")
        assert device.bus.is_open(device)
        procs.eventually(lambda: not device.bus.is_open(device), 10, "the device closes")
        assert keyboard_interface.driver == "none" and detached(device) == 1
    keyboard_interface.write("auto")
    assert keyboard_interface.driver == "usbhid" and detached(device) == 0


def test_a_reader_hears_that_it_was_given_back(keyboard_interface, clients):
    keyboard_interface.write("none")
    inp = keyboard_interface.device.inp
    if keyboard_interface.device.bus.name == "sim":
        keyboard_interface.device.bus.pause(keyboard_interface.device, inp)
    blocked = clients.start_python(ERRNO_OF_READ, inp.data)
    wait_blocked_reader(inp)
    keyboard_interface.write("release")
    assert blocked.wait().out == b"EBUSY\n"


@pytest.mark.usb
def test_a_driver_that_came_back_by_itself(keyboard_interface):
    """What is owed is counted once."""
    device = keyboard_interface.device
    name = f"{device.dir.name}:1.0"
    for _ in range(2):
        keyboard_interface.write("none")
        assert detached(device) == 1
        with open("/sys/bus/usb/drivers/usbhid/bind", "w", encoding="ascii") as bind:
            bind.write(name)
        assert keyboard_interface.driver == "usbhid"
    keyboard_interface.write("none")
    assert detached(device) == 1
    keyboard_interface.write("auto")
    assert detached(device) == 0


# ---- a driver by its name ----

def test_a_driver_by_name(keyboard_interface):
    device = keyboard_interface.device
    keyboard_interface.write("usbhid")  # it has it
    assert keyboard_interface.driver == "usbhid"
    for before in (["none"], ["none", "claim"]):
        for verb in before:
            keyboard_interface.write(verb)
        keyboard_interface.write("usbhid")
        assert keyboard_interface.driver == "usbhid"
        assert detached(device) == 0 and said(device, "claims kept") == "0"


def refused_and_harmless(interface, name, why):
    """The driver that has the interface, or the claim, stays."""
    device = interface.device
    assert interface.attempt(name) == errno.EINVAL
    assert why in said(device)
    assert interface.driver == "usbhid" and detached(device) == 0
    interface.write("none")
    interface.write("claim")
    assert interface.attempt(name) == errno.EINVAL
    assert interface.driver == "usbfs"
    assert detached(device) == 1 and said(device, "claims kept") == "1"
    interface.write("auto")
    assert interface.driver == "usbhid"


def test_a_driver_that_does_not_exist(keyboard_interface):
    refused_and_harmless(keyboard_interface, "nosuchdriver",
                         'the kernel has no driver "nosuchdriver"')


@pytest.mark.usb
def test_a_driver_that_does_not_want_it(keyboard_interface):
    refused_and_harmless(keyboard_interface, "hub", "the driver hub does not want interface 0")


@pytest.mark.parametrize("text", ["../usbhid", ".", "..", "a/b", "none at all", "x" * 64,
                                  "none\nclaim\na/b"])
def test_what_cannot_be_a_name(keyboard_interface, text):
    assert keyboard_interface.attempt(text) == errno.EINVAL
    assert keyboard_interface.driver == "usbhid"
    assert re.match(r"line \d: ", said(keyboard_interface.device))


# ---- associations ----

def test_an_association_is_one(modem_interfaces):
    first, second = modem_interfaces
    device = first.device
    for one, other in ((first, second), (second, first)):
        one.write("none association")
        assert drivers(modem_interfaces) == ["none", "none"] and detached(device) == 2
        other.write("claim association")
        assert drivers(modem_interfaces) == ["usbfs", "usbfs"]
        assert said(device, "claims kept") == "2" and detached(device) == 2
        one.write("release association")
        assert drivers(modem_interfaces) == ["cdc_acm", "cdc_acm"]
        assert said(device, "claims kept") == "0" and detached(device) == 0
    first.write("none association")
    second.write("auto association")
    assert drivers(modem_interfaces) == ["cdc_acm", "cdc_acm"]


def test_claiming_is_for_all_or_none(modem_interfaces):
    first, second = modem_interfaces
    device = first.device
    first.write("none association")
    if device.bus.name == "sim":
        second.write("cdc_acm")
        other, has = None, "cdc_acm"
    else:
        other, has = usbfs.Device(device.dir.name), "usbfs"
        other.claim(1)
    try:
        assert first.attempt("claim association") == errno.EBUSY
        assert "interface 1" in said(device)
        assert drivers(modem_interfaces) == ["none", has]
        assert said(device, "claims kept") == "0"
    finally:
        if other:
            other.close()


@pytest.mark.usb
def test_another_program_cannot_be_detached(modem_interfaces):
    first, second = modem_interfaces
    device = first.device
    first.write("none association")
    other = usbfs.Device(device.dir.name)
    other.claim(1)
    try:
        for verb in ("none", "none association"):
            assert second.attempt(verb) == errno.EBUSY
            assert said(device) == "another program has claimed interface 1"
    finally:
        other.close()
    second.write("auto association")
    assert drivers(modem_interfaces) == ["cdc_acm", "cdc_acm"] and detached(device) == 0


@pytest.mark.usb
@pytest.mark.parametrize("taken,given", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_driver_with_two_interfaces(modem_interfaces, taken, given):
    """It loses both with one, whichever that is, and gets both back with one."""
    device = modem_interfaces[0].device
    modem_interfaces[taken].write("none")
    assert drivers(modem_interfaces) == ["none", "none"] and detached(device) == 2
    modem_interfaces[given].write("auto")
    assert drivers(modem_interfaces) == ["cdc_acm", "cdc_acm"] and detached(device) == 0


def test_no_association(keyboard_interface):
    for verb in ("none", "claim", "auto", "release"):
        assert keyboard_interface.attempt(f"{verb} association") == errno.EINVAL
        assert said(keyboard_interface.device) == "interface 0 belongs to no association"
    assert keyboard_interface.driver == "usbhid"


# ---- in the middle ----

@pytest.mark.limit(60)
def test_unplugging_in_the_middle(modem, clients):
    """At any moment: whoever waits gets an answer, the daemon lives, and nothing is owed."""
    for _ in range(2 if modem.bus.name == "usb" else 20):
        file = Interface(modem).file
        writer = clients.start_sh(
            'while echo none association > "$1" && echo claim association > "$1" && '
            'echo release association > "$1"; do :; done 2>/dev/null', file)
        procs.eventually(lambda: detached(modem), 10, "it has begun")
        modem.unplug()
        writer.wait()
        modem.plug()
        assert detached(modem) == 0 and said(modem, "claims kept") == "0"


@pytest.mark.sim
def test_who_waits_for_a_wedged_device_can_be_killed(loopback, clients):
    loopback.bus.wedge(loopback, "claim")
    writer = clients.start_sh('echo claim > "$1"', Interface(loopback).file)
    loopback.bus.control.wait_opened(loopback.name)
    writer.kill()
    loopback.bus.unwedge(loopback)
    loopback.bus.control.wait_claimed(loopback.name, 0)
