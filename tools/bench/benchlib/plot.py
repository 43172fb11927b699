# SPDX-License-Identifier: MIT
"""A plot as SVG, legible on light and on dark: bars for throughput, curves for scaling."""
import math
import statistics
from html import escape

WIDTH = 860
PANEL = 400   # of a panel with curves
BAR = 20
LABEL = 220   # what bars are called
GAP = 28

STYLE = """
svg { background: #ffffff; font: 12px system-ui, sans-serif; }
text { fill: #24292f; }
.small { font-size: 11px; fill: #57606a; }
.title { font-weight: 600; font-size: 13px; }
.axis { stroke: #8c959f; stroke-width: 1; fill: none; }
.grid { stroke: #d0d7de; stroke-width: 1; fill: none; }
.us { fill: #0969da; } .other { fill: #afb8c1; }
.c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; } .c2 { stroke: #1a7f37; }
.d0 { fill: #0969da; } .d1 { fill: #bc4c00; } .d2 { fill: #1a7f37; }
.curve { fill: none; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; }
  text { fill: #e6edf3; }
  .small { fill: #9da7b3; }
  .axis { stroke: #6e7681; } .grid { stroke: #30363d; }
  .us { fill: #4493f8; } .other { fill: #57606a; }
  .c0 { stroke: #4493f8; } .c1 { stroke: #f0883e; } .c2 { stroke: #3fb950; }
  .d0 { fill: #4493f8; } .d1 { fill: #f0883e; } .d2 { fill: #3fb950; }
}
"""

BARS = {"super-in": "Bulk IN at SuperSpeed, in a virtual machine",
        "super-out": "Bulk OUT at SuperSpeed, in a virtual machine",
        "high-in": "Bulk IN at high speed, in a virtual machine",
        "high-out": "Bulk OUT at high speed, in a virtual machine",
        "stream": "A simulated device without a limit"}
CURVES = {"devices": "by the number of devices",
          "endpoints": "by the number of endpoints in use",
          "readers": "by the number of waiting readers",
          "bytes": "a read, by its size in bytes"}


def text(x, y, what, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{escape(what)}</text>")


def is_ours(name):
    return name.startswith("usbfuse")


def bars(title, groups, unit, top):
    """GROUPS: (title, figures). The drawing, and where it ends."""
    most = max(statistics.median(values) for _, figures in groups for values in figures.values())
    out = [text(0, top + 14, title, "title")]
    y = top + 24
    for group, figures in groups:
        if group:
            out.append(text(0, y + 14, group, "small"))
            y += BAR
        for name, values in figures.items():
            value = statistics.median(values)
            width = max((WIDTH - LABEL - 110) * value / most, 1)
            out.append(text(LABEL - 8, y + 14, name, anchor="end"))
            out.append(f'<rect x="{LABEL}" y="{y + 3}" width="{width:.1f}" height="{BAR - 5}" '
                       f'rx="2" class="{"us" if is_ours(name) else "other"}"/>')
            out.append(text(LABEL + width + 6, y + 14, f"{value:.0f} {unit}", "small"))
            y += BAR
    return out, y + GAP


def powers(low, high):
    return [10 ** n for n in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def short(value):
    for limit, suffix in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if value >= limit and value % limit == 0:
            return f"{value // limit}{suffix}"
    for limit, suffix in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{suffix}"
    return f"{value:g}"


def curves(title, series, left, top):
    """SERIES: {name: {x: y}}, both logarithmic."""
    height, right, bottom = 180, left + PANEL - 60, top + 24 + 180
    start = left + 40
    xs = sorted({x for points in series.values() for x in points})
    ys = [y for points in series.values() for y in points.values()]
    ticks = powers(min(ys), max(ys))
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])
    first, last = math.log10(xs[0]), math.log10(xs[-1])

    def at(x, y):
        across = (math.log10(x) - first) / ((last - first) or 1)
        up = (math.log10(y) - low) / ((high - low) or 1)
        return start + across * (right - start), bottom - up * height

    out = [text(left, top + 14, f"µs, {title}", "title")]
    for tick in ticks:
        _, y = at(xs[0], tick)
        out.append(f'<path class="grid" d="M{start} {y:.1f}H{right}"/>')
        out.append(text(start - 6, y + 4, short(tick), "small", "end"))
    for x in xs:
        out.append(text(at(x, ticks[0])[0], bottom + 16, short(x), "small", "middle"))
    out.append(f'<path class="axis" d="M{start} {bottom}H{right}"/>')
    for n, (name, points) in enumerate(series.items()):
        places = [at(x, points[x]) for x in sorted(points)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        out.append(f'<path class="curve c{n % 3}" d="M{path}"/>')
        out += [f'<circle class="d{n % 3}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
        out.append(f'<rect class="d{n % 3}" x="{start + 110 * n}" y="{bottom + 26}" width="10" '
                   'height="10" rx="2"/>')
        out.append(text(start + 110 * n + 15, bottom + 35, name, "small"))
    return out, bottom + 44 + GAP


def svg(lines):
    """None when there is nothing to draw."""
    out, y = [], 10
    for panel, title in BARS.items():
        found = [line for line in lines if line.plot.get("panel") == panel]
        if found:
            groups = [(line.title if len(found) > 1 else "", line.figures) for line in found]
            drawn, y = bars(title, groups, found[0].unit, y)
            out += drawn
    column, row_top, below = 0, y, y
    for panel, title in CURVES.items():
        series = {line.plot["series"]: {int(x): statistics.median(values)
                                        for x, values in line.figures.items()}
                  for line in lines if line.plot.get("panel") == panel}
        if not series:
            continue
        drawn, end = curves(title, series, column * (WIDTH // 2), row_top)
        out += drawn
        below = max(below, end)
        column += 1
        if column == 2:
            column, row_top = 0, below
    if not out:
        return None
    height = max(y, below)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 {WIDTH + 20} {height:.0f}" '
            f'width="{WIDTH + 20}" height="{height:.0f}" role="img">\n'
            f"<title>usbfuse beside its alternatives</title>\n<style>{STYLE}</style>\n"
            + "\n".join(out) + "\n</svg>\n")
