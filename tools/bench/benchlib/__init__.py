# SPDX-License-Identifier: MIT
"""What tools/bench/bench is made of."""
