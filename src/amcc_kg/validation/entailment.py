"""What follows from the data, added to them before they are validated, and why it follows.

The closure is this project's own (`amcc_kg.reasoning`), by OWL 2 RL or by those of its rules that RDF Schema
has: for the latter, what OWL's own terms say is kept from it. Knows data by numbers; no shapes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import DefaultGraph, RdfFormat, Store, Triple, parse

from amcc_kg.reasoning import fixpoint
from amcc_kg.reasoning.clauses import Schema
from amcc_kg.reasoning.fixpoint import Clash
from amcc_kg.reasoning.proofs import Prover
from amcc_kg.reasoning.words import AS_WRITTEN, Wording, line
from amcc_kg.terms import keys
from amcc_kg.terms.errors import InconsistentError
from amcc_kg.terms.prefixes import OWL, XSD
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.findings.report import Ground

RDFS, OWL_RL = "rdfs", "owl-rl"
_TYPED, _AS_WRITTEN = f'"^^<{XSD}', f'"^^<{AS_WRITTEN}'
# What the closure leaves to whoever asks for it: classes and properties, by the rules that both regimes have.
_SCHEMA_RULES = frozenset(("scm-sco", "scm-spo"))
_SAME_AS = f"<{OWL}sameAs>"

Numbers = tuple[int, int, int]


class Entailed:
    """The data closed by a regime; `inferred` are the triples that nobody wrote, and that are data now."""

    def __init__(self, data: Data, regime: str) -> None:
        """Close the data; raises `InconsistentError` if they contradict one another."""
        self._terms = data.terms
        self._stated = set(data.rows())
        self._store = Store()
        self._store.bulk_extend(parse(self._text(regime), RdfFormat.N_QUADS, lenient=True))
        self._prover = Prover(self._store, lambda triple: self._numbers(triple) in self._stated)
        if clashes := fixpoint.close(self._store):
            raise self._contradiction(clashes)
        schema = Schema(self._store)
        schema.complete()
        more = [t for t, why in schema.why.items() if why is not None and why[0].name in _SCHEMA_RULES]
        quads = self._store.quads_for_pattern(None, None, None, DefaultGraph())
        found = (self._numbers(triple) for triple in (*(quad.triple for quad in quads), *more))
        self.inferred = {t for t in found if t not in self._stated and not self._is_noise(t)}
        if self.inferred:
            data.add(*zip(*sorted(self.inferred), strict=True))

    def grounds(self, triple: Numbers) -> Iterator[Ground]:
        """Yield why an inferred triple holds: the rule, then each triple that it follows from as written."""
        texts = " ".join(self._keys(triple)).replace(_TYPED, _AS_WRITTEN)
        (quad,) = parse(f"{texts} .", RdfFormat.N_QUADS, lenient=True)
        proof = self._prover.prove(quad.triple)
        if proof is None or proof.is_leaf:
            return
        because = Wording(self._store).because(proof)
        words = f"inferred: {line(quad.triple)}, because {because} ({proof.rule})"
        yield Ground("inferred", words, self._keys(triple))
        for leaf in dict.fromkeys((*proof.leaves, *proof.all_axioms)):
            yield Ground("premise", line(leaf), self._keys(self._numbers(leaf)))

    def _text(self, regime: str) -> str:
        known, own = self._terms.keys, f"<{OWL}"
        rows = (tuple(known[number] for number in row) for row in self._stated)
        return "\n".join(
            f"{' '.join(row)} .".replace(_TYPED, _AS_WRITTEN)
            for row in rows
            if not any(key.startswith("<<(") for key in row)
            and (regime != RDFS or not (row[1].startswith(own) or row[2].startswith(own)))
        )

    def _keys(self, triple: Numbers) -> tuple[str, str, str]:
        subject, predicate, value = (self._terms.keys[number] for number in triple)
        return subject, predicate, value

    def _numbers(self, triple: Triple) -> Numbers:
        terms = (triple.subject, triple.predicate, triple.object)
        found = (keys.of_oxigraph(term).replace(_AS_WRITTEN, _TYPED) for term in terms)
        subject, predicate, value = map(self._terms.intern, found)
        return subject, predicate, value

    def _is_noise(self, triple: Numbers) -> bool:
        return triple[0] == triple[2] and self._terms.keys[triple[1]] == _SAME_AS

    def _contradiction(self, clashes: list[Clash]) -> InconsistentError:
        proofs = [self._prover.contradiction(clash.clause, dict(clash.binding)) for clash in clashes]
        proof = min((p for p in proofs if p), key=lambda p: (p.size, str(p.leaves)), default=None)
        if proof is None:
            said = clashes[0].clause.rule.name
        else:
            said = Wording(self._store).contradiction(proof, lambda _: [])
        more = f" (and {len(clashes) - 1} more)" if len(clashes) > 1 else ""
        return InconsistentError(f"the data contradict their ontology: {said}{more}")
