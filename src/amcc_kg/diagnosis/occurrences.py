"""Which terms of a query occur nowhere in the graph, and which term of the same kind there is nearest.

Knows the graph and how names are spelt; what a term is in a query is known in `mentions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from typing import TypeAlias, cast

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from amcc_kg.diagnosis.mentions import ANY, CLASS, GRAPH, NODE, PREDICATE, Mention
from amcc_kg.diagnosis.vocabularies import TERMS, is_language, is_term
from amcc_kg.graph.answers import Term
from amcc_kg.graph.hints import occurs
from amcc_kg.graph.receipt import short
from amcc_kg.terms import prefixes
from amcc_kg.terms.look_alikes import plain
from amcc_kg.terms.spelling import LOCAL_CUTOFF, Names, closest, is_slip, namespace

Value: TypeAlias = NamedNode | Literal

_TAG_CUTOFF = 0.5  # language tags are short
_MOST = 200_000  # statements that are looked through for what is near
_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_STATEMENTS = f"{{ SELECT * {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }} LIMIT {_MOST} }}"
_IS_CLASS = f"?o IN (<{prefixes.OWL}Class>, <{prefixes.RDFS}Class>)"
_OF_KIND = {
    PREDICATE: f"?p {{ {_STATEMENTS} }}",
    CLASS: f"(IF({_IS_CLASS}, ?s, ?o) AS ?c) {{ {_STATEMENTS} FILTER(?p = <{prefixes.RDF}type>) }}",
    NODE: f"?s ?o {{ {_STATEMENTS} }}",
    ANY: f"?s ?p ?o (DATATYPE(?o) AS ?d) {{ {_STATEMENTS} }}",
}


class Occurrences:
    """The terms of a graph, as those of a query are held against them; `spaces` are the query's prefixes."""

    def __init__(self, store: Store, constants: Mapping[str, Term], spaces: Mapping[str, str]) -> None:
        self._store = store
        self._constants = constants
        self._short = prefixes.ShortNames({**prefixes.PREFIXES, **spaces})
        self._spaces = set(spaces.values())
        self._names = cache(self._sought)
        self._values = cache(self._of)

    def missing(self, mention: Mention) -> str:
        """Return in words that a term is not in the graph, nothing where it is or is well known anyway."""
        term = self._constants[mention.text]
        if isinstance(term, NamedNode) and is_term(term.value):
            return ""
        if mention.kind == ANY and isinstance(term, NamedNode) and term.value in self._names(ANY):
            return ""  # as a datatype
        if not mention.manner or not isinstance(term, Literal):
            return "" if occurs(self._store, term) else f"{mention.text} occurs nowhere in the graph"
        seen = {_seen(value, mention.manner) for value in self._values(mention.predicates).all}
        if not seen or any(_agrees(mention.manner, text, term.value) for text in seen):
            return ""
        if mention.manner == "LANG" and is_language(term.value):
            return ""
        names = " or ".join(sorted(map(short, mention.predicates)))
        what = {"LANG": "language tag of a value", "STR": "value"}.get(mention.manner, "value so spelt")
        return f"{mention.text} is no {what} of {names} in the graph"

    def nearest(self, mention: Mention) -> str:
        """Return the nearest term of the same kind as the query would write it, nothing for none."""
        term = self._constants[mention.text]
        if isinstance(term, NamedNode):
            found = self._nearest_name(term.value, mention.kind)
            if not found:
                return ""
            is_whole = mention.text.startswith("<")
            return (not is_whole and self._short.shorten(found)) or f"<{found}>"
        assert isinstance(term, Literal)
        if mention.manner:
            texts = {_seen(value, mention.manner) for value in self._values(mention.predicates).all}
            is_tag = mention.manner == "LANG"
            text = closest(term.value, texts, _TAG_CUTOFF) if is_tag else _Texts(texts).nearest(term.value)
            return f'"{text}"' if text else ""
        return short(self._values(mention.predicates).nearest(term))

    def _of(self, predicates: frozenset[str]) -> _Values:
        """Return the values of some predicates."""
        terms = cast("list[NamedNode]", [self._constants[predicate] for predicate in sorted(predicates)])
        quads = (islice(self._store.quads_for_pattern(None, term, None, None), _MOST) for term in terms)
        values = (quad.object for some in quads for quad in some)
        return _Values(dict.fromkeys(v for v in values if isinstance(v, (NamedNode, Literal))))

    def _sought(self, kind: str) -> frozenset[str]:
        """Return the IRIs of a kind."""
        if kind == GRAPH:
            return frozenset(g.value for g in self._store.named_graphs() if isinstance(g, NamedNode))
        rows = cast("QuerySolutions", self._store.query(f"SELECT DISTINCT {_OF_KIND[kind]}"))
        return frozenset(term.value for row in rows for term in row if isinstance(term, NamedNode))

    def _nearest_name(self, iri: str, kind: str) -> str | None:
        known = self._names(kind)
        if kind == ANY and iri.startswith(prefixes.XSD):
            known = known.union(f"{prefixes.XSD}{name}" for name in TERMS[prefixes.XSD])
        meant = plain(iri)
        if meant != iri and meant in known:
            return meant
        space = namespace(f"{meant}>")
        local = meant[len(space) :]
        beside = [
            other[len(space) :]
            for other in known
            if other.startswith(space)
            and namespace(f"{other}>") == space
            and not _is_apart(local, other[len(space) :])
        ]
        if slips := [other for other in beside if _is_meant(local, other)]:
            return f"{space}{min(slips)}"
        if elsewhere := [other for other in known if local and other == f"{namespace(f'{other}>')}{local}"]:
            # Rather one that the query has a prefix for, or one that is ours.
            return min(elsewhere, key=lambda other: (namespace(f"{other}>") not in self._spaces, other))
        near = Names(beside, LOCAL_CUTOFF).nearest(local)
        return f"{space}{near}" if near else None


def _is_apart(name: str, other: str) -> bool:
    """Tell whether names differ in nothing but digits: they are told apart on purpose."""
    return name.translate(_NO_DIGITS) == other.translate(_NO_DIGITS)


def _is_meant(text: str, other: str) -> bool:
    return is_slip(text, other) or text.casefold() == other.casefold()


def _seen(value: Value, function: str) -> str:
    """Return what a function of SPARQL makes of a value."""
    if function == "LANG":
        return (value.language or "") if isinstance(value, Literal) else ""
    return {"LCASE": value.value.lower(), "UCASE": value.value.upper()}.get(function, value.value)


def _agrees(function: str, seen: str, text: str) -> bool:
    if function == "LANG":  # `=` or LANGMATCHES
        return text == "*" or seen.casefold().split("-")[0] == text.casefold().split("-")[0]
    return seen == text


def _is_text(value: Literal) -> bool:
    return value.datatype.value == f"{prefixes.XSD}string"


class _Values:
    """The values of some predicates, for many to be held against them."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.all = tuple(values)
        literals = sorted((v for v in self.all if isinstance(v, Literal)), key=str, reverse=True)
        self._same = {value.value: str(value) for value in literals}
        self._alike = {value.value: str(value) for value in literals if value.language or _is_text(value)}
        self._texts = _Texts(self._alike)

    def nearest(self, term: Literal) -> str:
        """Return the value that is the same but for its kind, or else is spelt most alike, if any is."""
        if term.value in self._same:
            return self._same[term.value]
        text = self._texts.nearest(term.value) if term.language or _is_text(term) else ""
        return self._alike[text] if text else ""


class _Texts:
    """Texts to look among."""

    def __init__(self, known: Iterable[str]) -> None:
        self._texts = sorted(set(known) - {""})
        self._plain = {plain(text): text for text in reversed(self._texts)}
        self._names = Names(self._texts, LOCAL_CUTOFF)

    def nearest(self, text: str) -> str:
        """Return the text that one may stand for, nothing for none."""
        meant = plain(text)
        if meant != text and meant in self._plain:
            return self._plain[meant]
        slips = (other for other in self._texts if _is_meant(meant, other) and not _is_apart(meant, other))
        near = self._names.nearest(meant) or ""
        return next(slips, "" if _is_apart(meant, near) else near)
