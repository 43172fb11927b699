# SPDX-License-Identifier: MIT
"""Where things are, and what this machine can do."""
import os
import shutil
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BUILD_DIR = Path(os.environ.get("BUILD_DIR") or os.environ.get("VM_BUILD")
                 or REPO / "build").resolve()
USBFUSE = BUILD_DIR / "usbfuse"
DEVICES = REPO / "tests" / "devices"
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else shutil.which("python3")

IN_CI = os.environ.get("CI", "").lower() in ("true", "1", "yes")
IN_VM = os.environ.get("USBFUSE_VM") == "1"
SANITIZED = "san" in BUILD_DIR.name
# By how much every time limit is longer where everything is slower: instrumented, or in the guest
# of an emulator.
PATIENCE = 4 if IN_VM else 3 if SANITIZED else 1


def rounds(number):
    """How often to do what is done again and again: less often where it would take minutes."""
    return max(1, number // 5) if IN_VM else number


def require(there, capability):
    """Skips the test when CAPABILITY is missing; where CI runs, everything has to be there."""
    if there:
        return
    if IN_CI:
        pytest.fail(f"needs {capability}, which has to be there in CI", pytrace=False)
    pytest.skip(f"needs {capability}")


def require_program(name):
    found = shutil.which(name)
    require(found, f"the program {name}")
    return found


def require_fuse():
    require(os.access("/dev/fuse", os.R_OK | os.W_OK), "/dev/fuse")
    require(shutil.which("fusermount3") or os.geteuid() == 0, "the program fusermount3")


def require_daemon():
    require_fuse()
    if not os.access(USBFUSE, os.X_OK):
        pytest.fail(f"{USBFUSE} is not there: build first, or set BUILD_DIR", pytrace=False)
