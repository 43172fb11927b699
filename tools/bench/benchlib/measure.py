# SPDX-License-Identifier: MIT
"""Figures: contenders that take turns, what is compared with what, and goals."""
import statistics
from dataclasses import asdict, dataclass, field

ROWS = []  # of Row, in the order of the table


class Skip(Exception):
    """A row that cannot be measured here, and why."""


@dataclass
class Row:
    name: str
    # "sim": on this machine; "vm": in the guest of tools/vm; "count": there, with --counted
    where: str
    title: str
    run: object


def row(name, where, title):
    """A function that measures: takes a Bench, yields Lines, or raises Skip."""
    def register(function):
        ROWS.append(Row(name, where, title, function))
        return function
    return register


@dataclass
class Line:
    """A line of the table. figures: what each contender did, in the rounds; usbfuse first.
    values: what the goal is about, in the rounds; value: in words. goal: ">=" or "<=", number.
    beyond: why it cannot be met on this machine, whatever usbfuse does."""
    title: str
    unit: str
    figures: dict
    values: list = field(default_factory=list)
    value: str = ""
    goal: tuple = ()
    note: str = ""
    beyond: str = ""
    row: str = ""
    headline: bool = False
    plot: dict = field(default_factory=dict)

    @property
    def met(self):
        """None: there is no goal, or it is beyond this machine."""
        if not self.goal or not self.values:
            return None
        middle = statistics.median(self.values)
        met = middle >= self.goal[1] if self.goal[0] == ">=" else middle <= self.goal[1]
        return None if self.beyond and not met else met

    def as_json(self):
        return asdict(self) | {"met": self.met}

    @staticmethod
    def from_json(fields):
        fields = dict(fields)
        fields.pop("met")
        return Line(**fields)


def take_turns(rounds, contenders):
    """Each of the functions in turn, ROUNDS times: {name: results}."""
    results = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, function in contenders.items():
            results[name].append(function())
    return results


def pick(results, key):
    """{name: figures}; KEY: a key of the results, or a function of one."""
    get = key if callable(key) else lambda result: result[key]
    return {name: [get(result) for result in of] for name, of in results.items()}


def paired(function, *lists):
    """FUNCTION of the figures of each round."""
    return [function(*figures) for figures in zip(*lists)]


def ratios(figures, of, to):
    return paired(lambda a, b: a / b, figures[of], figures[to])
