"""The rules of OWL 2 RL: the one table from which triples are derived and derivations are explained.

Each rule is as W3C's OWL 2 Profiles, section 4.3, has it: a name, what must hold, what then holds.
`rules.txt` has tables 4 to 7, about things; `schema_rules.txt` table 9, about classes and properties;
`differences.toml` every place where they leave that text. Knows nothing of any ontology.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from amcc_kg.terms import prefixes

# A member of a pattern: `?x` a variable, `<IRI>` without its brackets, or a whole number as its digits.
Pattern = tuple[str, str, str]


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
    unlike = [(part.split(" != ")[0], part.split(" != ")[1]) for part in parts if " != " in part]
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
