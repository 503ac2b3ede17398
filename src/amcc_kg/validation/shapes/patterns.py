"""XPath's regular expressions, which `sh:pattern` and `sh:flags` are (SHACL 4.4.3), written anew as Python's.

The grammar is that of XML Schema 1.1 (part 2, appendix G) with what XPath adds (Functions and Operators 3.1,
section 5.6): `^ $`, reluctant quantifiers, groups that capture nothing, back-references, the flags s m i x q.
Where a hyphen may stand in a class is left open between versions of these texts; as in Saxon, it may not
begin or end a range. Sets of characters are written out range by range, so that nothing hangs on what
Python's own `\\w` or IGNORECASE mean. Knows patterns and no shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

from amcc_kg.validation.shapes.literals import NAME_MORE, NAME_START

Ranges: TypeAlias = list[tuple[int, int]]
"""A set of characters: code points from the first to the last of each pair, in order, none touching."""

FLAGS = "smixq"
_ALL: Ranges = [(0, 0x10FFFF)]
_SPACE: Ranges = [(9, 10), (13, 13), (32, 32)]
_SINGLE = {"n": "\n", "r": "\r", "t": "\t", **{mark: mark for mark in r"\|.?*+(){}-[]^$"}}
"""What a backslash makes of the character behind it (XSD 1.1 production 84; XPath adds the dollar)."""
_MANY_RANGES = 40
_NOT_XPATH = {
    "b": "the edge of a word",
    "B": "what is no edge of a word",
    "A": "the beginning, ^ here",
    "Z": "the end, $ here",
    "z": "the end, $ here",
}
"""What people mean by escapes that XPath does not have."""
_START, _END = r"(?:\A)", r"(?:\Z)"
# The position behind a newline at the very end begins no line (5.6.2, flag m).
_LINE_START, _LINE_END = r"(?:\A|(?<=\n)(?!\Z))", r"(?=\n|\Z)"


class PatternError(ValueError):
    """What is wrong with a pattern or with flags, in words."""


@cache
def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Return what searches as XPath's `fn:matches` does; raises `PatternError` for what XPath refuses."""
    if unknown := [letter for letter in flags if letter not in FLAGS]:
        raise PatternError(f"the flag {unknown[0]!r}; there are {', '.join(FLAGS)}")
    try:
        return re.compile(_Translation(pattern, flags).text, re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"more than can be searched for: {error}") from error


class _Translation:
    """A pattern read from left to right, `text` being what it is for Python."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._fold = "i" in flags
        self._groups = 0
        self._open: list[int] = []  # the groups that are open, by number; 0 if nothing is captured
        self._at = 0
        self._quotable = False  # whether a quantifier may follow
        self._line = "m" in flags
        self._dot = "." if "s" in flags else r"[^\n\r]"
        # Where each character that counts stands: with the flag x, blanks do not.
        places = _places(pattern) if "x" in flags and "q" not in flags else range(len(pattern))
        self._places = places
        self._pattern = "".join(pattern[place] for place in places) if len(places) < len(pattern) else pattern
        if "q" in flags:
            self.text = "".join(map(self._character, pattern))
        else:
            self.text = "".join(self._pieces())

    def _error(self, reason: str, at: int) -> PatternError:
        place = self._places[at] + 1 if at < len(self._places) else "the end"
        return PatternError(f"{reason}, at {'character ' if place != 'the end' else ''}{place}")

    def _peek(self, width: int = 1) -> str:
        return self._pattern[self._at : self._at + width]

    def _pieces(self) -> Iterable[str]:
        while mark := self._peek():
            start = self._at
            self._at += 1
            if mark in "*+?{":
                yield self._quantifier(mark, start)
                self._quotable = False
                continue
            self._quotable = mark not in "(|"
            if mark == "(":
                yield self._group(start)
            elif mark == ")":
                if not self._open:
                    raise self._error("a closing bracket that nothing opens", start)
                self._open.pop()
                yield ")"
            elif mark == "|":
                yield mark
            elif mark == "^":
                yield _LINE_START if self._line else _START
            elif mark == "$":
                yield _LINE_END if self._line else _END
            elif mark == ".":
                yield self._dot
            elif mark == "[":
                yield _written(self._class(start))
            elif mark == "\\":
                yield self._escape(start)
            elif mark in "]}":
                raise self._error(f"{mark}, which has to be written \\{mark}", start)
            else:
                yield self._character(mark)
        if self._open:
            raise self._error("a bracket that is not closed", self._at)

    def _character(self, mark: str) -> str:
        if self._fold and (folded := _folded([(ord(mark), ord(mark))])) != [(ord(mark), ord(mark))]:
            return _written(folded)
        return re.escape(mark)

    def _quantifier(self, mark: str, start: int) -> str:
        if not self._quotable:
            raise self._error(f"{mark} with nothing to repeat", start)
        text = mark
        if mark == "{":
            found = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}").match(self._pattern, start)
            if found is None:
                raise self._error("{ that begins no {n}, {n,} or {n,m}", start)
            if found[3] and int(found[1]) > int(found[3]):
                raise self._error("a range of repetitions that ends before it begins", start)
            text, self._at = found[0], found.end()
        if self._peek() == "?":
            self._at += 1
            text += "?"
        return text

    def _group(self, start: int) -> str:
        if self._peek() == "?":
            if self._peek(2) != "?:":
                raise self._error(
                    "(?, of which XPath knows nothing but (?:…), no looking ahead or behind", start
                )
            self._at += 2
            self._open.append(0)
            return "(?:"
        self._groups += 1
        self._open.append(self._groups)
        return "("

    def _escape(self, start: int) -> str:
        mark = self._peek()
        if mark in tuple("123456789"):
            return self._reference(start)
        if mark == "d":  # the same characters, and no table needed
            self._at += 1
            return r"\d"
        several = self._several(start)
        if several is not None:
            return _written(several)
        return self._character(self._one(start))

    def _reference(self, start: int) -> str:
        """Return a back-reference; more digits belong to it only if there are so many groups (5.6.1)."""
        number = int(self._peek())
        self._at += 1
        while self._peek() in tuple("0123456789") and number * 10 + int(self._peek()) <= self._groups:
            number = number * 10 + int(self._peek())
            self._at += 1
        if number > self._groups or number in self._open:
            raise self._error(f"\\{number}, before which no group {number} is closed", start)
        # What a group without a match refers to is the empty text.
        return f"(?({number}){'(?i:' if self._fold else '(?:'}\\{number}))"

    # ---- sets of characters ----

    def _several(self, start: int) -> Ranges | None:
        """Read a category, a block or an escape for several characters; None if it is for a single one."""
        mark = self._peek()
        if mark in ("p", "P"):
            name = re.compile(r"[pP]\{([A-Za-z0-9 _-]*)\}").match(self._pattern, self._at)
            if name is None:
                raise self._error(f"\\{mark} without a name in braces", start)
            self._at = name.end()
            found = _named(name[1])
            if found is None:
                raise self._error(f"{name[1]!r}, which is no category or block of Unicode", start)
            return found if mark == "p" else _complement(found)
        known = _shorthand(mark.lower()) if mark else None
        if known is None:
            return None
        self._at += 1
        return known if mark.islower() else _complement(known)

    def _one(self, start: int) -> str:
        mark = self._peek()
        self._at += 1
        if not mark:
            raise self._error("a backslash with nothing behind it", start)
        if mark not in _SINGLE:
            more = f" (in other languages, {_NOT_XPATH[mark]})" if mark in _NOT_XPATH else ""
            plain = f"; it can be written {mark}" if not mark.isalnum() else ""
            raise self._error(f"\\{mark}, which is no escape{more}{plain}", start)
        return _SINGLE[mark]

    def _class(self, start: int) -> Ranges:
        """Read a class from behind its opening bracket to behind its closing one."""
        negative = self._peek() == "^"
        self._at += negative
        first, singles, others = self._at, Ranges(), Ranges()
        while (mark := self._peek()) != "]":
            here = self._at
            if self._peek(2) == "-[" and here > first:
                break
            if mark in ("", "["):
                raise self._error(
                    "[ in a class, which has to be written \\[" if mark else "a class without end", here
                )
            if mark == "\\":
                self._at += 1
                several = self._several(here)
                if several is not None:
                    others += several
                    continue
                low = self._one(here)
            else:
                self._at += 1
                low = mark
            singles.append((ord(low), ord(self._range_end(low, mark == "-", here))))
        if self._at == first:
            raise self._error("a class without characters", start)
        found = _union((_folded(singles) if self._fold else singles) + others)
        found = _complement(found) if negative else found
        if self._peek() == "-":
            self._at += 2
            found = _complement(_union(_complement(found) + self._class(self._at - 1)))
            if self._peek() != "]":
                raise self._error("something behind what a class leaves out", self._at)
        self._at += 1
        return found

    def _range_end(self, low: str, hyphen: bool, start: int) -> str:
        """Return the last character of the range that begins with one; that itself if it begins none."""
        if self._peek() != "-" or self._peek(2) in ("-]", "-["):
            return low
        if hyphen:
            raise self._error("a hyphen that begins a range, and has to be written \\-", start)
        self._at += 1
        high = self._peek()
        self._at += 1
        if high == "\\":
            if self._several(self._at - 1) is not None:
                raise self._error("a range that ends in several characters", start)
            high = self._one(self._at - 1)
        elif high == "-":
            raise self._error("a hyphen that ends a range, and has to be written \\-", start)
        if not high:
            raise self._error("a class without end", start)
        if high < low:
            raise self._error(f"a range that ends before it begins, {low}-{high}", start)
        return high


def _places(pattern: str) -> Sequence[int]:
    """Return the places of the characters that count with the flag x: blanks do so in classes only."""
    found, depth, escaped = [], 0, False
    for place, mark in enumerate(pattern):
        if mark in " \t\n\r" and not depth:
            continue
        found.append(place)
        if not escaped:
            depth += (mark == "[") - (mark == "]" and depth > 0)
        escaped = mark == "\\" and not escaped
    return found


def _union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found = Ranges()
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _complement(ranges: Ranges) -> Ranges:
    edges = [-1, *(edge for pair in ranges for edge in pair), 0x110000]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(low + 1, high - 1) for low, high in pairs if low + 1 < high]


def _written(ranges: Ranges) -> str:
    """Return a set as Python's expression for a character."""
    if not ranges:
        return "(?!)"
    if ranges == _ALL:
        return "."
    if len(ranges) > _MANY_RANGES and ranges[0][0] < 0x10000 <= ranges[-1][1]:
        # Python looks up the characters of the first plane at once, if they stand alone.
        lower = [(low, min(high, 0xFFFF)) for low, high in ranges if low < 0x10000]
        upper = [(max(low, 0x10000), high) for low, high in ranges if high >= 0x10000]
        return f"(?:{_written(lower)}|{_written(upper)})"
    pairs = ("-".join(f"\\U{edge:08x}" for edge in sorted({*pair})) for pair in ranges)
    return f"[{''.join(pairs)}]"


@cache
def _shorthand(mark: str) -> Ranges | None:
    r"""Return what `\s`, `\i`, `\c`, `\d` or `\w` stands for (XSD 1.1, G.4.2.5), None for another letter."""
    if mark == "s":
        return _SPACE
    if mark in ("i", "c"):
        text = f":{NAME_START}{NAME_MORE if mark == 'c' else ''}"
        found = re.findall(r"\\?(.)(?:-(.))?", text)
        return _union((ord(low), ord(high or low)) for low, high in found)
    if mark == "d":
        return _named("Nd")
    return _union(r for name in "LMNS" for r in _named(name) or ()) if mark == "w" else None


@cache
def _categories() -> dict[str, Ranges]:
    """Return the characters of each category of Unicode, in the version that Python has."""
    from itertools import chain, groupby
    from unicodedata import category

    found: dict[str, Ranges] = {}
    # From plane 4 to 13 nothing is assigned.
    points = chain(range(0x40000), range(0xE0000, 0x110000))
    for name, group in groupby(points, lambda point: category(chr(point))):
        listed = list(group)
        found.setdefault(name, []).append((listed[0], listed[-1]))
    found["Cn"].append((0x40000, 0xDFFFF))
    return found


@cache
def _named(name: str) -> Ranges | None:
    """Return the characters of a category or, behind `Is`, of a block (XSD 1.1, G.4.2.2, G.4.2.3)."""
    if not name.startswith("Is"):
        known = _categories()
        return _union(r for key, ranges in known.items() if name in (key, key[0]) for r in ranges) or None
    # Python has no table of blocks; most patterns name none, and this import takes longer than they do.
    from elementpath.regex import RegexError, unicode_subset

    try:
        points = unicode_subset(name).codepoints
    except RegexError:
        return None
    return _union((point, point) if isinstance(point, int) else (point[0], point[1] - 1) for point in points)


def _folded(ranges: Ranges) -> Ranges:
    """Return a set with the case variants of its characters (5.6.2, flag i)."""
    variants = _variants()
    more = [
        (ord(other), ord(other))
        for low, high in ranges
        for character in _cased(low, high)
        for other in variants[character]
    ]
    return _union(ranges + more)


def _cased(low: int, high: int) -> Iterable[str]:
    variants = _variants()
    if high - low > len(variants):
        return (character for character in variants if low <= ord(character) <= high)
    return (chr(point) for point in range(low, high + 1) if chr(point) in variants)


@cache
def _variants() -> dict[str, set[str]]:
    """Return the characters that are the same as another in lower case, or in upper case, with those."""
    same: dict[str, set[str]] = {}
    for character in map(chr, range(0x1E944)):  # the last that has a case
        lower, upper = character.lower(), character.upper()
        if lower != character or upper != character:
            for key in (f"l{lower}", f"u{upper}"):
                same.setdefault(key, set()).add(character)
            # A character may be its own lower case without changing, such as one that others lead to.
            for other in (lower, upper):
                if len(other) == 1:
                    same.setdefault(f"l{other.lower()}", set()).add(other)
                    same.setdefault(f"u{other.upper()}", set()).add(other)
    found: dict[str, set[str]] = {}
    for group in same.values():
        for character in group:
            found.setdefault(character, set()).update(group)
    return found
