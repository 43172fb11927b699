# SPDX-License-Identifier: MIT
"""What programs really do with the data files: how a text becomes transfers, and what becomes of
bytes that a program has read and not used. The sections of usbfuse-tree(5) about programs say in
words what these tests say."""
import shutil
import signal

import pytest

from harness import paths, procs
from harness.endpoint import wait_blocked_reader
from harness.loop import messages, receive, send

SHELLS = ["bash", "dash", "busybox sh"]


@pytest.fixture(params=SHELLS, ids=[shell.split()[0] for shell in SHELLS])
def shell(request):
    paths.require_program(request.param.split()[0])
    return request.param


@pytest.fixture
def hexed(loopback):
    """A loopback that shows its transfers: one a line."""
    loopback.inp.ctl.write_text("framing hex\n")
    return loopback


def the_rest_was_thrown_away(device):
    send(device, b"!")
    return receive(device, 1) == b"!"


# ---- writing ----

def test_a_shell_s_own_printf(hexed, clients, shell):
    """bash writes a line at a time, even within one word; the others write once."""
    clients.must(r'printf "one\ntwo\n" > "$1"', hexed.out.data, shell=shell)
    if shell == "bash":
        assert messages(hexed, 2) == [b"one\n", b"two\n"]
    else:
        assert messages(hexed, 1) == [b"one\ntwo\n"]


def test_coalesce_joins_what_bash_splits(hexed, clients):
    hexed.out.ctl.write_text("coalesce on\n")
    clients.must(r'printf "one\ntwo\n" > "$1"; { echo a; echo b; } > "$1"', hexed.out.data)
    assert messages(hexed, 2) == [b"one\ntwo\n", b"a\nb\n"]


def test_coalesce_ends_with_each_program(hexed, clients, shell):
    """A program that ends closes its copy of the descriptor, which is a flush; and so is the end of
    a redirection to a descriptor of the shell's."""
    hexed.out.ctl.write_text("coalesce on\n")
    clients.must('{ /bin/echo a; /bin/echo b; } > "$1"; exec 3> "$1"; echo c >&3; echo d >&3; '
                 '{ echo e; echo f; } >&3', hexed.out.data, shell=shell)
    assert messages(hexed, 5) == [b"a\n", b"b\n", b"c\n", b"d\n", b"e\nf\n"]


@pytest.mark.parametrize("coalesce", ["off", "on"])
def test_a_flush_before_the_first_write_sends_nothing(hexed, clients, shell, coalesce):
    """A shell's > flushes before anything has been written; with `: >` that is all there is."""
    hexed.out.ctl.write_text(f"coalesce {coalesce}\n")
    clients.must(': > "$1"; echo one > "$1"; > "$1"; echo two >> "$1"', hexed.out.data,
                 shell=shell)
    assert messages(hexed, 2) == [b"one\n", b"two\n"]


def test_append_and_clobber(hexed, clients, shell):
    assert clients.sh('set -C; echo a > "$1"', hexed.out.data, shell=shell).status != 0
    clients.must('set -C; echo b >| "$1"; echo c >> "$1"; exec 3>> "$1"; echo d >&3',
                 hexed.out.data, shell=shell)
    assert messages(hexed, 3) == [b"b\n", b"c\n", b"d\n"]


def test_open_for_both_without_a_pair(loopback, clients, shell):
    for data in (loopback.out.data, loopback.inp.data):
        for snippet in ('exec 3<> "$1"', 'echo x 1<> "$1"'):
            assert clients.sh(snippet, data, shell=shell).status != 0


def test_open_for_both_with_a_pair(loopback, clients, shell):
    loopback.out.ctl.write_text(f"pair {loopback.inp.address:02x}\n")
    assert clients.must('exec 3<> "$1"; echo ask >&3; read -r got <&3; echo "got $got"; '
                        'exec 3>&-; echo more 1<> "$1"; head -c 5 "$1"', loopback.out.data,
                        shell=shell) == b"got ask\nmore\n"


def test_cp_to_an_endpoint(hexed, clients, workdir):
    (workdir / "file").write_bytes(b"copied")
    clients.must('cp "$1" "$2"', workdir / "file", hexed.out.data)
    assert messages(hexed, 1) == [b"copied"]


def test_tee_to_two_endpoints(bus, clients):
    loopback, puppet = bus.mount("loopback", "puppet")
    tee = clients.start_sh('echo both | tee "$1" "$2"', loopback.out.data, puppet.out.data)
    assert bus.take(puppet, puppet.out) == b"both\n"
    assert receive(loopback, 5) == b"both\n"
    assert tee.wait().out == b"both\n"


def test_stdbuf_makes_lines_transfers(hexed, clients):
    """stdio holds back what it writes to a file, so it is written at the end; not with -oL."""
    clients.must('awk "BEGIN { print 1; print 2 }" > "$1"', hexed.out.data)
    assert messages(hexed, 1) == [b"1\n2\n"]
    clients.must('seq 2 > "$1"; stdbuf -oL seq 2 > "$1"', hexed.out.data)
    assert messages(hexed, 3) == [b"1\n2\n", b"1\n", b"2\n"]


def write_to_a_stall(puppet, clients, workdir, command, shell="bash"):
    """The status of a command for whose transfer the device has a stall."""
    (workdir / "file").write_bytes(b"x\n")
    puppet.out.ctl.write_text("coalesce on\n")
    puppet.bus.stall(puppet, puppet.out)
    result = clients.sh(command, puppet.out.data, workdir / "file", shell=shell)
    assert "last_error: EPIPE" in puppet.out.status.read_text()
    return result.status


@pytest.mark.parametrize("command", [
    '/bin/echo x > "$1"', 'cat "$2" > "$1"', 'cp "$2" "$1"', 'dd if="$2" of="$1"',
    'tee "$1" < "$2"'], ids=["echo", "cat", "cp", "dd", "tee"])
def test_programs_hear_what_close_says(puppet, clients, workdir, command):
    assert write_to_a_stall(puppet, clients, workdir, command) != 0


def test_a_shell_s_own_echo_does_not(puppet, clients, workdir, shell):
    """Nobody asks whether the end of a redirection went well. The status file knows."""
    assert write_to_a_stall(puppet, clients, workdir, 'echo x > "$1"', shell) == 0


def test_cat_of_busybox_does_not(puppet, clients, workdir):
    paths.require_program("busybox")
    assert write_to_a_stall(puppet, clients, workdir, 'busybox cat "$2" > "$1"') == 0


def test_a_line_of_hex_that_is_cut_off(hexed, clients):
    hexed.out.ctl.write_text("framing hex\n")
    assert clients.sh('/usr/bin/printf 6 > "$1"', hexed.out.data).status != 0
    assert "ends in the middle of one" in hexed.out.status.read_text()


# ---- lines ----

def test_while_read_over_hex(hexed, clients, shell):
    """A line is a transfer, whatever bytes are in it."""
    send(hexed, b"\x00\n\xff", b"two", b"end")
    assert clients.must(
        'while read -r line; do echo "<$line>"; [ "$line" = "65 6e 64" ] && break; done < "$1"',
        hexed.inp.data, shell=shell) == b"<00 0a ff>\n<74 77 6f>\n<65 6e 64>\n"


def test_hex_both_ways(hexed, clients, shell):
    """Numbers in, numbers out."""
    hexed.out.ctl.write_text("framing hex\n")
    assert clients.must('echo 0102ff > "$1"; read -r line < "$2"; echo "$line"', hexed.out.data,
                        hexed.inp.data, shell=shell) == b"01 02 ff\n"
    assert clients.sh('echo 01 0 > "$1"', hexed.out.data, shell=shell).status != 0


def test_head_takes_a_line_of_hex_and_grumbles(hexed, clients):
    """GNU head wants to go back to the end of the line, which it cannot; but it has not read more
    than a transfer either."""
    send(hexed, b"a", b"b")
    for line in (b"61\n", b"62\n"):
        result = clients.sh('head -n 1 "$1"', hexed.inp.data)
        assert (result.status, result.out) == (0, line)


# ---- a part of what has come ----

@pytest.mark.parametrize("command", [
    'head -c 4 "$1"', 'dd if="$1" bs=4 count=1 status=none', 'sed -u 2q "$1"',
    '{ read -r a; read -r b; printf "%s\\n" "$a" "$b"; } < "$1"',
    'mapfile -n 2 x < "$1"; printf %s "${x[@]}"'], ids=lambda c: c.split()[0])
def test_programs_that_take_what_they_were_asked_for(loopback, clients, command):
    send(loopback, b"1\n2\n3\n4\n")
    assert clients.must(command, loopback.inp.data) == b"1\n2\n"
    assert receive(loopback, 4) == b"3\n4\n"


def test_od_takes_what_it_was_asked_for(loopback, clients):
    send(loopback, b"abcd")
    assert clients.must('od -An -tx1 -N 2 "$1"', loopback.inp.data) == b" 61 62\n"
    assert receive(loopback, 2) == b"cd"


@pytest.mark.parametrize("command", [
    'head -n 2 "$1"', 'sed 2q "$1"', 'xxd -r -p <(xxd -p -l 4 "$1")', 'busybox head -c 4 "$1"',
    'grep -m 2 . "$1"'], ids=["head", "sed", "xxd", "busybox", "grep"])
def test_programs_that_take_more(loopback, clients, command):
    """They read a block and use a part of it: the rest has gone with them."""
    paths.require_program("xxd")
    paths.require_program("busybox")
    send(loopback, b"1\n2\n3\n4\n")
    assert clients.sh(command, loopback.inp.data).out == b"1\n2\n"
    assert the_rest_was_thrown_away(loopback)


def test_dd_counts_reads(loopback, clients):
    """Without iflag=fullblock a block is one read, and that is one transfer at most."""
    send(loopback, b"ab", b"cd", b"ef", b"gh")
    assert clients.must('dd if="$1" bs=4 count=2 status=none', loopback.inp.data) == b"abcd"
    assert clients.must('dd if="$1" bs=4 count=1 iflag=fullblock status=none',
                        loopback.inp.data) == b"efgh"


def test_looking_on_with_xxd(loopback, clients):
    """A line of its output is there when its bytes are, if stdio does not hold it back."""
    viewer = clients.start_sh('stdbuf -oL xxd -c 4 "$1"', loopback.inp.data)
    for text, line in ((b"abcd", b"00000000: 6162 6364  abcd\n"), (b"e", b""),
                       (b"fgh", b"00000004: 6566 6768  efgh\n")):
        send(loopback, text)
        viewer.wait_output(line)
    assert viewer.running()


# ---- who stops reading ----

def test_cat_into_head(loopback, clients):
    """head ends, and cat does not know before it writes again: what it has read by then is lost."""
    pipe = clients.start_sh('cat "$1" | { head -c 3; exec <&-; echo " done"; }; '
                            'echo "${PIPESTATUS[0]}"', loopback.inp.data)
    send(loopback, b"abcdef")
    pipe.wait_output(b"abc done\n")
    wait_blocked_reader(loopback.inp)
    send(loopback, b"ghi")
    assert pipe.wait().out == b"abc done\n%d\n" % (128 + signal.SIGPIPE)
    send(loopback, b"jkl")
    assert receive(loopback, 3) == b"jkl"


def test_cat_into_a_file_until_it_is_killed(loopback, clients, workdir):
    """What it has read is in the file; what comes later is for the next reader."""
    log = workdir / "log"
    send(loopback, b"before")
    logger = clients.start_sh('cat "$1" > "$2" & read -r _; kill $!; wait $!; echo $?',
                              loopback.inp.data, log, stdin=True)
    procs.eventually(lambda: log.exists() and log.read_bytes() == b"before", 10, "it is logged")
    wait_blocked_reader(loopback.inp)
    logger.process.stdin.write(b"\n")
    logger.process.stdin.flush()
    assert logger.wait().out == b"%d\n" % (128 + signal.SIGTERM)
    send(loopback, b"after")
    assert receive(loopback, 5) == b"after"
    assert log.read_bytes() == b"before"


def test_timeout_cat(loopback, clients):
    send(loopback, b"abc")
    result = clients.sh('timeout 0.5 cat "$1"', loopback.inp.data)
    assert (result.status, result.out) == (124, b"abc")


def test_tail_f_looks_for_an_end(loopback, clients):
    """It shows nothing before it has found one, and takes along what has come."""
    tail = clients.start("tail", "-f", loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    send(loopback, b"never seen\n")
    procs.eventually(lambda: loopback.inp.count("bytes") == 11
                     and loopback.inp.count("buffered") == 0, 10, "tail has read it")
    tail.signal(signal.SIGTERM)
    assert tail.wait().out == b""
    assert the_rest_was_thrown_away(loopback)


# ---- not waiting for ever ----

def test_read_t_of_bash_means_nothing(loopback, clients):
    """For bash the data file is a regular file, on which nobody ever waits."""
    reader = clients.start_sh('read -r -t 0.1 x < "$1"; echo "$? $x"', loopback.inp.data)
    wait_blocked_reader(loopback.inp)
    assert clients.sh('timeout 0.5 cat "$1"', loopback.inp.data).status == 124
    assert reader.running()
    send(loopback, b"late\n")
    assert reader.wait().out == b"0 late\n"


def test_read_t_of_busybox(loopback, clients):
    """busybox asks poll first, and so `timeout` does not end its waiting, but -t does."""
    paths.require_program("busybox")
    loopback.inp.ctl.write_text("timeout 10\n")
    assert clients.must('read -r -t 1 x < "$1"; echo "$?"', loopback.inp.data,
                        shell="busybox sh") == b"1\n"
    send(loopback, b"late\n")
    assert clients.must('read -r -t 1 x < "$1"; echo "$? $x"', loopback.inp.data,
                        shell="busybox sh") == b"0 late\n"


@pytest.mark.parametrize("snippet", [
    'read -r x < "$1"', 'head -c 1 "$1"', 'cat "$1"', 'dd if="$1" count=1', 'xxd -l 4 "$1"'],
    ids=lambda snippet: snippet.split()[0])
def test_the_knob_timeout(loopback, clients, snippet):
    """Whoever calls read(2) gets ETIMEDOUT, and nothing is lost."""
    loopback.inp.ctl.write_text("timeout 100\n")
    result = clients.sh(snippet, loopback.inp.data)
    assert result.status != 0 and "timed out" in result.complaint, result
    send(loopback, b"late\n")
    assert receive(loopback, 5) == b"late\n"


# ---- other languages ----

def test_python_buffered(loopback, clients):
    """A buffered file waits for all that was asked for, reads more, and takes that along."""
    send(loopback, b"abcd", b"efgh")
    assert clients.python("print(open(sys.argv[1], 'rb').read(6))",
                          loopback.inp.data).out == b"b'abcdef'\n"
    assert the_rest_was_thrown_away(loopback)


def test_python_unbuffered(loopback, clients):
    """A read is a read(2): at most a transfer, and the rest stays."""
    send(loopback, b"abcd", b"efgh")
    assert clients.python(
        "f = open(sys.argv[1], 'rb', buffering=0); print(f.read(2), f.read(100), f.read(3))",
        loopback.inp.data).out == b"b'ab' b'cd' b'efg'\n"
    assert receive(loopback, 1) == b"h"


def test_python_writes_at_flush(hexed, clients):
    clients.python("f = open(sys.argv[1], 'wb')\n"
                   "f.write(b'a'); f.write(b'b'); f.flush(); f.write(b'c')", hexed.out.data)
    assert messages(hexed, 2) == [b"ab", b"c"]
    clients.python("f = open(sys.argv[1], 'wb', buffering=0)\n"
                   "f.write(b'a'); f.write(b'b')", hexed.out.data)
    assert messages(hexed, 2) == [b"a", b"b"]


def test_asyncio_add_reader(loopback, clients):
    client = clients.start_python(
        "import asyncio\n"
        "fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)\n"
        "async def main():\n"
        "    loop, queue = asyncio.get_running_loop(), asyncio.Queue()\n"
        "    loop.add_reader(fd, lambda: queue.put_nowait(os.read(fd, 100)))\n"
        "    for _ in range(2): print(await queue.get(), flush=True)\n"
        "asyncio.run(main())", loopback.inp.data)
    send(loopback, b"one")
    client.wait_output(b"b'one'\n")
    send(loopback, b"two")
    assert client.wait().out == b"b'one'\nb'two'\n"


NODE = """
const fs = require("fs"), [out, inp] = process.argv.slice(1), b = Buffer.alloc(64);
const fd = fs.openSync(inp, "r");
fs.writeFileSync(out, "sync");
console.log(b.toString("utf8", 0, fs.readSync(fd, b)));
try { fs.readSync(fd, b, 0, 64, 0); } catch (e) { console.log(e.code); }
const stream = fs.createReadStream(inp);
stream.on("data", (data) => { console.log(String(data)); process.exit(); });
fs.createWriteStream(out).write("stream");
"""


@pytest.mark.limit(60)
def test_node(loopback, clients):
    """Positions make no sense; streams and readSync without one do."""
    node = shutil.which("node")
    if not node:
        pytest.skip("needs the program node")
    result = clients.start(node, "-e", NODE, loopback.out.data, loopback.inp.data,
                           deadline=20).wait()
    assert result.out == b"sync\nESPIPE\nstream\n", result
