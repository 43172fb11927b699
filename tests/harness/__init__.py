# SPDX-License-Identifier: MIT
"""What the tests stand on. One responsibility a module; the fixtures are in tests/conftest.py.

paths      where things are, and what this machine can do
procs      processes from outside: state, stacks, groups, waiting for the end
mounts     mount points: waiting for one, taking one down, whatever state it is in
logcheck   which lines of a daemon's log are a failure, and the kernel's log
daemon     one running usbfuse
client     programs that use the mounted tree, each with a deadline
limits     the wall-clock limit of a test
watchdog   the process that ends a test whose own process hangs
endpoint   endpoint directories: finding them, their knobs, waiting for a blocked reader
buses      devices by kind, on whichever bus the tests run
sim_bus    … on the simulated bus
usb_bus    … on a real USB stack, in the guest of tools/vm
speaker    … what QEMU's USB loudspeaker played
tally      programs that read and write numbered bytes, and what they count
usb_gadget … gadgets of the kernel's, and of FunctionFS
usbip_*    … devices that a test makes up, on vhci_hcd: descriptors, endpoint and iso what they do,
           wire the protocol, puppet all of it
usbfs      the kernel's interface to devices, with nothing of ours in between
counting   the pattern in which every byte tells its place
events     the file events: reading it without waiting for ever
loop       the loopback device: making it send, receiving what it sent
writing    an OUT endpoint that is made to wait, and what it has taken
layers     which file may include which
style      .editorconfig's rules, and ours
"""
