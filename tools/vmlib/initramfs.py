# SPDX-License-Identifier: MIT
"""Writes the initramfs: busybox, a few modules, and the guest's scripts."""

import gzip
import lzma
import stat
import subprocess
from pathlib import Path

from .errors import VmError

MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")


class Cpio:
    """An archive in the "newc" format, which the kernel unpacks."""

    def __init__(self):
        self.parts = []
        self.count = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.count += 1
        path = name.encode() + b"\0"
        fields = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        self._pad(header + path)
        self._pad(data)

    def _pad(self, data):
        self.parts.append(data + b"\0" * (-len(data) % 4))

    def directory(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self.add(name, stat.S_IFREG | mode, data)

    def data(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def read_module(path):
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    return data


def module_name(path):
    return Path(path).name.split(".ko")[0].replace("-", "_")


def load_order(modules, wanted):
    """The files to insert, in order, for the wanted modules to load."""
    depends = {}
    for line in (modules / "modules.dep").read_text(encoding="utf-8").splitlines():
        path, _, needs = line.partition(":")
        depends[module_name(path)] = (path, needs.split())
    builtin = (modules / "modules.builtin").read_text(encoding="utf-8").split()
    builtin = {module_name(path) for path in builtin}
    order = []
    for name in wanted:
        if name in builtin:
            continue
        if name not in depends:
            raise VmError(f"the kernel has no module {name}")
        path, needs = depends[name]
        # modules.dep lists what must be loaded last-to-first.
        for file in (*reversed(needs), path):
            if file not in order:
                order.append(file)
    return order


def build(kernel, busybox, scripts, files):
    """The archive's bytes; files are names and contents for /vm."""
    cpio = Cpio()
    for name in ("bin", "dev", "proc", "sys", "run", "new", "modules", "vm"):
        cpio.directory(name)
    cpio.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    cpio.file("bin/busybox", Path(busybox).read_bytes(), 0o755)
    cpio.file("init", (scripts / "init.sh").read_bytes(), 0o755)
    cpio.file("vm/guest.sh", (scripts / "guest.sh").read_bytes())
    for name, data in files.items():
        cpio.file(f"vm/{name}", data)
    for number, path in enumerate(load_order(kernel.modules, MODULES)):
        cpio.file(f"modules/{number:02}-{module_name(path)}.ko",
                  read_module(kernel.modules / path))
    return cpio.data()
