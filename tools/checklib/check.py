# SPDX-License-Identifier: MIT
"""The stages of tools/check, and what runs beside what.

    build ──► unit ──► sim            build-asan ──► unit-asan ──► asan
      ├─────► vm-1                    build-tsan ──► tsan
      └─────► vm-2 ──► vm-bench

What is on one line runs one after the other. Which tests run in which guest is in
tests/conftest.py.
"""
import argparse
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from stage import Count, Stage, count_junit

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PYTHON = "/usr/bin/python3"
VM_LIMIT = 3000
ONLY = ("unit", "sim", "asan", "tsan", "vm")

# Of the benchmark's, those that no test of tests/test_bench.py can run.
GUEST_ROWS = ("vm-high-in", "vm-trip-high", "vm-setup", "vm-tree")

# What races if anything does; under TSan the whole suite would take too long.
RACY = ("test_interrupt", "test_unplug", "test_poll", "test_duplex", "test_wedge", "test_read",
        "test_write", "test_share", "test_streaming", "test_iso", "test_alternate",
        "test_loss_in", "test_loss_out", "test_cache", "test_configuration",
        "test_control_waiting", "test_lending")

BUILDS = {
    "build": ("gcc", []),
    "build-asan": ("clang", ["-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "build-tsan": ("clang", ["-Db_sanitize=thread", "-Db_lundef=false"]),
}


def options(argv):
    parser = argparse.ArgumentParser(
        prog="tools/check", description="Builds usbfuse and runs its tests: on the simulated bus, "
        "under the sanitizers, and on a real USB stack in a virtual machine.")
    parser.add_argument("--no-vm", action="store_true", help="leave the virtual machine out")
    parser.add_argument("--only", choices=ONLY, action="append", help="only this; may be repeated")
    parser.add_argument("-k", metavar="EXPR", help="only the tests that match, as in pytest")
    parser.add_argument("--keep", action="store_true", help="keep logs and tests' directories")
    return parser.parse_args(argv)


class Check:
    def __init__(self, opts, logs):
        self.opts = opts
        self.logs = logs
        self.stages = []
        self.lock = threading.Lock()

    def wanted(self, name):
        if name == "vm" and self.opts.no_vm:
            return False
        return not self.opts.only or name in self.opts.only

    def stage(self, name, function):
        """Runs a stage and shows it. Whether it went well."""
        stage = Stage(name, self.logs / f"{name}.log", ROOT)
        stage.run(function)
        with self.lock:
            self.stages.append(stage)
            stage.show()
        return stage.status == 0

    # ---- the stages ----

    @staticmethod
    def build(directory):
        compiler, flags = BUILDS[directory]

        def run(stage):
            common = ["-Dwerror=true", *flags]
            if (ROOT / directory / "build.ninja").exists():
                status = stage.command("meson", "configure", directory, *common, limit=60)
            else:
                status = stage.command("meson", "setup", directory, *common, limit=120,
                                       env={"CC": compiler})
            return status or stage.command("ninja", "-C", directory, limit=600)
        return run

    @staticmethod
    def unit(directory):
        def run(stage):
            status = stage.command("meson", "test", "-C", directory, "--no-rebuild",
                                   "--print-errorlogs", limit=300)
            stage.count = count_junit(ROOT / directory / "meson-logs" / "testlog.junit.xml")
            return status
        return run

    def pytest_words(self, junit, *extra):
        words = [PYTHON, "-m", "pytest", "-rfEs", "-q", "-p", "no:cacheprovider",
                 f"--junitxml={junit}", *extra]
        if self.opts.k:
            words += ["-k", self.opts.k]
        if self.opts.keep:
            words += ["--keep"]
        return words

    @staticmethod
    def counted(stage, status, junit):
        """Nothing collected (5) is no failure: -k may say so."""
        if junit.exists():
            stage.count = count_junit(junit)
        return 0 if status == 5 else status

    def pytest(self, directory, limit, modules=()):
        def run(stage):
            junit = self.logs / f"{stage.name}.xml"
            files = [TESTS / f"{module}.py" for module in modules] or [TESTS]
            status = stage.command(*self.pytest_words(junit, *files), limit=limit,
                                   env={"BUILD_DIR": str(ROOT / directory)})
            return self.counted(stage, status, junit)
        return run

    def vm(self, stage, guest):
        out = self.logs / stage.name
        # In the guest OUT is $VM_OUT. Nothing of the environment goes there by itself.
        inner = 'exec "$@" --junitxml="$VM_OUT/junit.xml"'
        variables = [f"{name}={os.environ[name]}" for name in ("CI",) if name in os.environ]
        status = stage.command(
            ROOT / "tools" / "vm", "--build", ROOT / "build", "--share", out,
            "--timeout", VM_LIMIT, "env", *variables, "sh", "-c", inner, "sh",
            *self.pytest_words("/dev/null", "--guest", guest, TESTS), limit=VM_LIMIT + 60)
        return self.counted(stage, status, out / "junit.xml")

    # ---- what runs beside what ----

    def plain_lane(self):
        if self.wanted("unit"):
            self.stage("unit", self.unit("build"))
        if self.wanted("sim"):
            self.stage("sim", self.pytest("build", 1200))

    def sanitizer_lane(self):
        if self.wanted("asan") and self.stage("build-asan", self.build("build-asan")):
            self.stage("unit-asan", self.unit("build-asan"))
            self.stage("asan", self.pytest("build-asan", 1800))
        if self.wanted("tsan") and self.stage("build-tsan", self.build("build-tsan")):
            self.stage("tsan", self.pytest("build-tsan", 1500, RACY))

    @staticmethod
    def guest_rows(stage):
        """Whether they can be measured; as one test."""
        only = [word for name in GUEST_ROWS for word in ("--only", name)]
        status = stage.command(ROOT / "tools" / "bench" / "bench", "--build", ROOT / "build",
                               "--quick", "--rounds", 1, *only, limit=900)
        stage.count = Count(passed=int(status == 0))
        return status

    def vm_lane(self, guest):
        if self.wanted("vm"):
            self.stage(f"vm-{guest}", lambda stage: self.vm(stage, guest))
            if guest == 2 and not self.opts.k:
                self.stage("vm-bench", self.guest_rows)

    def run(self):
        if not self.stage("build", self.build("build")):
            return
        # One after the other in this thread, because some tests count processes' resources; the
        # guests do not mind company.
        guests = [threading.Thread(target=self.vm_lane, args=(guest,)) for guest in (1, 2)]
        for guest in guests:
            guest.start()
        self.plain_lane()
        self.sanitizer_lane()
        for guest in guests:
            guest.join()

    def total(self):
        total = Count()
        for stage in self.stages:
            total.add(stage.count)
        if total.passed + total.failed == 0:
            print("no test ran")
            total.failed = 1
        return total


def main(argv):
    opts = options(argv)
    logs = Path(tempfile.mkdtemp(prefix="usbfuse-check-"))
    check = Check(opts, logs)
    check.run()
    total = check.total()
    if opts.keep or total.failed:
        print(f"logs: {logs}")
    else:
        shutil.rmtree(logs, ignore_errors=True)
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
