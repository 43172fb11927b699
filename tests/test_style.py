# SPDX-License-Identifier: MIT
"""The repository looks as .editorconfig, .clang-format and our own few rules say."""
import shutil
import subprocess

import pytest

from harness import paths, style

SPDX = b"/* SPDX-License-Identifier: MIT */\n"

BAD = [
    (style.whitespace, "a.c", b"int a; \n"),
    (style.whitespace, "a.c", b"        int a;\n"),
    (style.whitespace, "a.c", b"\t        int a;\n"),
    (style.whitespace, "a.c", b"int a;\r\n"),
    (style.whitespace, "a.c", b"int a;"),
    (style.whitespace, "a.c", b"int a;\n\n"),
    (style.whitespace, "a.py", b"\tpass\n"),
    (style.whitespace, "a.py", b"#" * 101 + b"\n"),
    (style.whitespace, "README.md", b"\xff\n"),
    (style.spdx, "a.c", b"int a;\n"),
    (style.spdx, "a.sh", b"#!/bin/sh\n\n\n# SPDX-License-Identifier: MIT\n"),
    (style.length, "a.c", b"\n" * 601),
    (style.foreign_paths, "a.c", b"see /" + b"work/main\n"),
]

GOOD = [
    (style.whitespace, "a.c", b"\tint a;\n"),
    (style.whitespace, "a.c", b"/*\n * a\n */\n"),
    (style.whitespace, "a.py", b"    pass\n"),
    (style.spdx, "a.sh", b"#!/bin/sh\n# SPDX-License-Identifier: MIT\n"),
    (style.length, "a.c", b"\n" * 600),
    (style.length, "a.md", b"\n" * 601),
    (style.foreign_paths, "a.c", b"a framework/path, a network/hub\n"),
]


@pytest.mark.parametrize("rule,name,data", BAD)
def test_a_rule_refuses(rule, name, data):
    assert rule(name, data)


@pytest.mark.parametrize("rule,name,data", GOOD)
def test_a_rule_accepts(rule, name, data):
    assert rule(name, data) == []


@pytest.mark.parametrize("rule", [style.whitespace, style.spdx, style.length, style.foreign_paths],
                         ids=lambda rule: rule.__name__)
def test_every_file(rule):
    wrong = [line for name in style.files() for line in rule(name, style.read(name))]
    assert not wrong, "\n".join(wrong)


def clang_format():
    """Versions differ in what they do; the one that .clang-format was written for decides."""
    for name in ("clang-format-14", "clang-format"):
        program = shutil.which(name)
        if program and b" version 14." in subprocess.run(
                [program, "--version"], capture_output=True, check=False).stdout:
            return program
    return None


@pytest.mark.limit(60)
def test_clang_format():
    program = clang_format()
    paths.require(program, "clang-format 14")
    sources = [name for name in style.files() if style.is_c(name)]
    done = subprocess.run([program, "--dry-run", "-Werror", *sources], cwd=paths.REPO,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
