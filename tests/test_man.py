# SPDX-License-Identifier: MIT
"""The manual: complete, without mistakes of typesetting, and its examples do what they say."""
import os
import re
import shutil
import subprocess

import pytest

from harness import paths
from harness.daemon import oneshot

MAN = paths.REPO / "tools" / "man"
PAGES = sorted(MAN.iterdir())
TREE = (MAN / "usbfuse-tree.5").read_text()
# How characters are written that would mean something else, or look like something else.
ESCAPES = {r"\-": "-", r"\(aq": "'", r"\(ti": "~", r"\e": "\\"}


def source(*path):
    return paths.REPO.joinpath(*path).read_text()


def section(text, title):
    """What is below a heading."""
    found = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)
    assert found, f"there is no section {title}"
    return found.group(1)


def items(text):
    """The entries of a list by every name that they have."""
    found = {}
    for entry in re.split(r"^\.It ", text, flags=re.M)[1:]:
        names, _, body = entry.partition("\n")
        for name in re.findall(r"\b(?![A-Z][a-z]\b)\w+", names):
            found[name] = body
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_typesetting(page):
    if shutil.which("mandoc"):
        command = ["mandoc", "-Tlint", "-Wwarning"]
    else:
        paths.require_program("groff")
        command = ["groff", "-ww", "-mdoc", "-Tutf8", "-z"]
    done = subprocess.run([*command, page], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_knob():
    described = items(section(TREE, "KNOBS"))
    rows = re.findall(r'^\t\{KNOB_\w+, "(\w+)"', source("layout", "knob.c"), re.M)
    assert len(rows) > 10
    assert set(rows) == set(described)


def test_every_verb():
    verbs = re.findall(r'^\t\{LAYOUT_\w+, CTL_\w+, "(\w+)"', source("layout", "ctl.c"), re.M)
    assert len(verbs) > 5
    assert set(verbs) <= set(items(section(TREE, "VERBS")))


def test_every_file():
    entries = source("layout", "entries.c")
    names = {*re.findall(r'\((?:dir_|KIND_\w+), "(\w+)"', entries),
             *re.findall(r'^\t(?:LIVE|POWER|PORT)\("(\w+)"', entries, re.M),
             *re.findall(r'\.name = "(\w+)"', entries)}
    assert len(names) > 80
    assert {"README", "idVendor", "runtime_status", "descriptor", "driver", "data"} <= names
    files = section(TREE, "FILES")
    assert not [name for name in sorted(names) if not re.search(rf"\b{name}\b", files)]


def test_every_line_of_status():
    keys = set(re.findall(r'fprintf\(out, "(\w+)(?: %d)?: ', source("fs", "status.c")))
    assert len(keys) > 15
    assert keys <= {*items(section(TREE, "STATUS")), "open"}  # that is the device's
    control = set(re.findall(r'fprintf\(out, "(\w+): ', source("fs", "control_status.c")))
    assert len(control) > 6
    text = section(TREE, "CONTROL REQUESTS")
    assert not [key for key in control if not re.search(rf"^\.(?:Cm|Ql) .*\b{key}\b", text, re.M)]


@pytest.mark.parametrize("page,command", [("usbfuse.8", []), ("usbfuse-find.1", ["find"])])
def test_every_option(page, command):
    page = (MAN / page).read_text().replace(r"\-", "-")
    options = re.findall(r"^ {4}(-\S+(?:, --\S+)?)", oneshot(*command, "--help")[1], re.M)
    assert len(options) > 5
    for option in re.findall(r"[\w]+", " ".join(options)):
        assert re.search(rf"^\.It Fl .*\b{option}\b", page, re.M), option


@pytest.mark.sim
def test_values_and_defaults(loopback):
    """Of every knob: its default, and its words and limits as the program itself explains them."""
    described = items(section(TREE, "KNOBS"))
    for endpoint in (loopback.inp, loopback.out):
        for line in endpoint.ctl.read_text().splitlines()[1:]:
            knob, value = line.split()
            text = " ".join(described[knob].split())
            assert f"Default: .Cm {value} ." in text, (knob, text)
            with pytest.raises(OSError):
                endpoint.ctl.write_text(f"{knob} ?\n")
            (words,) = re.findall(rf"{knob} is: (.*)$", endpoint.status.read_text(), re.M)
            for word in re.findall(r"\w+ to \w+|\w+", words.replace("or a number from", "")):
                if not re.fullmatch("8[0-9a-f]", word):
                    assert re.search(rf"\b{word}\b", text), (knob, word, text)


def examples():
    """The displays of EXAMPLES: a line with "$ " is a command, "> " goes on with it, and what
    follows is its output."""
    text = section(TREE, "EXAMPLES")
    for display in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S):
        for escape, character in ESCAPES.items():
            display = display.replace(escape, character)
        yield from re.findall(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", display, re.M)


@pytest.mark.limit(60)
def test_examples(daemon, clients):
    """All of them, one after the other, in one shell."""
    for program in ("python3", "bash"):
        paths.require_program(program)
    script, expected = [f"cd {daemon('--demo').mount}"], []
    for number, (command, output) in enumerate(examples()):
        script += [f"echo '### {number}'", re.sub(r"^> ", "", command, flags=re.M)]
        expected.append((command, output))
    assert len(expected) > 30
    out = clients.must("exec 2>&1\n" + "\n".join(script), deadline=30).decode()
    # A shell that reads a script says in which line; and a moment may have passed.
    out = re.sub(r"bash: line \d+: ", "bash: ", out)
    out = re.sub(r"\d+\.\d s ago", "0.0 s ago", out)
    got = re.split(r"^### \d+\n", out, flags=re.M)[1:]
    assert [(command, output) for (command, _), output in zip(expected, got)] == expected


def test_examples_need_nothing_else():
    """They begin in the mounted directory, and write nowhere else."""
    assert not [command for command, _ in examples() if re.search(r"> */(?!dev/null)", command)]
    assert os.path.isdir(MAN)
