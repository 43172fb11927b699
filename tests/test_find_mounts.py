# SPDX-License-Identifier: MIT
"""usbfuse find finds out by itself where the tree is mounted, if there is only one."""
import os
import shutil

import pytest

from harness import finding, mounts, paths
from harness.daemon import environment, oneshot
from harness.finding import find, refused

NOBODY = 65534

# Runs $@ in a mount namespace of its own, where no tree is mounted but the one at $0: tests that
# run beside this one have theirs.
ALONE = """
# Read at once: what is unmounted while it is read makes others be skipped.
mapfile -t lines < /proc/self/mountinfo
for line in "${lines[@]}"; do
    read -r _ _ _ _ point _ rest <<< "$line"
    case $rest in
    *"- fuse.usbfuse "*) [ "$(printf %b "$point")" = "$0" ] || umount -l "$(printf %b "$point")" ;;
    esac
done
exec "$@"
"""


def alone(clients, keep, *command, **variables):
    paths.require(os.geteuid() == 0, "root, for a mount namespace")
    return clients.run("unshare", "-m", "bash", "-c", ALONE, keep, *command,
                       env=finding.environment(**variables))


def test_the_only_one(loopback, clients):
    result = alone(clients, loopback.mount, paths.USBFUSE, "find", "--port", loopback.dir.name)
    assert (result.status, result.text, result.complaint) == (0, f"{loopback.dir}\n", "")


def test_none(loopback, clients):
    result = alone(clients, "", paths.USBFUSE, "find")
    assert (result.status, result.text) == (finding.ERROR, "")
    assert result.complaint == "usbfuse find: no tree of usbfuse is mounted\n"


def test_two(loopback, clients, daemon):
    """One has to say which."""
    other = daemon("--demo").mount
    said = refused(clients, None, "--id", "1d6b:")
    assert "several trees" in said and "--mount" in said and "USBFUSE" in said
    for one in (loopback.mount, other):
        assert find(clients, one)
        result = finding.start(clients, None, variables={"USBFUSE": one}).wait()
        assert result.status == 0 and all(
            line.startswith(f"{one}/") for line in result.text.splitlines())
    # What is said on the command line goes before.
    result = finding.start(clients, other, variables={"USBFUSE": loopback.mount}).wait()
    assert result.text.startswith(f"{other}/")


def test_one_that_is_there_twice(loopback, clients, workdir):
    """Bound to a second place, and with something on top."""
    twice = workdir / "a b\\c"
    twice.mkdir()
    script = 'mount --bind "$1" "$2" && umount "$1" && exec "$3" find --port "$4"'
    result = alone(clients, loopback.mount, "sh", "-c", script, "sh", loopback.mount, twice,
                   paths.USBFUSE, loopback.dir.name)
    assert (result.status, result.text) == (0, f"{twice}/{loopback.dir.name}\n"), result
    script = 'mount --bind "$1" "$2" && exec "$3" find --port "$4"'
    result = alone(clients, loopback.mount, "sh", "-c", script, "sh", loopback.mount, twice,
                   paths.USBFUSE, loopback.dir.name)
    assert (result.status, result.text) == (0, f"{loopback.dir}\n"), result
    script = 'mount -t tmpfs none "$1" && exec "$2" find'
    result = alone(clients, loopback.mount, "sh", "-c", script, "sh", loopback.mount,
                   paths.USBFUSE)
    assert result.status == finding.ERROR
    assert "no tree of usbfuse is mounted there" in result.complaint


def test_where_none_is(loopback, clients, workdir):
    for path, said in ((workdir / "nowhere", "no tree of usbfuse"), (workdir, "no tree of usbfuse"),
                       (loopback.mount / "README", "Not a directory"),
                       (loopback.dir, "no tree of usbfuse")):
        line = refused(clients, path)
        assert str(path) in line and said in line
    (workdir / "events").touch()
    assert "not a tree of usbfuse" in refused(clients, workdir)
    (workdir / "events").write_text("hello\n")
    assert "not a tree of usbfuse" in refused(clients, workdir)


def test_relative_and_through_a_link(loopback, clients, workdir):
    link = workdir / "link"
    link.symlink_to(loopback.mount)
    for where in ("link", f"./{loopback.mount.name}/", link):
        result = finding.start(clients, where, "--port", loopback.dir.name, cwd=workdir).wait()
        assert result.text == f"{loopback.dir}\n"


def test_one_that_has_died(loopback, clients):
    loopback.bus.daemon.kill()
    said = refused(clients, loopback.mount)
    assert "has died" in said
    loopback.bus.daemon.abandon()


@pytest.mark.parametrize("shared", [False, True], ids=["private", "shared"])
def test_another_users(daemon, clients, session_dir, workdir, shared):
    paths.require(os.geteuid() == 0, "root, to become somebody else")
    mount = daemon("--demo", *(["-o", "allow_other"] if shared else [])).mount
    session_dir.chmod(0o755)
    workdir.chmod(0o755)
    program = workdir / "usbfuse"
    shutil.copy(paths.USBFUSE, program)
    result = alone(clients, mount, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                   "--clear-groups", program, "find", "--port", "1-1")
    if shared:
        assert (result.status, result.text) == (0, f"{mount}/1-1\n"), result
    else:
        assert (result.status, result.text) == (finding.ERROR, ""), result
        assert "another user's" in result.complaint


def test_a_newline_in_its_name(daemon, clients, workdir):
    """A path that is two lines must not come out as two paths."""
    mount = daemon("--demo").mount
    odd = workdir / "two\nlines"
    odd.symlink_to(mount)
    assert find(clients, mount, "--port", "1-1") == ["1-1"]
    script = 'mkdir "$1" && mount --bind "$2" "$1" && shift 2 && exec "$@"'
    place = workdir / "1\n2"
    command = [paths.USBFUSE, "find", "--mount", place, "--port", "1-1"]
    result = alone(clients, mount, "sh", "-c", script, "sh", place, mount, *command)
    assert (result.status, result.text) == (finding.ERROR, "")
    assert result.complaint == ("usbfuse find: there is a newline in the name of the mount point: "
                                "use -0\n")
    place.rmdir()
    result = alone(clients, mount, "sh", "-c", script, "sh", place, mount, *command, "-0")
    assert (result.status, result.text) == (0, f"{place}/1-1\0")


def test_a_mount_point_called_find(workdir, watchdog):
    paths.require_daemon()
    (workdir / "find").mkdir()
    try:
        status, out, err = oneshot("--demo", "./find", cwd=workdir)
        assert (status, out, err) == (0, "", "")
        assert mounts.mounted(workdir / "find")
    finally:
        mounts.unmount(workdir / "find")
    assert environment()
