# SPDX-License-Identifier: MIT
"""Control requests as people type them, in the shells and programs that they have."""
import os

import pytest

from harness import paths, procs
from harness.control import Control

SHELLS = ["bash", "dash", "busybox sh"]
DEVICE, KEEP, KEPT = "80-06-0100-0000-0012", "40-01-0000-0000", "c0-02-0000-0000"
LOOK_UPS = 15_000


@pytest.fixture(params=SHELLS, ids=[shell.split()[0] for shell in SHELLS])
def shell(request):
    paths.require_program(request.param.split()[0])
    return request.param


@pytest.fixture
def control(messages):
    return Control(messages)


@pytest.fixture
def device(control):
    return (control.device.dir / "descriptors").read_bytes()[:18]


def sent(control):
    """How many requests for the device descriptor it has seen."""
    text, at, found = control.device.puppet.taken(0, clear=True), 0, 0
    for size in text.packets:
        found += text.data[at:at + 8] == bytes.fromhex("8006000100001200")
        at += size
    return found


@pytest.mark.parametrize("command, part", [
    ("cat {}", slice(None)), ("head -c 4 {}", slice(4)), ("dd if={} bs=1 status=none", slice(None)),
    ("dd if={} bs=5 status=none", slice(None)), ("dd if={} bs=4 count=1 status=none", slice(4)),
    ("dd if={} bs=1 skip=8 count=2 status=none", slice(8, 10)), ("tail -c +9 {}", slice(8, None)),
    ("xxd -p -c 99 {} | xxd -r -p", slice(None)), ("cat < {}", slice(None)),
    ("od -An -v -tx1 -j 8 -N 4 {} | xxd -r -p", slice(8, 12)), ("busybox cat {}", slice(None)),
    ("cp {} /dev/stdout | cat", slice(None)), ("cat {} | head -c 3", slice(3)),
    ("busybox head -c 4 {}", slice(4)), ("base64 {} | base64 -d", slice(None)),
    ("python3 -c 'import sys; sys.stdout.buffer.write(open(sys.argv[1], \"rb\").read())' {}",
     slice(None)),
], ids=lambda value: value.split("|")[0].strip() if isinstance(value, str) else "")
def test_one_request_one_reply(control, device, clients, command, part):
    """However a program reads."""
    paths.require_program("xxd")
    sent(control)
    assert clients.must(command.format('"$1"'), control.setup / DEVICE) == device[part]
    assert sent(control) == 1


def test_reading_and_writing_names(control, device, clients, shell):
    assert clients.must('cat "$1/80-06-0100-0000-0012"', control.setup, shell=shell) == device
    clients.must('printf "a b" > "$1/40-01-0000-0000"', control.setup, shell=shell)
    assert clients.must('cat "$1/c0-02-0000-0000"', control.setup, shell=shell) == b"a b"
    clients.must('cat "$1/40-01-0000-0000-0000"', control.setup, shell=shell)
    assert control.get(KEPT) == b""
    clients.must('printf "x\\ny\\nz" > "$1/40-01-0000-0000-0005"', control.setup, shell=shell)
    assert control.get(KEPT) == b"x\ny\nz"


def test_errors(control, clients, shell):
    result = clients.sh('cat "$1/c0-77-0000-0000-0001"', control.setup, shell=shell)
    assert result.status != 0 and "Broken pipe" in result.complaint
    result = clients.sh('printf abc > "$1/40-77-0000-0000"', control.setup, shell=shell)
    assert result.status != 0
    result = clients.sh('printf abcd > "$1/40-01-0000-0000-0003"', control.setup, shell=shell)
    assert result.status != 0
    result = clients.sh('echo get_foo > "$1"', control.request, shell=shell)
    assert result.status != 0


def test_too_short_is_told_by_programs_that_look(control, clients):
    for command in ("/usr/bin/printf ab >", "printf ab | cat >", "printf ab | dd status=none of="):
        assert clients.sh(command + '"$1"', control.setup / f"{KEEP}-0003").status != 0
    assert "only 2 were written" in control.said("last_error")


def test_a_dialogue(control, device, clients, shell):
    out = clients.must(
        'exec 3<> "$1"; echo get_descriptor device >&3; read -r a <&3; echo "$a"; '
        'echo 40 1 0 0 2 0a 0d >&3; echo c0 02 0 0 >&3; cat <&3; exec 3>&-', control.request,
        shell=shell)
    assert out.decode().splitlines() == [device.hex(" "), "ok", "0a 0d"]


def test_one_line(control, device, clients, shell):
    assert clients.must('{ echo get_descriptor device >&0; cat; } <> "$1"', control.request,
                        shell=shell).decode() == device.hex(" ") + "\n"


def test_an_error_in_a_dialogue(control, clients, shell):
    out = clients.must('exec 3<> "$1"; echo c0 77 0 0 1 >&3 || echo no; read -r a b c <&3; '
                       'echo "$a $b"; echo get_configuration >&3 && cat <&3', control.request,
                       shell=shell)
    assert out == b"no\nerror EPIPE:\n01\n"


def test_without_a_reply(control, clients, shell):
    clients.must('echo 40 01 0000 0000 0003 61 62 63 > "$1"', control.request, shell=shell)
    assert control.get(KEPT) == b"abc"
    assert b"exec 3<>" in clients.must('cat "$1"', control.request, shell=shell)


def test_in_python(control, device, clients):
    out = clients.must('"$1" -c "$2" "$3"', paths.PYTHON, """
import struct, sys
with open(sys.argv[1] + "/data", "r+b", buffering=0) as data:
    data.write(struct.pack("<BBHHH", 0x80, 6, 0x100, 0, 18))
    print(data.read().hex(" "))
with open(sys.argv[1] + "/request", "r+b", buffering=0) as text:
    text.write(b"get_descriptor device\\nget_configuration")
    print(text.read().decode(), end="")
print(len(open(sys.argv[1] + "/request").read()) > 100)
""", control.dir)
    assert out.decode().splitlines() == [device.hex(" "), device.hex(" "), "01", "True"]


def test_copying_the_tree(control, clients, workdir):
    """Says what cannot be read, and does no harm."""
    sent(control)
    clients.sh('cp -r "$1" "$2"; tar -C "$1" -cf - . | cat > /dev/null', control.dir,
               workdir / "copy", deadline=20)
    assert (workdir / "copy" / "setup" / DEVICE).stat().st_size == 18
    assert "exec 3<>" in (workdir / "copy" / "request").read_text()
    assert sent(control) == 2


# ---- names are not kept ----

@pytest.mark.sim
@pytest.mark.limit(120)
def test_looking_up_names_leaves_nothing_behind(messages):
    """Tens of thousands of them, again and again: what the kernel forgets, the daemon does."""
    device, pid = messages, messages.bus.daemon.pid

    def memory():
        for line in procs.read(f"/proc/{pid}/status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError

    def look_up(kind):
        setup = f"{Control(device).setup}/c0-{kind:02x}"
        for number in range(LOOK_UPS):
            os.stat(f"{setup}-{number >> 16:04x}-{number & 0xffff:04x}")
        most = memory()
        # Its names go with the device, and the kernel forgets them when it notices.
        device.unplug()
        device.plug()
        return most

    first = look_up(1)
    grown = max(look_up(kind) for kind in range(2, 5)) - first
    assert paths.SANITIZED or grown < 2000  # sanitizers keep what has been freed
