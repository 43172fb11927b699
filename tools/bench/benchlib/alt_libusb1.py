# SPDX-License-Identifier: MIT
"""The alternative in Python, python-libusb1 with a queue: alt_libusb1.py DEV EP SIZE SECONDS DEPTH.
Prints what bench-client does."""
import json
import sys
import time

import usb1

from idle import idle

name, endpoint, size, seconds, depth = sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3]), \
    float(sys.argv[4]), int(sys.argv[5])
moved = 0
going = True


def done(transfer):
    global moved
    if transfer.getStatus() == usb1.TRANSFER_COMPLETED:
        moved += transfer.getActualLength()
        if going:
            transfer.submit()


with usb1.USBContext() as context:
    device = next(d for d in context.getDeviceIterator() if d.getPortNumberList() and
                  f"{d.getBusNumber()}-" + ".".join(map(str, d.getPortNumberList())) == name)
    interface = next(setting.getNumber() for setting in device.iterSettings()
                     if any(e.getAddress() == endpoint for e in setting))
    handle = device.open()
    # Some versions have no context manager for the handle.
    with handle.claimInterface(interface):
        transfers = [handle.getTransfer() for _ in range(depth)]
        for transfer in transfers:
            transfer.setBulk(endpoint, size if endpoint & 0x80 else bytes(size), callback=done)
            transfer.submit()
        for length in (0.2 * seconds, 0.8 * seconds):
            moved, begin, cpu, rest = 0, time.monotonic_ns(), time.process_time_ns(), idle()
            while not moved or time.monotonic_ns() - begin < length * 1e9:
                context.handleEvents()
            result = {"bytes": moved, "ns": time.monotonic_ns() - begin,
                      "cpu": time.process_time_ns() - cpu, "daemon": 0, "idle": idle() - rest}
        going = False
        for transfer in transfers:
            try:
                transfer.cancel()
            except (usb1.USBErrorNotFound, usb1.DoomedTransferError):
                pass  # it has ended, and nobody has looked yet
        while any(transfer.isSubmitted() for transfer in transfers):
            context.handleEvents()
    handle.close()
print(json.dumps(result))
