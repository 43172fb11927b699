# SPDX-License-Identifier: MIT
"""The loopback device, as the tests use it: what is written is what it sends."""


def send(device, *messages):
    """Makes it send each of MESSAGES as a transfer of its own."""
    for message in messages:
        with open(device.out.data, "wb", buffering=0) as out:
            assert out.write(message) == len(message)


def read_exactly(file, length):
    """Reads LENGTH bytes, however many transfers that takes."""
    got = bytearray()
    while len(got) < length:
        chunk = file.read(length - len(got))
        assert chunk, f"end of file after {len(got)} of {length} bytes"
        got += chunk
    return bytes(got)


def receive(device, length):
    with open(device.inp.data, "rb", buffering=0) as file:
        return read_exactly(file, length)


def messages(device, number):
    """The next NUMBER transfers that it sends, each as its bytes. Needs `framing hex`."""
    lines = b""
    with open(device.inp.data, "rb", buffering=0) as file:
        while lines.count(b"\n") < number:
            lines += file.read(4096)
    assert lines.count(b"\n") == number and lines.endswith(b"\n"), lines
    return [bytes.fromhex(line.decode()) for line in lines.splitlines()]
