# SPDX-License-Identifier: MIT
"""Which file may include which: the arrows between the layers, as a table and a function.

fs/ ──► layout/ ──► backend/{desc,snapshot}.h ◄── backend/<x>/;  fs/ ──► backend/backend.h
fs/main.c ──► tools/find/find.h
"""
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# Own headers: (who, what it may include), first match counts. {dir} is the directory of the file.
OWN = [
    (r"backend/util/", [r"backend/util/"]),
    (r"backend/(desc|snapshot)\.[ch]$",
     [r"backend/(desc|snapshot)\.h$", r"backend/util/(macro|list)\.h$"]),
    (r"backend/[^/]+$", [r"backend/[^/]+$", r"backend/util/"]),
    (r"backend/[^/]+/", [r"backend/[^/]+$", r"backend/util/", r"{dir}/"]),
    (r"layout/", [r"layout/", r"backend/(desc|snapshot)\.h$", r"backend/util/(macro|list)\.h$"]),
    # One program: its main() starts the tools that are in it.
    (r"fs/main\.c$", [r"fs/", r"layout/", r"backend/(backend|desc|snapshot)\.h$", r"backend/util/",
                      r"tools/find/find\.h$"]),
    (r"fs/", [r"fs/", r"layout/", r"backend/(backend|desc|snapshot)\.h$", r"backend/util/"]),
    (r"tools/", [r"tools/", r"layout/", r"backend/"]),
    (r"tests/", [r"tests/", r"layout/", r"backend/", r"fs/"]),
]

# Headers of libraries: what may be included only in these directories.
FOREIGN = [
    (r"(.*/)?fuse[^/]*\.h$", [r"fs/", r"tests/", r"tools/"]),
    (r"(.*/)?libusb[^/]*\.h$", [r"backend/usb/", r"tests/", r"tools/"]),
    (r"(.*/)?libudev\.h$", [r"backend/usb/", r"tests/", r"tools/"]),
]

# layout/ and the descriptors are pure: no threads, no clock, no I/O of their own.
PURE = r"(layout/|backend/(desc|snapshot)\.[ch]$)"
IMPURE = r"(pthread|threads|sys/(epoll|eventfd|timerfd|socket|ioctl|time)|time|poll|fcntl)\.h$"


def _matches(patterns, text, **values):
    return any(re.match(p.format(**values) if values else p, text) for p in patterns)


def _own(path, header):
    directory = path.rsplit("/", 1)[0] if "/" in path else ""
    for who, allowed in OWN:
        if re.match(who, path):
            return _matches(allowed, header, dir=re.escape(directory))
    return False


def violations(path, text):
    """What is wrong with the includes of one file: PATH is relative to the repository, TEXT what
    the file contains. A list of lines for people, empty when all is well."""
    wrong = []
    for kind, header in INCLUDE.findall(text):
        if kind == '"' and ("/" not in header or ".." in header):
            wrong.append(f'{path}: "{header}": not written from the repository\'s root')
        elif kind == '"' and not _own(path, header):
            wrong.append(f'{path}: "{header}": no arrow leads there')
        elif kind == "<":
            for library, allowed in FOREIGN:
                if re.match(library, header) and not _matches(allowed, path):
                    wrong.append(f"{path}: <{header}>: that library is not for this layer")
            if re.match(PURE, path) and re.match(IMPURE, header):
                wrong.append(f"{path}: <{header}>: this layer is pure")
    return wrong
