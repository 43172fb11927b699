# SPDX-License-Identifier: MIT
"""Least privilege: what the daemon has given up by the time it is mounted, and that everything for
which it would have been of use works without. The suite itself is the rest of the latter: every
daemon of every test is confined, and says so when a system call is refused."""
import errno
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from harness import daemon as daemons, mounts, paths, procs, usb_bus
from harness.client import attempt
from harness.events import Listener
from harness.loop import receive, send

NOBODY = 65534
DAC_OVERRIDE, SYS_ADMIN = 1 << 1, 1 << 21
LOOPBACK = f"sim:{paths.DEVICES / 'loopback.dev'}"


def capabilities(pid, tid=None):
    return {name: int(procs.field(pid, f"Cap{name}", tid), 16)
            for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


def confined(pid, kept, tids=None):
    """Every thread of it has nothing but the capabilities KEPT, and never gets anything else."""
    mine = capabilities(os.getpid())
    kept &= mine["Eff"]
    bound = 0 if os.stat(f"/proc/{pid}").st_uid == 0 else mine["Bnd"]
    for tid in tids or procs.threads(pid):
        assert capabilities(pid, tid) == {
            "Inh": 0, "Prm": kept, "Eff": kept, "Bnd": bound, "Amb": 0}, tid
        assert procs.field(pid, "NoNewPrivs", tid) == "1"
        assert procs.field(pid, "Seccomp", tid) == ("0" if paths.SANITIZED else "2")
    return True


def confinement(mount):
    return re.search(r"^confinement: (.*)$", (mount / "status").read_text(), re.M).group(1)


def unmounter_of(pid):
    """The process that will unmount for that daemon."""
    def find():
        children = procs.read(f"/proc/{pid}/task/{pid}/children").split()
        return [int(child) for child in children  # one may be fusermount3, which just mounts
                if procs.read(f"/proc/{child}/cmdline").startswith("usbfuse: unmounts ")]
    return procs.eventually(find, 5, "there is the process that unmounts")[0]


# ---- what is given up ----

def test_every_thread(loopback):
    """Also those that were started later."""
    pid = loopback.bus.daemon.pid
    with Listener(loopback.mount):
        send(loopback, b"abc")
        assert receive(loopback, 3) == b"abc"
        assert len(procs.threads(pid)) >= 3  # main, the bus's, the device's
        kept = DAC_OVERRIDE if os.geteuid() == 0 else 0
        assert confined(pid, kept)


def test_status(loopback):
    caps, nnp, landlock, seccomp = confinement(loopback.mount).split(", ")
    assert caps == ("caps dac_override" if os.geteuid() == 0 else "caps none")
    assert nnp == "no_new_privs"
    assert re.fullmatch(r"landlock \d+|no landlock: this kernel has none", landlock)
    assert seccomp == ("no seccomp: there is a sanitizer" if paths.SANITIZED else "seccomp")
    if paths.IN_VM:
        assert landlock != "no landlock: this kernel has none"


@pytest.mark.skipif(paths.SANITIZED, reason="a sanitizer may read everything")
def test_what_a_hijacked_daemon_can_open(loopback, session_dir):
    """Asked of the daemon itself, by a debugger that makes it call open()."""
    paths.require_program("gdb")
    if "no landlock" in confinement(loopback.mount):
        pytest.skip("this kernel has no Landlock")
    prey = session_dir / "prey"
    prey.touch()
    calls = [("/dev/null", os.O_WRONLY), (prey, os.O_WRONLY), ("/etc/passwd", os.O_RDONLY),
             ("/proc/self/mem", os.O_WRONLY)]
    commands = [word for path, flags in calls for word in
                ("-ex", f'print (int)open("{path}", {flags}) >= 0')]
    done = subprocess.run(
        ["gdb", "-p", str(loopback.bus.daemon.pid), "-batch", "-nx", *commands],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    prey.unlink()
    assert re.findall(r"^\$\d+ = (\d)$", done.stdout, re.M) == ["1", "0", "0", "0"], done


def test_turned_off(daemon):
    one = daemon("--demo", "-o", "confine=none")
    assert confinement(one.mount) == "all caps, not no_new_privs, no landlock, no seccomp"
    assert capabilities(one.pid) == capabilities(os.getpid())
    for pid in (one.pid, unmounter_of(one.pid)):
        assert procs.field(pid, "NoNewPrivs") == procs.field(os.getpid(), "NoNewPrivs")
        assert procs.field(pid, "Seccomp") == procs.field(os.getpid(), "Seccomp")


def test_one_part(daemon):
    one = daemon("--demo", "-o", "confine=caps")
    assert confinement(one.mount).endswith(", not no_new_privs, no landlock, no seccomp")
    assert capabilities(one.pid)["Bnd"] == 0 or os.geteuid() != 0


def test_a_wrong_part(workdir):
    (workdir / "mnt").mkdir()
    status, _, err = daemons.oneshot("--demo", "-o", "confine=everything", workdir / "mnt")
    assert status == 1 and "'everything'" in err and "landlock" in err and err.count("\n") == 1


# ---- unmounting ----

def test_the_unmounter(loopback):
    """It has nothing open but its end of a socket, and can do nothing else."""
    pid = unmounter_of(loopback.bus.daemon.pid)
    title = procs.read(f"/proc/{pid}/cmdline").strip("\0")
    assert title == f"usbfuse: unmounts {loopback.mount}"
    opened = procs.opened(pid)
    assert opened[:3] == ["/dev/null"] * 3 and len(opened) == 4 and "socket" in opened[3]
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    if os.geteuid() == 0:
        assert confined(pid, SYS_ADMIN, [pid])  # TSan starts a thread of its own


def test_the_unmounter_leaves_signals_to_the_daemon(loopback):
    pid = unmounter_of(loopback.bus.daemon.pid)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, sig)
    assert unmounter_of(loopback.bus.daemon.pid) == pid
    loopback.bus.daemon.process.send_signal(signal.SIGINT)
    assert procs.reap(loopback.bus.daemon.process, 5) == 0
    assert not mounts.mounted(loopback.mount)
    assert procs.wait_exit(pid, 5)


def test_the_unmounter_ends_with_a_daemon_that_is_killed(loopback):
    """… and leaves the mount, so that nobody works in the directory below."""
    daemon = loopback.bus.daemon
    pid = unmounter_of(daemon.pid)
    os.kill(daemon.pid, signal.SIGKILL)
    assert procs.wait_exit(pid, 5)
    assert mounts.mounted(daemon.mount)
    assert attempt(os.listdir, daemon.mount) in (errno.ENOTCONN, errno.ECONNABORTED)
    daemon.abandon()


def test_without_the_unmounter(daemon):
    """Somebody has killed it. The daemon ends all the same, and says what is left."""
    one = daemon("--demo", allow=["cannot unmount"])
    os.kill(unmounter_of(one.pid), signal.SIGKILL)
    one.process.terminate()
    assert procs.reap(one.process, 5) == 0
    assert f"error: cannot unmount {one.mount}: " in one.text()
    mounts.abort(one.mount)


# ---- of a user ----

@pytest.fixture
def user(session_dir, workdir, watchdog):
    """user(arguments…): a daemon of somebody's who has no rights at all."""
    paths.require_daemon()
    paths.require(os.geteuid() == 0, "root, to become somebody else")
    fusermount = paths.require_program("fusermount3")
    paths.require(os.stat(fusermount).st_mode & stat.S_ISUID, "fusermount3's set-user-ID bit")
    session_dir.chmod(0o755)
    workdir.chmod(0o755)
    program = workdir / "usbfuse"
    shutil.copy(paths.USBFUSE, program)
    program.chmod(0o755)
    started = []

    def start(*arguments):
        one = daemons.Daemon(workdir, f"-user{len(started)}", watchdog, arguments, binary=program)
        for directory in (one.mount, one.journal):
            directory.mkdir(mode=0o700, exist_ok=True)
            os.chown(directory, NOBODY, NOBODY)
        one.command[:0] = as_nobody()
        started.append(one)
        return one.start()

    yield start
    wrong = [line for one in started for line in one.stop()]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def as_nobody(*command):
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def run_as_nobody(script, *arguments):
    return subprocess.run(as_nobody("sh", "-c", script, "sh", *map(str, arguments)),
                          capture_output=True, text=True, timeout=20, check=False)


def test_a_users_daemon(user):
    one = user("--bus", LOOPBACK)
    done = run_as_nobody('cat "$1"/status && cd "$1"/1-1/config1/interface0 && '
                         'echo hello > ep02/data && head -c 6 ep81/data', one.mount)
    assert done.returncode == 0 and done.stdout.endswith("\nhello\n"), done
    assert "confinement: caps none, no_new_privs, " in done.stdout
    assert confined(one.pid, 0)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP], ids=lambda sig: sig.name)
def test_a_users_daemon_unmounts(user, sig):
    """By fusermount3, whose set-user-ID bit it cannot use itself any more."""
    one = user("--bus", LOOPBACK)
    unmounter = unmounter_of(one.pid)
    one.process.send_signal(sig)
    assert procs.reap(one.process, 5) == 0
    assert not mounts.mounted(one.mount)
    assert procs.wait_exit(unmounter, 5)


def test_a_user_unmounts(user):
    one = user("--bus", LOOPBACK)
    assert run_as_nobody('fusermount3 -u "$1"', one.mount).returncode == 0
    assert procs.reap(one.process, 5) == 0


def test_a_user_starts_again_after_a_crash(user):
    one = user("--bus", LOOPBACK)
    one.kill()
    assert mounts.mounted(one.mount)
    done = run_as_nobody('"$1" --demo "$2" && cat "$2"/status && fusermount3 -u "$2"',
                         one.command[len(as_nobody())], one.mount)
    assert done.returncode == 0 and "confinement: caps none" in done.stdout, done
    assert not mounts.mounted(one.mount)
    one.abandon()


# ---- of devices ----

def node_of(name):
    sysfs = Path("/sys/bus/usb/devices") / name
    bus, number = (int((sysfs / part).read_text()) for part in ("busnum", "devnum"))
    return Path(f"/dev/bus/usb/{bus:03}/{number:03}")


@pytest.fixture
def given_away(loopback):
    """The device, whose node is somebody else's, and nobody else may use it."""
    node = node_of(loopback.dir.name)
    os.chown(node, NOBODY, NOBODY)
    node.chmod(0o600)
    return loopback


@pytest.mark.usb
def test_roots_daemon_opens_what_belongs_to_others(given_away):
    """The one capability that is kept is for this."""
    send(given_away, b"abc")
    assert receive(given_away, 3) == b"abc"


@pytest.mark.usb
def test_roots_daemon_without_that_capability(loopback):
    """… and without it the nodes of root's own can still be opened: uid 0 is enough."""
    node = node_of(loopback.dir.name)
    assert os.stat(node).st_uid == 0 and not os.stat(node).st_mode & stat.S_IWOTH
    send(loopback, b"abc")
    assert receive(loopback, 3) == b"abc"


@pytest.fixture
def given_by_rule(hardware):
    """A rule of udev's gives nobody the loopback device."""
    rule = Path("/run/udev/rules.d/60-usbfuse-test.rules")
    rule.parent.mkdir(exist_ok=True)
    rule.write_text(f'SUBSYSTEM=="usb", OWNER="{NOBODY}", MODE="0600"\n')
    hardware.callback(subprocess.run, ["udevadm", "control", "--reload"], check=True, timeout=20)
    hardware.callback(rule.unlink)
    subprocess.run(["udevadm", "control", "--reload"], check=True, timeout=20)


@pytest.mark.usb
def test_a_user_and_a_device_that_comes_later(given_by_rule, user, hardware):
    """Nothing is left but the node's own permissions."""
    one = user("--bus", "usb")
    name = usb_bus.sysfs_name(usb_bus.plugged("loopback", hardware))
    procs.eventually(lambda: os.stat(node_of(name)).st_uid == NOBODY, 20, "udev gives it away")
    found = procs.eventually(
        lambda: run_as_nobody('ls -d "$1"/"$2"/config1/interface0', one.mount, name).stdout.strip(),
        20, "the device appears")
    done = run_as_nobody('cd "$1" && echo hello > "$(echo ep0*)"/data && '
                         'head -c 6 "$(echo ep8*)"/data', found)
    assert done.stdout == "hello\n", done


# ---- service managers ----

@pytest.fixture(params=["path", "abstract"])
def manager(request, workdir, monkeypatch):
    """Who wants to be told: a socket."""
    name = str(workdir / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(name if request.param == "path" else "\0" + name)
        sock.settimeout(10 * paths.PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", name if request.param == "path" else "@" + name)
        yield sock


def test_the_service_manager_is_told(manager, daemon):
    one = daemon("--demo")
    assert manager.recv(100) == b"READY=1"
    one.process.terminate()
    assert procs.reap(one.process, 5) == 0
    assert manager.recv(100) == b"STOPPING=1"
