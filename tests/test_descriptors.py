# SPDX-License-Identifier: MIT
"""descriptors.txt and descriptors.json: what they say, and that both say the same."""
import itertools
import json
import re

import pytest

from harness import paths, schema

pytestmark = pytest.mark.sim

GOLDEN = paths.REPO / "tests" / "golden"
SCHEMA = paths.REPO / "layout" / "decode" / "descriptors.schema.json"


def directories(mount):
    return sorted(path.parent for path in mount.glob("*/busnum"))


def nodes(document):
    """Every descriptor of a document, in the order of the text."""
    stack = [document["descriptors"], document.get("bos", [])]
    for children in stack:
        for node in children:
            yield node
            yield from nodes({"descriptors": node["children"]})


def blocks(text):
    """The descriptors of a text: each with its head line, and the words of the lines below."""
    found = []
    for line in map(str.strip, text.splitlines()):
        if re.search(r": \(\d+ bytes at \d+\)$", line):
            found.append((line, []))
        elif found:
            found[-1][1].append(line.split())
    return found


def report_lines(report):
    """The items of a report descriptor as the text has them, as far as they are numbers."""
    for item in report["items"]:
        raw = bytes.fromhex(item["raw"]).hex(" ")
        what = f"({item['meaning']})" if "meaning" in item else ""
        yield f"{raw} {item.get('name', '')} {what}".split()


def values(node):
    """Every single value, with the name that it has in the text."""
    for name, value in node["fields"].items():
        if isinstance(value, list):
            for index, one in enumerate(value):
                yield f"{name.partition('~')[0]}({index})", one
        else:
            yield name.partition("~")[0], value


@pytest.mark.parametrize("expected", sorted(GOLDEN.glob("*.descriptors.txt")),
                         ids=lambda path: path.name.partition(".")[0])
def test_golden(expected, bus, request):
    """As in test_tree.py: an empty NAME.descriptors.txt adds one, --update-golden accepts."""
    mount = bus.mount_file(paths.DEVICES / f"{expected.name.partition('.')[0]}.dev")
    found = "\n".join((path / "descriptors.txt").read_text() for path in directories(mount))
    if request.config.getoption("update_golden"):
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("file", sorted(paths.DEVICES.glob("*.dev")), ids=lambda path: path.stem)
def test_both_say_the_same(file, bus):
    """The JSON fits its schema, has every byte, and every value of it is in the text, in the same
    order."""
    checker = schema.checker(json.loads(SCHEMA.read_text()))
    for path in directories(bus.mount_file(file)):
        document = json.loads((path / "descriptors.json").read_text())
        assert checker(document) == []
        raw = (path / "descriptors").read_bytes() if (path / "descriptors").exists() else b""
        assert "".join(node["raw"] for node in nodes(document | {"bos": []})) == raw.hex()
        text = blocks((path / "descriptors.txt").read_text())
        for node, (head, lines) in itertools.zip_longest(nodes(document), text, fillvalue={}):
            assert head == f"{node['type']}: ({len(node['raw']) // 2} bytes at {node['offset']})"
            for name, value in values(node):
                line = next((line for line in lines if line[0] == name), None)
                assert line, (head, name)
                lines.remove(line)
                if isinstance(value, int) and not name.startswith("bcd"):
                    assert int(line[1], 0) == value, line
            for problem in node["problems"]:
                assert f"! {problem}".split() in lines
            if "report_descriptor" in node:
                same_report(node["report_descriptor"], lines)


def same_report(report, lines):
    assert "".join(item["raw"] for item in report["items"]) == report["raw"]
    left = iter(lines)
    for wanted in report_lines(report):
        if len(wanted) < 20:  # longer ones are written otherwise
            assert any(line[:len(wanted)] == wanted for line in left), wanted
    for problem in report["problems"]:
        assert f"! {problem.partition(': ')[2]}".split() in lines
    starts = [field["bit"] for one in report["reports"] for field in one["fields"]]
    found = [line[0] for line in lines if re.fullmatch(r"\d+\.\d", line[0])]
    assert found == [f"{start // 8}.{start % 8}" for start in starts]
    for one in report["reports"]:
        end = max((field["bit"] + field["size"] * field["count"] for field in one["fields"]),
                  default=8 if one["id"] else 0)
        assert one["bits"] == end and one["bytes"] == (end + 7) // 8


def test_the_schema_is_checked():
    """The checker refuses what is wrong, whichever one this machine has."""
    checker = schema.checker(json.loads(SCHEMA.read_text()))
    good = {"version": 1, "descriptors": [], "bos": [], "device": {
        "name": "1-1", "busnum": 1, "devnum": 2, "speed_kbit": 480000, "active_configuration": 1}}
    node = {"type": "X", "offset": 0, "raw": "0201", "fields": {"bLength": 2}, "meaning": {},
            "problems": [], "children": []}
    assert checker(good) == []
    assert checker(good | {"descriptors": [node]}) == []
    for wrong in ({"version": 2}, {"descriptors": {}}, {"device": {}}, {"more": 1},
                  {"descriptors": [node | {"raw": "0X"}]},
                  {"descriptors": [node | {"children": [{}]}]},
                  {"descriptors": [node | {"fields": {"bLength": 1.5}}]},
                  {"descriptors": [node | {"meaning": {"bLength": "2"}}]}):
        assert checker(good | wrong) != [], wrong
