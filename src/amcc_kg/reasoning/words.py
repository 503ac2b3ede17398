"""Triples, axioms and rules in words: names from labels, everything else from the table of rules."""

from __future__ import annotations

import re
from collections.abc import Callable

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store, Triple

from amcc_kg.reasoning.clauses import TYPE, Clause, Term
from amcc_kg.reasoning.proofs import Proof
from amcc_kg.terms import prefixes

_LABELS = (NamedNode(f"{prefixes.RDFS}label"), NamedNode(f"{prefixes.PREFIXES['skos']}prefLabel"))
_FIRST, _REST = NamedNode(f"{prefixes.RDF}first"), NamedNode(f"{prefixes.RDF}rest")
AS_WRITTEN = "urn:amcc-kg:as-written:"
"""What stands for XSD's namespace while literals must stay as somebody wrote them."""


class Wording:
    """Puts into words what a graph holds, under the names that the graph gives."""

    def __init__(self, store: Store) -> None:
        """Take the store whose default graph has the labels."""
        self._store = store

    def name(self, term: Term) -> str:
        """Return what people call a term: its label, else its short name or the last part of its IRI."""
        if isinstance(term, (Literal, Triple)):
            return short(term)
        if isinstance(term, BlankNode):
            return "unnamed kind"
        for label in _LABELS:
            quads = self._store.quads_for_pattern(term, label, None, DefaultGraph())
            found = [quad.object for quad in quads if isinstance(quad.object, Literal)]
            # English first, as the ontology has it, then what has no language.
            found.sort(key=lambda text: (text.language != "en", text.language or "", text.value))
            if found:
                return found[0].value
        shortened = prefixes.shorten(term.value)
        if not shortened.startswith("<"):
            return shortened
        return re.split(r"[/#]", term.value.rstrip("/#"))[-1] or term.value

    def because(self, proof: Proof) -> str:
        """Return why a step's conclusion follows from its premises, in plain words."""
        return self._filled(proof.because, dict(proof.names))

    def rule(self, clause: Clause) -> str:
        """Return what a clause says, in plain words."""
        return self._filled(clause.rule.says, dict(clause.names))

    def _filled(self, says: str, names: dict[str, Term | tuple[Term, ...]]) -> str:
        def place(match: re.Match[str]) -> str:
            value = names.get(f"?{match[2]}")
            if value is None:
                return match[2]
            if isinstance(value, tuple):
                return _listed([f"“{self.name(member)}”" for member in value])
            name = self.name(value)
            article = "an" if name[:1].lower() in tuple("aeiou") else "a"
            return f"{article} “{name}”" if match[1] else name

        return re.sub(r"\{(a )?([\w*]+)\}", place, says)

    def axioms(self, proof: Proof) -> str:
        """Return the axioms that a step uses, as Turtle has them; a chain as an arrow."""
        first: dict[Term, Term] = {t.subject: t.object for t in proof.axioms if t.predicate == _FIRST}
        rest: dict[Term, Term] = {t.subject: t.object for t in proof.axioms if t.predicate == _REST}

        def members(head: Term) -> list[str]:
            found = []
            while head in first:
                found.append(short(first[head]))
                head = rest[head]
            return found

        texts = []
        for axiom in proof.axioms:
            if axiom.predicate in (_FIRST, _REST):
                continue
            items = members(axiom.object)
            if axiom.predicate.value.endswith("propertyChainAxiom") and items:
                texts.append(f"{short(axiom.subject)} ← {' ∘ '.join(items)}")
            elif items:
                texts.append(f"{short(axiom.subject)} {short(axiom.predicate)} ( {' '.join(items)} )")
            else:
                texts.append(line(axiom))
        return "; ".join(texts)

    def contradiction(self, proof: Proof, graphs_of: Callable[[Triple], list[str]]) -> str:
        """Return a contradiction as one line: the rule, and the asserted triples with where they stand."""
        told = []
        for leaf in proof.leaves:
            where = ", ".join(prefixes.shorten(graph) for graph in graphs_of(leaf))
            told.append(f"{line(leaf)}{f' ({where})' if where else ''}")
        return f"{self.because(proof)} ({proof.rule}), but the graph says {_listed(told)}"


def line(triple: Triple) -> str:
    """Return a triple as short as it can be written."""
    return f"{short(triple.subject)} {short(triple.predicate)} {short(triple.object)}"


def short(term: Term) -> str:
    """Return a term as Turtle writes it with the package's prefixes; `[]` for what has no name."""
    if isinstance(term, NamedNode):
        return "a" if term == TYPE else prefixes.shorten(term.value)
    if isinstance(term, BlankNode):
        return "[]"
    if isinstance(term, Triple):
        return f"<<( {line(term)} )>>"
    kind = term.datatype.value.replace(AS_WRITTEN, prefixes.XSD)
    if kind == f"{prefixes.XSD}integer" and re.fullmatch(r"[+-]?[0-9]+", term.value):
        return term.value
    plain = str(Literal(term.value))
    if term.language:
        return f"{plain}@{term.language}"
    return plain if kind == f"{prefixes.XSD}string" else f"{plain}^^{prefixes.shorten(kind)}"


def _listed(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
