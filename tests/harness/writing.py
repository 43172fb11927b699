# SPDX-License-Identifier: MIT
"""Writing to a device on the simulated bus whose OUT endpoint can be made to wait."""
import mmap
import os


def taken(device, clear=True):
    """What the OUT endpoint has taken: sim.Taken."""
    return device.bus.control.taken(device.name, device.out.address, clear)


def pause(device):
    """It NAKs what is written."""
    device.bus.control.pause(device.name, device.out.address)


def resume(device):
    device.bus.control.resume(device.name, device.out.address)


def queue(clients, device, *texts):
    """The device is busy: a client that has written TEXTS and keeps the file open until it is told
    to close it. (Not we: fork() and exec would close it, too, and wait.)"""
    pause(device)
    client = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "for text in sys.argv[2:]: os.write(fd, text.encode())\n"
        "print('written', flush=True); sys.stdin.readline(); os.close(fd)",
        device.out.data, *texts, stdin=True)
    client.wait_output(b"written\n")
    return client


def close(client):
    """Tells it to; what it left."""
    client.process.stdin.write(b"\n")
    client.process.stdin.flush()
    return client.wait()


def large_write(fd, size, offset=0):
    """With a buffer that begins so far behind the beginning of a page."""
    memory = mmap.mmap(-1, size + 4096)
    with memoryview(memory) as view:
        assert os.write(fd, view[offset:offset + size]) == size
