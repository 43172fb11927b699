# SPDX-License-Identifier: MIT
"""Which lines of a daemon's log are a failure, and which of the kernel's may explain one."""
import re
import subprocess

SUSPICIOUS = re.compile(r"""
    \berror:\s | \bwarning:\s           # the daemon's own levels, and the loader's
  | Sanitizer | \bruntime\ error\b       # ASan, LSan, TSan, UBSan
  | ^==\d+==                             # valgrind, and the sanitizers' first line
  | ^fuse:\s                             # libfuse, past our log
  | \bAssertion\b | \bassertion\b        # assert(3)
  | \bdouble\ free\b | \bcorrupt         # malloc
  | stack\ smashing | buffer\ overflow\ detected
  | \bSegmentation\ fault\b
""", re.VERBOSE)

# vhci_hcd's account of every cancellation.
CHATTER = re.compile(r"vhci_hcd: (unlink->seqnum|urb->status|the urb .* was already given back)")


def complaints(text, allowed=()):
    """The lines of TEXT that fail a test: suspicious ones that none of the regular expressions
    ALLOWED matches."""
    patterns = [re.compile(pattern) for pattern in allowed]
    return [line for line in text.splitlines()
            if SUSPICIOUS.search(line) and not any(p.search(line) for p in patterns)]


def kernel_log(lines):
    """The last LINES lines that say something."""
    text = subprocess.run(["dmesg"], stdout=subprocess.PIPE, timeout=20, check=False,
                          encoding="utf-8", errors="replace").stdout
    return [line for line in text.splitlines() if not CHATTER.search(line)][-lines:]
