# SPDX-License-Identifier: MIT
"""Which lines of a daemon's log are a failure."""
import re

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


def complaints(text, allowed=()):
    """The lines of TEXT that fail a test: suspicious ones that none of the regular expressions
    ALLOWED matches."""
    patterns = [re.compile(pattern) for pattern in allowed]
    return [line for line in text.splitlines()
            if SUSPICIOUS.search(line) and not any(p.search(line) for p in patterns)]
