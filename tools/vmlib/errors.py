# SPDX-License-Identifier: MIT
"""The failures that tools/vm reports as its own."""


class VmError(Exception):
    """tools/vm cannot go on; the text is one line for the user."""
