"""How a text goes wrong that someone wrote: a word where another stood, a number out of range, a line twice, gone or elsewhere.

Bytes changed at random are seldom YAML, JSON or a log any more, and test little but that. These changes keep most of what they find.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

TOKEN = re.compile(rb"[\w.-]+|\"[^\"\n]*\"|[^\w\s]", re.ASCII)
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*")

ODD_NUMBERS = b"""0 -0 -1 1 2 0.5 1.5 1e-320 1e308 1e999 -1e308 .nan .inf -.inf NaN Infinity 0x1f 0o17 1_000 000 1e400 99999999999999999999 9223372036854775808
-9223372036854775809 16777216 4294967296 1e15 0.1 0.9999999999 2019-02-22 2019-02-30 0001-01-01 9999-12-31 10000-01-01
""".split()
ODD_VALUES = rb"""null|~|true|yes|no|''|""|[]|{}|[[]]|[null]|{a: null}|*a|&a b|!!str 1|!!int x|? a|- 1|{fixed: 3}|{uniform: [1, 2]}|{uniform: [2, 1]}
{triangular: [5, 10, 30]}|{exponential: 30}|{median: 20, p90: 60}|{normal: [45, 10]}|{empirical: [3, 5, 9]}|{empirical: []}|{deadline: 15}|{until: 2020-03-13}
{offer: open_for}|{offer: fine}|{rows: [{when: {case: pretrial}, after: 10}, {after: 60}]}|{not: offered}|{at_least: 2}|{at_most: -1}|{not: {not: a}}|{is: early}
{low: 0.1, mid: 0.2, high: 0.4}|{low: 3, mid: 2, high: 1}|{odds: {a: 0.5, b: rest}}|{rows: [{odds: {a: 1}}]}|{rational: defense}|{person: defense}|{findings: scope}
{evidence: {convict: p, acquit: rest}}|{a: rest, b: rest}|{recalled: x}|{assumed: x}|{file: arrivals.csv}|{from: 0, to: 1, points: 3}|{from: 0, to: 1, points: 1e9}|{offer: next}
"\u0000"|"\ud800"|"\\"|"a\nb"|2019-02-22T10:00:00Z|2019-02-22T24:00:00+25:00|\xff|\xc3\xa9|\xef\xbb\xbf|\xe2\x80\xa8|\x00|%|=|'=1+1'|../x|/etc/passwd|[bold]x[/]|{x!r}
""".replace(b"\n", b"|").split(b"|")[:-1]


class Slips:
    """Changes to texts like those that are given.

    Args:
        texts: from which words and lines are taken.
        whole: those of them that are well formed.
    """

    def __init__(self, texts: Sequence[bytes], whole: Sequence[bytes]) -> None:
        self.words = sorted({word for text in texts for word in TOKEN.findall(text) if len(word) > 1})
        self.lines = sorted({line for text in texts for line in text.splitlines(keepends=True) if line.strip()})
        self.whole = list(whole)
        self.ways: list[Callable[[bytes, random.Random], bytes]] = [self._word] * 4 + [self._value] * 4
        self.ways += [
            self._part,
            self._part,
            self._line,
            self._line,
            self._gone,
            self._gone,
            self._twice,
            self._elsewhere,
            self._byte,
        ]

    def change(self, text: bytes, most: int, chance: random.Random) -> bytes:
        """*text* with one to three slips, no longer than *most* bytes; every other time a well-formed text with them: else slips add up."""
        if chance.random() < 0.5:
            text = chance.choice(self.whole)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            text = chance.choice(self.ways)(text, chance)
        return text[:most]

    def _word(self, text: bytes, chance: random.Random) -> bytes:
        found = [*TOKEN.finditer(text)]
        if not found:
            return self._line(text, chance)
        at = chance.choice(found)
        new = chance.choice(ODD_NUMBERS if NUMBER.fullmatch(at[0]) and chance.random() < 0.8 else self.words)
        return text[: at.start()] + new + text[at.end() :]

    def _value(self, text: bytes, chance: random.Random) -> bytes:
        """Puts another value behind a colon, an equals sign or a comma."""
        found = [*re.finditer(rb"[:=,] *(\[[^\[\]\n]*\]|\{[^{}\n]*\}|[^,\]}{\[\n#]+)", text)]
        if not found:
            return self._word(text, chance)
        at = chance.choice(found)
        new = chance.choice((chance.choice(ODD_VALUES), chance.choice(found)[1], chance.choice(ODD_NUMBERS)))
        return text[: at.start(1)] + new + text[at.end(1) :]

    def _part(self, text: bytes, chance: random.Random) -> bytes:
        """Puts one bracketed part in the place of another."""
        found = [*re.finditer(rb"\[[^\[\]\n]*\]|\{[^{}\n]*\}|<[^<>\n]*>", text)]
        if not found:
            return self._value(text, chance)
        at = chance.choice(found)
        return text[: at.start()] + chance.choice(found)[0] + text[at.end() :]

    def _line(self, text: bytes, chance: random.Random) -> bytes:
        """A line of another text, at any place, now and then deeper or less deep."""
        lines = text.splitlines(keepends=True)
        new = chance.choice(self.lines)
        lines.insert(chance.randint(0, len(lines)), chance.choice((new, new, b"  " + new, new.lstrip())))
        return b"".join(lines)

    def _gone(self, text: bytes, chance: random.Random) -> bytes:
        lines = text.splitlines(keepends=True)
        if len(lines) < 2:
            return self._word(text, chance)
        at = chance.randrange(len(lines))
        del lines[at : at + chance.choice((1, 1, 1, 2, 5))]
        return b"".join(lines)

    def _twice(self, text: bytes, chance: random.Random) -> bytes:
        lines = text.splitlines(keepends=True) or [text]
        at = chance.randrange(len(lines))
        lines[at:at] = lines[at : at + chance.choice((1, 1, 3))] * chance.choice((1, 1, 1, 50))
        return b"".join(lines)

    def _elsewhere(self, text: bytes, chance: random.Random) -> bytes:
        lines = text.splitlines(keepends=True)
        if chance.random() < 0.1:
            chance.shuffle(lines)
        elif lines:
            moved = lines.pop(chance.randrange(len(lines)))
            lines.insert(chance.randint(0, len(lines)), moved)
        return b"".join(lines)

    def _byte(self, text: bytes, chance: random.Random) -> bytes:
        at = chance.randint(0, len(text))
        return text[:at] + bytes([chance.randrange(256)]) + text[at + chance.randint(0, 1) :]
