# SPDX-License-Identifier: MIT
"""The table, in Markdown."""
import statistics


def number(value):
    """Three digits that mean something."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else \
        f"{value:.3f}"


def middle(values):
    return number(statistics.median(values))


def spread(values):
    """From the least to the most, when there are several."""
    if len(values) < 2:
        return ""
    return f" ({number(min(values))} … {number(max(values))})"


def verdict(line):
    if not line.goal:
        return ""
    if line.met is None:
        return line.beyond
    return "yes" if line.met else "**no**"


def table(lines):
    rows = [("what", "median", "compared (least … most)", "goal", "met")]
    for line in lines:
        figures = "; ".join(f"{name} {middle(values)}" for name, values in line.figures.items())
        value = f"{middle(line.values)}{spread(line.values)} {line.value}" if line.values else ""
        goal = f"{'≥' if line.goal[0] == '>=' else '≤'} {line.goal[1]}" if line.goal else ""
        title = line.title + (f" ({line.note})" if line.note else "")
        unit = f" {line.unit}" if line.unit and figures else ""
        rows.append((title, figures + unit, value, goal, verdict(line)))
    text = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    text += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
             for cells in rows[1:]]
    return "\n".join(text) + "\n"


def skips(skipped):
    return "".join(f"- not measured: {title} ({name}): {why}\n"
                   for name, title, why in skipped)


def summary(lines):
    met = [line.met for line in lines if line.goal]
    return (f"{met.count(True)} goals met, {met.count(False)} not, "
            f"{met.count(None)} beyond this machine")


def replace_block(path, name, text):
    """Puts TEXT between the lines <!-- NAME --> and <!-- /NAME --> of a file."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    old = path.read_text(encoding="utf-8")
    before, _, rest = old.partition(begin)
    _, _, after = rest.partition(end)
    if not after:
        raise ValueError(f"{path} has no {begin.strip()} … {end}")
    path.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
