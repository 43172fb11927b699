# SPDX-License-Identifier: MIT
"""The alternative in Python, pyusb: alt_pyusb.py DEV EP SIZE SECONDS. Prints what bench-client
does."""
import array
import json
import sys
import time

import usb.core
import usb.util

from idle import idle

name, endpoint, size, seconds = sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3]), \
    float(sys.argv[4])
device = usb.core.find(custom_match=lambda d: d.port_numbers and f"{d.bus}-" + ".".join(
    map(str, d.port_numbers)) == name)
buffer = array.array("B", bytes(size))
interface = next(i for i in device.get_active_configuration()
                 if any(e.bEndpointAddress == endpoint for e in i))
usb.util.claim_interface(device, interface)
ours = next(e for e in interface if e.bEndpointAddress == endpoint)
move = ours.read if endpoint & 0x80 else ours.write
for length in (0.2 * seconds, 0.8 * seconds):
    moved, begin, cpu, rest = 0, time.monotonic_ns(), time.process_time_ns(), idle()
    while not moved or time.monotonic_ns() - begin < length * 1e9:
        count = move(buffer, 10000)
        moved += count
    ns, used, rest = time.monotonic_ns() - begin, time.process_time_ns() - cpu, idle() - rest
usb.util.dispose_resources(device)
print(json.dumps({"bytes": moved, "ns": ns, "cpu": used, "daemon": 0, "idle": rest}))
