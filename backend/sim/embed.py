#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a text into a C file: embed.py INPUT OUTPUT HEADER NAME."""
import sys

source, target, header, name = sys.argv[1:]
data = open(source, "rb").read()
rows = [data[i : i + 16] for i in range(0, len(data), 16)]
with open(target, "w", encoding="ascii") as out:
    out.write('#include "%s"\n\nconst char %s[] = {\n' % (header, name))
    for row in rows:
        # As signed characters, so that no compiler finds a value out of range.
        out.write("\t" + " ".join("%d," % (b - 256 if b > 127 else b) for b in row) + "\n")
    out.write("\t0};\nconst size_t %s_len = sizeof(%s) - 1;\n" % (name, name))
