# SPDX-License-Identifier: MIT
"""The command line. Whatever goes wrong is told in one line that names the cause, with status 1."""
import os
import shutil
import stat
import subprocess

import pytest

from harness import mounts, paths, procs
from harness.daemon import environment, oneshot

NOBODY = 65534

# Without a file "sim" is the demonstration.
SIM = ("--bus", "sim")


@pytest.fixture
def mnt(workdir):
    """An empty directory to mount on; unmounted at the end, whatever happened."""
    paths.require_daemon()
    path = workdir / "mnt"
    path.mkdir()
    yield path
    for _ in mounts.mounted(path):
        mounts.unmount(path)
    assert not mounts.mounted(path)


def daemons_of(path):
    """Processes that were started for that mount point."""
    return [int(entry) for entry in os.listdir("/proc")
            if entry.isdigit() and str(path) in procs.read(f"/proc/{entry}/cmdline").split("\0")]


def refused(*arguments, **kwargs):
    """What usbfuse says when it refuses to start: one line, on standard error only."""
    status, out, err = oneshot(*arguments, **kwargs)
    assert status == 1 and out == "", (status, out, err)
    assert err.startswith("usbfuse: ") and err.count("\n") == 1 and err.endswith("\n"), err
    return err


def test_help():
    status, out, err = oneshot("--help")
    assert (status, err) == (0, "")
    for word in ("usage:", "--bus", "--demo", "-f", "-o", "MOUNTPOINT", "fusermount3 -u"):
        assert word in out
    assert oneshot("-h") == (status, out, err)


def test_version():
    status, out, err = oneshot("--version")
    assert (status, err) == (0, "")
    assert out.startswith("usbfuse ") and "libfuse" in out
    assert oneshot("-V") == (status, out, err)


def test_no_mount_point():
    assert "no mount point" in refused()


def test_too_many_arguments(mnt):
    assert "too many" in refused(*SIM, "source", mnt, "third")


@pytest.mark.parametrize("option", ["--nonsense", "--bu", "-z", "--demo=1"])
def test_unknown_option(mnt, option):
    assert option in refused(option, *SIM, mnt)
    assert not mounts.mounted(mnt)


def test_unknown_mount_option(mnt):
    assert "nonsense" in refused(*SIM, "-o", "nonsense", mnt)


def test_unknown_bus(mnt):
    assert "pigeon:coop" in refused("--bus", "pigeon:coop", mnt)


def test_bus_without_a_value(mnt):
    assert "--bus" in refused(mnt, "--bus")


def test_missing_mount_point(mnt):
    path = mnt / "not there"
    line = refused(*SIM, path)
    assert str(path) in line and "No such file or directory" in line


def test_mount_point_is_a_file(mnt):
    path = mnt / "file"
    path.touch()
    line = refused(*SIM, path)
    path.unlink()
    assert str(path) in line and "not a directory" in line.lower()


def test_mount_point_in_use(mnt, daemon):
    first = daemon(*SIM)
    line = refused(*SIM, first.mount)
    assert str(first.mount) in line and "in use" in line
    assert len(mounts.mounted(first.mount)) == 1
    os.listdir(first.mount)


@pytest.fixture
def open_way(session_dir, workdir, mnt):
    """The program, and the directories, where everyone can reach them: the build may be below
    somebody's private directory."""
    paths.require(os.geteuid() == 0, "root, to become somebody else")
    session_dir.chmod(0o755)
    workdir.chmod(0o755)
    program = workdir / "usbfuse"
    shutil.copy(paths.USBFUSE, program)
    program.chmod(0o755)
    return program


def as_nobody(program, workdir, mode, *arguments):
    """What usbfuse says to a user who may do nothing, in a mount namespace of its own where
    /dev/fuse has that mode."""
    node = workdir / "fuse"
    real = os.stat("/dev/fuse")
    os.mknod(node, stat.S_IFCHR | mode, real.st_rdev)
    node.chmod(mode)
    script = f"""mount --bind "$0" /dev/fuse &&
        exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "$@" """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, str(node), str(program), *map(str, arguments)],
        capture_output=True, text=True, env=environment(), timeout=10, check=False)
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr.startswith("usbfuse: ") and done.stderr.count("\n") == 1, done
    return done.stderr


def test_unreadable_mount_point(open_way, mnt, workdir):
    mnt.chmod(0o700)
    line = as_nobody(open_way, workdir, 0o666, *SIM, mnt)
    assert str(mnt) in line and "Permission denied" in line


def test_no_permission_for_dev_fuse(open_way, mnt, workdir):
    mnt.chmod(0o777)
    line = as_nobody(open_way, workdir, 0o600, *SIM, mnt)
    assert "/dev/fuse" in line and "Permission denied" in line


def test_no_dev_fuse(mnt):
    """A container without it."""
    paths.require(os.geteuid() == 0, "root, for a mount namespace")
    script = 'mount -t tmpfs none /dev && exec "$@"'
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", str(paths.USBFUSE), *SIM,
                           str(mnt)], capture_output=True, text=True, env=environment(),
                          timeout=10, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "/dev/fuse" in done.stderr


def test_missing_device_file(mnt):
    line = refused("--bus", "sim:/nowhere/there.dev", mnt)
    assert "/nowhere/there.dev" in line and "No such file or directory" in line
    assert not mounts.mounted(mnt)


def test_malformed_device_file(mnt, workdir):
    path = workdir / "bad.dev"
    path.write_text("# SPDX-License-Identifier: MIT\nthis is not a device\n")
    line = refused("--bus", f"sim:{path}", mnt)
    assert f"{path}:2" in line
    assert not mounts.mounted(mnt)


def test_it_says_so_in_the_foreground_too(mnt):
    assert "unknown bus" in refused("-f", "--bus", "pigeon:coop", mnt)


def test_daemonises_when_the_mount_works(mnt):
    status, out, err = oneshot("--demo", mnt)
    assert (status, out, err) == (0, "", "")
    assert mounts.mounted(mnt)[0][0] == "fuse.usbfuse"
    assert os.listdir(mnt)
    (pid,) = daemons_of(mnt)
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    assert {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)} == {"/dev/null"}
    assert os.getsid(pid) != os.getsid(0)
    assert mounts.unmount(mnt) == ""
    assert procs.wait_exit(pid, 5)


def test_nothing_stays_behind_when_it_fails(mnt):
    refused("--bus", "sim:/nowhere/there.dev", mnt)
    assert daemons_of(mnt) == []


def test_a_relative_mount_point(mnt):
    status, _, err = oneshot("--demo", "mnt", cwd=mnt.parent)
    assert (status, err) == (0, "")
    assert os.listdir(mnt)


@pytest.mark.parametrize("arguments", [
    ["-o", "bus=sim"], ["--bus=sim"], ["-obus=sim"], ["--demo", "-o", "ro"],
    ["--demo", "-o", "allow_other"]], ids=" ".join)
def test_spellings(mnt, daemon, arguments):
    if "allow_other" in arguments:
        paths.require(os.geteuid() == 0, "root, for allow_other")
    assert os.listdir(daemon(*arguments).mount)


def test_several_buses(daemon):
    """Each brings its devices, under names of their own."""
    one = daemon("--demo")
    two = daemon("--demo", "--demo")
    assert len(os.listdir(two.mount)) > len(os.listdir(one.mount))
    assert set(os.listdir(one.mount)) < set(os.listdir(two.mount))


def test_mount_t_fuse_usbfuse(mnt, workdir):
    """As from fstab: mount(8) finds the program by its name."""
    paths.require(os.geteuid() == 0, "root, for mount(8)")
    paths.require_program("mount.fuse3")
    env = dict(environment(), PATH=f"{paths.BUILD_DIR}:{os.environ['PATH']}")
    done = subprocess.run(["mount.fuse3", "sim", str(mnt), "-t", "fuse.usbfuse", "-o", "rw,nosuid"],
                          capture_output=True, text=True, env=env, timeout=10, check=False,
                          start_new_session=True)
    assert done.returncode == 0, done.stderr
    assert mounts.mounted(mnt)[0][0] == "fuse.usbfuse"
    assert os.listdir(mnt)
