# SPDX-License-Identifier: MIT
"""What people type, in the shells that they have."""
import os

import pytest

from harness import paths
from harness.endpoint import wait_blocked_reader
from harness.loop import receive, send

SHELLS = ["bash", "dash", "busybox sh"]


@pytest.fixture(params=SHELLS, ids=[shell.split()[0] for shell in SHELLS])
def shell(request):
    paths.require_program(request.param.split()[0])
    return request.param


def test_echo_and_head(loopback, clients, shell):
    assert clients.must('echo hello > "$1"; head -c 6 < "$2"', loopback.out.data,
                        loopback.inp.data, shell=shell) == b"hello\n"


def test_head_twice_keeps_the_rest(loopback, clients, shell):
    """Not with busybox's own head, which reads ahead and throws the rest away."""
    send(loopback, b"abcdefgh")
    head = 'dd bs=4 count=1 status=none if="$1"' if "busybox" in shell else 'head -c 4 "$1"'
    assert clients.must(f'{head}; echo; {head}', loopback.inp.data, shell=shell) == b"abcd\nefgh"


def test_read_a_line_at_a_time(loopback, clients, shell):
    """The shell's read asks for one byte at a time: it must not take what follows the newline."""
    send(loopback, b"first line\nsecond", b" line\nthird\n")
    assert clients.must(
        'exec < "$1"; read -r a; read -r b; read -r c; echo "$c|$b|$a"', loopback.inp.data,
        shell=shell) == b"third|second line|first line\n"


def test_read_on_a_descriptor_opened_anew(loopback, clients, shell):
    send(loopback, b"one\ntwo\n")
    assert clients.must('read -r a < "$1"; read -r b < "$1"; echo "$a $b"', loopback.inp.data,
                        shell=shell) == b"one two\n"


def test_a_conversation(loopback, clients, shell):
    """A request and its answer, in a loop, with both files open."""
    assert clients.must(
        'exec 3> "$1" 4< "$2"; for i in 1 2 3; do echo "ask $i" >&3; read -r got <&4; '
        'echo "got $got"; done', loopback.out.data, loopback.inp.data,
        shell=shell) == b"got ask 1\ngot ask 2\ngot ask 3\n"


def test_no_clobber(loopback, clients, shell):
    """set -C refuses > on any file that exists; >| and >> go."""
    assert clients.sh('set -C; echo a > "$1"', loopback.out.data, shell=shell).status != 0
    clients.must('set -C; echo b >| "$1"; echo c >> "$1"', loopback.out.data, shell=shell)
    assert receive(loopback, 4) == b"b\nc\n"


def test_a_group_of_commands(loopback, clients, shell):
    """One open file, several writers, a flush by each."""
    clients.must('{ /bin/echo a; /bin/echo b; } > "$1"', loopback.out.data, shell=shell)
    assert receive(loopback, 4) == b"a\nb\n"


def test_here_document(loopback, clients, shell):
    clients.must('cat > "$1" <<END\none\ntwo\nEND\n', loopback.out.data, shell=shell)
    assert receive(loopback, 8) == b"one\ntwo\n"


def test_cat_shows_what_comes(loopback, clients):
    """cat is a stream: it does not wait for its buffer to fill."""
    cat = clients.start("cat", loopback.inp.data)
    for text in (b"one ", b"two ", b"three"):
        send(loopback, text)
        cat.wait_output(text)
    assert cat.out == b"one two three"
    assert cat.running()


@pytest.mark.parametrize("size", [1, 7, 64, 512, 4096])
def test_dd_sizes(loopback, clients, size, workdir):
    """Eight blocks: the kernel's loopback gadget waits for a short packet, or for 4096 bytes."""
    text = os.urandom(size * 8)
    (workdir / "in").write_bytes(text)
    reader = clients.start("dd", f"if={loopback.inp.data}", f"bs={size}", "count=8",
                           "iflag=fullblock", "status=none")
    clients.must('dd if="$1" of="$2" bs=$3 status=none', workdir / "in", loopback.out.data, size)
    assert reader.wait().out == text


def test_timeout_command(loopback, clients):
    """timeout(1) ends a reader; what comes later is for the next one."""
    assert clients.sh('timeout 0.2 cat "$1"', loopback.inp.data).status == 124
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


def test_a_reader_in_the_background(loopback, clients):
    """kill %1, wait, and a second reader."""
    client = clients.start_sh(
        'cat "$1" & read -r _; kill %1; wait; echo gone; head -c 2 "$1"', loopback.inp.data,
        stdin=True)
    wait_blocked_reader(loopback.inp)
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    client.wait_output(b"gone\n")
    wait_blocked_reader(loopback.inp)
    send(loopback, b"xy")
    assert client.wait().out == b"gone\nxy"
