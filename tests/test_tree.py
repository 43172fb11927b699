# SPDX-License-Identifier: MIT
"""The tree as find, ls, grep and tar see it. Looking never opens a device."""
import errno
import os
import stat

import pytest

from harness import paths, tree
from harness.client import attempt


def everything(top):
    """Every path below TOP, TOP itself left out, links not followed."""
    for directory, names, files in os.walk(top):
        for name in names + files:
            yield os.path.join(directory, name)


def test_find_exec_cat(loopback, clients):
    """What everyone tries first."""
    out = clients.must("find \"$1\" -type f -name 'b*' -exec cat {} +", loopback.mount)
    assert out.count(b"\n") > 10


def test_sysfs_names_are_there(loopback):
    device = {"idVendor", "idProduct", "bcdDevice", "bDeviceClass", "manufacturer", "product",
              "serial", "speed", "busnum", "devnum", "devpath", "version", "bMaxPacketSize0",
              "bNumConfigurations", "descriptors", "bConfigurationValue", "ctl", "status"}
    assert device <= set(os.listdir(loopback.dir))
    interface = loopback.inp.dir.parent
    assert {"bInterfaceNumber", "bInterfaceClass", "bAlternateSetting", "driver",
            "altsettings"} <= set(os.listdir(interface))
    assert {"data", "ctl", "status", "bEndpointAddress", "bmAttributes", "bInterval",
            "wMaxPacketSize", "type", "direction", "interval"} <= set(os.listdir(loopback.inp.dir))
    config = interface.parent
    assert {"bConfigurationValue", "bmAttributes", "bMaxPower"} <= set(os.listdir(config))


def test_modes(loopback):
    def mode(path):
        return stat.S_IMODE(os.stat(path).st_mode)

    assert mode(loopback.inp.data) == 0o440
    assert mode(loopback.out.data) == 0o220
    for path in everything(loopback.dir):
        found = os.lstat(path)
        if stat.S_ISDIR(found.st_mode):
            assert mode(path) in (0o555, 0o755), path
        elif tree.sends(path):
            assert mode(path) == 0o440, path
        elif os.path.basename(path) not in ("data", "ctl", "driver", "request"):
            assert mode(path) & 0o444 == 0o444, path
        assert not mode(path) & 0o7000, path


def test_sizes_are_those_of_the_contents(loopback):
    """Programs trust them: tar, wc -c, mmap. What changes all the time says 0, as in /proc."""
    checked = 0
    for path in everything(loopback.dir):
        if (os.path.basename(path) not in ("data", "ctl", "status", "request")
                and not tree.sends(path) and os.path.isfile(path)):
            before = os.stat(path).st_size
            with open(path, "rb") as file:
                size = len(file.read())
            # Between the three, urbnum and times may have got a digit more.
            assert before <= size <= os.stat(path).st_size, path
            checked += 1
    assert checked > 30


def test_wc_and_cp_and_cmp(loopback, clients, workdir):
    path = loopback.dir / "descriptors"
    assert int(clients.must('wc -c < "$1"', path)) == len(path.read_bytes())
    clients.must('cp "$1" "$2" && cmp "$1" "$2"', path, workdir / "copy")


def test_inode_numbers_are_unique(loopback):
    numbers = {}
    for path in everything(loopback.mount):
        found = os.lstat(path)
        assert numbers.setdefault(found.st_ino, path) == path
    for directory, _, _ in os.walk(loopback.mount):
        for entry in os.scandir(directory):
            assert entry.inode() == entry.stat(follow_symlinks=False).st_ino, entry.path


def test_links_count_directories(loopback):
    """find -noleaf and old tools rely on it: two, and one for every subdirectory."""
    for directory, names, _ in os.walk(loopback.dir):
        if os.stat(directory).st_nlink != 1:
            assert os.stat(directory).st_nlink == 2 + len(names), directory


def test_names_that_are_not_there(loopback):
    for name in ("nothing", "1-99", "." * 300, "configx", "README/x"):
        with pytest.raises(OSError):
            os.stat(loopback.mount / name)


def test_nothing_can_be_made_or_removed(loopback):
    for function, arguments in (
            (os.mkdir, [loopback.dir / "new"]),
            (os.remove, [loopback.dir / "idVendor"]),
            (os.rename, [loopback.dir / "idVendor", loopback.dir / "other"]),
            (os.symlink, ["x", loopback.dir / "link"]),
            (os.link, [loopback.dir / "idVendor", loopback.dir / "link"]),
            (os.rmdir, [loopback.dir]),
            (os.open, [loopback.dir / "idVendor", os.O_WRONLY]),
            (os.open, [loopback.dir / "new", os.O_WRONLY | os.O_CREAT])):
        assert attempt(function, *arguments) in (errno.EPERM, errno.EACCES), function


def test_df_and_stat_f(loopback, clients):
    assert b"usbfuse" in clients.must('df "$1"; stat -f "$1"', loopback.mount)


def test_readme_is_a_page(loopback):
    text = (loopback.mount / "README").read_text()
    assert 10 < text.count("\n") < 80
    assert "cat" in text and "echo" in text


@pytest.mark.sim
@pytest.mark.parametrize("command", [
    'ls -lR "$1"',
    'find "$1" -ls',
    'grep -r --exclude=data --exclude=events --exclude-dir=setup . "$1"',
    'tar -C "$1" --exclude=data --exclude=events --exclude=setup -cf - . | cat',
    'find "$1" -type f ! -name data ! -name events ! -path "*/setup/*" -exec head -c 100 {} +',
    'find "$1" -exec test -r {} \\; -exec test -w {} \\;',
    'for f in $(find "$1" -name data); do : < "$f" || : > "$f"; done 2>/dev/null; true',
], ids=["ls", "find", "grep", "tar", "head", "test", "open"])
def test_looking_never_opens_the_device(loopback, clients, command):
    clients.must(command + " > /dev/null", loopback.mount)
    assert loopback.bus.times_opened(loopback) == 0


@pytest.mark.sim
def test_io_opens_the_device(loopback, clients):
    """The test above can fail."""
    clients.must('echo hello > "$1"', loopback.out.data)
    assert loopback.bus.times_opened(loopback) == 1


@pytest.mark.sim
@pytest.mark.parametrize("expected", sorted((paths.REPO / "tests" / "golden").glob("*.tree")),
                         ids=lambda path: path.stem)
def test_golden(expected, bus, request):
    """The tree of a described device, as a text that reviewers see change. To add another one,
    make an empty NAME.tree; to accept what has changed, run with --update-golden, and look."""
    found = tree.listing(bus.mount_file(paths.DEVICES / f"{expected.stem}.dev"))
    if request.config.getoption("update_golden"):
        expected.write_text(found)
    assert found == expected.read_text()
