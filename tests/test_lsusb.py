# SPDX-License-Identifier: MIT
"""The comparison with lsusb notices what is missing; it is used in test_vm_lsusb.py."""
from harness import lsusb

OURS = """\
Device 1-1: bus 001 device 002: ID 1d6b:0104
Device Descriptor: (18 bytes at 0)
  bLength                     18
  bcdUSB                      2.00
  idVendor                    0x1d6b  Linux Foundation
  iSerialNumber               3  hello
  Configuration Descriptor: (9 bytes at 18)
    wTotalLength                0x0020
    bmAttributes                0xa0
      Bus Powered
      Remote Wakeup
    bMaxPower                   1  2mA
    Endpoint Descriptor: (7 bytes at 36)
      bEndpointAddress            0x81  EP 1 IN
      SuperSpeed Endpoint Companion Descriptor: (6 bytes at 43)
        bMaxBurst                   2  3 packets
    Endpoint Descriptor: (7 bytes at 49)
      bEndpointAddress            0x81  EP 1 IN
      baAssocJackID(0)            3
    Unknown Descriptor: (5 bytes at 56)
      bLength                     5
      bDescriptorType             255
      data                        01 02 03
"""

THEIRS = """\

Bus 001 Device 002: ID 1d6b:0104 Linux Foundation Multifunction Composite Gadget
Device Descriptor:
  bLength                18
  bcdUSB               2.00
  idVendor           0x1d6b Linux Foundation
  iSerial                 3 hello
  Configuration Descriptor:
    wTotalLength       0x0020
    bmAttributes         0xa0
      (Bus Powered)
      Remote Wakeup
    MaxPower                2mA
    Endpoint Descriptor:
      bEndpointAddress     0x81  EP 1 IN
      bMaxBurst               2
    Endpoint Descriptor:
      bEndpointAddress     0x81  EP 1 IN
      baAssocJackID( 0)       3
    ** UNRECOGNIZED:  05 ff 01 02 03
Device Status:     0x0001
  Self Powered
"""


def test_nothing_is_missing():
    assert lsusb.missing(THEIRS, OURS) == []


def test_all_facts_are_seen():
    facts = sum(len(block.fields) + len(block.words) for block in lsusb.of_lsusb(THEIRS))
    # All lines of THEIRS but the empty one, the bus, five heads and the status.
    assert facts == THEIRS.count("\n") - 1 - 1 - 4 - 2


def test_each_lack_is_noticed():
    for line in OURS.splitlines()[2:]:
        if "(" in line and "baAssoc" not in line:
            continue
        # What lsusb has no line for.
        if line.split()[0] in ("data", "bDescriptorType") or line.endswith(" 5"):
            continue
        assert lsusb.missing(THEIRS, OURS.replace(line + "\n", "", 1)) != [], line


def test_each_change_is_noticed():
    for one, other in (("0x1d6b", "0x1d6c"), ("Foundation", "Fund"), ("2mA", "4mA"),
                       ("2.00", "2.01"), ("EP 1 IN", "EP 1 OUT"), ("Wakeup", "Sleep"),
                       ("(0)            3", "(0)            4"), ("hello", "hallo"),
                       ("01 02 03", "01 02 04")):
        assert lsusb.missing(THEIRS, OURS.replace(one, other, 1)) != [], one
