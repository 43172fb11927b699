# SPDX-License-Identifier: MIT
"""by-id, by-serial, by-class, and by-name with the user's own names."""
import errno
import os

import pytest

from harness import paths, procs
from harness.client import attempt
from harness.daemon import oneshot


def names(directory):
    return sorted(os.listdir(directory))


def text(path):
    return path.read_text().strip()


def ids(device):
    return f"{text(device.dir / 'idVendor')}:{text(device.dir / 'idProduct')}"


def test_links_lead_to_the_device(loopback):
    mount, directory = loopback.mount, loopback.dir
    serial = text(directory / "serial")
    for link in (mount / "by-id" / ids(loopback),
                 mount / "by-serial" / f"{ids(loopback)}:{serial}"):
        assert link.is_symlink() and os.readlink(link) == f"../{directory.name}"
        assert text(link / "serial") == serial
        assert os.lstat(link).st_size == len(os.readlink(link))


def test_links_lead_to_interfaces(loopback):
    interface = loopback.inp.dir.parent
    triple = "-".join(text(interface / f"bInterface{part}")
                      for part in ("Class", "SubClass", "Protocol"))
    number = int(text(interface / "bInterfaceNumber"), 16)
    link = loopback.mount / "by-class" / triple / f"{loopback.dir.name}:1.{number}"
    config = interface.parent.name
    assert os.readlink(link) == f"../../{loopback.dir.name}/{config}/{interface.name}"
    assert link.resolve() == interface.resolve()


def test_every_link_leads_somewhere(keyboard):
    found = 0
    for directory in keyboard.mount.glob("by-*"):
        for top, dirs, files in os.walk(directory):
            for name in dirs + files:
                path = os.path.join(top, name)
                assert os.path.isdir(path), path
                found += os.path.islink(path)
    assert found >= 2


def test_they_come_and_go(loopback):
    link = loopback.mount / "by-id" / ids(loopback)
    before = os.lstat(link).st_ino
    loopback.unplug()
    assert not os.path.lexists(link)
    loopback.plug()
    assert os.lstat(link).st_ino != before


def test_nothing_can_be_made_beside_aliases(loopback):
    for directory in ("by-id", "by-serial", "by-class", ""):
        at = loopback.mount / directory
        assert attempt(os.symlink, "../" + loopback.dir.name, at / "new") in (errno.EPERM,
                                                                              errno.EACCES)
    link = loopback.mount / "by-id" / ids(loopback)
    assert attempt(os.unlink, link) in (errno.EPERM, errno.EACCES)
    assert attempt(os.rename, link, loopback.mount / "by-name" / "x") in (errno.EPERM,
                                                                          errno.EACCES)


@pytest.mark.sim
def test_twins(bus, workdir):
    description = workdir / "twins.dev"
    description.write_text("".join(
        f'device {name}\n\tport 1-{port}\n\tid 1234:5678\n\tserial "{serial}"\n'
        f'\tconfig 1\n\t\tinterface 0 class 03 01 02\n'
        for name, port, serial in (("a", 1, "0001"), ("b", 2, "0001"), ("c", 3, "x y/~z"))))
    mount = bus.mount_file(description)
    assert names(mount / "by-id") == ["1234:5678", "1234:5678~1-2", "1234:5678~1-3"]
    assert names(mount / "by-serial") == ["1234:5678:0001", "1234:5678:0001~1-2",
                                          "1234:5678:x%20y%2f%7ez"]
    assert names(mount / "by-class" / "03-01-02") == ["1-1:1.0", "1-2:1.0", "1-3:1.0"]
    bus.control.unplug("a")
    procs.eventually(lambda: not (mount / "1-1").exists(), 10, "it goes")
    assert names(mount / "by-id") == ["1234:5678~1-2", "1234:5678~1-3"]
    bus.control.plug("a")
    procs.eventually((mount / "1-1").exists, 10, "it comes back")
    assert os.readlink(mount / "by-id" / "1234:5678") == "../1-1"
    # A number that two share identifies neither.
    os.symlink("../1-2", mount / "by-name" / "second")
    assert os.readlink(mount / "by-name" / "second") == "../1-2"


# ---- aliases ----

def test_ln_mv_and_rm(loopback, clients):
    directory, name = loopback.mount / "by-name", loopback.dir.name
    assert names(directory) == []
    clients.must('cd "$1" && ln -s "../$2" scope && mv scope "my scope"', directory, name)
    assert names(directory) == ["my scope"]
    assert os.readlink(directory / "my scope") == f"../{name}"
    assert text(directory / "my scope" / "product") == text(loopback.dir / "product")
    clients.must('cd "$1" && ln -s "../$2" other && ln -sfn "../$2" other && '
                 'mv -T other "my scope"', directory, name)
    assert names(directory) == ["my scope"]
    assert attempt(os.symlink, f"../{name}", directory / "my scope") == errno.EEXIST
    clients.must('rm "$1"', directory / "my scope")
    assert names(directory) == []


def test_what_an_alias_may_lead_to(loopback):
    mount, name = loopback.mount, loopback.dir.name
    good = [f"../{name}", f"../{name}/", name, str(mount / name), f"../by-id/{ids(loopback)}",
            f"/sys/bus/usb/devices/{name}", f"../{name}/config1/..", "first"]
    os.symlink(f"../{name}", mount / "by-name" / "first")
    for number, target in enumerate(good):
        link = mount / "by-name" / str(number)
        os.symlink(target, link)
        assert os.readlink(link) == f"../{name}"
    for target, error in (("../99-99", errno.ENOENT), ("..", errno.EINVAL),
                          (f"../{name}/config1", errno.EINVAL), ("../README", errno.EINVAL),
                          ("/etc/passwd", errno.ENOENT), (f"../{name}/product/x", errno.ENOTDIR)):
        found = attempt(os.symlink, target, mount / "by-name" / "bad")
        assert found in (error, errno.ENOENT), (target, found)
    assert attempt(os.symlink, name, mount / "by-name" / ("x" * 256)) == errno.ENAMETOOLONG
    assert "bad" not in names(mount / "by-name")


def test_an_alias_comes_back_with_its_device(loopback):
    link = loopback.mount / "by-name" / "scope"
    os.symlink(f"../{loopback.dir.name}", link)
    loopback.unplug()
    assert names(link.parent) == [] and not os.path.lexists(link)
    assert "alias away: scope\n" in (loopback.mount / "status").read_text()
    loopback.plug()
    assert names(link.parent) == ["scope"]
    assert link.resolve() == loopback.dir.resolve()
    assert "alias away" not in (loopback.mount / "status").read_text()


TWO_PLACES = "device {}\n\tport 1-{}\n\tid 1234:5678\n\t{}\n\tconfig 1\n\t\tinterface 0\n"


@pytest.mark.sim
def test_by_serial_if_there_is_one(bus, workdir):
    """A device with a serial number keeps its name in another port, one without in its port."""
    description = workdir / "two.dev"
    description.write_text("".join(TWO_PLACES.format(*words) for words in (
        ("with", 1, 'serial "S 1"'), ("without", 2, ""),
        ("with-moved", 3, 'serial "S 1"\n\tunplugged'), ("without-moved", 4, "unplugged"))))
    mount = bus.mount_file(description)
    os.symlink("../1-1", mount / "by-name" / "a")
    os.symlink("../1-2", mount / "by-name" / "b")
    for name in ("with", "without"):
        bus.control.unplug(name)
        bus.control.plug(name + "-moved")
    procs.eventually((mount / "1-4").exists, 10, "both have moved")
    assert names(mount / "by-name") == ["a"]
    assert os.readlink(mount / "by-name" / "a") == "../1-3"


@pytest.fixture
def kept(workdir, daemon):
    """Starts a daemon with a file of aliases: (its mount, the file)."""
    file = workdir / "aliases"

    def start():
        one = daemon("--bus", f"sim:{paths.DEVICES / 'loopback.dev'}", "-o", f"aliases={file}")
        return one, one.mount

    return start, file


def test_aliases_survive(kept):
    start, file = kept
    one, mount = start()
    os.symlink("../1-1", mount / "by-name" / "scope")
    assert file.read_text() == "scope serial 1d6b:0104:LOOP-1\n"
    assert one.stop() == []
    file.write_text(file.read_text() + "# not here\n\nelse%20where port 7-1\n")
    one, mount = start()
    assert names(mount / "by-name") == ["scope"]
    os.rename(mount / "by-name" / "scope", mount / "by-name" / "loop")
    assert file.read_text() == "loop serial 1d6b:0104:LOOP-1\nelse%20where port 7-1\n"
    os.unlink(mount / "by-name" / "loop")
    assert file.read_text() == "else%20where port 7-1\n"
    assert names(file.parent).count("aliases.new") == 0


def test_what_cannot_be_kept_is_not_made(kept):
    start, file = kept
    _, mount = start()
    os.symlink("../1-1", mount / "by-name" / "scope")
    before = file.read_text()
    (file.parent / "aliases.new").mkdir()
    for call in ((os.symlink, "../1-1", mount / "by-name" / "other"),
                 (os.unlink, mount / "by-name" / "scope"),
                 (os.rename, mount / "by-name" / "scope", mount / "by-name" / "other")):
        assert attempt(*call) == errno.EISDIR
        assert names(mount / "by-name") == ["scope"]
        assert file.read_text() == before


@pytest.mark.parametrize("content,said", [
    ("scope\n", "line 1"), ("\na port 1-1\na port 1-2\n", "line 3"), (None, "No such file")])
def test_a_file_that_makes_no_sense(workdir, content, said):
    paths.require_daemon()
    (workdir / "mnt").mkdir()
    file = workdir / "aliases" if content else workdir / "nowhere" / "aliases"
    if content:
        file.write_text(content)
    status, _, err = oneshot("--demo", "-o", f"aliases={file}", workdir / "mnt")
    assert status == 1 and err.count("\n") == 1
    assert str(file) in err and said in err
