# SPDX-License-Identifier: MIT
"""The rules of .editorconfig and a few of our own, as functions from a file's bytes to complaints.
C's layout itself is clang-format's."""
import re
import subprocess

from . import paths

LONGEST_C_FILE = 600
# Not ours to format, or not text.
EXEMPT = re.compile(r"(^LICENSE$|\.(png|svg|bin|pcapng|tree)$|^tests/golden/|^tests/fuzz/corpus)")
NO_SPDX = re.compile(r"(^LICENSE$|\.(json|png|svg|bin|pcapng|tree|txt)$|^tests/golden/"
                     r"|^tests/fuzz/corpus)")
# Directories of one machine, which mean nothing on another. (Put together so that this file
# passes.)
FOREIGN_PATH = re.compile("/" + r"(?:work|root|home/\w+)/")


def files():
    """Every file of the repository, as paths relative to it: what git tracks, and what it would
    track next."""
    listed = subprocess.run(
        ["git", "-C", str(paths.REPO), "-c", "safe.directory=*", "ls-files", "-z", "--cached",
         "--others", "--exclude-standard"], capture_output=True, check=True).stdout
    names = sorted(set(listed.decode().split("\0")) - {""})
    return [name for name in names if (paths.REPO / name).is_file()]


def read(name):
    return (paths.REPO / name).read_bytes()


def is_c(name):
    return name.endswith((".c", ".h"))


def _lines(name, data):
    tabs = is_c(name)
    limit = 100 if name.endswith(".py") else None  # in C that is for clang-format to say
    for number, line in enumerate(data.decode().split("\n"), 1):
        where = f"{name}:{number}"
        if line != line.rstrip():
            yield f"{where}: space at the end of the line"
        if tabs and re.match(r"\t* {8}", line):
            yield f"{where}: indented with spaces"
        if name.endswith(".py") and re.match(r" *\t", line):
            yield f"{where}: indented with a tab"
        if limit and len(line.expandtabs(8)) > limit:
            yield f"{where}: longer than {limit} columns"


def whitespace(name, data):
    if EXEMPT.search(name):
        return []
    try:
        wrong = list(_lines(name, data))
    except UnicodeDecodeError as error:
        return [f"{name}: not UTF-8: {error}"]
    if b"\r" in data:
        wrong.append(f"{name}: lines end in CR LF")
    if data and not data.endswith(b"\n"):
        wrong.append(f"{name}: no newline at its end")
    if data.endswith(b"\n\n"):
        wrong.append(f"{name}: an empty line at its end")
    return wrong


def spdx(name, data):
    head = b"\n".join(data.split(b"\n")[:3])
    if NO_SPDX.search(name) or b"SPDX-License-Identifier: MIT" in head:
        return []
    return [f"{name}: no SPDX-License-Identifier: MIT in its first lines"]


def length(name, data):
    lines = data.count(b"\n")
    if is_c(name) and lines > LONGEST_C_FILE:
        return [f"{name}: {lines} lines, at most {LONGEST_C_FILE}: split it"]
    return []


def foreign_paths(name, data):
    found = FOREIGN_PATH.search(data.decode(errors="replace"))
    return [f"{name}: mentions {found.group()}, a path of one machine"] if found else []
