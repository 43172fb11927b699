#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The usb backend on a made-up sysfs: plain files, and a FIFO for an attribute that hangs.

usage: test_fake_sysfs.py USBIO
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

USBIO = None

DEVICE = bytes.fromhex("1201000200000040 6b1d0401 0106 010203 01".replace(" ", ""))
CONFIG = bytes.fromhex("09022000010100 80 01 0904000002ff000000 0705810200020007050202000200"
                       .replace(" ", ""))


class FakeSysfs:
    """A directory that looks like /sys to the backend."""

    def __init__(self, root):
        self.devices = pathlib.Path(root, "bus/usb/devices")
        self.devices.mkdir(parents=True)
        self.environment = dict(os.environ, SYSFS_PATH=root)

    def add(self, name, devnum, interfaces=("1.0",), **attributes):
        directory = self.devices / name
        directory.mkdir()
        texts = {"busnum": "1", "devnum": str(devnum), "speed": "480", "idVendor": "1d6b",
                 "idProduct": "0104", "manufacturer": "Maker", "product": f"Product {name}",
                 "bConfigurationValue": "1", "urbnum": "3"}
        for key, value in (texts | attributes).items():
            (directory / key).write_text(value + "\n", encoding="utf-8")
        (directory / "descriptors").write_bytes(DEVICE + CONFIG)
        for interface in interfaces:
            inner = directory / f"{name}:{interface}"
            inner.mkdir()
            (inner / "bInterfaceNumber").write_text("%02x\n" % int(interface.split(".")[1]))
            (inner / "bAlternateSetting").write_text(" 0\n")
        return directory

    def run(self, *arguments):
        return subprocess.run([USBIO, *map(str, arguments)], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                              check=False)

    def start(self, *arguments):
        return subprocess.Popen([USBIO, *map(str, arguments)], env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Test(unittest.TestCase):
    def setUp(self):
        # pylint: disable=consider-using-with
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.sysfs = FakeSysfs(directory.name)

    def lines(self, *arguments):
        result = self.sysfs.run(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout.splitlines()

    def test_empty(self):
        self.assertEqual(self.lines("list"), [])

    def test_no_sysfs(self):
        self.sysfs.devices.rmdir()
        self.assertEqual(self.lines("list"), [])

    def test_devices(self):
        self.sysfs.add("1-10", 11)
        self.sysfs.add("1-2", 5, speed="1.5")
        self.sysfs.add("1-2.4", 6, interfaces=("1.1", "1.0"))
        lines = self.lines("list")
        self.assertEqual([line.split()[1] for line in lines], ["1-2", "1-2.4", "1-10"])
        self.assertIn("speed=1500 config=1 ", lines[0])
        self.assertIn(f"desc={len(DEVICE + CONFIG)} ", lines[0])
        self.assertTrue(lines[1].endswith("product=Product 1-2.4 if0.0=- if1.0=-"), lines[1])

    def test_half_a_device(self):
        """What loses its attributes is just being removed."""
        for name in "devnum", "busnum", "descriptors":
            directory = self.sysfs.add("1-2", 5)
            (directory / name).unlink()
            self.assertEqual(self.lines("list"), [], name)
            directory.rename(self.sysfs.devices / f".{name}")

    def test_unconfigured(self):
        self.sysfs.add("1-2", 5, interfaces=(), bConfigurationValue="")
        self.assertIn("config=0 ", self.lines("list")[0])

    def test_configuration_without_interfaces(self):
        self.sysfs.add("1-2", 5, interfaces=(), bConfigurationValue="3")
        self.assertIn("config=3 ", self.lines("list")[0])

    @staticmethod
    def add_hid(directory, interface, name, report, interface_class="03"):
        inner = directory / f"{directory.name}:{interface}"
        (inner / "bInterfaceClass").write_text(interface_class + "\n")
        (inner / name).mkdir()
        (inner / name / "report_descriptor").write_bytes(report)
        return inner / name

    def test_report_descriptors(self):
        """Of HID interfaces alone, of the hid device itself and not of one below it, and only when
        it has been read by its driver."""
        directory = self.sysfs.add("1-2", 5, interfaces=("1.0", "1.1", "1.2", "1.3"))
        hid = self.add_hid(directory, "1.0", "0003:046D:C31C.0001", bytes(63))
        (hid / "0003:046D:4024.0002").mkdir()
        (hid / "0003:046D:4024.0002" / "report_descriptor").write_bytes(bytes(7))
        self.add_hid(directory, "1.1", "0003:046D:C31C.0003", b"")
        self.add_hid(directory, "1.2", "0003:046D:C31C.10000", bytes(4096), interface_class="ff")
        self.add_hid(directory, "1.3", "0003:046D:C31C.10001", bytes(4096))
        (directory / "1-2:1.3" / "0003:046D:C31C").mkdir()
        line = self.lines("list")[0]
        self.assertTrue(line.endswith(" if0.0=-+63 if1.0=- if2.0=- if3.0=-+4096"), line)

    def test_report_descriptor_is_kept(self):
        """What was known before the driver has gone is known as long as the device is there."""
        directory = self.sysfs.add("1-2", 5)
        hid = self.add_hid(directory, "1.0", "0003:046D:C31C.0001", bytes(63))
        (directory / "product").unlink()
        os.mkfifo(directory / "product")
        # The second look is when the product's name has come.
        monitor = self.sysfs.start("monitor", 2, 10)
        self.assertIn("if0.0=-+63", monitor.stdout.readline())
        (hid / "report_descriptor").unlink()
        hid.rmdir()
        (directory / "product").write_text("Late\n", encoding="utf-8")
        line = monitor.communicate(timeout=20)[0]
        self.assertTrue(line.startswith("changed 1-2 "), line)
        self.assertIn("if0.0=-+63", line)

    def test_untrusted_text(self):
        directory = self.sysfs.add("1-2", 5)
        (directory / "product").write_bytes(b"\xff\x01;rm -rf\n")
        result = subprocess.run([USBIO, "list"], env=self.sysfs.environment, check=True,
                                stdout=subprocess.PIPE)
        self.assertIn(b"product=\xff\x01;rm -rf if0", result.stdout)

    @unittest.skipUnless(pathlib.Path("/usr/lib/udev/hwdb.bin").exists(), "no hardware database")
    def test_names_of_the_database(self):
        self.sysfs.add("1-2", 5)
        self.assertTrue(any("ID_VENDOR_FROM_DATABASE" in line and "Linux Foundation" in line
                            for line in self.lines("list", "-v")))

    def test_no_node(self):
        self.sysfs.add("1-2", 5, busnum="251")
        self.assertIn("mode=0 ", self.lines("list")[0])
        result = self.sysfs.run("claim", "1-2", 0)
        self.assertIn("open: ENODEV", result.stdout)

    def test_read_attr(self):
        self.sysfs.add("1-2", 5)
        self.assertEqual(self.lines("attr", "1-2", -1, "urbnum"), ["3"])
        for name in "product", "../1-2/urbnum", "descriptors", "nothing":
            self.assertEqual(self.sysfs.run("attr", "1-2", -1, name).returncode, 1, name)

    def test_device_that_hangs(self):
        """An attribute that blocks holds up neither its own device nor the others."""
        for name in "1-1", "1-3":
            self.sysfs.add(name, int(name[2]))
        hanging = self.sysfs.add("1-2", 2)
        (hanging / "product").unlink()
        os.mkfifo(hanging / "product")
        began = time.monotonic()
        lines = self.lines("list")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual([line.split()[1] for line in lines], ["1-1", "1-2", "1-3"])
        self.assertIn("product=- if0", lines[1])
        self.assertIn("product=Product 1-3 if0", lines[2])

        monitor = self.sysfs.start("monitor", 4, 10)
        time.sleep(1)
        (hanging / "product").write_text("Late\n", encoding="utf-8")
        lines = monitor.communicate(timeout=20)[0].splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["added"] * 3 + ["changed"])
        self.assertIn("1-2 seq=2 ", lines[3])
        self.assertIn("product=Late ", lines[3])


if __name__ == "__main__":
    USBIO = sys.argv.pop(1)
    unittest.main(verbosity=2)
