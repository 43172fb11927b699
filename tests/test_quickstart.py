# SPDX-License-Identifier: MIT
"""tools/quickstart is what newcomers run first."""
import os
import subprocess

import pytest

from harness import paths, procs


@pytest.mark.limit(180)
def test_quickstart():
    paths.require_daemon()
    started = subprocess.Popen(
        [paths.REPO / "tools" / "quickstart"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, env=dict(os.environ, BUILD_DIR=str(paths.BUILD_DIR)),
        start_new_session=True)
    try:
        out, _ = started.communicate(timeout=150)
    finally:
        procs.kill_group(started.pid)
        started.wait()
    assert started.returncode == 0, out
    # What went through the device, on lines of its own.
    lines = out.splitlines()
    assert "hello" in lines and "world" in lines, out
    for command in ("echo hello >", "head -c 6", "timeout 1 cat", "fusermount3 -u"):
        assert any(line.startswith("$ ") and command in line for line in lines), command
    (where,) = [line.partition("=")[2] for line in lines if line.startswith("$ usb=")]
    assert not os.path.exists(where)
