# SPDX-License-Identifier: MIT
"""A mounted tree as text: one line a file, with its mode and what it says."""
import os
import stat

LONGEST = 160
# What they say changes by itself, or belongs to another test.
SILENT = {"data", "ctl", "status", "request"}


def sends(path):
    """Whether whoever reads a file sends the control request that it is."""
    return os.path.basename(os.path.dirname(path)) == "setup"


def _escaped(content):
    """Contents on one line: as they are where they are printable."""
    try:
        text = content.decode()
        printable = all(c.isprintable() or c == "\n" for c in text)
    except UnicodeDecodeError:
        printable = False
    if printable and "\n" not in text.removesuffix("\n"):
        return text.removesuffix("\n")
    if printable:
        return f"({text.count(chr(10))} lines)"
    return content.hex()


def _entry(path, name):
    found = os.lstat(path)
    head = f"{stat.filemode(found.st_mode)} {name}"
    if stat.S_ISLNK(found.st_mode):
        return f"{head} -> {os.readlink(path)}"
    if stat.S_ISDIR(found.st_mode):
        return f"{head}/"
    if os.path.basename(name) in SILENT or sends(path):
        return head
    with open(path, "rb") as file:
        text = _escaped(file.read())
    return f"{head}: {text if len(text) <= LONGEST else text[:LONGEST] + '…'}".rstrip()


def listing(mount):
    """Everything below MOUNT but the files of the root, which describe usbfuse itself."""
    lines = []
    for directory, names, files in os.walk(mount):
        names.sort()
        if os.path.samefile(directory, mount):
            files = []
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            lines.append(_entry(path, os.path.relpath(path, mount)))
    lines.sort(key=lambda line: line.split(" ", 1)[1].split(":")[0].split("/"))
    return "".join(f"{line}\n" for line in lines)
