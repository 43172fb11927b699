# SPDX-License-Identifier: MIT
"""layout/COVERAGE.md: each function of libusb has a row, and each row a test, or says why not."""
import ast
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.limit(30)

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "layout" / "COVERAGE.md"


def header():
    flags = subprocess.run(["pkg-config", "--cflags-only-I", "libusb-1.0"], check=True,
                           capture_output=True, text=True, timeout=20).stdout.split()
    for directory in (flag.removeprefix("-I") for flag in flags):
        path = Path(directory) / "libusb.h"
        if path.exists():
            return path.read_text()
    raise AssertionError(f"no libusb.h in {flags}")


def functions(text):
    """What a libusb.h declares or defines, without the types of callbacks."""
    declared = re.findall(r"\bLIBUSB_CALL\s+\**(libusb_\w+)\s*\(", text)
    inline = re.findall(r"^static inline [^;{(]*?\b(libusb_\w+)\s*\(", text, re.M)
    return {name for name in declared + inline if not name.endswith(("_fn", "_cb"))} | \
        ({"libusb_set_log_cb"} & set(declared))


def rows(text):
    """(functions, the other cells) of every row."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and "libusb_" in cells[0]:
            yield re.findall(r"`(libusb_\w+)`", cells[0]), cells[1:]


def names_in(module):
    tree = ast.parse((ROOT / "tests" / module).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def lacks(table, header_text):
    """What is wrong with a table, in words."""
    seen = []
    for names, cells in rows(table):
        seen += names
        if not names:
            yield f"a row without a function: {cells}"
        if len(cells) == 1 and cells[0]:
            continue  # it says why not
        if len(cells) != 2 or not re.fullmatch(r"test_\w+\.py::test_\w+", cells[1]):
            yield f"{names}: no test"
            continue
        module, test = cells[1].split("::")
        if not (ROOT / "tests" / module).exists() or test not in names_in(module):
            yield f"{names}: there is no {cells[1]}"
    for name in sorted(functions(header_text) - set(seen)):
        yield f"{name}: no row"
    for name in sorted({name for name in seen if seen.count(name) > 1}):
        yield f"{name}: several rows"


def test_nothing_is_missing():
    found = functions(header())
    assert len(found) > 90, "the header was not understood"
    assert list(lacks(TABLE.read_text(), header())) == []


ROW = "| `libusb_a` | `file` | test_coverage.py::test_nothing_is_missing |\n"


@pytest.mark.parametrize("table, header_text, word", [
    (ROW, "int LIBUSB_CALL libusb_b(void);", "libusb_b: no row"),
    (ROW + ROW, "", "several rows"),
    ("| `libusb_a` | `file` | |\n", "", "no test"),
    ("| `libusb_a` | `file` | test_coverage.py::test_of_nothing |\n", "", "there is no"),
    ("| `libusb_a` | `file` | test_nowhere.py::test_it |\n", "", "there is no"),
])
def test_a_lack_is_noticed(table, header_text, word):
    assert any(word in lack for lack in lacks(table, header_text))
