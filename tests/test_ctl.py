# SPDX-License-Identifier: MIT
"""The ctl file of an endpoint: knobs that read as the lines that set them, verbs, and what is said
of a line that is neither."""
import errno
import os

import pytest

from harness import endpoint, procs
from harness.client import attempt

# Another value than the default for every knob of a bulk endpoint; "pair" depends on the device.
CHANGED_IN = {"depth": "7", "size": "65536", "timeout": "1500", "framing": "hex",
              "share": "broadcast", "auto_clear_halt": "on", "latency": "20"}
CHANGED_OUT = {"depth": "7", "timeout": "1500", "framing": "length", "end": "zlp",
               "coalesce": "on", "auto_clear_halt": "on"}

DEFAULTS_IN = {"depth": "auto", "size": "auto", "timeout": "none", "framing": "stream",
               "share": "queue", "auto_clear_halt": "off", "latency": "auto"}
DEFAULTS_OUT = {"depth": "auto", "timeout": "none", "framing": "stream", "end": "none",
                "coalesce": "off", "auto_clear_halt": "off", "pair": "none"}


def refuses(endpoint, *lines):
    """Whether a write of LINES is EINVAL."""
    fd = os.open(endpoint.ctl, os.O_WRONLY)
    try:
        return attempt(os.write, fd, "\n".join(lines).encode()) == errno.EINVAL
    finally:
        os.close(fd)


def test_defaults(loopback):
    assert loopback.inp.knobs() == DEFAULTS_IN
    assert loopback.out.knobs() == DEFAULTS_OUT


@pytest.mark.parametrize("direction", ["inp", "out"])
def test_saving_and_restoring(loopback, clients, workdir, direction):
    endpoint = getattr(loopback, direction)
    before = endpoint.knobs()
    changed = dict(CHANGED_IN) if direction == "inp" else {
        **CHANGED_OUT, "pair": f"{loopback.inp.address:02x}"}
    assert set(changed) == set(before), "every knob there is"
    clients.must('cat "$1" > "$2"', endpoint.ctl, workdir / "saved")
    endpoint.set(*(f"{knob} {value}" for knob, value in changed.items()))
    assert endpoint.knobs() == changed
    clients.must('cat "$1" > "$2"', endpoint.ctl, workdir / "changed")
    clients.must('cat "$2" > "$1"', endpoint.ctl, workdir / "saved")
    assert endpoint.knobs() == before
    clients.must('cat "$2" > "$1"', endpoint.ctl, workdir / "changed")
    assert endpoint.knobs() == changed


def test_values_as_people_write_them(loopback):
    loopback.inp.set("size 64k", "  depth\t3 ", "# a comment", "", "latency none")
    knobs = loopback.inp.knobs()
    assert (knobs["size"], knobs["depth"], knobs["latency"]) == ("65536", "3", "none")
    loopback.inp.set("size 2M", "depth auto")
    assert loopback.inp.knobs()["size"] == str(2 << 20)
    assert loopback.inp.knobs()["depth"] == "auto"


def test_knobs_outlive_close_and_belong_to_one_endpoint(loopback, clients):
    clients.must('echo framing hex > "$1"', loopback.inp.ctl)
    assert clients.must('grep framing "$1"', loopback.inp.ctl) == b"framing hex\n"
    assert loopback.out.knobs() == DEFAULTS_OUT


def test_a_bad_line_changes_nothing(loopback):
    assert refuses(loopback.inp, "depth 4", "framing hexx", "size 1k")
    assert loopback.inp.knobs() == DEFAULTS_IN
    said = loopback.inp.said("last_ctl_error")
    assert said.startswith("line 2:") and '"hexx"' in said
    assert all(word in said for word in ("stream", "packet", "hex", "length"))


def test_what_is_said_of_an_unknown_word(loopback):
    assert refuses(loopback.inp, "# first", "", "dept 4")
    said = loopback.inp.said("last_ctl_error")
    assert said.startswith("line 3:") and '"dept"' in said
    assert all(word in said for word in DEFAULTS_IN) and "clear_halt" in said
    assert "zlp" not in said, "that is nothing for an IN endpoint"


def test_what_is_said_of_a_number(loopback):
    for line in ("depth x", "depth 0", "depth 65", "depth", "depth -1", "depth 4 4"):
        assert refuses(loopback.inp, line), line
        said = loopback.inp.said("last_ctl_error")
        assert said.startswith("line 1:") and "from 1 to 64" in said and "auto" in said


def test_the_complaint_goes_with_the_next_good_write(loopback):
    assert loopback.inp.said("last_ctl_error") == ""
    assert refuses(loopback.inp, "nonsense")
    assert "nonsense" in loopback.inp.said("last_ctl_error")
    assert loopback.out.said("last_ctl_error") == "", "it is another endpoint's"
    loopback.inp.set("depth auto")
    assert loopback.inp.said("last_ctl_error") == ""


def test_a_text_that_is_too_long_is_complained_about(loopback):
    assert refuses(loopback.inp, "# " + "x" * 5000)
    assert "4096" in loopback.inp.said("last_ctl_error")


@pytest.mark.parametrize("verb", ["zlp", "drain", "end zlp", "coalesce on", "pair none"])
def test_what_only_an_out_endpoint_has(loopback, verb):
    assert refuses(loopback.inp, verb)
    assert verb.split()[0] in loopback.inp.said("last_ctl_error")


@pytest.mark.parametrize("knob", ["size 512", "share queue", "latency none"])
def test_what_only_an_in_endpoint_has(loopback, knob):
    assert refuses(loopback.out, knob)


@pytest.mark.parametrize("verb", ["clear_halt", "flush", "reset_stats"])
def test_what_both_have(loopback, verb):
    loopback.inp.set(verb)
    loopback.out.set(verb)


def test_verbs_and_knobs_in_one_write(loopback):
    loopback.out.set("depth 2", "drain", "zlp", "depth 3", "drain")
    assert loopback.out.knobs()["depth"] == "3"
    assert loopback.out.count("zlps") == 1


def test_reset_stats(loopback):
    loopback.out.set("zlp")
    assert (loopback.out.count("transfers"), loopback.out.count("zlps")) == (1, 1)
    loopback.out.set("reset_stats")
    for counter in ("bytes", "transfers", "zlps", "errors", "backoffs", "lost"):
        assert loopback.out.count(counter) == 0, counter


def test_reset_stats_forgets_the_last_error(puppet):
    puppet.bus.stall(puppet, puppet.inp)
    fd = os.open(puppet.inp.data, os.O_RDONLY)
    try:
        assert attempt(os.read, fd, 10) == errno.EPIPE
    finally:
        os.close(fd)
    assert "EPIPE" in puppet.inp.said("last_error")
    puppet.inp.set("reset_stats")
    assert puppet.inp.said("last_error") == "" and puppet.inp.count("errors") == 0


def test_the_names_are_in_the_file(loopback, clients):
    """Someone who does not know the words reads the file."""
    first = clients.must('head -n 1 "$1"', loopback.out.ctl)
    assert first.startswith(b"#")
    assert all(verb in first for verb in (b"clear_halt", b"flush", b"zlp", b"drain"))


# ---- verbs that wait ----

@pytest.fixture
def stuck(puppet, clients):
    """An OUT endpoint with a queued write that the device does not take."""
    out = puppet.out
    puppet.bus.control.pause(puppet.name, out.address)
    out.ctl.write_text("depth 4\n")
    # Not in this process: closing a copy of the descriptor waits, also when a child does it.
    writer = clients.start_python("fd = os.open(sys.argv[1], os.O_WRONLY)\n"
                                  "os.write(fd, b'queued')\n"
                                  "print('written', flush=True)\n"
                                  "sys.stdin.read()\n", out.data, stdin=True)
    writer.wait_output(b"written")
    return puppet


@pytest.mark.sim
@pytest.mark.parametrize("verb", ["drain", "zlp"])
def test_who_waits_for_a_verb_does_not_keep_others_out(stuck, clients, verb):
    """Not for long: opening with > needs the kernel's lock of the file, which a write holds."""
    waiting = clients.start_sh('echo "$1" > "$2"', verb, stuck.out.ctl)
    endpoint.wait_waiting(stuck.out, 1)
    clients.must('echo reset_stats > "$1"', stuck.out.ctl)
    assert waiting.running()
    stuck.bus.control.resume(stuck.name, stuck.out.address)
    assert waiting.wait().status == 0


@pytest.mark.sim
def test_a_verb_that_fails_while_its_writer_waits_in_close(stuck, clients):
    waiting = clients.start_python(
        "fd = os.open(sys.argv[1], os.O_WRONLY)\n"
        "os.write(fd, b'drain\\nzlp\\n')\n"
        "print('written', flush=True)\n"
        "try:\n"
        "    os.close(fd)\n"
        "except OSError as error:\n"
        "    print(errno.errorcode[error.errno])\n", stuck.out.ctl)
    waiting.wait_output(b"written")
    stuck.bus.control.unplug(stuck.name)
    assert b"ENODEV" in waiting.wait().out


@pytest.mark.sim
def test_a_verb_ends_with_its_writer(stuck, clients):
    """Killed while it waits in close(): nothing of it is left."""
    waiting = clients.start_python("fd = os.open(sys.argv[1], os.O_WRONLY)\n"
                                   "os.write(fd, b'drain\\n')\n"
                                   "print('written', flush=True)\n"
                                   "os.close(fd)\n", stuck.out.ctl)
    waiting.wait_output(b"written")
    endpoint.wait_waiting(stuck.out, 2)
    waiting.kill()
    procs.eventually(lambda: stuck.out.count("waiting") == 0, 10, "nobody waits")
    assert stuck.out.count("errors") == 0 and stuck.out.said("last_error") == ""


@pytest.mark.sim
def test_a_verb_behind_one_that_waits(puppet, clients):
    """It takes back what is in flight, which is not done from where the first has ended."""
    puppet.out.set("depth 4")
    puppet.bus.pause(puppet, puppet.out)
    verbs = clients.start_sh(r'exec printf "zlp\nclear_halt\n" > "$1"', puppet.out.ctl)
    endpoint.wait_armed(puppet.out)
    writer = clients.start_sh('echo abc > "$1"', puppet.out.data)
    endpoint.wait_count(puppet.out, "pending", 2)
    puppet.bus.resume(puppet, puppet.out)
    assert verbs.wait().status == 0
    writer.wait()
    assert puppet.out.count("zlps") == 1
