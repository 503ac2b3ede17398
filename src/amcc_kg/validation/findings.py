"""What a validation found. Knows SHACL's results (SHACL section 3.6), not how they come about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from amcc_kg.serializing import ntriples

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.paths import Path as PropertyPath
    from rdflib.term import Node


class Severity(StrEnum):
    """How grave a finding is; a shape's own severity counts as a violation."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One validation result.

    Attributes:
        severity: how grave it is.
        message: what is wrong, in words for people.
        focus: the node that does not conform.
        path: the property path from the focus node to the values at fault, if there is one.
        value: the value at fault, if there is one.
        component: the IRI of the constraint component that failed.
        source_shape: the shape as the shapes graph has it, which may be a blank node.
        shape: the nearest shape with an IRI: the source shape or one that it stands in; None without one.
    """

    severity: Severity
    message: str
    focus: Node
    path: URIRef | PropertyPath | None
    value: Node | None
    component: URIRef
    source_shape: Node
    shape: URIRef | None

    @property
    def path_text(self) -> str:
        """The path in SPARQL's syntax with full IRIs, or the empty string."""
        return "" if self.path is None else self.path.n3()

    @property
    def order(self) -> tuple[str, ...]:
        """The key by which findings are sorted: independent of blank nodes' labels in the shapes."""
        value = "" if self.value is None else ntriples.term(self.value)
        rank = str(list(Severity).index(self.severity))
        place = (ntriples.term(self.focus), self.path_text, value)
        return (rank, *place, str(self.component), str(self.shape or ""), self.message)


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a validation, the gravest first, then by focus node, path and value."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Tell whether there is no finding at all, which is what `sh:conforms` means."""
        return not self.findings

    @property
    def passed(self) -> bool:
        """Tell whether there is no violation; warnings and remarks are let pass."""
        return not self.count(Severity.VIOLATION)

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def __add__(self, other: Report) -> Report:
        return report((*self.findings, *other.findings))


def report(findings: tuple[Finding, ...] | list[Finding]) -> Report:
    """Return a report of the findings, sorted, each once."""
    return Report(tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.order)))
