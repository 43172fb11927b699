# SPDX-License-Identifier: MIT
"""The benchmark runs: with tiny sizes, and whatever its figures are."""
import json
import os
import sys
import types
import xml.etree.ElementTree as xml

import pytest

from harness import paths

sys.path.insert(0, str(paths.REPO / "tools" / "bench"))
from benchlib import run  # noqa: E402

BENCH = paths.REPO / "tools" / "bench" / "bench"

pytestmark = pytest.mark.limit(120)


@pytest.fixture
def bench(clients):
    paths.require_daemon()

    def run(*options):
        return clients.start(paths.PYTHON, BENCH, "--build", paths.BUILD_DIR, *options,
                             deadline=110).wait()
    return run


def rows(bench):
    """{name: where it runs}."""
    lines = bench("--list").out.decode().splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


@pytest.mark.skipif(paths.IN_VM, reason="its rows there take minutes")
def test_every_row_is_measured_or_skipped_with_a_reason(bench, workdir):
    data, plot = workdir / "bench.json", workdir / "bench.svg"
    done = bench("--quick", "--rounds", "1", "--json", data, "--svg", plot)
    assert done.status == 0, done
    found = json.loads(data.read_text())
    measured = {line["row"] for line in found["lines"]}
    skipped = {name: why for name, _, why in found["skipped"]}
    for name, where in rows(bench).items():
        if where == "sim" and name != "setup":
            assert name in measured, skipped
        else:
            assert name in measured or skipped[name]
    # The table has every line, with figures.
    table = [line for line in done.out.decode().splitlines() if line.startswith("| ")]
    assert len(table) == 1 + len(found["lines"])
    assert all(line["values"] or line["figures"] for line in found["lines"])
    assert all(line["met"] is not None for line in found["lines"]
               if line["goal"] and not line["beyond"])
    assert xml.parse(plot).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_row_that_is_not_there(bench):
    done = bench("--only", "nonsense")
    assert done.status == 2
    assert b"nonsense" in done.err


def test_what_is_not_measured_now_is_kept(bench, workdir):
    """A machine is not always quiet for long enough."""
    data = workdir / "bench.json"
    for name in ("start", "poll", "start"):
        assert bench("--quick", "--rounds", "1", "--only", name, "--json", data).status == 0
    found = json.loads(data.read_text())["lines"]
    assert [line["row"] for line in found] == ["poll", "poll", "start"]


def watched(script):
    """What is said of a program that this file system, here, has nothing to do with."""
    daemon = types.SimpleNamespace(pid=os.getpid())
    bench = run.Bench(paths.BUILD_DIR, 1, quick=True)
    return bench.watch(daemon, [paths.PYTHON, "-c", "import os, time\n"
                                "file = os.open('/dev/zero', os.O_RDONLY)\n"
                                "os.read(file, 1 << 20)\n" + script])


def test_a_program_has_no_turn_while_it_is_watched():
    """On a busy machine; there would be no bytes to divide by."""
    result = watched("while True:\n    time.sleep(0.4)\n    os.read(file, 1000)\n")
    assert result["bytes"] >= 1000
    assert result["ns"] > 0.05e9


def test_a_program_ends_while_it_is_watched():
    with pytest.raises(RuntimeError, match="has ended with 3"):
        watched("raise SystemExit(3)\n")
