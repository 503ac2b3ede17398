"""The rules of OWL 2 RL, and the clauses that they come to for an ontology.

Each rule is as W3C's OWL 2 Profiles, section 4.3, has it: name, what must hold, what then holds. `rules.txt`
has tables 4 to 7, about things; `schema_rules.txt` table 9, about classes and properties; `differences.toml`
every place where they leave that text. In a clause each premise about the schema is matched and each list
spelled out: `cax-sco` and `amcc:State rdfs:subClassOf amcc:Body` become "?x a amcc:Body if ?x a amcc:State".
From clauses triples are derived (`amcc_kg.reasoning.fixpoint`) and derivations explained
(`amcc_kg.reasoning.proofs`). Knows no engine but the store that it reads the ontology from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store, Triple

from amcc_kg.terms import prefixes

# A member of a pattern: `?x` a variable, `<IRI>` without its brackets, or a whole number as its digits.
Pattern = tuple[str, str, str]
Term = NamedNode | BlankNode | Literal | Triple
# A variable is a text such as `?x`.
Atom = tuple[Term | str, Term | str, Term | str]
Binding = dict[str, Term | tuple[Term, ...]]


@dataclass(frozen=True, slots=True)
class Premise:
    """A triple pattern that must hold.

    `members`: the object is a list. One variable that ends in `*`: all its members; one or two others: any
    one member, any two in their order. `each`: the pattern holds once for every member of the list that
    binds the variables ending in `*`; `?u+` is the next of `?u*`.
    """

    pattern: Pattern
    members: tuple[str, ...] = ()
    each: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, premises, conclusion (None: a contradiction) and why, in plain words.

    `unlike` are two variables that must not stand for the same term. In `says`, `{x}` is the name of what
    the variable stands for, `{a x}` has an article before it, `{x*}` are the members of a list.
    """

    name: str
    premises: tuple[Premise, ...]
    conclusion: Pattern | None
    says: str
    unlike: tuple[str, str] | None = None


def _read(name: str) -> tuple[Rule, ...]:
    """Read rules: `name: premises => conclusion`, then what they say; lines further in carry on."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return tuple(map(_rule, re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n|^\n", "", text).rstrip())))


def _rule(block: str) -> Rule:
    what, _, says = block.rpartition("\n    ")
    name, _, rest = " ".join(what.split()).partition(": ")
    given, _, conclusion = rest.partition(" => ")
    parts = given.split(" . ") if given != "true" else []
    premises = tuple(_premise(part) for part in parts if " != " not in part)
    unlike = [(one, other) for one, found, other in (part.partition(" != ") for part in parts) if found]
    if len(unlike) > 1:
        raise ValueError(f"{name}: a rule compares two variables at most once")
    head = None if conclusion == "false" else _premise(conclusion).pattern
    return Rule(name, premises, head, says, unlike[0] if unlike else None)


def _premise(text: str) -> Premise:
    subject, predicate, object_ = text.split(None, 2)
    if object_.startswith("("):
        members = tuple(word for word in object_.strip("()").split() if word != "..")
        return Premise((_term(subject), _term(predicate), "?list"), members)
    pattern = (_term(subject), _term(predicate), _term(object_))
    return Premise(pattern, each=any(word[0] == "?" and word[-1] in "*+" for word in pattern))


def _term(word: str) -> str:
    return prefixes.full(word) if ":" in word else word


RULES = _read("rules.txt")
SCHEMA_RULES = _read("schema_rules.txt")
# Of the schema's rules, those whose conclusions can put a thing where no other rule puts it.
NEEDED_SCHEMA_RULES = frozenset({"scm-svf1", "scm-svf2", "scm-avf1", "scm-avf2"})

META = (prefixes.RDF, prefixes.RDFS, prefixes.OWL, prefixes.XSD)
"""W3C's own vocabularies: what is said in them is about the ontology, or true of everything."""

TYPE = NamedNode(f"{prefixes.RDF}type")
SAME_AS = NamedNode(f"{prefixes.OWL}sameAs")
THING = NamedNode(f"{prefixes.OWL}Thing")
_FIRST, _REST, _NIL = (NamedNode(prefixes.RDF + name) for name in ("first", "rest", "nil"))
_WITHIN = tuple(NamedNode(prefixes.RDFS + name) for name in ("subClassOf", "subPropertyOf"))
_ABOUT_THINGS = (TYPE.value, SAME_AS.value, f"{prefixes.OWL}differentFrom")
_PREMISES = [premise.pattern for rule in (*RULES, *SCHEMA_RULES) for premise in rule.premises]
SCHEMA_PREDICATES = frozenset(NamedNode(p) for _, p, _ in _PREMISES if p[0] != "?" and p not in _ABOUT_THINGS)
LISTED = frozenset(NamedNode(p.pattern[1]) for rule in RULES for p in rule.premises if p.members)
SCHEMA_TYPES = frozenset(
    NamedNode(o) for _, p, o in _PREMISES if p == TYPE.value and o[0] != "?" and o != f"{prefixes.OWL}Nothing"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule, its schema premises matched: the head (None: a contradiction) holds where the body does."""

    rule: Rule
    head: Atom | None
    body: tuple[Atom, ...]
    axioms: tuple[Triple, ...]  # the triples of the ontology that the rule's schema premises matched
    cells: tuple[Triple, ...]  # those of the lists that they lead to
    names: tuple[tuple[str, Term | tuple[Term, ...]], ...]  # what the rule's variables stand for


class Schema:
    """The triples of a graph that are about classes and properties, and what follows from them."""

    def __init__(
        self, store: Store, before: Schema | None = None, asserted: Callable[[Triple], bool] | None = None
    ) -> None:
        """Read what the default graph says; lists as `before` read them, when nothing had been derived yet.

        In a closed graph a list of things that have other names has many members in one place. `asserted`
        tells what somebody wrote there; without it all is taken for that.
        """
        self._store = store
        self._asserted = asserted
        # Why a triple is known: None if it is stated, else the rule and the triples it follows from.
        self.why: dict[Triple, tuple[Rule, tuple[Triple, ...]] | None] = {}
        self._by: defaultdict[tuple[object, ...], list[Triple]] = defaultdict(list)
        self._lists: dict[Term, tuple[tuple[Term, ...], tuple[Triple, ...]]]
        self._lists = dict(before._lists) if before else {}
        wanted = [*((p, None) for p in SCHEMA_PREDICATES), *((TYPE, kind) for kind in SCHEMA_TYPES)]
        found = (store.quads_for_pattern(None, *pair, DefaultGraph()) for pair in wanted)
        for triple in sorted((quad.triple for quads in found for quad in quads), key=str):
            self._learn(triple, None)
            if triple.predicate in LISTED:
                self.members(triple.object)
        self.stated = frozenset(self.why)
        # What rules about things concluded about the schema, as where two classes are the same.
        self.concluded = frozenset(t for t in self.stated if asserted and not asserted(t))

    def complete(self) -> None:
        """Derive what follows about classes and properties, by the rules of the schema."""
        grown = -1
        while grown != len(self.why):
            grown = len(self.why)
            for rule in SCHEMA_RULES:
                for binding, used in list(self.match(rule.premises)):
                    assert rule.conclusion is not None
                    triple = Triple(*_atom(rule.conclusion, binding))  # type: ignore[arg-type] # names only
                    if triple not in self.why:
                        self._learn(triple, (rule, used))
                    elif (
                        triple in self.concluded
                        and self.why[triple] is None
                        and all(t not in self.concluded or self.why[t] is not None for t in used)
                    ):
                        self.why[triple] = rule, used

    def clauses(self) -> list[Clause]:
        """Return what the rules come to for this ontology, in an order that is always the same."""
        fillers = [NamedNode(f"{prefixes.OWL}{name}") for name in ("someValuesFrom", "allValuesFrom")]
        if any(self._by[f,] for f in fillers) or any(THING in (t.subject, t.object) for t in self.stated):
            self.complete()
        found: list[Clause] = []
        for rule in RULES:
            about_schema = tuple(premise for premise in rule.premises if is_about_schema(premise))
            for binding, used in self.match(about_schema):
                if not any(self._is_idle(triple) for triple in used):
                    found += self._clause(rule, binding, used)
        return found

    def match(
        self, premises: tuple[Premise, ...], binding: Binding | None = None, used: tuple[Triple, ...] = ()
    ) -> Iterator[tuple[Binding, tuple[Triple, ...]]]:
        """Give each way to match premises: what the variables stand for, and the triples matched.

        `binding` and `used` are those of the premises before.
        """
        binding = binding or {}
        if not premises:
            yield binding, used
            return
        premise, rest = premises[0], premises[1:]
        for triple in self._candidates(premise.pattern, binding):
            for more in self._bindings(premise, triple, binding):
                yield from self.match(rest, more, (*used, triple))

    def members(self, head: Term) -> tuple[tuple[Term, ...], tuple[Triple, ...]]:
        """Return the members of a list and the triples that it is written with."""
        if head not in self._lists:
            items: list[Term] = []
            cells: list[Triple] = []
            at, seen = head, set()
            while at != _NIL and at not in seen:
                seen.add(at)
                first, rest = (self._cell(at, part) for part in (_FIRST, _REST))
                if not first or not rest:
                    items, cells = [], []  # no list: nothing follows from it
                    break
                items.append(first.object)
                cells += [first, rest]
                at = rest.object
            self._lists[head] = tuple(items), tuple(cells)
        return self._lists[head]

    def _cell(self, node: Term, part: NamedNode) -> Triple | None:
        if isinstance(node, Literal):
            return None
        quads = list(self._store.quads_for_pattern(node, part, None, None))
        if self._asserted:
            written = [q for q in quads if self._asserted(q.triple)] or quads
        else:
            # What somebody wrote stands in a named graph, what was derived does not.
            written = [q for q in quads if isinstance(q.graph_name, NamedNode)] or quads
        return min((quad.triple for quad in written), key=str, default=None)

    def _candidates(self, pattern: Pattern, binding: Binding) -> list[Triple]:
        subject, predicate, object_ = (binding.get(word) or word for word in pattern)
        key: tuple[object, ...] = (NamedNode(str(predicate)),)
        if not isinstance(subject, str):
            key = (*key, "s", subject)
        elif not isinstance(object_, str):
            key = (*key, "o", object_)
        elif object_[0] != "?" and not object_.isdigit():
            key = (*key, "o", NamedNode(object_))
        return list(self._by.get(key, ()))

    def _bindings(self, premise: Premise, triple: Triple, binding: Binding) -> Iterator[Binding]:
        more = dict(binding)
        for word, term in zip(premise.pattern, triple, strict=True):
            known = more.get(word)
            if word[0] != "?":
                if not _stands_for(word, term):
                    return
            elif known is None:
                more[word] = term
            elif known != term:
                return
        if not premise.members:
            yield more
            return
        items, _ = self.members(more.pop("?list"))  # type: ignore[arg-type] # a list is no literal
        names = premise.members
        if names[0].endswith("*"):
            if items:
                yield more | {names[0]: items}
        elif len(names) == 1:
            yield from (more | {names[0]: item} for item in dict.fromkeys(items))
        else:
            for at, first in enumerate(items):
                yield from (more | {names[0]: first, names[1]: second} for second in items[at + 1 :])

    def _clause(self, rule: Rule, binding: Binding, used: tuple[Triple, ...]) -> Iterator[Clause]:
        one, other = rule.unlike or ("", "")
        if one in binding and binding[one] == binding.get(other):
            return
        count = max((len(value) for value in binding.values() if isinstance(value, tuple)), default=0)
        body: list[Atom] = []
        for premise in rule.premises:
            if not is_about_schema(premise):
                times = count if premise.each else 1
                body += [_atom(premise.pattern, binding, at) for at in range(times)]
        head = None if rule.conclusion is None else _atom(rule.conclusion, binding, count=count)
        places = [(atom[0], atom[1]) for atom in (*body, *([head] if head else []))]
        if any(isinstance(s, Literal) or isinstance(p, (Literal, BlankNode)) for s, p in places):
            return  # no RDF, so nothing can match or follow
        cells = [cell for triple in used for cell in self.cells(triple)]
        yield Clause(rule, head, tuple(body), used, tuple(cells), tuple(binding.items()))

    def cells(self, triple: Triple) -> tuple[Triple, ...]:
        """Return the triples of the list that a triple leads to, if it is of a kind that leads to lists."""
        return self.members(triple.object)[1] if triple.predicate in LISTED else ()

    def _is_idle(self, triple: Triple) -> bool:
        """Tell whether what rules say with a schema triple they say without it too."""
        if triple.subject == triple.object and triple.predicate in _WITHIN:
            return True
        reason = self.why[triple]
        if reason is None:
            return False
        return reason[0].name not in NEEDED_SCHEMA_RULES and triple.object != THING

    def _learn(self, triple: Triple, why: tuple[Rule, tuple[Triple, ...]] | None) -> None:
        self.why[triple] = why
        for key in ((), ("s", triple.subject), ("o", triple.object)):
            self._by[triple.predicate, *key].append(triple)


def is_about_schema(premise: Premise) -> bool:
    """Tell whether a premise is to be matched against the ontology rather than the data."""
    _, predicate, object_ = premise.pattern
    if predicate == TYPE.value:
        return object_[0] != "?" and NamedNode(object_) in SCHEMA_TYPES
    return predicate[0] != "?" and predicate not in _ABOUT_THINGS


def renamed(atom: Atom, names: Mapping[Any, Term | str]) -> Atom:
    """Return an atom with other words for some of its own."""
    subject, predicate, object_ = (names.get(word, word) for word in atom)
    return subject, predicate, object_


def variables(atoms: Iterable[Atom]) -> list[str]:
    """Return the variables of atoms, each once, in their order."""
    return list(dict.fromkeys(word for atom in atoms for word in atom if isinstance(word, str)))


def _atom(pattern: Pattern, binding: Binding, at: int = 0, count: int = 0) -> Atom:
    """Put terms for variables; of what stands for a list, member number `at`."""

    def place(word: str) -> Term | str:
        if word[0] != "?":
            return NamedNode(word)
        if word[-1] in "*+$":
            listed = binding.get(word)
            if isinstance(listed, tuple):
                return listed[at]
            number = {"*": at + 1, "+": at + 2, "$": count + 1}[word[-1]]
            return f"{word[:-1]}{number}"
        value = binding.get(word) or word
        assert not isinstance(value, tuple)
        return value

    subject, predicate, object_ = (place(word) for word in pattern)
    return subject, predicate, object_


def _stands_for(word: str, term: Term) -> bool:
    """Tell whether a constant of the table is this term; a number is any literal of that value."""
    if not word.isdigit():
        return isinstance(term, NamedNode) and term.value == word
    return isinstance(term, Literal) and term.value.lstrip("+").isdigit() and int(term.value) == int(word)
