#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads the first MiB of a USB stick without a driver, to standard output:
   echo none > INTERFACE/driver; bot.py INTERFACE > FILE; echo auto > INTERFACE/driver"""
import glob, os, select, struct, sys

files = {}
for endpoint in glob.glob(f"{sys.argv[1]}/ep*"):
    files[open(f"{endpoint}/direction").read().strip()] = f"{endpoint}/data"
out, inp = os.open(files["out"], os.O_WRONLY), os.open(files["in"], os.O_RDONLY)
poll = select.poll()
poll.register(inp, select.POLLIN)


def receive(length):
    data = b""
    while len(data) < length:
        if not poll.poll(5000):
            sys.exit("the stick does not answer")
        data += os.read(inp, length - len(data))
    return data


def command(cdb, length, may_fail=False):
    """One command of the Bulk-Only Transport: the wrapper, the data, the status."""
    os.write(out, struct.pack("<4sIIBBB16s", b"USBC", 1, length, 0x80, 0, len(cdb), cdb))
    data = receive(length)
    if receive(13)[12] != 0 and not may_fail:
        sys.exit(f"command {cdb[0]:#x} failed")
    return data


inquiry = command(struct.pack(">BBBHB", 0x12, 0, 0, 36, 0), 36)
command(bytes(6), 0, may_fail=True)  # a stick begins by saying that it was just switched on
last, size = struct.unpack(">II", command(struct.pack(">B9x", 0x25), 8))
print(inquiry[8:32].decode(), f"{last + 1} blocks of {size} bytes", file=sys.stderr)
for block in range(0, (1 << 20) // size, 64):
    read = struct.pack(">BBIBHB", 0x28, 0, block, 0, 64, 0)
    sys.stdout.buffer.write(command(read, 64 * size))
