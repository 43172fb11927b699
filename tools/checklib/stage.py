# SPDX-License-Identifier: MIT
"""A stage of tools/check: some commands with a log, a time limit, and a count of tests."""
import os
import shlex
import signal
import subprocess
import time
import xml.etree.ElementTree as xml


class Count:
    """How many tests passed, failed, and were skipped."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def count_junit(path):
    """Reads the XML that pytest and meson write. A test that fails twice, itself and then in its
    clean-up, is two test cases there and one here."""
    outcomes = {}
    for number, case in enumerate(xml.parse(path).iter("testcase")):
        key = (case.get("classname"), case.get("name")) if case.get("classname") else number
        kinds = {child.tag for child in case}
        outcome = ("failed" if kinds & {"failure", "error"} else
                   "skipped" if "skipped" in kinds else "passed")
        if outcomes.get(key) != "failed":
            outcomes[key] = outcome
    values = list(outcomes.values())
    return Count(*(values.count(kind) for kind in ("passed", "failed", "skipped")))


class Stage:
    """name; log: the file that everything it runs writes to; status: None until it has ended."""

    def __init__(self, name, log, root):
        self.name = name
        self.log = log
        self.root = root
        self.count = Count()
        self.status = None
        self.seconds = 0.0

    def command(self, *words, limit, env=None):
        """Runs a command with its output in the log; its status. The command and all it has
        started are killed when it takes longer than LIMIT seconds."""
        with open(self.log, "ab") as log:
            log.write(f"$ {shlex.join(map(str, words))}\n".encode())
            log.flush()
            process = subprocess.Popen(
                list(map(str, words)), cwd=self.root, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **(env or {})}, start_new_session=True)
            try:
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                log.write(f"check: killed, it took longer than {limit} s\n".encode())
                return 124
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()

    def run(self, function):
        """Runs the stage: FUNCTION(stage) returns a status. What failed without a test that says
        so counts as one failed test."""
        begin = time.monotonic()
        try:
            self.status = function(self)
        except Exception as error:  # pylint: disable=broad-except # it must not end the others
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(f"check: {type(error).__name__}: {error}\n")
            self.status = 1
        self.seconds = time.monotonic() - begin
        if self.status != 0 and self.count.failed == 0:
            self.count.failed = 1

    def show(self):
        """The log in full when the stage failed, else its end."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        lines = text.splitlines()
        if self.status == 0:
            lines = [line for line in lines if "passed" in line or "SKIPPED" in line][-20:]
        verdict = "passed" if self.status == 0 else f"FAILED, status {self.status}"
        print(f"==== {self.name}: {verdict}, {self.seconds:.0f} s; {self.count}", flush=True)
        for line in lines:
            print(f"    {line}")
