# SPDX-License-Identifier: MIT
"""The parts of tools/vm, and qmp, which tests use inside the guest."""
