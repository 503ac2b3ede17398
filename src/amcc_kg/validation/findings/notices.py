"""What a verdict does not cover, so that nothing passes in silence.

A shapes graph with a slip in it is not refused by SHACL: a misspelt `sh:minCuont` is just another property, a
target that matches nothing is satisfied. Each such thing is a notice; `noticing` finds them. Knows nothing of
files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.findings.findings import NOTICES, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.validation.findings.locator import Place

NOTHING_CHECKED = "nothing-checked"
GIVEN_UP = "given-up"
ILL_FORMED = "ill-formed-shape"
UNSUPPORTED = "unsupported-entailment"
UNMATCHED = frozenset(("target-without-match", "path-without-triples"))
"""The kinds that are about how data and shapes fit together, not about a slip in the shapes."""

KINDS = {
    "empty-data": "the data graph holds no triple",
    NOTHING_CHECKED: "no target of any shape matches a node of the data",
    "misspelt-term": "a term in SHACL's namespace that SHACL does not have",
    "not-evaluated": "a constraint of another document than SHACL 1.0, which is not evaluated",
    ILL_FORMED: "a shape that breaks the syntax rules of SHACL",
    "target-without-match": "a target that matches no node of the data",
    "path-without-triples": "a property in a path that occurs nowhere in the data",
    "undefined-shape": "a shape that others name and that the shapes graph does not describe",
    "unknown-datatype": "a datatype that XML Schema or RDF does not have",
    "without-effect": "a parameter that asks for nothing without another",
    "import-not-given": "an import of a document that is not among the files given",
    UNSUPPORTED: "an entailment regime that is asked for, and that no engine here supports",
    "unused-shape": "a shape without a target that no other shape leads to",
    GIVEN_UP: "a shape that is left to pyshacl, and at which pyshacl stops",
    "left-to-pyshacl": "a shape that the default engine leaves to pyshacl",
}
"""The kinds of notice and what each means."""


class Notice(NamedTuple):
    """One thing that the verdict does not cover.

    Attributes:
        kind: one of `KINDS`.
        severity: a warning where it is probably a slip, a remark where it may well be meant.
        message: what it is, in words.
        shape_key: the shape or other subject in the shapes graph that it is about; None if it is about none.
        predicate_key: the predicate of that subject which it is about; None if it is about all of it.
        term_key: the term that it is about; None if there is none in particular.
        place: where that stands in the shapes, if it is known.
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
        where = "" if self.place is None else f"{self.place.file}:{self.place.line}:{self.place.column}: "
        return f"{where}{self.severity}: {self.message}"

    def finding(self) -> Finding:
        """Return the notice as a finding, for those who ask that nothing be left open."""
        component = f"{NOTICES}{self.kind}>"
        about = self.shape_key or self.term_key or component
        named = self.shape_key if self.shape_key and self.shape_key[0] == "<" else None
        return Finding(
            self.severity, self.message, about, self.predicate_key, self.term_key, component, about, named
        )


class UnvalidatedError(InputError):
    """Nothing was validated, whatever the verdict might have said.

    Attributes:
        reason: why.
        at_fault: `data` or `shapes`: what has to be mended.
        notices: what may explain it.
    """

    def __init__(
        self, reason: str, at_fault: str, notices: Sequence[Notice] = (), names: Sequence[str] = ()
    ) -> None:
        """Take the reason; `names` are those of the files at fault."""
        self.reason = reason
        self.at_fault = at_fault
        self.notices = tuple(notices)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        super().__init__(f"{', '.join(names[:3])}{more}: {reason}" if names else reason)
