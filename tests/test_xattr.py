# SPDX-License-Identifier: MIT
"""Extended attributes: user.* of a device, for as long as it is plugged in."""
import errno
import os
import shutil

import pytest

from harness import paths, procs
from harness.client import attempt

TOTAL = 256 << 10
NOBODY = 65534


def test_set_get_list_remove(loopback):
    device = loopback.dir
    values = {"user.state": b"calibrated", "user.empty": b"", "user.binary": bytes(range(256)),
              "user.caf\xe9 \n%": b"\xff"}
    assert os.listxattr(device) == []
    for name, value in values.items():
        os.setxattr(device, name, value)
    assert os.listxattr(device) == list(values)
    assert {name: os.getxattr(device, name) for name in values} == values
    os.setxattr(device, "user.state", b"x")
    assert os.getxattr(device, "user.state") == b"x"
    os.removexattr(device, "user.empty")
    assert attempt(os.getxattr, device, "user.empty") == errno.ENODATA
    assert attempt(os.removexattr, device, "user.empty") == errno.ENODATA
    assert "user.empty" not in os.listxattr(device)


def test_create_and_replace(loopback):
    device = loopback.dir
    assert attempt(os.setxattr, device, "user.a", b"1", os.XATTR_REPLACE) == errno.ENODATA
    assert os.listxattr(device) == []
    os.setxattr(device, "user.a", b"1", os.XATTR_CREATE)
    assert attempt(os.setxattr, device, "user.a", b"2", os.XATTR_CREATE) == errno.EEXIST
    assert os.getxattr(device, "user.a") == b"1"
    os.setxattr(device, "user.a", b"3", os.XATTR_REPLACE)
    assert os.getxattr(device, "user.a") == b"3"


def test_the_same_by_any_way(loopback):
    """It is the device that has them: links lead there, and so does a descriptor."""
    device = loopback.dir
    os.symlink(f"../{device.name}", loopback.mount / "by-name" / "scope")
    os.setxattr(loopback.mount / "by-name" / "scope", "user.a", b"1")
    fd = os.open(device, os.O_RDONLY)
    try:
        assert os.getxattr(fd, "user.a") == b"1"
        os.setxattr(fd, "user.b", b"2")
    finally:
        os.close(fd)
    assert os.listxattr(device) == ["user.a", "user.b"]
    others = [one for one in loopback.mount.iterdir()
              if (one / "idVendor").exists() and one != device]
    assert not any(os.listxattr(one) for one in others)


GETXATTR = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    n = function(*arguments)
    print(n if n >= 0 else errno.errorcode[ctypes.get_errno()])
path = os.fsencode(sys.argv[1])
buffer = ctypes.create_string_buffer(100)
for size in 0, 1, 4, 5, 100:
    call(libc.getxattr, path, b"user.five", buffer, size)
for size in 0, 1, 9, 10, 100:
    call(libc.listxattr, path, buffer, size)
call(libc.setxattr, path, b"user.five", b"", 0, 3)
call(libc.setxattr, path, b"user.five", b"", 0, 4)
"""


def test_sizes_of_buffers(loopback, clients):
    os.setxattr(loopback.dir, "user.five", b"12345")
    out = clients.python(GETXATTR, loopback.dir).text.split()
    assert out == ["5", "ERANGE", "ERANGE", "5", "5", "10", "ERANGE", "ERANGE", "10", "10",
                   "EEXIST", "EINVAL"]


def test_bounds(loopback):
    device = loopback.dir
    big = os.urandom(65536)
    os.setxattr(device, "user.big", big)
    assert os.getxattr(device, "user.big") == big
    assert attempt(os.setxattr, device, "user.big", big + b"x") == errno.E2BIG
    os.setxattr(device, "user." + "n" * 250, b"")
    assert attempt(os.setxattr, device, "user." + "n" * 251, b"") == errno.ERANGE
    assert attempt(os.setxattr, device, "user.", b"") == errno.EINVAL
    os.removexattr(device, "user." + "n" * 250)
    number = 0
    while not (failed := attempt(os.setxattr, device, f"user.{number}", big)):
        number += 1
    assert (failed, number) == (errno.ENOSPC, TOTAL // len(big) - 2)
    # What was there stays, can be made smaller, and makes room for others.
    assert os.getxattr(device, "user.big") == big
    assert attempt(os.setxattr, device, "user.small", big[:1]) == 0
    os.setxattr(device, "user.big", b"")
    os.setxattr(device, "user.0", big, os.XATTR_REPLACE)
    os.setxattr(device, "user.more", big)


def test_many(loopback):
    """All of them can be listed, however many there can be."""
    device, names = loopback.dir, []
    while not (failed := attempt(os.setxattr, device, f"user.{len(names):099}", b"")):
        names.append(f"user.{len(names):099}")
    assert failed == errno.ENOSPC and len(names) > 500
    assert os.listxattr(device) == names
    os.removexattr(device, names.pop())
    assert os.listxattr(device) == names


def test_a_replugged_device_begins_empty(loopback):
    device = loopback.dir
    os.setxattr(device, "user.a", b"1")
    fd = os.open(device, os.O_RDONLY)
    try:
        loopback.unplug()
        for call in ((os.getxattr, fd, "user.a"), (os.listxattr, fd),
                     (os.setxattr, fd, "user.b", b""), (os.removexattr, fd, "user.a")):
            assert attempt(*call) == errno.ESTALE
        assert attempt(os.getxattr, device, "user.a") == errno.ENOENT
        loopback.plug()
        assert attempt(os.getxattr, fd, "user.a") == errno.ESTALE
    finally:
        os.close(fd)
    assert os.listxattr(loopback.dir) == []
    os.setxattr(loopback.dir, "user.a", b"2", os.XATTR_CREATE)


def test_they_stay_through_use(loopback):
    """Opening and closing the device, and a change of it, are no unplugging."""
    os.setxattr(loopback.dir, "user.a", b"1")
    loopback.inp.ctl.write_text("clear_halt\n")
    procs.eventually(lambda: not loopback.bus.is_open(loopback), 10, "it is closed")
    assert os.getxattr(loopback.dir, "user.a") == b"1"


def test_a_reset_keeps_them(loopback):
    """As long as it comes back as the same."""
    os.setxattr(loopback.dir, "user.a", b"1")
    (loopback.dir / "ctl").write_text("reset\n")
    assert os.getxattr(loopback.dir, "user.a") == b"1"


def test_everywhere_else_there_are_none(loopback):
    mount, device = loopback.mount, loopback.dir
    for path in (mount, mount / "README", mount / "by-id", device / "product", device / "ep00",
                 device / "config1", loopback.inp.dir.parent, loopback.inp.dir,
                 loopback.inp.data, loopback.inp.ctl):
        assert os.listxattr(path) == []
        if os.geteuid() == 0:  # others are told that they may not
            assert attempt(os.setxattr, path, "user.a", b"1") == errno.EOPNOTSUPP, path
            assert attempt(os.getxattr, path, "user.a") == errno.ENODATA, path
            assert attempt(os.removexattr, path, "user.a") == errno.ENODATA, path
    for name in ("trusted.a", "security.a", "system.a", "other.a", "user"):
        assert attempt(os.setxattr, device, name, b"1") in (errno.EOPNOTSUPP, errno.EPERM), name
        assert attempt(os.getxattr, device, name) in (errno.EOPNOTSUPP, errno.ENODATA), name
        assert attempt(os.removexattr, device, name) in (errno.EOPNOTSUPP, errno.EPERM), name


def test_tools_say_nothing(loopback, clients, workdir):
    """Those that look at everything, or take it along."""
    paths.require_program("getfattr")
    device = loopback.dir
    os.setxattr(device, "user.a", b"1")
    commands = ('ls -laR .', 'getfattr -R -d -m - .', 'cp -a descriptors product "$1"', 'stat .',
                'find . -writable', 'test -w . && test -x .')
    for command in commands:
        result = clients.sh(command, workdir, cwd=device)
        assert (result.status, result.err) == (0, b""), (command, result)
    dumped = clients.must("getfattr -R -d .", cwd=device).decode()
    assert dumped.count("# file:") == 1 and 'user.a="1"' in dumped


def test_setfattr_and_getfattr(loopback, clients):
    paths.require_program("setfattr")
    out = clients.must(
        'cd "$1"; setfattr -n user.state -v "half done" . && setfattr -n user.raw -v 0x00ff . &&'
        'getfattr --only-values -n user.state . && echo && getfattr -e hex -n user.raw . &&'
        'setfattr -x user.state . && getfattr -d -m . . && ! getfattr -n user.state . 2>/dev/null',
        loopback.dir).decode()
    assert out.startswith("half done\n")
    assert "user.raw=0x00ff\n" in out and "user.state=" not in out


def test_nothing_else_becomes_possible(loopback):
    """The directory's mode says that it can be written; only its attributes can."""
    device, node = loopback.dir, os.stat(loopback.inp.ctl)
    found = os.stat(device)
    assert (found.st_uid, found.st_gid) == (node.st_uid, node.st_gid)
    assert found.st_mode & 0o222 == node.st_mode & 0o222 and found.st_mode & 0o555 == 0o555
    assert not found.st_mode & 0o7000
    for function, arguments in ((os.mkdir, [device / "new"]), (os.mkfifo, [device / "new"]),
                                (os.remove, [device / "product"]),
                                (os.rename, [device / "product", device / "new"]),
                                (os.open, [device / "new", os.O_CREAT | os.O_WRONLY])):
        assert attempt(function, *arguments) == errno.EPERM, function


@pytest.mark.parametrize("groups,allowed", [(["--clear-groups"], False), (["--groups=0"], True)],
                         ids=["others", "group"])
def test_who_may(loopback, daemon, clients, session_dir, workdir, groups, allowed):
    """Whoever may write to the device's node, which is root's and its group's here."""
    paths.require(os.geteuid() == 0, "root, to become somebody else")
    name = loopback.bus.name
    uri = f"sim:{paths.DEVICES / 'loopback.dev'}" if name == "sim" else name
    device = daemon("--bus", uri, "-o", "allow_other").mount / loopback.dir.name
    procs.eventually(device.exists, 10, "it is there, too")
    session_dir.chmod(0o755)
    workdir.chmod(0o755)
    os.setxattr(device, "user.a", b"1")
    result = clients.run(
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", *groups, paths.PYTHON, "-c",
        "import os, sys\n"
        "print(os.getxattr(sys.argv[1], 'user.a'), os.listxattr(sys.argv[1]))\n"
        "os.setxattr(sys.argv[1], 'user.b', b'2')\n"
        "os.removexattr(sys.argv[1], 'user.a')\n", device)
    assert result.text == "b'1' ['user.a']\n", result
    if allowed:
        assert result.status == 0, result
        assert os.listxattr(device) == ["user.b"]
    else:
        assert "PermissionError: [Errno 13]" in result.complaint
        assert os.listxattr(device) == ["user.a"]


def test_a_mount_that_is_read_only(daemon):
    mount = daemon("--demo", "-o", "ro").mount
    assert attempt(os.setxattr, mount / "1-1", "user.a", b"") == errno.EROFS
    assert os.listxattr(mount / "1-1") == []


@pytest.mark.sim
@pytest.mark.limit(60)
def test_their_memory_is_given_back(bus):
    """At the unplugging, and when they are replaced or removed."""
    device, = bus.mount("loopback")
    pid, big, path = bus.daemon.pid, os.urandom(60000), device.dir

    def fill():
        for number in range(4):
            os.setxattr(path, f"user.{number}", big)
        for number in range(2000):
            os.setxattr(path, "user.small", b"x" * (number % 1000))
        os.removexattr(path, "user.0")

    def again(times):
        for _ in range(times):
            device.plug()
            fill()
            device.unplug()

    device.unplug()
    again(5)
    before = procs.resident_kib(pid)
    again(40)  # ten megabytes
    if not paths.SANITIZED:  # which keep what has been freed
        assert procs.resident_kib(pid) < before + 4096


@pytest.mark.limit(60)
def test_while_it_comes_and_goes(loopback, clients):
    """Each call finds a device, or says that there is none."""
    busy = clients.start_python(
        "n = 0\n"
        "while True:\n"
        "    for call in ((os.setxattr, sys.argv[1], 'user.a', b'1'),\n"
        "                 (os.getxattr, sys.argv[1], 'user.a'),\n"
        "                 (os.listxattr, sys.argv[1]), (os.removexattr, sys.argv[1], 'user.a')):\n"
        "        try: call[0](*call[1:])\n"
        "        except OSError as error:\n"
        "            assert error.errno in (errno.ENOENT, errno.ESTALE, errno.ENODATA), error\n"
        "    n += 1\n"
        "    if n % 100 == 0: print('.', flush=True)\n", loopback.dir, deadline=50)
    for _ in range(paths.rounds(30)):
        loopback.unplug()
        loopback.plug()
    before = len(busy.out)
    procs.eventually(lambda: len(busy.out) > before or not busy.running(), 30, "it goes on")
    assert busy.running(), busy.wait()
    assert shutil.disk_usage(loopback.mount).used == 0
