# SPDX-License-Identifier: MIT
"""Several users, by number: nobody has to be in /etc/passwd. And rights of files, ACLs included,
without any program for them."""
import errno
import json
import os
import struct
import subprocess
from dataclasses import dataclass, field

from . import paths, procs

ACL = "system.posix_acl_access"
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NO_ID = 0xffffffff


@dataclass(frozen=True)
class Person:
    """What a process has: ids, and supplementary groups."""
    uid: int
    gid: int = 4399
    groups: tuple = ()

    @property
    def popen(self):
        """Arguments of subprocess.Popen, for harness.client's."""
        return {"user": self.uid, "group": self.gid, "extra_groups": list(self.groups)}

    def become(self):
        os.setgroups(self.groups)
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)

    def does(self, function, *arguments):
        """What FUNCTION returns when it runs as that person, in a child; it has to be JSON.
        Only for calls that cannot wait for a device."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(reader)
                self.become()
                os.write(writer, json.dumps(function(*arguments)).encode())
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        with open(reader, "rb") as file:
            text = file.read()
        assert os.waitpid(pid, 0)[1] == 0, f"{self} could not do it"
        return json.loads(text)

    def tries(self, path, flags):
        """The errno of open(2), or 0."""
        return self.does(attempt_open, str(path), flags)

    def may(self, path, flags):
        """Does open(2) work? Any error but EACCES fails the test."""
        error = self.tries(path, flags)
        assert error in (0, errno.EACCES), (path, errno.errorcode[error])
        return error == 0


def attempt_open(path, flags):
    try:
        os.close(os.open(path, flags))
    except OSError as error:
        return error.errno
    return 0


ROOT = Person(0, 0)


def bits(letters):
    return sum(4 >> "rwx".index(letter) for letter in letters if letter != "-")


@dataclass
class Rights:
    """Of a device's node. acl: as setfacl has them, "user:4201:rw", "group::r", "group:4301:rw";
    with any, the group's digit of mode is the mask."""
    uid: int = 0
    gid: int = 0
    mode: int = 0o600
    acl: list = field(default_factory=list)

    def xattr(self):
        """The ACL in bytes."""
        entries = [(USER_OBJ, self.mode >> 6 & 7, NO_ID)]
        named = [entry.split(":") for entry in self.acl]
        entries += [(USER, bits(letters), int(name)) for kind, name, letters in named
                    if kind == "user"]
        owning = [bits(letters) for kind, name, letters in named if (kind, name) == ("group", "")]
        entries += [(GROUP_OBJ, owning[0] if owning else self.mode >> 3 & 7, NO_ID)]
        entries += [(GROUP, bits(letters), int(name)) for kind, name, letters in named
                    if kind == "group" and name]
        entries += [(MASK, self.mode >> 3 & 7, NO_ID), (OTHER, self.mode & 7, NO_ID)]
        return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)

    def set(self, path):
        """Gives them to a file."""
        os.chown(path, self.uid, self.gid)
        os.chmod(path, self.mode)
        if self.acl:
            os.setxattr(path, ACL, self.xattr())
        elif acl_of(path):
            os.removexattr(path, ACL)
            os.chmod(path, self.mode)


def acl_of(path):
    """The entries of a file's ACL in order, as (tag, permissions, id); [] when it has none."""
    try:
        raw = os.getxattr(path, ACL)
    except OSError as error:
        assert error.errno in (errno.ENODATA, errno.EOPNOTSUPP), error
        return []
    assert raw[:4] == struct.pack("<I", 2)
    return list(struct.iter_unpack("<HHI", raw[4:]))


def seen(rights, path):
    """Does PATH, an IN endpoint's data, show what follows from RIGHTS?"""
    def use(letters):
        return 4 if letters & 6 == 6 else 0

    found = os.stat(path)
    mode = sum(use(rights.mode >> shift & 7) << shift for shift in (6, 3, 0))
    if rights.acl and rights.mode & 0o070:
        mode |= 0o040
    if (found.st_uid, found.st_gid, found.st_mode & 0o777) != (rights.uid, rights.gid, mode):
        return False
    # With a mask of nothing Linux does not look at an ACL.
    wanted = rights.xattr() if rights.acl and rights.mode & 0o070 else b""
    entries = list(struct.iter_unpack("<HHI", wanted[4:]))
    named = sorted((tag, use(letters & rights.mode >> 3), who) for tag, letters, who in entries
                   if tag not in (USER_OBJ, MASK, OTHER))
    return sorted(entry for entry in acl_of(path)
                  if entry[0] not in (USER_OBJ, MASK, OTHER)) == named


def give(device, rights):
    """Gives the node of a device these rights, and waits until the tree shows them: no event of the
    tree's tells."""
    device.bus.set_rights(device, rights)
    procs.eventually(lambda: seen(rights, device.inp.data), 10,
                     f"{device.inp.data} shows {rights}: "
                     f"{oct(os.stat(device.inp.data).st_mode)} {acl_of(device.inp.data)}")


def open_up(*directories):
    """Everyone may go through them; pytest's are private."""
    paths.require(os.geteuid() == 0, "root, to become somebody else")
    for directory in directories:
        directory.chmod(0o755)


def starting_as(person, directory):
    """Words that start a program as that person, who has a name and may mount for others: in a
    mount namespace of its own, where two files of /etc are ours. What is mounted below DIRECTORY is
    seen outside."""
    conf, passwd = directory / "fuse.conf", directory / "passwd"
    conf.write_text("user_allow_other\n")
    passwd.write_text(f"root:x:0:0::/:/bin/sh\nsomeone:x:{person.uid}:{person.gid}::/:/bin/sh\n")
    for options in (["--bind", directory, directory], ["--make-shared", directory]):
        subprocess.run(["mount", *options], check=True)
    script = f"""mount --make-private / && mount --bind '{conf}' /etc/fuse.conf &&
        mount --bind '{passwd}' /etc/passwd &&
        exec setpriv --reuid={person.uid} --regid={person.gid} --clear-groups "$@" """
    return ["unshare", "--mount", "--propagation=unchanged", "sh", "-c", script, "sh"]
