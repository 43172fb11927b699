# SPDX-License-Identifier: MIT
"""The control socket of a simulated bus, as backend/sim/README.md describes it.

    with Sim("/path/of/socket") as sim:
        sim.wait_pending("loopback", 0x81, 1)
        sim.unplug("loopback")

A device is named as in its description, or by its port ("1-2"). Endpoints are numbers: 0x81; where
there is a parameter for a stream of it, 0 stands for none. Every method raises SimError when the
bus says no, and TimeoutError when it says nothing in time. Threads may not share an object; several
objects may be connected at once."""
import socket
from dataclasses import dataclass

TIMEOUT = 10.0


class SimError(Exception):
    """The bus has refused a command; its words."""


@dataclass
class Device:
    """What list() tells. seq: None while it is not plugged in."""
    name: str
    port: str
    seq: int | None


@dataclass
class Taken:
    """What an OUT endpoint has received. packets: sizes, so that short packets and ZLPs (0) can be
    seen; data: the first MiB; total: all of it."""
    total: int
    packets: list
    data: bytes


@dataclass
class Opened:
    """open: handles; times: how often it was opened since it was plugged in."""
    open: int
    times: int
    claimed: list
    configuration: int


@dataclass
class Counters:
    """Transfers of an endpoint; queued: bytes (and a little more) that wait to be fetched.
    Isochronous ones: missed: how often the queue ran dry and was started again; wrong: packets
    that a sink which checks did not want."""
    submitted: int
    completed: int
    cancelled: int
    pending: int
    max_pending: int
    queued: int
    missed: int = 0
    wrong: int = 0


def _endpoint(endpoint, stream=0):
    """The words for an endpoint, or for a stream of it."""
    return [f"{endpoint:02x}", *([f"stream={stream}"] if stream else [])]


def _fields(text):
    return dict(word.partition("=")[::2] for word in text.split(" "))


class Sim:
    def __init__(self, path, timeout=TIMEOUT):
        self.timeout = timeout
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(timeout)
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rb")

    def close(self):
        self._file.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, *words):
        """Sends a command without waiting; receive() has the reply."""
        self._socket.sendall((" ".join(map(str, words)) + "\n").encode())

    def receive(self, timeout=None):
        """The next reply, without its "ok"."""
        self._socket.settimeout(self.timeout if timeout is None else timeout)
        line = self._file.readline().decode()
        if not line.endswith("\n"):
            raise EOFError("the bus has gone")
        word, _, rest = line.rstrip("\n").partition(" ")
        if word != "ok":
            raise SimError(rest)
        return rest

    def command(self, *words, timeout=None):
        self.send(*words)
        try:
            return self.receive(timeout)
        except TimeoutError:
            # Its reply may still come, and would be taken for that of the next command.
            self.close()
            raise TimeoutError("no reply to " + " ".join(map(str, words))[:200]) from None

    # ---- presence ----

    def list(self):
        entries = (entry.split(",") for entry in self.command("list").split())
        return [Device(name, port, None if seq == "-" else int(seq)) for name, port, seq in entries]

    def plug(self, name_or_file):
        """Plugs in a known device again, or all those that a file describes."""
        self.command("plug", f'"{name_or_file}"')

    def unplug(self, name):
        self.command("unplug", name)

    def wait_plugged(self, name, plugged=True, timeout=None):
        self.command("wait-plugged", name, int(plugged), timeout=timeout)

    # ---- what a device does ----

    def give(self, name, endpoint, data, stream=0):
        """Has DATA ready in packets. A short packet ends it if its length says so; zlp() else."""
        self.command("give", name, *_endpoint(endpoint, stream), bytes(data).hex())

    def zlp(self, name, endpoint, stream=0):
        self.command("zlp", name, *_endpoint(endpoint, stream))

    def stall(self, name, endpoint, now=False, stream=0):
        """Halts the endpoint: an IN endpoint after what it was given, or NOW."""
        self.command("stall", name, *_endpoint(endpoint, stream), *(["now"] if now else []))

    def babble(self, name, endpoint, size, stream=0):
        """Sends a packet of SIZE bytes, whether it fits or not."""
        self.command("babble", name, *_endpoint(endpoint, stream), size)

    def pause(self, name, endpoint, stream=0):
        """NAKs everything until resume(). Isochronous: its time stands still."""
        self.command("pause", name, *_endpoint(endpoint, stream))

    def resume(self, name, endpoint, stream=0):
        self.command("resume", name, *_endpoint(endpoint, stream))

    def iso_error(self, name, endpoint, packets, *, io=False):
        """The next PACKETS isochronous packets fail with EXDEV, or EIO, and their data is lost."""
        self.command("iso-error", name, f"{endpoint:02x}", packets, *(["io"] if io else []))

    def node(self, name, *words):
        """Changes who may open it: "owner", 1000, "mode", "660", "acl", "user:1001:rw"."""
        self.command("node", name, *words)

    def over_current(self, name, port, is_so=True):
        """There is too much current at a hub's port, which switches its power off."""
        self.command("over-current", name, port, int(is_so))

    def wedge(self, name, *calls):
        """Those calls do not return any more: open, close, claim, submit, cancel, reset,
        alternate, configuration, clear-halt, attribute."""
        self.command("wedge", name, *calls)

    def unwedge(self, name, *calls):
        """They do again; all of them when none is named."""
        self.command("unwedge", name, *calls)

    # ---- what has happened ----

    def taken(self, name, endpoint, clear=False, stream=0):
        reply = _fields(self.command("taken", name, *_endpoint(endpoint, stream),
                                     *(["clear"] if clear else [])))
        packets = []
        for run in filter(None, reply["packets"].split(",")):
            size, _, count = run.partition("x")
            packets += [int(size)] * int(count or 1)
        return Taken(int(reply["total"]), packets, bytes.fromhex(reply["data"]))

    def opened(self, name):
        reply = _fields(self.command("opened", name))
        claimed = [int(number) for number in reply["claimed"].split(",") if number]
        return Opened(int(reply["open"]), int(reply["times"]), claimed,
                      int(reply["configuration"]))

    def counters(self, name, endpoint, stream=0):
        reply = _fields(self.command("counters", name, *_endpoint(endpoint, stream)))
        return Counters(**{key: int(value) for key, value in reply.items()})

    # ---- waiting for it ----

    def wait_taken(self, name, endpoint, size, timeout=None, stream=0):
        """Until at least SIZE bytes have arrived (since taken(clear=True))."""
        self.command("wait-taken", name, *_endpoint(endpoint, stream), size, timeout=timeout)

    def wait_pending(self, name, endpoint, transfers, timeout=None, stream=0):
        """Until at least so many transfers wait at the endpoint; 0: until there is none."""
        self.command("wait-pending", name, *_endpoint(endpoint, stream), transfers, timeout=timeout)

    def wait_opened(self, name, is_open=True, timeout=None):
        self.command("wait-opened", name, int(is_open), timeout=timeout)

    def wait_claimed(self, name, interface, claimed=True, timeout=None):
        self.command("wait-claimed", name, interface, int(claimed), timeout=timeout)
