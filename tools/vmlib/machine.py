# SPDX-License-Identifier: MIT
"""Runs one QEMU: its command line, its sockets, its end.

Each character device of QEMU is one end of a socket pair, so there are no
socket files. Two pairs have both ends in QEMU: the guest's port "qmp" is
connected to QEMU's own monitor, the port "ftdi" to the chardev "ftdi".
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import tty

from .errors import VmError

KVM_CREATE_VM = 0xAE01
ESCAPE = b"\x1d"
KERNEL_ARGS = (
    "console=ttyS0 panic=-1 rdinit=/init mitigations=off nokaslr no_timer_check"
    " cryptomgr.notests random.trust_cpu=on rcupdate.rcu_expedited=1"
    " printk.time=1 net.ifnames=0"
)


def kvm_is_usable():
    """Whether an ordinary kernel runs under KVM here.

    A /dev/kvm without the processor's own virtualization is made for special
    guest kernels: it creates machines, but Debian's kernel hangs in them.
    """
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    if not {"vmx", "svm"} & set(flags):
        return False
    try:
        device = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.close(fcntl.ioctl(device, KVM_CREATE_VM, 0))
        return True
    except OSError:
        return False
    finally:
        os.close(device)


def option(path):
    """A path as the value of a QEMU option."""
    return str(path).replace(",", ",,")


def die_with_parent(parent):
    """For the child: be killed when tools/vm ends, however it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


class Machine:
    """A QEMU process and the host's ends of its sockets."""

    def __init__(self, program, accel, memory, cpus):
        self.argv = [
            program, "-no-user-config", "-nodefaults", "-no-reboot", "-display", "none",
            "-name", "usbfuse-vm", "-M", f"q35,accel={accel},sata=off,smbus=off,i8042=off",
            "-cpu", "max,-arch-capabilities" if accel == "kvm" else "max,-erms",
            "-smp", str(cpus), "-m", str(memory),
            "-device", "virtio-serial-pci",
            "-device", "qemu-xhci,id=xhci,p2=15,p3=15",
        ]
        self.inherited = []
        self.process = None

    def add(self, *argv):
        self.argv += argv

    def kernel(self, image, initrd, log):
        self.add("-kernel", str(image), "-initrd", str(initrd), "-append", KERNEL_ARGS,
                 "-chardev", f"file,id=log,path={option(log)}", "-serial", "chardev:log")

    def share(self, tag, path, readonly):
        flag = ",readonly=on" if readonly else ""
        self.add("-fsdev", f"local,id={tag},path={option(path)},security_model=none,"
                 f"multidevs=remap{flag}",
                 "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}")

    def stick(self, path):
        self.add("-blockdev", f"driver=file,node-name=stick0-file,filename={option(path)}",
                 "-blockdev", "driver=raw,node-name=stick0,file=stick0-file")

    def speaker(self, path):
        """What is played becomes a file; usb-audio's rate, so that nothing is resampled."""
        self.add("-audiodev", f"wav,id=speaker,path={option(path)},out.frequency=48000")

    def _chardev(self, name, end):
        self.inherited.append(end)
        self.add("-chardev", f"socket,id={name},fd={end.fileno()}")

    def port(self, name, kind="virtserialport"):
        """A port of the guest; returns the host's end of it."""
        ours, theirs = socket.socketpair()
        self._chardev(f"port-{name}", theirs)
        named = f",name={name}" if kind == "virtserialport" else ""
        self.add("-device", f"{kind},chardev=port-{name}{named}")
        return ours

    def loop(self, chardev):
        """A chardev whose other side is the guest's port of the same name."""
        one, other = socket.socketpair()
        self._chardev(chardev, one)
        self._chardev(f"port-{chardev}", other)
        self.add("-device", f"virtserialport,chardev=port-{chardev},name={chardev}")

    def count_instructions(self):
        """The clock of the guest; when it is idle, the next timer is due at once."""
        self.add("-icount", "shift=0,sleep=off")

    def start(self, errors):
        parent = os.getpid()
        # pylint: disable=subprocess-popen-preexec-fn
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            pass_fds=[end.fileno() for end in self.inherited], start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent))
        for end in self.inherited:
            end.close()

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Stream:
    """Tells the command's output from the lines that begin with the token."""

    def __init__(self, token):
        self.token = token
        self.held = b""

    def feed(self, data):
        """Yields (output, None) and (b"", line) in order."""
        self.held += data
        while True:
            at = self.held.find(self.token)
            if at < 0:
                keep = self._partial()
                if len(self.held) > keep:
                    yield self.held[:len(self.held) - keep], None
                    self.held = self.held[len(self.held) - keep:]
                return
            if at > 0:
                yield self.held[:at], None
                self.held = self.held[at:]
            line, newline, rest = self.held[len(self.token):].partition(b"\n")
            if not newline:
                return
            self.held = rest
            yield b"", line.decode()

    def _partial(self):
        """How many of the last bytes may be the beginning of a token."""
        for size in range(min(len(self.token) - 1, len(self.held)), 0, -1):
            if self.held.endswith(self.token[:size]):
                return size
        return 0


def write_all(descriptor, data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view):]
        except BlockingIOError:
            select.select([], [descriptor], [])


class Relay:
    """Copies between the guest's ports and this process's own files."""

    def __init__(self, port, console, token, started):
        self.port = port
        self.console = console
        self.stream = Stream(token)
        self.started = started
        self.status = None

    def run(self):
        """Returns the command's exit status, or None when QEMU ended first."""
        with contextlib.ExitStack() as stack:
            sources = {self.port.fileno(): self._from_port}
            if self.console is not None:
                sources[self.console.fileno()] = self._from_console
                sources[0] = self._from_stdin
                self._use_terminal(stack)
            while self.status is None:
                ready, _, _ = select.select(list(sources), [], [])
                for source in ready:
                    if not sources[source]():
                        del sources[source]
                if self.port.fileno() not in sources:
                    break
            if self.console is not None:
                self._drain_console()
        return self.status

    def _from_port(self):
        data = receive(self.port)
        for output, line in self.stream.feed(data):
            if line is None:
                write_all(1, output)
            elif line == "start":
                self.started()
                self._send_window_size()
            elif line.startswith("exit "):
                self.status = int(line[5:])
        return bool(data)

    def _from_console(self):
        data = receive(self.console)
        write_all(1, data)
        return bool(data)

    def _drain_console(self):
        while select.select([self.console], [], [], 0.05)[0] and self._from_console():
            pass

    def _from_stdin(self):
        data = os.read(0, 4096)
        if os.isatty(0) and ESCAPE in data:
            raise VmError("ended by Ctrl-]")
        # End of file on a terminal of the guest.
        self.console.sendall(data or b"\x04")
        return bool(data)

    def _use_terminal(self, stack):
        if not os.isatty(0):
            return
        before = termios.tcgetattr(0)
        stack.callback(termios.tcsetattr, 0, termios.TCSADRAIN, before)
        tty.setraw(0)
        signal.signal(signal.SIGWINCH, lambda *_: self._send_window_size())

    def _send_window_size(self):
        if self.console is None or not os.isatty(1):
            return
        size = os.get_terminal_size(1)
        self.port.sendall(f"{size.lines} {size.columns}\n".encode())


def receive(end):
    try:
        return end.recv(65536)
    except ConnectionResetError:
        return b""


def show_tail(path, title, lines=50):
    """The end of a log file on standard error."""
    try:
        text = path.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return
    if text:
        print(f"vm: {title}:", *text, sep="\n  ", file=sys.stderr, flush=True)
