"""Why a triple holds: rule by rule down to the passages, or what is nearest if it does not hold.

Knows which forms an explanation has, and how it reads as text; finds nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from pyoxigraph import Triple

from amcc_kg.explain import drawing, markup
from amcc_kg.explain.nearest import Attempt, Nearest, nearest
from amcc_kg.explain.steps import Step, Teller, terms_of
from amcc_kg.graph import answers
from amcc_kg.graph.answers import GRAPH, Result
from amcc_kg.graph.written_forms import WrittenForms
from amcc_kg.reasoning.proofs import BOUND, Proof, Prover
from amcc_kg.reasoning.words import line, short
from amcc_kg.repository.files import Repository
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

ONLY_PROOFS = ("turtle", "mermaid", "svg", "html")
FORMATS = ("text", "json", *ONLY_PROOFS)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a triple holds, or what is nearest to it.

    `proofs` has the smallest proof first, and is empty if the triple does not hold; `nearest` is None if it
    does. `bound` is that of the search where all minimal proofs were sought, and `complete` tells whether
    there are certainly no larger ones. Prints as text; a notebook shows it as HTML.
    """

    triple: Triple
    proofs: tuple[Proof, ...]
    nearest: Nearest | None
    _teller: Teller
    bound: int | None = None
    complete: bool = False

    @property
    def holds(self) -> bool:
        """Whether the triple holds."""
        return bool(self.proofs)

    @property
    def proof(self) -> Proof | None:
        """A smallest proof."""
        return self.proofs[0] if self.proofs else None

    @property
    def remark(self) -> str:
        """What is to be known of a search for all proofs: that its bound hides some, else nothing."""
        if self.bound is None or self.proof is None:
            return ""
        least = self.proof.size
        if least > self.bound:
            found = f"A smallest proof has {least} rules and leaves, more than the bound of {self.bound}."
        elif not self.complete:
            found = f"There may be more proofs, of more than {self.bound} rules and leaves."
        else:
            return ""
        return f"{found} A higher bound seeks more."

    def steps(self) -> tuple[Step, ...]:
        """Return the proofs in words, with passages and places."""
        return tuple(self._teller.step(proof) for proof in self.proofs)

    def to_string(self, format: str = "text") -> str:
        """Return the explanation in one of `FORMATS`.

        Raises `InputError` for another format, and for one that shows proofs only where there is none.
        """
        if format not in FORMATS:
            raise InputError(f"there is no format {format!r}; expected one of {', '.join(FORMATS)}")
        if self.nearest is not None and format in ONLY_PROOFS:
            raise InputError(f"{line(self.triple)} does not hold, so there is no proof to write as {format}")
        if format == "json":
            return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"
        if format == "turtle":
            return answers.write(Result(GRAPH, triples=markup.graph(self.steps())), "turtle")
        if format == "mermaid":
            return drawing.mermaid(self.steps())
        if format == "svg":
            title = f"Why it holds: {self._teller.words(self.triple)}"
            return drawing.svg(self.steps(), title, str(self))
        if format == "html":
            return self._repr_html_() + "\n"
        return str(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON has it."""
        found: dict[str, Any] = {"triple": terms_of(self.triple), "holds": self.holds}
        if self.nearest is None:
            found["proofs"] = [step.to_dict() for step in self.steps()]
            return found if self.bound is None else found | {"bound": self.bound, "complete": self.complete}
        near = self.nearest
        attempt = near.attempt
        found["nearest"] = {
            "same_subject_and_predicate": [terms_of(triple) for triple in near.same_subject],
            "same_predicate_and_object": [terms_of(triple) for triple in near.same_object],
            "rule": attempt
            and {
                "name": attempt.clause.rule.name,
                "says": self._teller.wording.rule(attempt.clause),
                "holding": [terms_of(triple) for triple in attempt.holding],
                "missing": [[str(word) for word in atom] for atom in attempt.missing],
            },
            "absent": list(near.absent),
        }
        return found

    def __str__(self) -> str:
        if self.nearest is not None:
            return _nothing(line(self.triple), self.nearest, self._teller)
        return told(self.steps()) + (f"\n{self.remark}\n" if self.remark else "")

    def _repr_html_(self) -> str:
        return markup.html(self.steps()) if self.holds else f"<pre>{escape(str(self))}</pre>"


def told(steps: tuple[Step, ...]) -> str:
    """Return proofs of one triple, numbered if there are several."""
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        if len(steps) > 1:
            lines += [""] * (number > 1) + [f"proof {number} of {len(steps)}"]
        lines += _lines(step)
    return "\n".join(lines) + "\n"


def _lines(step: Step, indent: str = "") -> Iterator[str]:
    yield f"{indent}{step.written}"
    if step.rule is None:
        for ground in step.grounds:
            if ground.citation:
                yield f"{indent}  says {ground.citation}"
            else:
                yield f"{indent}  stated in {prefixes.shorten(ground.graph)}"
            for place in ground.places:
                yield f"{indent}  {place}"
        return
    axioms = f"; {step.axioms}" if step.axioms else ""
    yield f"{indent}  because {step.because} ({step.rule}{axioms})"
    for place in step.axiom_places:
        yield f"{indent}  {place}"
    for premise in step.premises:
        yield from _lines(premise, f"{indent}    ")


def _nothing(written: str, near: Nearest, teller: Teller) -> str:
    """Return that a triple does not hold, and what is nearest to it."""
    lines = [f"{written} does not hold.", *near.absent]
    for title, found, more in (
        ("same subject and predicate", near.same_subject, near.more_same_subject),
        ("same predicate and object", near.same_object, near.more_same_object),
    ):
        if found:
            lines += ["", f"What does hold, {title}:", *(f"  {line(triple)}" for triple in found)]
        if more:
            lines.append(f"  … and {more} more")
    if near.attempt:
        lines += ["", *_attempt(near.attempt, teller)]
    if len(lines) == 1 + len(near.absent):
        lines.append(
            "Nothing in the graph has its predicate with its subject or object, and no rule concludes it."
        )
    return "\n".join(lines) + "\n"


def _attempt(attempt: Attempt, teller: Teller) -> Iterator[str]:
    yield f"The rule that comes closest is {attempt.clause.rule.name}: {teller.wording.rule(attempt.clause)}."
    for triple in attempt.holding:
        yield f"  holds    {line(triple)}"
    for atom in attempt.missing:
        yield f"  missing  {' '.join(word if isinstance(word, str) else short(word) for word in atom)}"


def explain(
    prover: Prover,
    repository: Repository,
    triple: Triple,
    forms: WrittenForms | None = None,
    *,
    all_proofs: bool = False,
    bound: int = BOUND,
) -> Explanation:
    """Explain a triple: by a smallest proof, or by all minimal ones of at most `bound` rules and leaves.

    The first of all is the smallest proof even if another, which is larger, needs fewer leaves.
    """
    proof = prover.prove(triple)
    teller = Teller(prover, repository, forms)
    if proof is None:
        return Explanation(triple, (), nearest(prover, triple), teller)
    if not all_proofs:
        return Explanation(triple, (proof,), None, teller)
    found = prover.all_proofs(triple, bound)
    others = (other for other in found.proofs if other.leaves != proof.leaves)
    return Explanation(triple, (proof, *others), None, teller, bound, found.complete)
