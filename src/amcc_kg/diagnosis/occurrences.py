"""Which terms of a query occur nowhere in the graph, and which term of the same kind there is nearest.

Knows the graph and how names are spelt; what a term is in a query is known in `mentions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TypeAlias, cast

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from amcc_kg.diagnosis.mentions import ANY, CLASS, CONTAINING, GRAPH, IRI, NODE, PREDICATE, Mention
from amcc_kg.diagnosis.vocabularies import TERMS, is_language, is_term
from amcc_kg.graph.answers import Term
from amcc_kg.graph.hints import occurs
from amcc_kg.graph.parameters import CALLED
from amcc_kg.graph.receipt import short
from amcc_kg.terms import prefixes
from amcc_kg.terms.look_alikes import plain
from amcc_kg.terms.spelling import (
    LOCAL_CUTOFF,
    Names,
    closest,
    is_apart,
    is_meant,
    is_slip,
    namespace,
    nearest_iri,
)

Value: TypeAlias = NamedNode | Literal

_OF_TAGS = ("LANG", "LANGMATCHES")
_TAG_CUTOFF = 0.5  # language tags are short
_MOST_NAMED = 5000  # things whose names are compared
_MOST = 200_000  # statements that are looked through for what is near
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
        self._prefixes = {**prefixes.PREFIXES, **spaces}
        self._short = prefixes.ShortNames(self._prefixes)
        self._spaces = set(spaces.values())
        self._names = cache(self._sought)
        self._values = cache(self._of)
        self._called = cache(self._names_of)

    def missing(self, mention: Mention) -> str:
        """Return in words that a term is not in the graph, nothing where it is or is well known anyway."""
        term = self._term(mention)
        if isinstance(term, NamedNode) and is_term(term.value):
            return ""
        if mention.kind == ANY and isinstance(term, NamedNode) and term.value in self._names(ANY):
            return ""  # as a datatype
        names = " or ".join(sorted(map(self._spelt, mention.predicates)))
        if isinstance(term, Literal) and not mention.manner and self._values(mention.predicates).are_things:
            return f"{mention.text} is a literal, and no value of {names} in the graph is one"
        if mention.kind == GRAPH and isinstance(term, NamedNode) and occurs(self._store, term):
            return "" if self._store.contains_named_graph(term) else f"{mention.text} names no graph"
        if mention.manner in ("", IRI) or not isinstance(term, Literal):
            what = f"the IRI {mention.text}" if mention.manner else mention.text
            return "" if occurs(self._store, term) else f"{what} occurs nowhere in the graph"
        seen = {_seen(value, mention.manner) for value in self._values(mention.predicates).all}
        if mention.manner in CONTAINING:
            is_slip = _is_within(plain(term.value), seen) and not _is_within(term.value, seen)
            return f"no value of {names} in the graph contains it" if is_slip else ""
        if mention.manner == "LANG" and term.value not in seen and term.value.lower() in seen:
            return f"LANG gives tags in lower case, so never {mention.text}"
        if not seen or any(_agrees(mention.manner, text, term.value) for text in seen):
            return ""
        if mention.manner in _OF_TAGS and is_language(term.value):
            return ""
        kinds = {**dict.fromkeys(_OF_TAGS, "language tag of a value"), "STR": "value"}
        return f"{mention.text} is no {kinds.get(mention.manner, 'value so spelt')} of {names} in the graph"

    def nearest(self, mention: Mention) -> str:
        """Return the nearest term of the same kind as the query would write it, nothing for none."""
        term = self._term(mention)
        if isinstance(term, NamedNode):
            prefix, _, local = term.value.partition(":")
            # As in `<amcc:chairedBy>`.
            is_bracketed = mention.text.startswith("<") and prefix in self._prefixes
            iri = f"{self._prefixes[prefix]}{local}" if is_bracketed else term.value
            is_there = is_bracketed and iri in self._names(mention.kind)
            found = iri if is_there else self._nearest_name(iri, mention.kind)
            if not found:
                return ""
            if mention.manner:
                return f'"{found}"'
            is_whole = mention.text.startswith("<") and not is_bracketed
            return f"<{found}>" if is_whole else self._spelt(f"<{found}>")
        assert isinstance(term, Literal)
        values = self._values(mention.predicates)
        if mention.manner:
            texts = {_seen(value, mention.manner) for value in values.all}
            if mention.manner in CONTAINING:
                return str(Literal(plain(term.value)))
            is_tag = mention.manner in _OF_TAGS
            near = (
                closest(term.value.lower(), texts, _TAG_CUTOFF)
                if is_tag
                else _Texts(texts).nearest(term.value)
            )
            return str(Literal(near)) if near else ""
        if values.are_things:
            names = self._called(mention.predicates)
            text = term.value.casefold()
            prefix, _, local = text.partition(":")
            whole = f"{self._prefixes.get(prefix, prefix)}{local}".casefold()
            thing = names.get(text) or names.get(whole) or names.get(_Texts(names).nearest(text))
            return self._spelt(f"<{thing}>") if thing else ""
        if term.datatype.value == f"{prefixes.XSD}boolean":
            return closest(term.value.lower(), ("true", "false"), LOCAL_CUTOFF) or ""
        return self._spelt(values.nearest(term))

    def meant_space(self, space: str, named: Sequence[Mention]) -> str:
        """Return the namespace that one may stand for of which no name is there, nothing for none."""
        if not named or not all(map(self.missing, named)):
            return ""
        names = [mention.text.partition(":")[2] for mention in named]
        known = self._names(ANY)
        spaces = {namespace(f"{iri}>") for iri in known}
        near = (other for other in spaces if is_slip(space, other))
        return min((other for other in near if any(f"{other}{name}" in known for name in names)), default="")

    def _term(self, mention: Mention) -> Term:
        """Return the term that a mention is, or makes."""
        term = self._constants[mention.text]
        return NamedNode(term.value) if mention.manner == IRI and isinstance(term, Literal) else term

    def _spelt(self, text: str) -> str:
        """Return a term as it can be written in the query."""
        return short(text, lambda iri: self._short.shorten(iri) or f"<{iri}>")

    def _names_of(self, predicates: frozenset[str]) -> dict[str, str]:
        """Return what the values of some predicates are called, in small letters, each with its IRI."""
        things = [v for v in self._values(predicates).all[:_MOST_NAMED] if isinstance(v, NamedNode)]
        things.sort(key=str, reverse=True)
        called = {v.value.casefold(): v.value for v in things}
        called |= {v.value.removeprefix(namespace(f"{v.value}>")).casefold(): v.value for v in things}
        for label in map(NamedNode, map(prefixes.full, CALLED)):
            for thing in things:
                quads = self._store.quads_for_pattern(thing, label, None, None)
                texts = (quad.object for quad in quads if isinstance(quad.object, Literal))
                called |= {text.value.casefold(): thing.value for text in texts}
        return called

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
        return nearest_iri(iri, known, self._spaces)


def _seen(value: Value, function: str) -> str:
    """Return what a function of SPARQL makes of a value."""
    if function in _OF_TAGS:
        return (value.language or "") if isinstance(value, Literal) else ""
    return {"LCASE": value.value.lower(), "UCASE": value.value.upper()}.get(function, value.value)


def _agrees(function: str, seen: str, text: str) -> bool:
    if function == "LANGMATCHES":
        return text == "*" or seen.casefold().split("-")[0] == text.casefold().split("-")[0]
    if function == "LANG":
        return seen.split("-")[0] == text.split("-")[0]
    return seen == text


def _is_within(text: str, seen: Iterable[str]) -> bool:
    text = text.strip("^$").casefold()
    return any(text in other.casefold() for other in seen)


def _is_text(value: Literal) -> bool:
    return value.datatype.value == f"{prefixes.XSD}string"


class _Values:
    """The values of some predicates, for many to be held against them."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.all = tuple(values)
        self.are_things = 0 < len(self.all) < _MOST and all(
            isinstance(value, NamedNode) for value in self.all
        )
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
        slips = (other for other in self._texts if is_meant(meant, other) and not is_apart(meant, other))
        near = self._names.nearest(meant) or ""
        return next(slips, "" if is_apart(meant, near) else near)
