# SPDX-License-Identifier: MIT
"""usbfuse find: everything that matches is printed, and nothing else; and waiting for it."""
import os
import signal

import pytest

from harness import finding, paths, procs
from harness.client import attempt
from harness.finding import find, refused, wait_listening


def text(path):
    return path.read_text().strip()


def devices(mount):
    return sorted(path.name for path in mount.iterdir() if (path / "idVendor").exists())


def interfaces(directory):
    """Of a device, those of the configuration in force."""
    return sorted(directory.glob(f"config{text(directory / 'bConfigurationValue')}/interface*"))


def below(mount, every):
    return sorted(str(path.relative_to(mount)) for path in every)


def ids(device):
    return text(device.dir / "idVendor"), text(device.dir / "idProduct")


def triple(interface):
    return [text(interface / f"bInterface{part}") for part in ("Class", "SubClass", "Protocol")]


def address(endpoint):
    return f"{endpoint.address:02x}"


# ---- each criterion ----

def test_everything(loopback, clients):
    mount = loopback.mount
    every = devices(mount)
    assert sorted(find(clients, mount)) == every
    inside = [i for name in every for i in interfaces(mount / name)]
    assert sorted(find(clients, mount, "--print", "interface")) == below(mount, inside)
    ends = [e for i in inside for e in i.glob("ep*")] + [mount / name / "ep00" for name in every]
    assert sorted(find(clients, mount, "--print", "endpoint")) == below(mount, ends)


def test_id(loopback, clients):
    mount, (vendor, product) = loopback.mount, ids(loopback)
    for value in (f"{vendor}:{product}", f"{vendor}:{product}".upper(),
                  f"0x{vendor}:0x{product}"):
        assert loopback.dir.name in find(clients, mount, "--id", value)
    for value, wanted in ((f"{vendor}:", (vendor, None)), (vendor, (vendor, None)),
                          (f":{product}", (None, product))):
        expected = [name for name in devices(mount) if all(
            want in (None, text(mount / name / file))
            for want, file in zip(wanted, ("idVendor", "idProduct")))]
        assert sorted(find(clients, mount, "--id", value)) == expected
    assert find(clients, mount, "--id", "dead:beef") == []


def test_serial_and_port(loopback, clients):
    mount, name = loopback.mount, loopback.dir.name
    serial = text(loopback.dir / "serial")
    expected = [one for one in devices(mount) if (mount / one / "serial").exists() and
                text(mount / one / "serial") == serial]
    assert sorted(find(clients, mount, "--serial", serial)) == expected
    assert name in expected
    assert find(clients, mount, "--port", name) == [name]
    assert find(clients, mount, "--port", name, "--serial", serial) == [name]
    for wrong in (serial[:-1], serial + "x", serial.swapcase()):
        assert name not in find(clients, mount, "--serial", wrong)
    assert find(clients, mount, "--port", name + "0") == []


def test_name(loopback, clients):
    mount, name = loopback.mount, loopback.dir.name
    os.symlink(f"../{name}", mount / "by-name" / "my scope")
    assert find(clients, mount, "--name", "my scope") == [name]
    assert find(clients, mount, "--name", "my scope", "--id", "dead:beef") == []
    assert find(clients, mount, "--name", "scope") == []


def test_class(keyboard, clients):
    mount, interface = keyboard.mount, interfaces(keyboard.dir)[0]
    parts = triple(interface)
    name = str(interface.relative_to(mount))
    everyone = [i for one in devices(mount) for i in interfaces(mount / one)]
    exactly = below(mount, [i for i in everyone if triple(i) == parts])
    for separator in ":-/":
        assert sorted(find(clients, mount, "--class", separator.join(parts))) == exactly
    alike = below(mount, [i for i in everyone if triple(i)[0] == "03"])
    for value in ("03", "3", "0x03", "hid", "HID", "03::", "hid:"):
        assert sorted(find(clients, mount, "--class", value)) == alike
    assert name in find(clients, mount, "--class", f"::{parts[2]}")
    assert name in find(clients, mount, "--class", f"03:{parts[1]}")
    assert name not in find(clients, mount, "--class", "03:7f")
    assert keyboard.dir.name in find(clients, mount, "--class", "hid", "--print", "device")


def test_endpoint(loopback, clients):
    mount, port = loopback.mount, ["--port", loopback.dir.name]
    for end in loopback.endpoints:
        way = "in" if end.is_in else "out"
        for what in (address(end), end.dir.name, f"{end.type}-{way}", f"{way}-{end.type}",
                     f"{end.type.lower()}-{way}-{address(end)}"):
            assert str(end.dir.relative_to(mount)) in find(
                clients, mount, *port, "--endpoint", what)
    for what, chosen in (("in", lambda e: e.is_in), ("out", lambda e: not e.is_in),
                         ("bulk", lambda e: e.type == "Bulk"),
                         ("interrupt-in", lambda e: e.type == "Interrupt" and e.is_in)):
        assert sorted(find(clients, mount, *port, "--endpoint", what)) == below(
            mount, [e.dir for e in loopback.endpoints if chosen(e)])
    for what in ("control", "00", "ep00"):
        assert find(clients, mount, *port, "--endpoint", what) == [f"{loopback.dir.name}/ep00"]
    assert find(clients, mount, *port, "--endpoint", "isoc") == []


def test_levels(loopback, clients):
    """Interfaces that have an endpoint, devices that have an interface: each once."""
    mount, name = loopback.mount, loopback.dir.name
    parts = triple(loopback.inp.dir.parent)
    wanted = ["--port", name, "--class", ":".join(parts), "--endpoint", "bulk"]
    alike = [e.dir for e in loopback.endpoints
             if e.type == "Bulk" and triple(e.dir.parent) == parts]
    assert sorted(find(clients, mount, *wanted)) == below(mount, alike)
    assert sorted(find(clients, mount, *wanted, "--print", "interface")) == below(
        mount, {path.parent for path in alike})
    assert find(clients, mount, *wanted, "--print", "device") == [name]
    # Not the control endpoint: it is no interface's.
    assert find(clients, mount, *wanted[:4], "--endpoint", "control") == []
    assert find(clients, mount, "--port", name, "--endpoint", "control",
                "--print", "interface") == []


def test_only_what_is_in_force(alternates, clients):
    device = alternates
    interface = next(i for i in sorted(device.dir.glob("config*/interface*"))
                     if len(os.listdir(i / "altsettings")) > 1)
    if device.bus.name == "usb":
        procs.eventually(lambda: text(interface / "driver") == "snd-usb-audio", 20, "it binds")
        for every in interfaces(device.dir):
            (every / "driver").write_text("none\n")
    wanted = ["--port", device.dir.name, "--print", "endpoint"]
    seen = set()
    for number in ("1", "0"):
        (interface / "bAlternateSetting").write_text(number)
        inside = {str(path.relative_to(device.mount)) for path in interface.glob("ep*")}
        found = {path for path in find(clients, device.mount, *wanted)
                 if f"/{interface.name}/" in path}
        assert found == inside
        seen.add(frozenset(found))
    assert len(seen) == 2


# ---- how it is printed ----

def test_null_and_order(loopback, clients):
    mount = loopback.mount
    lines = find(clients, mount, "--print", "endpoint")
    result = finding.start(clients, mount, "-0", "--print", "endpoint").wait()
    assert result.out == b"".join(os.fsencode(f"{mount}/{line}\0") for line in lines)
    assert clients.must('"$1" find --null --mount "$2" | xargs -0 ls -d', paths.USBFUSE, mount,
                        env=finding.environment()).count(b"\n") == len(devices(mount))


def test_one(loopback, clients):
    mount, name = loopback.mount, loopback.dir.name
    assert find(clients, mount, "-1", "--port", name) == [name]
    said = refused(clients, mount, "--one", "--port", name, "--print", "endpoint", status=3)
    for end in loopback.endpoints:
        assert str(end.dir.relative_to(mount)) in said
    assert find(clients, mount, "-1", "--id", "dead:beef") == []


@pytest.mark.sim
def test_sorted_by_place(bus, clients, workdir):
    ports = ["1-10", "1-2.10", "2-1", "1-2", "1-1", "1-2.3"]
    description = workdir / "many.dev"
    description.write_text("".join(f"device d{n}\n\tport {port}\n" for n, port in enumerate(ports)))
    mount = bus.mount_file(description)
    assert find(clients, mount) == ["1-1", "1-2", "1-2.3", "1-2.10", "1-10", "2-1"]


def test_nothing_can_be_written(loopback, clients):
    result = clients.sh('"$1" find --mount "$2" > /dev/full', paths.USBFUSE, loopback.mount,
                        env=finding.environment())
    assert result.status == finding.ERROR
    assert result.complaint == "usbfuse find: No space left on device\n"


@pytest.mark.parametrize("shell", ["bash", "dash", "busybox sh"])
def test_in_shells(loopback, clients, shell):
    paths.require_program(shell.split()[0])
    vendor, product = ids(loopback)
    out = clients.must(
        'find() { "$program" find "$@"; }\n'
        'program=$1 USBFUSE=$2; export USBFUSE\n'
        'for d in $(find --port "$3"); do echo "a $(cat "$d/idVendor")"; done\n'
        'if d=$(find -1 --port "$3" --id "$4"); then echo "b $(cat "$d/idProduct")"; fi\n'
        'd=$(find --id dead:beef) || echo "c $? $d"\n'
        'find --port "$3" --endpoint in | while read -r e; do cat "$e/direction"; done\n'
        'find --id "$nothing" 2>/dev/null || echo "d $?"\n',
        paths.USBFUSE, loopback.mount, loopback.dir.name, f"{vendor}:{product}",
        shell=shell, env=finding.environment()).decode().splitlines()
    ends = sum(e.is_in for e in loopback.endpoints)
    assert out == [f"a {vendor}", f"b {product}", "c 1 "] + ["in"] * ends + ["d 2"]


ODD = {"blank": " a  b ", "newline": "x\\ny", "bytes": "\\xff\\xfe\\xc3", "escape": "%20a~/..",
       "quote": "it's $(x) *", "utf": "caf\\xc3\\xa9"}


@pytest.mark.sim
@pytest.mark.parametrize("shell", ["bash", "dash", "busybox sh"])
def test_odd_serials(bus, clients, workdir, shell):
    paths.require_program(shell.split()[0])
    description = workdir / "odd.dev"
    description.write_text("".join(
        f'device {name}\n\tport 1-{port}\n\tproduct "{name}"\n\tserial "{serial}"\n'
        for port, (name, serial) in enumerate(ODD.items(), 1)))
    mount = bus.mount_file(description)
    for directory in (mount / name for name in devices(mount)):
        # As a script gets at it: the shell takes the newline off.
        out = clients.must(
            's=$(cat "$2/serial"); d=$("$1" find --one --mount "$3" --serial "$s") || exit\n'
            'cat "$d/product"', paths.USBFUSE, directory, mount, shell=shell,
            env=finding.environment())
        assert out == (directory / "product").read_bytes()
    assert find(clients, mount, "--serial", " a  b") == []
    assert find(clients, mount, "--serial", "x") == []


WRONG = [["--id", ""], ["--id", ":"], ["--id", "1d6bx"], ["--id", "12345:"], ["--id", "-1:"],
         ["--id", "1:2:3"], ["--id"], ["--serial", ""], ["--class", "100"], ["--class", "::"],
         ["--class", "03:01:01:01"], ["--class", "hide"], ["--endpoint", "inout"],
         ["--endpoint", "in-out"], ["--endpoint", "bulk-"], ["--endpoint", "8"],
         ["--endpoint", "bulk-isoc"], ["--print", "data"], ["--timeout", "-1"],
         ["--timeout", "soon"], ["--timeout", "nan"], ["--timeout", "1s"], ["--port", "1-1/ep00"],
         ["--name", "../1-1"], ["--nonsense"], ["--wait=3"], ["-z"], ["-1z"], ["more"],
         ["--id", "1:", "--id", "2:"]]


def test_bad_command_lines(workdir, clients):
    for arguments in WRONG:
        said = refused(clients, None, *arguments)
        assert arguments[0].split("=")[0] in said or "-z" in said, said
        assert len(arguments) != 2 or arguments[1] in said, said


def test_help(workdir, clients):
    result = finding.start(clients, None, "--help").wait()
    assert (result.status, result.err) == (0, b"")
    assert finding.start(clients, None, "-h").wait().out == result.out
    assert "usbfuse find" in clients.run(paths.USBFUSE, "--help").text


# ---- waiting ----

def waiting(clients, device, *arguments):
    started = finding.start(clients, device.mount, *arguments, deadline=20)
    wait_listening(device.mount)
    assert started.running()
    return started


def found_at(client, path):
    result = client.wait()
    assert (result.status, result.complaint) == (0, ""), result
    assert result.text == f"{path}\n"


def test_wait_for_what_is_there(loopback, clients):
    assert find(clients, loopback.mount, "--port", loopback.dir.name, "--wait") == [
        loopback.dir.name]


@pytest.mark.parametrize("level", ["device", "interface", "endpoint"])
def test_wait(loopback, clients, level):
    """Every criterion applies to what comes."""
    end = loopback.inp.dir
    expected = {"device": loopback.dir, "interface": end.parent, "endpoint": end}[level]
    serial = text(loopback.dir / "serial")
    wanted = ["--id", ":".join(ids(loopback)), "--serial", serial,
              "--class", "-".join(triple(end.parent)), "--endpoint", f"bulk-in-{end.name}"]
    loopback.unplug()
    client = waiting(clients, loopback, *wanted, "--print", level, "--wait")
    other = finding.start(clients, loopback.mount, "--id", "dead:beef", "--wait")
    wait_listening(loopback.mount, 2)
    loopback.plug()
    found_at(client, expected)
    assert other.running()


def test_wait_for_a_name(loopback, clients):
    os.symlink(f"../{loopback.dir.name}", loopback.mount / "by-name" / "scope")
    loopback.unplug()
    client = waiting(clients, loopback, "--name", "scope", "--timeout", "100")
    loopback.plug()
    found_at(client, loopback.dir)


def test_wait_for_a_setting(alternates, clients):
    """Endpoints come and go with it."""
    device = alternates
    every = interfaces(device.dir)
    interface = next(i for i in every if len(os.listdir(i / "altsettings")) > 1)
    if device.bus.name == "usb":
        procs.eventually(lambda: text(interface / "driver") == "snd-usb-audio", 20, "it binds")
        for one in every:
            (one / "driver").write_text("none\n")
    (interface / "bAlternateSetting").write_text("0")
    there = {path.name for path in interface.glob("ep*")}
    coming = sorted({path.name for path in (interface / "altsettings/1").glob("ep*")} - there)[0]
    client = waiting(clients, device, "--port", device.dir.name, "--endpoint", coming, "--wait")
    (interface / "bAlternateSetting").write_text("1")
    found_at(client, interface / coming)
    (interface / "bAlternateSetting").write_text("0")


def test_timeout(loopback, clients):
    mount, name = loopback.mount, loopback.dir.name
    assert find(clients, mount, "--id", "dead:beef", "--timeout", "0") == []
    assert find(clients, mount, "--id", "dead:beef", "--timeout", "0.2") == []
    assert find(clients, mount, "--port", name, "--timeout", "0") == [name]
    # What happens meanwhile does not make it longer, nor end it.
    client = finding.start(clients, mount, "--id", "dead:beef", "--timeout", "1", deadline=20)
    wait_listening(mount)
    loopback.unplug()
    loopback.plug()
    result = client.wait()
    assert (result.status, result.out, result.err) == (finding.NONE, b"", b"")


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL], ids=lambda sig: sig.name)
def test_who_waits_can_be_killed(loopback, clients, sig):
    client = waiting(clients, loopback, "--id", "dead:beef", "--wait")
    client.signal(sig)
    assert client.wait(2).status == -sig
    wait_listening(loopback.mount, 0)


def test_the_daemon_ends(loopback, clients):
    client = waiting(clients, loopback, "--id", "dead:beef", "--wait")
    os.kill(loopback.bus.daemon.pid, signal.SIGTERM)
    assert procs.wait_exit(loopback.bus.daemon.pid, 10 * paths.PATIENCE)
    result = client.wait()
    assert result.status == finding.ERROR and result.out == b""
    assert result.complaint == f"usbfuse find: {loopback.mount}: it has been unmounted\n"


# ---- what comes and goes meanwhile ----

@pytest.mark.limit(120)
def test_gone_in_the_middle(loopback, clients):
    """What is printed was there, whole; nothing else is ever said."""
    mount, name = loopback.mount, loopback.dir.name
    wanted = ["--port", name, "--print", "endpoint"]
    whole = sorted(find(clients, mount, *wanted))
    loop = clients.start_sh(
        'while :; do out=$("$@"); s=$?; echo "$s" $out; done', paths.USBFUSE, "find",
        "--mount", str(mount), *wanted, env=finding.environment(), deadline=100)
    for _ in range(paths.rounds(100)):
        loopback.unplug()
        loopback.plug()
    loopback.unplug()
    procs.eventually(lambda: loop.out.endswith(b"\n1\n"), 30, "it finds nothing")
    loopback.plug()
    procs.eventually(lambda: f"{mount}/".encode() in loop.out[-1000:], 30, "it finds it again")
    loop.kill()
    complete = {" ".join(["0", *(f"{mount}/{path}" for path in order)])
                for order in [find(clients, mount, *wanted)]} | {"1"}
    assert sorted(find(clients, mount, *wanted)) == whole
    lines = loop.out.decode().split("\n")[:-1]
    assert loop.err_path.read_bytes() == b""
    assert set(lines) == complete, set(lines) - complete


@pytest.mark.sim
@pytest.mark.limit(60)
def test_five_hundred_devices(bus, clients, workdir):
    """Attributes are only read of those that may match."""
    description = workdir / "crowd.dev"
    description.write_text("".join(
        f'device d{n}\n\tport {n // 100 + 1}-{n % 100 + 1}\n\tid 1234:{n:04x}\n'
        f'\tserial "S{n}"\n\tconfig 1\n\t\tinterface 0 class ff\n\t\t\tendpoint 81 bulk 64\n'
        for n in range(500)))
    mount = bus.mount_file(description)
    assert find(clients, mount, "--id", ":01f3", "--serial", "S499") == ["5-100"]
    assert find(clients, mount, "--serial", "S250") == ["3-51"]
    assert len(find(clients, mount, "--endpoint", "bulk-in")) == 500


@pytest.mark.sim
def test_device_without_configuration(bus, clients, workdir):
    description = workdir / "bare.dev"
    description.write_text("device bare\n\tport 1-1\n\tid 1234:0001\n")
    mount = bus.mount_file(description)
    assert find(clients, mount, "--id", "1234:1") == ["1-1"]
    assert find(clients, mount, "--id", "1234:1", "--class", "ff") == []
    assert find(clients, mount, "--id", "1234:1", "--endpoint", "in") == []
    assert attempt(os.stat, mount / "1-1" / "serial") != 0
    assert find(clients, mount, "--serial", "S") == []
