# SPDX-License-Identifier: MIT
"""Several users, one mount: each may use the devices whose nodes below /dev/bus/usb that user may
open for reading and writing, and no others, by whatever way."""
import contextlib
import errno
import os
import subprocess

import pytest

from harness import paths, people, procs
from harness.client import attempt
from harness.people import ROOT, Person, Rights, give

ALICE, BOB = Person(4201), Person(4202)
TEAM, OTHERS = 4301, 4302
MEMBER = Person(4203, TEAM)                    # by the group it runs with
HELPER = Person(4204, groups=(OTHERS, TEAM))   # by a supplementary one only
EVERYONE = [ALICE, BOB, MEMBER, HELPER, ROOT]

CASES = [
    Rights(0, 0, 0o600),
    Rights(0, 0, 0o664),
    Rights(0, 0, 0o666),
    Rights(0, TEAM, 0o660),
    Rights(0, TEAM, 0o640),
    Rights(0, TEAM, 0o606),
    Rights(ALICE.uid, TEAM, 0o600),
    Rights(ALICE.uid, TEAM, 0o066),
    Rights(ALICE.uid, TEAM, 0o460),
    Rights(0, 0, 0o622),
    Rights(0, 0, 0o664, [f"user:{BOB.uid}:rw", "group::r"]),
    Rights(0, TEAM, 0o664, [f"user:{BOB.uid}:rw", "group::-"]),
    Rights(0, 0, 0o660, [f"group:{TEAM}:rw"]),
    Rights(0, 0, 0o660, [f"group:{TEAM}:w", f"group:{OTHERS}:r"]),
    Rights(0, 0, 0o666, [f"user:{BOB.uid}:r", f"group:{TEAM}:-"]),
    Rights(0, TEAM, 0o646, [f"user:{BOB.uid}:rw", "group::rw"]),
    Rights(0, TEAM, 0o606, [f"user:{BOB.uid}:rw", "group::rw"]),
    Rights(ALICE.uid, 0, 0o460, [f"user:{ALICE.uid}:rw", f"user:{BOB.uid}:rwx"]),
]


@pytest.fixture
def shared(bus, session_dir, workdir):
    """A loopback device in a mount for everybody, of root's."""
    people.open_up(session_dir, workdir)
    bus.arguments = ["-o", "allow_other"]
    return bus.mount("loopback")[0]


def uses(device):
    """Every way to use a device: path, and flags of open(2)."""
    interface = device.out.dir.parent
    return [(device.inp.data, os.O_RDONLY), (device.out.data, os.O_WRONLY),
            (device.inp.ctl, os.O_RDONLY), (device.inp.ctl, os.O_WRONLY),
            (device.out.ctl, os.O_RDWR), (device.dir / "ctl", os.O_WRONLY),
            (interface / "driver", os.O_WRONLY), (interface / "bAlternateSetting", os.O_WRONLY)]


def open_all(ways):
    return [people.attempt_open(path, flags) for path, flags in ways]


def refused(person, device):
    """Is that person kept from all of it?"""
    ways = [(str(path), flags) for path, flags in uses(device)]
    errors = person.does(open_all, ways)
    assert set(errors) in ({0}, {errno.EACCES}), (person, list(zip(ways, errors)))
    return errors[0] != 0


@pytest.mark.limit(60)
def test_the_node_decides(shared, workdir):
    """As it does for whoever opens the node itself, or any file with those rights."""
    file = workdir / "like the node"
    file.touch()
    outcomes = set()
    for rights in CASES:
        rights.set(file)
        give(shared, rights)
        for person in EVERYONE:
            may = person.may(file, os.O_RDWR)
            assert refused(person, shared) != may, (rights, person)
            if shared.bus.name == "usb":
                assert person.may(shared.bus.node(shared), os.O_RDWR) == may
            outcomes.add((person, may))
    # Each of them was let in, and refused, at some time.
    assert len(outcomes) == 2 * len(EVERYONE) - 1


def test_looking_needs_no_rights(shared):
    """And gives none: attributes, and what says in words how things are."""
    give(shared, Rights(0, 0, 0o600))
    interface = shared.out.dir.parent
    for path in (shared.dir / "serial", shared.dir / "descriptors", shared.dir / "status",
                 shared.out.status, interface / "driver", interface / "bAlternateSetting",
                 shared.mount / "events", shared.mount / "status", shared.mount / "ctl"):
        assert BOB.tries(path, os.O_RDONLY) == 0
        assert BOB.tries(path, os.O_WRONLY) == errno.EACCES, path
        assert BOB.tries(path, os.O_RDWR) == errno.EACCES, path


SPEAK = """
out, inp = os.open(sys.argv[1], os.O_WRONLY), os.open(sys.argv[2], os.O_RDONLY)
assert os.write(out, b"hello") == 5
sys.stdout.buffer.write(os.read(inp, 512))
"""


@pytest.mark.parametrize("person,rights", [
    (ALICE, Rights(ALICE.uid, 0, 0o600)),
    (MEMBER, Rights(0, TEAM, 0o660)),
    (HELPER, Rights(0, TEAM, 0o660)),
    (BOB, Rights(0, 0, 0o660, [f"user:{BOB.uid}:rw"])),
    (HELPER, Rights(0, 0, 0o660, [f"group:{TEAM}:rw"])),
    (ROOT, Rights(ALICE.uid, 0, 0o600))], ids=["owner", "group", "supplementary", "user", "named",
                                               "root"])
def test_data(shared, clients, person, rights):
    give(shared, rights)
    result = clients.python(SPEAK, str(shared.out.data), str(shared.inp.data), **person.popen)
    assert (result.status, result.out) == (0, b"hello"), result


def test_access_tells_the_same(shared):
    """access(2) as well as open(2)."""
    give(shared, Rights(0, 0, 0o660, [f"user:{BOB.uid}:rw"]))
    for path, flags in uses(shared):
        want = {os.O_RDONLY: os.R_OK, os.O_WRONLY: os.W_OK, os.O_RDWR: os.R_OK | os.W_OK}[flags]
        assert BOB.does(os.access, str(path), want), path
        assert not ALICE.does(os.access, str(path), want), path


def test_other_calls(shared):
    """What changes a file without opening it."""
    give(shared, Rights(ALICE.uid))
    for path in (shared.out.data, shared.out.ctl, shared.dir / "ctl", shared.out.driver):
        assert BOB.does(attempt, os.truncate, str(path), 0) == errno.EACCES
        assert BOB.does(attempt, os.utime, str(path), (1, 1)) == errno.EPERM
        assert ALICE.does(attempt, os.truncate, str(path), 0) == 0


def test_who_one_is_for_now(shared):
    """The effective ids decide, as with every file; and those of a moment ago do not."""
    give(shared, Rights(ALICE.uid, TEAM, 0o660))
    path = str(shared.out.data)

    def change():
        found = [people.attempt_open(path, os.O_WRONLY)]
        for uid, gid in ((BOB.uid, 0), (BOB.uid, TEAM), (BOB.uid, 0), (ALICE.uid, 0), (0, 0)):
            os.seteuid(0)
            os.setegid(gid)
            os.seteuid(uid)
            found.append(people.attempt_open(path, os.O_WRONLY))
        return found

    assert ROOT.does(change) == [0, errno.EACCES, 0, errno.EACCES, 0, 0]


def test_pair(shared):
    """What is there to be read behind an OUT file is there for those who may write to it."""
    give(shared, Rights(0, 0, 0o660, [f"user:{BOB.uid}:rw", f"user:{ALICE.uid}:r"]))
    assert BOB.tries(shared.out.data, os.O_RDWR) == errno.EACCES
    shared.out.set(f"pair {shared.inp.address:02x}")
    assert BOB.tries(shared.out.data, os.O_RDWR) == 0
    for flags in (os.O_RDWR, os.O_RDONLY, os.O_WRONLY):
        assert ALICE.tries(shared.out.data, flags) == errno.EACCES


# ---- other ways to the same files ----

def links_to(device):
    """Paths of its directory through links, and of its interface 0."""
    found = [link for name in ("by-id", "by-serial", "by-name") for link
             in (device.mount / name).iterdir() if link.resolve() == device.dir]
    assert len(found) == 3
    interfaces = [link for link in (device.mount / "by-class").glob("*/*")
                  if link.resolve() == device.out.dir.parent]
    assert len(interfaces) == 1
    return found, interfaces[0]


def test_through_links(shared):
    (shared.mount / "by-name" / "thing").symlink_to(f"../{shared.dir.name}")
    devices, interface = links_to(shared)
    inside = shared.out.dir.relative_to(shared.dir)
    ends = [link / inside for link in devices] + [interface / shared.out.dir.name]
    for rights, error in ((Rights(ALICE.uid), errno.EACCES), (Rights(BOB.uid), 0)):
        give(shared, rights)
        for end in ends:
            assert BOB.tries(end / "data", os.O_WRONLY) == error
            assert BOB.tries(end / "ctl", os.O_RDWR) == error
        for link in devices:
            assert BOB.tries(link / "ctl", os.O_WRONLY) == error
        assert BOB.tries(interface / "driver", os.O_WRONLY) == error


def test_a_link_of_ones_own(shared, workdir):
    """By who made a link nothing is decided."""
    place = workdir / "bobs"
    place.mkdir()
    os.chown(place, BOB.uid, BOB.gid)
    BOB.does(os.symlink, str(shared.out.data), str(place / "link"))
    give(shared, Rights(ALICE.uid))
    assert BOB.tries(place / "link", os.O_WRONLY) == errno.EACCES
    assert ALICE.tries(place / "link", os.O_WRONLY) == 0


def reopen(fd, flags):
    return people.attempt_open(f"/proc/self/fd/{fd}", flags)


def test_a_path_descriptor_is_no_right(shared):
    """O_PATH needs none, and gives none."""
    give(shared, Rights(ALICE.uid))

    def by_path(path, flags):
        fd = os.open(path, os.O_PATH)
        return [reopen(fd, flags), attempt(os.read, fd, 1), attempt(os.write, fd, b"x"),
                attempt(os.ftruncate, fd, 0)]

    for path, flags in uses(shared):
        assert BOB.does(by_path, str(path), flags) == [
            errno.EACCES, errno.EBADF, errno.EBADF, errno.EBADF]
        assert ALICE.does(by_path, str(path), flags) == [
            0, errno.EBADF, errno.EBADF, errno.EBADF]


def test_a_descriptor_that_was_handed_on(shared):
    """It is what it was opened as, and opening it anew is opening the file."""
    give(shared, Rights(ALICE.uid))
    inp = os.open(shared.inp.ctl, os.O_RDONLY)
    data = os.open(shared.out.data, os.O_WRONLY)
    try:
        def with_it():
            return [len(os.read(inp, 4096)) > 0, attempt(os.write, inp, b"depth 2\n"),
                    reopen(inp, os.O_RDONLY), reopen(inp, os.O_WRONLY), reopen(inp, os.O_RDWR),
                    reopen(data, os.O_WRONLY)]

        assert BOB.does(with_it) == [True, errno.EBADF] + [errno.EACCES] * 4
        os.lseek(inp, 0, os.SEEK_SET)
        assert ALICE.does(with_it) == [True, errno.EBADF, 0, 0, 0, 0]
    finally:
        os.close(inp)
        os.close(data)


def test_through_the_descriptors_of_another(shared, clients):
    """/proc/PID/fd of who has it open leads to the same file, with the same rights."""
    give(shared, Rights(ALICE.uid))
    holder = clients.start_python("fd = os.open(sys.argv[1], os.O_WRONLY)\nprint(fd, flush=True)\n"
                                  "sys.stdin.read()", str(shared.out.data), stdin=True,
                                  **ALICE.popen)
    holder.wait_output(b"\n")
    path = f"/proc/{holder.pid}/fd/{int(holder.out)}"
    assert BOB.tries(path, os.O_WRONLY) == errno.EACCES
    assert ALICE.tries(path, os.O_WRONLY) == 0
    holder.process.stdin.close()
    assert holder.wait().status == 0


def test_nobody_changes_rights_here(shared):
    """Not even the owner: it is the node that has them."""
    give(shared, Rights(ALICE.uid))
    for person in (ALICE, ROOT):
        assert person.does(attempt, os.chmod, str(shared.inp.data), 0o666) == errno.EPERM
        assert person.does(attempt, os.chown, str(shared.inp.data), person.uid, TEAM) == errno.EPERM
        wish = Rights(0, 0, 0o666, [f"user:{BOB.uid}:rw"]).xattr()
        assert person.does(set_acl, str(shared.inp.data), list(wish)) in (errno.EPERM,
                                                                        errno.EOPNOTSUPP)
    assert people.seen(Rights(ALICE.uid), shared.inp.data)


def set_acl(path, value):
    return attempt(os.setxattr, path, people.ACL, bytes(value))


# ---- rights that change ----

def test_rights_change_at_once(shared):
    """With the next open(2), as soon as the tree shows it; and nothing else has to happen."""
    for rights, person in ((Rights(ALICE.uid), ALICE), (Rights(BOB.uid), BOB),
                           (Rights(0, 0, 0o660, [f"user:{ALICE.uid}:rw"]), ALICE),
                           (Rights(0, 0, 0o660, [f"user:{BOB.uid}:rw"]), BOB),
                           (Rights(0, TEAM, 0o660), HELPER)):
        give(shared, rights)
        for someone in (ALICE, BOB, MEMBER, HELPER):
            in_team = rights.gid == TEAM and someone in (MEMBER, HELPER)
            assert refused(someone, shared) == (someone != person and not in_team), rights


HOLD = """
out, inp = os.open(sys.argv[1], os.O_WRONLY), os.open(sys.argv[2], os.O_RDONLY)
print("open", flush=True)
for word in sys.stdin.buffer:
    assert os.write(out, word) == len(word)
    assert os.read(inp, 512) == word
    try:
        os.close(os.open(f"/proc/self/fd/{inp}", os.O_RDONLY))
        again = "works"
    except OSError as error:
        again = errno.errorcode[error.errno]
    print(word.decode().strip(), again, flush=True)
"""


@pytest.mark.parametrize("rights", [
    Rights(ALICE.uid), Rights(0, 0, 0o660, [f"user:{ALICE.uid}:rw"])], ids=["owner", "acl"])
def test_what_is_open_stays_open(shared, clients, rights):
    """As with any file: rights are looked at when it is opened."""
    give(shared, rights)
    holder = clients.start_python(HOLD, str(shared.out.data), str(shared.inp.data), stdin=True,
                                  **ALICE.popen)
    holder.wait_output(b"open\n")

    def say(word, expected):
        holder.process.stdin.write(word + b"\n")
        holder.process.stdin.flush()
        holder.wait_output(word + b" " + expected)

    say(b"before", b"works")
    give(shared, Rights(BOB.uid))
    say(b"after", b"EACCES")
    assert refused(ALICE, shared) and not refused(BOB, shared)
    give(shared, rights)
    say(b"again", b"works")
    holder.process.stdin.close()
    assert holder.wait().status == 0


def test_another_device_in_the_same_place(shared):
    """Has rights of its own: none are left over."""
    before = shared.inp.data.stat()
    give(shared, Rights(ALICE.uid, TEAM, 0o660, [f"user:{BOB.uid}:rw"]))
    shared.unplug()
    shared.plug()
    if shared.bus.name == "usb":
        procs.eventually(lambda: shared.find() and shared.inp.data.stat().st_uid == before.st_uid,
                         10, "udev has set the rights")
    assert refused(ALICE, shared) and refused(BOB, shared) and refused(HELPER, shared)
    assert people.acl_of(shared.inp.data) == []


@pytest.mark.usb
def test_rules_of_udev(bus, session_dir, workdir, hardware):
    """They give a node its rights after it has come; the tree has them from the start."""
    rules = "/run/udev/rules.d/99-usbfuse-test.rules"
    os.makedirs(os.path.dirname(rules), exist_ok=True)
    hardware.callback(attempt, os.unlink, rules)
    with open(rules, "w", encoding="ascii") as file:
        file.write(f'SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", MODE="0640", '
                   f'OWNER="{ALICE.uid}", GROUP="{TEAM}"\n')
    # By itself it looks for new ones once in three seconds.
    subprocess.run(["udevadm", "control", "--reload"], check=True)
    people.open_up(session_dir, workdir)
    bus.arguments = ["-o", "allow_other"]
    device = bus.mount("messages")[0]
    device.unplug()
    device.plug()
    assert people.seen(Rights(ALICE.uid, TEAM, 0o640), device.inp.data)
    assert ALICE.tries(device.inp.data, os.O_RDONLY) == 0
    assert MEMBER.tries(device.inp.data, os.O_RDONLY) == errno.EACCES


# ---- a daemon of a user's ----

@pytest.fixture
def own(bus, session_dir, workdir):
    """own(options…): a loopback device in a mount of Alice's."""
    people.open_up(session_dir, workdir)
    paths.require_program("fusermount3")
    paths.require(os.stat("/dev/fuse").st_mode & 0o006 == 0o006, "a /dev/fuse for everybody")
    os.chown(workdir, ALICE.uid, ALICE.gid)
    bus.how = {"prefix": people.starting_as(ALICE, workdir)}

    def mounted(*options):
        (workdir / "mnt0").mkdir()
        os.chown(workdir / "mnt0", ALICE.uid, ALICE.gid)
        bus.arguments = list(options)
        return bus.mount("loopback")[0]

    return mounted


def test_a_mount_of_ones_own_is_nobody_elses(own, bus):
    """Without allow_other, not even root's, so that we cannot wait for its devices to appear."""
    with contextlib.suppress(PermissionError):
        own()
    mount = bus.daemon.mount
    assert ALICE.tries(mount / "README", os.O_RDONLY) == 0
    for person in (BOB, ROOT):
        assert person.tries(mount / "README", os.O_RDONLY) == errno.EACCES


def test_a_daemon_of_a_users_lends_nothing(own):
    """Not to the others who use its mount, whom the node does not admit."""
    device = own("-o", "allow_other")
    give(device, Rights(ALICE.uid))
    assert not refused(ALICE, device) and refused(BOB, device) and refused(HELPER, device)
    give(device, Rights(ALICE.uid, TEAM, 0o660, [f"user:{BOB.uid}:rw"]))
    assert not refused(ALICE, device) and not refused(BOB, device)
    assert not refused(HELPER, device)


def test_data_of_a_daemon_of_a_users(own, clients):
    device = own("-o", "allow_other")
    give(device, Rights(ALICE.uid, 0, 0o660, [f"user:{BOB.uid}:rw"]))
    for person in (ALICE, BOB):
        result = clients.python(SPEAK, str(device.out.data), str(device.inp.data), **person.popen)
        assert (result.status, result.out) == (0, b"hello"), result


@pytest.mark.parametrize("person", [BOB, ROOT], ids=["owner", "root"])
def test_a_daemon_cannot_do_more_than_its_user(own, clients, person):
    """Who may use the device hears that the daemon may not, and status says what is wrong."""
    device = own("-o", "allow_other")
    give(device, Rights(BOB.uid, TEAM, 0o660))
    assert refused(ALICE, device) and not refused(person, device)
    for path in (device.out.data, device.inp.data):
        result = clients.python("fd = os.open(sys.argv[1], int(sys.argv[2]))\n"
                                "try: os.write(fd, b'x') if int(sys.argv[2]) else os.read(fd, 1)\n"
                                "except OSError as error: print(errno.errorcode[error.errno])\n",
                                str(path), str(os.O_WRONLY if path == device.out.data else 0),
                                **person.popen)
        assert result.out == b"EACCES\n", result
    said = device.out.said("last_error")
    assert said.startswith("EACCES ") and f"owner {BOB.uid}, group {TEAM} and mode 0660" in said
    assert f"usbfuse runs as user {ALICE.uid}" in said


def test_names_and_verbs_of_the_root_are_the_mounters(own):
    """rescan, and the names in by-name."""
    device = own("-o", "allow_other")
    give(device, Rights(BOB.uid))
    names = device.mount / "by-name"
    target, name, other = f"../{device.dir.name}", str(names / "one"), str(names / "other")
    assert BOB.tries(device.mount / "ctl", os.O_WRONLY) == errno.EACCES
    assert BOB.does(attempt, os.symlink, target, name) == errno.EACCES
    assert ALICE.tries(device.mount / "ctl", os.O_WRONLY) == 0
    assert ALICE.does(attempt, os.symlink, target, name) == 0
    assert BOB.does(attempt, os.rename, name, other) == errno.EACCES
    assert BOB.does(attempt, os.unlink, name) == errno.EACCES
    assert BOB.does(attempt, os.symlink, target, other) == errno.EACCES
    assert os.readlink(name) == target and len(os.listdir(names)) == 1
    assert ALICE.does(attempt, os.rename, name, other) == 0
    assert ALICE.does(attempt, os.unlink, other) == 0
