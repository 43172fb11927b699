# SPDX-License-Identifier: MIT
"""Several programs at one device: on an interface each, and in conversations, under load."""
import pytest

from harness import paths, tally

pytestmark = pytest.mark.sim

# Writes questions and reads the answers to them, which are the same; over one descriptor. A signal
# interrupts it now and then; the answer is still to come then.
CONVERSATION = """
import random
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
fd = os.open(sys.argv[1], os.O_RDWR)
choice = random.Random(int(sys.argv[2]))
for number in range(int(sys.argv[3])):
    question = b"%08d" % number + choice.randbytes(choice.randrange(int(sys.argv[4])))
    assert os.write(fd, question) == len(question)
    answer = b""
    while len(answer) < len(question):
        answer += os.read(fd, choice.randrange(1, 2 * int(sys.argv[4])))
    assert answer == question, (number, len(question), len(answer))
print("all answered")
"""


@pytest.mark.limit(60)
@pytest.mark.parametrize("by", ["end zlp", "latency 5"])
def test_conversations_on_two_interfaces(loopback, clients, by):
    """Two programs, on the pairs of an interface each, do not hear of one another. An answer that
    fills its packets has an end by a ZLP, or is waited for no longer than so many ms."""
    inp, out = loopback.inp, loopback.out
    (out if by == "end zlp" else inp).ctl.write_text(by + "\n")
    programs = []
    for out, (inp, rounds, longest) in zip(
            [e for e in loopback.endpoints if not e.is_in], [(81, 2000, 3000), (83, 500, 200)]):
        out.ctl.write_text(f"pair {inp}\n")
        programs.append(clients.start_python(CONVERSATION, out.data, inp, paths.rounds(rounds),
                                             longest, deadline=50))
    for program in programs:
        result = program.wait()
        assert result.out == b"all answered\n", result


@pytest.mark.limit(60)
def test_everything_at_once(bus, clients, workdir):
    """A reader and a writer each of two devices; of one on an interface each, of the other on one.
    Other programs open and read what is beside them."""
    fast, slow = bus.mount("torrent", "trickle")
    work = [(fast.inp, "reader", 128 << 20), (fast.out, "writer", 128 << 20),
            (slow.inp, "reader", 3 << 20), (slow.out, "writer", 3 << 20)]
    running = []
    for number, (endpoint, program, goal) in enumerate(work):
        tallies = tally.Tallies(workdir, f"tallies{number}", goal_total=goal)
        options = {"resume": 1} if program == "reader" else {}
        running.append(tally.start(clients, program, endpoint.data, tallies, interrupt=900,
                                   reopen=200, nonblock=number % 2, **options))
    look = clients.start_sh('while :; do cat "$@" > /dev/null || exit; done',
                            *(path for endpoint, *_ in work
                              for path in (endpoint.status, endpoint.ctl)))
    for client in running:
        tally.ended_well(client)
    assert look.running(), look.wait()
    for device in (fast, slow):
        assert device.out.count("lost") == 0 and device.out.count("errors") == 0
