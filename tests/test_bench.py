# SPDX-License-Identifier: MIT
"""The benchmark runs: with tiny sizes, and whatever its figures are."""
import json
import xml.etree.ElementTree as xml

import pytest

from harness import paths

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
