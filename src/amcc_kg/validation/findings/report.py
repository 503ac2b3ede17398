"""What a validation found, and what its verdict does not cover.

Knows SHACL's results (SHACL section 3.6), not how they come about.

Terms are kept as their keys (`amcc_kg.terms.keys`) and made into rdflib's when asked for: a report can be
sorted, counted and written down without rdflib.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, cast

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import NO_PREFIXES, DeclaredPrefixes
from amcc_kg.validation.findings import spelling
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.property_paths import Path

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.paths import Path as PropertyPath
    from rdflib.term import Node


class Severity(StrEnum):
    """How grave a finding is; a shape's own severity counts as a violation."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


NOTICES = "<https://w3id.org/amcc-kg/notices#"
"""What the keys of those components begin with that say what a verdict does not cover."""

SYNTAX = f"{NOTICES}syntax>"
"""The component of a syntax error, as a key."""

SHAPE_LEFT_OUT = "left-out-shape"
"""The kind of notices of shapes that break SHACL's rules, and that the verdict is therefore not about."""

RANKS = {severity: str(rank) for rank, severity in enumerate(Severity)}

_OF_FILES = re.compile(r"<(file:[^<>\s]*)>")


class Place(NamedTuple):
    """Where a finding shows: in a file, from the first character to the one behind the last, from 1.

    Of a bracket `[ … ]` or `( … )` only the opening sign counts. `kind` is what stands there: `value`,
    `subject` (the block of the focus node), `use` (where something else speaks of it), `constraint` or
    `shape`. `source` is the source's number among those given, `start` and `end` are offsets in its text.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    kind: str
    source: int
    start: int
    end: int

    @property
    def where(self) -> str:
        """The first character, as `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Ground(NamedTuple):
    """Something that a finding rests on: in words, and as a triple, by its keys.

    `kind` is `target` (because of it the focus node is one), `inferred` (nobody wrote it; the words say why
    it holds) or `premise` (what was inferred follows from it).
    """

    kind: str
    words: str
    triple: tuple[str, str, str]
    place: Place | None = None  # where it is written, if that is known


@dataclass(frozen=True, slots=True)
class Finding:
    """One validation result; terms are keys, and a text is empty where there is none."""

    severity: Severity
    message: str  # what is wrong, in words for people
    focus_key: str  # the node that does not conform
    route: Path | None  # the property path from it to the values at fault, None without one
    value_key: str | None  # the value at fault, if there is one
    component_key: str  # the constraint component that failed
    source_shape_key: str  # the shape as the shapes graph has it, which may be a blank node
    shape_key: str | None  # the nearest shape with an IRI: the source shape or one that it stands in
    severity_key: str = ""  # the severity that the shape states, which may be none of the three
    messages: tuple[str, ...] = ()  # literals in every language; none if only `message` says it
    constraint_key: str | None = None  # the SPARQL-based constraint that failed (SHACL section 5.3)
    file: str = ""  # the file that it is reported for: one that speaks of its focus node
    stand_in: str = ""  # the first file of the data, for readers that want a file of every finding
    place: Place | None = None  # where in the data, if that is known
    shape_place: Place | None = None  # where in the shapes the constraint stands, if that is known
    excerpt: str = ""  # the line of the file it stands in
    hint: str = ""  # what may have been meant
    help: str = ""  # what the shape asks for, in words
    example: str = ""  # what passes the shape, if that was looked for and found
    quotes: tuple[str, ...] = ()  # what the passage that the file encodes quotes of its source
    counted_keys: tuple[str, ...] = ()  # the values that are too many together, if not all of them are
    details: tuple[Finding, ...] = ()  # what the value fails of the shapes that it was to conform to
    grounds: tuple[Ground, ...] = ()  # why it is a target, if that is not seen, and what follows from what
    names: DeclaredPrefixes = field(default=NO_PREFIXES, compare=False, repr=False)  # of its files
    folders: tuple[str, ...] = field(default=(), compare=False)  # the IRIs of its files' folders, data first

    def spelt(self, key: str) -> str:
        """Return a term for people, by the prefixes that the finding's files declare."""
        return spelling.spelt(key, self.names)

    def shortened(self, text: str) -> str:
        """Return a text with each `<IRI>` in it by those prefixes."""
        return spelling.shortened(text, self.names)

    @property
    def focus(self) -> Node:
        """The focus node as rdflib's term."""
        return keys.to_rdflib(self.focus_key)

    @property
    def path(self) -> URIRef | PropertyPath | None:
        """The path as rdflib's."""
        route = self.route
        return None if route is None else cast("URIRef | PropertyPath", property_paths.to_rdflib(route))

    @property
    def value(self) -> Node | None:
        """The value as rdflib's term."""
        return None if self.value_key is None else keys.to_rdflib(self.value_key)

    @property
    def component(self) -> URIRef:
        """The constraint component as rdflib's term."""
        return cast("URIRef", keys.to_rdflib(self.component_key))

    @property
    def source_shape(self) -> Node:
        """The source shape as rdflib's term."""
        return keys.to_rdflib(self.source_shape_key)

    @property
    def shape(self) -> URIRef | None:
        """The nearest shape with an IRI as rdflib's term."""
        return None if self.shape_key is None else cast("URIRef", keys.to_rdflib(self.shape_key))

    @property
    def line(self) -> int | None:
        """The line that it stands in, from 1."""
        return None if self.place is None else self.place.line

    @property
    def column(self) -> int | None:
        """The column that it starts in, from 1."""
        return None if self.place is None else self.place.column

    @property
    def is_syntax_error(self) -> bool:
        """Tell whether it is that a file does not parse."""
        return self.component_key == SYNTAX

    @property
    def is_notice(self) -> bool:
        """Tell whether it is about what the verdict does not cover, not about data."""
        return self.component_key.startswith(NOTICES) and not self.is_syntax_error

    @property
    def where(self) -> str:
        """The place as `file:line:column`, as much of it as is known."""
        known = (self.file, *((str(self.line), str(self.column)) if self.place else ()))
        return ":".join(part for part in known if part)

    @property
    def data_place(self) -> dict[str, str | int | None]:
        """Where in the data, under the names that reports for programs have for it."""
        return {"file": self.file or None, **extent(self.place)}

    @property
    def shapes_place(self) -> dict[str, str | int | None]:
        """Where in the shapes, under the names that reports for programs have for it."""
        place = self.shape_place
        return {"shapeFile": place and place.file, "shapeLine": place and place.line}

    @property
    def anchor(self) -> tuple[str, Place | None]:
        """A file and a place for readers that show nothing without one."""
        if self.file:
            return self.file, self.place
        if self.shape_place is not None:
            return self.shape_place.file, self.shape_place
        return self.stand_in, None

    @property
    def component_name(self) -> str:
        """The constraint component's local name, such as `MinCount`."""
        name = self.component_key.strip("<>").replace("/", "#").rpartition("#")[2]
        return name.removesuffix("ConstraintComponent")

    @property
    def rule(self) -> str:
        """The constraint's name for machines: the shape's IRI and the component's name."""
        if self.shape_key is None:
            return self.component_name
        return f"{self.shape_key[1:-1]}.{self.component_name}"

    @property
    def identity(self) -> str:
        """A name that stays the same while lines and files move: a digest of what is wrong with what.

        A blank node is known by the line that it stands in, the IRI of a file, which is what a relative one
        becomes, by the way there: so a copy of the files elsewhere has the same findings.
        """
        from hashlib import sha256  # loads OpenSSL, which where nothing is found nobody needs

        line = self.excerpt.strip()
        value = self.value_key or ""
        tag = keys.language(value) if value and not keys.direction(value) else None
        if tag:  # the same in whatever case
            value = value[: -len(tag)] + tag.lower()
        said = [_known_by(line, key) for key in (self.focus_key, value)]
        if self.is_syntax_error:
            said = [os.path.basename(self.file), line, self.message]  # noqa: PTH119 (a name, not a file)
        parts = [*said, self.path_text, self.component_key, self.shape_key or ""]
        text = "\0".join(parts)
        if self.folders and "<file:" in text:
            text = _OF_FILES.sub(lambda found: f"<{_way(found[1], self.folders)}>", text)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]

    @property
    def path_text(self) -> str:
        """The path in SPARQL's syntax with full IRIs, or the empty string."""
        return property_paths.text(self.route)

    @property
    def order(self) -> tuple[str, ...]:
        """The key by which findings are sorted: independent of blank nodes' labels in the shapes."""
        place = (self.file, f"{self.line or 0:09}", f"{self.column or 0:09}")
        what = (self.focus_key, self.path_text, self.value_key or "", self.component_key)
        return (RANKS[self.severity], *place, *what, self.shape_key or "", self.message)


def extent(place: Place | None) -> dict[str, int | None]:
    """Return where a place begins and ends, under the names that reports for programs have for it."""
    begin = {"line": place and place.line, "column": place and place.column}
    return {**begin, "endLine": place and place.end_line, "endColumn": place and place.end_column}


def _way(iri: str, folders: Sequence[str]) -> str:
    """Return the way to a file's IRI from the first of some folders that it is in, or else from the first.

    The IRI itself where the two have nothing in common: then it was not written as a relative one.
    """
    for folder in folders:
        if iri.startswith(folder):
            return iri[len(folder) :]
    here, there = folders[0].split("/")[:-1], iri.split("/")
    pairs = zip(here, there, strict=False)
    common = next((number for number, (one, other) in enumerate(pairs) if one != other), len(here))
    least = len(("file:", "", "", "the first folder"))
    return iri if common < least else "/".join([*[".."] * (len(here) - common), *there[common:]])


def _known_by(line: str, key: str) -> str:
    """Return a key with a line in the place of blank nodes."""
    if keys.is_triple_term(key):
        return keys.triple_term(*(_known_by(line, part) for part in keys.parts(key)))
    return f"_:{line}" if key[:1] == "_" else key


class Notice(NamedTuple):
    """One thing that the verdict does not cover: probably a slip if it is a warning, else it may be meant.

    `kind` is the local name that its component has where it is a finding, such as `misspelt-term`. It is
    about a shape or other subject in the shapes graph, a predicate of that, a term; None where it is about
    none in particular. `place` is where that stands in the shapes, if it is known.
    """

    kind: str
    severity: Severity
    message: str
    shape_key: str | None = None
    predicate_key: str | None = None
    term_key: str | None = None
    place: Place | None = None

    def __str__(self) -> str:
        """Return the notice in one line, its place first."""
        where = "" if self.place is None else f"{self.place.where}: "
        return f"{where}{self.severity}: {self.message}"


class Omission(StrEnum):
    """Why findings are left out of a report; all but the first do not count either."""

    LIMIT = "limit"
    SEVERITY = "severity"
    UNCHANGED = "unchanged"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a validation, the gravest first, then by place, focus node, path and value.

    `notices` say what the verdict does not cover: misspelt terms, targets that match nothing, and the like.
    `left_out` are findings that were made but are not shown, by the reason.
    """

    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()
    left_out: tuple[tuple[Omission, tuple[Finding, ...]], ...] = ()

    @property
    def conforms(self) -> bool:
        """Tell whether there is no finding at all, shown or not, which is what `sh:conforms` means."""
        return not self.findings and not self.left_out

    @property
    def shapes_left_out(self) -> tuple[Notice, ...]:
        """The notices of shapes that the verdict is not about."""
        return tuple(notice for notice in self.notices if notice.kind == SHAPE_LEFT_OUT)

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that count: those shown, and those left out only because there are so many."""
        return self.findings + self.omitted(Omission.LIMIT)

    def omitted(self, why: Omission) -> tuple[Finding, ...]:
        """Return the findings that are left out for a reason."""
        return tuple(f for reason, findings in self.left_out if reason is why for f in findings)

    def leaving_out(self, reasons: Sequence[Omission | None]) -> Report:
        """Return a report without the findings for which there is a reason to leave them out."""
        pairs = list(zip(self.findings, reasons, strict=True))
        omitted = tuple((why, tuple(f for f, reason in pairs if reason is why)) for why in Omission)
        more = tuple((why, findings) for why, findings in omitted if findings)
        return Report(tuple(f for f, reason in pairs if reason is None), self.notices, self.left_out + more)

    def first(self, most: int) -> Report:
        """Return a report that shows no more than so many findings."""
        number = len(self.findings)
        return self.leaving_out([None] * min(most, number) + [Omission.LIMIT] * (number - most))

    @property
    def passed(self) -> bool:
        """Tell whether there is no violation; warnings and remarks are let pass."""
        return not self.count(Severity.VIOLATION)

    @property
    def unreadable(self) -> bool:
        """Tell whether a file did not parse, so that nothing was validated."""
        return any(finding.is_syntax_error for finding in self.counting)

    def identities(self) -> list[str]:
        """Return the identity of each finding, numbered where several findings share one."""
        met: dict[str, int] = {}
        found = []
        for identity in (finding.identity for finding in self.findings):
            met[identity] = met.get(identity, 0) + 1
            found.append(identity if met[identity] == 1 else f"{identity}-{met[identity]}")
        return found

    def count(self, severity: Severity) -> int:
        """Return how many of the findings that count have this severity."""
        return sum(finding.severity is severity for finding in self.counting)

    def __add__(self, other: Report) -> Report:
        return report((*self.findings, *other.findings), (*self.notices, *other.notices))


def report(findings: Iterable[Finding], notices: Iterable[Notice] = ()) -> Report:
    """Return a report of the findings, sorted, each once."""
    found = sorted(dict.fromkeys(findings), key=lambda finding: finding.order)
    return Report(tuple(found), tuple(dict.fromkeys(notices)))
