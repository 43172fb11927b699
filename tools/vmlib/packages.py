# SPDX-License-Identifier: MIT
"""Gets what tools/vm needs from Debian: programs, and an unpacked kernel.

Programs are installed with apt-get when that is possible without asking.
The kernel is never installed: its package is unpacked into the cache, under
a lock and with a rename at the end, so that a half-written one is never used.
"""

import contextlib
import fcntl
import lzma
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .errors import VmError

META_PACKAGE = "linux-image-amd64"
REFRESH_SECONDS = 7 * 24 * 3600
# Program or file: package, and whether there is no going on without it.
PROGRAMS = {
    "qemu-system-x86_64": ("qemu-system-x86", True),
    "busybox": ("busybox-static", True),
    "depmod": ("kmod", True),
    "udevadm": ("udev", False),
}
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


def find_program(name):
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *SBIN))
    return shutil.which(name, path=path)


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = Path(os.path.abspath(base)) / "usbfuse-vm"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise VmError(f"cannot make the cache directory: {err}") from err
    return path


@contextlib.contextmanager
def locked(path):
    with open(path, "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def static_busybox():
    """The path of a busybox that runs without shared libraries, or None."""
    path = find_program("busybox")
    if path is None:
        return None
    with open(path, "rb") as file:
        head = file.read(4096)
    # A dynamic program names its loader in the first page.
    return None if b"/ld-linux" in head else path


def missing_packages():
    missing = []
    for program, (package, required) in PROGRAMS.items():
        found = static_busybox() if program == "busybox" else find_program(program)
        if found is None:
            missing.append((package, required))
    return missing


def run_quietly(*argv, cwd=None, env=None):
    """Run a program; its output is shown only when it fails."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError as err:
        raise VmError(f"{argv[0]} is not there: {err}") from err
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise VmError(f"'{' '.join(argv)}' failed with status {done.returncode}")
    return done.stdout.decode(errors="replace")


def root_prefix():
    """What makes a command run as root without a question, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    probe = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return ["sudo", "-n"] if probe.returncode == 0 else None


def apt_get_as_root(*args):
    prefix = root_prefix()
    if prefix is None or find_program("apt-get") is None:
        return False
    run_quietly(*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q",
                "-o", "DPkg::Lock::Timeout=300", *args)
    return True


def install(names):
    arguments = ("install", "-y", "--no-install-recommends", *names)
    try:
        apt_get_as_root(*arguments)
    except VmError:
        say("that failed: trying again after apt-get update")
        apt_get_as_root("update")
        apt_get_as_root(*arguments)


def ensure_programs(cache):
    """Install the packages that are missing, or say which ones they are."""
    if not missing_packages():
        return
    with locked(cache / "install.lock"):
        names = [package for package, _ in missing_packages()]
        if not names:
            return
        if root_prefix() is not None:
            say(f"installing {' '.join(names)}")
            try:
                install(names)
            except VmError as err:
                say(err)
        needed = [package for package, required in missing_packages() if required]
        if needed:
            raise VmError("install these packages first: " + " ".join(needed))
        if missing_packages():
            say("udev is not installed: the guest goes without it")


def newest_package():
    """The real package behind META_PACKAGE, or None when apt knows none."""
    try:
        done = subprocess.run(["apt-cache", "depends", META_PACKAGE], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    for line in done.stdout.decode().splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind == "Depends" and name.startswith("linux-image-"):
            return name
    return None


class Kernel:
    """An unpacked kernel package; the lock says that it is in use."""

    def __init__(self, path):
        self.path = path
        self.image = next(path.glob("boot/vmlinuz-*"))
        self.release = self.image.name.removeprefix("vmlinuz-")
        plain = path / "vmlinux"
        if plain.exists():
            self.image = plain
        self.modules = path / "lib/modules" / self.release
        self.lock = open(path / "in-use", "a", encoding="ascii")
        fcntl.flock(self.lock, fcntl.LOCK_SH)


def decompress_image(image, plain):
    """Save the guest some seconds of emulation: QEMU also starts a vmlinux."""
    data = image.read_bytes()
    start = data.find(b"\xfd7zXZ\x00")
    if start < 0:
        return
    with contextlib.suppress(lzma.LZMAError):
        kernel = lzma.LZMADecompressor().decompress(data[start:])
        if kernel.startswith(b"\x7fELF"):
            plain.write_bytes(kernel)


def unpack_kernel(cache, package):
    """Download and unpack a package; returns the directory's final name."""
    for stale in cache.glob("unpacking-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="unpacking-", dir=cache))
    try:
        say(f"fetching {package} into {cache} (only the first time)")
        run_quietly("apt-get", "-q", "download", package, cwd=work)
        deb = next(work.glob("*.deb"))
        tree = work / "tree"
        run_quietly("dpkg-deb", "-x", str(deb), str(tree))
        if not (tree / "lib/modules").is_dir():
            os.symlink("usr/lib", tree / "lib")
        image = next(tree.glob("boot/vmlinuz-*"))
        run_quietly(find_program("depmod"), "-b", str(tree),
                    image.name.removeprefix("vmlinuz-"))
        decompress_image(image, tree / "vmlinux")
        tree.chmod(0o755)
        (tree / "in-use").touch()
        final = cache / f"kernel-{package}"
        shutil.rmtree(final, ignore_errors=True)
        tree.rename(final)
        return final
    except StopIteration as err:
        raise VmError(f"{package} is not what a kernel package looks like") from err
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove_other_kernels(cache, keep):
    for path in cache.glob("kernel-*"):
        if path == keep:
            continue
        try:
            with open(path / "in-use", "a", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue


def usable(path):
    return (path / "in-use").exists() and any(path.glob("boot/vmlinuz-*"))


def ensure_kernel(cache):
    """The newest kernel that can be had; asks apt at most once in a while."""
    if platform.machine() != "x86_64":
        raise VmError(f"only x86_64 machines are supported, this one is {platform.machine()}")
    current = cache / "current"
    with locked(cache / "kernel.lock"):
        cached = None
        with contextlib.suppress(OSError):
            cached = cache / f"kernel-{current.read_text(encoding='ascii').strip()}"
            if not usable(cached):
                cached = None
        if cached and abs(time.time() - current.stat().st_mtime) < REFRESH_SECONDS:
            return Kernel(cached)
        package = newest_package()
        if package is None and cached is None:
            say("apt has no package lists: running apt-get update")
            if not apt_get_as_root("update"):
                raise VmError("run 'apt-get update' as root first, the kernel package is not known")
            package = newest_package()
        if package is None:
            if cached is None:
                raise VmError(f"apt knows no {META_PACKAGE} (only Debian is supported)")
            return Kernel(cached)
        path = cache / f"kernel-{package}"
        if not usable(path):
            try:
                path = unpack_kernel(cache, package)
            except VmError:
                if cached is not None:
                    say("keeping the kernel of the last time")
                    return Kernel(cached)
                # Lists that are too old name files that are gone.
                if not apt_get_as_root("update"):
                    raise
                package = newest_package() or package
                path = unpack_kernel(cache, package)
        temporary = cache / "current.new"
        temporary.write_text(package + "\n", encoding="ascii")
        temporary.rename(current)
        kernel = Kernel(path)
        remove_other_kernels(cache, path)
        return kernel
