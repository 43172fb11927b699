# SPDX-License-Identifier: MIT
"""The units for systemd and the rule for udev: whether these accept them, and what they promise.
That a unit's mount is seen by others cannot be tried without a systemd that runs; that it has
nothing that would hide it can."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import paths, usb_bus

UNITS = {"system": paths.BUILD_DIR / "tools" / "usbfuse.service",
         "device": paths.BUILD_DIR / "tools" / "usbfuse@.service",
         "user": paths.BUILD_DIR / "tools" / "systemd" / "usbfuse.service"}
RULES = paths.REPO / "tools" / "udev" / "70-usbfuse.rules"
EXPOSURE = 45  # of 100: what has a mount namespace is out of the question; see the unit

# What makes systemd give a service a mount namespace, from which no mount gets out: those of
# systemd.exec(5) and systemd.resource-control(5) of which the page says so.
HIDING = {"RootDirectory", "RootImage", "RootHash", "DynamicUser", "MountFlags", "MountAPIVFS",
          "ProtectProc", "ProcSubset", "BindPaths", "BindReadOnlyPaths", "MountImages",
          "ExtensionImages", "ExtensionDirectories", "ProtectSystem", "ProtectHome",
          "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths",
          "TemporaryFileSystem", "PrivateTmp", "PrivateDevices", "PrivateNetwork",
          "NetworkNamespacePath", "PrivateIPC", "IPCNamespacePath", "PrivateUsers",
          "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs",
          "ProtectControlGroups", "PrivateMounts", "LogNamespace", "JoinsNamespaceOf",
          "LoadCredential", "LoadCredentialEncrypted", "SetCredential", "SetCredentialEncrypted"}
# What, in the manager of a user, implies NoNewPrivileges=, and so keeps fusermount3 from mounting.
UNPRIVILEGED = {"NoNewPrivileges", "SystemCallFilter", "SystemCallArchitectures", "SystemCallLog",
                "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
                "RestrictSUIDSGID", "RestrictFileSystems", "MemoryDenyWriteExecute",
                "LockPersonality", "ProtectClock", "ProtectHostname", *HIDING}


def settings(unit):
    """(name, value) of each of its lines."""
    return re.findall(r"^(\w+)=(.*)$", UNITS[unit].read_text(), re.MULTILINE)


@pytest.fixture
def installed(workdir):
    """The units with the program where it really is, in directories of their own."""
    for unit, path in UNITS.items():
        directory = workdir / unit
        directory.mkdir()
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={paths.USBFUSE}", path.read_text(),
                      flags=re.MULTILINE)
        (directory / path.name).write_text(text)
    return workdir


def analyze(*words, **environment):
    paths.require_program("systemd-analyze")
    return subprocess.run(["systemd-analyze", "--no-pager", *map(str, words)],
                          capture_output=True, text=True, timeout=30, check=False,
                          env=dict(os.environ, **environment))


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_it(installed, unit):
    whose = ["--user"] if unit == "user" else []
    done = analyze(*whose, "verify", "--man=no", installed / unit / UNITS[unit].name,
                   XDG_RUNTIME_DIR=str(installed))
    ours = [line for line in done.stderr.splitlines() if "usbfuse" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("unit", ["system", "device"])
def test_how_exposed_it_is(installed, unit):
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}",
                   installed / unit / UNITS[unit].name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_others_see_what_it_mounts(unit):
    assert not HIDING & {name for name, _ in settings(unit)}


def test_a_users_unit_can_mount():
    assert not UNPRIVILEGED & {name for name, _ in settings("user")}


@pytest.mark.parametrize("unit", UNITS)
def test_the_mount_is_cleared_away(unit):
    """Where it is mounted is where it is made a directory, and unmounted when it has died."""
    values = dict(settings(unit))
    where = values["ExecStart"].split()[-1]
    assert where.startswith("%t/usb") and "RuntimeDirectory" not in values
    assert values["ExecStartPre"].split()[-1] == where
    assert values["ExecStopPost"].split()[-1] == where
    assert values["Type"] == "notify" and " -f " in values["ExecStart"]


def test_the_man_page_names_what_they_mount():
    page = (paths.REPO / "tools" / "man" / "usbfuse.8").read_text().replace("\\-", "-")
    for words in ("usbfuse.service", "usbfuse@1-2.service", "/run/usb\n", "/run/usb@1-2",
                  "systemctl --user", "USBFUSE", "70-usbfuse.rules"):
        assert words in page, words


def test_installation(workdir):
    """Where systemd and udev look for them."""
    paths.require_program("meson")
    done = subprocess.run(
        ["meson", "install", "-C", paths.BUILD_DIR, "--no-rebuild", "--destdir", workdir / "root"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {str(path.relative_to(workdir / "root")) for path in (workdir / "root").rglob("*")}
    for ending in ("bin/usbfuse", "systemd/system/usbfuse.service",
                   "systemd/system/usbfuse@.service", "systemd/user/usbfuse.service",
                   "udev/rules.d/70-usbfuse.rules"):
        assert [path for path in found if path.endswith(ending)], (ending, found)


# ---- udev ----

def test_the_rule_has_no_mistakes():
    """udevadm verify is there since systemd 254; before, the guest is where mistakes show."""
    udevadm = shutil.which("udevadm")
    paths.require(udevadm, "the program udevadm")
    if "verify" not in subprocess.run([udevadm, "--help"], capture_output=True, text=True,
                                      check=False).stdout:
        pytest.skip("this udevadm cannot verify rules")
    done = subprocess.run([udevadm, "verify", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def rules():
    """Puts the rule in force; where to write one that comes before it."""
    directory = Path("/run/udev/rules.d")
    directory.mkdir(exist_ok=True)
    mark = directory / "60-marked.rules"
    shutil.copy(RULES, directory)
    yield mark
    mark.unlink(missing_ok=True)
    (directory / RULES.name).unlink()


@pytest.mark.usb
def test_the_rule_starts_the_unit(rules, hardware):
    """For the device that is marked, by the name of its port, and for none else."""
    plugged = usb_bus.plugged("loopback", hardware)
    name = usb_bus.sysfs_name(plugged)
    (attribute, value), = list(plugged.identity.items())[:1]
    rules.write_text(f'SUBSYSTEM=="usb", ATTR{{{attribute}}}=="{value}", ENV{{USBFUSE}}="1"\n')
    for device, wanted in ((name, True), (f"usb{name.partition('-')[0]}", False)):
        done = subprocess.run(["udevadm", "test", f"/sys/bus/usb/devices/{device}"],
                              capture_output=True, text=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        assert (f"SYSTEMD_WANTS=usbfuse@{device}.service" in said) is wanted, said
        assert not re.search(r"70-usbfuse.rules:.*(rror|nvalid|nknown)", said), said
